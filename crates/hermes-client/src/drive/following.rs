//! The conversation that is followed: what is asked of the gateway for it, and what is told of it.
//!
//! It holds no socket and no clock, and waits for nothing. Frames go in and come out, wishes go in, and
//! what is to be told comes out. What was told last is known by its number, so that after a break
//! exactly what came after it is told.

mod opening;
mod saying;
mod telling;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;

use hermes_protocol::{
    methods::{
        CommandsCatalog, CommandsCatalogParams, ConversationCreated, ConversationInterruptParams,
        ConversationList, ConversationListParams, ConversationMostRecent, ConversationResumed,
        Declared, PromptStatus, PromptSubmitted, SlashExecParams, SlashOutput, WaitingPrompt,
    },
    rpc::{self, Answer, Frame, GatewayReady, Question, code},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;

use super::{
    caught::Caught,
    outbox::{Fates, Outbox},
};
use crate::{
    CallError,
    driver::{Pending, Useless},
    rpc::{Asked, Reply},
    talk::{Problem, Told, Which, Wish},
};

/// The most events that wait for a conversation to be there. There are not so many while a question is
/// answered, unless something is wrong.
const HELD: usize = 10_000;

/// After how many ticks an attempt to follow that the gateway has refused is made again.
const PATIENCE: u32 = 6;

/// The conversation that is followed, with what waits for it.
#[derive(Debug)]
pub(super) struct Following {
    source: String,
    /// What is there for as long as the socket is.
    session: Option<Session>,
    followed: Option<Followed>,
    /// What is to be followed in its place.
    wanted: Option<Which>,
    outbox: Outbox,
    /// What waits at the gateway, as it was told last.
    waiting: Vec<WaitingPrompt>,
    /// What is to be told.
    pub(super) told: VecDeque<Told>,
    /// What is to be sent.
    pub(super) frames: VecDeque<String>,
}

#[derive(Debug)]
struct Session {
    /// The epoch of the numbers; empty if events have none.
    epoch: String,
    pending: Pending<Purpose>,
    stage: Stage,
    /// The question that leads to what is wanted.
    opening: Option<u32>,
    held: Vec<rpc::Told>,
}

/// How far the socket is with the conversation that is followed.
#[derive(Debug)]
enum Stage {
    /// The socket does not see it.
    Away,
    /// It is being resumed, by this question.
    Resuming(Option<u32>),
    /// It was not to be had, and is asked for again after so many ticks.
    Denied(u32),
    /// What was missed is being asked for.
    Behind(Box<ConversationResumed>),
    /// What happens is told as it comes.
    There,
}

#[derive(Debug)]
struct Followed {
    /// What finds it again.
    id: String,
    /// What it is called on this socket. Upstream's names end with the socket.
    live: String,
    caught: Caught,
    /// How often people have said something in it.
    said: usize,
    /// Whether the turn that runs was told already, and the gateway has not said that it begins.
    /// Upstream has a turn a while before it begins.
    begins: bool,
    /// Whether it was made here. As long as nothing has been said in it, such a one is kept by nobody.
    made: bool,
}

impl Followed {
    fn is_fresh(&self) -> bool {
        self.made && self.said == 0
    }
}

/// What a request is for.
#[derive(Debug)]
enum Purpose {
    Latest,
    Create,
    /// What is wanted.
    Open,
    /// What was followed before the break.
    Resume,
    Since,
    Submit(String),
    Stop,
    List,
    Commands,
    Slash,
    /// What comes of it matters to nobody.
    Nothing,
    Call(Reply),
}

impl Following {
    /// Nothing is followed yet. `source` is which kind of client this is.
    pub(super) fn new(source: String) -> Self {
        Self {
            source,
            session: None,
            followed: None,
            wanted: None,
            outbox: Outbox::default(),
            waiting: Vec::new(),
            told: VecDeque::new(),
            frames: VecDeque::new(),
        }
    }

    /// There is a socket, and the gateway has said this first.
    pub(super) fn connected(&mut self, ready: &str) {
        let ready: GatewayReady = match Frame::parse(ready) {
            Ok(Frame::Event(event)) => event.payload().unwrap_or_default(),
            Ok(Frame::Answer(_)) | Err(_) => GatewayReady::default(),
        };
        self.session = Some(Session {
            epoch: ready.replay_epoch,
            pending: Pending::default(),
            stage: Stage::Away,
            opening: None,
            held: Vec::new(),
        });
        self.ask(&CommandsCatalogParams {}, Purpose::Commands);
        self.go_on();
    }

    /// The socket has ended.
    pub(super) fn lost(&mut self) {
        self.frames.clear();
        let Some(session) = self.session.take() else {
            return;
        };
        for purpose in session.pending.all() {
            self.unanswered(purpose, &CallError::Cut);
        }
        let fates = self.outbox.lost();
        self.tell_fates(fates);
    }

    /// Somebody wants something.
    pub(super) fn wish(&mut self, wish: Wish) {
        match wish {
            Wish::Open(which) => {
                self.wanted = Some(which);
                if self.session.is_some() {
                    self.go_on();
                }
            }
            Wish::Say(prompt) => self.say(prompt),
            Wish::Stop => match self.at() {
                Some(session_id) => {
                    let params = ConversationInterruptParams { session_id };
                    self.ask(&params, Purpose::Stop);
                }
                None => self.offline(),
            },
            Wish::List if self.session.is_some() => {
                self.ask(&ConversationListParams::default(), Purpose::List);
            }
            Wish::Command(command) if self.session.is_some() => {
                let session_id = self.at().unwrap_or_default();
                let params = SlashExecParams {
                    session_id,
                    command,
                };
                self.ask(&params, Purpose::Slash);
            }
            Wish::List | Wish::Command(_) => self.offline(),
            Wish::Retry | Wish::SignedIn => {}
        }
    }

    /// Somebody else calls a method.
    pub(super) fn call(&mut self, asked: Asked) {
        match &mut self.session {
            Some(session) => {
                let (_, frame) = session
                    .pending
                    .ask(&asked.question, Purpose::Call(asked.reply));
                self.frames.push_back(frame);
            }
            // Whoever has called may be gone.
            None => drop(asked.reply.send(Err(CallError::Offline))),
        }
    }

    /// Asks for a sign that somebody is at the other end.
    pub(super) fn doubt(&mut self) {
        let session = self.session.as_mut();
        let asked = session.and_then(|session| session.pending.doubt());
        self.frames.extend(asked);
    }

    /// Another tick is over.
    pub(super) fn tick(&mut self) -> Result<(), Useless> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let due = session.pending.tick()?;
        if let Stage::Denied(ticks) = &mut session.stage {
            *ticks = ticks.saturating_sub(1);
            if *ticks == 0 {
                session.stage = Stage::Away;
                self.go_on();
            }
        }
        for (_, purpose) in due {
            match purpose {
                // Nothing goes on without these.
                Purpose::Latest
                | Purpose::Create
                | Purpose::Open
                | Purpose::Resume
                | Purpose::Submit(_) => return Err(Useless),
                Purpose::Since => self.give_up_catching_up(),
                other => self.unanswered(other, &CallError::TimedOut),
            }
        }
        Ok(())
    }

    /// The gateway has sent this. What cannot be read is passed over.
    pub(super) fn frame(&mut self, text: &str) -> Result<(), Useless> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        session.pending.heard();
        match Frame::parse(text) {
            Ok(Frame::Answer(answer)) => {
                if let Some((id, purpose)) = session.pending.answered(answer.id) {
                    self.answered(id, purpose, answer.outcome);
                }
            }
            Ok(Frame::Event(event)) => self.event(event)?,
            Err(_) => {}
        }
        self.send_next();
        Ok(())
    }

    fn answered(
        &mut self,
        id: u32,
        purpose: Purpose,
        outcome: Result<Box<RawValue>, rpc::Refused>,
    ) {
        let session = self.session.as_ref();
        let opens = session.is_some_and(|session| session.opening == Some(id));
        let resumes = session.is_some_and(
            |session| matches!(session.stage, Stage::Resuming(asked) if asked == Some(id)),
        );
        match purpose {
            // Something else was wanted meanwhile.
            Purpose::Latest | Purpose::Create | Purpose::Open if !opens => {}
            Purpose::Resume if !resumes => {}
            Purpose::Latest => match read::<ConversationMostRecent>(outcome) {
                Ok(latest) => self.open_latest(latest.session_id),
                Err(why) => self.not_opened(why),
            },
            Purpose::Create => match read::<ConversationCreated>(outcome) {
                Ok(created) => {
                    let epoch = self.epoch();
                    self.open(&snapshot(created), Caught::unknown(&epoch));
                    self.is_made();
                }
                Err(why) => self.not_opened(why),
            },
            Purpose::Open => match read::<ConversationResumed>(outcome) {
                Ok(resumed) => {
                    self.forget_waiting();
                    let caught = Caught::at(&self.epoch(), resumed.seq);
                    self.open(&resumed, caught);
                }
                Err(why) => self.not_opened(why),
            },
            Purpose::Resume => match read::<ConversationResumed>(outcome) {
                Ok(resumed) => {
                    self.forget_waiting();
                    self.resumed(resumed);
                }
                Err(why) => self.not_resumed(why),
            },
            Purpose::Since => match read(outcome) {
                Ok(since) => self.caught_up(&since),
                Err(_) => self.give_up_catching_up(),
            },
            Purpose::Submit(prompt) => match read::<PromptSubmitted>(outcome) {
                Ok(submitted) => {
                    if submitted.status == PromptStatus::Withdrawn {
                        self.told.push_back(Told::Withdrawn(vec![prompt.clone()]));
                    }
                    let fates = self.outbox.taken(&prompt, submitted.status);
                    self.tell_fates(fates);
                }
                Err(why) => self.not_submitted(&prompt, why),
            },
            Purpose::Stop => match outcome {
                Ok(_) => {
                    let fates = self.outbox.stopped();
                    self.tell_fates(fates);
                }
                Err(why) => self.problem(why.into()),
            },
            Purpose::List => match read::<ConversationList>(outcome) {
                Ok(list) => self.told.push_back(Told::List(list.sessions)),
                Err(why) => self.problem(why),
            },
            Purpose::Commands => {
                if let Ok(catalog) = read::<CommandsCatalog>(outcome) {
                    self.told.push_back(Told::Commands(catalog.pairs));
                }
            }
            Purpose::Slash => match read::<SlashOutput>(outcome) {
                Ok(said) => self.told.push_back(Told::Output(said.output)),
                Err(why) => self.problem(why),
            },
            Purpose::Nothing => {}
            Purpose::Call(reply) => drop(reply.send(outcome.map_err(CallError::Refused))),
        }
    }

    /// A request gets no answer any more.
    fn unanswered(&mut self, purpose: Purpose, why: &CallError) {
        match purpose {
            Purpose::List | Purpose::Slash | Purpose::Stop => self.problem(why.clone()),
            Purpose::Call(reply) => drop(reply.send(Err(why.clone()))),
            Purpose::Latest
            | Purpose::Create
            | Purpose::Open
            | Purpose::Resume
            | Purpose::Since
            | Purpose::Submit(_)
            | Purpose::Commands
            | Purpose::Nothing => {}
        }
    }

    fn tell_fates(&mut self, fates: Fates) {
        let told = fates.into_iter().map(|(id, fate)| Told::Prompt(id, fate));
        self.told.extend(told);
    }

    fn problem(&mut self, why: CallError) {
        self.told.push_back(Told::Problem(why.into()));
    }

    fn offline(&mut self) {
        let why = match self.session.is_some() {
            true => Problem {
                code: None,
                message: "no conversation is open just now".to_owned(),
            },
            false => CallError::Offline.into(),
        };
        self.told.push_back(Told::Problem(why));
    }

    fn ask<P: Declared + Serialize>(&mut self, params: &P, purpose: Purpose) -> Option<u32> {
        self.put(&Question::new(params), purpose)
    }

    fn put(&mut self, question: &Question, purpose: Purpose) -> Option<u32> {
        let session = self.session.as_mut()?;
        let (id, frame) = session.pending.ask(question, purpose);
        self.frames.push_back(frame);
        Some(id)
    }

    fn stand(&mut self, stage: Stage) {
        if let Some(session) = &mut self.session {
            session.stage = stage;
        }
    }

    /// The name of the conversation on this socket, if what happens in it is told as it comes.
    fn at(&self) -> Option<String> {
        let session = self.session.as_ref()?;
        matches!(session.stage, Stage::There)
            .then(|| self.live())
            .flatten()
    }

    fn live(&self) -> Option<String> {
        self.followed.as_ref().map(|followed| followed.live.clone())
    }

    fn epoch(&self) -> String {
        let session = self.session.as_ref();
        session.map_or_else(String::new, |session| session.epoch.clone())
    }

    /// Whether the gateway knows prompts by the ids that clients give them: those that number events do.
    fn knows_prompts(&self) -> bool {
        !self.epoch().is_empty()
    }
}

fn read<T: DeserializeOwned>(outcome: Result<Box<RawValue>, rpc::Refused>) -> Result<T, CallError> {
    Answer::read(&outcome?).map_err(|_| CallError::Unreadable)
}

fn snapshot(created: ConversationCreated) -> ConversationResumed {
    ConversationResumed {
        resumed: created.stored_session_id,
        session_id: created.session_id,
        messages: created.messages,
        info: created.info,
        ..ConversationResumed::default()
    }
}

fn is_unknown(why: &CallError) -> bool {
    let CallError::Refused(refused) = why else {
        return false;
    };
    [
        code::CONVERSATION_NOT_FOUND,
        code::STORED_CONVERSATION_NOT_FOUND,
    ]
    .iter()
    .any(|number| i64::from(*number) == refused.number)
}

impl From<CallError> for Problem {
    fn from(why: CallError) -> Self {
        let code = match &why {
            CallError::Refused(refused) => refused.code.clone(),
            _ => None,
        };
        Self {
            code,
            message: why.to_string(),
        }
    }
}
