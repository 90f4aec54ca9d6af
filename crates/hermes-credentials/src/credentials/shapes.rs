//! What a sign-in looks like in the file: the fields that upstream's reader expects, provider by
//! provider. Keys that it would drop are not written (`--issuer` endpoints are in
//! `providers.toml`).

use hermes_oauth::TokenSet;
use hermes_providers::{Dialect, Provider};
use hermes_secret::Secret;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use url::Url;

use crate::{Kind, base_url, cooldown, times};

/// A sign-in, as it is to be saved.
pub(super) struct SignIn<'a> {
    pub(super) provider: &'a Provider,
    pub(super) client_id: &'a str,
    pub(super) redirect_uri: Option<&'a Url>,
    pub(super) label: &'a str,
    pub(super) source: &'a str,
    pub(super) tokens: &'a TokenSet,
}

/// The fields with which every entry of a pool begins.
pub(super) fn entry_head(
    id: &str,
    label: &str,
    kind: Kind,
    priority: usize,
    source: &str,
    access: Option<&Secret>,
) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("id".into(), json!(id));
    entry.insert("label".into(), json!(label));
    entry.insert("auth_type".into(), json!(kind.as_str()));
    entry.insert("priority".into(), json!(priority));
    entry.insert("source".into(), json!(source));
    if let Some(access) = access {
        entry.insert("access_token".into(), json!(access.expose()));
    }
    for mark in cooldown::MARKS {
        entry.insert(mark.into(), Value::Null);
    }
    entry.insert("request_count".into(), json!(0));
    entry
}

/// The fields of an entry that come from the sign-in.
pub(super) fn entry_fields(sign_in: &SignIn<'_>) -> Map<String, Value> {
    let SignIn {
        provider, tokens, ..
    } = sign_in;
    let mut entry = Map::new();
    entry.insert("label".into(), json!(sign_in.label));
    entry.insert("auth_type".into(), json!(Kind::OAuth.as_str()));
    entry.insert("source".into(), json!(sign_in.source));
    token_fields(&mut entry, tokens);
    for mark in cooldown::MARKS {
        entry.insert(mark.into(), Value::Null);
    }
    let base = provider.api.as_ref().and_then(|api| api.base_url.as_ref());
    if let Some(base) = base {
        entry.insert("base_url".into(), json!(bare(base)));
    }
    if provider.dialect == Dialect::Anthropic {
        // The one date of its entries; upstream's refresh would leave any other behind.
        let at = tokens.expires_at.map(Timestamp::as_millisecond);
        entry.insert("expires_at_ms".into(), json!(at));
        return entry;
    }
    entry.insert(
        "last_refresh".into(),
        json!(times::zulu(tokens.obtained_at)),
    );
    time_fields(&mut entry, tokens);
    entry.insert("token_type".into(), json!(tokens.token_type));
    entry.insert("client_id".into(), json!(sign_in.client_id));
    let scope = tokens.scope.as_ref().or(provider.scope.as_ref());
    if let Some(scope) = scope {
        entry.insert("scope".into(), json!(scope));
    }
    entry
}

/// The provider's own state, for those that have one.
pub(super) fn state_fields(sign_in: &SignIn<'_>) -> Map<String, Value> {
    match sign_in.provider.dialect {
        Dialect::Spotify => spotify(sign_in),
        Dialect::Minimax => minimax(sign_in),
        _ => nous(sign_in),
    }
}

fn spotify(sign_in: &SignIn<'_>) -> Map<String, Value> {
    let SignIn {
        provider, tokens, ..
    } = sign_in;
    let mut state = Map::new();
    state.insert("client_id".into(), json!(sign_in.client_id));
    let redirect = sign_in.redirect_uri.map(Url::as_str);
    state.insert("redirect_uri".into(), json!(redirect));
    let accounts = provider.endpoints.token.as_ref().map(origin);
    state.insert("accounts_base_url".into(), json!(accounts));
    let api = provider.api.as_ref().and_then(|api| api.base_url.as_ref());
    state.insert("api_base_url".into(), json!(api.map(bare)));
    state.insert("scope".into(), json!(provider.scope));
    let granted = tokens.scope.as_ref().or(provider.scope.as_ref());
    state.insert("granted_scope".into(), json!(granted));
    state.insert("token_type".into(), json!(tokens.token_type));
    token_fields(&mut state, tokens);
    time_fields(&mut state, tokens);
    state.insert("auth_type".into(), json!("oauth_pkce"));
    state.insert("label".into(), json!(sign_in.label));
    state
}

fn nous(sign_in: &SignIn<'_>) -> Map<String, Value> {
    let SignIn {
        provider, tokens, ..
    } = sign_in;
    let mut state = Map::new();
    token_fields(&mut state, tokens);
    state.insert("client_id".into(), json!(sign_in.client_id));
    let portal = provider.endpoints.token.as_ref().map(origin);
    state.insert("portal_base_url".into(), json!(portal));
    state.insert("inference_base_url".into(), json!(inference(sign_in)));
    state.insert("token_type".into(), json!(tokens.token_type));
    let scope = tokens.scope.as_ref().or(provider.scope.as_ref());
    state.insert("scope".into(), json!(scope));
    time_fields(&mut state, tokens);
    let expires_at = tokens.expires_at.map(times::micros);
    state.insert("agent_key".into(), json!(tokens.access_token.expose()));
    state.insert("agent_key_id".into(), Value::Null);
    state.insert("agent_key_expires_at".into(), json!(expires_at));
    state.insert("agent_key_expires_in".into(), json!(tokens.expires_in));
    state.insert("agent_key_reused".into(), json!(false));
    let obtained = times::micros(tokens.obtained_at);
    state.insert("agent_key_obtained_at".into(), json!(obtained));
    let tls = json!({"insecure": false, "ca_bundle": null});
    state.insert("tls".into(), tls);
    state.insert("label".into(), json!(sign_in.label));
    state
}

fn minimax(sign_in: &SignIn<'_>) -> Map<String, Value> {
    let SignIn {
        provider, tokens, ..
    } = sign_in;
    let mut state = Map::new();
    state.insert("provider".into(), json!(provider.id));
    state.insert("region".into(), json!("global"));
    let portal = provider.endpoints.token.as_ref().map(origin);
    state.insert("portal_base_url".into(), json!(portal));
    state.insert("inference_base_url".into(), json!(inference(sign_in)));
    state.insert("client_id".into(), json!(sign_in.client_id));
    let scope = tokens.scope.as_ref().or(provider.scope.as_ref());
    state.insert("scope".into(), json!(scope));
    state.insert("token_type".into(), json!(tokens.token_type));
    token_fields(&mut state, tokens);
    state.insert("resource_url".into(), json!(tokens.resource_url));
    time_fields(&mut state, tokens);
    state.insert("label".into(), json!(sign_in.label));
    state
}

fn token_fields(fields: &mut Map<String, Value>, tokens: &TokenSet) {
    fields.insert("access_token".into(), json!(tokens.access_token.expose()));
    if let Some(refresh) = &tokens.refresh_token {
        fields.insert("refresh_token".into(), json!(refresh.expose()));
    }
}

fn time_fields(fields: &mut Map<String, Value>, tokens: &TokenSet) {
    let obtained = times::micros(tokens.obtained_at);
    fields.insert("obtained_at".into(), json!(obtained));
    let expires_at = tokens.expires_at.map(times::micros);
    fields.insert("expires_at".into(), json!(expires_at));
    fields.insert("expires_in".into(), json!(tokens.expires_in));
}

/// Where the provider wants its tokens used, if that is a place the table pins; else the table's.
fn inference(sign_in: &SignIn<'_>) -> Option<String> {
    let given = sign_in.tokens.inference_base_url.as_ref();
    let pinned = given.filter(|url| base_url::is_pinned(sign_in.provider, url));
    let api = sign_in.provider.api.as_ref();
    pinned
        .or_else(|| api.and_then(|api| api.base_url.as_ref()))
        .map(bare)
}

fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

fn bare(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
