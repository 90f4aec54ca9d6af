use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Provider;

/// The body of `POST /auth/claim/invitation`: whose the invitation is, before anything is typed.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ClaimLook {
    /// The secret of the link: to be moved into a secret at once.
    pub secret: String,
}

/// What `POST /auth/claim/invitation` answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ClaimLookAnswer {
    /// Whether it makes the owner.
    pub owner: bool,
    /// As the invited person is addressed, if somebody said so; empty otherwise.
    pub display_name: String,
    /// The name to sign in with that is there already, or suggests itself; empty otherwise.
    pub username: String,
    /// The identity providers by which it can be accepted.
    pub providers: Vec<Provider>,
    /// The fewest characters of a password.
    pub password_min_length: u32,
    /// When it ends, in Unix seconds.
    pub expires_at: u64,
}

/// The body of `POST /auth/claim`: accepts an invitation by a name and a password.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Claim {
    /// The secret of the link: to be moved into a secret at once.
    pub secret: String,
    /// The name to sign in with from now on.
    pub username: String,
    /// The password: to be moved into a secret at once.
    pub password: String,
}

/// The body of `POST /auth/claim/start`: accepts an invitation at an identity provider.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ClaimStart {
    /// The secret of the link: to be moved into a secret at once.
    pub secret: String,
    /// The name of the identity provider.
    pub provider: String,
}

/// The body of `POST /auth/claim/passkey`: accepts an invitation by a passkey that the browser has
/// made.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ClaimPasskey {
    /// The secret of the link: to be moved into a secret at once.
    pub secret: String,
    /// The `ceremony` of what was begun.
    pub ceremony: String,
    /// What `toJSON` of the credential gives (WebAuthn Level 3 §5.1.8).
    #[cfg_attr(test, ts(type = "RegistrationResponseJSON"))]
    pub credential: Value,
}

/// Where a browser goes next, once it may.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ClaimAnswer {
    /// A path of the gateway with the prefix of the proxy, or the address of an identity provider.
    pub next: String,
}

macro_rules! hides {
    ($($name:ident)*) => {
        $(
            impl fmt::Debug for $name {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.debug_struct(stringify!($name)).finish_non_exhaustive()
                }
            }
        )*
    };
}

hides! { ClaimLook Claim ClaimStart ClaimPasskey }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg1_a_claim_shows_nothing_of_what_was_typed() {
        let body = r#"{"secret":"canary","username":"canary","password":"canary"}"#;
        let claim: Claim = serde_json::from_str(body).unwrap();
        let look: ClaimLook = serde_json::from_str(r#"{"secret":"canary"}"#).unwrap();
        let start = r#"{"secret":"canary","provider":"canary"}"#;
        let start: ClaimStart = serde_json::from_str(start).unwrap();
        let shown = format!("{claim:?} {look:?} {start:?}");
        assert_eq!(shown, "Claim { .. } ClaimLook { .. } ClaimStart { .. }");
    }

    #[test]
    fn the_answers_have_this_shape() {
        let look = ClaimLookAnswer {
            owner: true,
            display_name: String::new(),
            username: "ada".to_owned(),
            providers: Vec::new(),
            password_min_length: 15,
            expires_at: 1_795_300_000,
        };
        insta::assert_snapshot!(serde_json::to_string(&look).unwrap(), @r#"{"owner":true,"display_name":"","username":"ada","providers":[],"password_min_length":15,"expires_at":1795300000}"#);
        let next = ClaimAnswer {
            next: "/hermes/".to_owned(),
        };
        insta::assert_snapshot!(serde_json::to_string(&next).unwrap(), @r#"{"next":"/hermes/"}"#);
    }
}
