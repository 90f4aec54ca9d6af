//! Passwords: argon2id in a small pool, one answer for whatever is wrong.
//!
//! A hash takes tens of milliseconds and 46 MiB, so no more run at once than there are cores, a
//! few wait, and the rest are told to come back. Whoever asks has passed the cheap limits before.

mod hash;
mod policy;

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicUsize, Ordering},
};

use hermes_machine::Random;
use hermes_secret::Secret;
use thiserror::Error;
use tokio::sync::Semaphore;

use self::hash::Hashes;
pub use self::policy::{LONGEST, PolicyError, check as check_policy};

/// How many may wait for the pool.
const QUEUE: usize = 64;

/// Why no password was hashed or checked.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum PasswordError {
    /// The pool and its queue are full.
    #[error("too many sign-ins at once")]
    Busy,
    /// The stored hash is none that we know, or the machine is out of memory.
    #[error("the password cannot be checked")]
    Unusable,
}

/// What a password is checked against.
#[derive(Clone, Debug)]
pub enum Known {
    /// There is nobody of that name, or they have no password.
    Nothing,
    /// The password itself, from the settings.
    Plain(Secret),
    /// A hash: a PHC string of argon2, or upstream's `scrypt$…`.
    Hash(Secret),
}

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is another one, or there is none.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and its hash is weaker than today's.
    RightButWeak,
}

/// The pool.
pub struct Passwords {
    room: Arc<Semaphore>,
    waiting: AtomicUsize,
    random: Arc<dyn Random>,
    dummy: Arc<OnceLock<Secret>>,
    hashes: Arc<Hashes>,
}

impl Passwords {
    /// A pool for so many cores.
    pub fn new(cores: usize, random: Arc<dyn Random>) -> Self {
        Self {
            room: Arc::new(Semaphore::new(cores.max(1))),
            waiting: AtomicUsize::new(0),
            random,
            dummy: Arc::default(),
            hashes: Arc::default(),
        }
    }

    /// How many hashes have been computed.
    pub fn computed(&self) -> u64 {
        self.hashes.computed()
    }

    /// The hash of a password, as a PHC string.
    ///
    /// # Errors
    ///
    /// [`PasswordError`].
    pub async fn hash(&self, password: Secret) -> Result<Secret, PasswordError> {
        let (salt, hashes) = (self.salt(), Arc::clone(&self.hashes));
        self.run(move || hashes.make(&password, &salt)).await
    }

    /// Whether a new password is taken ([`check_policy`]), which takes a while to find out too.
    ///
    /// # Errors
    ///
    /// [`PasswordError`].
    pub async fn is_taken(
        &self,
        password: Secret,
        login: String,
        least: usize,
    ) -> Result<Result<(), PolicyError>, PasswordError> {
        self.run(move || Ok(check_policy(password.expose(), &login, least)))
            .await
    }

    /// Checks a password. Where there is no hash to check against, another one is checked, so that
    /// the time tells nothing.
    ///
    /// # Errors
    ///
    /// [`PasswordError`].
    pub async fn check(&self, password: Secret, known: Known) -> Result<Verdict, PasswordError> {
        let (salt, hashes) = (self.salt(), Arc::clone(&self.hashes));
        let dummy = Arc::clone(&self.dummy);
        self.run(move || {
            let dummy = match dummy.get() {
                Some(dummy) => dummy,
                None => {
                    let made = hashes.make(&Secret::new("nobody has this password"), &salt)?;
                    dummy.get_or_init(|| made)
                }
            };
            Ok(match &known {
                Known::Hash(stored) => hashes.check(&password, stored)?,
                Known::Nothing => {
                    hashes.check(&password, dummy)?;
                    Verdict::Wrong
                }
                Known::Plain(plain) => {
                    hashes.check(&password, dummy)?;
                    match plain.same(&password) {
                        true => Verdict::Right,
                        false => Verdict::Wrong,
                    }
                }
            })
        })
        .await
    }

    fn salt(&self) -> [u8; 16] {
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        salt
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _place = Place::take(&self.waiting).ok_or(PasswordError::Busy)?;
        let room = Arc::clone(&self.room);
        let permit = room.acquire_owned().await;
        let permit = permit.map_err(|_| PasswordError::Busy)?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|_| PasswordError::Unusable)?
    }
}

/// A place in the queue, given back when dropped, also by a client that went away.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize) -> Option<Self> {
        let more = |taken: usize| (taken < QUEUE).then_some(taken + 1);
        waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .ok()
            .map(|_| Self(waiting))
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use hermes_testkit::FixedRandom;

    use super::*;

    fn pool() -> Passwords {
        Passwords::new(1, FixedRandom::seeded(1))
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text)
    }

    #[tokio::test]
    async fn pw3_whatever_is_known_a_hash_is_computed_and_the_answer_is_one() {
        let pool = pool();
        let right = "a long enough password";
        let hash = pool.hash(secret(right)).await.unwrap();
        for (known, password, verdict) in [
            (Known::Hash(hash.clone()), right, Verdict::Right),
            (Known::Hash(hash), "another password", Verdict::Wrong),
            (Known::Plain(secret(right)), right, Verdict::Right),
            (Known::Plain(secret(right)), "another", Verdict::Wrong),
            (Known::Nothing, right, Verdict::Wrong),
            (Known::Nothing, "nobody has this password", Verdict::Wrong),
        ] {
            let before = pool.computed();
            let found = pool.check(secret(password), known.clone()).await;
            assert_eq!(found, Ok(verdict), "{known:?} {password}");
            // The first of all makes the one for those who are not there, whoever it is.
            let computed = pool.computed() - before;
            assert_eq!(computed, if before == 1 { 2 } else { 1 }, "{known:?}");
        }
        let unknown = Known::Hash(secret("$2b$12$abcdefghijklmnopqrstuv"));
        let found = pool.check(secret(right), unknown).await;
        assert_eq!(found, Err(PasswordError::Unusable));
    }

    #[tokio::test]
    async fn pw5_the_queue_is_bounded_and_a_place_comes_back() {
        let pool = pool();
        let held = Arc::clone(&pool.room).acquire_owned().await.unwrap();
        let mut all: Vec<_> = (0..QUEUE)
            .map(|_| Box::pin(pool.check(secret("x"), Known::Nothing)))
            .collect();
        for waiting in &mut all {
            assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        }
        let beyond = pool.check(secret("x"), Known::Nothing).await;
        assert_eq!(beyond, Err(PasswordError::Busy));
        // Those that went away leave their places; the rest are served.
        all.truncate(2);
        drop(held);
        assert_eq!(join_all(all).await, [Ok(Verdict::Wrong); 2]);
        assert_eq!(pool.waiting.load(Ordering::Relaxed), 0);
    }
}
