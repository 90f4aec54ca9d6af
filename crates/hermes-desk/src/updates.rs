//! Whether there is a newer version, where whoever has packed this application or looks after this computer has said
//! where that is listed. No address is built in. What is found is told, and nothing is fetched or installed: that is
//! for whatever has installed the application.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use hermes_errors::Code;
use hermes_login::check_openable;
use hermes_machine::{Clock, Environment, http::Request};
use hermes_protocol::bridge::{BridgeRefusal, NewerVersion, UpdateCheck};
use hermes_secret::LABEL_LIMIT;
use jiff::{SignedDuration, Timestamp};
use semver::Version;
use serde::Deserialize;
use url::Url;

use crate::{Desk, desk::Inner, link::Link, refusal};

/// The variable that names the list.
const LIST: &str = "HERMES_DESKTOP_UPDATES";

/// The most bytes of the list.
const LIMIT: usize = 64 * 1024;

/// How long its answer is waited for.
const WITHIN: Duration = Duration::from_secs(10);

/// How long after the start it is asked first. So often it is looked whether to ask again, since no wait goes on while
/// the computer sleeps.
const LOOK: Duration = Duration::from_mins(1);

/// How long an answer, or none, is good for.
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(24);

/// The list. What else is in it is for others.
#[derive(Deserialize)]
struct Listed {
    version: String,
    notes: String,
}

/// What has come of looking so far.
#[derive(Default)]
struct Looked {
    /// When somebody was asked last.
    asked: Option<Timestamp>,
    /// What was found, and waits to be told.
    found: Option<NewerVersion>,
}

impl Looked {
    /// Whether it is time to ask. A clock that was put back is no reason to wait for it.
    fn is_due(&self, now: Timestamp) -> bool {
        self.asked
            .is_none_or(|asked| now < asked || now.duration_since(asked) >= GOOD_FOR)
    }
}

/// Where newer versions are listed, if the environment names that.
fn named(environment: &Environment) -> Result<Option<Url>, BridgeRefusal> {
    let Some(text) = environment.text(LIST) else {
        return Ok(None);
    };
    let url = Url::parse(text).map_err(|error| error.to_string());
    let url = url.and_then(|url| check_openable(&url).map(|()| url));
    url.map(Some).map_err(|why| {
        let text = format!("`{LIST}` names no list of versions: {why}");
        refusal::said(Code::UnsafeUrl, &text)
    })
}

/// What is listed, if it is newer than this version. An older one is nothing to go back to.
fn newer(list: &[u8], current: &str) -> Result<Option<NewerVersion>, &'static str> {
    let listed: Listed = serde_json::from_slice(list).map_err(|_| "it is no such list")?;
    let version = version(&listed.version).ok_or("it names no version")?;
    let notes = Url::parse(&listed.notes).ok();
    notes
        .filter(|url| url.scheme() == "https" && check_openable(url).is_ok())
        .ok_or("its notes are no page that may be opened")?;
    let current = self::version(current).ok_or("this one has no version to compare with")?;
    Ok(version
        .cmp_precedence(&current)
        .is_gt()
        .then_some(NewerVersion {
            version: listed.version,
            notes: listed.notes,
        }))
}

/// A version, if it is one, and as short as versions are.
fn version(text: &str) -> Option<Version> {
    Version::parse(text)
        .ok()
        .filter(|_| text.len() <= LABEL_LIMIT)
}

impl Desk {
    /// Asks whether there is a newer version, whatever the person prefers: they want to know now.
    ///
    /// # Errors
    ///
    /// If nobody has said where versions are listed, or what is there says nothing.
    pub async fn check_updates(&self) -> Result<UpdateCheck, BridgeRefusal> {
        let found = self.ask_for_newer().await?;
        if let Some(found) = &found {
            self.is_news(found);
        }
        Ok(UpdateCheck {
            current: self.0.outfit.version.clone(),
            found,
        })
    }

    /// Looks for newer versions from now on, where it is named where they are listed, and whenever the person
    /// prefers it.
    pub(crate) fn begin_updates(&self) {
        match named(&self.0.outfit.world.environment) {
            Ok(None) => {}
            Ok(Some(_)) => {
                self.has(|means| means.can_look_for_updates = true);
                let clock = Arc::clone(&self.0.outfit.world.ports.clock);
                tokio::spawn(look(Arc::downgrade(&self.0), clock));
            }
            Err(refusal) => self.note(refusal.code, refusal.message),
        }
    }

    /// Asks if it is time to, and tells what was found once that disturbs nothing.
    async fn look_for_newer(&self, looked: &mut Looked) {
        if !self.prefers_updates() {
            return;
        }
        let now = self.0.outfit.world.ports.clock.now();
        if looked.is_due(now) {
            looked.asked = Some(now);
            // Whoever wants to know why nobody could be asked presses the button.
            looked.found = self.ask_for_newer().await.unwrap_or_default();
        }
        // They may not want it any more since.
        if self.prefers_updates()
            && self.is_quiet()
            && let Some(found) = looked.found.take()
            && self.is_news(&found)
        {
            let text = format!(
                "Hermes {} is there; this is {}. About Hermes leads to what is new in it.",
                found.version, self.0.outfit.version
            );
            self.note(None, text);
        }
    }

    /// Asks the list. It is shown nothing that tells one person from another, and nothing it leads to is followed.
    async fn ask_for_newer(&self) -> Result<Option<NewerVersion>, BridgeRefusal> {
        let outfit = &self.0.outfit;
        let Some(list) = named(&outfit.world.environment)? else {
            let text = "nobody has said where newer versions are listed";
            return Err(refusal::plain(text));
        };
        let host = list.host_str().unwrap_or_default().to_owned();
        let said = |what: &str| refusal::plain(&format!("`{host}` cannot be asked: {what}"));
        let http = &outfit.world.ports.http;
        let answer = http.send(Request::get(list).within(WITHIN)).await;
        let answer = answer.map_err(|error| refusal::plain(&error.to_string()))?;
        if !answer.is_success() {
            return Err(said(&format!("it answers with status {}", answer.status)));
        }
        if answer.body.len() > LIMIT {
            return Err(said("its answer is larger than such a list may be"));
        }
        newer(&answer.body, &outfit.version).map_err(said)
    }

    /// The person is told of this version: whether it is news to them.
    fn is_news(&self, found: &NewerVersion) -> bool {
        {
            let mut state = self.state();
            let told = state.told_version.as_deref().and_then(version);
            let is_known = version(&found.version)
                .zip(told)
                .is_some_and(|(found, told)| found.cmp_precedence(&told).is_le());
            if is_known {
                return false;
            }
            state.told_version = Some(found.version.clone());
        }
        self.keep_preferences();
        true
    }

    fn prefers_updates(&self) -> bool {
        self.state().preferences.looks_for_updates
    }

    /// Whether nobody is in the middle of anything: no sign-in, no answer that is being written, no question.
    fn is_quiet(&self) -> bool {
        let state = self.state();
        state.signing.is_none() && !state.links.values().any(Link::is_busy)
    }
}

/// Looks for newer versions until the desk is gone.
async fn look(desk: Weak<Inner>, clock: Arc<dyn Clock>) {
    let mut looked = Looked::default();
    loop {
        clock.sleep(LOOK).await;
        let Some(desk) = desk.upgrade().map(Desk) else {
            return;
        };
        desk.look_for_newer(&mut looked).await;
    }
}

#[cfg(test)]
mod tests;
