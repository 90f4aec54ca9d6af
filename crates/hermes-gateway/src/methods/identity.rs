//! What the gateway asks of an identity provider, whatever it speaks.

use hermes_machine::{BoxFuture, http::HttpError};
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use hermes_storage::{Identity, Label, ProviderLogout};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use url::Url;

use super::Attempt;
use crate::settings::{Allow, Claims};

/// The time for one exchange with a provider.
pub(super) const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// What an identity provider answers, at some point.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, ProviderError>>;

/// A place where people prove who they are.
pub(crate) trait IdentityProvider: Send + Sync {
    /// What it is called in addresses.
    fn name(&self) -> &str;

    /// What a person reads.
    fn display_name(&self) -> &str;

    /// Who may come from there.
    fn allow(&self) -> &Allow;

    /// Whether tokens of this issuer come from there.
    fn speaks_for(&self, issuer: &str) -> bool;

    /// Where a browser begins to sign in.
    fn authorize<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Url>;

    /// Who came back from there. Where it matters how long ago they proved who they are, a provider
    /// that does not say it counts as one that says an old moment.
    fn finish<'a>(&'a self, attempt: &'a Attempt, returned: Returned) -> Answer<'a, SignIn>;

    /// Asks whether a person still may, with tokens that are due. The new tokens take the place of
    /// the old ones, which are worth nothing any more.
    fn renew<'a>(&'a self, kept: &'a Kept) -> Answer<'a, Renewed>;

    /// Gives tokens back (RFC 7009), and says where a browser ends its session at the provider
    /// (OpenID Connect RP-Initiated Logout 1.0). What fails there keeps nobody signed in here.
    fn leave<'a>(&'a self, kept: &'a Kept, home: &'a Url) -> BoxFuture<'a, Option<Url>>;

    /// Whose sessions have ended there, as a logout token says it.
    fn logout<'a>(&'a self, token: &'a str) -> Answer<'a, Logout>;
}

/// What a browser brings back from a provider.
pub(crate) struct Returned {
    /// `code`.
    pub(crate) code: Secret,
    /// `iss` (RFC 9207), if it is there.
    pub(crate) issuer: Option<String>,
}

/// A person, as a provider describes them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Described {
    /// `iss`, exactly as the provider writes it.
    pub(crate) issuer: String,
    /// `sub`.
    pub(crate) subject: String,
    /// As they are addressed.
    pub(crate) display_name: Option<String>,
    /// Their address, verified or not.
    pub(crate) email: Option<String>,
    /// Whether the provider has verified it.
    pub(crate) email_verified: bool,
    /// Their groups.
    pub(crate) groups: Vec<String>,
}

impl Described {
    /// Who they are.
    pub(crate) fn identity(&self) -> Identity {
        Identity {
            issuer: self.issuer.clone(),
            subject: self.subject.clone(),
        }
    }

    /// Their name and their address, to be kept.
    pub(crate) fn profile(&self) -> (Option<Label>, Option<Label>) {
        let label = |text: &Option<String>| text.as_deref().and_then(Label::new);
        (label(&self.display_name), label(&self.email))
    }

    /// What the rules may go by.
    pub(crate) fn claims(&self) -> Claims<'_> {
        Claims {
            subject: &self.subject,
            verified_email: self.email.as_deref().filter(|_| self.email_verified),
            groups: &self.groups,
        }
    }
}

/// Somebody who has signed in at a provider.
pub(crate) struct SignIn {
    /// Who.
    pub(crate) person: Described,
    /// `sid`, if the provider names its sessions.
    pub(crate) sid: Option<String>,
    /// What is kept.
    pub(crate) kept: Kept,
}

/// Tokens that have been renewed.
pub(crate) struct Renewed {
    /// The person, where the answer describes them again.
    pub(crate) person: Option<Described>,
    /// What is kept from now on.
    pub(crate) kept: Kept,
}

/// A logout token that holds.
pub(crate) struct Logout {
    /// Whose sessions end.
    pub(crate) who: ProviderLogout,
    /// `jti`: the token counts once.
    pub(crate) id: String,
}

/// The tokens of a provider that a session keeps: sealed, and never sent to a browser.
#[derive(Clone)]
pub(crate) struct Kept {
    /// The pair that the tokens are for, which no renewal changes.
    pub(crate) subject: String,
    /// Asks again, and is given back at sign-out.
    pub(crate) refresh_token: Option<Secret>,
    /// Names the session at sign-out.
    pub(crate) id_token: Option<Secret>,
    /// When to ask again.
    pub(crate) refresh_at: Option<Timestamp>,
}

/// The form in which tokens are sealed.
#[derive(Serialize, Deserialize)]
struct Form<'a> {
    sub: std::borrow::Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<std::borrow::Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id_token: Option<std::borrow::Cow<'a, str>>,
}

impl Kept {
    /// As one secret, to be sealed.
    pub(crate) fn to_secret(&self) -> Secret {
        let text =
            |token: &'_ Option<Secret>| token.as_ref().map(|it| it.expose().to_owned().into());
        let form = Form {
            sub: self.subject.as_str().into(),
            refresh_token: text(&self.refresh_token),
            id_token: text(&self.id_token),
        };
        // Texts alone: it does not fail, and an empty secret would be lost tokens.
        Secret::new(serde_json::to_string(&form).unwrap_or_default())
    }

    /// What [`to_secret`](Self::to_secret) has made, due at this moment.
    pub(crate) fn from_secret(secret: &Secret, refresh_at: Option<Timestamp>) -> Option<Self> {
        let form: Form<'_> = serde_json::from_str(secret.expose()).ok()?;
        Some(Self {
            subject: form.sub.into_owned(),
            refresh_token: form
                .refresh_token
                .map(|token| Secret::new(token.into_owned())),
            id_token: form.id_token.map(|token| Secret::new(token.into_owned())),
            refresh_at,
        })
    }
}

/// Why a provider did not say what was asked.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum ProviderError {
    /// It does not answer, or says that it cannot just now. Nobody is signed out for that.
    #[error("`{host}` did not answer")]
    Unreachable {
        /// Whom we asked.
        host: String,
    },
    /// It does not take what it once gave: the code or the refresh token is spent, over or
    /// withdrawn (`invalid_grant`, RFC 6749 section 5.2).
    #[error("the provider does not take it")]
    Refused,
    /// It does not say when its person proved who they are, and that was asked for.
    #[error("the provider does not say when its person has signed in (`auth_time`)")]
    Undated,
    /// What it says does not hold, or it does not know us.
    #[error("{0}")]
    Invalid(String),
}

impl ProviderError {
    /// An answer that does not hold.
    pub(crate) fn invalid(why: impl AsRef<str>) -> Self {
        Self::Invalid(plain(why.as_ref(), LABEL_LIMIT))
    }

    /// No answer.
    pub(super) fn no_answer(url: &Url, _: &HttpError) -> Self {
        Self::unreachable(url)
    }

    /// No answer that is one.
    pub(super) fn unreachable(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default().to_owned();
        Self::Unreachable { host }
    }
}

/// Whether an address may be asked: https, or http on this machine.
pub(super) fn is_safe(url: &Url) -> bool {
    let local = || {
        let host = url.host_str().and_then(crate::site::Host::parse);
        host.is_some_and(|host| host.is_loopback())
    };
    match url.scheme() {
        "https" => url.host_str().is_some(),
        "http" => local(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_survives_sealing_and_shows_nothing() {
        let kept = Kept {
            subject: "u-1".to_owned(),
            refresh_token: Some(Secret::new("rt-\"canary\"")),
            id_token: None,
            refresh_at: Some(Timestamp::UNIX_EPOCH),
        };
        let back = Kept::from_secret(&kept.to_secret(), kept.refresh_at).unwrap();
        assert_eq!(back.subject, "u-1");
        assert!(back.refresh_token.unwrap().matches("rt-\"canary\""));
        assert!(back.id_token.is_none());
        assert_eq!(back.refresh_at, kept.refresh_at);
        assert!(Kept::from_secret(&Secret::new("{}"), None).is_none());
    }

    #[test]
    fn only_https_and_this_machine_are_asked() {
        for (url, safe) in [
            ("https://id.example.com/x", true),
            ("http://127.0.0.1:8080/x", true),
            ("http://[::1]/x", true),
            ("http://localhost/x", true),
            ("http://id.example.com/x", false),
            ("http://127.0.0.1.example.com/", false),
            ("ftp://id.example.com/", false),
            ("data:text/plain,x", false),
        ] {
            assert_eq!(is_safe(&Url::parse(url).unwrap()), safe, "{url}");
        }
    }
}
