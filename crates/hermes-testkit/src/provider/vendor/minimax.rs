//! A user code bound to a PKCE challenge; status 200 while pending; times in milliseconds.

use serde_json::{Value, json};

use super::{Vendor, authorize::is_challenge};
use crate::provider::{
    call::{Params, Recorded},
    grant::{Issued, s256},
    page,
    reply::{Refusal, Reply},
    state::State,
};

const USER_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:user_code";

pub(super) fn answer(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    let answer = match path {
        "/oauth/code" => code(state, call),
        "/oauth/token" => token(state, call),
        "/activate" => Ok(state.activate(call)),
        "/oauth/page" => Ok(Reply::html(200, page::plain("Type the code", ""))),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refused(&refusal)))
}

fn refused(refusal: &Refusal) -> Reply {
    let text = format!("{}: {}", refusal.error, refusal.description);
    Reply::json(refusal.status, &status("error", 1004, &text))
}

fn status(word: &str, code: u32, text: &str) -> Value {
    json!({"status": word, "base_resp": {"status_code": code, "status_msg": text}})
}

fn code(state: &mut State, call: &Recorded) -> Result<Reply, Refusal> {
    let params = call.posted_form()?;
    let client_id = state.client_of(Vendor::Minimax, &params)?;
    let scope = params.need("scope")?;
    let echo = params.need("state")?;
    let challenge = params.need("code_challenge")?;
    if params.need("response_type")? != "code" {
        return Err(Refusal::invalid_request("`response_type` is not code"));
    }
    if params.need("code_challenge_method")? != "S256" || !is_challenge(challenge) {
        return Err(Refusal::invalid_request("only S256"));
    }
    let device = state.new_device(Vendor::Minimax, &client_id, scope, Some(challenge));
    let page = format!("{}/minimax/activate", state.origin);
    Ok(Reply::json(
        200,
        &json!({
            "user_code": device.user_code,
            "verification_uri": page,
            "expired_in": expired_in(state, state.settings.device_expires_in),
            "interval": device.interval.saturating_mul(1000),
            "state": echo,
        }),
    ))
}

/// Milliseconds since the epoch, or seconds to go.
fn expired_in(state: &State, seconds: u64) -> u64 {
    if !state.settings.milliseconds {
        return seconds;
    }
    let now = u64::try_from(state.stamp().as_millisecond()).unwrap_or(0);
    now.saturating_add(seconds.saturating_mul(1000))
}

fn token(state: &mut State, call: &Recorded) -> Result<Reply, Refusal> {
    let params = call.posted_form()?;
    let issued = match params.need("grant_type")? {
        USER_CODE_GRANT => match redeem(state, &params) {
            Err(refusal) if refusal.error == "authorization_pending" => {
                return Ok(Reply::json(200, &status("pending", 0, "")));
            }
            Err(refusal) if ["access_denied", "expired_token"].contains(&refusal.error) => {
                return Ok(Reply::json(200, &status("error", 1004, refusal.error)));
            }
            other => other?,
        },
        "refresh_token" => {
            let client_id = state.client_of(Vendor::Minimax, &params)?;
            let token = params.need("refresh_token")?;
            state.redeem_refresh(Vendor::Minimax, &client_id, token)?
        }
        _ => return Err(Refusal::new("unsupported_grant_type", "no such grant")),
    };
    Ok(success(state, issued))
}

fn redeem(state: &mut State, params: &Params) -> Result<Issued, Refusal> {
    let client_id = state.client_of(Vendor::Minimax, params)?;
    let user_code = params.need("user_code")?;
    let verifier = params.need("code_verifier")?;
    let challenge = s256(verifier);
    let device = state.poll_device(Vendor::Minimax, |device| {
        device.user_code == user_code
            && device.grant.client_id == client_id
            && device.challenge.as_ref() == Some(&challenge)
    })?;
    Ok(state.issue(device.grant))
}

fn success(state: &State, issued: Issued) -> Reply {
    let lives = issued.expires_in;
    let mut members = state.token_members(issued);
    members.remove("expires_in");
    members.remove("scope");
    members.insert("status".into(), "success".into());
    if let Some(seconds) = lives {
        members.insert("expired_in".into(), expired_in(state, seconds).into());
    }
    for (name, value) in [
        ("resource_url", Value::Null),
        ("notification_message", "Welcome to MiniMax".into()),
    ] {
        members.entry(name).or_insert(value);
    }
    Reply::json(200, &members.into())
}
