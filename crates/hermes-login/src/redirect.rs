//! The redirect URI of a sign-in: the table's, or the one that the person registered.

use hermes_machine::Environment;
use hermes_providers::Flow;
use url::{Host, Url};

use crate::{LoginError, SignIn, loopback::PortChoice};

/// A redirect URI, and which ports it admits.
#[derive(Clone, Debug)]
pub(crate) struct Redirect {
    uri: Url,
    choice: PortChoice,
}

impl Redirect {
    /// For a listener of ours: `--redirect-uri`, else the provider's variables, else the table;
    /// `--port` in any of them.
    pub(crate) fn for_listener(
        request: &SignIn,
        environment: &Environment,
    ) -> Result<Self, LoginError> {
        let loopback = request.provider.loopback.as_ref();
        let registered = match &request.redirect_uri {
            Some(uri) => Some(uri.clone()),
            None => loopback
                .and_then(|loopback| {
                    let names = loopback.redirect_uri_env.iter();
                    names.into_iter().find_map(|name| environment.text(name))
                })
                .map(|text| Url::parse(text).map_err(|_| invalid(text, "is not a URL")))
                .transpose()?,
        };
        let (uri, any_port) = match (registered, loopback) {
            // What a person registered is registered with its port.
            (Some(uri), _) => (uri, false),
            (None, Some(loopback)) => {
                let text = format!(
                    "http://{}:{}{}",
                    loopback.host, loopback.port, loopback.path
                );
                let uri = Url::parse(&text).map_err(|_| invalid(&text, "is not a URL"))?;
                (uri, loopback.any_port)
            }
            (None, None) => {
                return Err(LoginError::FlowUnsupported {
                    name: request.provider.short_name().to_owned(),
                    flow: Flow::Loopback,
                    offered: request.provider.flows.clone(),
                });
            }
        };
        let port = check(&uri)?;
        let choice = match request.port {
            Some(port) => PortChoice::Exactly(port),
            None if any_port => PortChoice::Preferably(port),
            None => PortChoice::Exactly(port),
        };
        Ok(Self { uri, choice })
    }

    /// For a paste: the provider's own page where it has one, else the same as for a listener, at
    /// the port that is tried first. Nothing listens there, so nothing can be bumped.
    pub(crate) fn for_paste(
        request: &SignIn,
        environment: &Environment,
    ) -> Result<Self, LoginError> {
        match &request.provider.hosted_redirect_uri {
            Some(uri) if request.redirect_uri.is_none() => Ok(Self {
                uri: uri.clone(),
                choice: PortChoice::Exactly(443),
            }),
            _ => {
                let redirect = Self::for_listener(request, environment)?;
                let port = match redirect.choice {
                    PortChoice::Exactly(port) | PortChoice::Preferably(port) => port,
                };
                Ok(Self {
                    uri: redirect.at(port),
                    choice: PortChoice::Exactly(port),
                })
            }
        }
    }

    pub(crate) fn host(&self) -> &str {
        self.uri.host_str().unwrap_or_default()
    }

    /// The URI at the port that is tried first.
    pub(crate) fn preferred(&self) -> Url {
        match self.choice {
            PortChoice::Exactly(port) | PortChoice::Preferably(port) => self.at(port),
        }
    }

    /// Whether another port will do.
    pub(crate) fn allows_any_port(&self) -> bool {
        matches!(self.choice, PortChoice::Preferably(_))
    }

    pub(crate) fn choice(&self) -> PortChoice {
        self.choice
    }

    /// The URI with the port that was really bound.
    pub(crate) fn at(&self, port: u16) -> Url {
        let mut uri = self.uri.clone();
        // Fails for addresses without a host alone, and ours have one.
        let _ = uri.set_port(Some(port));
        uri
    }

    pub(crate) fn uri(self) -> Url {
        self.uri
    }
}

/// The port, if the URI is one that a listener of ours can have.
fn check(uri: &Url) -> Result<u16, LoginError> {
    let is_loopback = match uri.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.octets() == [127, 0, 0, 1],
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let text = hermes_secret::SafeUrl(uri).to_string();
    if uri.scheme() != "http" || !is_loopback {
        return Err(invalid(
            &text,
            "is not an http address on this machine's loopback",
        ));
    }
    if !uri.username().is_empty()
        || uri.password().is_some()
        || uri.fragment().is_some()
        || uri.query().is_some()
    {
        return Err(invalid(&text, "holds more than host, port and path"));
    }
    match uri.port() {
        Some(0) | None => Err(invalid(&text, "names no port")),
        Some(port) => Ok(port),
    }
}

fn invalid(uri: &str, reason: &'static str) -> LoginError {
    LoginError::RedirectInvalid {
        uri: hermes_secret::plain(uri, hermes_secret::LABEL_LIMIT),
        reason,
    }
}
