//! One account in the document: an entry of a pool, or a provider's own state. Both have the same
//! fields, but for some states in which the tokens are one level down, in `tokens`.

use std::time::Duration;

use hermes_oauth::{TokenSet, jwt_expiry};
use hermes_secret::Secret;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::{Kind, cooldown, times};

/// A reading view.
#[derive(Clone, Copy)]
pub(crate) struct Record<'a>(&'a Map<String, Value>);

impl<'a> Record<'a> {
    pub(crate) fn new(fields: &'a Map<String, Value>) -> Self {
        Self(fields)
    }

    /// A field, of the record or of its `tokens`.
    pub(crate) fn get(self, key: &str) -> Option<&'a Value> {
        self.0
            .get(key)
            .or_else(|| self.0.get("tokens")?.as_object()?.get(key))
    }

    /// A field that is a text with something in it.
    pub(crate) fn text(self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    pub(crate) fn secret(self, key: &str) -> Option<Secret> {
        self.text(key).map(Secret::new)
    }

    pub(crate) fn access_token(self) -> Option<Secret> {
        self.secret("access_token")
    }

    pub(crate) fn refresh_token(self) -> Option<Secret> {
        self.secret("refresh_token")
    }

    /// Whether this record holds exactly that refresh token.
    pub(crate) fn refreshes_by(self, token: &Secret) -> bool {
        self.text("refresh_token")
            .is_some_and(|own| token.matches(own))
    }

    pub(crate) fn moment(self, key: &str) -> Option<Timestamp> {
        self.get(key).and_then(times::read)
    }

    pub(crate) fn number(self, key: &str) -> Option<i64> {
        self.get(key)?.as_i64()
    }

    pub(crate) fn source(self) -> &'a str {
        self.text("source").unwrap_or("manual")
    }

    pub(crate) fn kind(self) -> Kind {
        match self.text("auth_type") {
            Some(word) if word.starts_with("oauth") => Kind::OAuth,
            _ => Kind::ApiKey,
        }
    }

    /// When the tokens were issued.
    pub(crate) fn obtained_at(self) -> Option<Timestamp> {
        let obtained = self.moment("obtained_at");
        self.moment("last_refresh").max(obtained)
    }

    /// When the access token ends.
    ///
    /// What the file says comes before what the token says, because it was reckoned on the clock
    /// of this machine. But upstream refreshes some accounts without touching `expires_at`, so
    /// one that is older than the last refresh says nothing.
    pub(crate) fn expires_at(self) -> Option<Timestamp> {
        if let Some(at) = self.moment("expires_at_ms") {
            return Some(at);
        }
        let written = self.moment("expires_at").filter(|written| {
            let known = self.moment("obtained_at").unwrap_or(*written);
            let second = Duration::from_secs(1);
            self.moment("last_refresh")
                .is_none_or(|last| last <= known.saturating_add(second).unwrap_or(known))
        });
        written
            .or_else(|| jwt_expiry(&self.access_token()?))
            .or_else(|| {
                let life = u64::try_from(self.number("expires_in")?).ok()?;
                self.obtained_at()?
                    .checked_add(Duration::from_secs(life))
                    .ok()
            })
    }

    /// When it was marked dead.
    pub(crate) fn died_at(self) -> Option<Timestamp> {
        let error = self.0.get("last_auth_error").and_then(Value::as_object);
        let at = error.and_then(|error| Self(error).moment("at"));
        at.or_else(|| self.moment("last_status_at"))
    }

    /// Why it is dead, if it is marked so.
    pub(crate) fn death(self) -> Option<String> {
        let words = |record: Record<'_>, keys: [&str; 2]| {
            let said = keys.into_iter().find_map(|key| record.text(key));
            hermes_secret::plain(said.unwrap_or("sign in again"), hermes_secret::LABEL_LIMIT)
        };
        if self.text("last_status") == Some("dead") {
            return Some(words(self, ["last_error_reason", "last_error_message"]));
        }
        let error = Record(self.0.get("last_auth_error")?.as_object()?);
        let relogin = error.get("relogin_required").and_then(Value::as_bool);
        (relogin == Some(true) && self.refresh_token().is_none())
            .then(|| words(error, ["code", "message"]))
    }
}

/// Puts new tokens into a record that holds the old ones: every field of it that depends on them
/// changes, no other does.
pub(crate) fn renew(record: &mut Map<String, Value>, tokens: &TokenSet) {
    let nested = record.get("tokens").is_some_and(Value::is_object);
    let expires_at = tokens.expires_at.map(times::micros);
    let had =
        |record: &Map<String, Value>, key: &str| record.get(key).is_some_and(|v| !v.is_null());
    {
        let holder = match record.get_mut("tokens") {
            Some(Value::Object(inner)) => inner,
            _ => &mut *record,
        };
        holder.insert("access_token".into(), json!(tokens.access_token.expose()));
        if let Some(refresh) = &tokens.refresh_token {
            holder.insert("refresh_token".into(), json!(refresh.expose()));
        }
        if let (Some(id_token), true) = (&tokens.id_token, nested || had(holder, "id_token")) {
            holder.insert("id_token".into(), json!(id_token.expose()));
        }
        if holder.contains_key("expires_in") {
            holder.insert("expires_in".into(), json!(tokens.expires_in));
        }
        if holder.contains_key("token_type") {
            holder.insert("token_type".into(), json!(tokens.token_type));
        }
    }
    if let Some(scope) = &tokens.scope {
        for key in ["granted_scope", "scope"] {
            if had(record, key) {
                record.insert(key.into(), json!(scope));
                break;
            }
        }
    }
    if nested || record.contains_key("last_refresh") {
        record.insert(
            "last_refresh".into(),
            json!(times::zulu(tokens.obtained_at)),
        );
    }
    if record.contains_key("expires_at_ms") {
        let at = tokens.expires_at.map(Timestamp::as_millisecond);
        record.insert("expires_at_ms".into(), json!(at));
    } else if !nested {
        record.insert(
            "obtained_at".into(),
            json!(times::micros(tokens.obtained_at)),
        );
        match &expires_at {
            Some(at) => record.insert("expires_at".into(), json!(at)),
            // An old date would make the new token look expired.
            None => record.shift_remove("expires_at"),
        };
    }
    if had(record, "agent_key") {
        let key = [
            ("agent_key", json!(tokens.access_token.expose())),
            ("agent_key_expires_at", json!(expires_at)),
            ("agent_key_expires_in", json!(tokens.expires_in)),
            (
                "agent_key_obtained_at",
                json!(times::micros(tokens.obtained_at)),
            ),
        ];
        for (name, value) in key {
            if record.contains_key(name) {
                record.insert(name.into(), value);
            }
        }
    }
    record.shift_remove("last_auth_error");
    cooldown::after_renewal(record);
}

/// Marks a record whose refresh token the provider no longer accepts. An entry of a pool keeps its
/// tokens under the mark, as upstream's do; a provider's own state loses the dead refresh token,
/// and its access token if that has ended too.
pub(crate) fn bury(
    record: &mut Map<String, Value>,
    provider: &str,
    reason: &str,
    message: &str,
    now: Timestamp,
) {
    if record.contains_key("id") && record.contains_key("source") {
        cooldown::mark_dead(record, reason, message, now);
        return;
    }
    let ended = Record(record).expires_at().is_none_or(|at| at <= now);
    let holder = match record.get_mut("tokens") {
        Some(Value::Object(inner)) => inner,
        _ => &mut *record,
    };
    holder.shift_remove("refresh_token");
    if ended {
        holder.shift_remove("access_token");
        record.shift_remove("agent_key");
    }
    record.insert(
        "last_auth_error".into(),
        json!({
            "provider": provider,
            "code": reason,
            "message": message,
            "reason": "runtime_refresh_failure",
            "relogin_required": true,
            "at": times::micros(now),
        }),
    );
}

#[cfg(test)]
mod tests;
