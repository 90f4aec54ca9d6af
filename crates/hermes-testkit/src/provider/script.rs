use serde_json::Value;
use url::Url;

/// What the next request gets instead of the server's own answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Scripted {
    /// This status and an empty body.
    Status(u16),
    /// This status and JSON.
    StatusJson(u16, Value),
    /// Status 200 and JSON.
    Json(Value),
    /// A page where JSON is expected, with status 200 unless changed.
    Html,
    /// JSON of 10 MiB, its length not announced.
    Huge,
    /// A small body that says it is gzip and unpacks to 2 MiB.
    GzipBomb,
    /// Status 307, so that a client which follows it sends its secrets again.
    Redirect(Url),
    /// An answer that begins, sends one byte at a time, and never ends.
    Drip,
    /// No answer, ever.
    Hang,
    /// The connection is closed; the server has not looked at the request.
    Reset,
    /// The connection is closed after the server has done what was asked: the answer is lost.
    Lost,
}

/// A [`Scripted`] with additions.
#[derive(Clone, Debug)]
pub struct Script {
    pub(super) what: Scripted,
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
}

impl Scripted {
    /// Adds a header.
    #[must_use]
    pub fn header(self, name: &str, value: &str) -> Script {
        Script::from(self).header(name, value)
    }

    /// Changes the status.
    #[must_use]
    pub fn status(self, status: u16) -> Script {
        Script::from(self).status(status)
    }
}

impl Script {
    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Changes the status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

impl From<Scripted> for Script {
    fn from(what: Scripted) -> Self {
        Self {
            what,
            status: None,
            headers: Vec::new(),
        }
    }
}
