use std::net::IpAddr;

use ipnet::IpNet;

use super::reader::{Place, Reader};
use crate::{
    forwarded::Trust,
    reach::{Allowed, Reach},
    site::{Host, PublicUrl, WebOrigin},
};

/// What people see of the gateway, and the proxies in between.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// The address that people type.
    pub public_url: Option<PublicUrl>,
    /// Whose forwarded headers are believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Further names of the gateway.
    pub allowed_hosts: Vec<Host>,
    /// Further web pages that may use it.
    pub allowed_origins: Vec<WebOrigin>,
    /// Whether apps and programs may connect with a good credential.
    pub non_web_origins: bool,
}

impl Proxy {
    /// Whom to believe.
    pub fn trust(&self) -> Trust {
        Trust::new(self.trusted_proxies.clone(), self.public_url.clone())
    }

    /// What the gateway is reached as, when it listens on this address of a machine with these.
    pub fn reach(&self, bind: &str, machine: impl IntoIterator<Item = IpAddr>) -> Reach {
        let allowed = Allowed {
            hosts: self.allowed_hosts.clone(),
            origins: self.allowed_origins.clone(),
            non_web_origins: self.non_web_origins,
        };
        Reach::new(bind, machine, self.public_url.as_ref(), allowed)
    }
}

pub(super) fn read(reader: &mut Reader<'_>, place: &Place<'_>) -> Proxy {
    Proxy {
        public_url: reader.text(place, "public_url", |text| {
            PublicUrl::parse(text).map(Some).map_err(str::to_owned)
        }),
        trusted_proxies: reader.list(place, "trusted_proxies", network),
        allowed_hosts: reader.list(place, "allowed_hosts", |text| {
            let host = Host::typed(text);
            host.ok_or_else(|| "must hold names or addresses, without scheme and port".to_owned())
        }),
        allowed_origins: reader.list(place, "allowed_origins", |text| {
            WebOrigin::parse(text).ok_or_else(|| {
                "must hold origins such as `https://chat.example.com`, with the port if it is an \
                 unusual one, and without a path"
                    .to_owned()
            })
        }),
        non_web_origins: reader.switch(place, "non_web_origins"),
    }
}

/// A network or a single address. All of the internet is refused: every client could then choose
/// the address that it is counted by.
fn network(text: &str) -> Result<IpNet, String> {
    let single = || {
        text.parse::<IpAddr>()
            .map(|address| address.to_canonical().into())
    };
    let net: Option<IpNet> = text.parse().or_else(|_| single()).ok();
    match net {
        Some(net) if net.prefix_len() > 0 => Ok(net.trunc()),
        None if text != "*" => {
            Err("must hold addresses or networks, such as `10.0.0.0/8`".to_owned())
        }
        _ => Err(
            "must name the proxies: whoever is trusted chooses the address that a client \
                  is counted by"
                .to_owned(),
        ),
    }
}
