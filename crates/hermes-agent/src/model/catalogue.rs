use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::{StreamExt as _, stream};
use hermes_credentials::Kind;
use hermes_errors::{Code, Failure};
use hermes_machine::Clock;
use jiff::{SignedDuration, Timestamp};

use super::{ChatModel, ModelInfo, Pick, Source, Sources, Standing};

/// How long a list of models counts.
const LASTS: SignedDuration = SignedDuration::from_mins(5);
/// How long it counts that there is none.
const FAILURE_LASTS: SignedDuration = SignedDuration::from_secs(30);
/// How long either counts for whoever wants it anew, so that many who do ask once.
const ANEW: SignedDuration = SignedDuration::from_secs(5);
/// The most time for one list.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many sources are asked at the same time.
const AT_ONCE: usize = 16;

/// What there is to choose from: the models of all sources, each asked at most once in a while.
pub struct Catalogue {
    sources: Arc<dyn Sources>,
    model: Arc<dyn ChatModel>,
    clock: Arc<dyn Clock>,
    listings: Mutex<Listings>,
    /// Held while sources are asked, so that whoever comes meanwhile gets what comes of it.
    asking: tokio::sync::Mutex<()>,
}

/// A source with its models.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The source.
    pub source: Source,
    /// Its models, in its own order, or why they are not known.
    pub models: Result<Arc<[ModelInfo]>, Failure>,
}

/// What was listed, by source.
#[derive(Default)]
struct Listings {
    of: BTreeMap<String, Listing>,
    /// How often something was forgotten. What was asked for before counts no more.
    forgotten: u64,
}

struct Listing {
    at: Timestamp,
    models: Result<Arc<[ModelInfo]>, Failure>,
}

impl Catalogue {
    /// The models of these sources, none of which has been asked yet.
    pub fn new(
        sources: Arc<dyn Sources>,
        model: Arc<dyn ChatModel>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            sources,
            model,
            clock,
            listings: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// The sources whose models these are.
    pub fn sources(&self) -> &dyn Sources {
        &*self.sources
    }

    /// Who answers a prompt that names this source and this model, or leaves them open.
    pub fn pick(&self, source: Option<&str>, model: Option<&str>) -> Option<Pick> {
        self.sources.pick(source, model)
    }

    /// Everything that there is. A source that does not answer is there with the reason, after ten
    /// seconds at most.
    ///
    /// # Errors
    ///
    /// If it is not known which sources there are.
    pub async fn offers(&self) -> Result<Vec<Offer>, Failure> {
        self.no_older(LASTS, FAILURE_LASTS, None).await
    }

    /// The same, and every source is asked again.
    ///
    /// # Errors
    ///
    /// Those of [`offers`](Self::offers).
    pub async fn offers_anew(&self) -> Result<Vec<Offer>, Failure> {
        self.no_older(ANEW, ANEW, None).await
    }

    /// The same of one source alone; nobody else is asked. `None` if there is no such source.
    ///
    /// # Errors
    ///
    /// Those of [`offers`](Self::offers).
    pub async fn offer(&self, source: &str) -> Result<Option<Offer>, Failure> {
        let offers = self.no_older(LASTS, FAILURE_LASTS, Some(source)).await;
        offers.map(|mut offers| offers.pop())
    }

    async fn no_older(
        &self,
        lasts: SignedDuration,
        failure_lasts: SignedDuration,
        only: Option<&str>,
    ) -> Result<Vec<Offer>, Failure> {
        let _asking = self.asking.lock().await;
        loop {
            let forgotten = self.listings().forgotten;
            let all = self.sources.list().await?;
            let wanted = all
                .iter()
                .filter(|source| only.is_none_or(|id| source.id == id));
            let sources: Vec<_> = wanted.collect();
            let now = self.clock.now();
            let counts = |source: &Source| {
                let listings = self.listings();
                listings.of.get(&source.id).is_some_and(|listing| {
                    let lasts = match listing.models {
                        Ok(_) => lasts,
                        Err(_) => failure_lasts,
                    };
                    listing.lasts(lasts, now)
                })
            };
            let usable = sources.iter().filter(|source| source.is_usable());
            let due = usable.copied().filter(|source| !counts(source));
            let asked: Vec<_> = due.map(|source| self.asked(source)).collect();
            let mut asked = stream::iter(asked).buffer_unordered(AT_ONCE);
            while let Some((id, listing)) = asked.next().await {
                let mut listings = self.listings();
                if listings.forgotten == forgotten {
                    listings.of.insert(id, listing);
                }
            }
            let mut listings = self.listings();
            if listings.forgotten == forgotten {
                listings.keep(&all);
                return Ok(sources
                    .into_iter()
                    .map(|source| listings.offer(source))
                    .collect());
            }
        }
    }

    /// What this source has listed counts no more: it is somebody else from now on.
    pub fn forget(&self, source: &str) {
        let mut listings = self.listings();
        listings.forgotten += 1;
        listings.of.remove(source);
    }

    /// The models of a source, as it listed them last. Nobody is asked.
    pub fn known(&self, source: &str) -> Option<Arc<[ModelInfo]>> {
        let listings = self.listings();
        let listing = listings.of.get(source)?;
        listing.models.as_ref().ok().cloned()
    }

    /// How many tokens this model can have before it, if the source has listed it and says. Nobody is
    /// asked.
    pub fn context(&self, source: &str, model: &str) -> Option<u64> {
        let models = self.known(source)?;
        let model = models.iter().find(|known| known.id == model)?;
        model.context.filter(|tokens| *tokens > 0)
    }

    /// Whether this source can be asked just now, and with what: a server may want nothing. What has to
    /// be renewed for it is, within ten seconds.
    ///
    /// # Errors
    ///
    /// If it cannot.
    pub async fn check(&self, source: &str) -> Result<Option<Kind>, Failure> {
        let granted = async {
            let access = self.sources.access(source).await?;
            let grant = access.grant().await;
            let grant = grant.map_err(|error| Failure::of(&error))?;
            Ok(grant.token.is_some().then_some(grant.kind))
        };
        self.in_time(granted, || format!("`{source}` is not ready in time"))
            .await
    }

    async fn asked(&self, source: &Source) -> (String, Listing) {
        let models = self.models_of(source).await;
        let at = self.clock.now();
        (source.id.clone(), Listing { at, models })
    }

    async fn models_of(&self, source: &Source) -> Result<Arc<[ModelInfo]>, Failure> {
        let listed = async {
            let access = self.sources.access(&source.id).await?;
            let failed = |error| Failure::of(&error);
            let grant = access.grant().await.map_err(failed)?;
            let models = self.model.models(&grant).await.map_err(failed)?;
            Ok(models.into())
        };
        self.in_time(listed, || {
            format!("{} does not list its models in time", source.name)
        })
        .await
    }

    async fn in_time<T>(
        &self,
        what: impl Future<Output = Result<T, Failure>>,
        otherwise: impl FnOnce() -> String,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            done = what => done,
            () = self.clock.sleep(PATIENCE) => {
                Err(Failure::new(Code::ModelUnreachable, otherwise()))
            }
        }
    }

    fn listings(&self) -> MutexGuard<'_, Listings> {
        self.listings.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listings {
    /// Keeps those of sources that can be asked.
    fn keep(&mut self, all: &[Source]) {
        let is_usable = |id: &str| (all.iter()).any(|source| source.id == id && source.is_usable());
        self.of.retain(|id, _| is_usable(id));
    }

    fn offer(&self, source: &Source) -> Offer {
        Offer {
            models: match self.of.get(&source.id) {
                Some(listing) => listing.models.clone(),
                None => Err(source.not_usable()),
            },
            source: source.clone(),
        }
    }
}

impl Source {
    /// Whether it can be asked.
    pub fn is_usable(&self) -> bool {
        self.standing == Standing::Usable
    }

    /// Why it cannot be asked, and what to do about that.
    pub fn not_usable(&self) -> Failure {
        let Self { id, name, .. } = self;
        let what = match self.standing {
            Standing::SignInNeeded => format!("no credential of {name} is good any more"),
            Standing::SignedOut | Standing::Usable => format!("nobody is signed in to {name}"),
        };
        Failure::new(Code::NotSignedIn, what).for_provider(id)
    }
}

impl Listing {
    fn lasts(&self, how_long: SignedDuration, now: Timestamp) -> bool {
        let age = now.duration_since(self.at);
        !age.is_negative() && age < how_long
    }
}

#[cfg(test)]
mod tests;
