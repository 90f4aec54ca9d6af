//! Links by which somebody chooses how to sign in at the gateway: as the owner, or as a user.

use std::net::IpAddr;

use hermes_errors::{Code, Failure};
use hermes_gateway::{claim, site::Host};
use hermes_host::assembly::addresses;
use hermes_login::{GUIDE_BASE, Place, SystemProbe, tunnel_hint};
use hermes_protocol::routes;
use hermes_secret::Secret;
use hermes_storage::{Label, Role, Storage, UserId};
use serde_json::json;
use url::Url;

use super::{destination::Destination, serve};
use crate::{output::Output, terminal, world::World};

/// Whom a link lets choose.
pub(super) struct Invited {
    pub(super) user: UserId,
    pub(super) role: Role,
    pub(super) display_name: Option<Label>,
}

/// Makes a link for somebody, and shows it. One that was made for them before opens nothing any
/// more.
pub(super) async fn make(
    invited: Invited,
    storage: &dyn Storage,
    destination: &Destination,
    world: &World,
) -> Result<Link, Failure> {
    let way = Way::to(destination, world)?;
    let Invited {
        user,
        role,
        display_name,
    } = invited;
    let (clock, random) = (&*world.ports.clock, &*world.ports.random);
    let inviting = claim::invite(
        storage.invitations(),
        user,
        role,
        display_name,
        clock,
        random,
    );
    let (secret, ends_at) = inviting.await.map_err(|error| Failure::of(&error))?;
    Ok(Link {
        way,
        secret,
        runs: destination.runs,
        event: json!({
            "event": "invited",
            "user": user.as_str(),
            "role": super::users::role(role),
            "expires_at": ends_at.to_string(),
        }),
    })
}

/// Fails where nobody signs in, so that a link would open nothing.
pub(super) async fn needs_sign_in(
    storage: &dyn Storage,
    destination: &Destination,
) -> Result<(), Failure> {
    if destination.signs_in {
        return Ok(());
    }
    let users = storage.users().list().await;
    let users = users.map_err(|error| Failure::of(&error))?;
    let message = match (users.is_empty(), destination.runs) {
        (true, _) => {
            "the gateway serves its own machine alone, where nobody signs in: its first user \
             changes that at the next start"
        }
        (false, true) => {
            "the gateway was started without users and serves its own machine alone; it has some \
             now, and asks them to sign in from its next start on"
        }
        (false, false) => return Ok(()),
    };
    Err(Failure::new(Code::GatewayNoSignIn, message))
}

/// A link that was made.
pub(super) struct Link {
    way: Way,
    secret: Secret,
    runs: bool,
    event: serde_json::Value,
}

impl Link {
    /// Shows it: the address on standard output, what to do with it beside.
    pub(super) fn show(mut self, output: Output) -> Result<(), Failure> {
        let url = self.way.link(&self.secret);
        if output.json {
            self.event["url"] = url.as_str().into();
            return output.json(&self.event);
        }
        for line in &self.way.first {
            output.say(line);
        }
        output.data(&format!("{url}\n"))?;
        if let Some(code) = self.way.code(&url) {
            output.say(&code);
        }
        output.say("  It works once, within an hour, for whoever opens it.");
        if !self.runs {
            output.say("  No gateway of this home answers just now, so the link leads where the");
            output.say("  settings say; flags of `hermes serve` are not in it.");
        }
        Ok(())
    }
}

/// How a browser gets to the page on which invitations are accepted.
pub(super) struct Way {
    page: Url,
    /// What to do before the link opens, line by line.
    pub(super) first: Vec<String>,
}

impl Way {
    /// The way to this gateway.
    pub(super) fn to(destination: &Destination, world: &World) -> Result<Self, Failure> {
        let place = Place::detect(&world.environment, &SystemProbe);
        let here = &destination.here;
        let port = here.port_or_known_default().unwrap_or_default();
        let root = match &destination.public {
            Some(public) => public.clone(),
            None => match outside(destination, &place) {
                Some(outside) => {
                    let (scheme, host) = (here.scheme(), Host::Address(outside));
                    address(&format!("{scheme}://{host}:{port}/"))?
                }
                None => here.clone(),
            },
        };
        let first = if is_loopback(&root) {
            through(tunnel_hint(&place, here.as_str(), None, GUIDE_BASE).map(|hint| hint.command))
        } else if root.scheme() == "http" {
            instead(&root, here, port, &place)
        } else {
            Vec::new()
        };
        let page = format!(
            "{}{}",
            root.as_str().trim_end_matches('/'),
            routes::CLAIM_PAGE.path
        );
        Ok(Self {
            page: address(&page)?,
            first,
        })
    }

    /// The link of this secret.
    pub(super) fn link(&self, secret: &Secret) -> Url {
        let mut link = self.page.clone();
        link.set_fragment(Some(secret.expose()));
        link
    }

    /// The link for the camera of a telephone, where one could follow it.
    pub(super) fn code(&self, link: &Url) -> Option<String> {
        let is_near = is_loopback(&self.page);
        terminal::code(link.as_str()).filter(|_| !is_near)
    }
}

fn address(text: &str) -> Result<Url, Failure> {
    Url::parse(text).map_err(|error| {
        let message = format!("the settings make no address for a link: {error}");
        Failure::new(Code::ConfigInvalid, message)
    })
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().and_then(Host::parse);
    host.is_some_and(|host| host.is_loopback())
}

/// The address by which others reach a gateway that listens on all of them.
fn outside(destination: &Destination, place: &Place) -> Option<IpAddr> {
    if !destination.everywhere {
        return None;
    }
    let by_ssh = place.ssh.as_ref().and_then(|ssh| ssh.server);
    let by_ssh = by_ssh.filter(|address| addresses().contains(address));
    by_ssh.or_else(|| serve::outside().next())
}

/// What comes first where the browser is on another machine than the gateway.
fn through(tunnel: Option<String>) -> Vec<String> {
    let Some(tunnel) = tunnel else {
        return Vec::new();
    };
    vec![
        "  Is the browser on another machine? There, in a second terminal, first:".to_owned(),
        format!("    {tunnel}"),
    ]
}

/// What is better than a link that goes over the network in clear.
fn instead(root: &Url, here: &Url, port: u16, place: &Place) -> Vec<String> {
    let host = root.host_str().unwrap_or_default();
    let target = here.host_str().unwrap_or_default();
    vec![
        "  Not encrypted: whoever is on the way can read the link and a password. Over ssh it is:"
            .to_owned(),
        format!("    ssh -N -L {port}:{target}:{port} {}@{host}", place.user),
        format!("  and then the link with http://127.0.0.1:{port} in place of its beginning."),
    ]
}
