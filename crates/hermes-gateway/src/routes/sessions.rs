use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::{
    Refusal, SessionKind, SessionRename, SessionRow, SessionsAnswer, SessionsEnded,
};
use hermes_storage::{Label, Session, SessionId, StorageError};
use http::StatusCode;

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    person::Person,
    refusal::refuse,
};

/// The person's own sessions.
pub(super) async fn list(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Response {
    let horizon = gateway.sessions.horizon(gateway.ports.clock.now());
    let sessions = gateway
        .ports
        .storage
        .sessions()
        .list(person.user(), horizon);
    match sessions.await {
        Ok(sessions) => {
            let rows = sessions
                .into_iter()
                .map(|session| row(&gateway, &person, session));
            Json(SessionsAnswer {
                sessions: rows.collect(),
            })
            .into_response()
        }
        Err(error) => failed(&error),
    }
}

fn row(gateway: &Gateway, person: &Person, session: Session) -> SessionRow {
    let seconds = |at: jiff::Timestamp| u64::try_from(at.as_second()).unwrap_or_default();
    let current = person
        .session()
        .is_some_and(|live| live.session == session.id);
    let kind = match session.kind {
        hermes_storage::SessionKind::Browser => SessionKind::Browser,
        hermes_storage::SessionKind::App => SessionKind::App,
    };
    SessionRow {
        kind,
        open_sockets: gateway.sessions.sockets(session.id),
        current,
        created_at: seconds(session.created_at),
        last_seen_at: seconds(session.last_seen_at),
        expires_at: seconds(session.ends_at),
        id: session.id.to_string(),
        name: session.name.map(|name| name.to_string()),
        provider: session.method,
        user_agent: session.client.map(|client| client.to_string()),
        address: Some(session.address.to_string()),
    }
}

/// Gives one of them a name; an empty one takes it away.
pub(super) async fn rename(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Path(id): Path<String>,
    Json(body): Json<SessionRename>,
) -> Response {
    let id = match own(&gateway, &person, &id).await {
        Ok(id) => id,
        Err(refusal) => return *refusal,
    };
    let name = Label::new(&body.name);
    done(gateway.ports.storage.sessions().rename(id, name).await)
}

/// Ends one of them, with its sockets.
pub(super) async fn end(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path(id): Path<String>,
) -> Response {
    let id = match own(&gateway, &person, &id).await {
        Ok(id) => id,
        Err(refusal) => return *refusal,
    };
    let ended = gateway.sessions.end(id).await;
    gateway.ports.tickets.forget(&id).await;
    revoked(&gateway, &person, &seen, id.as_str());
    done(ended)
}

/// Ends all of them but the one that asks.
pub(super) async fn end_others(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
) -> Response {
    let keep = person.session().map(|live| live.session);
    match gateway.sessions.end_others(person.user(), keep).await {
        Ok(ended) => {
            revoked(&gateway, &person, &seen, "others");
            let ended = u32::try_from(ended).unwrap_or(u32::MAX);
            Json(SessionsEnded { ended }).into_response()
        }
        Err(error) => failed(&error),
    }
}

/// The id of a session of this person's. One of somebody else looks like none.
async fn own(gateway: &Gateway, person: &Person, id: &str) -> Result<SessionId, Box<Response>> {
    let unknown = || Box::new(refuse(&Refusal::NoSuchSession, None));
    let id: SessionId = id.parse().map_err(|_| unknown())?;
    let found = gateway.ports.storage.sessions().find(id).await;
    let session = found.map_err(|error| Box::new(failed(&error)))?;
    session
        .filter(|session| session.user == person.user())
        .map(|session| session.id)
        .ok_or_else(unknown)
}

fn done(changed: Result<bool, StorageError>) -> Response {
    match changed {
        Ok(true) => StatusCode::NO_CONTENT.into_response(),
        Ok(false) => refuse(&Refusal::NoSuchSession, None),
        Err(error) => failed(&error),
    }
}

fn failed(_: &StorageError) -> Response {
    refuse(&Refusal::StorageUnavailable, None)
}

fn revoked(gateway: &Gateway, person: &Person, seen: &Seen, what: &str) {
    gateway.ports.audit.record(
        Line::new(Event::Revoke, Some(seen.address))
            .user(person.user().as_str(), None)
            .session(what),
    );
}
