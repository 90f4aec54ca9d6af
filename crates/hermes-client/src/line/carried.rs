//! What is under way on a line, for as long as its socket is there.

use std::collections::VecDeque;

use hermes_protocol::{
    limits,
    rpc::{GatewayReady, Question, Said, Told},
};
use serde_json::value::RawValue;
use tokio::sync::mpsc;

use super::{
    LineEvent,
    upstream::{Memory, Purpose, Step, Upstream},
};
use crate::{
    CallError, State,
    driver::{Cargo, Pending, Useless, Wanted},
    rpc::{Asked, Reply},
};

/// How many calls may have no answer yet. The next ones wait to be sent.
const UNANSWERED: usize = 256;

/// What whoever calls wants of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Want {
    Retry,
    SignedIn,
    SignedOut,
}

/// The calls and the events of one line, between both of its ends and a socket.
#[derive(Debug)]
pub(super) struct Carried {
    asked: mpsc::Receiver<Asked>,
    wants: mpsc::Receiver<Want>,
    listener: mpsc::Sender<LineEvent>,
    traffic: Traffic,
}

/// What is under way.
#[derive(Debug)]
struct Traffic {
    /// What is there for as long as the socket is.
    session: Option<Session>,
    untold: VecDeque<LineEvent>,
    frames: VecDeque<String>,
    /// The gateway, if it is one of upstream's.
    upstream: Upstream<Reply>,
}

#[derive(Debug)]
struct Session {
    pending: Pending<Purpose<Reply>>,
    /// The largest frame that the gateway takes.
    limit: usize,
    /// Whether it is upstream's, whose events have no numbers.
    is_upstream: bool,
}

impl Session {
    /// The one that the gateway has begun with this word.
    fn begun(ready: &GatewayReady) -> Self {
        let limit = match ready.max_frame_bytes {
            0 => limits::FRAME_BYTES,
            said => said.min(limits::FRAME_BYTES),
        };
        Self {
            pending: Pending::default(),
            limit,
            is_upstream: ready.replay_epoch.is_empty(),
        }
    }
}

impl Carried {
    pub(super) fn new(
        asked: mpsc::Receiver<Asked>,
        wants: mpsc::Receiver<Want>,
        listener: mpsc::Sender<LineEvent>,
        memory: Memory,
    ) -> Self {
        Self {
            asked,
            wants,
            listener,
            traffic: Traffic {
                session: None,
                untold: VecDeque::new(),
                frames: VecDeque::new(),
                upstream: Upstream::new(memory),
            },
        }
    }
}

impl Traffic {
    fn call(&mut self, asked: Asked) {
        let Asked { question, reply } = asked;
        match &self.session {
            None => answer(reply, Err(CallError::Offline)),
            Some(session) if session.is_upstream => {
                let steps = self.upstream.call(&question, reply);
                self.take(steps);
            }
            Some(_) => self.ask(&question, Purpose::Pass(reply)),
        }
    }

    fn ask(&mut self, question: &Question, purpose: Purpose<Reply>) {
        let Some(session) = &mut self.session else {
            return;
        };
        // A larger frame ends the socket, so it is not sent.
        if question.frame_bytes() > session.limit {
            self.answered(purpose, Err(CallError::TooLarge));
            return;
        }
        let (_, frame) = session.pending.ask(question, purpose);
        self.frames.push_back(frame);
    }

    fn answered(&mut self, purpose: Purpose<Reply>, outcome: Result<Box<RawValue>, CallError>) {
        match purpose {
            Purpose::Pass(reply) => answer(reply, outcome),
            of_upstream => {
                let steps = self.upstream.answered(of_upstream, outcome);
                self.take(steps);
            }
        }
    }

    /// Does what the gateway of upstream's needs.
    fn take(&mut self, steps: Vec<Step<Reply>>) {
        for step in steps {
            match step {
                Step::Ask(question, purpose) => self.ask(&question, purpose),
                Step::Answer(reply, outcome) => answer(reply, outcome),
                Step::Tell(event) => self.untold.push_back(LineEvent::Event(event)),
            }
        }
    }

    /// Whether another call may be sent.
    fn has_room(&self) -> bool {
        let session = self.session.as_ref();
        session.is_none_or(|session| session.pending.len() < UNANSWERED)
    }
}

impl Cargo for Carried {
    async fn next(&mut self) -> Wanted {
        let Self {
            asked,
            wants,
            listener,
            traffic,
        } = self;
        tokio::select! {
            permit = listener.reserve(), if !traffic.untold.is_empty() => {
                let (Ok(permit), Some(event)) = (permit, traffic.untold.pop_front()) else {
                    return Wanted::Over;
                };
                permit.send(event);
            }
            () = listener.closed(), if traffic.untold.is_empty() => return Wanted::Over,
            asked = asked.recv(), if traffic.has_room() => match asked {
                Some(asked) => traffic.call(asked),
                None => return Wanted::Over,
            },
            want = wants.recv() => return match want {
                Some(Want::Retry) => Wanted::Retry,
                Some(Want::SignedIn) => Wanted::SignedIn,
                Some(Want::SignedOut) => Wanted::SignedOut,
                None => Wanted::Over,
            },
        }
        Wanted::Nothing
    }

    fn is_full(&self) -> bool {
        !self.traffic.untold.is_empty()
    }

    fn stands(&mut self, state: State) {
        self.traffic.untold.push_back(LineEvent::State(state));
    }

    fn connected(&mut self, ready: String) {
        let ready = match Said::parse(&ready) {
            Ok(Said::Event(params)) => params,
            Ok(Said::Answer(_)) | Err(_) => return,
        };
        let said = Told::read(&ready).ok().and_then(|told| told.payload().ok());
        let session = Session::begun(&said.unwrap_or_default());
        let ready = match session.is_upstream {
            true => self.traffic.upstream.begun(&ready),
            false => ready,
        };
        self.traffic.untold.push_back(LineEvent::Event(ready));
        self.traffic.session = Some(session);
    }

    fn frame(&mut self, frame: &str) -> Result<(), Useless> {
        let Some(session) = &mut self.traffic.session else {
            return Ok(());
        };
        session.pending.heard();
        match Said::parse(frame) {
            Ok(Said::Answer(said)) => {
                if let Some((_, purpose)) = session.pending.answered(said.id) {
                    let outcome = said.outcome.map_err(CallError::Refused);
                    self.traffic.answered(purpose, outcome);
                }
            }
            Ok(Said::Event(params)) if session.is_upstream => {
                let steps = self.traffic.upstream.event(params);
                self.traffic.take(steps);
            }
            Ok(Said::Event(params)) => self.traffic.untold.push_back(LineEvent::Event(params)),
            // What cannot be read is passed over.
            Err(_) => {}
        }
        Ok(())
    }

    fn frames(&mut self) -> &mut VecDeque<String> {
        &mut self.traffic.frames
    }

    fn doubt(&mut self) {
        let session = self.traffic.session.as_mut();
        let asked = session.and_then(|session| session.pending.doubt());
        self.traffic.frames.extend(asked);
    }

    fn tick(&mut self) -> Result<(), Useless> {
        let is_read = self.traffic.untold.is_empty();
        // As long as nobody listens nothing is read, and it is nobody's fault that there is no answer.
        if let Some(session) = self.traffic.session.as_mut().filter(|_| is_read) {
            let (is_upstream, due) = (session.is_upstream, session.pending.tick()?);
            for (_, purpose) in due {
                self.traffic.answered(purpose, Err(CallError::TimedOut));
            }
            if is_upstream {
                let steps = self.traffic.upstream.tick();
                self.traffic.take(steps);
            }
        }
        Ok(())
    }

    fn lost(&mut self) {
        self.traffic.frames.clear();
        let Some(session) = self.traffic.session.take() else {
            return;
        };
        let asked = session.pending.all().into_iter();
        let waiting = self.traffic.upstream.lost();
        for reply in asked.filter_map(Purpose::to).chain(waiting) {
            answer(reply, Err(CallError::Cut));
        }
    }
}

/// Answers whoever has called, who may be gone.
fn answer(reply: Reply, outcome: Result<Box<RawValue>, CallError>) {
    drop(reply.send(outcome));
}
