//! What an answer says of what stands before the gateway. Nothing here asks anything.

use hermes_gateway::mode::TOKEN_BEHIND_PROXY;
use hermes_machine::http::Visit;
use hermes_protocol::routes;
use hermes_secret::{LABEL_LIMIT, plain};
use jiff::Timestamp;
use serde_json::Value;
use url::Url;

use super::{
    super::Finding,
    header, prefix,
    proxy::{Line, Proxy, change},
};

/// How far two clocks may be apart, in seconds. Codes and links live for minutes.
const SKEW: i64 = 60;

/// Whether Hermes has answered, and if not, what kept it.
pub(super) fn gateway(visit: &Visit, url: &Url, proxy: Option<Proxy>) -> Finding {
    let body: Value = serde_json::from_slice(&visit.body).unwrap_or_default();
    let status = visit.status;
    if status == 200
        && body["auth_required"].is_boolean()
        && let Some(version) = body["version"].as_str()
    {
        let behind = proxy.map(|proxy| format!(", behind {}", proxy.name()));
        let version = plain(version, LABEL_LIMIT);
        let evidence = format!("Hermes {version} answers{}", behind.unwrap_or_default());
        return Finding::fine("gateway", evidence);
    }
    let line = |line| change(proxy, line, prefix(url));
    let hint = body["hint"].as_str().unwrap_or_default();
    if let Some(host) = foreign_host(hint) {
        return foreign(&host, url, &line(Line::Host));
    }
    if hint == TOKEN_BEHIND_PROXY {
        return Finding::broken(
            "gateway",
            "the gateway has no sign-in, and serves nobody through a proxy",
            format!(
                "{}\nand a sign-in: hermes guide gateway-sign-in",
                public_url(url)
            ),
        );
    }
    if is_ours(visit) && !prefix(url).is_empty() {
        let evidence = format!("the proxy does not take `{}` off the path", prefix(url));
        return Finding::broken("path", evidence, line(Line::Prefix));
    }
    if let Some(target) = header(visit, "location").filter(|_| (300..400).contains(&status)) {
        let evidence = format!("who asks is sent on to `{}`", plain(target, LABEL_LIMIT));
        return Finding::broken(
            "gateway",
            evidence,
            "hermes doctor --url, with that address",
        );
    }
    let evidence = match (status, is_ours(visit)) {
        (502..=504, false) => format!("nobody answers behind the proxy: status {status}"),
        (_, false) => format!("what answers there is no Hermes: status {status}"),
        (_, true) => format!("the gateway refuses to tell its status: status {status}"),
    };
    let next = format!("{}\nand on its host: hermes health", line(Line::Backend));
    Finding::broken("gateway", evidence, next)
}

/// Which name the gateway says is none of its own.
fn foreign_host(hint: &str) -> Option<String> {
    let (name, rest) = hint.strip_prefix('`')?.split_once('`')?;
    let is_meant = rest.starts_with(" is not a name of this gateway");
    is_meant.then(|| plain(name, LABEL_LIMIT))
}

/// The name that people type, or one that the proxy has put in its place.
fn foreign(host: &str, url: &Url, line: &str) -> Finding {
    if url.host_str() == Some(host) {
        let evidence = format!("the gateway does not know that it is `{host}`");
        return Finding::broken("host", evidence, public_url(url));
    }
    let evidence = format!("the proxy puts `{host}` in place of the name that people type");
    Finding::broken("host", evidence, line)
}

/// The setting that ends all guessing.
pub(super) fn public_url(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}"));
    let host = url.host_str().unwrap_or_default();
    format!(
        "set on the gateway, in [gateway.proxy]: public_url = \"{}://{host}{}{}\"",
        url.scheme(),
        port.unwrap_or_default(),
        prefix(url),
    )
}

/// Whether our gateway has written this answer: its policy is its own.
fn is_ours(visit: &Visit) -> bool {
    header(visit, "content-security-policy")
        .is_some_and(|policy| policy.contains("require-trusted-types-for"))
}

/// Whether the gateway sends people below the path that they came by.
pub(super) fn path(me: &Visit, url: &Url) -> Option<Finding> {
    let body: Value = serde_json::from_slice(&me.body).ok()?;
    let target = body["login_url"].as_str()?;
    let prefix = prefix(url);
    if target == format!("{prefix}{}", routes::LOGIN_PAGE.path) {
        return match prefix.is_empty() {
            true => None,
            false => Some(Finding::fine(
                "path",
                format!("the gateway knows that it is below `{prefix}`"),
            )),
        };
    }
    let place = match prefix.is_empty() {
        true => "not where this address leads".to_owned(),
        false => format!("not below `{prefix}`"),
    };
    let target = plain(target, LABEL_LIMIT);
    let evidence = format!("the gateway sends people to `{target}`, which is {place}");
    Some(Finding::broken("path", evidence, public_url(url)))
}

/// Whether the gateway knows that people come by TLS: it then demands it for a year.
pub(super) fn knows_scheme(visit: &Visit, url: &Url) -> bool {
    url.scheme() != "https" || header(visit, "strict-transport-security").is_some()
}

pub(super) fn scheme(visit: &Visit, url: &Url, proxy: Option<Proxy>) -> Option<Finding> {
    if url.scheme() != "https" {
        return None;
    }
    if knows_scheme(visit, url) {
        let evidence = "the gateway knows that people come by https";
        return Some(Finding::fine("scheme", evidence));
    }
    Some(Finding::broken(
        "scheme",
        "the gateway takes what comes by https for http: its cookies are not Secure",
        scheme_line(url, proxy),
    ))
}

/// What tells the gateway of TLS.
pub(super) fn scheme_line(url: &Url, proxy: Option<Proxy>) -> String {
    format!(
        "{}\nand the address of the proxy in `gateway.proxy.trusted_proxies`\nor {}",
        change(proxy, Line::Scheme, ""),
        public_url(url)
    )
}

/// Whether both clocks show the same.
pub(super) fn clock(visit: &Visit, now: Timestamp) -> Option<Finding> {
    let ahead = visit.date? - now.as_second();
    if ahead.abs() <= SKEW {
        return Some(Finding::fine("clock", "the clocks there and here agree"));
    }
    let which = if ahead > 0 { "ahead of" } else { "behind" };
    Some(Finding::warning(
        "clock",
        format!("the clock there is {} s {which} the one here", ahead.abs()),
        "on whichever is wrong: timedatectl set-ntp true",
    ))
}

/// Whether a proxy refuses a body of this size. What else becomes of it says nothing: the gateway, too,
/// answers before it has read one that it does not want, and a proxy may take that for an error.
pub(super) fn body(visit: &Visit, size: usize, proxy: Option<Proxy>) -> Option<Finding> {
    let is_refused = visit.status == 413 && !is_ours(visit);
    is_refused.then(|| {
        Finding::warning(
            "body",
            format!("the proxy refuses a body of {} KiB", size / 1024),
            change(proxy, Line::Body, ""),
        )
    })
}
