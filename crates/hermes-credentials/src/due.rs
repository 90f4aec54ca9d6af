//! When an access token is due for renewal.

use std::time::Duration;

use hermes_providers::{Dialect, Provider};
use jiff::Timestamp;

/// What is known about a token's life.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Life {
    pub(crate) obtained_at: Option<Timestamp>,
    pub(crate) expires_at: Option<Timestamp>,
}

/// A token from the future was reckoned on a clock that has been set since.
const FUTURE: Duration = Duration::from_secs(5 * 60);

impl Life {
    /// Whether the token has ended.
    pub(crate) fn is_over(self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether it should be renewed before it is used. One that does not say when it ends never
    /// is: its end shows when it is refused.
    pub(crate) fn is_due(self, provider: Option<&Provider>, now: Timestamp) -> bool {
        let Some(expires_at) = self.expires_at else {
            return false;
        };
        let misdated = self
            .obtained_at
            .is_some_and(|at| at.duration_since(now).unsigned_abs() > FUTURE && at > now);
        misdated || expires_at.duration_since(now) <= signed(self.margin(provider, now))
    }

    /// How long before its end. xAI's long-lived tokens are renewed an hour ahead, its short ones
    /// two minutes; never more than half a life, or a fresh token would be due at once.
    fn margin(self, provider: Option<&Provider>, now: Timestamp) -> Duration {
        const SHORT: Duration = Duration::from_secs(45 * 60);
        let between = |from: Timestamp| {
            let until = self.expires_at.unwrap_or(from);
            Duration::try_from(until.duration_since(from)).unwrap_or_default()
        };
        let whole = self.obtained_at.map(between);
        let life = whole.unwrap_or_else(|| between(now));
        let wanted = match provider.map(|provider| provider.dialect) {
            Some(Dialect::Xai) if life > SHORT => Duration::from_secs(60 * 60),
            Some(Dialect::Minimax) => Duration::from_secs(60),
            _ => Duration::from_secs(120),
        };
        whole.map_or(wanted, |whole| wanted.min(whole / 2))
    }
}

fn signed(duration: Duration) -> jiff::SignedDuration {
    jiff::SignedDuration::try_from(duration).unwrap_or(jiff::SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use hermes_providers::Table;

    use super::*;

    /// Seconds before the end at which a token of this life becomes due.
    fn due_before_end(provider: &str, life: i64, known: bool) -> i64 {
        let table = Table::load(None).unwrap();
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        let at = |offset: i64| Timestamp::from_second(1_800_000_000 + offset).unwrap();
        let token = Life {
            obtained_at: known.then_some(start),
            expires_at: Some(at(life)),
        };
        let first = (0..=life).find(|second| token.is_due(table.get(provider), at(*second)));
        life - first.unwrap()
    }

    #[test]
    fn skews_are_upstreams() {
        assert_eq!(due_before_end("xai-oauth", 21_600, true), 3600);
        assert_eq!(due_before_end("xai-oauth", 900, true), 120);
        assert_eq!(due_before_end("xai-oauth", 2700, true), 120);
        assert_eq!(
            due_before_end("xai-oauth", 3600, true),
            1800,
            "not due when fresh"
        );
        assert_eq!(due_before_end("xai-oauth", 900, false), 120);
        assert_eq!(due_before_end("nous", 3600, true), 120);
        assert_eq!(due_before_end("spotify", 3600, true), 120);
        assert_eq!(due_before_end("minimax-oauth", 900, true), 60);
        assert_eq!(due_before_end("unheard-of", 60, true), 30);
    }

    #[test]
    fn unknown_ends_are_never_due_and_misdated_ones_are() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert!(!Life::default().is_due(None, now));
        let day = Duration::from_secs(86_400);
        let tomorrow = now.checked_add(day).unwrap();
        let misdated = Life {
            obtained_at: Some(tomorrow),
            expires_at: tomorrow.checked_add(day).ok(),
        };
        assert!(misdated.is_due(None, now));
        assert!(!misdated.is_over(now));
    }
}
