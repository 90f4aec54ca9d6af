//! The rung of the listener: it is on this machine, and what the browser brings goes across.

use std::{pin::pin, sync::Mutex, time::Duration};

use hermes_oauth::{Answer, Verdict};
use hermes_providers::Flow;
use hermes_secret::{LABEL_LIMIT, plain};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::{session::Session, trust::untrusted};
use crate::{
    Event, GUIDE_BASE, LoginError, SignIn,
    browser::Landing,
    loopback::{BindError, Callback, Ears, Ending, Listener, PortChoice, door},
    redirect::Redirect,
    sign_in::{CALLBACK_TIME, LONGEST},
    tunnel_hint,
    via::{
        Signed, Standing, ViaError,
        frame::{Ended, HostSays, LaptopSays},
    },
};

/// How much longer than the listener the rest may take: the exchange has its own limits.
const GRACE: Duration = Duration::from_secs(60);
/// Ports below this are the system's.
const FIRST_PORT: u16 = 1024;

/// How one round of waiting for the browser ended.
enum Over {
    /// The answer was not the host's; another round.
    Again,
    /// The wait is over.
    Ended,
    /// So is the sign-in.
    Signed(Signed),
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Session<'_, R, W> {
    /// Listens for this machine's own redirect URI, if that is what the host means, and carries
    /// the answer across.
    pub(super) async fn listen(
        &mut self,
        host: &str,
        port: u16,
        any_port: bool,
        path: &str,
    ) -> Result<Option<Signed>, ViaError> {
        self.permit(Flow::Loopback)?;
        let request = self.laptop.request;
        let redirect = Redirect::for_listener(request, self.laptop.environment)?;
        let theirs = Redirect::for_listener(
            &SignIn {
                port: None,
                ..request.clone()
            },
            self.laptop.environment,
        )?;
        let expected = theirs.preferred();
        if expected.host_str() != Some(host)
            || expected.port() != Some(port)
            || expected.path() != path
            || theirs.allows_any_port() != any_port
        {
            return Err(untrusted(
                "it wants a listener that this machine's entry of the provider does not have",
            ));
        }
        let (PortChoice::Exactly(wanted) | PortChoice::Preferably(wanted)) = redirect.choice();
        if wanted < FIRST_PORT {
            return Err(untrusted("ports below 1024 are not opened for a host"));
        }
        let listener = match Listener::bind(redirect.host(), redirect.choice()) {
            Ok(listener) => listener,
            Err(error) => {
                let refused = match error {
                    BindError::Busy { address, owner } => LaptopSays::Refused {
                        busy: true,
                        address,
                        reason: owner,
                    },
                    BindError::Failed { address, source } => LaptopSays::Refused {
                        busy: false,
                        address,
                        reason: Some(source.to_string()),
                    },
                };
                self.send(&refused).await?;
                return Ok(None);
            }
        };
        let redirect_uri = redirect.at(listener.port());
        let own = self.client.begin(&redirect_uri)?;
        let port = listener.port();
        self.send(&LaptopSays::Listening { port }).await?;
        let url = loop {
            match self.next().await? {
                HostSays::Open {
                    authorize_url,
                    redirect_uri: theirs,
                    ..
                } if theirs == redirect_uri => break authorize_url,
                HostSays::Open { .. } => {
                    return Err(untrusted(
                        "it names another redirect URI than the listener's",
                    ));
                }
                other => {
                    if let Some(signed) = self.heed(other).await? {
                        return Ok(Some(signed));
                    }
                }
            }
        };
        let witness = self.vouch(&own, &url)?;
        self.attend(&listener, &redirect_uri, &url, &|answer| {
            witness.judge(answer)
        })
        .await
    }

    /// Rounds of waiting, until the host has its answer.
    async fn attend(
        &mut self,
        listener: &Listener,
        redirect_uri: &Url,
        url: &Url,
        verdict: &(dyn Fn(&Answer) -> Verdict + Send + Sync),
    ) -> Result<Option<Signed>, ViaError> {
        let laptop = self.laptop;
        let limit = laptop.request.timeout.unwrap_or(CALLBACK_TIME).min(LONGEST);
        self.expect_wait(limit.as_secs());
        let mut late = pin!(laptop.ports.clock.sleep(limit + GRACE));
        let mut announced = false;
        loop {
            let kept = Mutex::new(None);
            let judge = |answer: &Answer| {
                let verdict = verdict(answer);
                if !matches!(verdict, Verdict::NotOurs(_))
                    && let Ok(mut kept) = kept.lock()
                {
                    kept.get_or_insert_with(|| answer.clone());
                }
                verdict
            };
            let stray = |what| laptop.person.tell(Event::Stray { what });
            let arrived = |arrival| laptop.person.tell(Event::Arrived(arrival));
            let callback = Callback::new(
                door(redirect_uri, &laptop.request.provider),
                self.names(),
                &judge,
                Ears {
                    stray: &stray,
                    arrived: &arrived,
                },
                &*laptop.ports.clock,
                &*laptop.ports.random,
            );
            if !std::mem::replace(&mut announced, true) {
                self.announce(url, redirect_uri, limit);
            }
            let over = tokio::select! {
                over = self.round(&callback, &kept) => over?,
                () = &mut late => {
                    let name = laptop.request.provider.short_name().to_owned();
                    return Err(LoginError::CallbackTimedOut { name }.into());
                }
                never = listener.serve(&callback) => match never {},
            };
            match over {
                Over::Again => {}
                Over::Ended => return Ok(None),
                Over::Signed(signed) => return Ok(Some(signed)),
            }
        }
    }

    async fn round(
        &mut self,
        callback: &Callback<'_>,
        kept: &Mutex<Option<Answer>>,
    ) -> Result<Over, ViaError> {
        let mut carried = false;
        loop {
            let message = tokio::select! {
                biased;
                _ = callback.answered(), if !carried => None,
                message = self.next() => Some(message),
            };
            let (over, ending) = match message {
                None => {
                    carried = true;
                    let answer = kept.lock().ok().and_then(|mut kept| kept.take());
                    match answer {
                        None => continue,
                        Some(answer) => match self.send(&LaptopSays::answer(&answer)).await {
                            Ok(()) => continue,
                            Err(error) => (Err(error), self.cut_short()),
                        },
                    }
                }
                Some(Ok(HostSays::Again {})) if carried => (Ok(Over::Again), Ending::Failed),
                Some(Ok(HostSays::Ended { how, account })) => {
                    self.ended(how);
                    (Ok(Over::Ended), ending(how, account))
                }
                Some(Ok(other)) => match self.heed(other).await {
                    Ok(None) => continue,
                    Ok(Some(signed)) => (Ok(Over::Signed(signed)), Ending::Failed),
                    Err(error) => (Err(error), self.cut_short()),
                },
                Some(Err(error)) => (Err(error), self.cut_short()),
            };
            callback.take();
            callback.finish(ending);
            callback.delivered().await;
            return over;
        }
    }

    /// What the page says when the host cannot be asked any more.
    const fn cut_short(&self) -> Ending {
        match self.standing() {
            Standing::NotSaved => Ending::Failed,
            Standing::Unknown | Standing::Saved => Ending::Unknown,
        }
    }

    fn announce(&self, url: &Url, redirect_uri: &Url, limit: Duration) {
        let laptop = self.laptop;
        let provider = &laptop.request.provider;
        laptop.person.tell(Event::AuthorizeUrl {
            url,
            redirect_uri,
            provider,
        });
        laptop.person.tell(Event::Waiting {
            flow: Flow::Loopback,
            redirect_uri: Some(redirect_uri),
            limit,
        });
        let base = laptop.environment.text("HERMES_DOCS_URL");
        // This machine may be a remote one itself.
        if let Some(hint) = tunnel_hint(
            laptop.place,
            redirect_uri.as_str(),
            provider.docs_url.as_ref(),
            base.unwrap_or(GUIDE_BASE),
        ) {
            laptop.person.tell(Event::Hint(&hint));
        }
        self.show(url, Landing::Known);
    }
}

fn ending(how: Ended, account: Option<String>) -> Ending {
    match how {
        Ended::SignedIn => Ending::SignedIn {
            account: account.map(|account| plain(&account, LABEL_LIMIT)),
        },
        Ended::Failed => Ending::Failed,
        Ended::Declined => Ending::Declined,
    }
}
