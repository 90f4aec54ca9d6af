//! The connection, as a person is told of it.

use std::time::Duration;

use hermes_client::{Needed, Refused, State};
use hermes_errors::{Code, Failure};

/// A connection that is back sooner was never missed.
const PATIENCE: Duration = Duration::from_millis(1500);

/// How the connection stands, and since when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    state: State,
    since: Duration,
    /// Since when it is not open.
    lost: Option<Duration>,
    /// Whether it was open at all.
    was_live: bool,
}

/// How it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It is open.
    Live,
    /// It is not, and nobody has to do anything.
    Away(String),
    /// The person has to do something.
    Waits(&'static str),
}

impl Link {
    pub(super) const fn new() -> Self {
        Self {
            state: State::Probing,
            since: Duration::ZERO,
            lost: Some(Duration::ZERO),
            was_live: false,
        }
    }

    /// Takes in how it stands at this moment, and says whether that is news.
    pub(super) fn on(&mut self, state: State, now: Duration) -> bool {
        let is_news = self.state != state;
        (self.state, self.since) = (state, now);
        match state {
            State::Live => (self.lost, self.was_live) = (None, true),
            _ => self.lost = self.lost.or(Some(now)),
        }
        is_news
    }

    /// Whether it is open.
    pub(super) fn is_live(&self) -> bool {
        self.state == State::Live
    }

    /// Whether it was open before.
    pub(super) const fn was_live_once(&self) -> bool {
        self.was_live
    }

    /// What the person has to do, if anything.
    pub(super) const fn needed(&self) -> Option<Needed> {
        match self.state {
            State::NeedsSignIn(needed) => Some(needed),
            _ => None,
        }
    }

    /// Whether trying at once makes a difference.
    pub(super) const fn can_be_tried(&self) -> bool {
        matches!(
            self.state,
            State::Waiting(..) | State::Refused(_) | State::TooOld
        )
    }

    /// Whether it is tried again by itself, later.
    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Waiting(..))
    }

    /// How it is shown at this moment.
    pub(super) fn shown(&self, now: Duration) -> Shown {
        let lost = self.lost.map(|since| now.saturating_sub(since));
        match self.state {
            State::Live => Shown::Live,
            State::NeedsSignIn(Needed::SignIn) => Shown::Waits("signed out: Enter signs in"),
            State::NeedsSignIn(Needed::Token) => Shown::Waits("another token: Enter asks for it"),
            State::Refused(_) => Shown::Waits("refused: Enter tries again"),
            State::TooOld => Shown::Waits("gateway too old: Enter tries again"),
            // Nobody has seen that it was gone.
            _ if self.was_live && lost.is_some_and(|lost| lost < PATIENCE) => Shown::Live,
            State::Probing | State::Connecting => Shown::Away("connecting".to_owned()),
            State::Waiting(pause, _) => {
                let left = (self.since + pause).saturating_sub(now);
                let seconds = left.as_millis().div_ceil(1000).max(1);
                Shown::Away(format!("reconnecting in {seconds} s"))
            }
        }
    }

    /// When it looks otherwise, if nothing else happens.
    pub(super) fn moves(&self) -> bool {
        !matches!(
            self.state,
            State::Live | State::NeedsSignIn(_) | State::Refused(_) | State::TooOld
        )
    }

    /// What is said once, where the person has to know more than a word.
    pub(super) fn sentence(&self) -> Option<String> {
        let helps = match self.state {
            State::NeedsSignIn(Needed::SignIn) => "Enter signs in again; what you typed stays.",
            State::NeedsSignIn(Needed::Token) => "Enter asks for it; what you typed stays.",
            State::Refused(Refused::Ticket) => "Its owner can change that; Enter tries again.",
            State::Refused(Refused::Closed(_)) => {
                "`hermes guide connect-trouble` says what helps; Enter tries again."
            }
            State::TooOld => {
                "Update Hermes on its machine, then Enter tries again; what you typed stays."
            }
            _ => return None,
        };
        Some(format!("{} {helps}", self.state.words().text))
    }

    /// Why there will be no connection, for whoever cannot wait until somebody has changed that.
    pub(super) fn refusal(&self) -> Option<Failure> {
        matches!(self.state, State::Refused(_) | State::TooOld).then(|| refusal(self.state))
    }

    /// The same for whoever reads lines alone, where nothing counts down.
    pub(super) fn line(&self) -> Option<String> {
        match self.state {
            State::Waiting(pause, _) => {
                let seconds = pause.as_millis().div_ceil(1000);
                let why = self.state.words().text;
                Some(format!("{why} It is tried again in {seconds} s."))
            }
            State::Live if self.was_live => Some(self.state.words().text),
            _ => self.sentence(),
        }
    }
}

/// Why a connection is not open, as a failure.
pub(super) fn refusal(state: State) -> Failure {
    let words = state.words();
    Failure::new(words.code.unwrap_or(Code::ConnectUnreachable), words.text)
}

#[cfg(test)]
mod tests {
    use hermes_client::Trouble;

    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_short_break_is_not_shown_and_a_long_one_counts_down() {
        let mut link = Link::new();
        assert_eq!(link.shown(ms(0)), Shown::Away("connecting".to_owned()));
        link.on(State::Live, ms(100));
        link.on(State::Waiting(ms(4000), Trouble::Network), ms(1000));
        assert_eq!(link.shown(ms(2400)), Shown::Live);
        let shown = |link: &Link, at| match link.shown(ms(at)) {
            Shown::Away(words) => words,
            other => panic!("{other:?}"),
        };
        assert_eq!(shown(&link, 2500), "reconnecting in 3 s");
        assert_eq!(shown(&link, 4900), "reconnecting in 1 s");
        link.on(State::Connecting, ms(5000));
        assert_eq!(
            shown(&link, 5000),
            "connecting",
            "it is not news that it is away"
        );
        link.on(State::Live, ms(5100));
        assert_eq!(link.shown(ms(5100)), Shown::Live);
    }

    #[test]
    fn what_a_person_has_to_do_is_said() {
        let mut link = Link::new();
        assert!(link.on(State::NeedsSignIn(Needed::SignIn), ms(0)));
        assert!(
            !link.on(State::NeedsSignIn(Needed::SignIn), ms(5)),
            "no news"
        );
        assert!(link.sentence().unwrap().contains("Enter signs in again"));
        link.on(State::Refused(Refused::Closed(4403)), ms(0));
        assert!(link.sentence().unwrap().contains("host not allowed"));
        link.on(State::TooOld, ms(0));
        assert!(link.can_be_tried() && link.refusal().is_some());
        let sentence = link.sentence().unwrap();
        assert!(sentence.contains("too old") && sentence.contains("Update Hermes"));
    }
}
