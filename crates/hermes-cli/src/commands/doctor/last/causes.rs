//! Each cause, with what shows it and the one thing to do.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use hermes_login::host::Listening;
use hermes_secret::{LABEL_LIMIT, plain};

use super::{Finding, View};

/// The ports of X11 forwarding, which is no tunnel for a sign-in.
const X11: std::ops::RangeInclusive<u16> = 6000..=6063;
/// The variables that name a proxy.
const PROXIES: [&str; 6] = [
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "HTTP_PROXY",
    "http_proxy",
];

impl View<'_> {
    /// Who has the port of the redirect.
    pub(super) fn port(&self, listeners: &[Listening]) -> Option<Finding> {
        let wanted = self.record.wanted_port?;
        let owner = listeners
            .iter()
            .find(|found| found.port == wanted && !self.is_ours(found));
        let bumped = self.record.port.filter(|port| *port != wanted);
        if let Some(port) = bumped.filter(|_| self.is_loopback()) {
            let holder = owner.map(|owner| format!(" ({} has it)", owner.owner()));
            let evidence = format!(
                "port {wanted} was in use{}, so it listened on {port}; a tunnel for {wanted} is \
                 of no use",
                holder.unwrap_or_default()
            );
            return Some(Finding::warning("ports", evidence, self.tunnel_line()));
        }
        let refused = self.has_outcome(&["auth.port_busy"])
            || self
                .record
                .failed
                .iter()
                .any(|rung| rung.flow == "loopback");
        match owner {
            Some(owner) if owner.is_ssh() && self.record.remote => {
                let evidence = format!(
                    "port {wanted} of this host is held by {}, the end of a tunnel with -R, which \
                     leads the wrong way",
                    owner.owner()
                );
                let line = format!("-L {wanted}:127.0.0.1:{wanted}");
                let next = format!("end it and open it on your laptop with {line}");
                Some(Finding::warning("ports", evidence, next))
            }
            Some(owner) if refused || self.is_over() => {
                let evidence = format!(
                    "port {wanted}, where it listens, is held by {}",
                    owner.owner()
                );
                let next = format!("end that program, then: {}", self.again());
                Some(Finding::warning("ports", evidence, next))
            }
            None if self.has_outcome(&["auth.port_busy"]) => {
                let evidence = format!("port {wanted} was in use then and is free now");
                Some(Finding::warning("ports", evidence, self.again()))
            }
            _ => None,
        }
    }

    fn is_over(&self) -> bool {
        !self.is_waiting() && self.is_loopback()
    }

    fn is_ours(&self, found: &Listening) -> bool {
        let id = found.process.as_ref().map(|(_, id)| *id);
        id == Some(self.record.process) && self.is_waiting()
    }

    /// IPv4 and IPv6 are two loopbacks with one name.
    pub(super) fn families(&self, listeners: &[Listening]) -> Option<Finding> {
        if !self.is_loopback() {
            return None;
        }
        let port = self.port_number()?;
        let uri = self.record.redirect_uri.as_deref().unwrap_or_default();
        let v6: IpAddr = Ipv6Addr::LOCALHOST.into();
        if uri.contains("//[::1]") && !self.probe.has_address(v6) {
            return Some(Finding::warning(
                "ipv6",
                "the redirect names ::1, which this machine does not have",
                "register http://127.0.0.1 with the provider, and give it as --redirect-uri",
            ));
        }
        let strict = format!("name the address at both ends: -L 127.0.0.1:{port}:127.0.0.1:{port}");
        if self.record.count("ipv6") > 0 && self.record.count("ipv4") == 0 && self.in_vain() {
            let evidence = format!("connections came to [::1]:{port} alone, none to 127.0.0.1");
            return Some(Finding::warning("ipv6", evidence, strict));
        }
        let v4: IpAddr = Ipv4Addr::LOCALHOST.into();
        let other = listeners
            .iter()
            .find(|found| found.port == port && found.address == v6 && !self.is_ours(found))?;
        let alone = !listeners
            .iter()
            .any(|found| found.port == port && found.address == v4 && !self.is_ours(found));
        alone.then(|| {
            let evidence = format!(
                "{} listens on [::1]:{port}: whoever takes `localhost` for ::1 ends there",
                other.owner()
            );
            Finding::warning("ipv6", evidence, strict)
        })
    }

    /// A browser that insists on https speaks TLS to a port that has none.
    pub(super) fn https_only(&self) -> Option<Finding> {
        let count = self.record.count("tls");
        (count > 0).then(|| {
            let evidence = format!(
                "the browser spoke TLS to the plain port ({}): it is in HTTPS-only mode",
                times(count)
            );
            let next = "allow http for 127.0.0.1 in the browser's settings, or change https: to \
                        http: in its address bar, or paste that address";
            Finding::warning("https-only", evidence, next)
        })
    }

    /// Chromium asks before a page on the web may reach this machine.
    pub(super) fn local_network(&self) -> Option<Finding> {
        let origin = self.record.detail("unlisted_preflight")?;
        let count = times(self.record.count("unlisted_preflight"));
        let evidence = format!(
            "the browser asked ({count}) whether the page {origin} may reach this machine, and \
             that page is not one of the provider's known ones"
        );
        let next = format!("{} --flow paste", self.again());
        Some(Finding::warning("local-network", evidence, next))
    }

    /// The answer of another attempt: an old page was reloaded, or two sign-ins ran.
    pub(super) fn old_answer(&self) -> Option<Finding> {
        let count = self.record.count("old_answer");
        (count > 0).then(|| {
            let evidence = format!("an answer to another attempt came ({})", times(count));
            let next = format!("{}, and open the URL that it prints, once", self.again());
            Finding::warning("browser", evidence, next)
        })
    }

    pub(super) fn tunnel(&self, listeners: &[Listening]) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (Some(port), true) = (self.port_number(), self.is_loopback()) else {
            return findings;
        };
        if let Some(other) = self.record.detail("other_port") {
            let evidence = format!(
                "a request for port {other} arrived at port {port}: the tunnel joins two ports"
            );
            findings.push(Finding::warning("tunnel", evidence, self.tunnel_line()));
        }
        if self.in_vain() && self.record.remote {
            let ends = listeners.iter().filter(|found| {
                found.is_ssh()
                    && found.address.is_loopback()
                    && found.port != port
                    && !X11.contains(&found.port)
            });
            findings.extend(ends.map(|found| {
                let evidence = format!(
                    "{} listens on {}:{}: a tunnel that ends on another port than {port}",
                    found.owner(),
                    found.address,
                    found.port
                );
                Finding::warning("tunnel", evidence, self.tunnel_line())
            }));
        }
        findings.extend(self.nobody(port));
        findings
    }

    /// Nobody came, or nobody who said a word.
    fn nobody(&self, port: u16) -> Option<Finding> {
        let connections = self.record.connections();
        if !self.in_vain() || connections > self.record.count("silent") {
            return None;
        }
        let (evidence, next) = match (connections, self.record.remote) {
            (0, true) => (
                format!("no connection at all reached port {port}: the tunnel never came"),
                format!("on your laptop, while it waits: {}", self.tunnel_line()),
            ),
            (0, false) => (
                format!("no connection at all reached port {port}: the browser did not come back"),
                format!(
                    "{}, and agree on the page of the URL that it prints",
                    self.again()
                ),
            ),
            (count, _) => (
                format!(
                    "port {port} was reached ({}), but nobody said a word: the way is open and \
                     the browser did not come back",
                    times(count)
                ),
                format!(
                    "{}, and agree on the page of the URL that it prints",
                    self.again()
                ),
            ),
        };
        let subject = if self.record.remote {
            "tunnel"
        } else {
            "browser"
        };
        Some(Finding::warning(subject, evidence, next))
    }

    pub(super) fn proxy(&self) -> Option<Finding> {
        let mut names = PROXIES.into_iter();
        let name = names.find(|name| self.environment.has(name))?;
        if self.has_outcome(&["provider.unreachable", "provider.timeout"]) {
            let evidence = format!("the provider was not reached, and `{name}` names a proxy");
            let next = format!("env -u {name} {}", self.again());
            return Some(Finding::warning("proxy", evidence, next));
        }
        let lost = self.in_vain() && !self.record.remote && self.record.connections() == 0;
        lost.then(|| {
            let evidence = format!(
                "`{name}` names a proxy; a browser that asks it for 127.0.0.1 does not get here"
            );
            let next = "except 127.0.0.1 and localhost from the proxy in the browser's settings";
            Finding::warning("proxy", evidence, next)
        })
    }

    pub(super) fn browser(&self) -> Option<Finding> {
        let reason = self.record.browser_failed.as_deref()?;
        let evidence = format!(
            "no browser could be started: {}",
            plain(reason, LABEL_LIMIT)
        );
        let next = format!(
            "BROWSER=firefox {}; or open the printed URL yourself",
            self.again()
        );
        Some(Finding::warning("browser", evidence, next))
    }
}

fn times(count: u64) -> String {
    match count {
        1 => "once".to_owned(),
        count => format!("{count} times"),
    }
}
