use std::fmt;

use serde::{Deserialize, Serialize};

/// The body of `POST /auth/native/token` (facts 1.16), as JSON or as a form (RFC 6749 section
/// 4.1.3). What is not here is not looked at.
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NativeToken {
    /// The code: to be moved into a secret at once, as the next one.
    pub code: String,
    /// What the challenge was made of (RFC 7636 section 4.5). Without it nothing is redeemed.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub code_verifier: Option<String>,
    /// As it was when the code was asked for; may be left out.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub redirect_uri: Option<String>,
    /// As it was when the code was asked for; may be left out.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub client_id: Option<String>,
    /// `authorization_code`; may be left out.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub grant_type: Option<String>,
}

impl fmt::Debug for NativeToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NativeToken")
            .finish_non_exhaustive()
    }
}

/// The body of `POST /auth/native/refresh` (facts 1.16), as JSON or as a form (RFC 6749 section 6).
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NativeRefresh {
    /// The token: to be moved into a secret at once.
    pub refresh_token: String,
    /// `refresh_token`; may be left out.
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub grant_type: Option<String>,
}

impl fmt::Debug for NativeRefresh {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NativeRefresh")
            .finish_non_exhaustive()
    }
}

/// What both answer (facts 1.16, RFC 6749 section 5.1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NativeAnswer {
    /// Opens requests, in `Authorization: Bearer`.
    pub access_token: String,
    /// Gets the next pair, once.
    pub refresh_token: String,
    /// Always `Bearer`.
    pub token_type: String,
    /// In how many seconds the access token ends.
    pub expires_in: u64,
    /// When that is, in Unix seconds.
    pub expires_at: u64,
    /// The sign-in method.
    pub provider: String,
    /// Whose session it is.
    pub user_id: String,
}

impl fmt::Debug for NativeAnswer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("NativeAnswer");
        shown
            .field("provider", &self.provider)
            .field("user_id", &self.user_id)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_1_16_the_answer_has_the_names_that_clients_know() {
        let answer = NativeAnswer {
            access_token: "canary-a".to_owned(),
            refresh_token: "canary-r".to_owned(),
            token_type: "Bearer".to_owned(),
            expires_in: 900,
            expires_at: 1_795_300_900,
            provider: "password".to_owned(),
            user_id: "owner".to_owned(),
        };
        insta::assert_snapshot!(serde_json::to_string(&answer).unwrap(), @r#"{"access_token":"canary-a","refresh_token":"canary-r","token_type":"Bearer","expires_in":900,"expires_at":1795300900,"provider":"password","user_id":"owner"}"#);
        assert!(!format!("{answer:?}").contains("canary"));
    }

    #[test]
    fn as8_a_doubled_field_is_refused_and_no_secret_is_shown() {
        let read = |body| serde_json::from_str::<NativeToken>(body);
        let token = read(r#"{"code":"canary","code_verifier":"canary","x":1}"#).unwrap();
        assert!(!format!("{token:?}").contains("canary"));
        assert!(read(r#"{"code":"a","code":"a"}"#).is_err());
        assert!(read(r#"{"code":"a","code_verifier":"a","code_verifier":"a"}"#).is_err());
        let read = |body| serde_json::from_str::<NativeRefresh>(body);
        let refresh = read(r#"{"refresh_token":"canary","provider":"acme"}"#).unwrap();
        assert!(!format!("{refresh:?}").contains("canary"));
        assert!(read(r#"{"refresh_token":"a","refresh_token":"a"}"#).is_err());
    }
}
