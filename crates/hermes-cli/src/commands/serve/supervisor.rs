use std::os::{
    linux::net::SocketAddrExt as _,
    unix::net::{SocketAddr, UnixDatagram},
};

use hermes_machine::Environment;
use rustix::time::{ClockId, clock_gettime};

/// Where systemd wants to be told, for a unit of `Type=notify`.
const VARIABLE: &str = "NOTIFY_SOCKET";

/// What it is told (sd_notify(3)).
#[derive(Clone, Copy)]
pub(super) enum State {
    /// Connections are taken, and the settings are those of the file.
    Ready,
    /// The settings are read again.
    Reloading,
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
    let message = match state {
        State::Ready => "READY=1".to_owned(),
        State::Reloading => format!("RELOADING=1\nMONOTONIC_USEC={}", uptime()),
        State::Stopping => "STOPPING=1".to_owned(),
    };
    let _ = address.and_then(|address| {
        let socket = UnixDatagram::unbound()?;
        socket.send_to_addr(message.as_bytes(), &address)
    });
}

/// The monotonic clock in microseconds, by which systemd tells which of its own requests an answer
/// is to. No other clock will do, so this one is not the [`Clock`](hermes_machine::Clock) of tests.
fn uptime() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.saturating_mul(1_000_000) + now.tv_nsec / 1_000
}
