//! OpenAI's device flow: 403 or 404 while pending, and the server makes the PKCE verifier.

use serde_json::json;

use super::Vendor;
use crate::provider::{
    call::{Params, Recorded},
    grant::{Issued, s256},
    page,
    reply::{Refusal, Reply},
    state::State,
};

/// What a sign-in at this client is for.
const SCOPE: &str = "openid profile email offline_access";

pub(super) fn answer(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    let answer = match path {
        "/api/accounts/deviceauth/usercode" => usercode(state, call),
        "/api/accounts/deviceauth/token" => poll(state, call),
        "/oauth/token" => call
            .posted_form()
            .and_then(|params| granted(state, &params))
            .map(|issued| state.tokens(issued)),
        "/codex/device" | "/deviceauth/callback" => {
            Ok(Reply::html(200, page::plain("Type the code", "")))
        }
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal.nested()))
}

fn usercode(state: &mut State, call: &Recorded) -> Result<Reply, Refusal> {
    let params = call.posted_json()?;
    let client_id = state.client_of(Vendor::Codex, &params)?;
    let device = state.new_device(Vendor::Codex, &client_id, SCOPE, None);
    Ok(Reply::json(
        200,
        &json!({
            "user_code": device.user_code,
            "device_auth_id": device.device_code,
            "interval": device.interval.to_string(),
        }),
    ))
}

fn poll(state: &mut State, call: &Recorded) -> Result<Reply, Refusal> {
    let params = call.posted_json()?;
    let id = params.need("device_auth_id")?;
    let user_code = params.need("user_code")?;
    let polled = state.poll_device(Vendor::Codex, |device| {
        device.device_code == id && device.user_code == user_code
    });
    let device = match polled {
        Ok(device) => device,
        Err(refusal) if refusal.error == "authorization_pending" => {
            // Both mean pending, and clients have to know both.
            let polls = state.device_mut(user_code).map_or(0, |device| device.polls);
            let status = if polls.is_multiple_of(2) { 404 } else { 403 };
            return Err(Refusal { status, ..refusal });
        }
        Err(refusal) => return Err(refusal),
    };
    let verifier = format!("{}-{}", state.canary("verifier"), "v".repeat(16));
    state.note_secret(&verifier);
    let challenge = s256(&verifier);
    let redirect_uri = format!("{}/codex/deviceauth/callback", state.origin);
    let code = state.new_code(device.grant, &redirect_uri, &challenge, None);
    Ok(Reply::json(
        200,
        &json!({
            "authorization_code": code,
            "code_challenge": challenge,
            "code_verifier": verifier,
        }),
    ))
}

fn granted(state: &mut State, params: &Params) -> Result<Issued, Refusal> {
    match params.need("grant_type")? {
        "authorization_code" => state.redeem_code(Vendor::Codex, params),
        "refresh_token" => {
            let client_id = state.client_of(Vendor::Codex, params)?;
            let token = params.need("refresh_token")?;
            state.redeem_refresh(Vendor::Codex, &client_id, token)
        }
        _ => Err(Refusal::new("unsupported_grant_type", "no such grant")),
    }
}
