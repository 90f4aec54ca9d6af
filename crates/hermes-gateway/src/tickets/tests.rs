use std::{
    sync::{Arc, Barrier},
    thread,
};

use futures_util::FutureExt as _;
use hermes_testkit::FixedRandom;

use super::*;

const PER_SESSION: usize = 32;

fn at(tenths: i64) -> Timestamp {
    Timestamp::from_millisecond(1_795_000_000_000 + tenths * 100).unwrap()
}

fn session(name: &str) -> SessionId {
    name.parse().unwrap()
}

fn keep(store: &MemoryTickets, ticket: &str, of: &str, origin: Option<&str>, now: Timestamp) {
    let grant = Grant {
        session: session(of),
        origin: origin.map(str::to_owned),
    };
    let kept = store.keep(TokenHash::of(ticket), grant, now);
    kept.now_or_never().unwrap().unwrap();
}

fn take(
    store: &MemoryTickets,
    ticket: &str,
    origin: Option<&str>,
    now: Timestamp,
) -> Result<String, TicketRefused> {
    let hash = TokenHash::of(ticket);
    let taken = store.take(&hash, origin, now).now_or_never().unwrap();
    taken.map(|grant| grant.session.to_string())
}

#[test]
fn ws1_a_ticket_is_taken_once() {
    let store = MemoryTickets::new(PER_SESSION);
    keep(&store, "t", "s", None, at(0));
    assert_eq!(take(&store, "t", None, at(1)), Ok("s".to_owned()));
    assert_eq!(take(&store, "t", None, at(1)), Err(TicketRefused::Unknown));
    assert_eq!(
        take(&store, "never", None, at(1)),
        Err(TicketRefused::Unknown)
    );
}

#[test]
fn ws1_thirty_seconds_work_and_a_tenth_more_does_not() {
    for (age, expected) in [
        (0, Ok(())),
        (300, Ok(())),
        (301, Err(TicketRefused::Expired)),
        (-1, Err(TicketRefused::Expired)),
        (864_000, Err(TicketRefused::Expired)),
    ] {
        let store = MemoryTickets::new(PER_SESSION);
        keep(&store, "t", "s", None, at(0));
        assert_eq!(
            take(&store, "t", None, at(age)).map(drop),
            expected,
            "{age}"
        );
        // Whether good or not, it is gone.
        assert_eq!(take(&store, "t", None, at(0)), Err(TicketRefused::Unknown));
    }
}

#[test]
fn ws2_another_origin_leaves_the_ticket_usable() {
    let store = MemoryTickets::new(PER_SESSION);
    keep(&store, "t", "s", Some("https://gw.example"), at(0));
    let other = take(&store, "t", Some("https://evil.example"), at(1));
    assert_eq!(other, Err(TicketRefused::OtherOrigin));
    let own = take(&store, "t", Some("https://gw.example"), at(2));
    assert_eq!(own, Ok("s".to_owned()));
    // A program names no origin, and one that asked without may connect with one.
    keep(&store, "u", "s", Some("https://gw.example"), at(0));
    assert!(take(&store, "u", None, at(1)).is_ok());
    keep(&store, "v", "s", None, at(0));
    assert!(take(&store, "v", Some("https://gw.example"), at(1)).is_ok());
}

#[test]
fn ws1_a_session_has_thirty_two_at_most_and_the_oldest_gives_way() {
    let store = MemoryTickets::new(PER_SESSION);
    for n in 0..PER_SESSION + 1 {
        keep(&store, &n.to_string(), "s", None, at(0));
    }
    keep(&store, "other", "t", None, at(0));
    assert_eq!(take(&store, "0", None, at(1)), Err(TicketRefused::Unknown));
    for n in 1..PER_SESSION + 1 {
        assert!(take(&store, &n.to_string(), None, at(1)).is_ok(), "{n}");
    }
    assert!(take(&store, "other", None, at(1)).is_ok());
    let open = store.open();
    assert!(open.sessions.is_empty() && open.holders.is_empty());
}

#[test]
fn ds3_the_store_is_bounded_and_what_expired_makes_room() {
    let store = MemoryTickets::new(PER_SESSION);
    let random = FixedRandom::seeded(7);
    let mut sessions = std::iter::repeat_with(|| SessionId::new(&*random));
    let mut mint = |now| {
        let grant = Grant {
            session: sessions.next().unwrap(),
            origin: None,
        };
        let ticket = TokenHash::of_secret(&(&*random as &dyn hermes_machine::Random).token(32));
        store.keep(ticket, grant, now).now_or_never().unwrap()
    };
    for _ in 0..SESSIONS {
        assert_eq!(mint(at(0)), Ok(()));
    }
    assert_eq!(mint(at(300)), Err(TicketRefused::Unavailable));
    assert_eq!(mint(at(301)), Ok(()));
    assert_eq!(store.open().holders.len(), 1);
}

#[test]
fn sc5_a_session_that_ended_has_no_tickets() {
    let store = MemoryTickets::new(PER_SESSION);
    keep(&store, "t", "s", None, at(0));
    keep(&store, "u", "other", None, at(0));
    store.forget(&session("s")).now_or_never().unwrap();
    assert_eq!(take(&store, "t", None, at(1)), Err(TicketRefused::Unknown));
    assert!(take(&store, "u", None, at(1)).is_ok());
}

#[test]
fn ws1_of_all_who_come_at_once_one_gets_in() {
    const TICKETS: usize = 10_000;
    let store = Arc::new(MemoryTickets::new(PER_SESSION));
    for n in 0..TICKETS {
        keep(&store, &n.to_string(), &(n / 16).to_string(), None, at(0));
    }
    let hashes: Arc<[TokenHash]> = (0..TICKETS)
        .map(|n| TokenHash::of(&n.to_string()))
        .collect();
    let together = Arc::new(Barrier::new(64));
    let racers = (0..64).map(|_| {
        let (store, hashes) = (Arc::clone(&store), Arc::clone(&hashes));
        let together = Arc::clone(&together);
        thread::spawn(move || {
            together.wait();
            let take = |hash| store.take(hash, None, at(1)).now_or_never().unwrap();
            hashes.iter().filter(|hash| take(hash).is_ok()).count()
        })
    });
    let racers: Vec<_> = racers.collect();
    let won: usize = racers.into_iter().map(|racer| racer.join().unwrap()).sum();
    assert_eq!(won, TICKETS);
}
