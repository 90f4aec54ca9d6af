//! The token endpoint of an identity provider (RFC 6749 section 3.2) and revocation (RFC 7009).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hermes_machine::http::{Body, Http, Request};
use hermes_secret::Secret;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use url::Url;

use super::identity::{PATIENCE, ProviderError};

/// The longest time without asking whether a person still may.
const LONGEST: i64 = 3600;

/// The shortest time between two renewals, whatever a provider says.
const SHORTEST: i64 = 60;

/// What a provider that says nothing about time gets.
const DEFAULT: i64 = 900;

/// How the gateway says who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientAuth {
    /// In a header: what every server must know (RFC 6749 section 2.3.1).
    Basic,
    /// In the body.
    Body,
}

/// The gateway as a client of a provider.
pub(super) struct Client<'a> {
    pub(super) http: &'a dyn Http,
    pub(super) id: &'a str,
    pub(super) secret: Option<&'a Secret>,
    pub(super) auth: ClientAuth,
}

/// What the endpoint gave.
pub(super) struct Tokens {
    pub(super) access_token: Option<Secret>,
    pub(super) id_token: Option<Secret>,
    pub(super) refresh_token: Option<Secret>,
    expires_in: Option<i64>,
}

impl Tokens {
    /// When to ask for new ones: before the access token ends, and at least every hour.
    pub(super) fn refresh_at(&self, now: Timestamp) -> Timestamp {
        let seconds = self.expires_in.unwrap_or(DEFAULT).saturating_sub(SHORTEST);
        let wait = SignedDuration::from_secs(seconds.clamp(SHORTEST, LONGEST));
        now.checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}

#[derive(Deserialize)]
struct TokensForm {
    access_token: Option<String>,
    id_token: Option<String>,
    refresh_token: Option<String>,
    expires_in: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Problem {
    #[serde(default)]
    error: String,
}

impl Client<'_> {
    /// Asks for tokens.
    pub(super) async fn tokens(
        &self,
        endpoint: &Url,
        form: &[(&str, &str)],
    ) -> Result<Tokens, ProviderError> {
        let request = self.request(endpoint, form);
        let response = self.http.send(request).await;
        let response = response.map_err(|error| ProviderError::no_answer(endpoint, &error))?;
        match response.status {
            200 => {}
            429 | 500.. => return Err(ProviderError::unreachable(endpoint)),
            status => {
                let problem: Problem = serde_json::from_slice(&response.body).unwrap_or_default();
                if problem.error == "invalid_grant" {
                    return Err(ProviderError::Refused);
                }
                let why = format!("the token endpoint answered {status} {}", problem.error);
                return Err(ProviderError::invalid(why));
            }
        }
        let form: TokensForm = serde_json::from_slice(&response.body)
            .ok()
            .filter(|_| response.is_json())
            .ok_or_else(|| ProviderError::invalid("the answer holds no tokens"))?;
        let secret = |text: Option<String>| text.filter(|it| !it.is_empty()).map(Secret::new);
        Ok(Tokens {
            access_token: secret(form.access_token),
            id_token: secret(form.id_token),
            refresh_token: secret(form.refresh_token),
            expires_in: form.expires_in,
        })
    }

    /// Gives a refresh token back. That it could not be is nobody's concern here: the session has
    /// ended, and the token is forgotten.
    pub(super) async fn revoke(&self, endpoint: &Url, token: &Secret) {
        let form = [
            ("token", token.expose()),
            ("token_type_hint", "refresh_token"),
        ];
        let _ = self.http.send(self.request(endpoint, &form)).await;
    }

    fn request(&self, endpoint: &Url, form: &[(&str, &str)]) -> Request {
        let mut pairs = form.to_vec();
        let header = match (self.secret, self.auth) {
            (Some(secret), ClientAuth::Basic) => Some(basic(self.id, secret)),
            (Some(secret), ClientAuth::Body) => {
                pairs.extend([("client_id", self.id), ("client_secret", secret.expose())]);
                None
            }
            (None, _) => {
                pairs.push(("client_id", self.id));
                None
            }
        };
        let request = Request::post(endpoint.clone(), Body::form(pairs)).within(PATIENCE);
        match header {
            Some(header) => request.header("authorization", header),
            None => request,
        }
    }
}

/// Both halves are encoded as a form first (RFC 6749 section 2.3.1).
fn basic(id: &str, secret: &Secret) -> String {
    let encode =
        |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", encode(id), encode(secret.expose()));
    format!("Basic {}", STANDARD.encode(pair))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_says_who_it_is_in_encoded_halves() {
        let header = basic("my client", &Secret::new("a:b/%"));
        let text = header.strip_prefix("Basic ").unwrap();
        let pair = String::from_utf8(STANDARD.decode(text).unwrap()).unwrap();
        assert_eq!(pair, "my+client:a%3Ab%2F%25");
    }

    #[test]
    fn tokens_are_renewed_in_good_time_and_at_least_hourly() {
        let now = Timestamp::UNIX_EPOCH;
        for (expires_in, after) in [
            (None, 840),
            (Some(900), 840),
            (Some(1), 60),
            (Some(-5), 60),
            (Some(i64::MIN + 60), 60),
            (Some(86_400), 3600),
        ] {
            let tokens = Tokens {
                access_token: None,
                id_token: None,
                refresh_token: None,
                expires_in,
            };
            let refresh_at = tokens.refresh_at(now);
            assert_eq!(refresh_at.as_second(), after, "{expires_in:?}");
        }
    }
}
