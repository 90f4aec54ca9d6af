//! The first look at a gateway: whether it is one, and how people get in. It shows no credential.

use std::time::Duration;

use hermes_errors::{Code, Explain};
use hermes_machine::http::{Http, HttpError, Request, Response};
use hermes_protocol::{
    rest::{AuthFlow, Provider, ProvidersAnswer},
    routes,
};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::Value;
use thiserror::Error;

use crate::{GatewayAddress, Mode};

/// The time for each of the two questions.
const PATIENCE: Duration = Duration::from_secs(8);

/// The most sign-in methods that are read.
const METHODS: usize = 32;

/// What a gateway tells anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probed {
    /// How people get in.
    pub mode: Mode,
    /// Its version, as one line.
    pub version: Option<String>,
    /// The ways in for clients. Upstream's gateways name none.
    pub flows: Vec<AuthFlow>,
    /// The sign-in methods, in the order in which a page shows them; none if it did not say.
    pub methods: Vec<Provider>,
}

impl Probed {
    /// Whether a user name and a password is all that anybody signs in with.
    pub fn is_password_alone(&self) -> bool {
        !self.methods.is_empty() && self.methods.iter().all(|method| method.supports_password)
    }
}

/// Why nobody knows how people get in.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeError {
    /// There was no answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A page, where a gateway answers with JSON: the sign-in of a proxy before it, or something else.
    #[error("`{host}` answered with a page (status {status}) where a gateway answers with JSON")]
    Page {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// JSON, and yet no gateway's; or its no.
    #[error("`{host}` does not answer as a gateway does (status {status})")]
    Other {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
}

/// Why no gateway was found at an address that somebody has typed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotFound {
    /// There is one under the other scheme.
    #[error("a gateway answers at `{found}`, and not at `{address}`")]
    OtherScheme {
        /// What was typed.
        address: GatewayAddress,
        /// Where it is.
        found: GatewayAddress,
    },
    /// There is none.
    #[error(transparent)]
    Problem(#[from] ProbeError),
}

impl Explain for NotFound {
    fn code(&self) -> Code {
        match self {
            Self::Problem(ProbeError::Http(_)) => Code::ConnectUnreachable,
            Self::OtherScheme { .. } | Self::Problem(_) => Code::ConnectNotAGateway,
        }
    }
}

/// Asks at an address that somebody has typed, and looks whether they have only mistaken the scheme. Where
/// they have, nothing is decided for them: plain http is nobody's to choose but theirs.
///
/// # Errors
///
/// If there is no gateway.
pub async fn find(http: &dyn Http, address: &GatewayAddress) -> Result<Probed, NotFound> {
    let error = match probe(http, address).await {
        Ok(probed) => return Ok(probed),
        Err(error) => error,
    };
    match other_scheme(address).filter(|_| may_be_the_scheme(&error)) {
        Some(found) if probe(http, &found).await.is_ok() => Err(NotFound::OtherScheme {
            address: address.clone(),
            found,
        }),
        Some(_) | None => Err(error.into()),
    }
}

/// The same address with the other scheme.
fn other_scheme(address: &GatewayAddress) -> Option<GatewayAddress> {
    let text = address.to_string();
    let other = match text.split_once("://")? {
        ("https", rest) => format!("http://{rest}"),
        (_, rest) => format!("https://{rest}"),
    };
    GatewayAddress::parse(&other).ok()
}

/// Whether the wrong scheme looks like this: TLS where there is none, or none where there is.
fn may_be_the_scheme(error: &ProbeError) -> bool {
    !matches!(
        error,
        ProbeError::Http(HttpError::TimedOut { .. } | HttpError::Setup(_))
    )
}

/// Asks the gateway at this address.
///
/// # Errors
///
/// If nobody answers there, or something else than a gateway.
pub async fn probe(http: &dyn Http, address: &GatewayAddress) -> Result<Probed, ProbeError> {
    let answer = ask(http, address, routes::STATUS.path).await?;
    let status = read(address, &answer)?;
    let mode = Mode::of_status(&status);
    let methods = match mode {
        Mode::SignIn => methods(http, address).await,
        Mode::Token => Vec::new(),
    };
    let flows = status.get("auth_flows").and_then(Value::as_array);
    let flows = flows.into_iter().flatten().take(METHODS);
    Ok(Probed {
        mode,
        version: text(&status, "version"),
        // One that is not known here is one that cannot be gone.
        flows: flows
            .filter_map(|flow| serde_json::from_value(flow.clone()).ok())
            .collect(),
        methods,
    })
}

async fn ask(http: &dyn Http, address: &GatewayAddress, path: &str) -> Result<Response, HttpError> {
    http.send(Request::get(address.at(path)).within(PATIENCE))
        .await
}

/// The status, if a gateway has answered.
fn read(address: &GatewayAddress, answer: &Response) -> Result<Value, ProbeError> {
    let (host, status) = (address.host().to_owned(), answer.status);
    let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
    match body {
        Some(body) if answer.is_success() && body.get("version").is_some_and(Value::is_string) => {
            Ok(body)
        }
        None if !answer.is_json() && !answer.body.is_empty() => {
            Err(ProbeError::Page { host, status })
        }
        Some(_) | None => Err(ProbeError::Other { host, status }),
    }
}

/// The sign-in methods. A gateway that does not say them is one all the same.
async fn methods(http: &dyn Http, address: &GatewayAddress) -> Vec<Provider> {
    let answer = ask(http, address, routes::PROVIDERS.path).await.ok();
    let answer = answer.filter(Response::is_success);
    let methods: Option<ProvidersAnswer> =
        answer.and_then(|answer| serde_json::from_slice(&answer.body).ok());
    let mut methods = methods.map_or_else(Vec::new, |methods| methods.providers);
    methods.truncate(METHODS);
    for method in &mut methods {
        method.display_name = plain(&method.display_name, LABEL_LIMIT);
    }
    methods
}

fn text(value: &Value, name: &str) -> Option<String> {
    let text = value.get(name)?.as_str()?;
    Some(plain(text, LABEL_LIMIT))
}
