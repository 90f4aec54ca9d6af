use std::{collections::BTreeSet, net::IpAddr};

/// Which addresses this machine has. When they change, a gateway may be reached that was not before, and
/// a socket that looks open may lead nowhere.
pub trait Network: Send + Sync {
    /// The addresses at this moment.
    fn addresses(&self) -> BTreeSet<IpAddr>;
}

/// The machine's own network.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNetwork;

impl Network for SystemNetwork {
    fn addresses(&self) -> BTreeSet<IpAddr> {
        // A machine that does not tell has none that change.
        let all = if_addrs::get_if_addrs().unwrap_or_default();
        let others = all.iter().filter(|one| !one.is_loopback());
        others.map(if_addrs::Interface::ip).collect()
    }
}
