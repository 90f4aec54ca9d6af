use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a browser makes a passkey of: the answer where somebody begins to add one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasskeyCreation {
    /// Names the attempt, which counts once and for five minutes.
    pub ceremony: String,
    /// What `PublicKeyCredential.parseCreationOptionsFromJSON` takes (WebAuthn Level 3 §5.1.9).
    #[cfg_attr(test, ts(type = "PublicKeyCredentialCreationOptionsJSON"))]
    pub options: Value,
}

/// What a browser signs by a passkey: the answer where somebody begins to sign in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasskeyRequest {
    /// Names the attempt, which counts once and for five minutes.
    pub ceremony: String,
    /// What `PublicKeyCredential.parseRequestOptionsFromJSON` takes (WebAuthn Level 3 §5.1.10).
    #[cfg_attr(test, ts(type = "PublicKeyCredentialRequestOptionsJSON"))]
    pub options: Value,
}

/// The body of `POST /api/auth/passkeys`: adds the passkey that the browser has made.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasskeyAdd {
    /// The `ceremony` of what was begun.
    pub ceremony: String,
    /// What `toJSON` of the credential gives (WebAuthn Level 3 §5.1.8).
    #[cfg_attr(test, ts(type = "RegistrationResponseJSON"))]
    pub credential: Value,
    /// What the person calls it; empty for no name.
    pub name: String,
}

/// The body of `POST /auth/passkey`: signs in by what the browser has signed.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasskeyLogin {
    /// The `ceremony` of what was begun.
    pub ceremony: String,
    /// What `toJSON` of the credential gives (WebAuthn Level 3 §5.1.8).
    #[cfg_attr(test, ts(type = "AuthenticationResponseJSON"))]
    pub credential: Value,
    /// Where to land; checked as every landing is (facts 1.9).
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub next: Option<String>,
}

/// `GET /api/auth/passkeys`: the asker's own passkeys, the oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasskeysAnswer {
    /// The passkeys.
    pub passkeys: Vec<PasskeyRow>,
}

/// A passkey, as its person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasskeyRow {
    /// Names the passkey in the paths that change it.
    pub id: String,
    /// What the person called it.
    pub name: Option<String>,
    /// When it was added, in Unix seconds.
    pub created_at: u64,
    /// When somebody last signed in by it.
    pub last_used_at: Option<u64>,
}

/// The body of `PATCH /api/auth/passkeys/{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasskeyRename {
    /// The new name; empty takes it away.
    pub name: String,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_answers_have_this_shape() {
        let request = PasskeyRequest {
            ceremony: "c-1".to_owned(),
            options: json!({ "challenge": "AAAA" }),
        };
        insta::assert_snapshot!(serde_json::to_string(&request).unwrap(), @r#"{"ceremony":"c-1","options":{"challenge":"AAAA"}}"#);
        let listed = PasskeysAnswer {
            passkeys: vec![PasskeyRow {
                id: "k1".to_owned(),
                name: None,
                created_at: 1_795_300_000,
                last_used_at: None,
            }],
        };
        insta::assert_snapshot!(serde_json::to_string(&listed).unwrap(), @r#"{"passkeys":[{"id":"k1","name":null,"created_at":1795300000,"last_used_at":null}]}"#);
    }
}
