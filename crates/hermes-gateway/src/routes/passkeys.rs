//! The person's own passkeys: listed, added, named and removed.

use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use hermes_protocol::{
    close::Close,
    rest::{PasskeyAdd, PasskeyCreation, PasskeyRename, PasskeyRow, PasskeysAnswer, Refusal},
    routes,
};
use hermes_storage::{Label, Passkey, PasskeyId, Removal, SessionKind, StorageError, UserId};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::passkey_login::answer;
use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    passkeys::{self, Ceremony, Holder, PasskeyError},
    person::Person,
    refusal::refuse,
    sessions::Live,
};

/// What to do about a sign-in that is too old.
const AGAIN: &str = "sign in again, and do it within five minutes";

/// What to do about the last way in.
const LAST: &str = "this is your last way to sign in: add another passkey first";

/// The person's own passkeys.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Response {
    match gateway.ports.storage.passkeys().list(person.user()).await {
        Ok(passkeys) => {
            let passkeys = passkeys.into_iter().map(row).collect();
            Json(PasskeysAnswer { passkeys }).into_response()
        }
        Err(error) => unavailable(&error),
    }
}

fn row(passkey: Passkey) -> PasskeyRow {
    let seconds = |at: Timestamp| u64::try_from(at.as_second()).unwrap_or_default();
    PasskeyRow {
        id: passkey.id.to_string(),
        name: passkey.name.map(|name| name.to_string()),
        created_at: seconds(passkey.created_at),
        last_used_at: passkey.last_used_at.map(seconds),
    }
}

/// Begins to add one.
pub(super) async fn start(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
) -> Response {
    let live = match fresh(&gateway, &person) {
        Ok(live) => live,
        Err(refusal) => return *refusal,
    };
    match begun(&gateway, &seen, live).await {
        Ok(creation) => Json(creation).into_response(),
        Err(error) => failed(&gateway, &seen, live, &error),
    }
}

async fn begun(
    gateway: &Gateway,
    seen: &Seen,
    live: &Live,
) -> Result<PasskeyCreation, PasskeyError> {
    let site = passkeys::begin(gateway, seen)?;
    let user = gateway.ports.storage.users().find(live.user).await?;
    let user = user.ok_or(PasskeyError::Storage)?;
    let (options, enrolment) = passkeys::creation_for(gateway, &site, &user).await?;
    let ceremony = gateway.ceremonies.keep(
        &*gateway.ports.random,
        Holder::Session(live.session),
        seen.address,
        Ceremony::Addition(Box::new(enrolment)),
    );
    let ceremony = ceremony.expose().to_owned();
    Ok(PasskeyCreation { ceremony, options })
}

/// Adds the one that the browser has made.
pub(super) async fn add(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Json(made): Json<PasskeyAdd>,
) -> Response {
    let live = match fresh(&gateway, &person) {
        Ok(live) => live,
        Err(refusal) => return *refusal,
    };
    let name = Label::new(&made.name);
    match added(&gateway, live, &made.ceremony, made.credential, name).await {
        Ok(id) => {
            note(&gateway, &seen, live, "passkey_added", Some(id));
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => failed(&gateway, &seen, live, &error),
    }
}

async fn added(
    gateway: &Gateway,
    live: &Live,
    ceremony: &str,
    credential: Value,
    name: Option<Label>,
) -> Result<PasskeyId, PasskeyError> {
    let holder = Holder::Session(live.session);
    let taken = gateway.ceremonies.take(&holder, ceremony);
    let Some(Ceremony::Addition(enrolment)) = taken else {
        return Err(PasskeyError::Over);
    };
    let passkey = passkeys::enrolled(gateway, &enrolment, credential, name)?;
    let (id, now) = (passkey.id, gateway.ports.clock.now());
    let storage = gateway.ports.storage.passkeys();
    storage.add(live.user, passkey, now).await?;
    // It is done, whatever this says; what it does not see now it sees within a minute.
    let _ = gateway.look_for_owner().await;
    Ok(id)
}

/// Gives one of them a name; an empty one takes it away.
pub(super) async fn rename(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    Json(body): Json<PasskeyRename>,
) -> Response {
    let Ok(id) = id.parse() else {
        return refuse(&Refusal::NoSuchPasskey, None);
    };
    let passkeys = gateway.ports.storage.passkeys();
    match passkeys
        .rename(person.user(), id, Label::new(&body.name))
        .await
    {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => refuse(&Refusal::NoSuchPasskey, None),
        Err(error) => unavailable(&error),
    }
}

/// Removes one of them, unless it is the last way in.
pub(super) async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path(id): Path<String>,
) -> Response {
    let live = match fresh(&gateway, &person) {
        Ok(live) => live,
        Err(refusal) => return *refusal,
    };
    let Ok(id) = id.parse() else {
        return refuse(&Refusal::NoSuchPasskey, None);
    };
    match removed(&gateway, live.user, id).await {
        Ok(Removal::Removed(_)) => {
            note(&gateway, &seen, live, "passkey_removed", Some(id));
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(Removal::Unknown) => refuse(&Refusal::NoSuchPasskey, None),
        Ok(Removal::Last) => refuse(&Refusal::LastMethod, Some(LAST)),
        Err(error) => unavailable(&error),
    }
}

async fn removed(gateway: &Gateway, user: UserId, id: PasskeyId) -> Result<Removal, StorageError> {
    let or_else = comes_in_otherwise(gateway, user).await?;
    let passkeys = gateway.ports.storage.passkeys();
    let removal = passkeys.remove(user, id, or_else).await?;
    if let Removal::Removed(ended) = &removal {
        gateway.sessions.ended(ended, Close::SessionEnded);
        for session in ended {
            gateway.ports.tickets.forget(session).await;
        }
        // As above.
        let _ = gateway.look_for_owner().await;
    }
    Ok(removal)
}

/// Whether the settings have a way in for somebody: the owner's own password there, or an identity
/// provider that knows them.
async fn comes_in_otherwise(gateway: &Gateway, user: UserId) -> Result<bool, StorageError> {
    let rules = gateway.rules();
    if user == UserId::owner() && rules.methods.basic.is_some() {
        return Ok(true);
    }
    let identities = gateway.ports.storage.users().identities(user).await?;
    let providers = &rules.methods.providers;
    let mut issuers = identities.iter().map(|identity| &identity.issuer);
    Ok(issuers.any(|issuer| providers.of_issuer(issuer).next().is_some()))
}

/// Who may change how they sign in: somebody who has just signed in, in a browser.
pub(super) fn fresh<'a>(
    gateway: &Gateway,
    person: &'a Person,
) -> Result<&'a Arc<Live>, Box<Response>> {
    let Some(live) = person.session() else {
        let path = routes::PASSKEYS.path.into();
        return Err(Box::new(refuse(&Refusal::NoSuchEndpoint { path }, None)));
    };
    let is_fresh = passkeys::is_fresh(live, gateway.ports.clock.now());
    match is_fresh && live.kind == SessionKind::Browser {
        true => Ok(live),
        false => Err(Box::new(refuse(&Refusal::SignInTooOld, Some(AGAIN)))),
    }
}

fn note(gateway: &Gateway, seen: &Seen, live: &Live, reason: &str, id: Option<PasskeyId>) {
    let line = Line::new(Event::UserChanged, Some(seen.address));
    let line = line
        .user(live.user.as_str(), None)
        .session(live.session.as_str())
        .reason(reason);
    gateway.ports.audit.record(match &id {
        Some(id) => line.text("passkey", id.as_str()),
        None => line,
    });
}

fn failed(gateway: &Gateway, seen: &Seen, live: &Live, error: &PasskeyError) -> Response {
    note(gateway, seen, live, error.reason(), None);
    answer(error)
}

fn unavailable(_: &StorageError) -> Response {
    refuse(&Refusal::StorageUnavailable, None)
}
