//! The bare line to a gateway, for a client that follows conversations itself, as the page does: calls by
//! their names, answers to whoever asked, and what the gateway tells, as it came.

mod carried;
mod upstream;

use hermes_protocol::{limits, rpc::Question};
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot};

use self::carried::{Carried, Want};
pub use self::upstream::Memory;
use crate::{Answered, CallError, Driver, Errand, ErrandError, State, Web, rpc::Asked};

/// How many calls wait to be sent.
const CALLS: usize = 16;

/// How many wishes wait for the connection.
const WANTS: usize = 16;

/// How much of what is told waits for whoever listens.
const TOLD: usize = 16;

/// The end that calls. It can be cloned; when the last one is dropped, the connection is given up.
#[derive(Clone, Debug)]
pub struct Line {
    asked: mpsc::Sender<Asked>,
    wants: mpsc::Sender<Want>,
    memory: Memory,
}

/// The end that listens. While nobody listens, nothing more is read, answers included: a gateway that
/// tells faster than somebody listens fills no memory here. When it is dropped, the connection is given up.
#[derive(Debug)]
pub struct LineEvents {
    told: mpsc::Receiver<LineEvent>,
}

/// What is told on a line.
#[derive(Clone, Debug)]
pub enum LineEvent {
    /// The connection stands like this now.
    State(State),
    /// What an event of the gateway says: its kind, its conversation, its number and its payload, as JSON.
    /// After each [`State::Live`] the first one is `gateway.ready`. Those of upstream's gateways have the
    /// fields of ours besides.
    Event(Box<RawValue>),
}

impl Line {
    /// A line that this driver drives, from now on and until one of its ends is dropped. The memory is that of
    /// the line before to the same gateway, if there was one.
    pub fn open(driver: Driver, memory: Memory) -> (Self, LineEvents) {
        let (asked, to_ask) = mpsc::channel(CALLS);
        let (wants, wanted) = mpsc::channel(WANTS);
        let (told, heard) = mpsc::channel(TOLD);
        tokio::spawn(driver.run(Carried::new(to_ask, wanted, told, memory.clone())));
        let line = Self {
            asked,
            wants,
            memory,
        };
        (line, LineEvents { told: heard })
    }

    /// Calls a method by its name, with an object as its parameters: what it answers. It is sent once; if
    /// there is no connection, not at all.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn call(
        &self,
        method: &str,
        params: Box<RawValue>,
    ) -> Result<Box<RawValue>, CallError> {
        let question = Question::named(method, params).ok_or(CallError::NoCall)?;
        if question.bytes() > limits::FRAME_BYTES {
            return Err(CallError::TooLarge);
        }
        let (reply, answered) = oneshot::channel();
        let sent = self.asked.send(Asked { question, reply }).await;
        sent.map_err(|_| CallError::Over)?;
        answered.await.map_err(|_| CallError::Over)?
    }

    /// Tries again at once, or looks whether the gateway is still there.
    pub async fn retry(&self) {
        self.want(Want::Retry).await;
    }

    /// There is a new sign-in, or another token.
    pub async fn signed_in(&self) {
        self.want(Want::SignedIn).await;
    }

    /// Another request was told that the session is over.
    pub async fn signed_out(&self) {
        self.want(Want::SignedOut).await;
    }

    /// Does an errand of the page over HTTP. That the session is over, which it may find out, is the line's
    /// matter too.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn ask(&self, web: &Web, errand: &Errand) -> Result<Answered, ErrandError> {
        let mut asked = web.ask(errand).await;
        // Upstream knows of nothing that stands above the rest.
        if let (Ok(answered), Some(plain)) = (&asked, errand.by_age_alone())
            && answered.status == 400
        {
            asked = web.ask(&plain).await;
        }
        if let Ok(answered) = &mut asked
            && errand.lists_conversations()
            && let Some(rows) = upstream::listed(&answered.body, &self.memory)
        {
            answered.body = rows;
        }
        let is_over = match &asked {
            Ok(answered) => answered.is_signed_out(),
            Err(error) => error.is_signed_out(),
        };
        if is_over {
            self.signed_out().await;
        }
        asked
    }

    async fn want(&self, want: Want) {
        // Where the connection was given up, nobody wants anything of it.
        let _ = self.wants.send(want).await;
    }
}

impl LineEvents {
    /// What is told next; `None` when the connection was given up. May be dropped while it waits, and
    /// nothing is lost.
    pub async fn next(&mut self) -> Option<LineEvent> {
        self.told.recv().await
    }
}
