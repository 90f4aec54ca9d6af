use std::net::{IpAddr, Ipv4Addr};

use hermes_login::{
    Place, SystemProbe,
    host::{HostProbe, SystemHost},
};
use hermes_machine::Environment;

use super::Finding;

/// The proxies that requests to providers would take.
pub(super) const PROXIES: [&str; 3] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"];

/// Where this is, and what leads there.
pub(super) fn look(environment: &Environment) -> Vec<Finding> {
    let place = Place::detect(environment, &SystemProbe);
    let mut findings = vec![Finding::fine(
        "place",
        format!("this is {}", place.describe()),
    )];
    findings.extend(place.evidence.iter().map(|evidence| Finding {
        next: Some(evidence.follows.clone()),
        ..Finding::fine("place", evidence.finding.clone())
    }));
    findings.push(match &place.graphical_browser {
        Ok(()) => Finding::fine("browser", "a graphical browser can be opened here"),
        Err(reason) => Finding {
            next: Some("the address is printed; open it in the browser you sit at".to_owned()),
            ..Finding::fine("browser", reason.clone())
        },
    });
    findings.extend(loopback(&SystemHost));
    if let Some(name) = PROXIES.into_iter().find(|name| environment.has(name)) {
        findings.push(Finding::warning(
            "proxy",
            format!("requests to providers go through the proxy of `{name}`"),
            format!("if a provider cannot be reached, try: env -u {name} hermes auth add …"),
        ));
    }
    findings
}

/// Redirect URIs name 127.0.0.1, so a machine that has IPv6 alone can be sent no answer.
fn loopback(probe: &dyn HostProbe) -> Option<Finding> {
    let missing = !probe.has_address(IpAddr::V4(Ipv4Addr::LOCALHOST));
    missing.then(|| {
        Finding::broken(
            "ipv6",
            "nothing can listen on 127.0.0.1, which is where browsers bring answers",
            "bring the loopback up: ip link set lo up; or sign in with --flow paste",
        )
    })
}
