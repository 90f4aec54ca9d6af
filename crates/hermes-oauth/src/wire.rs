//! The one way out: every request of this crate is checked, sent and sorted here.

use hermes_machine::http::{Request, Response};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::{Map, Value};
use url::Url;

use crate::{OAuthError, Ports, Step, check_pinned, pinned::shown};

/// Sends a provider's requests, to its pinned hosts only.
#[derive(Clone)]
pub(crate) struct Wire {
    /// The provider's short name, for error texts.
    pub(crate) name: String,
    /// Where requests may go.
    pub(crate) pins: Vec<String>,
    pub(crate) ports: Ports,
}

impl Wire {
    /// Whether this URL may be asked or opened.
    pub(crate) fn check(&self, url: &Url) -> Result<(), OAuthError> {
        check_pinned(url, &self.pins).map_err(|reason| OAuthError::Unpinned {
            provider: self.name.clone(),
            url: shown(url),
            reason,
        })
    }

    /// Sends the request. What means the same at every endpoint is an error already: no answer,
    /// a redirect, 429, 5xx. Every other status is the caller's to judge.
    pub(crate) async fn send(&self, step: Step, request: Request) -> Result<Response, OAuthError> {
        self.check(&request.url)?;
        let provider = || self.name.clone();
        let answer = self.ports.http.send(request).await;
        let response = answer.map_err(|source| OAuthError::Http {
            provider: provider(),
            step,
            source,
        })?;
        match response.status {
            status @ 300..=399 => Err(OAuthError::Redirected {
                provider: provider(),
                step,
                status,
            }),
            429 => Err(OAuthError::RateLimited {
                provider: provider(),
                step,
                retry_after: response.retry_after,
            }),
            status @ 500.. => Err(OAuthError::ServerError {
                provider: provider(),
                step,
                status,
            }),
            _ => Ok(response),
        }
    }

    /// The JSON object of a successful answer.
    pub(crate) fn object(
        &self,
        step: Step,
        response: &Response,
    ) -> Result<Map<String, Value>, OAuthError> {
        if !response.is_success() {
            return Err(self.rejected(step, &Problem::of(response)));
        }
        if !response.is_json() {
            return Err(OAuthError::NotJson {
                provider: self.name.clone(),
                step,
                media_type: response
                    .media_type
                    .as_deref()
                    .map(|kind| plain(kind, LABEL_LIMIT)),
            });
        }
        serde_json::from_slice(&response.body)
            .map_err(|_| self.bad_answer(step, "the answer is not a JSON object"))
    }

    /// The error for a refusal that has no meaning of its own at this endpoint.
    pub(crate) fn rejected(&self, step: Step, problem: &Problem) -> OAuthError {
        OAuthError::Rejected {
            provider: self.name.clone(),
            step,
            status: problem.status,
            error: problem.code.clone(),
            detail: problem.detail(),
        }
    }

    /// The error for an answer that the protocol does not allow.
    pub(crate) fn bad_answer(&self, step: Step, reason: impl Into<String>) -> OAuthError {
        OAuthError::BadAnswer {
            provider: self.name.clone(),
            step,
            reason: reason.into(),
        }
    }

    /// A member that the protocol requires to be a text with something in it.
    pub(crate) fn text<'a>(
        &self,
        step: Step,
        object: &'a Map<String, Value>,
        name: &str,
    ) -> Result<&'a str, OAuthError> {
        text(object, name)
            .ok_or_else(|| self.bad_answer(step, format!("the answer holds no `{name}`")))
    }

    /// A member that is a URL on a pinned host.
    pub(crate) fn url(
        &self,
        step: Step,
        object: &Map<String, Value>,
        name: &str,
    ) -> Result<Url, OAuthError> {
        let url = Url::parse(self.text(step, object, name)?)
            .map_err(|_| self.bad_answer(step, format!("`{name}` of the answer is not a URL")))?;
        self.check(&url)?;
        Ok(url)
    }
}

/// What an error answer says: RFC 6749 section 5.2, and the shapes that vendors send instead.
#[derive(Clone, Debug, Default)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    /// `error`, safe to show.
    pub(crate) code: Option<String>,
    /// `error_description`, safe to show.
    pub(crate) description: Option<String>,
}

impl Problem {
    pub(crate) fn of(response: &Response) -> Self {
        serde_json::from_slice(&response.body).map_or_else(
            |_| Self {
                status: response.status,
                ..Self::default()
            },
            |object| Self::in_object(response.status, &object),
        )
    }

    pub(crate) fn in_object(status: u16, object: &Map<String, Value>) -> Self {
        let shown = |text: &str| Some(without_tokens(&plain(text, LABEL_LIMIT)));
        let (code, description) = match object.get("error") {
            // {"error":{"code","type","message"}}
            Some(Value::Object(inner)) => (
                text(inner, "code").or_else(|| text(inner, "type")),
                text(inner, "message"),
            ),
            _ => (
                text(object, "error"),
                text(object, "error_description")
                    .or_else(|| text(object, "message"))
                    .or_else(|| text(object.get("base_resp")?.as_object()?, "status_msg")),
            ),
        };
        Self {
            status,
            code: code.and_then(shown),
            description: description.and_then(shown),
        }
    }

    /// Whether the error code is one of these.
    pub(crate) fn is(&self, codes: &[&str]) -> bool {
        self.code
            .as_deref()
            .is_some_and(|code| codes.contains(&code))
    }

    /// Code and description, for a person.
    pub(crate) fn detail(&self) -> Option<String> {
        match (&self.code, &self.description) {
            (Some(code), Some(description)) => Some(format!("{code}: {description}")),
            (one, other) => one.clone().or_else(|| other.clone()),
        }
    }
}

/// A member that is a text with something in it.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A count that a server wrote as an integer, a float or a text. Negative counts are 0.
pub(crate) fn count(object: &Map<String, Value>, name: &str) -> Option<u64> {
    let value = object.get(name)?;
    let float = |number: f64| {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "casts of floats saturate"
        )]
        number.is_finite().then_some(number as u64)
    };
    match value {
        Value::Number(number) => number.as_u64().or_else(|| float(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            text.parse().ok().or_else(|| float(text.parse().ok()?))
        }
        _ => None,
    }
}

/// A server may repeat in its message what it was sent. Words that look like a token are left out.
fn without_tokens(line: &str) -> String {
    let looks_secret = |word: &str| {
        word.len() >= 20
            && !word.contains("://")
            && word.bytes().any(|byte| byte.is_ascii_digit())
            && word.bytes().any(|byte| byte.is_ascii_alphabetic())
    };
    let words: Vec<_> = line
        .split(' ')
        .map(|word| if looks_secret(word) { "…" } else { word })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests;
