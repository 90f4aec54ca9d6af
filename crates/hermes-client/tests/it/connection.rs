use std::time::Duration;

use hermes_client::{
    Connection, Happened, Minted, Mode, Needed, Outage, Refused, State, ToDo, Trouble,
};
use hermes_protocol::close::{Close, Then};
use hermes_secret::Secret;
use proptest::prelude::*;

const START: Duration = Duration::ZERO;
const LATER: Duration = Duration::from_secs(60);

fn ticket() -> Happened {
    Happened::Minted(Minted::Ticket(Secret::new("T")))
}

/// One of those that people sign in to, as far as it gets without anything going wrong.
fn connecting() -> Connection {
    let mut connection = Connection::new(None);
    assert!(matches!(connection.begin(), ToDo::Probe));
    let to_do = connection.on(Happened::Probed(Mode::SignIn), START, 0);
    assert!(matches!(to_do, ToDo::Mint));
    connection
}

fn live() -> Connection {
    let mut connection = connecting();
    let to_do = connection.on(ticket(), START, 0);
    assert!(matches!(to_do, ToDo::OpenByTicket(ticket) if ticket.expose() == "T"));
    assert_eq!(connection.state(), State::Connecting);
    let to_do = connection.on(Happened::Ready, START, 0);
    assert!(matches!(to_do, ToDo::Nothing));
    assert_eq!(connection.state(), State::Live);
    connection
}

/// How long it waits, and why.
fn waits(connection: &Connection) -> (u128, Trouble) {
    match connection.state() {
        State::Waiting(pause, why) => (pause.as_millis(), why),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn facts_5_6_each_attempt_has_a_ticket_of_its_own() {
    let mut connection = live();
    for wait in [300, 600, 1_200] {
        let to_do = connection.on(Happened::Closed(None), START, 0);
        assert!(matches!(to_do, ToDo::Wait(pause) if pause.as_millis() == wait));
        assert!(matches!(
            connection.on(Happened::Nudged, START, 0),
            ToDo::Mint
        ));
    }
}

#[test]
fn a_connection_that_held_begins_its_waits_anew() {
    let mut connection = live();
    connection.on(Happened::Closed(None), START, 0);
    connection.on(Happened::Nudged, START, 0);
    connection.on(ticket(), START, 0);
    connection.on(Happened::Ready, START, 0);
    connection.on(Happened::Closed(None), LATER, 0);
    assert_eq!(waits(&connection), (300, Trouble::Network));
}

#[test]
fn a_connection_that_broke_at_once_does_not() {
    let mut connection = live();
    connection.on(Happened::Closed(None), START, 0);
    connection.on(Happened::Nudged, START, 0);
    connection.on(ticket(), START, 0);
    connection.on(Happened::Ready, START, 0);
    connection.on(Happened::Closed(Some(1012)), START, 0);
    assert_eq!(waits(&connection), (600, Trouble::Closed(1012)));
}

#[test]
fn facts_5_6_a_sign_in_is_asked_for_once_and_waited_for() {
    let mut connection = live();
    // The session was ended elsewhere: the gateway is asked at once whether that is so.
    let to_do = connection.on(Happened::Closed(Some(4401)), LATER, 0);
    assert!(matches!(to_do, ToDo::Mint));
    connection.on(Happened::Minted(Minted::SignInNeeded), LATER, 0);
    let needed = State::NeedsSignIn(Needed::SignIn);
    assert_eq!(connection.state(), needed);
    for _ in 0..3 {
        let to_do = connection.on(Happened::Nudged, LATER, 0);
        assert!(matches!(to_do, ToDo::Nothing));
        assert_eq!(connection.state(), needed);
    }
    let to_do = connection.on(Happened::SignedIn, LATER, 0);
    assert!(matches!(to_do, ToDo::Mint));
}

#[test]
fn a_fresh_ticket_that_is_refused_is_no_reason_to_hurry() {
    let mut connection = connecting();
    for wait in [300, 600] {
        connection.on(ticket(), START, 0);
        connection.on(Happened::Closed(Some(4401)), START, 0);
        assert_eq!(waits(&connection), (wait, Trouble::Closed(4401)));
        connection.on(Happened::Nudged, START, 0);
    }
}

#[test]
fn in_token_mode_a_refused_token_is_asked_for() {
    let mut connection = Connection::new(Some(Mode::Token));
    assert!(matches!(connection.begin(), ToDo::OpenByToken));
    connection.on(Happened::Closed(Some(4401)), START, 0);
    assert_eq!(connection.state(), State::NeedsSignIn(Needed::Token));
    let to_do = connection.on(Happened::SignedIn, START, 0);
    assert!(matches!(to_do, ToDo::OpenByToken));
}

#[test]
fn what_no_retry_changes_is_not_retried() {
    let stops = Close::ALL.iter().filter(|close| close.then() == Then::Stop);
    for close in stops {
        let mut connection = live();
        let to_do = connection.on(Happened::Closed(Some(close.code())), LATER, 0);
        assert!(matches!(to_do, ToDo::Nothing), "{close:?}");
        let refused = State::Refused(Refused::Closed(close.code()));
        assert_eq!(connection.state(), refused);
        // Unless the person asks for it.
        assert!(matches!(
            connection.on(Happened::Nudged, LATER, 0),
            ToDo::Mint
        ));
    }
    let mut connection = connecting();
    let refused = Happened::Minted(Minted::Refused(None));
    connection.on(refused, START, 0);
    assert_eq!(connection.state(), State::Refused(Refused::Ticket));
}

#[test]
fn an_outage_is_waited_for_and_nobody_is_sent_to_sign_in() {
    let until = |seconds| Some(Duration::from_secs(seconds));
    for (outage, wait) in [
        (Outage::NotTheGateway, 300),
        (Outage::Status(503, None), 300),
        (Outage::Status(429, until(7)), 7_000),
        (Outage::Status(503, until(86_400)), 300_000),
    ] {
        let mut connection = connecting();
        connection.on(Happened::Minted(Minted::Out(outage)), START, 0);
        assert_eq!(waits(&connection), (wait, Trouble::Out(outage)));
    }
    let mut connection = Connection::new(None);
    connection.begin();
    connection.on(Happened::Unanswered, START, 0);
    assert_eq!(waits(&connection), (300, Trouble::Network));
    assert!(matches!(
        connection.on(Happened::Nudged, START, 0),
        ToDo::Probe
    ));
    connection.on(Happened::Out(Outage::NotTheGateway), START, 0);
    assert_eq!(
        waits(&connection),
        (600, Trouble::Out(Outage::NotTheGateway))
    );
}

#[test]
fn facts_5_6_a_gateway_from_before_tickets_is_looked_at_now_and_then() {
    for too_old in [Happened::Minted(Minted::TooOld), Happened::TooOld] {
        let mut connection = connecting();
        let to_do = connection.on(too_old, START, 0);
        let later = Duration::from_secs(300);
        assert!(matches!(to_do, ToDo::Wait(pause) if pause == later));
        assert_eq!(connection.state(), State::TooOld);
        let over = connection.on(Happened::Unauthorized, LATER, 0);
        assert!(matches!(over, ToDo::Nothing), "a sign-in does not help");
        let again = connection.on(Happened::Nudged, LATER, 0);
        assert!(matches!(again, ToDo::Mint));
    }
}

fn anything() -> impl Strategy<Value = u8> {
    0..17_u8
}

fn happened(kind: u8) -> Happened {
    match kind {
        0 => Happened::Probed(Mode::SignIn),
        1 => Happened::Probed(Mode::Token),
        2 => ticket(),
        3 => Happened::Minted(Minted::SignInNeeded),
        4 => Happened::Minted(Minted::Refused(None)),
        5 => Happened::Minted(Minted::Out(Outage::NotTheGateway)),
        6 => Happened::Ready,
        7 => Happened::Closed(None),
        8 => Happened::Closed(Some(4401)),
        9 => Happened::Closed(Some(4403)),
        10 => Happened::Closed(Some(1012)),
        11 => Happened::Unanswered,
        12 => Happened::Nudged,
        13 => Happened::Unauthorized,
        14 => Happened::Minted(Minted::TooOld),
        15 => Happened::TooOld,
        _ => Happened::SignedIn,
    }
}

proptest! {
    /// In any order of anything: what is to be done fits where the connection stands, so that it
    /// never stands still without saying so, and never opens by anything but what it just got.
    #[test]
    fn it_never_stands_still_unsaid(kinds in proptest::collection::vec(anything(), 0..60)) {
        let mut connection = Connection::new(None);
        connection.begin();
        for kind in kinds {
            let before = connection.state();
            let to_do = connection.on(happened(kind), START, 0);
            match (&to_do, connection.state()) {
                (ToDo::Probe, State::Probing)
                | (ToDo::Mint | ToDo::OpenByToken, State::Connecting) => {}
                (ToDo::OpenByTicket(_), State::Connecting) => prop_assert_eq!(kind, 2),
                (ToDo::Wait(pause), State::Waiting(said, _)) => prop_assert_eq!(*pause, said),
                (ToDo::Wait(_), State::TooOld) => prop_assert!(matches!(kind, 14 | 15)),
                (ToDo::Nothing, after) => prop_assert!(
                    after == before
                        || matches!(
                            after,
                            State::Live | State::NeedsSignIn(_) | State::Refused(_) | State::TooOld
                        )
                ),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
