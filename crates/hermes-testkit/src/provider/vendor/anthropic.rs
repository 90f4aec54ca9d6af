//! JSON bodies, `state` at the token endpoint, and a page that shows `code#state`.

use super::Vendor;
use crate::provider::{
    call::{Params, Recorded},
    grant::Issued,
    page,
    reply::{Refusal, Reply},
    state::State,
};

pub(super) fn answer(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    match path {
        "/oauth/authorize" => Some(state.authorize(Vendor::Anthropic, &call.query)),
        "/oauth/code/callback" => Some(shown(call)),
        "/v1/oauth/token" | "/fallback/v1/oauth/token" => Some(token(state, call)),
        _ => None,
    }
}

/// The page the person copies from.
fn shown(call: &Recorded) -> Reply {
    match (call.param("code"), call.param("state"), call.param("error")) {
        (Some(code), Some(state), None) => {
            let text = format!("{code}#{state}");
            Reply::html(200, page::plain("Paste this into the program", &text))
        }
        (_, _, error) => {
            let text = error.unwrap_or("There is no code here.");
            Reply::html(400, page::plain("Not signed in", text))
        }
    }
}

fn token(state: &mut State, call: &Recorded) -> Reply {
    match call
        .posted_json()
        .and_then(|params| granted(state, &params))
    {
        Ok(issued) => state.tokens(issued),
        Err(refusal) => refusal.flat(),
    }
}

fn granted(state: &mut State, params: &Params) -> Result<Issued, Refusal> {
    match params.need("grant_type")? {
        "authorization_code" => {
            params.need("state")?;
            state.redeem_code(Vendor::Anthropic, params)
        }
        "refresh_token" => {
            let client_id = state.client_of(Vendor::Anthropic, params)?;
            let token = params.need("refresh_token")?;
            state.redeem_refresh(Vendor::Anthropic, &client_id, token)
        }
        _ => Err(Refusal::new("unsupported_grant_type", "no such grant")),
    }
}
