use std::sync::Arc;

use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::{
    close::Close,
    rest::{PasswordChange, Refusal, SessionsEnded},
    routes,
};
use hermes_secret::Secret;
use hermes_storage::{LoginName, StorageError};

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    methods::{PasswordMethod, Unproved},
    passwords::PasswordError,
    person::Person,
    refusal::{refuse, refuse_for, whole_seconds},
    sessions::Live,
};

/// Who has no password here has none to change.
const NONE: &str = "you sign in without a password of this gateway";

/// Changes the person's own password: the current one is asked for, and whoever else knew it is out.
pub(super) async fn change(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Json(body): Json<PasswordChange>,
) -> Response {
    let (current, new) = (Secret::new(body.current), Secret::new(body.new));
    let Some(live) = person.session() else {
        let path = routes::PASSWORD.path.into();
        return refuse(&Refusal::NoSuchEndpoint { path }, None);
    };
    let line = Line::new(Event::UserChanged, Some(seen.address));
    let line = line
        .user(live.user.as_str(), None)
        .session(live.session.as_str());
    match changed(&gateway, &seen, live, current, new).await {
        Ok(ended) => {
            gateway.ports.audit.record(line.reason("password_set"));
            Json(SessionsEnded { ended }).into_response()
        }
        Err(unchanged) => {
            let (reason, answer) = unchanged.answer();
            gateway.ports.audit.record(line.reason(reason));
            answer
        }
    }
}

/// Why the password stays as it was.
enum Unchanged {
    /// The person has none.
    NoPassword,
    /// They have not shown that they know it.
    Unproved(Unproved),
    /// The new one is not taken.
    Refused(String),
}

impl From<Unproved> for Unchanged {
    fn from(unproved: Unproved) -> Self {
        Self::Unproved(unproved)
    }
}

impl From<StorageError> for Unchanged {
    fn from(error: StorageError) -> Self {
        Self::Unproved(error.into())
    }
}

impl From<PasswordError> for Unchanged {
    fn from(error: PasswordError) -> Self {
        Self::Unproved(error.into())
    }
}

impl Unchanged {
    /// The word for the audit log, and the answer.
    fn answer(self) -> (&'static str, Response) {
        match self {
            Self::NoPassword => {
                let what = NONE.into();
                let answer = refuse(&Refusal::Unprocessable { what }, None);
                ("no_password", answer)
            }
            Self::Refused(why) => {
                let answer = refuse(&Refusal::Unprocessable { what: why.into() }, None);
                ("password_refused", answer)
            }
            Self::Unproved(Unproved::Wrong) => {
                ("invalid_credentials", refuse(&Refusal::WrongPassword, None))
            }
            Self::Unproved(Unproved::TooMany(wait)) => {
                let answer = refuse_for(&Refusal::TooManyAttempts, whole_seconds(wait));
                ("rate_limited", answer)
            }
            Self::Unproved(Unproved::Unavailable) => (
                "storage_unavailable",
                refuse(&Refusal::StorageUnavailable, None),
            ),
        }
    }
}

/// Returns how many sessions have ended.
async fn changed(
    gateway: &Gateway,
    seen: &Seen,
    live: &Live,
    current: Secret,
    new: Secret,
) -> Result<u32, Unchanged> {
    let login = login(gateway, live).await?.ok_or(Unchanged::NoPassword)?;
    let method = PasswordMethod::Users;
    let proved = method.prove(gateway, seen.address, login.as_str(), current);
    if proved.await? != live.user {
        return Err(Unproved::Wrong.into());
    }
    let least = gateway.rules().password_min_length;
    let login = login.as_str().to_owned();
    let taken = gateway.passwords.is_taken(new.clone(), login, least);
    taken
        .await?
        .map_err(|error| Unchanged::Refused(error.to_string()))?;
    let hash = gateway.passwords.hash(new).await?;
    let (users, now) = (gateway.ports.storage.users(), gateway.ports.clock.now());
    let ended = users.set_password(live.user, hash, now, Some(live.session));
    let ended = ended.await?;
    gateway.sessions.ended(&ended, Close::SessionEnded);
    for session in &ended {
        gateway.ports.tickets.forget(session).await;
    }
    Ok(u32::try_from(ended.len()).unwrap_or(u32::MAX))
}

/// The name that goes with the person's password, if they have one.
async fn login(gateway: &Gateway, live: &Live) -> Result<Option<LoginName>, StorageError> {
    let users = gateway.ports.storage.users();
    let Some(user) = users.find(live.user).await? else {
        return Ok(None);
    };
    let password = users.password(live.user).await?;
    Ok(user.login.filter(|_| password.is_some()))
}
