//! The record of the last sign-in on this host: `run/last-sign-in.json`, from which `hermes doctor`
//! tells why it did not complete. It holds no secret, and nothing depends on it: a record that is
//! broken, absent or cannot be written stops nothing.

mod recorder;

use std::{collections::BTreeMap, fs, io, os::unix::fs::MetadataExt as _, path::PathBuf};

use hermes_login::{Arrival, Place, PlaceKind};
use hermes_machine::{Home, file};
use hermes_secret::{LABEL_LIMIT, plain};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use self::recorder::{Dated, Recorder};

/// The most bytes of the record.
const LIMIT: u64 = 64 * 1024;
/// The most rungs of a kind that are kept; a ladder has three.
const RUNGS: usize = 4;
/// What the outcome of a sign-in that completed is called.
pub(crate) const SIGNED_IN: &str = "signed_in";

/// One attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    /// With whom.
    pub(crate) provider: String,
    /// The flow that was tried last.
    pub(crate) flow: Option<String>,
    /// The flows that were waited for, at once or one after another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) waited: Vec<String>,
    /// The kind of place.
    pub(crate) place: String,
    /// Whether the browser is on another machine.
    pub(crate) remote: bool,
    /// Where the answer was awaited.
    pub(crate) redirect_uri: Option<String>,
    /// The port that was tried first.
    pub(crate) wanted_port: Option<u16>,
    /// The port that was bound.
    pub(crate) port: Option<u16>,
    /// The tunnel that was printed.
    pub(crate) tunnel: Option<String>,
    /// Why no browser could be started.
    pub(crate) browser_failed: Option<String>,
    /// The process.
    pub(crate) process: u32,
    /// When it began, in UTC.
    pub(crate) started: Option<String>,
    /// When it ended.
    pub(crate) ended: Option<String>,
    /// `signed_in` or an error code.
    pub(crate) outcome: Option<String>,
    /// The error's sentence.
    pub(crate) message: Option<String>,
    /// By how much the provider's clock was ahead of this one's.
    pub(crate) clock_ahead_seconds: Option<i64>,
    /// The rungs that did not hold.
    pub(crate) failed: Vec<FailedRung>,
    /// What reached the listener, by kind.
    pub(crate) arrivals: BTreeMap<String, Seen>,
}

/// A rung that did not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct FailedRung {
    /// Which.
    pub(crate) flow: String,
    /// Why.
    pub(crate) reason: String,
}

/// How often something came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Seen {
    /// How often.
    pub(crate) count: u64,
    /// What the first one was, where that matters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) detail: Option<String>,
}

impl Record {
    /// How often this kind came.
    pub(crate) fn count(&self, kind: &str) -> u64 {
        self.arrivals.get(kind).map_or(0, |seen| seen.count)
    }

    /// What the first of this kind was.
    pub(crate) fn detail(&self, kind: &str) -> Option<String> {
        let detail = self.arrivals.get(kind)?.detail.as_deref()?;
        Some(plain(detail, LABEL_LIMIT))
    }

    /// How many connections came.
    pub(crate) fn connections(&self) -> u64 {
        self.count("ipv4").saturating_add(self.count("ipv6"))
    }

    /// How long ago it ended, or began if it has not ended; less than nothing if that is to come.
    pub(crate) fn age(&self, now: Timestamp) -> Option<i64> {
        let written = self.ended.as_ref().or(self.started.as_ref())?;
        let then: Timestamp = written.parse().ok()?;
        Some(now.as_second() - then.as_second())
    }

    /// Counts what came. `true` for the first of its kind.
    pub(crate) fn arrived(&mut self, arrival: &Arrival) -> bool {
        let seen = self.arrivals.entry(arrival.kind().to_owned()).or_default();
        seen.count = seen.count.saturating_add(1);
        if seen.count == 1 {
            seen.detail = arrival.detail();
        }
        seen.count == 1
    }

    /// Notes what is waited for.
    pub(crate) fn waits(&mut self, flow: &str) {
        if self.waited.len() < RUNGS && !self.waited.iter().any(|waited| waited == flow) {
            self.waited.push(flow.to_owned());
        }
    }

    /// Whether the listener was waited for, whatever came beside or after it.
    pub(crate) fn is_loopback(&self) -> bool {
        let is = |flow: &str| flow == "loopback";
        self.flow.as_deref().is_some_and(is) || self.waited.iter().any(|flow| is(flow))
    }

    /// Notes a rung that did not hold.
    pub(crate) fn rung_failed(&mut self, flow: &str, reason: &str) {
        if self.failed.len() < RUNGS {
            self.failed.push(FailedRung {
                flow: flow.to_owned(),
                reason: plain(reason, LABEL_LIMIT),
            });
        }
    }

    /// What was kept; `None` if there is nothing.
    ///
    /// # Errors
    ///
    /// If there is something that cannot be read.
    pub(crate) fn load(home: &Home) -> io::Result<Option<Self>> {
        let Some(bytes) = file::read_bounded(&path(home), LIMIT)? else {
            return Ok(None);
        };
        Ok(Some(serde_json::from_slice(&bytes)?))
    }

    /// Keeps it, if this user may: what root leaves in another user's home is in that user's way.
    pub(crate) fn save(&self, home: &Home) -> io::Result<()> {
        let me = rustix::process::geteuid().as_raw();
        let owner = match fs::metadata(home.path()) {
            Ok(meta) => Some(meta.uid()),
            Err(_) => file::owner_of(home.path()).filter(|_| me == 0),
        };
        if owner.is_some_and(|owner| owner != me) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        file::create_private_dir(home.path())?;
        file::create_private_dir(&home.run())?;
        file::write_private(&path(home), &serde_json::to_vec_pretty(self)?)
    }
}

/// Where it is.
pub(crate) fn path(home: &Home) -> PathBuf {
    home.run().join("last-sign-in.json")
}

/// The kind of place in one word.
pub(crate) fn kind(place: &Place) -> &'static str {
    match place.kind {
        PlaceKind::Desktop => "desktop",
        PlaceKind::Ssh => "ssh",
        PlaceKind::BrowserShell(_) => "browser_shell",
        PlaceKind::Container => "container",
        PlaceKind::Wsl => "wsl",
        PlaceKind::Headless => "headless",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_kept_private_and_read_again() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(directory.path().join("home"));
        assert_eq!(Record::load(&home).unwrap(), None);
        let mut record = Record {
            provider: "xai-oauth".to_owned(),
            port: Some(56121),
            ..Record::default()
        };
        assert!(record.arrived(&Arrival::OtherPort(8080)));
        assert!(!record.arrived(&Arrival::OtherPort(8081)));
        for _ in 0..9 {
            record.rung_failed("loopback", "the port is in use");
        }
        record.save(&home).unwrap();
        let mode = fs::metadata(path(&home)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let read = Record::load(&home).unwrap().unwrap();
        assert_eq!(read, record);
        assert_eq!(read.count("other_port"), 2);
        assert_eq!(read.detail("other_port").as_deref(), Some("8080"));
        assert_eq!(read.failed.len(), RUNGS);
    }

    #[test]
    fn a_broken_record_is_told_and_a_later_one_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::at(directory.path());
        file::create_private_dir(&home.run()).unwrap();
        for text in ["", "{", "7", r#"{"port": 99999}"#, "\0"] {
            file::write_private(&path(&home), text.as_bytes()).unwrap();
            assert!(Record::load(&home).is_err(), "{text}");
        }
        file::write_private(&path(&home), br#"{"provider":"x","later":1}"#).unwrap();
        assert_eq!(Record::load(&home).unwrap().unwrap().provider, "x");
        let huge = vec![b' '; usize::try_from(LIMIT).unwrap() + 1];
        file::write_private(&path(&home), &huge).unwrap();
        assert!(Record::load(&home).is_err());
    }
}
