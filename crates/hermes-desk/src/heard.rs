//! What is kept of all that a gateway tells: what its conversations are called, which of them wait for the person,
//! and what is worth a notification. The rest is the page's.

use std::collections::{BTreeMap, BTreeSet};

use hermes_protocol::rpc::is_question;
use hermes_secret::{LABEL_LIMIT, plain};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

/// The most questions of one gateway that are known to wait for the person.
const ASKING: usize = 200;

/// The most conversations of one gateway that are known by name.
const KNOWN: usize = 200;

/// The most characters of a gateway's own words in a notification.
const TEXT: usize = 120;

/// What has been heard of a gateway.
#[derive(Default)]
pub(crate) struct Heard {
    conversations: BTreeMap<String, Conversation>,
    /// The oldest first, as the gateway takes the answers.
    asking: Vec<Question>,
    /// The conversations in which something is being answered.
    turns: BTreeSet<String>,
}

/// A conversation, as events name it, and what it is called elsewhere.
#[derive(Clone, Default)]
struct Conversation {
    stored: Option<String>,
    title: String,
}

/// A question that waits for the person.
#[derive(PartialEq, Eq)]
struct Question {
    conversation: String,
    about: About,
}

/// What tells a question from another one of its conversation.
#[derive(PartialEq, Eq)]
enum About {
    /// An approval. They are answered in their order.
    Approval { seq: Option<u64> },
    /// What is answered by this id.
    Request(String),
}

/// Something that somebody who does not look wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    /// The conversation, as its addresses name it, if that is known.
    pub(crate) conversation: Option<String>,
    /// What it is called, if it has a name.
    pub(crate) title: String,
    pub(crate) what: What,
}

/// What has happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    /// An answer is there, which begins so.
    Finished(String),
    /// The turn came to nothing, for this reason.
    Failed(String),
    /// The agent waits for the person.
    Asks,
}

/// What of an event is looked at here.
#[derive(Deserialize)]
pub(crate) struct Glance {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default)]
    session_id: Option<String>,
    #[serde(default)]
    seq: Option<u64>,
    #[serde(default)]
    payload: Value,
}

impl Glance {
    /// A text of the payload; what is another thing is not there.
    fn text(&self, name: &str) -> Option<&str> {
        self.payload.get(name)?.as_str()
    }
}

/// What a method was asked, or has answered.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    session_id: Value,
    stored_session_id: Value,
    session_key: Value,
    request_id: Value,
    resolved: Value,
}

impl Heard {
    /// Looks at an event: what is worth a notification.
    pub(crate) fn take(&mut self, told: &Glance) -> Option<News> {
        let conversation = named(told.session_id.as_deref().unwrap_or_default());
        match told.kind.as_str() {
            "session.info" => {
                let known = self.conversation(&conversation)?;
                if let Some(stored) = told.text("stored_session_id") {
                    known.stored = Some(stored.to_owned());
                }
                known.title = label(told.text("title"));
                None
            }
            "session.title" => {
                let stored = told.text("session_id")?;
                let is_it = |(live, known): &(&String, &mut Conversation)| {
                    live.as_str() == stored || known.stored.as_deref() == Some(stored)
                };
                if let Some((_, known)) = self.conversations.iter_mut().find(is_it) {
                    known.title = label(told.text("title"));
                }
                None
            }
            // The end of what went on before may never be told: it is not to count for ever.
            "gateway.ready" => {
                self.turns.clear();
                None
            }
            "message.start" => {
                if self.turns.len() < KNOWN {
                    self.turns.insert(conversation);
                }
                None
            }
            "message.complete" => {
                self.turns.remove(&conversation);
                self.asking.retain(|one| one.conversation != conversation);
                let line = label(told.text("text"));
                match told.text("status") {
                    // Whoever stops a turn knows that it has stopped.
                    Some("interrupted") => None,
                    Some("error") => Some(self.news(conversation, What::Failed(line))),
                    _ => Some(self.news(conversation, What::Finished(line))),
                }
            }
            "sudo.expire" | "secret.expire" => {
                self.is_answered(told.text("request_id")?);
                None
            }
            kind if is_question(kind) => {
                let about = match told.text("request_id") {
                    Some(id) if kind != "approval.request" => About::Request(named(id)),
                    _ => About::Approval { seq: told.seq },
                };
                let question = Question {
                    conversation: conversation.clone(),
                    about,
                };
                // What is told again after a break was asked once.
                if self.asking.contains(&question) || self.asking.len() >= ASKING {
                    return None;
                }
                self.asking.push(question);
                Some(self.news(conversation, What::Asks))
            }
            _ => None,
        }
    }

    /// A method was called with success: what is known now, and which question is answered.
    pub(crate) fn called(&mut self, method: &str, params: &RawValue, answer: &RawValue) {
        let read = |text: &RawValue| serde_json::from_str::<Said>(text.get()).unwrap_or_default();
        match method {
            "approval.respond" => {
                let Some(conversation) = read(params).session_id.as_str().map(named) else {
                    return;
                };
                // If nothing waits there any more, somebody else has answered all of it.
                let mut left = match read(answer).resolved.as_u64() {
                    Some(0) => u64::MAX,
                    resolved => resolved.unwrap_or(1),
                };
                self.asking.retain(|one| {
                    let is_it = one.conversation == conversation
                        && matches!(one.about, About::Approval { .. })
                        && left > 0;
                    left -= u64::from(is_it);
                    !is_it
                });
            }
            "clarify.respond" | "sudo.respond" | "secret.respond" => {
                if let Some(id) = read(params).request_id.as_str() {
                    self.is_answered(id);
                }
            }
            "session.create" | "session.resume" | "session.activate" | "session.branch" => {
                let said = read(answer);
                let stored = said.stored_session_id.as_str();
                let stored = stored.or(said.session_key.as_str());
                if let (Some(live), Some(stored)) = (said.session_id.as_str(), stored)
                    && let Some(known) = self.conversation(&named(live))
                {
                    known.stored = Some(stored.to_owned());
                }
            }
            _ => {}
        }
    }

    /// How many questions wait for the person.
    pub(crate) fn questions(&self) -> u32 {
        u32::try_from(self.asking.len()).unwrap_or(u32::MAX)
    }

    /// Whether the agent answers something, or waits for the person.
    pub(crate) fn is_busy(&self) -> bool {
        !self.turns.is_empty() || !self.asking.is_empty()
    }

    fn is_answered(&mut self, request: &str) {
        let request = About::Request(named(request));
        self.asking.retain(|one| one.about != request);
    }

    /// What is known of a conversation; nothing where too much is known already.
    fn conversation(&mut self, live: &str) -> Option<&mut Conversation> {
        let has_room = self.conversations.len() < KNOWN || self.conversations.contains_key(live);
        has_room.then(|| self.conversations.entry(live.to_owned()).or_default())
    }

    fn news(&self, live: String, what: What) -> News {
        let known = self.conversations.get(&live).cloned().unwrap_or_default();
        News {
            // Ours are called the same everywhere.
            conversation: known
                .stored
                .or_else(|| Some(live).filter(|live| !live.is_empty())),
            title: known.title,
            what,
        }
    }
}

/// A name that a gateway has given, as it is kept here.
fn named(id: &str) -> String {
    plain(id, LABEL_LIMIT)
}

/// A gateway's own words, as one line.
fn label(text: Option<&str>) -> String {
    plain(text.unwrap_or_default(), TEXT)
}

#[cfg(test)]
mod tests;
