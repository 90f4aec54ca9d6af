//! The models that can be asked from this home: those of every provider that is signed in, and of the
//! server that the settings name. The gateway and the commands that ask a model begin here.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use hermes_agent::{
    Access, Accounts, ApiMode, BaseUrl, Catalogue, Cause, FixedAccess, ModelAgent, ModelError,
    Pick, RemoteModel, Source, Sources, Standing,
};
use hermes_credentials::{Credentials, Kind, Pool, PoolStrategy, Settings};
use hermes_errors::Failure;
use hermes_gateway::settings::{Model, ModelSource};
use hermes_machine::BoxFuture;
use hermes_providers::{Lookup, Provider, Table};
use hermes_secret::Secret;

use crate::World;

/// The models of a home.
pub struct Models {
    /// Whoever answers with them.
    pub agent: Arc<ModelAgent>,
    /// What there is to choose from.
    pub catalogue: Arc<Catalogue>,
    /// Whether the model is asked for titles.
    pub titles: Arc<AtomicBool>,
    sources: Arc<Replaceable>,
}

impl Models {
    /// The models of this home. Nobody is asked yet.
    ///
    /// # Errors
    ///
    /// See [`HomeSources::new`].
    pub fn open(settings: Option<&Model>, world: &World) -> Result<Self, Failure> {
        let named = HomeSources::new(settings, world)?;
        let titles = Arc::new(AtomicBool::new(named.titles));
        let own = Arc::new(Replaceable(RwLock::new(Arc::new(named))));
        let sources: Arc<dyn Sources> = Arc::clone(&own) as _;
        let (clock, random) = (&world.ports.clock, &world.ports.random);
        let remote = Arc::new(RemoteModel::new(world.streaming(), Arc::clone(clock)));
        let agent = ModelAgent::new(
            Arc::clone(&remote) as _,
            Arc::clone(&sources),
            Arc::clone(clock),
            Arc::clone(random),
        );
        Ok(Self {
            agent: Arc::new(agent),
            catalogue: Arc::new(Catalogue::new(sources, remote, Arc::clone(clock))),
            titles,
            sources: own,
        })
    }

    /// Asks by other settings from the next prompt on. A turn that runs has its way to a model already.
    pub fn replace(&self, sources: HomeSources) {
        self.titles.store(sources.titles, Ordering::Relaxed);
        let is_same = sources.has_the_server_of(&self.sources.now());
        self.sources.set(sources);
        if !is_same {
            // What the other one listed says nothing about this one.
            self.catalogue.forget(FixedAccess::ID);
        }
    }
}

/// The sources of the settings as they were read last.
struct Replaceable(RwLock<Arc<HomeSources>>);

impl Replaceable {
    fn now(&self) -> Arc<HomeSources> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, sources: HomeSources) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(sources);
    }
}

impl Sources for Replaceable {
    fn usual(&self) -> Option<Pick> {
        self.now().usual.clone()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Source>, Failure>> {
        let listed = self.now().list();
        Box::pin(async { listed })
    }

    fn access<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Arc<dyn Access>, Failure>> {
        let found = self.now().access(id);
        Box::pin(async { found })
    }
}

/// The providers of the table with this home's credentials, and perhaps a server: what settings come
/// to, read and found good.
pub struct HomeSources {
    table: Arc<Table>,
    credentials: Credentials,
    settings: Settings,
    server: Option<Server>,
    usual: Option<Pick>,
    titles: bool,
}

/// The server that the settings name instead of a provider.
struct Server {
    access: Arc<FixedAccess>,
    source: Source,
    key: Option<Secret>,
}

impl HomeSources {
    /// What these settings come to in this home.
    ///
    /// # Errors
    ///
    /// If the table of providers cannot be read, or what the settings name cannot be asked.
    pub fn new(model: Option<&Model>, world: &World) -> Result<Self, Failure> {
        let table = Arc::new(world.table()?);
        let mut sources = Self {
            credentials: world.credentials(&table),
            table,
            settings: world.settings(),
            server: None,
            usual: None,
            titles: model.is_none_or(|model| model.titles),
        };
        let Some(Model {
            source, default, ..
        }) = model
        else {
            return Ok(sources);
        };
        let id = match source {
            ModelSource::Provider(name) => {
                let provider = sources.provider(name)?;
                sources.accounts(provider)?;
                provider.id.clone()
            }
            ModelSource::Server { base_url, api_key } => {
                let url = BaseUrl::parse(base_url).map_err(|error| {
                    let cause = Cause::BaseUrl(Box::new(error));
                    Failure::of(&ModelError::new(FixedAccess::ID, "the model server", cause))
                })?;
                let source = Source {
                    id: FixedAccess::ID.to_owned(),
                    name: url.to_string(),
                    kind: api_key.as_ref().map(|_| Kind::ApiKey),
                    standing: Standing::Usable,
                };
                let access = FixedAccess::new(url, ApiMode::ChatCompletions, api_key.clone());
                sources.server = Some(Server {
                    access: Arc::new(access),
                    source,
                    key: api_key.clone(),
                });
                FixedAccess::ID.to_owned()
            }
        };
        sources.usual = Some(Pick {
            source: id,
            model: default.clone(),
        });
        Ok(sources)
    }

    fn provider(&self, name: &str) -> Result<&Provider, Failure> {
        let found = self.table.find(name, Lookup::Exact);
        found.map_err(|error| Failure::of(&error))
    }

    fn accounts(&self, provider: &Provider) -> Result<Accounts, Failure> {
        let strategy = self.settings.strategy(&provider.id);
        let strategy = strategy.unwrap_or(PoolStrategy::FillFirst);
        let accounts = Accounts::new(self.credentials.clone(), provider.clone(), strategy);
        accounts.map_err(|error| Failure::of(&error))
    }

    fn has_the_server_of(&self, other: &Self) -> bool {
        match (&self.server, &other.server) {
            (Some(one), Some(other)) => {
                let same_key = match (&one.key, &other.key) {
                    (Some(one), Some(other)) => one.same(other),
                    (one, other) => one.is_none() == other.is_none(),
                };
                one.source == other.source && same_key
            }
            (one, other) => one.is_none() == other.is_none(),
        }
    }

    fn access(&self, id: &str) -> Result<Arc<dyn Access>, Failure> {
        match &self.server {
            Some(server) if id == FixedAccess::ID => Ok(Arc::clone(&server.access) as _),
            _ => Ok(Arc::new(self.accounts(self.provider(id)?)?)),
        }
    }

    fn list(&self) -> Result<Vec<Source>, Failure> {
        let pools = self.credentials.list(None);
        let pools = pools.map_err(|error| Failure::of(&error))?;
        Ok(self.listed(&pools))
    }

    fn listed(&self, pools: &[Pool]) -> Vec<Source> {
        let server = self.server.iter().map(|server| server.source.clone());
        let asked = self.table.iter().filter(|provider| {
            let mode = provider.api.as_ref().map(|api| api.mode.as_str());
            mode.and_then(ApiMode::find).is_some()
        });
        let providers = asked.map(|provider| {
            let pool = pools.iter().find(|pool| pool.provider == provider.id);
            of_provider(provider, pool)
        });
        server.chain(providers).collect()
    }
}

fn of_provider(provider: &Provider, pool: Option<&Pool>) -> Source {
    let entries = pool.map_or(&[][..], |pool| &pool.entries);
    let current = entries.iter().find(|entry| entry.current);
    let is_usable = entries.iter().any(|entry| entry.state.is_usable());
    let wanted = match provider.flows.is_empty() {
        true => Kind::ApiKey,
        false => Kind::OAuth,
    };
    Source {
        id: provider.id.clone(),
        name: provider.name.clone(),
        kind: Some((current.or_else(|| entries.first())).map_or(wanted, |entry| entry.kind)),
        standing: match (is_usable, entries) {
            (true, _) => Standing::Usable,
            (false, []) => Standing::SignedOut,
            (false, _) => Standing::SignInNeeded,
        },
    }
}

#[cfg(test)]
mod tests {
    use hermes_secret::Secret;
    use hermes_testkit::TestHome;
    use serde_json::{Value, json};

    use super::*;

    fn entry(id: &str, kind: &str, status: Option<&str>) -> Value {
        json!([{"id": id, "label": id, "auth_type": kind, "priority": 0, "source": "manual",
            "access_token": "key-CANARY", "last_status": status}])
    }

    fn sources(home: &TestHome, model: Option<&Model>) -> Result<HomeSources, Failure> {
        let world = World::new(home.environment(), None)?;
        HomeSources::new(model, &world)
    }

    fn standings(listed: &[Source]) -> Vec<String> {
        let known = [
            "custom",
            "openrouter",
            "openai-api",
            "xai-oauth",
            "deepseek",
            "spotify",
        ];
        let listed = listed.iter().filter(|source| known.contains(&&*source.id));
        let row = |source: &Source| {
            let kind = source.kind.map_or("nothing", Kind::as_str);
            format!("{}: {kind}, {:?}", source.id, source.standing)
        };
        listed.map(row).collect()
    }

    #[tokio::test]
    async fn what_is_signed_in_can_be_asked_from_then_on() {
        let home = TestHome::new();
        let server = Model {
            titles: true,
            source: ModelSource::Server {
                base_url: "http://127.0.0.1:11434/v1".to_owned(),
                api_key: Some(Secret::new("key-CANARY")),
            },
            default: Some("small".to_owned()),
        };
        let sources = sources(&home, Some(&server)).unwrap();
        let usual = sources.usual.clone().unwrap();
        assert_eq!(
            (&*usual.source, usual.model.as_deref()),
            ("custom", Some("small"))
        );
        let before = sources.list().unwrap();
        assert_eq!(before[0].name, "http://127.0.0.1:11434/v1");
        assert!(
            before[1..]
                .iter()
                .all(|source| source.standing == Standing::SignedOut)
        );
        let file = json!({"version": 1, "providers": {}, "credential_pool": {
            "openrouter": entry("aaaaaa", "api_key", None),
            "openai-api": entry("bbbbbb", "api_key", Some("dead")),
            "xai-oauth": entry("cccccc", "oauth", None),
            "spotify": entry("dddddd", "oauth", None),
        }});
        home.write_auth_json(&file.to_string());
        let after = sources.list().unwrap();
        insta::assert_snapshot!(standings(&after).join("\n"), @r#"
        custom: api_key, Usable
        deepseek: api_key, SignedOut
        openai-api: api_key, SignInNeeded
        openrouter: api_key, Usable
        xai-oauth: oauth, Usable
        "#);
        for id in ["custom", "openrouter"] {
            let grant = sources.access(id).unwrap().grant().await.unwrap();
            assert_eq!(grant.provider, id);
        }
        for (id, code) in [
            ("spotify", "model.unsupported"),
            ("nobody", "auth.unknown_provider"),
        ] {
            let failure = sources.access(id).err().unwrap();
            assert_eq!(failure.code.as_str(), code, "{failure}");
        }
    }

    #[test]
    fn the_usual_provider_is_checked_when_the_settings_name_it() {
        let home = TestHome::new();
        let named = |name: &str| Model {
            titles: true,
            source: ModelSource::Provider(name.to_owned()),
            default: None,
        };
        // An alias stands for its provider.
        for name in ["anthropic", "claude"] {
            let known = sources(&home, Some(&named(name))).unwrap();
            assert_eq!(known.usual.unwrap().source, "anthropic", "{name}");
        }
        for (name, code) in [
            ("nobody", "auth.unknown_provider"),
            ("spotify", "model.unsupported"),
        ] {
            let failure = sources(&home, Some(&named(name))).err().unwrap();
            assert_eq!(failure.code.as_str(), code, "{failure}");
        }
        let bare = Model {
            titles: true,
            source: ModelSource::Server {
                base_url: "http://192.0.2.7:11434/v1".to_owned(),
                api_key: None,
            },
            default: None,
        };
        let failure = sources(&home, Some(&bare)).err().unwrap();
        assert_eq!(failure.code.as_str(), "model.base_url");
        let nobody = sources(&home, None).unwrap();
        assert_eq!(nobody.usual, None);
    }

    #[tokio::test]
    async fn what_other_settings_name_is_asked_from_then_on() {
        let home = TestHome::new();
        let world = World::new(home.environment(), None).unwrap();
        let server = |port: u16, key: &str, titles| Model {
            titles,
            source: ModelSource::Server {
                base_url: format!("http://127.0.0.1:{port}/v1"),
                api_key: Some(Secret::new(key)),
            },
            default: Some(key.to_owned()),
        };
        let named = |model: &Model| HomeSources::new(Some(model), &world).unwrap();
        let models = Models::open(Some(&server(1, "one", true)), &world).unwrap();
        let sources = models.catalogue.sources();
        let before = sources.access(FixedAccess::ID).await.unwrap();
        models.replace(named(&server(2, "two", false)));
        assert!(!models.titles.load(Ordering::Relaxed));
        let usual = sources.usual().unwrap();
        assert_eq!(usual.model.as_deref(), Some("two"));
        let now = sources.access(FixedAccess::ID).await.unwrap();
        for (access, url) in [
            (before, "http://127.0.0.1:1/v1"),
            (now, "http://127.0.0.1:2/v1"),
        ] {
            let grant = access.grant().await.unwrap();
            assert_eq!(grant.base_url.to_string(), url);
        }
        let keys = |one, other| {
            let (one, other) = (
                named(&server(1, one, true)),
                named(&server(1, other, false)),
            );
            one.has_the_server_of(&other)
        };
        assert!(keys("one", "one") && !keys("one", "two"));
        assert!(!named(&server(1, "one", true)).has_the_server_of(&named(&server(2, "one", true))));
        // Without any section nobody is asked by default, and there is no server.
        models.replace(HomeSources::new(None, &world).unwrap());
        assert_eq!(sources.usual(), None);
        let gone = sources.access(FixedAccess::ID).await.err().unwrap();
        assert_eq!(gone.code.as_str(), "auth.unknown_provider");
    }

    #[test]
    fn credentials_that_cannot_be_read_are_told() {
        let home = TestHome::new();
        let sources = sources(&home, None).unwrap();
        home.write_auth_json("{");
        let failure = sources.list().unwrap_err();
        assert!(failure.message.contains("auth.json"), "{failure}");
    }
}
