//! Whoever signed in at an identity provider, is nobody here, and waits for the owner.
//!
//! The list is in memory and short: whoever is not on it any more signs in once more, and the
//! command that they read works without it. A full list keeps those who came first, so that a flood
//! of new accounts takes nobody's place.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hermes_machine::Clock;
use hermes_storage::{Identity, Label};
use jiff::Timestamp;

use crate::methods::Described;

/// How long somebody waits.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// The most who wait.
const MOST: usize = 32;

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stranger {
    /// Who they are at their provider.
    pub(crate) identity: Identity,
    /// What people call the provider.
    pub(crate) provider: String,
    /// What they call themselves.
    pub(crate) name: Option<Label>,
    /// Their address, as far as the provider has verified it: anybody can write any other.
    pub(crate) email: Option<Label>,
    /// From where they came.
    pub(crate) address: IpAddr,
    /// When they came last.
    pub(crate) at: Timestamp,
}

/// Those who wait, the longest first.
pub(crate) struct Strangers {
    clock: Arc<dyn Clock>,
    waiting: Mutex<Vec<Stranger>>,
}

impl Strangers {
    /// Nobody waits yet.
    pub(crate) const fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            waiting: Mutex::new(Vec::new()),
        }
    }

    /// Keeps that this person came from this address, at the provider of this name.
    pub(crate) fn came(&self, person: &Described, provider: &str, address: IpAddr) {
        let (name, email) = person.profile();
        let stranger = Stranger {
            identity: person.identity(),
            provider: provider.to_owned(),
            name,
            email: email.filter(|_| person.email_verified),
            address,
            at: self.clock.now(),
        };
        let mut waiting = self.patient();
        let known = waiting
            .iter()
            .position(|it| it.identity == stranger.identity);
        match known {
            Some(index) => waiting[index] = stranger,
            None if waiting.len() < MOST => waiting.push(stranger),
            None => {}
        }
    }

    /// Who waits just now.
    pub(crate) fn waiting(&self) -> Vec<Stranger> {
        self.patient().clone()
    }

    /// Takes somebody off the list; `None` if they are not on it.
    pub(crate) fn take(&self, identity: &Identity) -> Option<Stranger> {
        let mut waiting = self.patient();
        let index = waiting.iter().position(|it| it.identity == *identity)?;
        Some(waiting.remove(index))
    }

    /// Those who have not waited too long.
    fn patient(&self) -> MutexGuard<'_, Vec<Stranger>> {
        let now = self.clock.now();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|it| now.duration_since(it.at).unsigned_abs() < PATIENCE);
        waiting
    }
}

#[cfg(test)]
mod tests {
    use hermes_testkit::MovedClock;

    use super::*;

    fn person(subject: &str) -> Described {
        Described {
            issuer: "https://id.example.com".to_owned(),
            subject: subject.to_owned(),
            display_name: Some(format!("{subject} the stranger")),
            email: Some(format!("{subject}@example.com")),
            ..Described::default()
        }
    }

    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

    fn subjects(strangers: &Strangers) -> Vec<String> {
        let waiting = strangers.waiting().into_iter();
        waiting.map(|it| it.identity.subject).collect()
    }

    #[test]
    fn ds3_the_first_keep_their_places_and_nobody_waits_twice() {
        let clock = MovedClock::at("2026-11-22T12:00:00Z");
        let strangers = Strangers::new(clock.clone());
        for n in 0..1000 {
            strangers.came(&person(&format!("u-{n}")), "Company", FROM);
            strangers.came(&person("u-0"), "Company", FROM);
        }
        let expected: Vec<_> = (0..MOST).map(|n| format!("u-{n}")).collect();
        assert_eq!(subjects(&strangers), expected);
        let gone = strangers.take(&person("u-0").identity()).unwrap();
        assert_eq!(gone.email, None, "nobody has verified it");
        assert_eq!(strangers.take(&gone.identity), None);
        clock.advance(PATIENCE);
        assert_eq!(strangers.waiting(), []);
    }

    #[test]
    fn a_verified_address_is_shown() {
        let strangers = Strangers::new(MovedClock::at("2026-11-22T12:00:00Z"));
        let verified = Described {
            email_verified: true,
            ..person("u-1")
        };
        strangers.came(&verified, "Company", FROM);
        let email = strangers.waiting()[0].email.clone().unwrap();
        assert_eq!(email.as_str(), "u-1@example.com");
    }
}
