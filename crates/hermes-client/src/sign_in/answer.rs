//! What a gateway answers to an app: tokens, or why not.

use std::time::Duration;

use hermes_machine::http::{Body, Request, Response};
use hermes_protocol::rest::Refusal;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::{Method, PATIENCE, SignIn, SignInError, SignedIn};
use crate::{Held, Pair};

/// The most characters of a token.
const TOKEN_LIMIT: usize = 16 * 1024;

/// The longest life of an access token that is believed: it is renewed before it ends, and whoever is
/// told too much finds out by the gateway's refusal.
const LONGEST_LIFE: i64 = 400 * 24 * 60 * 60;

impl SignIn<'_> {
    /// Asks for something, with JSON in both directions.
    pub(super) async fn ask(&self, path: &str, body: &Value) -> Result<Response, SignInError> {
        let request = Request::post(self.address.at(path), Body::Json(body.to_string()));
        Ok(self.ports.http.send(request.within(PATIENCE)).await?)
    }

    pub(super) fn host(&self) -> String {
        self.address.address().host().to_owned()
    }

    /// The tokens of an answer, and whose they are.
    pub(super) async fn tokens(
        &self,
        answer: &Response,
        method: Method,
    ) -> Result<SignedIn, SignInError> {
        let pair = match pair(answer, self.ports.clock.now()) {
            Some(pair) if answer.is_success() => pair,
            _ => return Err(self.refused(answer)),
        };
        let held = Held::Pair(pair);
        let user = self.user(&held).await;
        Ok(SignedIn { held, method, user })
    }

    /// What an answer means that brings nothing.
    pub(super) fn refused(&self, answer: &Response) -> SignInError {
        let (host, status) = (self.host(), answer.status);
        let said = says(&answer.body);
        let text = |name: &str| said.as_ref()?.get(name)?.as_str();
        match (status, &said) {
            _ if is_unclaimed(answer) => SignInError::Unclaimed { host },
            (429 | 500.., _) => SignInError::Busy {
                host,
                status,
                retry_after: answer.retry_after,
            },
            (_, None) | (..400, _) => SignInError::NotTheGateway { host, status },
            _ => match text("error") {
                Some("expired_token") => SignInError::TimedOut { host },
                error => {
                    let detail = text("detail").or_else(|| text("error_description"));
                    let detail = detail.or(error).unwrap_or("it did not say why");
                    let detail = plain(detail, LABEL_LIMIT);
                    SignInError::Refused { host, detail }
                }
            },
        }
    }
}

/// Whether a gateway answers that nobody owns it yet, for which it has a sentence and no code.
pub(super) fn is_unclaimed(answer: &Response) -> bool {
    let said = says(&answer.body);
    let detail = said.as_ref().and_then(|said| said.get("detail")?.as_str());
    detail == Some(Refusal::Unclaimed.body().detail())
}

/// The object that a gateway has answered with; nothing if something else has.
pub(crate) fn says(body: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(said)) => Some(said),
        _ => None,
    }
}

/// The tokens of an answer. Upstream's gateways say when they end, ours also in how many seconds,
/// which no wrong clock changes.
pub(crate) fn pair(answer: &Response, now: Timestamp) -> Option<Pair> {
    let said = says(&answer.body)?;
    let text = |name: &str| {
        let text = said.get(name)?.as_str()?;
        (!text.is_empty() && text.len() <= TOKEN_LIMIT).then_some(text)
    };
    let lasts = said.get("expires_in").and_then(Value::as_i64);
    let ends = said.get("expires_at").and_then(Value::as_i64);
    let lasts = lasts.or_else(|| Some(ends? - now.as_second()));
    let lasts = lasts.map(|seconds| seconds.clamp(0, LONGEST_LIFE));
    Some(Pair {
        access: Secret::new(text("access_token")?),
        refresh: Secret::new(text("refresh_token")?),
        ends_at: lasts.map(|seconds| now.as_second() + seconds),
        provider: text("provider").map(|name| plain(name, LABEL_LIMIT)),
    })
}

/// The seconds that an answer names, between these.
pub(super) fn seconds(
    said: &Map<String, Value>,
    name: &str,
    range: (u64, u64),
) -> Option<Duration> {
    let seconds = said.get(name)?.as_u64()?;
    Some(Duration::from_secs(seconds.clamp(range.0, range.1)))
}
