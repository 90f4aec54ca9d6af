//! How the application behaves as one of the desktop's: what its person prefers, and what the desktop has.

use std::time::Duration;

use hermes_machine::Environment;
use hermes_protocol::bridge::{AppMeans, AppPreferences, BridgeRefusal};
use jiff::{SignedDuration, Timestamp};

use crate::{Desk, at_login, refusal};

/// How often the page may end within a while, and is loaded again.
const ENDINGS: usize = 3;

/// The while.
const WHILE: SignedDuration = SignedDuration::from_mins(1);

/// When the process of the page has ended.
#[derive(Debug, Default)]
pub(crate) struct Endings(Vec<Timestamp>);

impl Endings {
    /// It has ended once more: whether that is seldom enough. When it is not, counting begins anew.
    fn is_one_more(&mut self, now: Timestamp) -> bool {
        self.0.retain(|before| now.duration_since(*before) < WHILE);
        self.0.push(now);
        let is_seldom = self.0.len() < ENDINGS;
        if !is_seldom {
            self.0.clear();
        }
        is_seldom
    }
}

impl Desk {
    /// What the person prefers.
    pub fn preferences(&self) -> AppPreferences {
        self.state().preferences
    }

    /// Keeps what the person prefers. What it means for the session of the person is done; the window's part is
    /// its own.
    ///
    /// # Errors
    ///
    /// If the desktop does not let it be so. Then nothing is another.
    pub fn prefer(&self, preferred: AppPreferences) -> Result<(), BridgeRefusal> {
        let outfit = &self.0.outfit;
        if preferred.opens_at_login != self.preferences().opens_at_login {
            let environment = &outfit.world.environment;
            at_login::set(environment, &outfit.program, preferred.opens_at_login)
                .map_err(|why| refusal::plain(&why))?;
        }
        self.state().preferences = preferred;
        self.changed();
        self.keep_preferences();
        Ok(())
    }

    /// The desktop has this.
    pub fn has(&self, change: impl FnOnce(&mut AppMeans)) {
        let is_another = {
            let mut state = self.state();
            let before = state.means.clone();
            change(&mut state.means);
            before != state.means
        };
        if is_another {
            self.changed();
        }
    }

    /// Whether the desktop lets a key bring the window to the front.
    pub fn lets_keys(&self, is_possible: impl FnOnce(&Environment) -> bool) -> bool {
        is_possible(&self.0.outfit.world.environment)
    }

    /// The process of the page has ended: whether it is loaded again, or ends too often for that.
    pub fn page_ended(&self) -> bool {
        let now = self.0.outfit.world.ports.clock.now();
        self.state().endings.is_one_more(now)
    }

    /// Waits for so long, by the clock that everything here goes by.
    pub async fn rests(&self, pause: Duration) {
        self.0.outfit.world.ports.clock.sleep(pause).await;
    }

    /// Tells the person in the window why something was not done.
    pub fn explain(&self, refusal: BridgeRefusal) {
        self.note(refusal.code, refusal.message);
    }

    /// Whether the person has yet to be told that a closed window goes on in the tray. It is said once.
    pub fn begins_in_tray(&self) -> bool {
        let is_new = !std::mem::replace(&mut self.state().knows_tray, true);
        if is_new {
            self.keep_preferences();
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_endings_within_a_minute_are_too_many_and_seldom_ones_are_not() {
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        let mut endings = Endings::default();
        assert!(endings.is_one_more(at(0)) && endings.is_one_more(at(30)));
        assert!(endings.is_one_more(at(61)), "the first is long ago");
        assert!(!endings.is_one_more(at(80)));
        assert!(
            endings.is_one_more(at(81)),
            "who shows it again begins anew"
        );
    }
}
