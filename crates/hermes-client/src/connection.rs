//! A connection to a gateway, from the first look to the last retry, as one machine.
//!
//! It holds no socket and reads no clock. Whoever drives it tells it what happened, and does what it
//! asks for; there is one thing to do at a time. What a person is shown is the state, and nothing else.

use std::time::Duration;

use hermes_protocol::close::{Close, Then};
use hermes_secret::Secret;

use crate::{Minted, Mode, Outage, delay};

/// The longest that a gateway is believed when it says for how long it is out of order.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// After how long a gateway that is too old is looked at again: somebody may have updated it.
const TOO_OLD_FOR: Duration = Duration::from_secs(300);

/// How long a connection has to last before the next break counts as the first one again. A gateway
/// that lets everybody in and out again at once is asked less and less.
const STEADY: Duration = Duration::from_secs(10);

/// Where a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody knows yet how people get in there.
    Probing,
    /// The person has to do something, and nothing happens until then.
    NeedsSignIn(Needed),
    /// It is being opened.
    Connecting,
    /// It is open.
    Live,
    /// It is tried again after this time, or as soon as something has changed.
    Waiting(Duration, Trouble),
    /// The gateway does not want it: trying again in the same way would meet the same refusal.
    Refused(Refused),
    /// The gateway is from before what this client needs. It is looked at again now and then.
    TooOld,
}

/// What is needed of the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// A sign-in.
    SignIn,
    /// The token of the gateway: there is none yet, or it is another one.
    Token,
}

/// Why there is no connection just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nobody answers, or the connection broke.
    Network,
    /// Somebody answers who is not in order, or not the gateway.
    Out(Outage),
    /// The gateway has closed the socket with this code.
    Closed(u16),
}

/// Why the gateway does not want the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// It gives no ticket to this client, whoever has signed in.
    Ticket,
    /// It has closed the socket with this code, which no retry changes.
    Closed(u16),
}

/// What has happened.
#[derive(Debug)]
pub enum Happened {
    /// The gateway has said how people get in.
    Probed(Mode),
    /// What came of asking for a ticket.
    Minted(Minted),
    /// The socket is open, and `gateway.ready` was read.
    Ready,
    /// The socket, or the attempt at one, has ended: with this close code, or with none.
    Closed(Option<u16>),
    /// Nobody has answered, in time or at all.
    Unanswered,
    /// Something else has answered, or the gateway that it is out of order.
    Out(Outage),
    /// The gateway has no socket where ours is.
    TooOld,
    /// Another request was refused because the session is over.
    Unauthorized,
    /// The wait is over; or the machine woke, the network changed, the person looks or asks for it.
    Nudged,
    /// The person has signed in, or given the token.
    SignedIn,
}

/// What is to be done now.
#[derive(Debug)]
pub enum ToDo {
    /// Nothing before something else happens.
    Nothing,
    /// Ask `/api/status` how people get in.
    Probe,
    /// Ask for a ticket. A ticket opens one socket, so each attempt has its own.
    Mint,
    /// Open the socket with this ticket.
    OpenByTicket(Secret),
    /// Open the socket with the token that is kept.
    OpenByToken,
    /// Say [`Happened::Nudged`] after this time.
    Wait(Duration),
}

/// A connection and what it remembers.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    state: State,
    mode: Option<Mode>,
    /// How many attempts have failed in a row.
    failed: u32,
    /// When it was opened last, in the time of the driver.
    opened_at: Duration,
}

impl Connection {
    /// A connection that nothing is known about, or by what was known when it was last open.
    pub const fn new(mode: Option<Mode>) -> Self {
        Self {
            state: State::Probing,
            mode,
            failed: 0,
            opened_at: Duration::ZERO,
        }
    }

    /// Where it stands.
    pub const fn state(&self) -> State {
        self.state
    }

    /// What is to be done first.
    pub fn begin(&mut self) -> ToDo {
        self.attempt()
    }

    /// Takes in what has happened at this moment of a clock that never goes back, with something
    /// random for the next wait. What comes too late to matter changes nothing.
    pub fn on(&mut self, happened: Happened, now: Duration, roll: u32) -> ToDo {
        match (self.state, happened) {
            (State::Probing, Happened::Probed(mode)) => {
                self.mode = Some(mode);
                self.attempt()
            }
            (State::Connecting, Happened::Minted(minted)) => self.minted(minted, roll),
            (State::Connecting, Happened::Ready) => {
                self.state = State::Live;
                self.opened_at = now;
                ToDo::Nothing
            }
            (State::Connecting | State::Live, Happened::Closed(code)) => {
                self.closed(code, now, roll)
            }
            (State::Probing | State::Connecting, Happened::Unanswered) => {
                self.wait(Trouble::Network, None, roll)
            }
            (State::Probing | State::Connecting, Happened::Out(outage)) => self.out(outage, roll),
            (State::Connecting, Happened::TooOld) => self.too_old(),
            (State::Refused(_) | State::TooOld, Happened::Unauthorized) => ToDo::Nothing,
            (_, Happened::Unauthorized) => self.stop(State::NeedsSignIn(self.needed())),
            (State::Waiting(..) | State::Refused(_) | State::TooOld, Happened::Nudged) => {
                self.attempt()
            }
            (State::NeedsSignIn(_) | State::Refused(_) | State::TooOld, Happened::SignedIn) => {
                self.attempt()
            }
            _ => ToDo::Nothing,
        }
    }

    /// The next attempt, from its beginning.
    fn attempt(&mut self) -> ToDo {
        let (state, to_do) = match self.mode {
            None => (State::Probing, ToDo::Probe),
            Some(Mode::SignIn) => (State::Connecting, ToDo::Mint),
            Some(Mode::Token) => (State::Connecting, ToDo::OpenByToken),
        };
        self.state = state;
        to_do
    }

    fn minted(&mut self, minted: Minted, roll: u32) -> ToDo {
        match minted {
            Minted::Ticket(ticket) => ToDo::OpenByTicket(ticket),
            Minted::SignInNeeded => self.stop(State::NeedsSignIn(Needed::SignIn)),
            Minted::Refused(_) => self.stop(State::Refused(Refused::Ticket)),
            Minted::TooOld => self.too_old(),
            Minted::Out(outage) => self.out(outage, roll),
        }
    }

    fn too_old(&mut self) -> ToDo {
        self.stop(State::TooOld);
        ToDo::Wait(TOO_OLD_FOR)
    }

    fn closed(&mut self, code: Option<u16>, now: Duration, roll: u32) -> ToDo {
        let was_live = self.state == State::Live;
        if was_live && now.saturating_sub(self.opened_at) >= STEADY {
            self.failed = 0;
        }
        let Some(code) = code else {
            return self.wait(Trouble::Network, None, roll);
        };
        match (then(code), self.mode) {
            (Then::Stop, _) => self.stop(State::Refused(Refused::Closed(code))),
            (Then::NewCredential, Some(Mode::Token)) => {
                self.stop(State::NeedsSignIn(self.needed()))
            }
            // Whether the session is over, the gateway says when it is asked for a ticket. A ticket
            // that was fresh and is refused all the same is no reason to ask at once again.
            (Then::NewCredential, _) if was_live => self.attempt(),
            (Then::NewCredential | Then::Reconnect, _) => {
                self.wait(Trouble::Closed(code), None, roll)
            }
        }
    }

    fn out(&mut self, outage: Outage, roll: u32) -> ToDo {
        let until = match outage {
            Outage::Status(_, until) => until,
            Outage::NotTheGateway => None,
        };
        self.wait(Trouble::Out(outage), until, roll)
    }

    fn wait(&mut self, trouble: Trouble, until: Option<Duration>, roll: u32) -> ToDo {
        self.failed = self.failed.saturating_add(1);
        let asked_for = until.unwrap_or_default().min(LONGEST_PAUSE);
        let pause = delay(self.failed, roll).max(asked_for);
        self.state = State::Waiting(pause, trouble);
        ToDo::Wait(pause)
    }

    /// What is needed of the person where what they have is not taken.
    const fn needed(&self) -> Needed {
        match self.mode {
            Some(Mode::Token) => Needed::Token,
            Some(Mode::SignIn) | None => Needed::SignIn,
        }
    }

    const fn stop(&mut self, state: State) -> ToDo {
        self.state = state;
        self.failed = 0;
        ToDo::Nothing
    }
}

/// What a close code asks of a client. One that the gateway does not use, such as a proxy's 1001, is
/// a break like any other.
fn then(code: u16) -> Then {
    let known = Close::ALL.iter().find(|close| close.code() == code);
    known.map_or(Then::Reconnect, |close| close.then())
}
