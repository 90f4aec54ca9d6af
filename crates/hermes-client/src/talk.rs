//! A conversation as a client follows it: what it may want, and what it is told.
//!
//! Between the two there is one line: [`Wish`] goes in, [`Told`] comes out. Who shows conversations
//! knows nothing else of gateways, and can be tested without one.

use hermes_protocol::{
    methods::{
        ConversationInfo, ConversationRow, ConversationUsage, HistoryMessage, Inflight, TurnStatus,
        WaitingPrompt,
    },
    rpc::{StatusKind, TurnError},
};
use tokio::sync::mpsc;

use crate::State;

/// How many wishes wait for the gateway.
const WISHES: usize = 64;

/// How much that was told waits for whoever shows it.
const TOLD: usize = 1024;

/// What whoever shows conversations may want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To follow this conversation, in place of the one before.
    Open(Which),
    /// To ask this. It is kept until the gateway has taken it, over any break of the connection, and
    /// asked once.
    Say(Prompt),
    /// The turn that runs is to end.
    Stop,
    /// To know which conversations there are.
    List,
    /// A command behind a slash, as it was typed.
    Command(String),
    /// To try again at once: the machine woke, the network changed, the person wants it.
    Retry,
    /// There is a new sign-in, or another token.
    SignedIn,
}

/// Which conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// A new one.
    New,
    /// The one in which something happened last; a new one if there is none.
    Latest,
    /// The one with this id, or the one whose whole title this is.
    Named(String),
}

/// Something that a person asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// What the client calls it, so that it is asked once however often it is sent.
    pub id: String,
    /// The text.
    pub text: String,
    /// What it takes the place of, if not of nothing.
    pub instead: Option<Instead>,
}

impl Prompt {
    /// A prompt behind all others.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            text: text.into(),
            instead: None,
        }
    }
}

/// Which prompts another one takes the place of, with all that answered them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instead {
    /// The first of them, counted from 0.
    pub from: u32,
    /// How many the conversation has, as whoever asks has seen it. Where there are others by now, none is
    /// taken back.
    pub of: u32,
}

/// What whoever shows conversations is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The connection stands like this.
    State(State),
    /// The conversation that is followed from here on, as a whole: it is shown in place of what was
    /// shown. After a break it comes only where what was missed could not be told.
    Opened(Box<Opened>),
    /// A turn began.
    Began {
        /// What is asked.
        text: String,
        /// The names of the prompts in it, as their clients call them.
        prompts: Vec<String>,
    },
    /// More of the thoughts before an answer.
    Thought(String),
    /// More of the answer.
    Said(String),
    /// The turn is over.
    Ended(Box<Ended>),
    /// A line beside the conversation.
    Note(StatusKind, String),
    /// The conversation is called this.
    Titled(String),
    /// How the conversation is set, and what it has used.
    Info(Box<ConversationInfo>),
    /// The prompt with this number, counted from 0, and all that came after it are gone.
    Cut(u64),
    /// Another version of the prompt with this number is shown, counted from 0. What was said from there
    /// on is told with the whole conversation, which follows.
    Shown(u64),
    /// All that waits for the end of the turn, whoever asked it.
    Waiting(Vec<WaitingPrompt>),
    /// Prompts with these names waited and were taken back, here or elsewhere. Whoever did so has the
    /// text.
    Withdrawn(Vec<String>),
    /// What became of a prompt.
    Prompt(String, Fate),
    /// The conversations that there are.
    List(Vec<ConversationRow>),
    /// The commands that there are, with what they do. It comes after each connection.
    Commands(Vec<(String, String)>),
    /// What a command has to say.
    Output(String),
    /// A wish could not be fulfilled.
    Problem(Problem),
}

/// A conversation as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Opened {
    /// The conversation: what [`Which::Named`] finds again.
    pub id: String,
    /// What was said before the turn that runs.
    pub messages: Vec<HistoryMessage>,
    /// The turn that runs.
    pub running: Option<Inflight>,
    /// How it is set.
    pub info: ConversationInfo,
}

/// How a turn ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The whole answer.
    pub text: String,
    /// How it ended.
    pub status: TurnStatus,
    /// That the answer is not all there is.
    pub warning: Option<String>,
    /// Why it failed.
    pub error: Option<TurnError>,
    /// What the conversation has used.
    pub usage: ConversationUsage,
}

/// What became of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// There is no connection; it is sent with the next one.
    Waits,
    /// The gateway has it.
    Taken,
    /// The gateway has it, and asks it after the turn that runs.
    Queued,
    /// The gateway does not want it, and the person has it back.
    Refused(Problem),
}

/// Why something could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The stable code, if the gateway named one.
    pub code: Option<String>,
    /// What happened.
    pub message: String,
}

/// The end of the line that shows.
#[derive(Debug)]
pub struct Talk {
    /// What is wanted.
    pub wishes: mpsc::Sender<Wish>,
    /// What is told. It ends when the connection is given up for good.
    pub told: mpsc::Receiver<Told>,
}

/// The other end, which fulfils.
#[derive(Debug)]
pub struct Backstage {
    /// What is wanted.
    pub wishes: mpsc::Receiver<Wish>,
    /// What is told.
    pub told: mpsc::Sender<Told>,
}

/// The two ends of a line.
pub fn line() -> (Talk, Backstage) {
    let (wishes, wanted) = mpsc::channel(WISHES);
    let (told, heard) = mpsc::channel(TOLD);
    let talk = Talk {
        wishes,
        told: heard,
    };
    let backstage = Backstage {
        wishes: wanted,
        told,
    };
    (talk, backstage)
}
