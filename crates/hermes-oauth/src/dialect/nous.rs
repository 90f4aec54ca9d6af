//! Nous Portal: RFC 8628; the refresh token travels in a header, and access tokens are JWTs that
//! must have the scope for inference.

use hermes_machine::http::Request;
use hermes_secret::Secret;
use serde_json::{Map, Value};
use url::Url;

use crate::{Account, Client, TokenSet, jwt, jwt::label, userinfo::plan};

/// The scope without which inference is refused.
const INVOKE: &str = "inference:invoke";
/// A token with less life than this, in seconds, is as good as expired.
const SHORT_LIFE: i64 = 120;

/// The refresh: not in the body, where proxies log it.
pub(crate) fn refresh(client: &Client, endpoint: Url, refresh_token: &Secret) -> Request {
    let body = client.form(&[("grant_type", "refresh_token")]);
    Request::post(endpoint, body).header("x-nous-refresh-token", refresh_token.expose())
}

/// What makes an access token useless for inference, with upstream's name for it.
pub(crate) fn token_problem(tokens: &TokenSet) -> Option<String> {
    let useless = |reason: &str, name: &str| {
        Some(format!(
            "the access token cannot be used for inference: {reason} ({name})"
        ))
    };
    let Some(claims) = jwt::claims(&tokens.access_token) else {
        return useless("it is not a JWT", "access_token_not_jwt");
    };
    let granted = tokens.scope.as_deref().unwrap_or_default();
    let has_scope = ["scope", "scp"]
        .iter()
        .filter_map(|name| claims.get(*name))
        .any(|claim| match claim {
            Value::String(text) => text.split(' ').any(|word| word == INVOKE),
            Value::Array(items) => items.iter().any(|item| item == INVOKE),
            _ => false,
        })
        || granted.split(' ').any(|word| word == INVOKE);
    if !has_scope {
        let reason = format!("its scope lacks `{INVOKE}`");
        return useless(&reason, "missing_inference_invoke_scope");
    }
    let now = tokens.obtained_at.as_second();
    match tokens.expires_at {
        Some(end) if end.as_second() - now > SHORT_LIFE => None,
        _ => useless("it has no two minutes to live", "invoke_jwt_expiring"),
    }
}

/// The portal's account.
pub(crate) fn account(object: &Map<String, Value>) -> Option<Account> {
    let inner = |name: &str| object.get(name)?.as_object();
    let user = inner("user").and_then(|user| label(user, &["email"]));
    let organisation = || inner("organisation").and_then(|of| label(of, &["name", "slug"]));
    Some(Account {
        label: user.or_else(organisation)?,
        plan: inner("subscription").and_then(|subscription| plan(subscription, "plan")),
    })
}
