//! Signing in at a gateway, from a machine that may have no browser of its own.
//!
//! [`methods`] says which ways there are here, and in which order; [`SignIn`] goes one of them. What
//! comes of it is [`SignedIn`]: it opens nothing before somebody keeps it.

mod answer;
mod browser;
mod device;
mod error;
mod ladder;
mod password;
mod token;
mod window;

use std::time::Duration;

use hermes_login::{BrowserOutcome, Opener, Place, TunnelHint};
use hermes_machine::{
    BoxFuture,
    http::{Http, Request},
};
use hermes_oauth::Ports;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use url::Url;

pub(crate) use self::answer::{pair, says};
pub use self::{
    error::SignInError,
    ladder::{NoMethod, Step, methods},
    password::Login,
};
use crate::{Cookie, GatewayAddress, Held, SecretAddress};

/// A way to sign in at a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The browser of this machine, which comes back to it (RFC 8252).
    Browser,
    /// A code that a person approves in any browser (RFC 8628).
    Device,
    /// A user name and a password.
    Password,
    /// The token of a gateway where nobody signs in.
    Token,
}

impl Method {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Browser, Self::Device, Self::Password, Self::Token];

    /// The word for it, as it is typed and kept.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Device => "device",
            Self::Password => "password",
            Self::Token => "token",
        }
    }

    /// The way of this word.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == word)
    }
}

/// A sign-in that somebody asked for.
#[derive(Clone, Copy)]
pub struct SignIn<'a> {
    /// The gateway.
    pub address: &'a SecretAddress,
    /// What this program calls itself on the page where its person lets it in.
    pub client: &'a str,
    /// Where it runs.
    pub place: &'a Place,
    /// Clock, randomness and the network.
    pub ports: &'a Ports,
    /// Opens the browser; nobody does where it is not to be opened.
    pub opener: Option<&'a dyn Opener>,
    /// Who is told what happens.
    pub onlooker: &'a dyn Onlooker,
    /// The command that begins it again, for the page in the browser; none where a window does.
    pub retry: Option<&'a str>,
    /// The gateway's method that its page is to begin with; none leaves it to the page (facts 1.16).
    pub provider: Option<&'a str>,
}

/// What a sign-in has brought.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// What opens the gateway.
    pub held: Held,
    /// The way that led there.
    pub method: Method,
    /// Whose session it is, as the gateway calls them.
    pub user: Option<String>,
}

/// Who is told what happens during a sign-in. Nothing in it is a secret but the state in the address,
/// which is meant to be seen.
pub trait Onlooker: Send + Sync {
    /// Tells something. It must not block.
    fn tell(&self, news: News<'_>);

    /// The next text that they paste, where they can: the address of a page that failed to load, since
    /// this machine's loopback is not the browser's. Dropping the future loses no text.
    fn pasted(&self) -> BoxFuture<'_, String> {
        Box::pin(std::future::pending())
    }
}

/// What happens during a sign-in.
#[derive(Clone, Debug)]
pub enum News<'a> {
    /// The address to open here. Whatever answers it is awaited already.
    Address {
        /// The address.
        url: &'a Url,
        /// Where the answer will come.
        redirect_uri: &'a Url,
        /// How long it is awaited.
        limit: Duration,
    },
    /// The code to approve in any browser.
    Code {
        /// What is shown there and here.
        user_code: &'a str,
        /// The page, with the code in it where the gateway gives one.
        page: &'a Url,
        /// How long it is good for.
        limit: Duration,
        /// How often the gateway is asked whether it is approved.
        interval: Duration,
    },
    /// How to reach the listener from another machine.
    Hint(&'a TunnelHint),
    /// What became of the browser.
    Browser(BrowserOutcome),
    /// Something reached the listener that was not the answer; the wait goes on.
    Stray(String),
    /// A pasted text was not the answer, for this reason; the wait goes on.
    PasteRejected(String),
}

impl SignIn<'_> {
    /// Opens the browser where that makes sense. It is a bonus: the address is shown already.
    fn show(&self, url: &Url) {
        let outcome = match (self.opener, &self.place.graphical_browser) {
            (None, _) => BrowserOutcome::NotHere("it was not to be opened".to_owned()),
            (Some(_), Err(why)) => BrowserOutcome::NotHere(why.clone()),
            (Some(opener), Ok(())) => match opener.open(url) {
                Ok(()) => BrowserOutcome::Opened,
                Err(why) => BrowserOutcome::Failed(why),
            },
        };
        self.onlooker.tell(News::Browser(outcome));
    }

    /// What the gateway calls the person whose session this is; nothing if it does not say.
    async fn user(&self, held: &Held) -> Option<String> {
        let url = self.address.at(hermes_protocol::routes::ME.path);
        let mut request = Request::get(url).within(PATIENCE);
        request.headers = held.headers();
        let answer = self.ports.http.send(request).await.ok()?;
        let body: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
        let text = |name: &str| body.get(name)?.as_str().filter(|text| !text.is_empty());
        let user = ["display_name", "email", "user_id"]
            .into_iter()
            .find_map(text)?;
        answer.is_success().then(|| plain(user, LABEL_LIMIT))
    }
}

/// Whether the gateway says that nobody owns it yet. To be asked where it names no way in.
pub async fn is_unclaimed(http: &dyn Http, address: &GatewayAddress) -> bool {
    let request = Request::get(address.at(hermes_protocol::routes::ME.path)).within(PATIENCE);
    let answer = http.send(request).await;
    answer.is_ok_and(|answer| answer::is_unclaimed(&answer))
}

/// The time for one question.
const PATIENCE: Duration = Duration::from_secs(15);

impl std::fmt::Debug for SignIn<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignIn")
            .field("address", self.address)
            .finish_non_exhaustive()
    }
}

/// The cookies of a session among these, by name and value; those of other things are not kept.
pub(crate) fn cookies(lines: &[Secret]) -> Vec<Cookie> {
    let cookies = lines.iter().filter_map(|line| Cookie::read(line.expose()));
    cookies.filter(Cookie::is_of_a_session).collect()
}
