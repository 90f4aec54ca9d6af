//! OpenAI Codex: a device flow of its own. The server makes the PKCE verifier and hands it out
//! with an authorization code, once the user code has been approved.

use std::time::Duration;

use hermes_machine::http::{Body, Request};
use hermes_secret::Secret;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{
    Client, DeviceCode, OAuthError, Step, TokenSet,
    client::PATIENCE,
    device::Poll,
    jwt, userinfo,
    wire::{count, text},
};

/// How long a user code is good for; the server does not say.
const LIFE: Duration = Duration::from_secs(15 * 60);
/// How often a user code is asked for in all.
const TRIES: u32 = 4;

pub(crate) async fn start(client: &Client, endpoint: Url) -> Result<DeviceCode, OAuthError> {
    let step = Step::DeviceCode;
    let body = json!({ "client_id": client.client_id });
    let request = Request::post(endpoint, Body::Json(body.to_string()));
    let object = ask(client, &request).await?;
    let id = Secret::new(client.wire.text(step, &object, "device_auth_id")?);
    let seconds = count(&object, "interval").unwrap_or(5).max(3);
    Ok(DeviceCode {
        interval: Duration::from_secs(seconds),
        ..client.device_code(&object, id, LIFE)?
    })
}

/// Nothing is spent by asking again after a 429.
async fn ask(client: &Client, request: &Request) -> Result<Map<String, Value>, OAuthError> {
    let mut tries = 1;
    loop {
        match client.device_answer(request.clone()).await {
            Err(OAuthError::RateLimited { retry_after, .. }) if tries < TRIES => {
                let wait = super::patience(retry_after, tries);
                client.wire.ports.clock.sleep(wait).await;
                tries += 1;
            }
            answer => return answer,
        }
    }
}

pub(crate) async fn poll(client: &Client, device: &DeviceCode) -> Result<Poll, OAuthError> {
    let step = Step::DeviceToken;
    let Some(endpoint) = client.endpoints.device_token.clone() else {
        return Err(client.no_endpoint("device token"));
    };
    let body = json!({
        "device_auth_id": device.device_code.expose(),
        "user_code": device.user_code,
    });
    let request = Request::post(endpoint, Body::Json(body.to_string()));
    let response = client.wire.send(step, request).await?;
    if matches!(response.status, 403 | 404) {
        return Ok(Poll::Pending);
    }
    let object = client.wire.object(step, &response)?;
    let code = client.wire.text(step, &object, "authorization_code")?;
    let verifier = text(&object, "code_verifier").ok_or_else(|| {
        client
            .wire
            .bad_answer(step, "the answer holds no `code_verifier`")
    })?;
    let Some(redirect_uri) = &client.provider.hosted_redirect_uri else {
        return Err(client.no_endpoint("redirect"));
    };
    let endpoint = client.token_endpoint(PATIENCE).await?;
    let request = client.exchange_with(endpoint, code, verifier, redirect_uri.as_str());
    Ok(Poll::Exchange(request))
}

/// The plan of the ChatGPT account, which both of its tokens name in a claim of OpenAI's own.
pub(crate) fn plan(tokens: &TokenSet) -> Option<String> {
    let of = |token: &Secret| {
        let claims = jwt::claims(token)?;
        let own = claims.get("https://api.openai.com/auth")?.as_object()?;
        userinfo::plan(own, "chatgpt_plan_type")
    };
    let id_token = tokens.id_token.as_ref().and_then(of);
    id_token.or_else(|| of(&tokens.access_token))
}
