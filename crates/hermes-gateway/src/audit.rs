//! The audit log: who came, who was turned away, and who left.
//!
//! One JSON object a line in `logs/dashboard-auth.log` of the home, with the names that upstream's
//! readers know. A line becomes text at once, in a buffer that all share. A thread takes the buffer
//! away and writes it, so that no request waits for a disk; when the disk is slower than a flood of
//! refusals, lines are dropped and the next one says how many.

use std::{
    borrow::Cow,
    fmt,
    fs::{File, OpenOptions},
    io::{self, Write as _},
    net::IpAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

use hermes_machine::{Clock, file};
use hermes_secret::visible;
use hermes_storage::Label;
use jiff::{
    Timestamp,
    fmt::{StdFmtWrite, temporal::DateTimePrinter},
    tz::Offset,
};
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use tracing::{debug, info};

use crate::{metrics::Tally, request, sessions::Live};

/// The name of the file, as upstream has it.
pub const FILE: &str = "logs/dashboard-auth.log";

/// At this size the file becomes `.1`, and the one before it goes.
const ROTATE_AT: u64 = 10 * 1024 * 1024;

/// The most lines that wait for the disk.
const QUEUE: usize = 1024;

/// The most bytes of them, the last line aside.
const QUEUED_BYTES: usize = 512 * 1024;

/// How long the writer waits for company after a line has come. Woken for each line by itself, it
/// takes longer to write down that a ticket was made than to make it.
const GATHER: Duration = Duration::from_millis(5);

/// The most characters of a value that somebody else chose.
const VALUE_LIMIT: usize = 256;

/// As many fields as most lines have.
const USUAL_FIELDS: usize = 4;

/// Moments as upstream writes them: to the microsecond.
const MOMENT: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

/// What happened. The first group are upstream's names; the rest are refusals it forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody went to an identity provider.
    LoginStart,
    /// A session began.
    LoginSuccess,
    /// A sign-in did not work.
    LoginFailure,
    /// A person let an app or a machine in.
    AppAllowed,
    /// A person did not let an app or a machine in.
    AppDeclined,
    /// A session was ended by its person.
    Logout,
    /// A session was renewed: at the identity provider, or by its app.
    RefreshSuccess,
    /// An identity provider did not renew, or an app could not.
    RefreshFailure,
    /// A cookie or a token was shown that is nobody's.
    SessionVerifyFailure,
    /// A ticket was made.
    WsTicketMinted,
    /// A link for a browser was made, in token mode.
    LinkMade,
    /// A socket was refused.
    WsTicketRejected,
    /// A token was shown that is not ours.
    TokenAuthFailure,
    /// Sessions were ended by somebody with the right to.
    Revoke,
    /// A request was refused for its `Host`, `Origin` or Fetch Metadata.
    RequestRefused,
    /// A request without any credential asked for something that needs one.
    MissingCredential,
    /// A user was added, changed or removed.
    UserChanged,
    /// A link to a conversation was made.
    ShareMade,
    /// A link to a conversation was revoked, or all of a person's.
    ShareRevoked,
    /// The host was to be signed in to a provider, or was signed out.
    AccountChanged,
    /// A browser is told of what happens while it is closed, or no more.
    PushChanged,
}

impl Event {
    const fn as_str(self) -> &'static str {
        match self {
            Self::LoginStart => "login_start",
            Self::LoginSuccess => "login_success",
            Self::LoginFailure => "login_failure",
            Self::AppAllowed => "app_allowed",
            Self::AppDeclined => "app_declined",
            Self::Logout => "logout",
            Self::RefreshSuccess => "refresh_success",
            Self::RefreshFailure => "refresh_failure",
            Self::SessionVerifyFailure => "session_verify_failure",
            Self::WsTicketMinted => "ws_ticket_minted",
            Self::LinkMade => "link_made",
            Self::WsTicketRejected => "ws_ticket_rejected",
            Self::TokenAuthFailure => "token_auth_failure",
            Self::Revoke => "revoke",
            Self::RequestRefused => "request_refused",
            Self::MissingCredential => "missing_credential",
            Self::UserChanged => "user_changed",
            Self::ShareMade => "share_made",
            Self::ShareRevoked => "share_revoked",
            Self::AccountChanged => "account_changed",
            Self::PushChanged => "push_changed",
        }
    }
}

/// One line on its way to the log.
#[derive(Debug)]
pub struct Line<'a> {
    event: Event,
    address: Option<IpAddr>,
    fields: Vec<(&'static str, &'a str)>,
}

impl<'a> Line<'a> {
    /// A line about an event, from a client at this address.
    pub fn new(event: Event, address: Option<IpAddr>) -> Self {
        Self {
            event,
            address,
            fields: Vec::with_capacity(USUAL_FIELDS),
        }
    }

    /// The sign-in method.
    pub fn provider(self, name: &'a str) -> Self {
        self.text("provider", name)
    }

    /// Who it is.
    pub fn user(self, id: &'a str, email: Option<&'a str>) -> Self {
        let line = self.text("user_id", id);
        match email {
            Some(email) => line.text("email", email),
            None => line,
        }
    }

    /// Whose session it is about, and by what they had signed in.
    pub fn live(self, live: &'a Live) -> Self {
        let email = live.email.as_ref().map(Label::as_str);
        self.provider(&live.method)
            .user(live.user.as_str(), email)
            .session(live.session.as_str())
    }

    /// Why, in one of the words that are in the guide.
    pub fn reason(self, reason: &'a str) -> Self {
        self.text("reason", reason)
    }

    /// The path that was asked for, without its query.
    pub fn path(self, path: &'a str) -> Self {
        self.text("path", path)
    }

    /// The public id of the session.
    pub fn session(self, id: &'a str) -> Self {
        self.text("session", id)
    }

    /// The public id of a link to a conversation.
    pub fn share(self, id: &'a str) -> Self {
        self.text("share", id)
    }

    /// Says it in the log too, without the person and the address. What comes with a refusal is
    /// said there.
    fn say(&self) {
        let id = request::current().map(tracing::field::display);
        let event = self.event.as_str();
        let field = |name| {
            let mut fields = self.fields.iter();
            fields.find_map(|(known, value)| (*known == name).then(|| shown(value)))
        };
        let (method, reason) = (field("provider"), field("reason"));
        let (method, reason) = (method.as_deref(), reason.as_deref());
        match self.event {
            Event::SessionVerifyFailure
            | Event::WsTicketRejected
            | Event::TokenAuthFailure
            | Event::RequestRefused
            | Event::MissingCredential => {}
            Event::WsTicketMinted | Event::RefreshSuccess => {
                debug!(request = id, event, method, reason, "audit");
            }
            Event::LinkMade
            | Event::LoginStart
            | Event::LoginSuccess
            | Event::LoginFailure
            | Event::AppAllowed
            | Event::AppDeclined
            | Event::Logout
            | Event::RefreshFailure
            | Event::Revoke
            | Event::UserChanged
            | Event::ShareMade
            | Event::ShareRevoked
            | Event::AccountChanged
            | Event::PushChanged => info!(request = id, event, method, reason, "audit"),
        }
    }

    /// Anything else, by name. Invisible characters become visible; long values are cut.
    pub fn text(mut self, name: &'static str, value: &'a str) -> Self {
        self.fields.push((name, value));
        self
    }
}

/// A value as a line has it.
fn shown(value: &str) -> Cow<'_, str> {
    let mut value = visible(value);
    if value.len() > VALUE_LIMIT
        && let Some((end, _)) = value.char_indices().nth(VALUE_LIMIT)
    {
        match &mut value {
            Cow::Borrowed(value) => *value = &value[..end],
            Cow::Owned(value) => value.truncate(end),
        }
    }
    value
}

/// A line as it is written.
struct Entry<'a> {
    at: Timestamp,
    line: &'a Line<'a>,
    dropped_before: u64,
}

impl Serialize for Entry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entry = serializer.serialize_map(None)?;
        entry.serialize_entry("ts", &format_args!("{}", Moment(self.at)))?;
        entry.serialize_entry("event", self.line.event.as_str())?;
        entry.serialize_entry("ip", &self.line.address)?;
        for (name, value) in &self.line.fields {
            entry.serialize_entry(name, &shown(value))?;
        }
        if self.dropped_before > 0 {
            entry.serialize_entry("lines_dropped_before", &self.dropped_before)?;
        }
        entry.end()
    }
}

/// A moment as upstream writes it: to the microsecond, and with the offset.
struct Moment(Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        MOMENT
            .print_timestamp_with_offset(&self.0, Offset::UTC, StdFmtWrite(f))
            .map_err(|_| fmt::Error)
    }
}

/// The lines that wait for the writer.
#[derive(Debug, Default)]
struct Waiting {
    text: Vec<u8>,
    lines: usize,
    dropped: u64,
    /// No line will come any more.
    is_last: bool,
}

impl Waiting {
    const fn is_full(&self) -> bool {
        self.lines >= QUEUE || self.text.len() >= QUEUED_BYTES
    }

    /// Adds a line, or counts it as dropped.
    fn add(&mut self, line: &Line<'_>, at: Timestamp) {
        if self.is_full() {
            self.dropped += 1;
            return;
        }
        let entry = Entry {
            at,
            line,
            dropped_before: std::mem::take(&mut self.dropped),
        };
        // A text has a form in JSON, whatever is in it, and a buffer takes what is written.
        let _ = serde_json::to_writer(&mut self.text, &entry);
        self.text.push(b'\n');
        self.lines += 1;
    }
}

/// Where lines wait, and how the writer hears of the first.
#[derive(Debug, Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    first: Condvar,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for lines, and takes all of them in exchange for an empty buffer. Nothing to take is
    /// the end.
    fn take(&self, batch: &mut Vec<u8>) {
        batch.clear();
        let awaits = |waiting: &mut Waiting| waiting.lines == 0 && !waiting.is_last;
        let waiting = self.first.wait_while(self.lock(), awaits);
        let ended = waiting.unwrap_or_else(PoisonError::into_inner).is_last;
        if !ended {
            std::thread::sleep(GATHER);
        }
        let mut waiting = self.lock();
        waiting.lines = 0;
        std::mem::swap(&mut waiting.text, batch);
    }
}

/// The log, open for writing. Dropping it waits until all lines are on the disk.
pub struct Audit {
    queue: Arc<Queue>,
    clock: Arc<dyn Clock>,
    writer: Option<JoinHandle<()>>,
    events: Tally,
}

impl Audit {
    /// Opens the log under this home.
    ///
    /// # Errors
    ///
    /// When the file cannot be made: a gateway that cannot say who came in does not start.
    pub fn open(home: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let path = home.join(FILE);
        if let Some(directory) = path.parent() {
            file::create_private_dir(directory)?;
        }
        let file = append(&path)?;
        let queue = Arc::new(Queue::default());
        let writer = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn({
                let queue = Arc::clone(&queue);
                move || write_all(&path, file, &queue)
            })?;
        Ok(Self {
            queue,
            clock,
            writer: Some(writer),
            events: Tally::default(),
        })
    }

    /// How often each event was recorded.
    pub(crate) const fn events(&self) -> &Tally {
        &self.events
    }

    /// Leaves a line for the writer; never waits for a disk.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a line that was recorded is not recorded again"
    )]
    pub fn record(&self, line: Line<'_>) {
        self.events.add(line.event.as_str());
        line.say();
        let at = self.clock.now();
        let mut waiting = self.queue.lock();
        let is_first = waiting.lines == 0;
        waiting.add(&line, at);
        drop(waiting);
        if is_first {
            self.queue.first.notify_one();
        }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        self.queue.lock().is_last = true;
        self.queue.first.notify_one();
        if let Some(writer) = self.writer.take() {
            // The writer has no way to fail but a panic, which has been reported already.
            let _ = writer.join();
        }
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
}

/// A line that cannot be written is lost, and so are those after it until there is room: the gate
/// goes on, since a full disk must not sign everybody out.
fn write_all(path: &Path, mut file: File, queue: &Queue) {
    let mut batch = Vec::new();
    loop {
        queue.take(&mut batch);
        if batch.is_empty() {
            return;
        }
        let full = file
            .metadata()
            .is_ok_and(|metadata| metadata.len() + batch.len() as u64 > ROTATE_AT);
        if full {
            let _ = std::fs::rename(path, path.with_extension("log.1"));
            if let Ok(fresh) = append(path) {
                file = fresh;
            }
        }
        let _ = file.write_all(&batch);
    }
}

#[cfg(test)]
mod tests;
