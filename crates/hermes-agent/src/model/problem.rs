//! What a server says when it says no, and what that means.

use std::time::Duration;

use hermes_credentials::Kind;
use hermes_secret::{Secret, plain};
use jiff::Timestamp;
use serde_json::Value;

use super::{Cause, Grant, reset::Reset};

/// The most characters of a server's words that are shown.
const SHOWN: usize = 300;
/// The most characters that are looked at.
const LOOKED_AT: usize = 64 * 1024;
/// A wait that is longer is none that somebody sits through.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// An error as a server tells it, in any of the forms that are in use.
#[derive(Clone, Debug, Default)]
pub(super) struct Problem {
    /// The status of the answer; one that comes in a stream has none.
    pub(super) status: Option<u16>,
    /// Its words for what happened, in small letters: `code`, `type`.
    words: Vec<String>,
    message: String,
    /// It speaks of another server behind it.
    upstream: bool,
    /// It lists what is wrong with the content.
    moderated: bool,
    reset: Option<Reset>,
    pub(super) retry_after: Option<Duration>,
}

impl Problem {
    /// Reads an answer that is an error.
    pub(super) fn of_answer(status: u16, body: &[u8], retry_after: Option<Duration>) -> Self {
        let problem = match serde_json::from_slice::<Value>(body) {
            Ok(value) => Self::of_json(&value),
            // A page of something in between says nothing that is worth showing.
            Err(_) if body.trim_ascii_start().starts_with(b"<") => Self::default(),
            Err(_) => Self {
                message: String::from_utf8_lossy(body).into_owned(),
                ..Self::default()
            },
        };
        Self {
            status: Some(status),
            retry_after,
            ..problem
        }
    }

    /// Reads an error object, or one around it.
    pub(super) fn of_json(value: &Value) -> Self {
        let inner = ["error", "detail"].into_iter().find_map(|name| {
            let inner = value.get(name)?;
            inner.is_object().then_some(inner)
        });
        let error = inner.unwrap_or(value);
        let text = |name: &str| error.get(name).and_then(Value::as_str);
        let words = ["code", "type", "error", "status"].into_iter();
        let words = words.filter_map(text).map(str::to_lowercase).collect();
        let message = ["message", "error_description", "detail", "error"]
            .into_iter()
            .find_map(text)
            .or_else(|| value.as_str())
            .unwrap_or_default();
        let metadata = |name: &str| error.pointer("/metadata").and_then(|data| data.get(name));
        let code = error.get("code").and_then(Value::as_u64);
        Self {
            status: code.and_then(|code| u16::try_from(code).ok()),
            words,
            message: message.to_owned(),
            upstream: metadata("provider_name").is_some() && metadata("raw").is_some(),
            moderated: metadata("reasons").is_some(),
            reset: Reset::of(error, message),
            retry_after: None,
        }
    }

    /// What it says, safe to show, if it says anything.
    pub(super) fn said(&self, token: Option<&Secret>) -> Option<String> {
        let clean = plain(&self.message, LOOKED_AT);
        let clean = match token.filter(|token| !token.is_empty()) {
            // Some servers repeat the key that they refuse.
            Some(token) => clean.replace(token.expose(), "…"),
            None => clean,
        };
        let shown = plain(&clean, SHOWN);
        let shown = shown.trim_end_matches('.');
        (!shown.is_empty()).then(|| shown.to_owned())
    }

    /// What it means for whoever asked with this grant.
    pub(super) fn judge(&self, grant: &Grant, now: Timestamp) -> Cause {
        let status = self.status.or_else(|| self.implied_status()).unwrap_or(500);
        if self.moderated || self.is(&["content_filter", "content_policy_violation"]) {
            return Cause::ContentRefused;
        }
        if self.lacks_plan(grant, status) {
            return Cause::NotEntitled;
        }
        if self.wants_money(status) {
            return Cause::Billing {
                until: self.until(now),
            };
        }
        match status {
            401 | 403 => Cause::Unauthorized {
                reason: self.reason(),
            },
            429 => self.rate_limited(now),
            400 | 413 | 422 if self.overflows() => Cause::ContextTooLong,
            400 | 404 | 422 if self.knows_no_model() => Cause::UnknownModel,
            300..400 => Cause::Malformed("a redirect, which is not followed"),
            408 | 500.. => Cause::Overloaded {
                wait: self.retry_after,
            },
            _ => Cause::InvalidRequest,
        }
    }

    /// Its word for it, if it is one: a sentence may repeat the token, and this is kept.
    fn reason(&self) -> Option<String> {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let word = self.words.first()?;
        (word.len() <= 40 && word.bytes().all(letter)).then(|| word.clone())
    }

    fn rate_limited(&self, now: Timestamp) -> Cause {
        let until = self.until(now);
        let far = until.is_some_and(|until| {
            Duration::try_from(until.duration_since(now)).unwrap_or_default() > PATIENCE
        });
        Cause::RateLimited {
            until,
            spent: far || self.is(&["usage_limit_reached"]) || self.says(&["usage limit"]),
            upstream: self.upstream,
        }
    }

    fn until(&self, now: Timestamp) -> Option<Timestamp> {
        let after = self.retry_after.map(Reset::In);
        self.reset.or(after).and_then(|reset| reset.at(now))
    }

    /// The account is good, and its plan does not have this.
    fn lacks_plan(&self, grant: &Grant, status: u16) -> bool {
        let account = grant.kind == Kind::OAuth;
        let stale = self.says(&[
            "[wke=unauthenticated:",
            "oauth2 access token could not be validated",
        ]);
        self.is(&[
            "subscription_required",
            "subscription_expired",
            "account_missing",
            "usage_not_included",
        ]) || self.says(&[
            "do not have an active grok subscription",
            "oauth authentication is currently not allowed for this organization",
        ]) || (grant.provider == "xai-oauth" && self.says(&["out of available resources"]))
            || (status == 403
                && account
                && !stale
                && matches!(grant.provider.as_str(), "xai-oauth" | "anthropic"))
    }

    fn wants_money(&self, status: u16) -> bool {
        status == 402
            || self.is(&[
                "insufficient_quota",
                "insufficient_credits",
                "no_usable_credits",
                "billing_error",
                "billing_hard_limit_reached",
            ])
            || self.says(&[
                "out of extra usage",
                "credit balance is too low",
                "insufficient balance",
                "insufficient credits",
                "exceeded your current quota",
            ])
    }

    fn overflows(&self) -> bool {
        self.is(&[
            "context_length_exceeded",
            "exceed_context_size_error",
            "request_too_large",
        ]) || self.says(&[
            "context length",
            "context window",
            "maximum context",
            "prompt is too long",
            "available context size",
            "input is too long",
        ])
    }

    fn knows_no_model(&self) -> bool {
        self.is(&["model_not_found", "not_found_error"])
            || (self.says(&["model"])
                && self.says(&[
                    "not found",
                    "does not exist",
                    "not a valid model",
                    "unknown model",
                    "is not supported",
                    "not available",
                ]))
    }

    /// The status that an error in a stream would have had as an answer.
    fn implied_status(&self) -> Option<u16> {
        let statuses = [
            (401, &["authentication_error", "invalid_api_key"][..]),
            (403, &["permission_error"]),
            (404, &["not_found_error", "model_not_found"]),
            (413, &["request_too_large"]),
            (429, &["rate_limit_error", "rate_limit_exceeded"]),
            (429, &["usage_limit_reached", "too_many_requests"]),
            (400, &["invalid_request_error", "invalid_prompt"]),
            (400, &["context_length_exceeded"]),
            (529, &["overloaded_error", "server_is_overloaded"]),
        ];
        let found = statuses.into_iter().find(|(_, words)| self.is(words));
        found.map(|(status, _)| status)
    }

    fn is(&self, names: &[&str]) -> bool {
        names
            .iter()
            .any(|name| self.words.iter().any(|word| word == name))
    }

    fn says(&self, phrases: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        phrases.iter().any(|phrase| message.contains(phrase))
    }
}

#[cfg(test)]
mod tests;
