use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hermes_credentials::{Entry, Keeper, Kind, State};
use hermes_errors::{Code, Failure};
use hermes_machine::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::accounts::{Account, Accounts, Begun, How, Paste, ProviderAccount, SignedOut, Step};

type Ends = oneshot::Sender<Result<(), Failure>>;

/// A host that signs in as a test says: to `typed` by a code, to `pasted` by a paste of `good`.
pub(crate) struct Clerk {
    ends: Arc<Mutex<Vec<Ends>>>,
    /// What it has of `pasted`.
    pool: Mutex<Vec<Entry>>,
}

impl Default for Clerk {
    fn default() -> Self {
        let until = "2026-11-22T12:04:00Z".parse().unwrap();
        let resting = State::CoolingDown {
            code: Some(429),
            until,
        };
        let pool = vec![
            Entry {
                said: Some("Slow down".to_owned()),
                ..entry("a1b2c3", resting)
            },
            Entry {
                label: "work".to_owned(),
                current: true,
                ..entry("d4e5f6", State::Ready)
            },
            Entry {
                source: "claude_code".to_owned(),
                keeper: Keeper::Another,
                ..entry("070809", State::Ready)
            },
        ];
        Self {
            ends: Arc::default(),
            pool: Mutex::new(pool),
        }
    }
}

/// An account that was signed in to.
pub(crate) fn entry(id: &str, state: State) -> Entry {
    Entry {
        id: id.to_owned(),
        label: "ada@example.org".to_owned(),
        kind: Kind::OAuth,
        source: "manual:device_code".to_owned(),
        keeper: Keeper::Us,
        index: 1,
        state,
        said: None,
        current: false,
        expires_at: Some("2026-11-22T13:00:00Z".parse().unwrap()),
        renews: true,
        base_url: None,
        base_url_overridden: false,
        refused_base_url: None,
        scope: None,
        client_id: None,
        redirect_uri: None,
        interrupted_refresh: None,
    }
}

impl Clerk {
    /// Ends the sign-in by a code that was begun last: whether anybody waited for it.
    pub(super) fn end(&self, how: Result<(), Failure>) -> bool {
        let ends = self.ends.lock().unwrap().pop();
        ends.is_some_and(|ends| ends.send(how).is_ok())
    }

    /// How many sign-ins by a code wait.
    pub(super) fn waiting(&self) -> usize {
        let ends = self.ends.lock().unwrap();
        ends.iter().filter(|ends| !ends.is_closed()).count()
    }
}

fn unknown_one(credential: &str) -> Failure {
    let message = format!("No credential matching \"{credential}\"");
    Failure::new(Code::CredentialUnknown, message)
}

fn unknown(provider: &str) -> Failure {
    Failure::new(
        Code::UnknownProvider,
        format!("unknown provider `{provider}`"),
    )
}

async fn by_paste(mut pasted: mpsc::Receiver<Paste>) -> Result<(), Failure> {
    while let Some(Paste { text, refused }) = pasted.recv().await {
        match text.expose() {
            "good" => return Ok(()),
            "declined" => return Err(Failure::new(Code::Denied, "Pasted said no")),
            _ => refused.send("this is not the answer".to_owned()).unwrap(),
        }
    }
    Err(Failure::new(Code::CodeMissing, "nothing was pasted"))
}

impl Accounts for Clerk {
    fn list(&self) -> BoxFuture<'_, Result<Vec<ProviderAccount>, Failure>> {
        let row = |id: &str, how, account| ProviderAccount {
            id: id.to_owned(),
            name: id.to_uppercase(),
            how,
            command: format!("hermes auth add {id}"),
            terms: Some("be kind".to_owned()).filter(|_| id == "typed"),
            docs_url: None,
            account,
            pool: match id {
                "pasted" => self.pool.lock().unwrap().clone(),
                _ => Vec::new(),
            },
        };
        let account = Account {
            source: "oauth".to_owned(),
            label: "ada@example.org".to_owned(),
            expires_at: Some("2026-11-22T13:00:00Z".parse().unwrap()),
            renews: true,
        };
        Box::pin(std::future::ready(Ok(vec![
            row("typed", Some(How::Device), None),
            row("pasted", Some(How::Paste), Some(account)),
            row("terminal", None, None),
        ])))
    }

    fn begin<'a>(&'a self, provider: &'a str) -> BoxFuture<'a, Result<Begun, Failure>> {
        let (pastes, pasted) = mpsc::channel(1);
        let lifetime = Duration::from_secs(900);
        let begun = match provider {
            "typed" => {
                let (ends, end) = oneshot::channel();
                self.ends.lock().unwrap().push(ends);
                Ok(Begun {
                    step: Step::Type {
                        user_code: "ABCD-EFGH".to_owned(),
                        page: "https://typed.example/device".to_owned(),
                        interval: 5,
                    },
                    lifetime,
                    pastes,
                    end: Box::pin(async { end.await.unwrap() }),
                })
            }
            "pasted" => Ok(Begun {
                step: Step::Paste {
                    page: "https://pasted.example/authorize".to_owned(),
                },
                lifetime,
                pastes,
                end: Box::pin(by_paste(pasted)),
            }),
            "terminal" => Err(Failure::new(
                Code::NoSignIn,
                "Terminal is no sign-in of ours",
            )),
            "down" => Err(Failure::new(Code::ProviderTimeout, "Down does not answer")),
            unknown_one => Err(unknown(unknown_one)),
        };
        Box::pin(std::future::ready(begun))
    }

    fn sign_out<'a>(&'a self, provider: &'a str) -> BoxFuture<'a, Result<SignedOut, Failure>> {
        let out = match provider {
            "typed" => Ok(SignedOut::default()),
            "pasted" => Ok(SignedOut {
                warning: Some("tokens of `pasted` may still be alive".to_owned()),
            }),
            unknown_one => Err(unknown(unknown_one)),
        };
        Box::pin(std::future::ready(out))
    }

    fn remove<'a>(
        &'a self,
        provider: &'a str,
        credential: &'a str,
    ) -> BoxFuture<'a, Result<SignedOut, Failure>> {
        let mut pool = self.pool.lock().unwrap();
        let at = pool.iter().position(|entry| entry.id == credential);
        let removed = match (provider, at) {
            ("pasted", Some(at)) if pool[at].keeper == Keeper::Us => {
                pool.remove(at);
                Ok(SignedOut {
                    warning: Some("its token may still be alive".to_owned()),
                })
            }
            ("pasted", Some(_)) => Err(Failure::new(
                Code::CredentialBorrowed,
                "it belongs to another program",
            )),
            ("pasted", None) => Err(unknown_one(credential)),
            ("down", _) => Err(Failure::new(Code::StoreLocked, "Down is locked")),
            _ => Err(unknown(provider)),
        };
        Box::pin(std::future::ready(removed))
    }

    fn reset<'a>(
        &'a self,
        provider: &'a str,
        credential: &'a str,
    ) -> BoxFuture<'a, Result<bool, Failure>> {
        let mut pool = self.pool.lock().unwrap();
        let found = pool.iter_mut().find(|entry| entry.id == credential);
        let reset = match (provider, found) {
            ("pasted", Some(entry)) => Ok(entry.state != State::Ready).inspect(|_| {
                entry.state = State::Ready;
                entry.said = None;
            }),
            ("pasted", None) => Err(unknown_one(credential)),
            _ => Err(unknown(provider)),
        };
        Box::pin(std::future::ready(reset))
    }
}
