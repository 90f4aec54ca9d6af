use std::net::IpAddr;

/// The SSH connection that the shell came through, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SshConnection {
    /// The address the person came from.
    pub client: Option<IpAddr>,
    /// The address of this host that they reached.
    pub server: Option<IpAddr>,
    /// The port of its SSH server.
    pub port: Option<u16>,
}

impl SshConnection {
    /// Reads `client port server port`.
    pub(super) fn of_connection(value: &str) -> Self {
        let fields: Vec<_> = value.split_ascii_whitespace().collect();
        let [from, _, to, port] = fields.as_slice() else {
            return Self::default();
        };
        Self {
            client: address(from),
            server: address(to),
            port: port.parse().ok().filter(|port| *port != 0),
        }
    }

    /// Reads `client port server-port`.
    pub(super) fn of_client(value: &str) -> Self {
        let fields: Vec<_> = value.split_ascii_whitespace().collect();
        let [from, _, port] = fields.as_slice() else {
            return Self::default();
        };
        Self {
            client: address(from),
            server: None,
            port: port.parse().ok().filter(|port| *port != 0),
        }
    }
}

/// An address, without the zone that only this machine understands. sshd writes IPv4 in its own
/// form even on a socket that takes both families.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.split('%').next().unwrap_or_default();
    bare.parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}
