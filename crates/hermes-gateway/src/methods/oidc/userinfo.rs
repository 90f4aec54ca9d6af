use hermes_machine::http::{Http, Request};
use hermes_secret::Secret;
use serde_json::{Map, Value};
use url::Url;

use super::id_token::groups;
use crate::methods::{
    identity::{Described, PATIENCE, ProviderError},
    jwt::text,
};

/// Adds what the UserInfo endpoint says of the same person (OpenID Connect Core 1.0 section 5.3).
/// An endpoint that refuses, or signs its answer, adds nothing.
pub(super) async fn complete(
    http: &dyn Http,
    url: &Url,
    token: &Secret,
    groups_claim: &str,
    person: &mut Described,
) -> Result<(), ProviderError> {
    let bearer = format!("Bearer {}", token.expose());
    let request = Request::get(url.clone()).header("authorization", bearer);
    let response = http.send(request.within(PATIENCE)).await;
    let response = response.map_err(|error| ProviderError::no_answer(url, &error))?;
    if response.status >= 500 {
        return Err(ProviderError::unreachable(url));
    }
    if !response.is_success() || !response.is_json() {
        return Ok(());
    }
    let claims: Map<String, Value> = serde_json::from_slice(&response.body)
        .map_err(|_| ProviderError::invalid("the UserInfo answer is no JSON object"))?;
    if text(&claims, "sub") != Some(&person.subject) {
        return Err(ProviderError::invalid(
            "the UserInfo answer is about somebody else",
        ));
    }
    if person.email.is_none() {
        person.email = text(&claims, "email").map(str::to_owned);
        person.email_verified = claims.get("email_verified") == Some(&Value::Bool(true));
    }
    if person.display_name.is_none() {
        let names = ["name", "preferred_username", "nickname"];
        let name = names.into_iter().find_map(|name| text(&claims, name));
        person.display_name = name.map(str::to_owned);
    }
    if person.groups.is_empty() {
        person.groups = groups(claims.get(groups_claim));
    }
    Ok(())
}
