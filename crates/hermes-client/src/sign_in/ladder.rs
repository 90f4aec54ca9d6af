//! Which ways to sign in there are at a gateway from here, and which comes first.

use hermes_login::Place;
use hermes_protocol::rest::AuthFlow;
use thiserror::Error;

use super::Method;
use crate::{Mode, Probed};

/// A way that is worth trying, with the reason in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The way.
    pub method: Method,
    /// Why it stands where it stands.
    pub why: String,
}

/// Why there is no way.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoMethod {
    /// People sign in on its page alone. Upstream's gateways are such where an identity provider is
    /// asked.
    #[error(
        "the gateway signs people in on its web page alone ({}): it is too old to let a terminal in",
        methods.join(", ")
    )]
    WebPageAlone {
        /// What a person reads of its methods.
        methods: Vec<String>,
    },
    /// It names no way at all: nobody owns it yet, or no method is configured.
    #[error("the gateway names no way to sign in")]
    Nothing,
    /// It has others than the one that is wanted.
    #[error("the gateway offers no sign-in by {}, but by {}", wanted.as_str(), words(offered))]
    NotOffered {
        /// What was asked for.
        wanted: Method,
        /// What there is.
        offered: Vec<Method>,
    },
}

/// The ways to try, the first one first. `wanted` leaves no choice.
///
/// # Errors
///
/// If there is none, or not the one that is wanted.
pub fn methods(
    probed: &Probed,
    place: &Place,
    wanted: Option<Method>,
) -> Result<Vec<Step>, NoMethod> {
    let offered = offered(probed)?;
    if let Some(wanted) = wanted {
        if !offered.contains(&wanted) {
            return Err(NoMethod::NotOffered { wanted, offered });
        }
        let why = "it was asked for".to_owned();
        return Ok(vec![Step {
            method: wanted,
            why,
        }]);
    }
    let browser_is_here = !place.is_remote() && place.graphical_browser.is_ok();
    let order = match browser_is_here {
        true => [Method::Browser, Method::Device, Method::Password],
        false => [Method::Device, Method::Password, Method::Browser],
    };
    let steps = order.into_iter().chain([Method::Token]);
    let steps = steps.filter(|method| offered.contains(method));
    let why = |method| why(method, place, browser_is_here, &offered);
    Ok(steps
        .map(|method| Step {
            method,
            why: why(method),
        })
        .collect())
}

/// The ways that the gateway has for whoever is no browser.
fn offered(probed: &Probed) -> Result<Vec<Method>, NoMethod> {
    if probed.mode == Mode::Token {
        return Ok(vec![Method::Token]);
    }
    let mut offered: Vec<Method> = probed
        .flows
        .iter()
        .filter_map(|flow| match flow {
            AuthFlow::NativeLoopback => Some(Method::Browser),
            AuthFlow::DeviceCode => Some(Method::Device),
            AuthFlow::Password => Some(Method::Password),
            _ => None,
        })
        .collect();
    // Upstream's gateways name no flows, and take a password wherever a method does.
    let takes_password = probed.methods.iter().any(|method| method.supports_password);
    if takes_password && !offered.contains(&Method::Password) {
        offered.push(Method::Password);
    }
    match (offered.is_empty(), probed.methods.is_empty()) {
        (false, _) => Ok(offered),
        (true, true) => Err(NoMethod::Nothing),
        (true, false) => {
            let names = probed.methods.iter();
            let methods = names.map(|method| method.display_name.clone()).collect();
            Err(NoMethod::WebPageAlone { methods })
        }
    }
}

fn why(method: Method, place: &Place, browser_is_here: bool, offered: &[Method]) -> String {
    let here = place.describe();
    match method {
        Method::Token => "nobody signs in there; its host has a token".to_owned(),
        _ if offered == [method] => {
            format!("it is the one that the gateway offers; this is {here}")
        }
        Method::Browser if browser_is_here => format!("this is {here}"),
        Method::Browser => format!("this is {here}: the answer comes by a tunnel"),
        Method::Device if browser_is_here => "any browser can approve it".to_owned(),
        Method::Device => format!("this is {here}, and any browser can approve it"),
        Method::Password => "a password needs no browser".to_owned(),
    }
}

fn words(methods: &[Method]) -> String {
    let words: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
    words.join(" or ")
}
