//! Anthropic: a page of theirs shows `code#state`, bodies are JSON, and there are two token hosts.

use hermes_machine::http::{Body, Request};
use hermes_secret::Secret;
use serde_json::json;
use url::Url;

use crate::{Attempt, Client};

/// Asks for the page that shows the code.
pub(crate) const PARAMETERS: &[(&str, &str)] = &[("code", "true")];

/// The exchange, which wants the state as well.
pub(crate) fn exchange(
    client: &Client,
    endpoint: Url,
    attempt: &Attempt,
    code: &Secret,
) -> Request {
    let body = json!({
        "grant_type": "authorization_code",
        "client_id": client.client_id,
        "code": code.expose(),
        "state": attempt.state.expose(),
        "redirect_uri": attempt.redirect_uri.as_str(),
        "code_verifier": attempt.pkce.verifier.expose(),
    });
    Request::post(endpoint, Body::Json(body.to_string()))
}

/// The refresh.
pub(crate) fn refresh(client: &Client, endpoint: Url, refresh_token: &Secret) -> Request {
    let body = json!({
        "grant_type": "refresh_token",
        "refresh_token": refresh_token.expose(),
        "client_id": client.client_id,
    });
    Request::post(endpoint, Body::Json(body.to_string()))
}
