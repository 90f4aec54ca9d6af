//! A model server that does what a test wrote down, in the three dialects that model servers speak.
//! With nothing written down it is the demo model: it answers every prompt by saying it back.

mod says;
mod server;

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use hermes_machine::{Clock, SystemClock};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    sync::watch,
    task::{AbortHandle, JoinSet},
};

pub use self::says::{Dialect, Saying};
use crate::{Recorded, hold, must};

/// What one request is answered with.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    /// A stream in the dialect of the request.
    Says(Saying),
    /// These bytes.
    Bytes(Vec<u8>),
    /// These bytes, again and again, without end.
    Endless(Vec<u8>),
    /// Nothing, ever; not even a status.
    Hang,
    /// The end of the connection.
    Close,
}

impl Answer {
    /// The model says this.
    pub fn says(saying: Saying) -> Self {
        Self::stream(Content::Says(saying))
    }

    /// The server says no, in JSON.
    pub fn refuses(status: u16, error: &Value) -> Self {
        let content = Content::Bytes(error.to_string().into_bytes());
        Self {
            status,
            ..Self::stream(content).header("Content-Type", "application/json")
        }
    }

    /// A stream of these bytes, whatever they are.
    pub fn bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::stream(Content::Bytes(bytes.into()))
    }

    /// A stream that says these bytes again and again, and never ends.
    pub fn endless(bytes: impl Into<Vec<u8>>) -> Self {
        Self::stream(Content::Endless(bytes.into()))
    }

    /// No answer, ever.
    pub fn hang() -> Self {
        Self::stream(Content::Hang)
    }

    /// The connection is closed before there is an answer.
    pub fn close() -> Self {
        Self::stream(Content::Close)
    }

    /// The same with a header, in place of one of that name.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .retain(|(own, _)| !own.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn stream(content: Content) -> Self {
        Self {
            status: 200,
            headers: vec![("Content-Type".to_owned(), "text/event-stream".to_owned())],
            content,
        }
    }
}

/// A model server on a loopback port. It ends when it is dropped.
pub struct FakeModels {
    origin: String,
    shared: Arc<Shared>,
    task: AbortHandle,
    _tasks: JoinSet<()>,
}

/// What the server and its handle have in common.
struct Shared {
    clock: Arc<dyn Clock>,
    pace: Duration,
    script: Mutex<VecDeque<Answer>>,
    requests: Mutex<Vec<Recorded>>,
    /// How many requests there were.
    asked: watch::Sender<usize>,
}

impl FakeModels {
    /// A server on a free port.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn start() -> Self {
        Self::start_at(0, Duration::ZERO, Arc::new(SystemClock)).await
    }

    /// A server on this port, whose demo model waits so long before each word.
    ///
    /// # Panics
    ///
    /// If the port is taken.
    pub async fn start_at(port: u16, pace: Duration, clock: Arc<dyn Clock>) -> Self {
        let listener = must(TcpListener::bind(("127.0.0.1", port)).await, "no port");
        let address = must(listener.local_addr(), "no address");
        let shared = Arc::new(Shared {
            clock,
            pace,
            script: Mutex::default(),
            requests: Mutex::default(),
            asked: watch::Sender::new(0),
        });
        let mut tasks = JoinSet::new();
        let task = tasks.spawn(server::serve(listener, Arc::clone(&shared)));
        Self {
            origin: format!("http://{address}"),
            shared,
            task,
            _tasks: tasks,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// `http://127.0.0.1:PORT/v1`, under which all dialects are served.
    pub fn base_url(&self) -> String {
        format!("{}/v1", self.origin)
    }

    /// What the next request gets that no earlier answer is kept for.
    pub fn then(&self, answer: Answer) {
        hold(&self.shared.script).push_back(answer);
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Recorded> {
        hold(&self.shared.requests).clone()
    }

    /// Waits until there were so many requests.
    pub async fn until_asked(&self, count: usize) {
        let mut asked = self.shared.asked.subscribe();
        // It fails only when the sender is gone, and the sender is ours.
        let _ = asked.wait_for(|now| *now >= count).await;
    }

    /// Stops listening, and cuts every connection.
    pub fn stop(&self) {
        self.task.abort();
    }
}
