//! The audit log: who came, who was turned away, and who left.
//!
//! One JSON object a line in `logs/dashboard-auth.log` of the home, with the names that upstream's
//! readers know. A thread of its own writes it, so that no request waits for a disk; when the disk
//! is slower than a flood of refusals, lines are dropped and the next one says how many.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    net::IpAddr,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
    time::Duration,
};

use hermes_machine::{Clock, file};
use hermes_secret::visible;
use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use serde::{Serialize, Serializer, ser::SerializeMap as _};
use tracing::{debug, info};

use crate::{metrics::Tally, request};

/// The name of the file, as upstream has it.
pub const FILE: &str = "logs/dashboard-auth.log";

/// At this size the file becomes `.1`, and the one before it goes.
const ROTATE_AT: u64 = 10 * 1024 * 1024;

/// The most lines that wait for the disk.
const QUEUE: usize = 1024;

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
        }
    }
}

/// One line on its way to the log.
#[derive(Debug)]
pub struct Line {
    event: Event,
    address: Option<IpAddr>,
    fields: Vec<(&'static str, String)>,
}

impl Line {
    /// A line about an event, from a client at this address.
    pub fn new(event: Event, address: Option<IpAddr>) -> Self {
        Self {
            event,
            address,
            fields: Vec::with_capacity(USUAL_FIELDS),
        }
    }

    /// The sign-in method.
    pub fn provider(self, name: &str) -> Self {
        self.text("provider", name)
    }

    /// Who it is.
    pub fn user(self, id: &str, email: Option<&str>) -> Self {
        let line = self.text("user_id", id);
        match email {
            Some(email) => line.text("email", email),
            None => line,
        }
    }

    /// Why, in one of the words that are in the guide.
    pub fn reason(self, reason: &str) -> Self {
        self.text("reason", reason)
    }

    /// The path that was asked for, without its query.
    pub fn path(self, path: &str) -> Self {
        self.text("path", path)
    }

    /// The public id of the session.
    pub fn session(self, id: &str) -> Self {
        self.text("session", id)
    }

    /// Says it in the log too, without the person and the address. What comes with a refusal is
    /// said there.
    fn say(&self) {
        let id = request::current().map(tracing::field::display);
        let event = self.event.as_str();
        let field = |name| {
            let mut fields = self.fields.iter();
            fields.find_map(|(known, value)| (*known == name).then_some(value.as_str()))
        };
        let (method, reason) = (field("provider"), field("reason"));
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
            | Event::UserChanged => info!(request = id, event, method, reason, "audit"),
        }
    }

    /// Anything else, by name. Invisible characters become visible; long values are cut.
    pub fn text(mut self, name: &'static str, value: &str) -> Self {
        let mut value = visible(value);
        if let Some((end, _)) = value.char_indices().nth(VALUE_LIMIT) {
            value.truncate(end);
        }
        self.fields.push((name, value));
        self
    }
}

/// A line as it is written.
struct Entry {
    at: Timestamp,
    line: Line,
    dropped_before: u64,
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut entry = serializer.serialize_map(None)?;
        let at = MOMENT.timestamp_to_string(&self.at);
        entry.serialize_entry("ts", &format_args!("{}+00:00", at.trim_end_matches('Z')))?;
        entry.serialize_entry("event", self.line.event.as_str())?;
        entry.serialize_entry("ip", &self.line.address)?;
        for (name, value) in &self.line.fields {
            entry.serialize_entry(name, value)?;
        }
        if self.dropped_before > 0 {
            entry.serialize_entry("lines_dropped_before", &self.dropped_before)?;
        }
        entry.end()
    }
}

/// The log, open for writing. Dropping it waits until all lines are on the disk.
pub struct Audit {
    queue: Option<SyncSender<Entry>>,
    clock: Arc<dyn Clock>,
    dropped: AtomicU64,
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
        let (queue, lines) = sync_channel(QUEUE);
        let writer = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || write_all(&path, file, &lines))?;
        Ok(Self {
            queue: Some(queue),
            clock,
            dropped: AtomicU64::new(0),
            writer: Some(writer),
            events: Tally::default(),
        })
    }

    /// How often each event was recorded.
    pub(crate) const fn events(&self) -> &Tally {
        &self.events
    }

    /// Hands a line to the writer; never waits.
    pub fn record(&self, line: Line) {
        self.events.add(line.event.as_str());
        line.say();
        let Some(queue) = &self.queue else {
            return;
        };
        let dropped = self.dropped.swap(0, Ordering::Relaxed);
        let sent = queue.try_send(Entry {
            at: self.clock.now(),
            line,
            dropped_before: dropped,
        });
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = sent {
            self.dropped.fetch_add(dropped + 1, Ordering::Relaxed);
        }
    }
}

impl Drop for Audit {
    fn drop(&mut self) {
        drop(self.queue.take());
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
fn write_all(path: &PathBuf, mut file: File, lines: &Receiver<Entry>) {
    let mut batch = Vec::new();
    while let Ok(first) = lines.recv() {
        std::thread::sleep(GATHER);
        batch.clear();
        for line in std::iter::once(first).chain(lines.try_iter().take(QUEUE)) {
            // A text has a form in JSON, whatever is in it.
            if serde_json::to_writer(&mut batch, &line).is_ok() {
                batch.push(b'\n');
            }
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
