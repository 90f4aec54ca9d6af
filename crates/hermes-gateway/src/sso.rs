//! Signing in without a click, where there is exactly one place to do it (facts 1.7).
//!
//! It is tried once: a short-lived cookie remembers it, so that somebody whom the provider does not
//! let in reads why instead of going round for ever. And it is tried only for a page that the
//! person themselves asked for: another site must not sign a browser in (RP11).

use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts};

use crate::{
    cookies::{self, Kind, Shape, Value},
    forwarded::Seen,
    landing::{self, Landing},
    methods::{MethodKind, Offered},
};

/// How long an attempt is remembered.
const REMEMBERED: Duration = Duration::from_secs(60);

/// The answer that sends a browser on to the one provider, or, when that was tried a moment ago,
/// to the sign-in page. `None` where a person has to choose.
pub(crate) fn without_a_click(offered: &[Offered], seen: &Seen, head: &Parts) -> Option<Response> {
    let [only] = offered else {
        return None;
    };
    if only.kind != MethodKind::Provider || head.method != Method::GET || !is_meant(&head.headers) {
        return None;
    }
    let target = head
        .uri
        .path_and_query()
        .map(http::uri::PathAndQuery::as_str);
    let landing = target.and_then(|target| Landing::parse(target, &seen.prefix));
    let shape = Shape::of(seen);
    let tried = !matches!(
        cookies::read(&head.headers, Kind::Attempt, &shape),
        Ok(None)
    );
    if tried {
        let page = landing::sign_in_page(&seen.prefix, landing.as_ref());
        let mut response = to(&page)?;
        forget_attempt(response.headers_mut(), &shape);
        return Some(response);
    }
    let mut response = to(&landing::at_provider(
        &seen.prefix,
        &only.name,
        landing.as_ref(),
    ))?;
    let line = cookies::set(Kind::Attempt, Value::new("1")?, REMEMBERED, &shape);
    response.headers_mut().append(header::SET_COOKIE, line);
    Some(response)
}

/// Whether the person asked for this page themselves, as far as their browser tells: they typed it
/// or followed a link of ours, and it is not a picture or a frame of something else.
pub(crate) fn is_meant(headers: &HeaderMap) -> bool {
    let all = |name: &str, good: &[&[u8]]| {
        let mut values = headers.get_all(name).iter();
        values.all(|value| good.contains(&value.as_bytes()))
    };
    all("sec-fetch-site", &[b"none", b"same-origin"]) && all("sec-fetch-dest", &[b"document"])
}

/// Forgets that it was tried.
pub(crate) fn forget_attempt(headers: &mut HeaderMap, shape: &Shape) {
    for line in cookies::delete(Kind::Attempt, shape) {
        headers.append(header::SET_COOKIE, line);
    }
}

/// A redirect.
pub(crate) fn to(location: &str) -> Option<Response> {
    let location = HeaderValue::from_str(location).ok()?;
    Some((StatusCode::FOUND, [(header::LOCATION, location)]).into_response())
}
