//! MiniMax: a user code bound by PKCE and state, status 200 while pending, times in milliseconds.

use std::time::Duration;

use hermes_machine::{
    Random,
    http::{Body, Request},
};
use hermes_secret::Secret;
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    Client, DeviceCode, OAuthError, Step, TokenSet,
    client::PATIENCE,
    device::Poll,
    pkce::{self, Pkce},
    wire::{Problem, count, text},
};

/// The least and the usual interval, in milliseconds.
const INTERVAL: u64 = 2000;

/// Where the answer says that the user code is typed, and where it is.
const HOME_PAGE: &str = "www.minimax.io";
const PLATFORM: &str = "platform.minimax.io";

pub(crate) async fn start(client: &Client, endpoint: Url) -> Result<DeviceCode, OAuthError> {
    let step = Step::DeviceCode;
    let random = &*client.wire.ports.random;
    let (pkce, state) = (Pkce::new(random), random.token(32));
    let mut pairs = vec![
        ("response_type", "code"),
        ("code_challenge", &*pkce.challenge),
        ("code_challenge_method", pkce::METHOD),
        ("state", state.expose()),
    ];
    pairs.extend(client.scope.as_deref().map(|scope| ("scope", scope)));
    let request = Request::post(endpoint, client.form(&pairs)).header("x-request-id", uuid(random));
    let object = client.device_answer(request).await?;
    let problem = Problem::in_object(200, &object);
    if !object.contains_key("user_code") && problem.detail().is_some() {
        // MiniMax refuses with a 200, and says why in `base_resp`.
        return Err(client.wire.rejected(step, &problem));
    }
    if !text(&object, "state").is_some_and(|echo| state.matches(echo)) {
        return Err(OAuthError::StateMismatch {
            provider: client.wire.name.clone(),
        });
    }
    let code = Secret::new(client.wire.text(step, &object, "user_code")?);
    let life = life(&object, client.wire.ports.clock.now()).ok_or_else(|| {
        client
            .wire
            .bad_answer(step, "the answer holds no `expired_in`")
    })?;
    let mut device = client.device_code(&object, code, Duration::from_secs(life))?;
    if device.verification_uri.host_str() == Some(HOME_PAGE) {
        // The path works on the platform's host alone; here it leads to the home page. Both are
        // the table's to pin, so a change of host is checked like any other.
        let mut moved = device.verification_uri.clone();
        if moved.set_host(Some(PLATFORM)).is_ok() && client.wire.check(&moved).is_ok() {
            device.verification_uri = moved;
        }
    }
    let interval = count(&object, "interval").unwrap_or(INTERVAL).max(INTERVAL);
    Ok(DeviceCode {
        interval: Duration::from_millis(interval),
        verifier: Some(pkce.verifier),
        ..device
    })
}

pub(crate) async fn poll(client: &Client, device: &DeviceCode) -> Result<Poll, OAuthError> {
    let step = Step::DeviceToken;
    let verifier = device.verifier.as_ref().map_or("", Secret::expose);
    let pairs = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:user_code"),
        ("user_code", device.device_code.expose()),
        ("code_verifier", verifier),
    ];
    let body: Body = client.form(&pairs);
    let endpoint = client.token_endpoint(PATIENCE).await?;
    let response = client
        .wire
        .send(step, Request::post(endpoint, body))
        .await?;
    let object = client.wire.object(step, &response)?;
    match text(&object, "status") {
        Some("success") => {
            let tokens = tokens(client, step, response.status, &object)?;
            Ok(Poll::Done(Box::new(tokens)))
        }
        Some("error") => {
            let mut problem = Problem::in_object(response.status, &object);
            let message = problem.description.as_deref().unwrap_or_default();
            if message.contains("expired") {
                problem.code = Some("expired_token".to_owned());
                return Err(client.wire.rejected(step, &problem));
            }
            Err(client.denied(&problem))
        }
        _ => Ok(Poll::Pending),
    }
}

/// The tokens of an answer, in which `status` has to say so.
pub(crate) fn tokens(
    client: &Client,
    step: Step,
    status: u16,
    object: &Map<String, Value>,
) -> Result<TokenSet, OAuthError> {
    if text(object, "status") != Some("success") {
        let problem = Problem::in_object(status, object);
        return Err(client.wire.rejected(step, &problem));
    }
    let mut object = object.clone();
    if let Some(life) = life(&object, client.wire.ports.clock.now()) {
        object.insert("expires_in".to_owned(), life.into());
    }
    TokenSet::read(client, step, &object)
}

/// The words may also stand within the message.
pub(crate) fn dead_refresh_token(problem: &Problem, words: &[&str]) -> Option<String> {
    let message = problem.description.as_deref()?;
    let found = words.iter().find(|word| message.contains(**word))?;
    Some((*found).to_owned())
}

/// `expired_in` in seconds from now. It is a point in time in milliseconds, or a life in seconds:
/// what is more than half of now in milliseconds can only be the former.
fn life(object: &Map<String, Value>, now: Timestamp) -> Option<u64> {
    let value = count(object, "expired_in")?;
    let now = u64::try_from(now.as_millisecond()).unwrap_or_default();
    Some(if value > now / 2 {
        value.saturating_sub(now) / 1000
    } else {
        value
    })
}

/// A version 4 UUID.
fn uuid(random: &dyn Random) -> String {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    let [.., version, _, variant, _, _, _, _, _, _, _] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests;
