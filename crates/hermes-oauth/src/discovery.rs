//! Server metadata: RFC 8414, OpenID Connect Discovery 1.0.

use std::time::Duration;

use hermes_machine::http::{Request, is_loopback};
use hermes_providers::{Dialect, Endpoints, Flow, Loopback, Provider};
use hermes_secret::{LABEL_LIMIT, plain};
use serde::Deserialize;
use url::{Host, Url};

use crate::{
    OAuthError, Ports, Registration, Step, Tried,
    client::PATIENCE,
    pinned::{check_shape, pin_of, shown},
    pkce,
    wire::Wire,
};

/// What we read of a metadata document.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    authorization_endpoint: Option<String>,
    token_endpoint: Option<String>,
    device_authorization_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    userinfo_endpoint: Option<String>,
    scopes_supported: Option<Vec<String>>,
    response_types_supported: Option<Vec<String>>,
    grant_types_supported: Option<Vec<String>>,
    code_challenge_methods_supported: Option<Vec<String>>,
    /// RFC 9207.
    pub(crate) authorization_response_iss_parameter_supported: bool,
    /// RFC 9126.
    pub(crate) require_pushed_authorization_requests: bool,
}

impl Metadata {
    /// The endpoints, as far as they are URLs. Nothing is said yet about where they point.
    pub(crate) fn endpoints(&self) -> Endpoints {
        let url = |text: &Option<String>| text.as_deref().and_then(|text| Url::parse(text).ok());
        Endpoints {
            authorization: url(&self.authorization_endpoint),
            token: url(&self.token_endpoint),
            device: url(&self.device_authorization_endpoint),
            revocation: url(&self.revocation_endpoint),
            userinfo: url(&self.userinfo_endpoint),
            ..Endpoints::default()
        }
    }

    /// Whether S256 may be used. A server without the list says nothing, and S256 is the default.
    pub(crate) fn allows_s256(&self) -> bool {
        lists(
            self.code_challenge_methods_supported.as_deref(),
            pkce::METHOD,
        )
    }

    fn flows(&self, endpoints: &Endpoints) -> Vec<Flow> {
        let mut flows = Vec::new();
        if endpoints.authorization.is_some()
            && lists(self.response_types_supported.as_deref(), "code")
            && lists(self.grant_types_supported.as_deref(), "authorization_code")
            && self.allows_s256()
            && !self.require_pushed_authorization_requests
        {
            flows.extend([Flow::Loopback, Flow::Paste]);
        }
        if endpoints.device.is_some() {
            flows.push(Flow::Device);
        }
        flows
    }

    /// `openid` and its company, as far as the server knows them; nothing where it does not say.
    fn scope(&self) -> Option<String> {
        let supported = self.scopes_supported.as_deref()?;
        let wanted = ["openid", "profile", "email", "offline_access"];
        let known = |scope: &&str| supported.iter().any(|one| one == scope);
        let scope = wanted
            .into_iter()
            .filter(known)
            .collect::<Vec<_>>()
            .join(" ");
        (!scope.is_empty()).then_some(scope)
    }
}

/// Whether the list has the value. An absent list is taken to.
fn lists(list: Option<&[String]>, value: &str) -> bool {
    list.is_none_or(|list| list.iter().any(|one| one == value))
}

/// Where the metadata of an issuer may be: RFC 8414 section 3.1 puts the well-known part between
/// host and path, OpenID Connect Discovery section 4 appends it.
fn documents(issuer: &Url) -> Vec<Url> {
    let path = issuer.path().trim_end_matches('/');
    let mut paths = vec![
        format!("/.well-known/oauth-authorization-server{path}"),
        format!("{path}/.well-known/openid-configuration"),
    ];
    if !path.is_empty() {
        paths.push(format!("/.well-known/openid-configuration{path}"));
    }
    let at = |path: String| {
        let mut url = issuer.clone();
        url.set_path(&path);
        url
    };
    paths.into_iter().map(at).collect()
}

/// Reads the metadata of `issuer`, from `document` if the table names it, and makes sure that it
/// is that issuer's own (RFC 8414 section 3.3).
pub(crate) async fn fetch(
    wire: &Wire,
    issuer: &str,
    document: Option<&Url>,
    limit: Duration,
) -> Result<(Metadata, Url), OAuthError> {
    let documents = match document {
        Some(url) => vec![url.clone()],
        None => documents(&issuer_url(&wire.name, issuer)?),
    };
    let mut tried = Vec::new();
    for url in documents {
        match read(wire, &url, limit).await {
            Ok(metadata) if metadata.issuer == issuer => return Ok((metadata, url)),
            Ok(metadata) => {
                return Err(OAuthError::IssuerMismatch {
                    provider: wire.name.clone(),
                    expected: plain(issuer, LABEL_LIMIT),
                    found: plain(&metadata.issuer, LABEL_LIMIT),
                });
            }
            // Without a connection the next document will not come either, and a URL that may not
            // be asked is not to be got around.
            Err(error @ (OAuthError::Http { .. } | OAuthError::Unpinned { .. })) => {
                return Err(error);
            }
            Err(error) => tried.push(attempted(&url, &error)),
        }
    }
    Err(OAuthError::DiscoveryFailed {
        provider: wire.name.clone(),
        tried,
    })
}

async fn read(wire: &Wire, url: &Url, limit: Duration) -> Result<Metadata, OAuthError> {
    let step = Step::Discovery;
    let response = wire
        .send(step, Request::get(url.clone()).within(limit))
        .await?;
    let object = wire.object(step, &response)?;
    serde_json::from_value(object.into())
        .map_err(|_| wire.bad_answer(step, "the answer is not server metadata"))
}

fn attempted(url: &Url, error: &OAuthError) -> Tried {
    let status = match error {
        OAuthError::Rejected { status, .. }
        | OAuthError::ServerError { status, .. }
        | OAuthError::Redirected { status, .. } => Some(*status),
        OAuthError::RateLimited { .. } => Some(429),
        _ => None,
    };
    let problem = match (status, error) {
        (Some(status), _) => format!("returned status {status}"),
        (None, OAuthError::NotJson { .. }) => "is not JSON".to_owned(),
        (None, _) => "is not server metadata".to_owned(),
    };
    Tried {
        url: shown(url),
        status,
        problem,
    }
}

/// An issuer identifier is an https URL without query and fragment (RFC 8414 section 2); http is
/// for this machine alone.
fn issuer_url(name: &str, issuer: &str) -> Result<Url, OAuthError> {
    let untrusted = |reason: String| OAuthError::DiscoveryUntrusted {
        provider: name.to_owned(),
        reason: format!("the issuer `{}` {reason}", plain(issuer, LABEL_LIMIT)),
    };
    let url = Url::parse(issuer).map_err(|_| untrusted("is not a URL".to_owned()))?;
    check_shape(&url).map_err(|reason| untrusted(reason.to_string()))?;
    if url.query().is_some() {
        return Err(untrusted("has a query".to_owned()));
    }
    Ok(url)
}

/// Discovery for `--issuer`: makes a table entry. Its endpoints and flows are those of the
/// metadata, its pinned hosts are the issuer's and those of its endpoints, as seen now.
///
/// # Errors
///
/// If no client id is given, there is no metadata, or it may not be trusted.
pub async fn discover(
    name: &str,
    issuer: &str,
    registration: &Registration,
    ports: &Ports,
) -> Result<Provider, OAuthError> {
    let Some(client_id) = registration.client_id.clone() else {
        return Err(OAuthError::ClientIdMissing {
            provider: name.to_owned(),
            variable: None,
        });
    };
    let issuer_url = issuer_url(name, issuer)?;
    let wire = Wire {
        name: name.to_owned(),
        pins: vec![pin_of(&issuer_url)],
        ports: ports.clone(),
    };
    let (metadata, document) = fetch(&wire, issuer, None, PATIENCE).await?;
    let mut endpoints = metadata.endpoints();
    let mut hosts = wire.pins;
    for (_, url) in endpoints.iter() {
        if let Err(reason) = may_name(&issuer_url, url) {
            return Err(OAuthError::DiscoveryUntrusted {
                provider: name.to_owned(),
                reason: format!("endpoint `{}` {reason}", shown(url)),
            });
        }
        let pin = pin_of(url);
        if !hosts.contains(&pin) {
            hosts.push(pin);
        }
    }
    let flows = metadata.flows(&endpoints);
    let missing = if endpoints.token.is_none() {
        Some("its metadata names no token endpoint")
    } else if !flows.is_empty() {
        None
    } else if !metadata.allows_s256() {
        return Err(OAuthError::PkceUnsupported {
            provider: name.to_owned(),
        });
    } else if metadata.require_pushed_authorization_requests {
        return Err(OAuthError::PushedRequestsRequired {
            provider: name.to_owned(),
        });
    } else {
        Some("its metadata names neither authorization codes nor device codes")
    };
    if let Some(reason) = missing {
        return Err(OAuthError::NoFlow {
            provider: name.to_owned(),
            reason: reason.to_owned(),
        });
    }
    endpoints.discovery = Some(document);
    let scope = registration.scope.clone().or_else(|| metadata.scope());
    Ok(entry(
        name, issuer, client_id, scope, flows, hosts, endpoints,
    ))
}

/// Metadata of a server elsewhere has no business naming addresses of this machine.
fn may_name(issuer: &Url, url: &Url) -> Result<(), String> {
    let host = check_shape(url).map_err(|reason| reason.to_string())?;
    let issuer_here = issuer
        .host()
        .is_some_and(|host: Host<&str>| is_loopback(&host));
    if is_loopback(&host) && !issuer_here {
        return Err("is on this machine, which the issuer is not".to_owned());
    }
    Ok(())
}

fn entry(
    name: &str,
    issuer: &str,
    client_id: String,
    scope: Option<String>,
    flows: Vec<Flow>,
    hosts: Vec<String>,
    endpoints: Endpoints,
) -> Provider {
    Provider {
        id: name.to_owned(),
        name: name.to_owned(),
        dialect: Dialect::Standard,
        flows,
        issuer: Some(issuer.to_owned()),
        hosts,
        client_id: Some(client_id),
        client_owner: Some("your own registration".to_owned()),
        scope,
        loopback: Some(Loopback {
            host: "127.0.0.1".to_owned(),
            port: 56121,
            path: "/callback".to_owned(),
            any_port: true,
            redirect_uri_env: Vec::new(),
        }),
        endpoints,
        ..Provider::default()
    }
}

#[cfg(test)]
mod tests;
