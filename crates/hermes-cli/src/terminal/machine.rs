use hermes_login::{BrowserOutcome, Event, Person};
use hermes_machine::BoxFuture;
use serde_json::{Value, json};

use super::input::Lines;
use crate::output::Output;

/// A program: one JSON object a line on standard output, answers as lines on standard input.
pub(crate) struct Machine {
    output: Output,
    lines: Lines,
}

impl Machine {
    /// A program that sends these lines.
    pub(crate) fn new(output: Output, lines: Lines) -> Self {
        Self { output, lines }
    }

    fn write(&self, event: &Value) {
        // If nobody reads any more, the sign-in goes on: it may still be finished in a browser.
        let _ = self.output.json(event);
    }
}

impl Person for Machine {
    fn tell(&self, event: Event<'_>) {
        let event = match event {
            Event::Rung { flow, why, .. } => {
                json!({"event": "rung", "flow": flow.as_str(), "why": why})
            }
            Event::Stalled {
                flow,
                reason,
                instead,
            } => json!({
                "event": "stalled",
                "flow": flow.as_str(),
                "reason": reason,
                "instead": instead,
            }),
            Event::AuthorizeUrl {
                url, redirect_uri, ..
            } => json!({
                "event": "authorize_url",
                "url": url.as_str(),
                "redirect_uri": redirect_uri.as_str(),
            }),
            Event::DeviceCode(device) => json!({
                "event": "device_code",
                "user_code": device.user_code,
                "verification_uri": device.verification_uri.as_str(),
                "verification_uri_complete": device.verification_uri_complete.as_ref().map(url::Url::as_str),
                "expires_in": device.expires_in.as_secs(),
            }),
            Event::Waiting {
                flow,
                redirect_uri,
                limit,
            } => json!({
                "event": "waiting",
                "flow": flow.as_str(),
                "redirect_uri": redirect_uri.map(url::Url::as_str),
                "seconds": limit.as_secs(),
            }),
            Event::Voided { id, process, since } => json!({
                "event": "voided",
                "id": id,
                "process": process,
                "since": since.to_string(),
            }),
            Event::Terms(terms) => json!({"event": "terms", "text": terms}),
            Event::Hint(hint) => json!({
                "event": "hint",
                "command": hint.command,
                "jump_command": hint.jump_command,
            }),
            Event::Browser(outcome) => json!({
                "event": "browser",
                "opened": matches!(outcome, BrowserOutcome::Opened),
            }),
            Event::PasteRejected { reason } => json!({"event": "paste_rejected", "reason": reason}),
            Event::RungFailed {
                flow, reason, next, ..
            } => json!({
                "event": "rung_failed",
                "flow": flow.as_str(),
                "reason": reason,
                "next": next.map(hermes_providers::Flow::as_str),
            }),
            Event::Starting { .. }
            | Event::Via(_)
            | Event::Stray { .. }
            | Event::Arrived(_)
            | Event::Exchanging => return,
        };
        self.write(&event);
    }

    fn line(&self) -> BoxFuture<'_, Option<String>> {
        Box::pin(self.lines.next())
    }

    fn confirm(&self, question: &str) -> BoxFuture<'_, bool> {
        self.write(&json!({"event": "confirm", "question": question, "answers": ["yes", "no"]}));
        Box::pin(async {
            self.lines
                .answer()
                .await
                .is_some_and(|line| line.trim() == "yes")
        })
    }
}
