//! `hermes doctor --url`: a gateway as somebody far away meets it, and the line of the proxy in front
//! of it that is to be changed.
//!
//! It goes the way of a browser and stops where that ends: name, port, TLS, what answers, and then
//! whether paths, schemes and sockets get through. It brings no credential and follows no redirect;
//! the gateway tells enough by the way in which it refuses. Only what `idle` asks takes one.

mod answer;
pub(super) mod idle;
mod proxy;
mod socket;
mod tls;
mod way;

use std::{sync::Arc, time::Duration};

use hermes_machine::{
    Clock, Environment, SystemClock,
    http::{Body, HttpError, Request, Visit, Visitor, is_loopback},
};
use hermes_protocol::routes;
use url::Url;

use self::proxy::Proxy;
use super::{Finding, Weight};
use crate::commands::auth::block_on;

/// How long each question may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The size of a body that a proxy is to let through.
const BODY: usize = 512 * 1024;

/// Looks at the gateway there.
pub(super) fn look(url: &Url, environment: &Environment) -> Vec<Finding> {
    block_on(all(url, environment))
        .unwrap_or_else(|failure| vec![Finding::broken("url", failure.message, failure.next_step)])
}

async fn all(url: &Url, environment: &Environment) -> Vec<Finding> {
    if let Some(finding) = unencrypted(url) {
        return vec![finding];
    }
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let mut findings = way::look(url, environment, &*clock).await;
    if is_broken(&findings) {
        return findings;
    }
    match Visitor::new(url, environment, Arc::clone(&clock)) {
        Ok(visitor) => findings.extend(inside(url, &visitor, &*clock).await),
        Err(error) => findings.push(silent(&error)),
    }
    findings
}

/// What is asked once somebody answers.
async fn inside(url: &Url, visitor: &Visitor, clock: &dyn Clock) -> Vec<Finding> {
    let get = |route: routes::Route| Request::get(below(url, route.path)).within(PATIENCE);
    let status = match visitor.ask(get(routes::STATUS)).await {
        Ok(status) => status,
        Err(error) => return vec![tls::trouble(url, &error).unwrap_or_else(|| silent(&error))],
    };
    let proxy = Proxy::of(&status.headers);
    let mut findings = Vec::new();
    findings.extend(tls::certificate(&status, clock.now()));
    findings.extend(answer::clock(&status, clock.now()));
    findings.push(answer::gateway(&status, url, proxy));
    if is_broken(&findings) {
        return findings;
    }
    if let Ok(me) = visitor.ask(get(routes::ME)).await {
        findings.extend(answer::path(&me, url));
    }
    findings.extend(answer::scheme(&status, url, proxy));
    let met = socket::first(visitor, url).await;
    findings.push(socket::finding(
        &met,
        answer::knows_scheme(&status, url),
        url,
        proxy,
    ));
    if let Ok(body) = visitor.ask(large(url)).await {
        findings.extend(answer::body(&body, BODY, proxy));
    }
    findings
}

/// A sign-in without a name or a password in it, which the gateway refuses if it gets there.
fn large(url: &Url) -> Request {
    let blank = Body::Json(" ".repeat(BODY));
    Request::post(below(url, routes::PASSWORD_LOGIN.path), blank).within(PATIENCE)
}

/// The URL of a path of the gateway.
fn below(url: &Url, path: &str) -> Url {
    let mut below = url.clone();
    below.set_path(&format!("{}{path}", prefix(url)));
    below.set_query(None);
    below.set_fragment(None);
    below
}

/// The path under which the gateway is to be, without the slash at its end.
fn prefix(url: &Url) -> &str {
    url.path().trim_end_matches('/')
}

/// Nobody beyond this machine is spoken to without TLS.
fn unencrypted(url: &Url) -> Option<Finding> {
    let is_near = url.host().is_some_and(|host| is_loopback(&host));
    match url.scheme() {
        "https" => None,
        "http" if is_near => None,
        "http" => Some(Finding::broken(
            "tls",
            "the address begins with http://, and nothing is asked of another machine without TLS",
            "a way with TLS: hermes guide gateway-proxy",
        )),
        _ => Some(Finding::broken(
            "url",
            "the address does not begin with https://",
            "hermes doctor --url https://hermes.example.com",
        )),
    }
}

fn is_broken(findings: &[Finding]) -> bool {
    findings.iter().any(|one| one.weight == Weight::Broken)
}

fn silent(error: &HttpError) -> Finding {
    Finding::broken(
        "gateway",
        error.to_string(),
        "see whether the proxy runs, and whether a firewall drops what goes to it",
    )
}

/// A text of an answer, as the visit has it.
fn header<'a>(visit: &'a Visit, name: &str) -> Option<&'a str> {
    visit
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok())
}
