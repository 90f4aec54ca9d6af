use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::Arc,
};

use hermes_machine::{Clock, SystemClock};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{
    call::Recorded,
    device::Device,
    grant::{Access, Code, Refresh},
    script::Script,
    settings::Settings,
};

/// Everything the server knows.
pub(super) struct State {
    pub(super) settings: Settings,
    /// `http://127.0.0.1:PORT`.
    pub(super) origin: String,
    clock: Option<Arc<dyn Clock>>,
    serial: u64,
    secrets: Vec<String>,
    known: BTreeSet<String>,
    pub(super) requests: Vec<Recorded>,
    pub(super) scripts: Vec<(String, Script)>,
    pub(super) codes: BTreeMap<String, Code>,
    pub(super) devices: Vec<Device>,
    pub(super) access: BTreeMap<String, Access>,
    pub(super) refresh: BTreeMap<String, Refresh>,
    pub(super) dead_families: BTreeSet<u64>,
    pub(super) refreshed: usize,
}

/// Parameters whose values are secret wherever they come.
const SECRET_PARAMS: [&str; 10] = [
    "access_token",
    "authorization_code",
    "code",
    "code_verifier",
    "device_auth_id",
    "device_code",
    "nonce",
    "refresh_token",
    "state",
    "token",
];

impl State {
    pub(super) fn new(origin: String, clock: Option<Arc<dyn Clock>>) -> Self {
        Self {
            settings: Settings::default(),
            origin,
            clock,
            serial: 0,
            secrets: Vec::new(),
            known: BTreeSet::new(),
            requests: Vec::new(),
            scripts: Vec::new(),
            codes: BTreeMap::new(),
            devices: Vec::new(),
            access: BTreeMap::new(),
            refresh: BTreeMap::new(),
            dead_families: BTreeSet::new(),
            refreshed: 0,
        }
    }

    /// The time, if the server has a clock; without one nothing ever expires.
    pub(super) fn now(&self) -> Option<Timestamp> {
        self.clock.as_ref().map(|clock| clock.now())
    }

    /// The time to write into tokens.
    pub(super) fn stamp(&self) -> Timestamp {
        self.now().unwrap_or_else(|| SystemClock.now())
    }

    pub(super) fn serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    /// A value that is unlike any other and easy to find in a leak.
    pub(super) fn canary(&mut self, kind: &str) -> String {
        let serial = self.serial();
        let digest = Sha256::digest(format!("{} {kind} {serial}", self.origin));
        let mut text = format!("{kind}-CANARY-{serial}-");
        for byte in digest.iter().take(16) {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        self.note_secret(&text);
        text
    }

    pub(super) fn note_secret(&mut self, value: &str) {
        if !value.is_empty() && self.known.insert(value.to_owned()) {
            self.secrets.push(value.to_owned());
        }
    }

    pub(super) fn secrets(&self) -> Vec<String> {
        self.secrets.clone()
    }

    /// Keeps the request, and every secret in it.
    pub(super) fn record(&mut self, call: &Recorded) {
        for name in SECRET_PARAMS {
            for (key, value) in call.query.iter().chain(&call.form) {
                if key == name {
                    self.note_secret(value);
                }
            }
            let member = call.json.as_ref().and_then(|json| json.get(name));
            if let Some(value) = member.and_then(serde_json::Value::as_str) {
                self.note_secret(value);
            }
        }
        let header = call.header("x-nous-refresh-token");
        for value in call.bearer().into_iter().chain(header) {
            self.note_secret(value);
        }
        self.requests.push(call.clone());
    }

    /// Takes the first script for this path off the list.
    pub(super) fn next_script(&mut self, path: &str) -> Option<Script> {
        let index = self
            .scripts
            .iter()
            .position(|(pattern, _)| path.ends_with(pattern.as_str()))?;
        Some(self.scripts.remove(index).1)
    }
}
