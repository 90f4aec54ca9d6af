//! Records in `run/refresh/`: that a refresh has begun, and how the last one failed.
//!
//! A refresh token works once. Between the provider's answer and the new file on disk the old
//! token is spent and the new one is only in memory: whoever is killed there has lost the account.
//! The record that is made before the request tells the next one what happened.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use hermes_errors::Code;
use hermes_machine::{Home, file};
use hermes_secret::Secret;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::times;

/// The most bytes of a record.
const LIMIT: u64 = 64 * 1024 * 1024;
/// For how long a failure is repeated instead of asking the provider again.
const PEACE: Duration = Duration::from_secs(5);
/// A refresh that began longer ago than any can last has ended, one way or another.
const LONGEST: Duration = Duration::from_secs(60);

/// The records of one home.
pub(crate) struct Intents {
    directory: PathBuf,
    run: PathBuf,
}

/// What is known about the refresh of one credential.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Intent {
    state: Stage,
    provider: String,
    entry: String,
    pid: u32,
    started_at: String,
    /// Of the refresh token: a record about another token says nothing.
    fingerprint: String,
    /// When a refresh with this token began of which the outcome is not known.
    #[serde(default)]
    lost_at: Option<String>,
    #[serde(default)]
    failure: Option<Failed>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Stage {
    /// The request was about to be sent.
    InFlight,
    /// It failed, and the token may still be good.
    Failed,
    /// The token is spent and its successor was lost.
    Lost,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Failed {
    at: String,
    code: String,
    message: String,
}

/// The failure of a moment ago.
pub(crate) struct Recent {
    pub(crate) code: Code,
    pub(crate) message: String,
}

impl Intents {
    pub(crate) fn new(home: &Home) -> Self {
        Self {
            directory: home.run().join("refresh"),
            run: home.run(),
        }
    }

    /// The record of a credential, if there is one about this token.
    pub(crate) fn read(&self, provider: &str, entry: &str, token: &Secret) -> Option<Intent> {
        let bytes = file::read_bounded(&self.path(provider, entry), LIMIT).ok()??;
        let intent: Intent = serde_json::from_slice(&bytes).ok()?;
        (intent.fingerprint == token.fingerprint()).then_some(intent)
    }

    /// Records, durably, that the request is about to be sent. `reserve` bytes of padding keep
    /// room on the disk for the file that will have to be written after it. The credential file's
    /// lock is held by whoever writes a record.
    pub(crate) fn begin(&self, intent: &Intent, reserve: usize) -> io::Result<()> {
        file::create_private_dir(&self.run)?;
        file::create_private_dir(&self.directory)?;
        file::sweep_in(&self.directory);
        self.write(intent, reserve)
    }

    /// Replaces the record.
    pub(crate) fn write(&self, intent: &Intent, reserve: usize) -> io::Result<()> {
        let mut text = serde_json::to_vec(intent)?;
        // White space after the value is valid JSON.
        text.resize(text.len() + reserve, b'\n');
        file::write_private(&self.path(&intent.provider, &intent.entry), &text)
    }

    /// Forgets the credential's record.
    pub(crate) fn clear(&self, provider: &str, entry: &str) {
        // A record that stays is about a token that is gone, and so says nothing.
        let _ = fs::remove_file(self.path(provider, entry));
    }

    /// The records that say nothing any more: those about none of these tokens, and those that are
    /// no records. One that may be under way is not among them.
    pub(crate) fn unneeded(&self, fingerprints: &[String], now: Timestamp) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return Vec::new();
        };
        let paths = entries.flatten().map(|entry| entry.path());
        let records = paths.filter(|path| path.extension().is_some_and(|end| end == "json"));
        let unneeded = |path: &PathBuf| {
            let bytes = file::read_bounded(path, LIMIT).ok().flatten();
            let intent = bytes.and_then(|bytes| serde_json::from_slice::<Intent>(&bytes).ok());
            intent.is_none_or(|intent| {
                !fingerprints.contains(&intent.fingerprint) && !intent.is_under_way(now)
            })
        };
        records.filter(unneeded).collect()
    }

    /// Where the records are.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    fn path(&self, provider: &str, entry: &str) -> PathBuf {
        self.directory
            .join(format!("{}.{}.json", file_name(provider), file_name(entry)))
    }
}

impl Intent {
    pub(crate) fn new(
        provider: &str,
        entry: &str,
        token: &Secret,
        lost_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Self {
        Self {
            state: Stage::InFlight,
            provider: provider.to_owned(),
            entry: entry.to_owned(),
            pid: std::process::id(),
            started_at: times::micros(now),
            fingerprint: token.fingerprint(),
            lost_at: lost_at.map(times::micros),
            failure: None,
        }
    }

    /// The same after a failure. `lost` if an answer may have been on its way.
    pub(crate) fn failed(
        mut self,
        code: Code,
        message: String,
        lost: bool,
        now: Timestamp,
    ) -> Self {
        self.state = Stage::Failed;
        if lost && self.lost_at.is_none() {
            self.lost_at = Some(self.started_at.clone());
        }
        self.failure = Some(Failed {
            at: times::micros(now),
            code: code.as_str().to_owned(),
            message,
        });
        self
    }

    /// The same once the provider has said that the token is spent.
    pub(crate) fn lost(mut self, since: Timestamp) -> Self {
        self.state = Stage::Lost;
        self.lost_at = Some(times::micros(since));
        self.failure = None;
        self
    }

    /// The failure of a moment ago, which waiters return instead of asking again.
    pub(crate) fn recent_failure(&self, now: Timestamp) -> Option<Recent> {
        let failure = self.failure.as_ref()?;
        let at = read(&failure.at)?;
        let age = now.duration_since(at);
        if age.is_negative() || age.unsigned_abs() >= PEACE {
            return None;
        }
        let code = Code::ALL
            .iter()
            .find(|code| code.as_str() == failure.code)?;
        Some(Recent {
            code: *code,
            message: failure.message.clone(),
        })
    }

    /// When a refresh began that was cut off, as one sees it who holds the lock: nobody else can
    /// be in flight.
    pub(crate) fn lost_at(&self) -> Option<Timestamp> {
        let earlier = self.lost_at.as_deref().and_then(read);
        match self.state {
            Stage::InFlight => earlier.or_else(|| read(&self.started_at)),
            Stage::Failed | Stage::Lost => earlier,
        }
    }

    /// The same as a reader sees it, who must not take one that is going on for one that was cut
    /// off.
    pub(crate) fn interrupted(&self, now: Timestamp) -> Option<Timestamp> {
        match self.is_under_way(now) {
            true => None,
            false => self.lost_at(),
        }
    }

    /// Whether its process may be asking just now.
    fn is_under_way(&self, now: Timestamp) -> bool {
        let Some(started) = read(&self.started_at) else {
            return false;
        };
        let recent = now.duration_since(started).unsigned_abs() <= LONGEST;
        let alive =
            self.pid == std::process::id() || Path::new(&format!("/proc/{}", self.pid)).exists();
        self.state == Stage::InFlight && recent && alive
    }
}

fn read(text: &str) -> Option<Timestamp> {
    times::read(&serde_json::Value::String(text.to_owned()))
}

/// A file name of our own alphabet; what is not in it is written as `%xx`, so that no two names
/// meet and none leaves the directory.
fn file_name(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.bytes()
        .take(80)
        .map(|byte| match plain(byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02x}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_directory() {
        assert_eq!(file_name("xai-oauth"), "xai-oauth");
        assert_eq!(file_name("../../etc"), "%2e%2e%2f%2e%2e%2fetc");
        assert_eq!(file_name("custom:a"), "custom%3aa");
    }

    #[test]
    fn a_record_speaks_of_one_token_and_for_five_seconds() {
        let directory = tempfile::tempdir().unwrap();
        let intents = Intents::new(&Home::at(directory.path()));
        let token = Secret::new("rt-1");
        let start: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let later = |seconds| start.checked_add(Duration::from_secs(seconds)).unwrap();
        let intent = Intent::new("xai-oauth", "a1b2c3", &token, None, start);
        intents.begin(&intent, 5000).unwrap();
        let read = intents.read("xai-oauth", "a1b2c3", &token).unwrap();
        assert_eq!(read.lost_at(), Some(start));
        assert_eq!(read.interrupted(later(1)), None, "it may be going on");
        assert_eq!(read.interrupted(later(100)), Some(start));
        assert!(
            intents
                .read("xai-oauth", "a1b2c3", &Secret::new("rt-2"))
                .is_none()
        );

        let failed = read.failed(Code::ProviderServerError, "down".into(), false, start);
        intents.write(&failed, 0).unwrap();
        let read = intents.read("xai-oauth", "a1b2c3", &token).unwrap();
        assert_eq!(
            read.recent_failure(later(4)).unwrap().code,
            Code::ProviderServerError
        );
        assert!(read.recent_failure(later(5)).is_none());
        assert_eq!(read.lost_at(), None, "the provider has answered");
        intents.clear("xai-oauth", "a1b2c3");
        assert!(intents.read("xai-oauth", "a1b2c3", &token).is_none());
    }
}
