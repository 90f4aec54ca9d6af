//! What a request shows of itself where people sign in: the cookies of a browser, or the token of an
//! app. Both lead to a session, and each to its own kind alone.

use std::{sync::Arc, time::Duration};

use axum::response::Response;
use hermes_storage::{SessionKind, StorageError};
use http::{HeaderMap, header};

use crate::{
    cookies::{self, Kind, Shape, Value},
    forwarded::Seen,
    gateway::Gateway,
    sessions::{AccessValue, Live},
};

/// What there is to go by.
pub(crate) enum Shown {
    /// Nothing.
    Nothing,
    /// Something that opens nothing, and why.
    Nobodys(&'static str),
    /// A session, and what its browser gets anew.
    Session(Arc<Live>, Option<Renewed>),
}

impl Shown {
    /// The session, if there is one.
    pub(crate) fn session(self) -> Option<Arc<Live>> {
        match self {
            Self::Session(live, _) => Some(live),
            Self::Nothing | Self::Nobodys(_) => None,
        }
    }
}

/// A session that its long-lived value alone has opened: the client gets a new short-lived one.
pub(crate) struct Renewed {
    access: AccessValue,
    long_lived: String,
    remaining: Duration,
    shape: Shape,
}

impl Renewed {
    /// Puts the values into an answer.
    pub(crate) fn hand_out(&self, answer: &mut Response) {
        let values = [
            (Kind::Short, self.access.value.expose(), self.access.life),
            (Kind::Long, &*self.long_lived, self.remaining),
        ];
        for (kind, value, lasts) in values {
            if let Some(value) = Value::new(value) {
                let line = cookies::set(kind, value, lasts, &self.shape);
                answer.headers_mut().append(header::SET_COOKIE, line);
            }
        }
    }
}

/// The session of a browser: by the short-lived cookie, or else by the long-lived one, which is
/// renewed.
pub(crate) async fn of_browser(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
) -> Result<Shown, StorageError> {
    let shape = Shape::of(seen);
    let Ok([short, long]) = cookies::read_each(headers, [Kind::Short, Kind::Long], &shape) else {
        return Ok(Shown::Nobodys("cookie_twice"));
    };
    if short.is_none() && long.is_none() {
        return Ok(Shown::Nothing);
    }
    let sessions = &gateway.sessions;
    if let Some(short) = short
        && let Some(live) = sessions.by_access(short, SessionKind::Browser).await?
    {
        return Ok(Shown::Session(live, None));
    }
    if let Some(long) = long
        // Boxed, since it is rare and takes much room.
        && let Some((live, access)) = Box::pin(sessions.renew(long)).await?
    {
        let left = live.ends_at.duration_since(gateway.ports.clock.now());
        let renewed = Renewed {
            access,
            long_lived: long.to_owned(),
            remaining: left.try_into().unwrap_or_default(),
            shape,
        };
        return Ok(Shown::Session(live, Some(renewed)));
    }
    Ok(Shown::Nobodys("no_such_session"))
}

/// The session of an app, by its access token. Several headers count for nothing: nothing says
/// which of them the app has sent.
pub(crate) async fn of_app(gateway: &Gateway, headers: &HeaderMap) -> Result<Shown, StorageError> {
    let Some(token) = bearer(headers) else {
        return Ok(Shown::Nothing);
    };
    let token = std::str::from_utf8(token).unwrap_or_default();
    let is_one = headers.get_all(header::AUTHORIZATION).iter().count() == 1;
    let found = match is_one {
        true => gateway.sessions.by_access(token, SessionKind::App).await?,
        false => None,
    };
    Ok(found.map_or(Shown::Nobodys("no_such_token"), |live| {
        Shown::Session(live, None)
    }))
}

/// The credentials of `Authorization: Bearer`, whose scheme has no case (RFC 9110 §11.1).
pub(crate) fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, rest) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(rest)
}
