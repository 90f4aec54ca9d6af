use std::time::Duration;

use hermes_machine::BoxFuture;
use hermes_oauth::DeviceCode;
use hermes_providers::{Flow, Provider};
use jiff::Timestamp;
use url::Url;

use crate::{Arrival, hint::TunnelHint, place::Place, turns::Waiting, via::HostHello};

/// Whoever signs in: a terminal, a script that speaks JSON, a test.
pub trait Person: Send + Sync {
    /// Tells them something. It must not block.
    fn tell(&self, event: Event<'_>);

    /// The next line that they type or pipe. `None` once when the input has ended; after that the
    /// future stays pending. Dropping the future loses no line.
    fn line(&self) -> BoxFuture<'_, Option<String>>;

    /// Asks a question whose default answer is No. A person who cannot be asked says No.
    fn confirm(&self, question: &str) -> BoxFuture<'_, bool>;

    /// Whether they can be asked which rung to take. For whoever cannot, the next one is taken.
    fn can_choose(&self) -> bool {
        false
    }

    /// The next rung that they ask for, by a key in a [line](Self::line). It may be asked for while
    /// another one waits, which goes on then. Dropping the future loses no choice.
    fn choice(&self) -> BoxFuture<'_, Flow> {
        Box::pin(std::future::pending())
    }
}

/// What happens during a sign-in. The authorization URL holds the state and is meant to be seen;
/// no other secret is in an event.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// It begins.
    Starting {
        /// With whom.
        provider: &'a Provider,
        /// Where.
        place: &'a Place,
    },
    /// The sign-in happens on another host, which has just answered.
    Via(&'a HostHello),
    /// An older sign-in for the same provider and label counts no more.
    Voided {
        /// Its id.
        id: &'a str,
        /// The process that waited, where one did.
        process: Option<u32>,
        /// When it began.
        since: Timestamp,
    },
    /// What the provider's terms say about use by other programs.
    Terms(&'a str),
    /// A rung of the ladder is taken.
    Rung {
        /// Which.
        flow: Flow,
        /// Why.
        why: &'a str,
        /// The flows that may be asked for besides.
        left: &'a [Flow],
    },
    /// The address to open. It is live: whatever answers it is awaited already.
    AuthorizeUrl {
        /// The address.
        url: &'a Url,
        /// Where the answer will come.
        redirect_uri: &'a Url,
        /// With whom.
        provider: &'a Provider,
    },
    /// The code to type, and where.
    DeviceCode(&'a DeviceCode),
    /// The wait begins.
    Waiting {
        /// For what.
        flow: Flow,
        /// Where the listener is, or where the browser will be sent; none for device codes.
        redirect_uri: Option<&'a Url>,
        /// How long.
        limit: Duration,
    },
    /// How to reach the listener from another machine.
    Hint(&'a TunnelHint),
    /// What became of the browser.
    Browser(BrowserOutcome),
    /// A pasted text was not the answer; the wait goes on.
    PasteRejected {
        /// What was wrong with it, and what to do.
        reason: String,
    },
    /// Something reached the listener that was not the answer; the wait goes on.
    Stray {
        /// What it was.
        what: String,
    },
    /// Something reached the listener: to be counted, not to be shown.
    Arrived(Arrival),
    /// The answer came and is exchanged for tokens.
    Exchanging,
    /// A rung waits, in vain so far. It goes on waiting.
    Stalled {
        /// Which.
        flow: Flow,
        /// What shows it.
        reason: String,
        /// The command for another flow, where none may be asked for.
        instead: Option<String>,
    },
    /// A rung failed.
    RungFailed {
        /// Which.
        flow: Flow,
        /// Why.
        reason: String,
        /// The rung that is taken instead, unless they choose or another one still waits.
        next: Option<Flow>,
        /// The flows that may be asked for.
        left: &'a [Flow],
    },
}

impl<'a> Event<'a> {
    /// That this sign-in counts no more.
    pub fn voided(waiting: &'a Waiting) -> Self {
        Self::Voided {
            id: &waiting.id,
            process: waiting.process,
            since: waiting.since,
        }
    }

    /// A rung of a ladder on another machine, which takes no keys from here.
    pub(crate) const fn rung_there(flow: Flow, why: &'a str) -> Self {
        let left = &[];
        Self::Rung { flow, why, left }
    }
}

/// What became of the browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BrowserOutcome {
    /// It was started.
    Opened,
    /// It was not to be started here, for this reason.
    NotHere(String),
    /// It could not be started, for this reason.
    Failed(String),
}
