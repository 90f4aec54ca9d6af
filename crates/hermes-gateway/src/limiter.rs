//! How often somebody may try to sign in.
//!
//! For passwords, first a window in memory, which counts every attempt of the last minute and costs nothing: it
//! stands before all that hashes or writes. Then the counters of failures in storage, which grow
//! into a wait and survive a restart. Both count by account, by address and in all, and both
//! concern passwords alone: whoever hammers at an account does not shut its person out of the
//! other ways in. Whoever goes to an identity provider passes a window of its own, and so do the apps
//! that redeem and refresh.

use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv6Addr},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use hermes_storage::{Backoff, CounterKey, Counters, StorageError};
use jiff::Timestamp;

use crate::{begun::KEPT, methods::LIFETIME, passkeys, settings::Limits};

/// How far back most windows look.
const MINUTE: Duration = Duration::from_secs(60);

/// What failures of one account, or from one address, cost. Whoever fails more often than the
/// window lets pass in a minute means it.
const OF_ONE: Backoff = Backoff {
    free: 10,
    first: Duration::from_secs(30),
    longest: Duration::from_secs(15 * 60),
    forget_after: Duration::from_secs(6 * 3600),
};

/// What failures cost everybody. The wait stays short, since it meets people who did nothing.
const OF_ALL: Backoff = Backoff {
    free: 1_000,
    first: Duration::from_secs(1),
    longest: Duration::from_secs(30),
    forget_after: Duration::from_secs(600),
};

/// What counts as one address: of IPv6 the network that one customer gets (/64).
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let network = address.to_bits() & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from_bits(network))
        }
    }
}

/// By what an attempt is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Keys {
    account: CounterKey,
    address: CounterKey,
}

impl Keys {
    /// The keys of an attempt at this account of a method, from this [`network`].
    pub(crate) fn of(method: &str, name: &str, address: IpAddr) -> Self {
        let name = name.trim().to_ascii_lowercase();
        Self {
            account: CounterKey::of(&format!("sign-in {method}"), &name),
            address: CounterKey::of("sign-in from", &network(address).to_string()),
        }
    }

    fn all() -> CounterKey {
        CounterKey::of("sign-in", "")
    }

    fn with_rules(&self) -> [(CounterKey, Backoff); 3] {
        [
            (self.account, OF_ONE),
            (self.address, OF_ONE),
            (Self::all(), OF_ALL),
        ]
    }
}

/// The attempts of the last minute or so. There are never more of them than may be made in all, so that
/// no flood makes it grow.
pub(crate) struct Window {
    span: Duration,
    per_address: usize,
    per_account: usize,
    in_all: usize,
    attempts: Mutex<VecDeque<(Timestamp, Keys)>>,
}

impl Window {
    /// An empty window for passwords.
    pub(crate) fn of_passwords(limits: &Limits) -> Self {
        let whole = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            span: MINUTE,
            per_address: whole(limits.sign_ins_per_address),
            per_account: whole(limits.sign_ins_per_account),
            in_all: whole(limits.sign_ins_in_all),
            attempts: Mutex::default(),
        }
    }

    /// An empty window for those who go to an identity provider, each counted at a method. A person
    /// goes a few times, an office behind one address a few times more; and no more go in all than
    /// [attempts](crate::methods::Attempts) are kept, so that no flood pushes somebody's out.
    pub(crate) fn of_departures() -> Self {
        let in_all = KEPT / usize::try_from(LIFETIME.as_secs().div_ceil(60)).unwrap_or(usize::MAX);
        Self {
            span: MINUTE,
            per_address: 60,
            per_account: in_all,
            in_all,
            attempts: Mutex::default(),
        }
    }

    /// An empty window for those who begin something with a passkey, as every sign-in page does that is
    /// opened. No more begin in all than are kept.
    pub(crate) fn of_passkeys() -> Self {
        let minutes = passkeys::LIFETIME.as_secs().div_ceil(60);
        let in_all = KEPT / usize::try_from(minutes).unwrap_or(usize::MAX);
        Self {
            span: MINUTE,
            per_address: 120,
            per_account: in_all,
            in_all,
            attempts: Mutex::default(),
        }
    }

    /// An empty window for apps that redeem a code or refresh. An app does it every quarter of an
    /// hour, an office behind one address has many of them, and a gateway offices.
    pub(crate) fn of_apps() -> Self {
        let in_all = 3000;
        Self {
            span: MINUTE,
            per_address: 120,
            per_account: in_all,
            in_all,
            attempts: Mutex::default(),
        }
    }

    /// An empty window for owners who sign the host in to providers, which are asked each time.
    pub(crate) fn of_accounts() -> Self {
        Self {
            span: MINUTE,
            per_address: 10,
            per_account: 10,
            in_all: 10,
            attempts: Mutex::default(),
        }
    }

    /// An empty window for people who open what somebody has shared. Each asks storage, and none has
    /// shown who they are.
    pub(crate) fn of_shares() -> Self {
        let in_all = 600;
        Self {
            span: MINUTE,
            per_address: 60,
            per_account: in_all,
            in_all,
            attempts: Mutex::default(),
        }
    }

    /// An empty window for machines that ask for a code. No more ask in all than requests are
    /// [kept](crate::device::KEPT), so that a flood shuts nobody out for longer than it lasts.
    pub(crate) fn of_device_codes() -> Self {
        let minutes = crate::device::LIFETIME.as_secs().div_ceil(60);
        let in_all = crate::device::KEPT / usize::try_from(minutes).unwrap_or(usize::MAX);
        Self {
            span: MINUTE,
            per_address: 10,
            per_account: in_all,
            in_all,
            attempts: Mutex::default(),
        }
    }

    /// An empty window for people who type codes that no machine waits for, each at their own
    /// account. After five of them none counts for as long as a code lives, so whatever was there to
    /// be guessed is gone by then.
    pub(crate) fn of_wrong_user_codes() -> Self {
        Self {
            span: crate::device::LIFETIME,
            per_address: 20,
            per_account: 5,
            in_all: 40,
            attempts: Mutex::default(),
        }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    ///
    /// How long to wait, if there were too many; this one is then not counted.
    pub(crate) fn admit(&self, keys: &Keys, now: Timestamp) -> Result<(), Duration> {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        // What lies ahead is from before the clock was set back, and would block for as long.
        attempts.retain(|(at, _)| self.left(*at, now).is_some());
        let address = |other: &Keys| other.address == keys.address;
        let account = |other: &Keys| other.account == keys.account;
        let full = |limit: usize, counts: &dyn Fn(&Keys) -> bool| {
            let counted = attempts.iter().filter(|(_, other)| counts(other));
            // The one that has to leave the window before there is room again.
            let mut newest_first = counted.rev();
            let (at, _) = newest_first.nth(limit.saturating_sub(1))?;
            self.left(*at, now)
        };
        let wait = [
            full(self.per_address, &address),
            full(self.per_account, &account),
            full(self.in_all, &|_| true),
        ];
        match wait.into_iter().flatten().max() {
            Some(wait) => Err(wait),
            None => {
                attempts.push_back((now, *keys));
                Ok(())
            }
        }
    }

    /// Takes the last attempt of these keys back, where those that were right do not count.
    pub(crate) fn forgive(&self, keys: &Keys) {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = attempts.iter().rposition(|(_, other)| other == keys) {
            attempts.remove(last);
        }
    }

    /// How long an attempt stays in the window; `None` if it is in it no more.
    fn left(&self, at: Timestamp, now: Timestamp) -> Option<Duration> {
        let age = Duration::try_from(now.duration_since(at)).ok()?;
        self.span.checked_sub(age).filter(|left| !left.is_zero())
    }
}

/// How long failures of before make these keys wait.
pub(crate) async fn wait(
    counters: &dyn Counters,
    keys: &Keys,
    now: Timestamp,
) -> Result<Option<Duration>, StorageError> {
    let rules = keys.with_rules();
    let names = rules.map(|(key, _)| key);
    let found = counters.get(&names).await?;
    let waits = found.into_iter().zip(rules);
    Ok(waits
        .filter_map(|(counter, (_, rule))| counter?.wait(now, &rule))
        .max())
}

/// Counts a failure.
pub(crate) async fn failed(
    counters: &dyn Counters,
    keys: &Keys,
    now: Timestamp,
) -> Result<(), StorageError> {
    counters.fail(&keys.with_rules(), now).await.map(|_| ())
}

/// Forgets the failures of somebody who has shown who they are.
pub(crate) async fn succeeded(counters: &dyn Counters, keys: &Keys) -> Result<(), StorageError> {
    counters.clear(&[keys.account, keys.address]).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_000_000 + second).unwrap()
    }

    fn window() -> Window {
        Window {
            span: MINUTE,
            per_address: 3,
            per_account: 2,
            in_all: 5,
            attempts: Mutex::default(),
        }
    }

    fn keys(name: &str, address: &str) -> Keys {
        Keys::of("password", name, address.parse().unwrap())
    }

    #[test]
    fn pw4_the_window_counts_by_address_by_account_and_in_all() {
        let window = window();
        for name in ["a", "b", "c"] {
            assert_eq!(window.admit(&keys(name, "192.0.2.1"), at(0)), Ok(()));
        }
        let wait = |seconds| Err(Duration::from_secs(seconds));
        assert_eq!(window.admit(&keys("d", "192.0.2.1"), at(10)), wait(50));
        assert_eq!(window.admit(&keys("a", "192.0.2.2"), at(20)), Ok(()));
        assert_eq!(window.admit(&keys(" A ", "192.0.2.3"), at(20)), wait(40));
        assert_eq!(window.admit(&keys("e", "192.0.2.3"), at(20)), Ok(()));
        assert_eq!(window.admit(&keys("f", "192.0.2.4"), at(21)), wait(39));
        assert_eq!(window.admit(&keys("f", "192.0.2.4"), at(60)), Ok(()));
    }

    #[test]
    fn dv2_a_try_that_was_right_is_taken_back() {
        let window = window();
        let keys = keys("a", "192.0.2.1");
        for _ in 0..10 {
            assert_eq!(window.admit(&keys, at(0)), Ok(()));
            window.forgive(&keys);
        }
        for _ in 0..2 {
            assert_eq!(window.admit(&keys, at(0)), Ok(()));
        }
        assert!(window.admit(&keys, at(0)).is_err());
    }

    #[test]
    fn pw4_a_clock_that_is_set_back_shuts_nobody_out() {
        let window = window();
        let keys = keys("a", "192.0.2.1");
        for _ in 0..2 {
            assert_eq!(window.admit(&keys, at(1000)), Ok(()));
        }
        assert!(window.admit(&keys, at(1000)).is_err());
        assert_eq!(window.admit(&keys, at(0)), Ok(()));
    }

    #[test]
    fn pw4_a_network_of_ipv6_is_one_address() {
        let address = |text| keys("a", text).address;
        assert_eq!(address("2001:db8::1"), address("2001:db8::ffff:1"));
        assert_ne!(address("2001:db8::1"), address("2001:db8:0:1::1"));
        assert_eq!(address("::ffff:192.0.2.1"), address("192.0.2.1"));
    }

    #[test]
    fn ds3_no_more_go_to_a_provider_than_attempts_are_kept() {
        let window = Window::of_departures();
        let keys = |n: u32| Keys::of("acme", "", IpAddr::from(n.to_be_bytes()));
        let mut went = 0;
        for minute in 0..10 {
            let going = (0..500).filter(|n| window.admit(&keys(*n), at(minute * 60)).is_ok());
            went += going.count();
        }
        assert!((KEPT - 100..=KEPT).contains(&went), "{went}");
        let one = (0..100).filter(|_| window.admit(&keys(7), at(600)).is_ok());
        assert_eq!(one.count(), 60);
    }

    #[test]
    fn ds3_a_flood_of_addresses_leaves_no_more_than_may_be_made_in_all() {
        let window = window();
        for n in 0..20_000_u32 {
            let address = IpAddr::from(n.to_be_bytes());
            let _ = window.admit(&Keys::of("password", &n.to_string(), address), at(0));
        }
        assert_eq!(window.attempts.lock().unwrap().len(), 5);
    }
}
