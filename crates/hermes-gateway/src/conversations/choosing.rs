//! What is chosen about who answers: the model, how much it thinks, and what becomes of a turn when
//! somebody asks.

use std::sync::Arc;

use hermes_agent::{Catalogue, Effort, Source, Standing};
use hermes_credentials::Kind;
use hermes_errors::{Code, Failure};
use hermes_machine::BoxFuture;
use hermes_protocol::{
    methods::{
        BusyMode, ConfigGetAnswer, ConfigGetParams, ConfigKey, ConfigSet, ConfigSetParams,
        ModelChoice, ModelOptions, ModelOptionsParams, PublicConfig, PublicDisplay, PublicModel,
        PublicProvider, RuntimeCheck, RuntimeCheckParams, Scope, SettableKey, SetupStatusAnswer,
    },
    rpc::{RpcError, code},
};
use hermes_storage::UserId;

use super::{
    Conversations,
    calls::{Answer, internal, open},
    offering::row,
};
use crate::{answers::explained, socket::Answers};

/// The word for an effort that was not chosen.
pub(super) const DEFAULT: &str = "default";

/// Words about thoughts that are for the client alone.
const SHOWN: [&str; 2] = ["show", "hide"];

/// Somebody who chooses.
#[derive(Clone, Copy)]
pub(crate) struct Choosing<'a> {
    pub(crate) conversations: &'a Arc<Conversations>,
    pub(crate) owner: UserId,
}

impl Choosing<'_> {
    /// `setup.status`.
    pub(crate) async fn setup_status(self) -> SetupStatusAnswer {
        // What cannot be read is for the owner to see, by `hermes doctor`.
        let sources = self.catalogue().sources().list().await.unwrap_or_default();
        SetupStatusAnswer {
            provider_configured: sources.iter().any(Source::is_usable),
        }
    }

    /// `setup.runtime_check`: what comes of it, for a token may have to be renewed.
    pub(crate) fn runtime_check(
        self,
        params: RuntimeCheckParams,
    ) -> BoxFuture<'static, Answer<RuntimeCheck>> {
        let catalogue = Arc::clone(self.catalogue());
        Box::pin(async move {
            let named = params.provider.as_deref().map(str::trim);
            let named = named.filter(|name| !name.is_empty());
            let Some(pick) = catalogue.pick(named, None) else {
                let failure = Failure::new(Code::ModelNotChosen, "no model has been chosen");
                return Ok(unchecked(String::new(), None, &failure));
            };
            Ok(match catalogue.check(&pick.source).await {
                Ok(kind) => RuntimeCheck {
                    ok: true,
                    provider: pick.source,
                    model: pick.model,
                    source: kind.map_or("", Kind::as_str).to_owned(),
                    error: None,
                    code: None,
                    hint: None,
                },
                Err(failure) => unchecked(pick.source, pick.model, &failure),
            })
        })
    }

    /// `model.options`: what comes of it, for providers may take their time.
    pub(crate) async fn model_options(
        self,
        params: ModelOptionsParams,
    ) -> Answer<BoxFuture<'static, Answer<ModelOptions>>> {
        let (provider, model) = self.picked(params.session_id.as_deref()).await?;
        let catalogue = Arc::clone(self.catalogue());
        Ok(Box::pin(async move {
            let offers = match params.refresh {
                true => catalogue.offers_anew().await,
                false => catalogue.offers().await,
            };
            let offers = offers.map_err(|failure| explained(code::MODELS_UNKNOWN, &failure))?;
            let shown = offers.iter().filter(|offer| {
                params.include_unconfigured
                    || offer.source.standing != Standing::SignedOut
                    || offer.source.id == provider
            });
            Ok(ModelOptions {
                providers: shown.map(|offer| row(offer, &provider, &model)).collect(),
                model,
                provider,
            })
        }))
    }

    /// `config.get`.
    pub(crate) async fn config_get(
        self,
        params: ConfigGetParams,
        answers: &dyn Answers,
    ) -> Answer<ConfigGetAnswer> {
        let session = params.session_id.as_deref();
        let value = |value: String| Ok(ConfigGetAnswer::Value { value });
        match params.key()? {
            ConfigKey::Busy => value(self.busy_word().to_owned()),
            ConfigKey::Fast => value("normal".to_owned()),
            ConfigKey::Full => Ok(ConfigGetAnswer::Full {
                config: self.public_config(),
            }),
            ConfigKey::Model => value(self.picked(session).await?.1),
            ConfigKey::Mtime => Ok(ConfigGetAnswer::Mtime {
                mtime: answers.config_changed_at(),
            }),
            ConfigKey::Profile => Ok(ConfigGetAnswer::Profile {
                home: String::new(),
                display: DEFAULT,
            }),
            ConfigKey::Project => Ok(ConfigGetAnswer::Project {
                cwd: String::new(),
                branch: String::new(),
            }),
            ConfigKey::Prompt => Ok(ConfigGetAnswer::Prompt {
                prompt: String::new(),
            }),
            ConfigKey::Provider => {
                let (provider, model) = self.picked(session).await?;
                let sources = self.catalogue().sources().list().await;
                let sources =
                    sources.map_err(|failure| explained(code::MODELS_UNKNOWN, &failure))?;
                Ok(ConfigGetAnswer::Provider {
                    model,
                    provider,
                    providers: sources.into_iter().map(public).collect(),
                })
            }
            ConfigKey::Reasoning => Ok(ConfigGetAnswer::Reasoning {
                value: self.effort(session).await?,
                display: "show",
            }),
        }
    }

    /// The settings that every client may see.
    pub(crate) fn public_config(self) -> PublicConfig {
        let (provider, default) = self.usual();
        PublicConfig {
            model: PublicModel { provider, default },
            display: PublicDisplay {
                busy_input_mode: self.conversations.busy(self.owner),
            },
        }
    }

    /// `config.set`.
    pub(crate) async fn config_set(self, params: ConfigSetParams) -> Answer<ConfigSet> {
        let (session, value) = (params.session_id.as_deref(), params.value.trim());
        let key = params.key()?;
        match key {
            SettableKey::Busy => {
                self.set_busy(value)?;
                Ok(ConfigSet::new(key, value, None))
            }
            SettableKey::Model => {
                let (model, warning) = self
                    .choose_model(session.unwrap_or_default(), value)
                    .await?;
                let mut set = ConfigSet::new(key, model, Some(Scope::Session));
                set.warning = warning;
                Ok(set)
            }
            SettableKey::Reasoning if SHOWN.contains(&value) => {
                Ok(ConfigSet::new(key, value, None))
            }
            SettableKey::Reasoning => {
                if params.scope == Some(Scope::Global) {
                    let what = "how much a model thinks is chosen for each conversation";
                    return Err(RpcError::new(code::BAD_ARGUMENT, what));
                }
                self.choose_effort(session.unwrap_or_default(), value)
                    .await?;
                Ok(ConfigSet::new(key, value, Some(Scope::Session)))
            }
        }
    }

    /// Chooses a model for a conversation: which, and a doubt about it.
    pub(super) async fn choose_model(self, session: &str, value: &str) -> Answer<(String, String)> {
        let ModelChoice {
            model,
            provider,
            scope,
        } = ModelChoice::parse(value)?;
        if scope == Scope::Global {
            let what = "the model of all conversations is chosen on the host, by `hermes model`";
            return Err(RpcError::new(code::NOT_ALLOWED, what));
        }
        let open = open(self.conversations, self.owner, session).await?;
        let live = open.live().map_err(internal)?;
        let (current, _) = self.picked(Some(session)).await?;
        let sources = self.catalogue().sources().list().await;
        let sources = sources.map_err(|failure| explained(code::MODEL_NOT_SWITCHED, &failure))?;
        let source = self.whose(&sources, provider.as_deref(), &current, &model)?;
        if !source.is_usable() {
            return Err(explained(code::MODEL_NOT_SWITCHED, &source.not_usable()));
        }
        let known = self.catalogue().known(&source.id);
        let warning = match known {
            Some(models) if !models.iter().any(|known| known.id == model) => {
                format!("{} does not list `{model}`", source.name)
            }
            _ => String::new(),
        };
        live.choose(|choice| {
            choice.provider = Some(source.id.clone());
            choice.model = Some(model.clone());
        });
        Ok((model, warning))
    }

    /// Chooses how much the model of a conversation thinks.
    pub(super) async fn choose_effort(self, session: &str, word: &str) -> Answer<()> {
        let effort = match word {
            DEFAULT => None,
            word => Some(effort(word)?),
        };
        let open = open(self.conversations, self.owner, session).await?;
        let live = open.live().map_err(internal)?;
        live.choose(|choice| choice.effort = effort.map(|effort| effort.as_str().to_owned()));
        Ok(())
    }

    /// Chooses what a prompt of the caller's does to a turn that runs.
    pub(super) fn set_busy(self, word: &str) -> Answer<()> {
        let mode = serde_json::from_value(word.into()).map_err(|_| {
            let what = "the busy mode is `interrupt`, `queue` or `steer`";
            RpcError::new(code::BAD_ARGUMENT, what)
        })?;
        self.conversations.set_busy(self.owner, mode);
        Ok(())
    }

    pub(super) fn busy_word(self) -> &'static str {
        match self.conversations.busy(self.owner) {
            BusyMode::Interrupt => "interrupt",
            BusyMode::Queue => "queue",
            BusyMode::Steer => "steer",
        }
    }

    /// Whose model answers in a conversation, and which; without one, where none is chosen.
    pub(super) async fn picked(self, session: Option<&str>) -> Answer<(String, String)> {
        let Some(session) = session.filter(|id| !id.is_empty()) else {
            return Ok(self.usual());
        };
        let open = open(self.conversations, self.owner, session).await?;
        let live = open.live().map_err(internal)?;
        Ok(live.look(|transcript, _| self.conversations.teller(&open).pick(transcript)))
    }

    fn usual(self) -> (String, String) {
        let pick = self.catalogue().pick(None, None);
        pick.map_or_else(Default::default, |pick| {
            (pick.source, pick.model.unwrap_or_default())
        })
    }

    /// How much the model of a conversation thinks.
    pub(super) async fn effort(self, session: Option<&str>) -> Answer<String> {
        let Some(session) = session.filter(|id| !id.is_empty()) else {
            return Ok(DEFAULT.to_owned());
        };
        let open = open(self.conversations, self.owner, session).await?;
        let live = open.live().map_err(internal)?;
        let effort = live.look(|transcript, _| transcript.choice().effort.clone());
        Ok(effort.unwrap_or_else(|| DEFAULT.to_owned()))
    }

    /// Whose model this is: the named provider's; else the current one's, unless only another has it in
    /// its list. Nobody is asked: clients have shown the lists before somebody chooses.
    fn whose<'s>(
        self,
        sources: &'s [Source],
        named: Option<&str>,
        current: &str,
        model: &str,
    ) -> Answer<&'s Source> {
        let of = |id: &str| sources.iter().find(|source| source.id == id);
        if let Some(name) = named {
            return of(name).ok_or_else(|| {
                let what = format!("there is no provider `{name}`");
                let failure = Failure::new(Code::UnknownProvider, what);
                explained(code::MODEL_NOT_SWITCHED, &failure)
            });
        }
        let lists = |source: &Source| {
            let known = self.catalogue().known(&source.id);
            known.map(|models| models.iter().any(|known| known.id == model))
        };
        let current = of(current);
        let may_have = current.filter(|source| lists(source).unwrap_or(true));
        let other = || {
            let mut usable = sources.iter().filter(|source| source.is_usable());
            usable.find(|source| lists(source) == Some(true))
        };
        may_have.or_else(other).or(current).ok_or_else(|| {
            let what = format!("nobody lists `{model}`: say whose it is, by `--provider`");
            RpcError::new(code::MODEL_NOT_SWITCHED, what)
        })
    }

    fn catalogue(&self) -> &Arc<Catalogue> {
        &self.conversations.answering.catalogue
    }
}

/// The effort of a word that came in.
pub(super) fn effort(word: &str) -> Answer<Effort> {
    Effort::find(word).ok_or_else(|| {
        let words = Effort::ALL.map(Effort::as_str).join(", ");
        let what = format!("the effort is one of {words}, or {DEFAULT}");
        RpcError::new(code::BAD_ARGUMENT, what)
    })
}

fn public(source: Source) -> PublicProvider {
    PublicProvider {
        authenticated: source.is_usable(),
        id: source.id,
        label: source.name,
        aliases: Vec::new(),
    }
}

fn unchecked(provider: String, model: Option<String>, failure: &Failure) -> RuntimeCheck {
    RuntimeCheck {
        ok: false,
        provider,
        model,
        source: String::new(),
        error: Some(failure.message.clone()),
        code: Some(failure.code.as_str().to_owned()),
        hint: Some(failure.next_step.clone()),
    }
}
