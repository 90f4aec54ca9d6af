use hermes_login::{Place, SystemProbe};
use hermes_machine::Environment;

use super::Finding;

/// The proxies that requests to providers would take.
const PROXIES: [&str; 3] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"];

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
    if let Some(name) = PROXIES.into_iter().find(|name| environment.has(name)) {
        findings.push(Finding::warning(
            "proxy",
            format!("requests to providers go through the proxy of `{name}`"),
            format!("if a provider cannot be reached, try: env -u {name} hermes auth add …"),
        ));
    }
    findings
}
