//! RFC 8628 as GitHub has it: errors with status 200, forms for those who do not ask for JSON.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::{Vendor, standard::DEVICE_GRANT};
use crate::provider::{
    call::Recorded,
    reply::{Refusal, Reply},
    state::State,
};

pub(super) fn answer(state: &mut State, call: &Recorded, path: &str) -> Option<Reply> {
    let answer = match path {
        "/login/device/code" => device(state, call),
        "/login/oauth/access_token" => token(state, call),
        "/user" => return Some(user(state, call)),
        "/activate" => return Some(state.activate(call)),
        _ => return None,
    };
    let members = answer.unwrap_or_else(
        |refusal| json!({"error": refusal.error, "error_description": refusal.description}),
    );
    let json = call
        .header("accept")
        .is_some_and(|accept| accept.contains("application/json"));
    Some(if json {
        Reply::json(200, &members)
    } else {
        form(&members)
    })
}

fn form(members: &Value) -> Reply {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in members.as_object().into_iter().flatten() {
        let plain = value.as_str().map(str::to_owned);
        text.append_pair(name, &plain.unwrap_or_else(|| value.to_string()));
    }
    Reply {
        body: text.finish().into_bytes(),
        ..Reply::empty(200)
    }
    .header(
        "Content-Type",
        "application/x-www-form-urlencoded; charset=utf-8",
    )
}

fn device(state: &mut State, call: &Recorded) -> Result<Value, Refusal> {
    let params = call.posted_form()?;
    let device = state.started(Vendor::Github, &params)?;
    Ok(json!({
        "device_code": device.device_code,
        "user_code": device.user_code,
        "verification_uri": format!("{}/github/activate", state.origin),
        "expires_in": state.settings.device_expires_in,
        "interval": device.interval,
    }))
}

fn token(state: &mut State, call: &Recorded) -> Result<Value, Refusal> {
    let params = call.posted_form()?;
    let client_id = state.client_of(Vendor::Github, &params)?;
    if params.need("grant_type")? != DEVICE_GRANT {
        return Err(Refusal::new("unsupported_grant_type", "no such grant"));
    }
    let code = params.need("device_code")?;
    let issued = state.redeem_device(Vendor::Github, &client_id, code)?;
    let mut members = state.token_members(issued);
    // Tokens of this kind have no end, so there is nothing to renew them with.
    members.remove("refresh_token");
    Ok(members.into())
}

fn user(state: &State, call: &Recorded) -> Reply {
    let email = &state.settings.email;
    state.whoami(call, |_| json!({"login": "ada", "id": 1, "email": email}))
}
