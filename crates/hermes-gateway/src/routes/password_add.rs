use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::{PasswordAdd, Refusal};
use hermes_secret::Secret;
use hermes_storage::{LoginName, StorageError};
use http::StatusCode;

use super::passkeys::fresh;
use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    passwords::PasswordError,
    person::Person,
    refusal::{refuse, refuse_for, whole_seconds},
    sessions::Live,
};

/// Whoever has a password changes it, for which they type it.
const ONE: &str = "you have a password: change it instead";

/// A password beside a passkey is for whoever has one; identity providers have their own.
const NO_PASSKEY: &str = "a password is added to a passkey: add one of those first";

/// Gives somebody who signs in by a passkey alone a name and a password besides.
pub(super) async fn add(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Json(body): Json<PasswordAdd>,
) -> Response {
    let live = match fresh(&gateway, &person) {
        Ok(live) => live,
        Err(refusal) => return *refusal,
    };
    let added = added(&gateway, live, &body.username, Secret::new(body.password)).await;
    let (reason, answer) = match added {
        Ok(()) => ("password_added", StatusCode::NO_CONTENT.into_response()),
        Err(why) => why.answer(),
    };
    let line = Line::new(Event::UserChanged, Some(seen.address));
    let line = line
        .user(live.user.as_str(), None)
        .session(live.session.as_str());
    gateway.ports.audit.record(line.reason(reason));
    answer
}

/// Why nothing was added.
enum NotAdded {
    /// The person has a password, or no passkey.
    NotMeant(&'static str),
    /// The name or the password is not taken.
    Refused(String),
    /// The name is somebody else's.
    NameTaken,
    /// Too many passwords are being hashed.
    Busy,
    /// Storage does not answer.
    Unavailable,
}

impl From<StorageError> for NotAdded {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::LoginTaken => Self::NameTaken,
            _ => Self::Unavailable,
        }
    }
}

impl From<PasswordError> for NotAdded {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::Busy,
            PasswordError::Unusable => Self::Unavailable,
        }
    }
}

impl NotAdded {
    /// The word for the audit log, and the answer.
    fn answer(self) -> (&'static str, Response) {
        let unprocessable = |what| refuse(&Refusal::Unprocessable { what }, None);
        match self {
            Self::NotMeant(why) => ("password_not_added", unprocessable(why.into())),
            Self::Refused(why) => ("password_refused", unprocessable(why.into())),
            Self::NameTaken => ("name_taken", refuse(&Refusal::NameTaken, None)),
            Self::Busy => {
                let wait = whole_seconds(Duration::from_secs(1));
                ("rate_limited", refuse_for(&Refusal::TooManyAttempts, wait))
            }
            Self::Unavailable => (
                "storage_unavailable",
                refuse(&Refusal::StorageUnavailable, None),
            ),
        }
    }
}

async fn added(
    gateway: &Gateway,
    live: &Live,
    username: &str,
    password: Secret,
) -> Result<(), NotAdded> {
    let refused = |why: &dyn std::fmt::Display| NotAdded::Refused(why.to_string());
    let storage = &gateway.ports.storage;
    let users = storage.users();
    if users.password(live.user).await?.is_some() {
        return Err(NotAdded::NotMeant(ONE));
    }
    if storage.passkeys().list(live.user).await?.is_empty() {
        return Err(NotAdded::NotMeant(NO_PASSKEY));
    }
    let login: LoginName = username.parse().map_err(|why| refused(&why))?;
    // Before the work of a hash; storage looks once more.
    let holder = users.by_login(&login).await?;
    if holder.is_some_and(|(user, _)| user.id != live.user) {
        return Err(NotAdded::NameTaken);
    }
    let least = gateway.rules().password_min_length;
    let taken = gateway
        .passwords
        .is_taken(password.clone(), login.as_str().to_owned(), least);
    taken.await?.map_err(|why| refused(&why))?;
    let phc = gateway.passwords.hash(password).await?;
    let now = gateway.ports.clock.now();
    if !users.add_password(live.user, login, phc, now).await? {
        return Err(NotAdded::NotMeant(ONE));
    }
    // It is done, whatever this says; what it does not see now it sees within a minute.
    let _ = gateway.look_for_owner().await;
    Ok(())
}
