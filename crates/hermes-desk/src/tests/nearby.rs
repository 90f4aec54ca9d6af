use std::{net::SocketAddr, time::Duration};

use hermes_client::{
    GatewayAddress,
    nearby::{Listening, Nearby},
};
use hermes_gateway::settings::{Flags, Settings, Sources};
use hermes_host::nearby::{self, Announced};
use hermes_machine::Environment;
use hermes_testkit::MovedClock;

use super::*;

/// Beyond any time that a machine may take, so that what is never heard fails a test.
const PATIENCE: Duration = Duration::from_secs(120);

/// A gateway of these settings announces itself, as the one of `hermes serve` does.
fn announced(settings: &str, host: Ipv4Addr, networks: Networks) -> Option<Announced> {
    let settings = Settings::load(Sources {
        file: Some(settings),
        flags: &Flags::default(),
        environment: &Environment::default(),
        read_secret: &|_| Err("there is none".to_owned()),
    });
    let at = SocketAddr::from((host, 9119));
    nearby::begin(&settings.unwrap(), at, &SystemProbe, networks)
}

async fn until(listening: &mut Listening, is_it: impl Fn(&[Nearby]) -> bool) -> Vec<Nearby> {
    let found = async {
        loop {
            let found = listening.found();
            if is_it(&found) {
                return found;
            }
            listening.next().await.expect("nobody listens");
        }
    };
    let found = tokio::time::timeout(PATIENCE, found).await;
    found.expect("it is never heard")
}

#[tokio::test]
async fn a_gateway_that_announces_itself_is_found_until_it_ends() {
    let networks = loopback();
    let mut listening = Listening::begin(networks).unwrap();
    let settings = "[gateway]\nannounce = true\n\
                    [gateway.proxy]\npublic_url = \"https://gw.example.com/hermes\"\n";
    let gateway = announced(settings, Ipv4Addr::UNSPECIFIED, networks).unwrap();
    let found = until(&mut listening, |found| !found.is_empty()).await;
    let address = GatewayAddress::parse("https://gw.example.com/hermes").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].address, address);
    assert!(!found[0].name.is_empty());
    gateway.end(&hermes_machine::SystemClock).await;
    until(&mut listening, <[_]>::is_empty).await;
}

#[tokio::test]
async fn what_nobody_wants_announced_or_nobody_else_could_reach_is_not() {
    let is_announced = |settings, host| announced(settings, host, loopback()).is_some();
    assert!(is_announced(
        "[gateway]\nannounce = true\n",
        Ipv4Addr::UNSPECIFIED
    ));
    assert!(!is_announced("", Ipv4Addr::UNSPECIFIED));
    assert!(!is_announced(
        "[gateway]\nannounce = true\n",
        Ipv4Addr::LOCALHOST
    ));
}

#[tokio::test]
async fn nobody_listens_where_the_environment_does_not_want_it() {
    let home = TestHome::new();
    let mut deaf = outfit(&home);
    let environment = std::mem::take(&mut deaf.world.environment);
    deaf.world.environment = environment.with("HERMES_DESKTOP_NEARBY", "off");
    // Whoever listened would wait for a clock that stands still.
    deaf.world.ports.clock = MovedClock::at("2026-11-21T12:00:00Z");
    let (desk, _tidings) = Desk::open(deaf).await;
    assert_eq!(desk.nearby().await, Ok(Vec::new()));
}

#[tokio::test]
async fn where_nobody_announces_anything_nothing_is_found() {
    let home = TestHome::new();
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    clock.set_automatic();
    let mut quiet = outfit(&home);
    quiet.world.ports.clock = clock;
    let (desk, _tidings) = Desk::open(quiet).await;
    assert_eq!(desk.nearby().await, Ok(Vec::new()));
}
