use std::{
    os::{
        linux::net::SocketAddrExt as _,
        unix::net::{SocketAddr, UnixDatagram},
    },
    time::Duration,
};

use hermes_machine::{Clock, Environment};
use rustix::time::{ClockId, clock_gettime};

/// Where systemd wants to be told, for a unit of `Type=notify`.
const VARIABLE: &str = "NOTIFY_SOCKET";

/// How long it may take to be told: a supervisor that does not read holds nobody up.
const STALL: Duration = Duration::from_secs(1);

/// What it is told (sd_notify(3)).
#[derive(Clone, Copy)]
pub(super) enum State {
    /// Connections are taken, and the settings are those of the file.
    Ready,
    /// The settings are read again.
    Reloading,
    /// It was told to stop.
    Stopping,
    /// It goes on.
    Alive,
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
        State::Alive => "WATCHDOG=1".to_owned(),
    };
    let _ = address.and_then(|address| {
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(STALL))?;
        socket.send_to_addr(message.as_bytes(), &address)
    });
}

/// Says that the gateway goes on, twice as often as the supervisor wants to hear it, if it does. A task
/// is run for it each time: a gateway whose tasks hang is silent, and is started again.
pub(super) async fn keep_alive(environment: &Environment, clock: &dyn Clock) {
    let Some(period) = watchdog(environment, std::process::id()) else {
        return;
    };
    while tokio::spawn(std::future::ready(())).await.is_ok() {
        tell(environment, State::Alive);
        clock.sleep(period).await;
    }
}

/// How often a process is to say that it goes on (sd_watchdog_enabled(3)).
fn watchdog(environment: &Environment, process: u32) -> Option<Duration> {
    let other = environment.text("WATCHDOG_PID");
    if other.is_some_and(|other| other.parse() != Ok(process)) {
        return None;
    }
    let limit: u64 = environment.text("WATCHDOG_USEC")?.parse().ok()?;
    // No limit is shorter than it takes to say so.
    (limit > 1000).then(|| Duration::from_micros(limit / 2))
}

/// The monotonic clock in microseconds, by which systemd tells which of its own requests an answer
/// is to. No other clock will do, so this one is not the [`Clock`] of tests.
fn uptime() -> i64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec.saturating_mul(1_000_000) + now.tv_nsec / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_limit_is_heard_from_the_process_that_is_meant() {
        let at = |limit: &str, process: &str| {
            let pairs = [("WATCHDOG_USEC", limit), ("WATCHDOG_PID", process)];
            watchdog(&Environment::from(pairs), 77).map(|period| period.as_millis())
        };
        assert_eq!(at("60000000", "77"), Some(30_000));
        assert_eq!(at("60000000", ""), Some(30_000));
        assert_eq!(at("60000000", "78"), None);
        for none in ["", "0", "-1", "a minute", "99999999999999999999"] {
            assert_eq!(at(none, "77"), None, "{none}");
        }
    }
}
