//! A provider as a section of `providers.toml`.

use hermes_providers::{Dialect, KeyCheck, KeyHeader, Provider};
use toml::{Table, Value};
use url::Url;

/// The section `[provider.NAME]` that [`hermes_providers::Table::load`] reads back. One line a
/// key, so that a person can edit it; what a provider does not have is left out.
pub fn to_toml(provider: &Provider) -> String {
    let mut section = Section(String::new());
    section.0 = format!("[provider.{}]\n", key(&provider.id));
    section.put("name", Some(text(&provider.name)));
    section.put("short_name", provider.short_name.as_deref().map(text));
    section.list("aliases", &provider.aliases);
    section.put("dialect", dialect(provider.dialect).map(text));
    let flows: Vec<_> = provider
        .flows
        .iter()
        .map(|flow| flow.as_str().to_owned())
        .collect();
    section.list("flows", &flows);
    section.put("issuer", provider.issuer.as_deref().map(text));
    section.list("hosts", &provider.hosts);
    section.put("client_id", provider.client_id.as_deref().map(text));
    section.list("client_id_env", &provider.client_id_env);
    section.put("client_owner", provider.client_owner.as_deref().map(text));
    section.put(
        "client_setup_url",
        provider.client_setup_url.as_ref().map(url),
    );
    section.put("scope", provider.scope.as_deref().map(text));
    section.put("loopback", provider.loopback.as_ref().map(loopback));
    section.put(
        "hosted_redirect_uri",
        provider.hosted_redirect_uri.as_ref().map(url),
    );
    section.put("shows_code", flag(provider.shows_code));
    section.list("preflight_origins", &provider.preflight_origins);
    section.put("endpoints", endpoints(provider));
    section.put("api", provider.api.as_ref().map(api));
    section.list("key_env", &provider.key_env);
    section.put("keys", flag(provider.keys));
    section.put("key_check", provider.key_check.as_ref().map(key_check));
    section.put("key_provider", provider.key_provider.as_deref().map(text));
    section.put(
        "sign_in_provider",
        provider.sign_in_provider.as_deref().map(text),
    );
    section.put("needs_base_url", flag(provider.needs_base_url));
    section.put("docs_url", provider.docs_url.as_ref().map(url));
    section.put("guide", provider.guide.as_deref().map(text));
    section.put("terms", provider.terms.as_deref().map(text));
    section.put("no_sign_in", provider.no_sign_in.as_deref().map(text));
    section.0
}

struct Section(String);

impl Section {
    fn put(&mut self, name: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.0.push_str(&format!("{name} = {value}\n"));
        }
    }

    fn list(&mut self, name: &str, items: &[String]) {
        self.put(name, (!items.is_empty()).then(|| list(items)));
    }
}

/// A bare key where the name allows it, else a quoted one.
fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(bare) {
        return name.to_owned();
    }
    // A TOML key has no multi-line form, so every control character is escaped.
    let mut quoted = String::from("\"");
    for ch in name.chars() {
        match ch {
            '"' | '\\' => quoted.extend(['\\', ch]),
            ch if ch.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(ch))),
            ch => quoted.push(ch),
        }
    }
    quoted.push('"');
    quoted
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn url(value: &Url) -> Value {
    text(value.as_str())
}

fn list(items: &[String]) -> Value {
    Value::Array(items.iter().map(|item| text(item)).collect())
}

fn flag(value: bool) -> Option<Value> {
    value.then_some(Value::Boolean(true))
}

fn dialect(dialect: Dialect) -> Option<&'static str> {
    match dialect {
        Dialect::Standard => None,
        Dialect::Xai => Some("xai"),
        Dialect::Spotify => Some("spotify"),
        Dialect::Anthropic => Some("anthropic"),
        Dialect::Codex => Some("codex"),
        Dialect::Nous => Some("nous"),
        Dialect::Minimax => Some("minimax"),
    }
}

fn loopback(loopback: &hermes_providers::Loopback) -> Value {
    let mut table = Table::new();
    table.insert("host".to_owned(), text(&loopback.host));
    table.insert("port".to_owned(), Value::Integer(loopback.port.into()));
    table.insert("path".to_owned(), text(&loopback.path));
    table.insert("any_port".to_owned(), Value::Boolean(loopback.any_port));
    if !loopback.redirect_uri_env.is_empty() {
        table.insert(
            "redirect_uri_env".to_owned(),
            list(&loopback.redirect_uri_env),
        );
    }
    Value::Table(table)
}

fn endpoints(provider: &Provider) -> Option<Value> {
    let of = &provider.endpoints;
    let named = [
        ("authorization", &of.authorization),
        ("token", &of.token),
        ("token_fallback", &of.token_fallback),
        ("device", &of.device),
        ("device_token", &of.device_token),
        ("verification", &of.verification),
        ("revocation", &of.revocation),
        ("userinfo", &of.userinfo),
        ("discovery", &of.discovery),
    ];
    let table: Table = named
        .into_iter()
        .filter_map(|(name, endpoint)| Some((name.to_owned(), url(endpoint.as_ref()?))))
        .collect();
    (!table.is_empty()).then_some(Value::Table(table))
}

fn api(api: &hermes_providers::Api) -> Value {
    let mut table = Table::new();
    table.insert("mode".to_owned(), text(&api.mode));
    if let Some(base) = &api.base_url {
        table.insert("base_url".to_owned(), url(base));
    }
    if !api.base_url_env.is_empty() {
        table.insert("base_url_env".to_owned(), list(&api.base_url_env));
    }
    Value::Table(table)
}

fn key_check(check: &KeyCheck) -> Value {
    let mut table = Table::new();
    table.insert("at".to_owned(), text(&check.at));
    let how = match check.how {
        KeyHeader::Bearer => None,
        KeyHeader::Anthropic => Some("anthropic"),
        KeyHeader::Google => Some("google"),
    };
    if let Some(how) = how {
        table.insert("how".to_owned(), text(how));
    }
    Value::Table(table)
}

#[cfg(test)]
mod tests;
