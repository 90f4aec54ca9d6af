use hermes_secret::Secret;

use super::{
    Allow,
    reader::{Place, Reader},
    table::ISSUER,
};
use crate::site::Host;

/// The one user of the settings, who is the owner.
#[derive(Clone, Debug)]
pub struct Basic {
    /// The name.
    pub username: String,
    /// What the password is known by.
    pub password: BasicPassword,
}

/// What a password is known by.
#[derive(Clone, Debug)]
pub enum BasicPassword {
    /// Itself.
    Plain(Secret),
    /// A hash of it: `$argon2id$…`, or upstream's `scrypt$…`.
    Hash(Secret),
}

/// Sign-in by Nous Research.
#[derive(Clone, Debug)]
pub struct Nous {
    /// The client id, `agent:…`.
    pub client_id: String,
    /// The address of the portal.
    pub portal_url: url::Url,
    /// Who may sign in.
    pub allow: Allow,
}

/// An OpenID Connect issuer.
#[derive(Clone, Debug)]
pub struct Issuer {
    /// What it is called in addresses.
    pub name: String,
    /// What the button says.
    pub display_name: String,
    /// The issuer, exactly as its metadata names it.
    pub issuer: url::Url,
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: Option<Secret>,
    /// What to ask for.
    pub scopes: Vec<String>,
    /// The claim that holds the groups.
    pub groups_claim: String,
    /// Who may sign in.
    pub allow: Allow,
}

pub(super) fn basic(reader: &mut Reader<'_>, place: &Place<'_>) -> Option<Basic> {
    let username = reader.text(place, "username", some);
    let plain = reader.secret(place, "password");
    let hash = reader.secret(place, "password_hash");
    let password = match (plain, hash) {
        (Some(_), Some(_)) => {
            reader.problem(
                place,
                "password",
                "and `gateway.basic.password_hash` exclude each other",
            );
            return None;
        }
        (Some(plain), None) => Some(BasicPassword::Plain(plain)),
        (None, Some(hash)) => {
            let form = hash.expose();
            if !form.starts_with("$argon2id$") && !form.starts_with("scrypt$") {
                let reason = "must begin with `$argon2id$` or `scrypt$`";
                reader.problem(place, "password_hash", reason);
            }
            Some(BasicPassword::Hash(hash))
        }
        (None, None) => None,
    };
    match (username, password) {
        (Some(username), Some(password)) => Some(Basic { username, password }),
        (Some(_), None) => {
            let reason = "needs `gateway.basic.password_hash` or `gateway.basic.password`";
            reader.problem(place, "username", reason);
            None
        }
        (None, Some(_)) => {
            reader.problem(place, "username", "is needed where a password is set");
            None
        }
        (None, None) => None,
    }
}

pub(super) fn nous(reader: &mut Reader<'_>, place: &Place<'_>) -> Option<Nous> {
    let client_id: Option<String> = reader.text(place, "client_id", |text| {
        let known = text.strip_prefix("agent:").is_some_and(|id| !id.is_empty());
        known
            .then(|| Some(text.to_owned()))
            .ok_or_else(|| "must begin with `agent:`, as the portal shows it".to_owned())
    });
    let portal_url = reader.text(place, "portal_url", |text| secure(text).map(Some));
    let allow = Allow {
        subjects: reader.list(place, "allow_subjects", entry),
        owner_subject: reader.text(place, "owner_subject", some),
        ..Allow::default()
    };
    Some(Nous {
        client_id: client_id?,
        portal_url: portal_url?,
        allow,
    })
}

/// The issuers of the file, and the one that variables speak of.
pub(super) fn issuers(reader: &mut Reader<'_>, file: &toml::Table) -> Vec<Issuer> {
    let gateway = file.get("gateway").and_then(toml::Value::as_table);
    let tables = gateway
        .and_then(|gateway| gateway.get("oidc"))
        .and_then(toml::Value::as_array);
    let tables: Vec<_> = tables
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_table)
        .collect();
    let name_of = |table: &toml::Table| {
        let name = table.get("name").and_then(toml::Value::as_str);
        name.unwrap_or(DEFAULT_NAME).to_owned()
    };
    let environment = reader.sources.environment;
    let spoken_of = environment.text(NAME_VARIABLE).unwrap_or(DEFAULT_NAME);
    let mut places: Vec<_> = tables
        .into_iter()
        .map(|table| Place {
            section: &ISSUER,
            path: format!("gateway.oidc.{}", name_of(table)),
            has_variables: name_of(table) == spoken_of,
            table: Some(table),
        })
        .collect();
    let is_set = ISSUER.keys.iter().any(|key| {
        let ours = key.variable(ISSUER.table);
        let file = format!("{ours}_FILE");
        environment.has(&ours)
            || (key.is_secret() && environment.has(&file))
            || key.upstream.is_some_and(|name| environment.has(name))
    });
    if is_set && !places.iter().any(|place| place.has_variables) {
        places.push(Place {
            section: &ISSUER,
            path: format!("gateway.oidc.{spoken_of}"),
            table: None,
            has_variables: true,
        });
    }
    let mut found: Vec<Issuer> = Vec::new();
    for place in &places {
        let Some(issuer) = issuer(reader, place) else {
            continue;
        };
        if found.iter().any(|other| other.name == issuer.name) {
            reader.problem(
                place,
                "name",
                "is the name of two issuers: give each its own",
            );
        }
        found.push(issuer);
    }
    found
}

/// The name of an issuer that has been given none, which is upstream's only one.
const DEFAULT_NAME: &str = "self-hosted";
/// Says of which issuer the variables speak.
const NAME_VARIABLE: &str = "HERMES_GATEWAY_OIDC_NAME";

fn issuer(reader: &mut Reader<'_>, place: &Place<'_>) -> Option<Issuer> {
    let name: String = reader.text(place, "name", name);
    let display_name: Option<String> = reader.text(place, "display_name", some);
    let issuer: Option<url::Url> = reader.text(place, "issuer", |text| secure(text).map(Some));
    let client_id: Option<String> = reader.text(place, "client_id", some);
    let client_secret = reader.secret(place, "client_secret");
    let scopes: String = reader.text(place, "scopes", |text| {
        let asks = text.split_ascii_whitespace().any(|scope| scope == "openid");
        asks.then(|| text.to_owned())
            .ok_or_else(|| "must hold `openid`".to_owned())
    });
    let groups_claim = reader.text(place, "groups_claim", entry);
    let allow = Allow {
        emails: reader.list(place, "allow_emails", email),
        domains: reader.list(place, "allow_domains", domain),
        groups: reader.list(place, "allow_groups", entry),
        subjects: reader.list(place, "allow_subjects", entry),
        owner_email: reader.text(place, "owner_email", |text| email(text).map(Some)),
        owner_subject: reader.text(place, "owner_subject", some),
    };
    for (key, is_missing) in [
        ("issuer", issuer.is_none()),
        ("client_id", client_id.is_none()),
    ] {
        let path = format!("{}.{key}", place.path);
        let said = reader.problems.iter().any(|problem| problem.key == path);
        if is_missing && !said {
            reader.problem(place, key, "is needed");
        }
    }
    Some(Issuer {
        display_name: display_name.unwrap_or_else(|| name.clone()),
        name,
        issuer: issuer?,
        client_id: client_id?,
        client_secret,
        scopes: scopes.split_ascii_whitespace().map(str::to_owned).collect(),
        groups_claim,
        allow,
    })
}

/// Names stand in paths, and beside those of the methods that have no issuer.
fn name(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if matches!(text, "basic" | "password" | "nous" | "passkey") {
        return Err("is the name of another sign-in method".to_owned());
    }
    if (1..=32).contains(&text.len()) && text.bytes().all(plain) {
        return Ok(text.to_owned());
    }
    Err("must have 1 to 32 lower-case letters, digits and `-`".to_owned())
}

fn some(text: &str) -> Result<Option<String>, String> {
    entry(text).map(Some)
}

fn entry(text: &str) -> Result<String, String> {
    if text.trim() == text && !text.is_empty() {
        return Ok(text.to_owned());
    }
    Err("must not be empty, nor begin or end with a blank".to_owned())
}

fn email(text: &str) -> Result<String, String> {
    match entry(text)?.rsplit_once('@') {
        Some((local, domain)) if !local.is_empty() && !domain.is_empty() => Ok(text.to_owned()),
        _ => Err("must be an e-mail address".to_owned()),
    }
}

fn domain(text: &str) -> Result<String, String> {
    match Host::parse(text) {
        Some(Host::Name(name)) if name.contains('.') => Ok(name.into()),
        _ => Err("must hold domains such as `example.com`, without `@` and `*`".to_owned()),
    }
}

/// An address that people's identities come from: https, or http on this machine.
fn secure(text: &str) -> Result<url::Url, String> {
    let url =
        url::Url::parse(text).map_err(|_| "must be a URL such as `https://id.example.com`")?;
    let host = url.host_str().and_then(Host::parse);
    let local = url.scheme() == "http" && host.as_ref().is_some_and(Host::is_loopback);
    let bare = url.username().is_empty() && url.password().is_none();
    if host.is_none() || !(url.scheme() == "https" || local) {
        return Err("must begin with `https://`, except on loopback".to_owned());
    }
    if !bare || url.query().is_some() || url.fragment().is_some() {
        return Err("must not hold a user, `?` or `#`".to_owned());
    }
    Ok(url)
}
