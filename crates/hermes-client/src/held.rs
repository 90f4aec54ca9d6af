//! What opens a gateway for a person: tokens, cookies, or the token of its host.

use std::fmt;

use hermes_protocol::routes::{cookie, header};
use hermes_secret::Secret;
use serde_json::{Map, Value, json};

/// The most characters of a cookie's name and value; browsers keep no more either.
const COOKIE_LIMIT: usize = 4096;

/// The most cookies of one gateway.
const COOKIES: usize = 12;

/// What a person shows at one gateway.
#[derive(Clone, Debug)]
pub enum Held {
    /// The two tokens of an app.
    Pair(Pair),
    /// The cookies of a session, as a browser would have them.
    Cookies(Vec<Cookie>),
    /// The token of a gateway where nobody signs in.
    Token(Secret),
}

/// The two tokens of an app.
#[derive(Clone)]
pub struct Pair {
    /// Opens requests.
    pub access: Secret,
    /// Gets the next pair, once.
    pub refresh: Secret,
    /// When the access token ends, in Unix seconds of this machine's clock, if the gateway has said.
    pub ends_at: Option<i64>,
    /// The sign-in method, which upstream's gateways want to hear again.
    pub provider: Option<String>,
}

/// A cookie of a session. Its value is kept as it came, quotes and all, since it is sent back so.
#[derive(Clone)]
pub struct Cookie {
    /// Its name, with its prefix.
    pub name: String,
    /// Its value; empty if it is to be forgotten.
    pub value: Secret,
}

impl Held {
    /// The headers that show it.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Pair(pair) => {
                let value = format!("Bearer {}", pair.access.expose());
                vec![("authorization", value)]
            }
            Self::Cookies(cookies) => {
                let pair = |one: &Cookie| format!("{}={}", one.name, one.value.expose());
                let pairs: Vec<_> = cookies.iter().map(pair).collect();
                vec![("cookie", pairs.join("; "))]
            }
            Self::Token(token) => vec![(header::SESSION_TOKEN, token.expose().to_owned())],
        }
    }

    /// The cookies after these were set. Whether anything has changed.
    pub(crate) fn take(&mut self, set: Vec<Cookie>) -> bool {
        let Self::Cookies(cookies) = self else {
            return false;
        };
        let mut is_other = false;
        for new in set {
            let old = cookies.iter().position(|one| one.name == new.name);
            let same = old.is_some_and(|old| cookies[old].value.same(&new.value));
            is_other |= !same && (old.is_some() || !new.value.is_empty());
            match (old, new.value.is_empty()) {
                (Some(old), true) => {
                    cookies.remove(old);
                }
                (Some(old), false) => cookies[old] = new,
                (None, true) => {}
                (None, false) if cookies.len() < COOKIES => cookies.push(new),
                (None, false) => {}
            }
        }
        is_other
    }

    /// As it is kept.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Pair(pair) => json!({
                "kind": "pair",
                "access_token": pair.access.expose(),
                "refresh_token": pair.refresh.expose(),
                "ends_at": pair.ends_at,
                "provider": pair.provider,
            }),
            Self::Cookies(cookies) => {
                let pairs = cookies.iter();
                let pairs = pairs.map(|one| (one.name.clone(), one.value.expose().into()));
                json!({ "kind": "cookies", "cookies": pairs.collect::<Map<_, _>>() })
            }
            Self::Token(token) => json!({ "kind": "token", "token": token.expose() }),
        }
    }

    /// What was kept; nothing if this version does not know it.
    pub(crate) fn of_value(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str().filter(|text| !text.is_empty());
        match text("kind")? {
            "pair" => Some(Self::Pair(Pair {
                access: Secret::new(text("access_token")?),
                refresh: Secret::new(text("refresh_token")?),
                ends_at: value.get("ends_at").and_then(Value::as_i64),
                provider: text("provider").map(str::to_owned),
            })),
            "cookies" => {
                let pairs = value.get("cookies")?.as_object()?.iter();
                let cookie = |(name, value): (&String, &Value)| {
                    Some(Cookie {
                        name: name.clone(),
                        value: Secret::new(value.as_str()?),
                    })
                };
                pairs.map(cookie).collect::<Option<_>>().map(Self::Cookies)
            }
            "token" => Some(Self::Token(Secret::new(text("token")?))),
            _ => None,
        }
    }
}

impl Cookie {
    /// A cookie of this name and value, if one can have them: what would end the header, or begin another
    /// cookie, can be neither.
    pub(crate) fn new(name: &str, value: &Secret) -> Option<Self> {
        let is_sound = |text: &str| {
            let is_plain = |byte| matches!(byte, b'!'..=b'~') && byte != b';';
            text.len() <= COOKIE_LIMIT && text.bytes().all(is_plain)
        };
        let fits = !name.is_empty() && !name.contains('=') && is_sound(name);
        (fits && is_sound(value.expose())).then(|| Self {
            name: name.to_owned(),
            value: value.clone(),
        })
    }

    /// The cookie that a `Set-Cookie` line sets, or takes away.
    pub(crate) fn read(line: &str) -> Option<Self> {
        let mut parts = line.split(';');
        let (name, value) = parts.next()?.split_once('=')?;
        let is_over = parts.any(|part| {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            key.trim().eq_ignore_ascii_case("max-age")
                && value
                    .trim()
                    .parse::<i64>()
                    .is_ok_and(|seconds| seconds <= 0)
        });
        let set = Self::new(name.trim(), &Secret::new(value.trim()))?;
        Some(match is_over {
            true => Self {
                value: Secret::new(""),
                ..set
            },
            false => set,
        })
    }

    /// Whether it belongs to a sign-in, and not to something that happens before one.
    pub(crate) fn is_of_a_session(&self) -> bool {
        let known = [cookie::SESSION, cookie::RENEWAL, cookie::PROVIDER];
        let mut prefixes = cookie::PREFIXES.iter();
        prefixes.any(|prefix| {
            let bare = self.name.strip_prefix(prefix);
            bare.is_some_and(|bare| known.contains(&bare))
        })
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair")
            .field("ends_at", &self.ends_at)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cookie")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
