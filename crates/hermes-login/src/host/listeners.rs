use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::HostProbe;

/// The state of a socket that waits for connections.
const LISTENING: &str = "0A";

/// A socket of this machine that waits for connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listening {
    /// The address; the unspecified one stands for all.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// Name and id of the process, where we may see it.
    pub process: Option<(String, u32)>,
}

impl Listening {
    /// Who listens, in words: `` `node` (process 4242) ``.
    pub fn owner(&self) -> String {
        match &self.process {
            Some((name, id)) => format!("`{}` (process {id})", hermes_secret::plain(name, 32)),
            None => "a process of another user".to_owned(),
        }
    }

    /// Whether an SSH server or client holds it: then it is one end of a tunnel.
    pub fn is_ssh(&self) -> bool {
        let name = self.process.as_ref().map(|(name, _)| name.as_str());
        name.is_some_and(|name| name == "ssh" || name.starts_with("sshd"))
    }
}

/// Every socket of this machine that waits for TCP connections, with its process where we may
/// look.
pub fn listeners(probe: &dyn HostProbe) -> Vec<Listening> {
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        let text = probe.read(table).unwrap_or_default();
        found.extend(text.lines().skip(1).filter_map(row));
    }
    let owners = match found.is_empty() {
        true => HashMap::new(),
        false => owners(probe),
    };
    let listening = found.into_iter().map(|(address, port, inode)| Listening {
        address,
        port,
        process: owners.get(&inode).cloned(),
    });
    listening.collect()
}

/// Address, port and inode of a row that listens.
fn row(line: &str) -> Option<(IpAddr, u16, u64)> {
    let fields: Vec<_> = line.split_ascii_whitespace().collect();
    if *fields.get(3)? != LISTENING {
        return None;
    }
    let (address, port) = fields.get(1)?.split_once(':')?;
    let inode = fields.get(9)?.parse().ok()?;
    Some((parse(address)?, u16::from_str_radix(port, 16).ok()?, inode))
}

/// The kernel writes addresses as 32-bit words in the machine's own order.
fn parse(hex: &str) -> Option<IpAddr> {
    let mut bytes = Vec::new();
    for word in hex.as_bytes().chunks(8) {
        let word = u32::from_str_radix(std::str::from_utf8(word).ok()?, 16).ok()?;
        bytes.extend(word.to_ne_bytes());
    }
    if let Ok(bytes) = <[u8; 4]>::try_from(bytes.as_slice()) {
        return Some(Ipv4Addr::from(bytes).into());
    }
    let bytes = <[u8; 16]>::try_from(bytes.as_slice()).ok()?;
    Some(IpAddr::from(Ipv6Addr::from(bytes)).to_canonical())
}

/// The processes by the inodes of the sockets that they hold.
fn owners(probe: &dyn HostProbe) -> HashMap<u64, (String, u32)> {
    let mut owners = HashMap::new();
    for id in super::services::processes(probe) {
        for descriptor in probe.list(&format!("/proc/{id}/fd")) {
            let target = probe.link(&format!("/proc/{id}/fd/{descriptor}"));
            let inode = target.as_deref().and_then(|target| {
                let inode = target.strip_prefix("socket:[")?.strip_suffix(']')?;
                inode.parse::<u64>().ok()
            });
            if let Some(inode) = inode {
                owners.entry(inode).or_insert_with(|| {
                    let name = probe.read(&format!("/proc/{id}/comm")).unwrap_or_default();
                    (name.trim().to_owned(), id)
                });
            }
        }
    }
    owners
}
