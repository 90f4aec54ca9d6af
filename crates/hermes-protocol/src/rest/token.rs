use std::fmt;

use serde::{Deserialize, Serialize};

/// The body of `POST /auth/token`, as a form (RFC 6749 section 4.1.3) or as JSON: a code, a refresh
/// token or a device code, as `grant_type` says. What is not here is not looked at.
#[derive(Clone, Deserialize)]
pub struct TokenRequest {
    /// `authorization_code`, `refresh_token`, or that of [`DeviceToken`](super::DeviceToken).
    pub grant_type: String,
    /// The code: to be moved into a secret at once, as the next three.
    #[serde(default)]
    pub code: Option<String>,
    /// What the challenge was made of (RFC 7636 section 4.5).
    #[serde(default)]
    pub code_verifier: Option<String>,
    /// The refresh token.
    #[serde(default)]
    pub refresh_token: Option<String>,
    /// The device code.
    #[serde(default)]
    pub device_code: Option<String>,
    /// As it was when the code was asked for.
    #[serde(default)]
    pub redirect_uri: Option<String>,
    /// As it was when the code was asked for.
    #[serde(default)]
    pub client_id: Option<String>,
}

impl fmt::Debug for TokenRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TokenRequest")
            .field("grant_type", &self.grant_type)
            .finish_non_exhaustive()
    }
}

/// What the gateway says of itself as an authorization server (RFC 8414 section 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServerMetadata {
    /// Its address, as `iss` of an answer has it (RFC 9207).
    pub issuer: String,
    /// Where an app sends the browser of its person.
    pub authorization_endpoint: String,
    /// Where it gets its tokens.
    pub token_endpoint: String,
    /// Where a machine without a browser gets its codes, where that is on (RFC 8628 section 4).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_authorization_endpoint: Option<String>,
    /// `code`.
    pub response_types_supported: [&'static str; 1],
    /// `query`.
    pub response_modes_supported: [&'static str; 1],
    /// The grants that are taken just now.
    pub grant_types_supported: Vec<&'static str>,
    /// `S256`.
    pub code_challenge_methods_supported: [&'static str; 1],
    /// `none`: a program that anybody can have keeps no secret (RFC 8252 section 8.5).
    pub token_endpoint_auth_methods_supported: [&'static str; 1],
    /// True (RFC 9207 section 3).
    pub authorization_response_iss_parameter_supported: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lg1_a_request_shows_no_secret_and_takes_no_field_twice() {
        let request =
            r#"{"grant_type":"x","code":"canary","refresh_token":"canary","device_code":"canary"}"#;
        let request: TokenRequest = serde_json::from_str(request).unwrap();
        assert!(!format!("{request:?}").contains("canary"));
        let twice = r#"{"grant_type":"x","code":"a","code":"b"}"#;
        assert!(serde_json::from_str::<TokenRequest>(twice).is_err());
    }
}
