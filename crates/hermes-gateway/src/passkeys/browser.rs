use axum::response::Response;
use hermes_secret::Secret;
use hermes_storage::TokenHash;
use http::{HeaderMap, header};

use super::{Holder, LIFETIME};
use crate::{
    cookies::{self, Kind, Shape, Value},
    forwarded::Seen,
    gateway::Gateway,
};

/// A browser in which nobody is signed in: what it began is known by a cookie.
pub(crate) struct Browser {
    value: Secret,
    shape: Shape,
}

impl Browser {
    /// The one that asks, with the value it holds or a new one.
    pub(crate) fn of(gateway: &Gateway, seen: &Seen, headers: &HeaderMap) -> Self {
        // A value that we did not give out is never taken over (RP6).
        let held = Self::held(seen, headers);
        let held = held.filter(|held| gateway.ceremonies.knows(&holder(held)));
        Self {
            value: held.unwrap_or_else(|| gateway.ports.random.token(32)),
            shape: Shape::of(seen),
        }
    }

    fn held(seen: &Seen, headers: &HeaderMap) -> Option<Secret> {
        let value = cookies::read(headers, Kind::Ceremony, &Shape::of(seen));
        value.ok().flatten().map(Secret::new)
    }

    /// Who it is, if it has begun something.
    pub(crate) fn known(seen: &Seen, headers: &HeaderMap) -> Option<Holder> {
        Self::held(seen, headers).as_ref().map(holder)
    }

    /// Who it is.
    pub(crate) fn holder(&self) -> Holder {
        holder(&self.value)
    }

    /// Puts the cookie into an answer.
    pub(crate) fn remembered(&self, mut response: Response) -> Response {
        if let Some(value) = Value::new(self.value.expose()) {
            let line = cookies::set(Kind::Ceremony, value, LIFETIME, &self.shape);
            response.headers_mut().append(header::SET_COOKIE, line);
        }
        response
    }
}

fn holder(value: &Secret) -> Holder {
    Holder::Browser(TokenHash::of_secret(value))
}
