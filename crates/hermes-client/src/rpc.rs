//! Calls of a gateway's methods over a connection that somebody else drives.
//!
//! A call is sent once. What becomes of it when the connection breaks before its answer is not known
//! here: whoever may call again without harm does.

use hermes_protocol::{
    methods::{Declared, Method},
    rpc::{self, Answer, Question},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

/// How many calls wait to be sent.
const WAITING: usize = 64;

/// The end of the line that calls. It can be cloned, and everybody gets their own answers.
#[derive(Clone, Debug)]
pub struct Rpc {
    asked: mpsc::Sender<Asked>,
}

/// The other end, which [`Drive`](crate::Drive) takes.
#[derive(Debug)]
pub struct Calls {
    pub(crate) asked: mpsc::Receiver<Asked>,
}

/// A call that is to be sent.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) question: Question,
    pub(crate) reply: Reply,
}

/// Where the answer goes.
pub(crate) type Reply = oneshot::Sender<Result<Box<RawValue>, CallError>>;

/// Why there is no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallError {
    /// Nothing was sent: there is no connection just now.
    #[error("there is no connection to the gateway just now")]
    Offline,
    /// The connection broke, and nobody knows whether it was done.
    #[error("the connection broke before the gateway answered")]
    Cut,
    /// The answer did not come in time.
    #[error("the gateway has not answered in time")]
    TimedOut,
    /// The gateway's no.
    #[error(transparent)]
    Refused(#[from] rpc::Refused),
    /// The answer is not what the method answers.
    #[error("the gateway's answer is of another version")]
    Unreadable,
    /// It is no call: the name is no method's, or the parameters are no object.
    #[error("that is no call of a gateway's method")]
    NoCall,
    /// It is larger than what the gateway takes at once, so it was not sent.
    #[error("it is larger than what the gateway takes")]
    TooLarge,
    /// The connection was given up for good.
    #[error("the connection was given up")]
    Over,
}

/// The two ends of a line of calls.
pub fn calls() -> (Rpc, Calls) {
    let (asked, to_ask) = mpsc::channel(WAITING);
    (Rpc { asked }, Calls { asked: to_ask })
}

impl Rpc {
    /// Calls a method: its parameters say which.
    ///
    /// # Errors
    ///
    /// Why there is no answer.
    pub async fn call<P>(&self, params: &P) -> Result<P::Answer, CallError>
    where
        P: Declared<Answer: DeserializeOwned> + Serialize + Sync,
    {
        let (reply, answered) = oneshot::channel();
        let question = Question::new(params);
        let sent = self.asked.send(Asked { question, reply }).await;
        sent.map_err(|_| CallError::Over)?;
        let said = answered.await.map_err(|_| CallError::Over)??;
        Answer::read(&said).map_err(|_| CallError::Unreadable)
    }
}

/// How long an answer of this method may take, in seconds (facts 5.6). What may have to wait for a model
/// has longer, and so has what is large.
pub(crate) const fn patience(method: Option<Method>) -> u32 {
    match method {
        Some(Method::ListConversations) => 60,
        Some(Method::AttachImage | Method::UploadImage) => 5 * 60,
        Some(
            Method::SubmitPrompt
            | Method::ExecSlash
            | Method::DispatchCommand
            | Method::Compress
            | Method::RuntimeCheck,
        ) => 30 * 60,
        Some(_) | None => 30,
    }
}
