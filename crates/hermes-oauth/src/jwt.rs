//! Claims of tokens, read without checking a signature: labels and timing only. The one exception
//! is the id token of a code exchange, which came over TLS from the token endpoint itself (OpenID
//! Connect Core section 3.1.3.7).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use jiff::Timestamp;
use serde_json::{Map, Value};

/// Tokens beyond this are not looked into.
const LONGEST: usize = 64 * 1024;

/// Claims that name a person, the best one first.
pub(crate) const LABELS: [&str; 3] = ["email", "preferred_username", "upn"];

/// When the token says that it expires, if it is a JWT that says so. Unverified.
pub fn jwt_expiry(token: &Secret) -> Option<Timestamp> {
    let claims = claims(token)?;
    let exp = claims.get("exp")?;
    #[expect(clippy::cast_possible_truncation, reason = "casts of floats saturate")]
    let seconds = exp
        .as_i64()
        .or_else(|| exp.as_f64().map(|exp| exp as i64))?;
    Timestamp::from_second(seconds).ok()
}

/// Whose token it says it is: `email`, `preferred_username` or `upn`. Unverified, safe to show.
pub fn jwt_label(token: &Secret) -> Option<String> {
    label(&claims(token)?, &LABELS)
}

/// Which account it says it is for, in the issuer's own words (`sub`). Unverified, not safe to show.
pub fn jwt_subject(token: &Secret) -> Option<String> {
    claims(token)?.get("sub")?.as_str().map(str::to_owned)
}

/// The ChatGPT account that it says it is for. Unverified; letters, digits and hyphens alone.
pub fn jwt_chatgpt_account(token: &Secret) -> Option<String> {
    let claims = claims(token)?;
    let account = claims
        .get("https://api.openai.com/auth")?
        .get("chatgpt_account_id")?
        .as_str()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (account.len() <= 128 && account.bytes().all(plain)).then(|| account.to_owned())
}

/// The first of these members that is a text with something to show in it.
pub(crate) fn label(object: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names
        .iter()
        .filter_map(|name| object.get(*name)?.as_str())
        .map(|text| plain(text, LABEL_LIMIT))
        .find(|text| !text.is_empty())
}

/// The payload of a JWT.
pub(crate) fn claims(token: &Secret) -> Option<Map<String, Value>> {
    let token = token.expose();
    if token.len() > LONGEST {
        return None;
    }
    let mut parts = token.split('.');
    let (_, payload, _) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests;
