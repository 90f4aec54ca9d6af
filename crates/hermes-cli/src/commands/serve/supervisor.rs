use std::os::{
    linux::net::SocketAddrExt as _,
    unix::net::{SocketAddr, UnixDatagram},
};

use hermes_machine::Environment;

/// Where systemd wants to be told, for a unit of `Type=notify`.
const VARIABLE: &str = "NOTIFY_SOCKET";

/// What it is told (sd_notify(3)).
#[derive(Clone, Copy)]
pub(super) enum State {
    /// Connections are taken.
    Ready,
    /// It was told to stop.
    Stopping,
}

/// Tells whoever supervises this process, if somebody does. That nobody hears it changes nothing.
pub(super) fn tell(environment: &Environment, state: State) {
    let Some(name) = environment.text(VARIABLE) else {
        return;
    };
    let address = match name.strip_prefix('@') {
        Some(name) => SocketAddr::from_abstract_name(name),
        None => SocketAddr::from_pathname(name),
    };
    let message: &[u8] = match state {
        State::Ready => b"READY=1",
        State::Stopping => b"STOPPING=1",
    };
    let _ = address.and_then(|address| {
        let socket = UnixDatagram::unbound()?;
        socket.send_to_addr(message, &address)
    });
}
