//! The hint for remote sessions: the exact tunnel command, to be copied as it stands.

use std::net::IpAddr;

use url::{Host, Url};

use crate::place::{Inside, Place, PlaceKind};

/// Where the guide is published, unless `HERMES_DOCS_URL` says otherwise.
pub const GUIDE_BASE: &str = "https://hermes-agent.nousresearch.com/docs";

const RULE: &str = "------------------------------------------------------------";

/// How a browser on another machine reaches the listener here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelHint {
    /// The command for the person's own machine.
    pub command: String,
    /// The same through a jump box, with the placeholder `JUMP`.
    pub jump_command: String,
    /// What is printed, line by line.
    pub lines: Vec<String>,
}

/// The hint for a listener at `redirect_uri`; `None` where no tunnel is needed or none could be
/// named: the place is not remote, or the URI is not loopback, has no port or is malformed.
pub fn tunnel_hint(
    place: &Place,
    redirect_uri: &str,
    provider_docs: Option<&Url>,
    guide_base: &str,
) -> Option<TunnelHint> {
    if !place.is_remote() {
        return None;
    }
    let (url, target, port) = listener(redirect_uri)?;
    let server = Server::of(place);
    let forward = format!("ssh -N -L {port}:{target}:{port}");
    let destination = server.destination(&place.user);
    let command = format!("{forward} {destination}");
    let jump_command = format!("{forward} -J JUMP {destination}");

    let mut lines = vec![RULE.to_owned()];
    if place.kind == PlaceKind::Container {
        lines.extend(container(&url, &command));
    } else {
        lines.extend([
            "Remote session detected — SSH tunnel required".to_owned(),
            format!("Hermes waits on {url} here on {};", place.host),
            "your browser is elsewhere. On your laptop, in a second terminal:".to_owned(),
            format!("  {command}"),
        ]);
        if server.uncertain {
            lines.push(format!(
                "  (or the name you used with ssh, in place of {})",
                server.name
            ));
        }
        lines.extend([
            "Through a jump box (put its name in place of JUMP):".to_owned(),
            format!("  {jump_command}"),
            "No tunnel? Paste here the address of the page that fails to load.".to_owned(),
        ]);
        lines.extend(notes(place));
    }
    if let Some(docs) = provider_docs {
        lines.push(format!("Provider docs:      {docs}"));
    }
    lines.extend([
        format!(
            "SSH/jump-box guide: {}/guides/oauth-over-ssh",
            guide_base.trim_end_matches('/')
        ),
        "                    (also: hermes guide oauth-over-ssh)".to_owned(),
        RULE.to_owned(),
    ]);
    Some(TunnelHint {
        command,
        jump_command,
        lines,
    })
}

/// The redirect URI, where the tunnel has to end, and the port.
fn listener(redirect_uri: &str) -> Option<(Url, &'static str, u16)> {
    let url = Url::parse(redirect_uri.trim()).ok()?;
    if url.scheme() != "http" {
        return None;
    }
    let target = match url.host()? {
        Host::Ipv4(address) if address.octets() == [127, 0, 0, 1] => "127.0.0.1",
        Host::Domain("localhost") => "127.0.0.1",
        // The listener is on ::1 alone, so that is where the tunnel ends.
        Host::Ipv6(address) if address.is_loopback() => "[::1]",
        _ => return None,
    };
    let port = url.port().filter(|port| *port != 0)?;
    Some((url, target, port))
}

/// The host as the laptop knows it.
struct Server {
    name: String,
    port: Option<u16>,
    /// Whether the person may know it by another name or address.
    uncertain: bool,
}

impl Server {
    fn of(place: &Place) -> Self {
        let ssh = place.ssh.clone().unwrap_or_default();
        let port = ssh.port.filter(|port| *port != 22);
        match ssh.server {
            // Reached through a proxy on the host itself, or from itself: not an address for others.
            Some(address) if !address.is_loopback() && !is_link_local(address) => Self {
                name: address.to_string(),
                port,
                uncertain: is_private(address),
            },
            _ => Self {
                name: place.host.clone(),
                port,
                uncertain: true,
            },
        }
    }

    fn destination(&self, user: &str) -> String {
        let name = &self.name;
        match self.port {
            Some(port) => format!("-p {port} {user}@{name}"),
            None => format!("{user}@{name}"),
        }
    }
}

/// Addresses that several networks use, so that the laptop may reach the host by another one.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            // The last range is that of carriers and of overlay networks (RFC 6598).
            address.is_private() || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

/// Addresses that mean something only together with an interface of the machine that uses them.
fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// A container that was not reached by SSH: a tunnel to its host ends outside, so the paste comes
/// first.
fn container(url: &Url, command: &str) -> [String; 6] {
    [
        "Container detected — paste the answer".to_owned(),
        format!("Hermes waits on {url} in here, and a tunnel to the container's"),
        "host does not reach that, nor does a published port. Approve in your browser, and"
            .to_owned(),
        "paste here the address of the page that fails to load.".to_owned(),
        "If the container shares its host's network, a tunnel to the host works too:".to_owned(),
        format!("  {command}"),
    ]
}

fn notes(place: &Place) -> Vec<String> {
    let mut notes = Vec::new();
    if place.is_inside(Inside::Mosh) {
        notes.push("You are in mosh, which carries no tunnel: the command above needs a plain");
        notes.push("ssh session of its own. Your mosh session can stay as it is.");
    } else if place.is_inside(Inside::Tmux) || place.is_inside(Inside::Screen) {
        notes.push("You are in tmux or screen: the tunnel is a plain ssh session of its own, and");
        notes.push("this one can stay as it is.");
    }
    if place.is_inside(Inside::Container) {
        notes.push("This is a container: a tunnel to its host does not reach 127.0.0.1 in here,");
        notes.push("and neither does a published port. Paste the address instead, or start the");
        notes.push("container with the host's network.");
    }
    if matches!(place.kind, PlaceKind::BrowserShell(_)) {
        notes.push("A shell in a web page is often not reachable by ssh: then paste.");
    }
    notes.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
