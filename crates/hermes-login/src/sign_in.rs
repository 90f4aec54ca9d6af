mod descent;
mod redeem;
mod relayed;

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use hermes_credentials::{Credentials, Saved};
use hermes_machine::Environment;
use hermes_oauth::{Answer, Attempt, AuthorizationCode, Client, OAuthError, Ports, Registration};
use hermes_providers::{Flow, Provider};
use tokio::sync::watch;
use url::Url;

use crate::{
    Event, GUIDE_BASE, LoginError, Opener, Person, Place, Relay, Rung, Surroundings,
    browser::{Landing, open_for},
    check_openable, ladder,
    ladder::{Offer, relay_ladder},
    loopback::{BindError, Callback, Ears, Ending, Listener, Taken, door, pages::Names},
    redirect::Redirect,
    tunnel_hint,
    turns::Standing,
};

use self::descent::Claim;
pub(crate) use self::descent::reason;

/// How long the listener waits, unless `--timeout` says otherwise.
pub(crate) const CALLBACK_TIME: Duration = Duration::from_secs(180);
/// How long a paste is awaited, unless `--timeout` says otherwise.
const PASTE_TIME: Duration = Duration::from_secs(600);
/// The longest that a listener is open, whatever was asked for.
pub(crate) const LONGEST: Duration = Duration::from_secs(600);
/// How many stray requests are told of.
const STRAYS: usize = 5;

/// A sign-in that somebody asked for.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// With whom.
    pub provider: Provider,
    /// The flow, where the person chose one.
    pub flow: Option<Flow>,
    /// Whether a browser may be opened.
    pub open_browser: bool,
    /// The port for the listener, instead of the table's; no other is tried then.
    pub port: Option<u16>,
    /// How long to wait for the person.
    pub timeout: Option<Duration>,
    /// What to call the credential.
    pub label: Option<String>,
    /// The client, over the table's.
    pub registration: Registration,
    /// The redirect URI that the person registered, instead of the table's.
    pub redirect_uri: Option<Url>,
    /// Whether a program reads the events.
    pub machine_readable: bool,
    /// Its place among the sign-ins of this home; without one, no other can make it void.
    pub standing: Option<Arc<Standing>>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The credential, and where it is.
    pub saved: Saved,
    /// The flow that brought the answer.
    pub flow: Flow,
    /// Whose account it is, as far as the provider says.
    pub account: Option<String>,
    /// The account's plan, where the tokens or the page that names the account tell it.
    pub plan: Option<String>,
    /// A message of the provider, or what is odd about the tokens.
    pub notice: Option<String>,
    /// The scope that was asked for and the one that was granted, where they differ.
    pub scope_differs: Option<(String, String)>,
    /// Whether the answer came through a tunnel, which can be closed now.
    pub tunnelled: bool,
}

/// Signs in: down the ladder until a rung holds, then saves the credential. Dropping the future
/// gives up and frees the port.
///
/// # Errors
///
/// If no rung holds, the person or the provider says no, time runs out, or the credential cannot
/// be kept.
pub async fn sign_in(
    request: &SignIn,
    around: Surroundings<'_>,
    opener: &dyn Opener,
) -> Result<SignedIn, LoginError> {
    let client = open(request, around).await?;
    let rungs = |wanted| {
        let offer = Offer {
            name: request.provider.short_name(),
            flows: client.flows(),
        };
        ladder(around.place, offer, wanted, request.machine_readable)
    };
    let instead = other(request.flow, rungs(None));
    let rungs = rungs(request.flow)?;
    let signing = Signing {
        opener,
        instead,
        ..Signing::new(request, around, &client)
    };
    signing.descend(rungs).await
}

/// Signs in on behalf of a person at the other end of a relay: that machine listens and opens the
/// browser, everything else happens here. No listener and no browser of this host is used.
///
/// # Errors
///
/// As [`sign_in`].
pub async fn sign_in_by_relay(
    request: &SignIn,
    around: Surroundings<'_>,
    relay: &dyn Relay,
) -> Result<SignedIn, LoginError> {
    let client = open(request, around).await?;
    let offer = Offer {
        name: request.provider.short_name(),
        flows: client.flows(),
    };
    let rungs = relay_ladder(&relay.describe(), offer, request.flow)?;
    let signing = Signing {
        relay: Some(relay),
        ..Signing::new(request, around, &client)
    };
    signing.descend(rungs).await
}

/// What comes before the first rung: whether anything can be saved, what the person should know,
/// and what the provider offers.
pub(crate) async fn open(request: &SignIn, around: Surroundings<'_>) -> Result<Client, LoginError> {
    let Surroundings { place, person, .. } = around;
    let provider = &request.provider;
    around.credentials.check_can_save()?;
    person.tell(Event::Starting { provider, place });
    if let Some(terms) = &provider.terms {
        person.tell(Event::Terms(terms));
    }
    let ports = around.ports.clone();
    Ok(Client::resolve(provider, &request.registration, ports).await?)
}

/// The first flow besides the one that `--flow` names.
fn other(wanted: Option<Flow>, rungs: Result<Vec<Rung>, LoginError>) -> Option<Flow> {
    let wanted = wanted?;
    let mut flows = rungs.ok()?.into_iter().map(|rung| rung.flow);
    flows.find(|flow| *flow != wanted)
}

/// The browser of a host at which nobody sits.
pub(crate) struct NoBrowser;

impl Opener for NoBrowser {
    fn open(&self, _: &Url) -> Result<(), String> {
        Err("the browser is at the other end".to_owned())
    }
}

/// Why a rung did not hold.
pub(crate) enum Fall {
    /// It cannot work here; the next one may.
    Next(LoginError),
    /// It is over; the sign-in has ended too, unless another rung still waits.
    Over(LoginError),
    /// The sign-in has ended.
    End(LoginError),
}

impl<E: Into<LoginError>> From<E> for Fall {
    fn from(error: E) -> Self {
        Self::End(error.into())
    }
}

/// An attempt that ended: what the provider refused, or nobody did, leaves other rungs standing.
fn over(error: LoginError) -> Fall {
    match error {
        LoginError::OAuth(_) | LoginError::CallbackTimedOut { .. } => Fall::Over(error),
        error => Fall::End(error),
    }
}

/// What every rung has at hand.
pub(crate) struct Signing<'a> {
    pub(crate) request: &'a SignIn,
    pub(crate) place: &'a Place,
    pub(crate) client: &'a Client,
    pub(crate) credentials: &'a Credentials,
    pub(crate) ports: &'a Ports,
    pub(crate) opener: &'a dyn Opener,
    pub(crate) relay: Option<&'a dyn Relay>,
    pub(crate) person: &'a dyn Person,
    pub(crate) environment: &'a Environment,
    /// What could be tried instead, where `--flow` leaves one rung.
    instead: Option<Flow>,
    claim: Claim,
    /// How many rungs wait.
    waiting: AtomicUsize,
}

/// How the person gave the answer by hand.
pub(crate) enum Typed {
    /// It proves that it belongs to this attempt.
    Proven(Taken),
    /// It is a code that the person vouches for.
    Vouched(AuthorizationCode),
}

impl<'a> Signing<'a> {
    /// A sign-in that listens for nobody and opens nothing, unless it is told otherwise.
    pub(crate) fn new(request: &'a SignIn, around: Surroundings<'a>, client: &'a Client) -> Self {
        Self {
            request,
            place: around.place,
            client,
            credentials: around.credentials,
            ports: around.ports,
            opener: &NoBrowser,
            relay: None,
            person: around.person,
            environment: around.environment,
            // Over a relay the command would be one for this host, and the person is on another.
            instead: None,
            claim: Claim::default(),
            waiting: AtomicUsize::new(0),
        }
    }
}

impl Signing<'_> {
    pub(crate) fn name(&self) -> String {
        self.request.provider.short_name().to_owned()
    }

    /// The listener, raced against a paste.
    async fn by_loopback(&self) -> Result<SignedIn, Fall> {
        let redirect = Redirect::for_listener(self.request, self.environment)?;
        let listener = Listener::bind(redirect.host(), redirect.choice())
            .map_err(|error| Fall::Next(self.not_bound(error)))?;
        let redirect_uri = redirect.at(listener.port());
        let attempt = self.begin(&redirect_uri)?;
        let judge = |answer: &Answer| attempt.judge(answer);
        let strays = AtomicUsize::new(0);
        let stray = |what| self.tell_stray(&strays, what);
        let reached = watch::Sender::new(false);
        let arrived = |arrival| {
            reached.send_replace(true);
            self.person.tell(Event::Arrived(arrival));
        };
        let callback = Callback::new(
            door(&redirect_uri, &self.request.provider),
            self.names(),
            &judge,
            Ears {
                stray: &stray,
                arrived: &arrived,
            },
            &*self.ports.clock,
            &*self.ports.random,
        );
        let limit = self.request.timeout.unwrap_or(CALLBACK_TIME).min(LONGEST);
        tokio::select! {
            biased;
            result = self.race(&attempt, &callback, limit) => result.map_err(over),
            never = self.unreached(&redirect_uri, limit, &reached) => match never {},
            never = listener.serve(&callback) => match never {},
        }
    }

    /// A page that sends request after request must not bury the address that is to be opened.
    fn tell_stray(&self, strays: &AtomicUsize, what: String) {
        let what = match strays.fetch_add(1, Ordering::Relaxed) {
            0..STRAYS => what,
            STRAYS => "more of the like, which is not told any more".to_owned(),
            _ => return,
        };
        self.person.tell(Event::Stray { what });
    }

    /// Everything that can end the wait, from the first moment; then the exchange, while the
    /// browser holds the line for the page that tells how it went.
    async fn race(
        &self,
        attempt: &Attempt,
        callback: &Callback<'_>,
        limit: Duration,
    ) -> Result<SignedIn, LoginError> {
        self.announce(attempt, Flow::Loopback, limit)?;
        let typed = self.typed_beside(attempt);
        let (answer, flow) = tokio::select! {
            biased;
            taken = callback.answered() => (Typed::Proven(taken), Flow::Loopback),
            typed = typed => match callback.take() {
                true => (typed, Flow::Paste),
                false => (Typed::Proven(callback.answered().await), Flow::Loopback),
            },
            () = self.ports.clock.sleep(limit) => {
                callback.take();
                callback.delivered().await;
                return Err(LoginError::CallbackTimedOut { name: self.name() });
            }
        };
        let result = self.redeem(attempt, answer, flow).await;
        callback.finish(match &result {
            Ok(signed_in) => Ending::SignedIn {
                account: signed_in.account.clone(),
            },
            Err(LoginError::Denied { .. }) => Ending::Declined,
            Err(_) => Ending::Failed,
        });
        callback.delivered().await;
        result
    }

    /// A paste beside a listener, here or at the other end: that one waits on when nobody can paste
    /// any more.
    async fn typed_beside(&self, attempt: &Attempt) -> Typed {
        match self.typed(attempt).await {
            Some(typed) => typed,
            None => pending().await,
        }
    }

    /// The paste alone: nothing listens.
    async fn by_paste(&self) -> Result<SignedIn, Fall> {
        let redirect_uri = Redirect::for_paste(self.request, self.environment)?.uri();
        let attempt = self.begin(&redirect_uri)?;
        let limit = self.request.timeout.unwrap_or(PASTE_TIME);
        self.announce(&attempt, Flow::Paste, limit)?;
        let name = self.name();
        let typed = tokio::select! {
            biased;
            typed = self.typed(&attempt) => typed,
            () = self.ports.clock.sleep(limit) => {
                return Err(Fall::Over(LoginError::PasteTimedOut { name }));
            }
        };
        let Some(typed) = typed else {
            return Err(Fall::Next(LoginError::CodeMissing { name }));
        };
        self.redeem(&attempt, typed, Flow::Paste)
            .await
            .map_err(over)
    }

    fn begin(&self, redirect_uri: &Url) -> Result<Attempt, Fall> {
        let attempt = self
            .client
            .begin(redirect_uri)
            .map_err(|error| match error {
                // The next rung would have the same.
                OAuthError::RedirectInvalid { .. } => Fall::End(error.into()),
                error => Fall::Next(error.into()),
            })?;
        check_openable(&attempt.authorize_url).map_err(|reason| LoginError::UnsafeUrl {
            name: self.name(),
            reason,
        })?;
        Ok(attempt)
    }

    /// Says where to go, what is awaited and how to reach it. Only now, when everything waits.
    fn announce(&self, attempt: &Attempt, flow: Flow, limit: Duration) -> Result<(), LoginError> {
        let provider = &self.request.provider;
        let redirect_uri = &attempt.redirect_uri;
        self.person.tell(Event::AuthorizeUrl {
            url: &attempt.authorize_url,
            redirect_uri,
            provider,
        });
        self.person.tell(Event::Waiting {
            flow,
            redirect_uri: Some(redirect_uri),
            limit,
        });
        let base = self.environment.text("HERMES_DOCS_URL");
        if flow == Flow::Loopback
            && let Some(hint) = tunnel_hint(
                self.place,
                redirect_uri.as_str(),
                provider.docs_url.as_ref(),
                base.unwrap_or(GUIDE_BASE),
            )
        {
            self.person.tell(Event::Hint(&hint));
        }
        let hosted = provider.hosted_redirect_uri.as_ref() == Some(redirect_uri);
        let landing = match flow {
            Flow::Paste if !hosted => Landing::Unguarded,
            _ => Landing::Known,
        };
        self.show(&attempt.authorize_url, landing);
        Ok(())
    }

    /// Opens the browser where that makes sense. It is a bonus: the address is shown already.
    pub(crate) fn show(&self, url: &Url, landing: Landing) {
        let outcome = open_for(self.request, self.place, self.opener, url, landing);
        self.person.tell(Event::Browser(outcome));
    }

    fn names(&self) -> Names {
        Names {
            provider: self.name(),
            host: self.place.host.clone(),
            retry: Some(format!("hermes auth add {}", self.request.provider.id)),
        }
    }

    fn not_bound(&self, error: BindError) -> LoginError {
        let name = self.name();
        match error {
            BindError::Busy { address, owner } => LoginError::PortBusy {
                name,
                address,
                owner,
            },
            BindError::Failed { address, source } => LoginError::ListenerFailed {
                name,
                address,
                source,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_may_move_between_threads() {
        fn is_send<T: Send>(_: &T) {}
        #[expect(dead_code, reason = "compiling it is the test")]
        fn check(request: &SignIn, around: Surroundings<'_>, opener: &dyn Opener) {
            is_send(&sign_in(request, around, opener));
        }
    }
}
