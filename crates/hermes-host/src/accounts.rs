//! Signs the gateway's host in to providers for a client of its owner: the sign-in of `hermes auth add`,
//! whose person is at the other end of the gateway.

mod pool;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use hermes_credentials::{Credentials, Entry, Kind, Revoke};
use hermes_errors::{Code, Failure};
use hermes_gateway::accounts::{
    Account, Accounts, Begun, How, Paste, ProviderAccount, SignedOut, Step,
};
use hermes_login::{
    Event, LoginError, Person, Place, SignIn, Surroundings, SystemOpener, SystemProbe, ladder,
    sign_in,
};
use hermes_machine::BoxFuture;
use hermes_oauth::Registration;
use hermes_providers::{Flow, Lookup, Provider};
use hermes_secret::{LABEL_LIMIT, plain};
use tokio::sync::{mpsc, oneshot};

use crate::{
    World,
    sign_in::{able, enter, registration, superseded},
};

/// How long a paste is awaited. A code lives for as long as its provider says.
const LIFETIME: Duration = Duration::from_secs(15 * 60);

/// The accounts of this host.
pub struct HostAccounts {
    world: Arc<World>,
}

impl HostAccounts {
    /// The accounts of this home.
    pub const fn new(world: Arc<World>) -> Self {
        Self { world }
    }
}

impl Accounts for HostAccounts {
    fn list(&self) -> BoxFuture<'_, Result<Vec<ProviderAccount>, Failure>> {
        let world = Arc::clone(&self.world);
        Box::pin(async move {
            let listed = tokio::task::spawn_blocking(move || list(&world)).await;
            listed.map_err(|_| Failure::new(Code::Interrupted, "the gateway ends"))?
        })
    }

    fn begin<'a>(&'a self, provider: &'a str) -> BoxFuture<'a, Result<Begun, Failure>> {
        Box::pin(begin(Arc::clone(&self.world), provider))
    }

    fn sign_out<'a>(&'a self, provider: &'a str) -> BoxFuture<'a, Result<SignedOut, Failure>> {
        Box::pin(sign_out(&self.world, provider))
    }

    fn remove<'a>(
        &'a self,
        provider: &'a str,
        credential: &'a str,
    ) -> BoxFuture<'a, Result<SignedOut, Failure>> {
        Box::pin(pool::remove(&self.world, provider, credential))
    }

    fn reset<'a>(
        &'a self,
        provider: &'a str,
        credential: &'a str,
    ) -> BoxFuture<'a, Result<bool, Failure>> {
        Box::pin(pool::reset(&self.world, provider, credential))
    }
}

fn list(world: &World) -> Result<Vec<ProviderAccount>, Failure> {
    let table = Arc::new(world.table()?);
    let pools = world.credentials(&table).list(None);
    let pools = pools.map_err(|error| Failure::of(&error))?;
    let settings = world.settings();
    let row = |provider: &Provider| {
        let pool = pools.iter().find(|pool| pool.provider == provider.id);
        let entries = pool.map_or(&[][..], |pool| &pool.entries);
        let usable = |entry: &&Entry| entry.kind == Kind::OAuth && entry.state.is_usable();
        let current = entries.iter().filter(usable).find(|entry| entry.current);
        let answers = current.or_else(|| entries.iter().find(usable));
        let registered =
            provider.client_id.is_some() || entries.iter().any(|entry| entry.client_id.is_some());
        ProviderAccount {
            id: provider.id.clone(),
            name: provider.name.clone(),
            how: flow(provider).filter(|_| registered).map(|(how, _)| how),
            command: format!("hermes auth add {}", provider.id),
            terms: provider.terms.clone(),
            docs_url: provider.docs_url.as_ref().map(ToString::to_string),
            account: answers.map(|entry| Account {
                source: plain(&entry.source, LABEL_LIMIT),
                label: plain(&entry.label, LABEL_LIMIT),
                expires_at: entry.expires_at,
                renews: entry.renews,
            }),
            pool: pool::of(entries, settings.strategy(&provider.id)),
        }
    };
    let providers = table.iter().filter(|provider| provider.has_sign_in());
    Ok(providers.map(row).collect())
}

/// By what a person elsewhere signs in: nothing has to be carried back for a device code.
fn flow(provider: &Provider) -> Option<(How, Flow)> {
    let ways = [(How::Device, Flow::Device), (How::Paste, Flow::Paste)];
    ways.into_iter()
        .find(|(_, flow)| ladder::offers(&provider.flows, *flow))
}

async fn begin(world: Arc<World>, name: &str) -> Result<Begun, Failure> {
    let table = Arc::new(world.table()?);
    let provider = table.find(name, Lookup::Exact);
    let provider = able(provider.map_err(|error| Failure::of(&error))?)?.clone();
    let credentials = world.credentials(&table);
    let request = SignIn {
        flow: flow(&provider).map(|(_, flow)| flow),
        open_browser: false,
        port: None,
        timeout: Some(LIFETIME),
        label: None,
        registration: registration(&provider, Registration::default(), &credentials, &world)?,
        redirect_uri: None,
        machine_readable: true,
        standing: None,
        provider,
    };
    let (standing, _) = enter(&request, &credentials, &world).await;
    let request = SignIn {
        standing,
        ..request
    };
    let (show, mut shown) = oneshot::channel();
    let (pastes, pasted) = mpsc::channel(1);
    let person = Client {
        show: Mutex::new(Some(show)),
        pasted: tokio::sync::Mutex::new(pasted),
        refused: Mutex::default(),
    };
    let name = request.provider.short_name().to_owned();
    let mut end: BoxFuture<'static, _> = Box::pin(run(world, credentials, request, person));
    let (step, lifetime) = tokio::select! {
        biased;
        Ok(shown) = &mut shown => shown,
        ended = &mut end => {
            ended?;
            return Err(Failure::of(&LoginError::NoFlow { name }));
        }
    };
    Ok(Begun {
        step,
        lifetime,
        pastes,
        end,
    })
}

async fn run(
    world: Arc<World>,
    credentials: Credentials,
    request: SignIn,
    person: Client,
) -> Result<(), Failure> {
    let place = Place::detect(&world.environment, &SystemProbe);
    let around = Surroundings {
        place: &place,
        person: &person,
        credentials: &credentials,
        ports: &world.ports,
        environment: &world.environment,
    };
    let provider = &request.provider;
    let failed = |error: LoginError| Failure::of(&error).for_provider(&provider.id);
    tokio::select! {
        signed_in = sign_in(&request, around, &SystemOpener) => {
            signed_in.map(|_| ()).map_err(failed)
        }
        () = superseded(request.standing.as_deref(), &world) => {
            Err(failed(LoginError::Superseded {
                name: provider.short_name().to_owned(),
                provider: provider.id.clone(),
            }))
        }
    }
}

async fn sign_out(world: &World, name: &str) -> Result<SignedOut, Failure> {
    let (id, credentials) = open(world, name)?;
    let gone = credentials.logout(&id).await;
    let gone = gone.map_err(|error| Failure::of(&error).for_provider(&id))?;
    let is_unsure = |revoke: &Revoke| matches!(revoke, Revoke::Failed(_));
    let unsure = gone
        .revoked
        .iter()
        .any(|outcome| is_unsure(&outcome.result));
    Ok(SignedOut {
        warning: unsure.then(|| format!("tokens of `{id}` may still be alive at the provider")),
    })
}

fn open(world: &World, name: &str) -> Result<(String, Credentials), Failure> {
    let table = Arc::new(world.table()?);
    let provider = table.find(name, Lookup::Exact);
    let id = provider.map_err(|error| Failure::of(&error))?.id.clone();
    Ok((id, world.credentials(&table)))
}

/// Whoever signs in, at the other end of the gateway.
struct Client {
    /// Takes the first thing that there is to do, and how long that is good for.
    show: Mutex<Option<oneshot::Sender<(Step, Duration)>>>,
    pasted: tokio::sync::Mutex<mpsc::Receiver<Paste>>,
    /// Hears why the last paste was not the answer.
    refused: Mutex<Option<oneshot::Sender<String>>>,
}

impl Client {
    fn show(&self, step: Step, lifetime: Duration) {
        let show = self
            .show
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        // Whoever is not there any more drops the sign-in.
        let _ = show.map(|show| show.send((step, lifetime)));
    }

    fn hears(&self, refused: Option<oneshot::Sender<String>>) -> Option<oneshot::Sender<String>> {
        let mut hears = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut hears, refused)
    }
}

impl Person for Client {
    fn tell(&self, event: Event<'_>) {
        match event {
            Event::DeviceCode(code) => {
                let page = code.verification_uri_complete.as_ref();
                let page = page.unwrap_or(&code.verification_uri);
                let step = Step::Type {
                    user_code: code.user_code.clone(),
                    page: page.to_string(),
                    interval: code.interval.as_secs().max(1),
                };
                self.show(step, code.expires_in);
            }
            Event::AuthorizeUrl { url, .. } => {
                let page = url.to_string();
                self.show(Step::Paste { page }, LIFETIME);
            }
            Event::PasteRejected { reason } => {
                let _ = self.hears(None).map(|hears| hears.send(reason));
            }
            _ => {}
        }
    }

    fn line(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(async {
            match self.pasted.lock().await.recv().await {
                Some(Paste { text, refused }) => {
                    self.hears(Some(refused));
                    Some(text.expose().to_owned())
                }
                // Whoever could paste has dropped the sign-in too.
                None => std::future::pending().await,
            }
        })
    }

    /// A code alone could be anybody's, and a client that is asked whether it is theirs says yes.
    fn confirm(&self, _: &str) -> BoxFuture<'_, bool> {
        Box::pin(std::future::ready(false))
    }
}
