use std::{collections::BTreeSet, net::SocketAddr, time::Duration};

use hermes_machine::{Clock, Environment};
use tokio::net::{TcpStream, lookup_host};
use url::Url;

use super::super::{Finding, surroundings::PROXIES};

/// How long a name, and each of its addresses, may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// The most addresses that are tried.
const ADDRESSES: usize = 8;

/// Whether the name leads somewhere, and the port is open there. Through a proxy of this machine's own
/// network both are the proxy's business.
pub(super) async fn look(url: &Url, environment: &Environment, clock: &dyn Clock) -> Vec<Finding> {
    if let Some(name) = PROXIES.into_iter().find(|name| environment.has(name)) {
        let evidence = format!("what is asked goes through the proxy of `{name}`");
        return vec![Finding::fine("name", evidence)];
    }
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else {
        return Vec::new();
    };
    let addresses = match resolve(host, port, clock).await {
        Ok(addresses) => addresses,
        Err(why) => {
            let evidence = format!("`{host}` leads nowhere: {why}");
            let next = "correct the name, or its entries in the DNS (A for IPv4, AAAA for IPv6)";
            return vec![Finding::broken("name", evidence, next)];
        }
    };
    let shown: Vec<_> = addresses.iter().map(|one| one.ip().to_string()).collect();
    let mut findings = vec![Finding::fine(
        "name",
        format!("`{host}` is {}", shown.join(", ")),
    )];
    findings.extend(ports(&addresses, port, clock).await);
    findings
}

async fn resolve(host: &str, port: u16, clock: &dyn Clock) -> Result<Vec<SocketAddr>, String> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::select! {
        found = lookup_host((host, port)) => found.map_err(|error| error.to_string())?,
        () = clock.sleep(PATIENCE) => {
            return Err(format!("no answer within {} s", PATIENCE.as_secs()));
        }
    };
    let addresses: BTreeSet<_> = found.collect();
    match addresses.is_empty() {
        true => Err("it has no address".to_owned()),
        false => Ok(addresses.into_iter().take(ADDRESSES).collect()),
    }
}

/// Tries every address: a browser may take any of them.
async fn ports(addresses: &[SocketAddr], port: u16, clock: &dyn Clock) -> Vec<Finding> {
    let mut closed = Vec::new();
    for address in addresses {
        let connected = tokio::select! {
            connected = TcpStream::connect(address) => connected.map_err(|error| error.to_string()),
            () = clock.sleep(PATIENCE) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        if let Err(why) = connected {
            closed.push(format!("{}: {why}", address.ip()));
        }
    }
    if closed.is_empty() {
        return vec![Finding::fine("port", format!("port {port} is open"))];
    }
    let evidence = format!("port {port} does not answer at {}", closed.join("; "));
    let open = "start what listens there, and let the firewall pass it";
    vec![match closed.len() == addresses.len() {
        true => Finding::broken("port", evidence, open),
        false => Finding::warning(
            "port",
            evidence,
            "open it there too, or take that address out of the DNS: some people are led to it",
        ),
    }]
}
