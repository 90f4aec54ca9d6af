//! Answers that say no, as clients of the wire know them.

use std::time::Duration;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::Refusal;
use hermes_secret::plain;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::cookies::{self, Kind, Shape};

/// A refusal, with what would change it where something would.
pub(crate) fn refuse(refusal: &Refusal<'_>, hint: Option<&str>) -> Response {
    let status = StatusCode::from_u16(refusal.status());
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = match hint {
        Some(hint) => refusal.body().with_hint(hint),
        None => refusal.body(),
    };
    let mut response = (status, Json(body)).into_response();
    response.extensions_mut().insert(Refused {
        word: refusal.word(),
        hint: hint.map(|hint| plain(hint, HINT_LIMIT)),
    });
    response
}

/// What the log says of a refusal, on its way through the answer.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    /// [`Refusal::word`].
    pub(crate) word: &'static str,
    /// What would change it.
    pub(crate) hint: Option<String>,
}

/// The most characters of a hint in the log.
pub(crate) const HINT_LIMIT: usize = 300;

/// A wait in whole seconds. Rounded up: who comes back then is let in.
pub(crate) const fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + (wait.subsec_nanos() > 0) as u64
}

/// A refusal that can be tried again after so many seconds.
pub(crate) fn refuse_for(refusal: &Refusal<'_>, seconds: u64) -> Response {
    let mut response = refuse(refusal, None);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Makes a client forget every cookie of its session.
pub(crate) fn forget(headers: &mut HeaderMap, shape: &Shape) {
    for kind in [Kind::Short, Kind::Long, Kind::Provider] {
        for line in cookies::delete(kind, shape) {
            headers.append(header::SET_COOKIE, line);
        }
    }
}
