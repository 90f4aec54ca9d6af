//! What the page shows of the application itself.

use hermes_client::{
    GatewayAddress, Needed, Outage, PlainHttp, Refused, State as Standing, Trouble,
    kept::{Gateways, Where},
};
use hermes_protocol::bridge::{Board, BridgeMode, GatewayRow, LineState, LineTrouble, SecretPlace};

use jiff::Timestamp;

use crate::{
    desk::{Outfit, State, id_of},
    here,
    link::Link,
    look,
};

/// All of it, as it is now.
pub(crate) fn of(state: &State, outfit: &Outfit) -> Board {
    let now = outfit.world.ports.clock.now();
    let here = state.here.is_some() || state.current.as_deref() == Some(here::ID);
    let here = here.then(|| of_here(state, now));
    let others = state.remembered.iter().map(|gateway| {
        let id = id_of(&gateway.address);
        let link = state.links.get(&id);
        GatewayRow {
            name: gateway.name.clone(),
            address: Some(gateway.address.to_string()),
            mode: look::mode(gateway.mode),
            user: gateway.user.clone(),
            state: link.map_or(LineState::Probing, |link| link.state(now)),
            unread: link.map_or(0, |link| link.unread),
            needs_you: link.map_or(0, Link::needs_you),
            is_plain: gateway.plain_http == PlainHttp::Agreed,
            secret: match gateway.secret {
                Where::Nowhere => SecretPlace::Nowhere,
                Where::File => SecretPlace::File,
                Where::Keychain => SecretPlace::Keychain,
            },
            id,
        }
    });
    let fixed = state
        .fixed
        .as_ref()
        .map(|address| of_fixed(state, address, now));
    Board {
        gateways: fixed.into_iter().chain(here).chain(others).collect(),
        current: state.current.clone(),
        is_fixed: state.fixed.is_some(),
        sign_in: state.signing.as_ref().map(|under_way| under_way.shown(now)),
        notes: state.notes.clone(),
        preferences: state.preferences,
        means: state.means.clone(),
    }
}

/// The row of the gateway that the environment names.
fn of_fixed(state: &State, address: &GatewayAddress, now: Timestamp) -> GatewayRow {
    let id = id_of(address);
    let link = state.links.get(&id);
    GatewayRow {
        name: address.host().to_owned(),
        address: Some(address.to_string()),
        mode: BridgeMode::Token,
        user: None,
        state: link.map_or(LineState::NeedsToken, |link| link.state(now)),
        unread: 0,
        needs_you: link.map_or(0, Link::needs_you),
        is_plain: false,
        secret: SecretPlace::Memory,
        id,
    }
}

/// The row of the gateway of this computer.
fn of_here(state: &State, now: Timestamp) -> GatewayRow {
    let link = state.links.get(here::ID);
    let name = state.here_name.as_deref().unwrap_or("This computer");
    GatewayRow {
        id: here::ID.to_owned(),
        name: name.to_owned(),
        address: None,
        mode: BridgeMode::Token,
        user: None,
        state: link.map_or(LineState::Connecting, |link| link.state(now)),
        unread: link.map_or(0, |link| link.unread),
        needs_you: link.map_or(0, Link::needs_you),
        is_plain: false,
        secret: SecretPlace::Memory,
    }
}

/// How a line stands, as the page is told.
pub(crate) fn standing(state: Standing, wait_ms: u32) -> LineState {
    match state {
        Standing::Probing => LineState::Probing,
        Standing::Connecting => LineState::Connecting,
        Standing::Live => LineState::Live,
        Standing::NeedsSignIn(Needed::SignIn) => LineState::NeedsSignIn,
        Standing::NeedsSignIn(Needed::Token) => LineState::NeedsToken,
        Standing::Waiting(_, trouble) => LineState::Waiting {
            wait_ms,
            trouble: match trouble {
                Trouble::Network => LineTrouble::Network,
                Trouble::Out(Outage::NotTheGateway) => LineTrouble::NotTheGateway,
                Trouble::Out(Outage::Status(status, _)) => LineTrouble::Status { status },
                Trouble::Closed(code) => LineTrouble::Closed { code },
            },
        },
        Standing::TooOld => LineState::TooOld,
        Standing::Refused(Refused::Ticket) => LineState::Refused { closed: None },
        Standing::Refused(Refused::Closed(code)) => LineState::Refused { closed: Some(code) },
    }
}

/// Where secrets are kept from now on.
pub(crate) fn place_of_secrets(gateways: &Gateways) -> SecretPlace {
    match gateways.has_keychain() {
        true => SecretPlace::Keychain,
        false => SecretPlace::File,
    }
}
