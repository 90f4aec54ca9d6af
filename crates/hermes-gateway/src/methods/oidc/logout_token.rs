use hermes_storage::{Identity, ProviderLogout};
use serde_json::{Map, Value};

use crate::methods::{
    identity::{Logout, ProviderError},
    jwt::{Expected, moment, text},
};

/// The member of `events` that makes a token a logout token.
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How old a logout token may be, in seconds. Providers send them at once.
pub(in crate::methods) const OLDEST: i64 = 300;

/// Reads the claims of a logout token (OpenID Connect Back-Channel Logout 1.0 section 2.6).
pub(super) fn read(
    claims: &Map<String, Value>,
    kind: Option<&str>,
    expected: &Expected<'_>,
) -> Result<Logout, ProviderError> {
    let invalid = |why: &str| Err(ProviderError::invalid(why));
    if !matches!(
        kind,
        None | Some("jwt" | "logout+jwt" | "application/logout+jwt")
    ) {
        return invalid("the token is of another kind");
    }
    expected.check(claims)?;
    let Some(made) = moment(claims, "iat")? else {
        return invalid("the token does not say when it was made");
    };
    if made.saturating_add(OLDEST) < expected.now.as_second() {
        return invalid("the token is old");
    }
    let event = claims.get("events").and_then(|events| events.get(EVENT));
    if !event.is_some_and(Value::is_object) {
        return invalid("the token is no logout token");
    }
    if claims.contains_key("nonce") {
        return invalid("an ID token is no logout token");
    }
    let Some(id) = text(claims, "jti") else {
        return invalid("the token has no id");
    };
    let issuer = expected.issuer.to_owned();
    let who = match (text(claims, "sid"), text(claims, "sub")) {
        (Some(sid), _) => ProviderLogout::Session {
            issuer,
            sid: sid.to_owned(),
        },
        (None, Some(subject)) => ProviderLogout::Person(Identity {
            issuer,
            subject: subject.to_owned(),
        }),
        (None, None) => return invalid("the token names neither a session nor a person"),
    };
    let id = id.to_owned();
    Ok(Logout { who, id })
}
