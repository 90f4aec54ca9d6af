//! RFC 8628, but the refresh token travels in a header and nowhere else.

use serde_json::json;

use super::{Vendor, standard::DEVICE_GRANT};
use crate::provider::{
    call::Recorded,
    grant::Issued,
    reply::{Refusal, Reply},
    state::State,
};

pub(super) fn answer(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    let answer = match path {
        "/api/oauth/device/code" => call
            .posted_form()
            .and_then(|params| state.started(Vendor::Nous, &params))
            .map(|device| state.device_answer(&device)),
        "/api/oauth/token" => granted(state, call).map(|issued| {
            let base = state.settings.inference_base_url.clone();
            let base = base.unwrap_or_else(|| format!("{}/nous/v1", state.origin));
            let mut members = state.token_members(issued);
            members.entry("inference_base_url").or_insert(base.into());
            Reply::json(200, &members.into())
        }),
        "/api/oauth/account" => Ok(account(state, call)),
        "/activate" => Ok(state.activate(call)),
        _ => return None,
    };
    Some(answer.unwrap_or_else(|refusal| refusal.flat()))
}

fn granted(state: &mut State, call: &Recorded) -> Result<Issued, Refusal> {
    let params = call.posted_form()?;
    let client_id = state.client_of(Vendor::Nous, &params)?;
    match params.need("grant_type")? {
        "refresh_token" => {
            if params.get("refresh_token").is_some() {
                return Err(Refusal::invalid_request("the token belongs in the header"));
            }
            let token = call
                .header("x-nous-refresh-token")
                .filter(|token| !token.is_empty())
                .ok_or_else(|| Refusal::invalid_request("no refresh token"))?;
            state.redeem_refresh(Vendor::Nous, &client_id, token)
        }
        DEVICE_GRANT => {
            let code = params.need("device_code")?;
            state.redeem_device(Vendor::Nous, &client_id, code)
        }
        _ => Err(Refusal::new("unsupported_grant_type", "no such grant")),
    }
}

fn account(state: &State, call: &Recorded) -> Reply {
    let email = &state.settings.email;
    state.whoami(call, |_| {
        json!({
            "user": {"email": email, "privy_did": "did:privy:1"},
            "organisation": {"id": "org-1", "slug": "ada", "name": "Ada"},
            "subscription": {"plan": "pro", "tier": 2, "credits_remaining": 12.5},
            "paid_service_access": {"allowed": true, "paid_access": true},
            "tool_access": {"enabled": true, "coverage": {}},
        })
    })
}
