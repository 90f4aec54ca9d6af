//! The file of one sign-in.

use std::{io, path::Path};

use hermes_machine::file;
use hermes_oauth::Registration;
use hermes_providers::Flow;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The form of the file; another one is not read.
const VERSION: u32 = 1;
/// The most bytes of a file.
const LIMIT: u64 = 64 * 1024;

/// A sign-in that waits, as it is shown: nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Its id.
    pub id: String,
    /// With whom.
    pub provider: String,
    /// What the credential will be called, if somebody said so.
    pub label: Option<String>,
    /// By which flow, where another process is to finish it.
    pub flow: Option<Flow>,
    /// The process that waits, where one does.
    pub process: Option<u32>,
    /// When it began.
    pub since: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Record {
    version: u32,
    pub(super) id: String,
    pub(super) provider: String,
    pub(super) label: Option<String>,
    since: String,
    expires_at: String,
    pub(super) stage: Stage,
}

/// How far it is.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub(super) enum Stage {
    /// A process waits for the answer; nothing secret is on disk.
    Live {
        /// The process.
        process: u32,
    },
    /// Another process is to finish it.
    Kept(Box<Kept>),
    /// It has ended; what was secret is gone.
    Ended(How),
}

/// What another process needs.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    flow: String,
    client_id: Option<String>,
    scope: Option<String>,
    /// The document of `hermes-oauth`.
    pub(super) parked: Value,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum How {
    /// Its answer came.
    Finished,
    /// A newer one took its place.
    Superseded,
    /// Its time was over.
    Expired,
    /// Somebody gave it up.
    Cancelled,
}

impl Record {
    pub(super) fn new(waiting: &Waiting, stage: Stage) -> Self {
        Self {
            version: VERSION,
            id: waiting.id.clone(),
            provider: waiting.provider.clone(),
            label: waiting.label.clone(),
            since: waiting.since.to_string(),
            expires_at: waiting.expires_at.to_string(),
            stage,
        }
    }

    /// What is in the file; `None` if there is none. What cannot be understood is an error.
    pub(super) fn read(path: &Path) -> io::Result<Option<Self>> {
        let Some(bytes) = file::read_regular(path, LIMIT)? else {
            return Ok(None);
        };
        let record: Self = serde_json::from_slice(&bytes)?;
        let is_known = !matches!(record.stage, Stage::Kept(_)) || record.stage.flow().is_some();
        let sound = record.version == VERSION && is_known && record.waiting().is_some();
        sound
            .then_some(Some(record))
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    pub(super) fn write(&self, path: &Path) -> io::Result<()> {
        file::write_private(path, &serde_json::to_vec(self)?)
    }

    /// The same when it has ended, without anything secret.
    pub(super) fn ended(&self, how: How) -> Self {
        Self {
            stage: Stage::Ended(how),
            ..self.clone()
        }
    }

    /// Whether its time is over.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.waiting()
            .is_none_or(|waiting| waiting.expires_at <= now)
    }

    pub(super) fn waiting(&self) -> Option<Waiting> {
        Some(Waiting {
            id: self.id.clone(),
            provider: self.provider.clone(),
            label: self.label.clone(),
            flow: self.stage.flow(),
            process: self.stage.process(),
            since: self.since.parse().ok()?,
            expires_at: self.expires_at.parse().ok()?,
        })
    }
}

impl Stage {
    pub(super) fn flow(&self) -> Option<Flow> {
        match self {
            Self::Kept(kept) => kept.flow(),
            Self::Live { .. } | Self::Ended(_) => None,
        }
    }

    pub(super) fn process(&self) -> Option<u32> {
        match self {
            Self::Live { process } => Some(*process),
            Self::Kept(_) | Self::Ended(_) => None,
        }
    }
}

impl Kept {
    pub(super) fn new(flow: Flow, registration: &Registration, parked: Value) -> Self {
        Self {
            flow: flow.as_str().to_owned(),
            client_id: registration.client_id.clone(),
            scope: registration.scope.clone(),
            parked,
        }
    }

    pub(super) fn registration(&self) -> Registration {
        Registration {
            client_id: self.client_id.clone(),
            scope: self.scope.clone(),
        }
    }

    fn flow(&self) -> Option<Flow> {
        [Flow::Device, Flow::Paste]
            .into_iter()
            .find(|flow| flow.as_str() == self.flow)
    }
}
