//! A person's yes to something that is to come in as them: an app on their machine, or a machine
//! elsewhere.
//!
//! They give it in a browser in which they are signed in, and it counts while they stay so. What
//! comes of it is a session by itself, which does not end with that of the browser.

use std::net::IpAddr;

use hermes_protocol::rest::Refusal;
use hermes_secret::plain;
use hermes_storage::{Label, SessionId, SessionKind, StorageError, UserId};
use http::HeaderMap;

use crate::{
    departure::{Departed, depart},
    forwarded::Seen,
    gateway::Gateway,
    methods::Purpose,
    sessions::{FromProvider, Live, Opened, SignedIn, Terms},
};

/// The most characters of what a program and its machine call themselves.
const NAME_LIMIT: usize = 64;

/// What a program or its machine calls itself, clean and short.
pub(crate) fn called(text: &str) -> Option<Label> {
    Label::new(&plain(text, NAME_LIMIT))
}

/// Who has let something in, and where they did.
pub(crate) struct Approval {
    /// Whom it becomes.
    pub(crate) user: UserId,
    /// The name of the method by which they had signed in.
    pub(crate) method: String,
    /// The session of the browser in which they allowed it.
    pub(crate) session: SessionId,
    /// The session at the identity provider, if there is one.
    pub(crate) provider: Option<FromProvider>,
}

/// What comes in.
pub(crate) struct Guest {
    /// What its session is called.
    pub(crate) name: Option<Label>,
    /// What it calls itself.
    pub(crate) client: Option<Label>,
    /// From where it comes.
    pub(crate) address: IpAddr,
    /// On what terms.
    pub(crate) terms: Terms,
}

/// What becomes of a yes.
pub(crate) enum Approved {
    /// It counts.
    Here(Approval),
    /// It counts when their identity provider has said once more who they are.
    There(Departed),
}

/// Takes the yes of a person who is signed in.
///
/// What comes in has tokens of the provider of its own, so that it is renewed and ended there as
/// every other session: those of the browser's count once.
///
/// # Errors
///
/// What keeps the yes from counting.
pub(crate) async fn approve(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    live: &Live,
    at_provider: impl FnOnce() -> Purpose,
) -> Result<Approved, Refusal<'static>> {
    let rules = gateway.rules();
    if let Some(provider) = rules.methods.providers.get(&live.method) {
        let departing = depart(gateway, seen, headers, &**provider, at_provider());
        let departed = departing.await.map_err(|stayed| stayed.refusal())?;
        return Ok(Approved::There(departed));
    }
    let sessions = gateway.ports.storage.sessions();
    match sessions.provider_tokens(live.session).await {
        Ok(None) => Ok(Approved::Here(Approval {
            user: live.user,
            method: live.method.clone(),
            session: live.session,
            provider: None,
        })),
        // It came from a provider that the settings do not name any more.
        Ok(Some(_)) => Err(Refusal::AttemptOutlived {
            name: live.method.clone().into(),
        }),
        Err(_) => Err(Refusal::StorageUnavailable),
    }
}

/// Opens the session of what was let in.
///
/// # Errors
///
/// What storage met; [`StorageError::UserUnknown`] if the person is gone, or the session in which
/// they said yes.
pub(crate) async fn open(
    gateway: &Gateway,
    approval: Approval,
    guest: Guest,
) -> Result<Opened, StorageError> {
    let horizon = gateway.sessions.horizon(gateway.ports.clock.now());
    let sessions = gateway.ports.storage.sessions();
    let browser = sessions.find(approval.session).await?;
    let browser = browser.filter(|session| horizon.includes(session));
    let browser = browser.ok_or(StorageError::UserUnknown)?;
    let opening = gateway.sessions.open(SignedIn {
        user: approval.user,
        terms: guest.terms,
        method: approval.method,
        kind: SessionKind::App,
        name: guest.name,
        client: guest.client,
        address: guest.address,
        authenticated_at: Some(browser.authenticated_at),
        passkey: browser.passkey,
        provider: approval.provider,
    });
    opening.await
}
