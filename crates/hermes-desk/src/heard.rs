//! What is kept of all that a gateway tells: what its conversations are called, which of them wait for the person,
//! and what is worth a notification. The rest is the page's.

use std::collections::BTreeMap;

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
            "message.complete" => {
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
mod tests {
    use serde_json::{json, value::to_raw_value};

    use super::*;

    fn event(heard: &mut Heard, event: &Value) -> Option<News> {
        heard.take(&serde_json::from_value(event.clone()).unwrap())
    }

    fn approval(heard: &mut Heard, conversation: &str, seq: u64) -> Option<News> {
        let told = json!({"type": "approval.request", "session_id": conversation, "seq": seq, "payload": {"command": "rm x"}});
        event(heard, &told)
    }

    fn called(heard: &mut Heard, method: &str, params: &Value, answer: &Value) {
        let raw = |value: &Value| to_raw_value(value).unwrap();
        heard.called(method, &raw(params), &raw(answer));
    }

    #[test]
    fn a_question_waits_until_it_was_answered_or_the_turn_is_over() {
        let mut heard = Heard::default();
        assert!(approval(&mut heard, "a", 1).is_some());
        assert!(approval(&mut heard, "a", 1).is_none(), "it is told again");
        assert!(approval(&mut heard, "a", 2).is_some());
        assert!(approval(&mut heard, "b", 1).is_some());
        let asks = |kind: &str, id: &str| json!({"type": kind, "session_id": "a", "payload": {"request_id": id}});
        for (kind, id) in [
            ("clarify.request", "c"),
            ("sudo.request", "d"),
            ("secret.request", "e"),
        ] {
            let news = event(&mut heard, &asks(kind, id)).unwrap();
            assert_eq!(news.what, What::Asks);
        }
        assert_eq!(heard.questions(), 6);

        let answer = json!({"session_id": "a", "choice": "once"});
        called(
            &mut heard,
            "approval.respond",
            &answer,
            &json!({"resolved": 1}),
        );
        assert_eq!(
            heard.questions(),
            5,
            "the others of the conversation wait still"
        );
        let one = json!({"request_id": "c", "answer": "yes"});
        called(
            &mut heard,
            "clarify.respond",
            &one,
            &json!({"status": "ok"}),
        );
        let late = json!({"request_id": "d", "password": "x"});
        called(
            &mut heard,
            "sudo.respond",
            &late,
            &json!({"status": "expired"}),
        );
        event(&mut heard, &asks("secret.expire", "e"));
        assert_eq!(heard.questions(), 2);
        // Somebody else has answered it.
        called(
            &mut heard,
            "approval.respond",
            &answer,
            &json!({"resolved": 0}),
        );
        assert_eq!(heard.questions(), 1);
        event(
            &mut heard,
            &json!({"type": "message.complete", "session_id": "b"}),
        );
        assert_eq!(heard.questions(), 0);
    }

    #[test]
    fn what_is_told_has_the_name_and_the_place_of_the_conversation_and_one_plain_line() {
        let mut heard = Heard::default();
        let done = |text: &str, status: &str| json!({"type": "message.complete", "session_id": "live", "payload": {"text": text, "status": status}});
        let news = event(&mut heard, &done("geese", "complete")).unwrap();
        assert_eq!(
            (news.conversation.as_deref(), news.title.as_str()),
            (Some("live"), "")
        );
        let made = json!({"session_id": "live", "stored_session_id": "20261121_1"});
        called(&mut heard, "session.create", &json!({}), &made);
        let titled = json!({"type": "session.title", "payload": {"session_id": "20261121_1", "title": "Four\u{202e} geese\n"}});
        assert_eq!(event(&mut heard, &titled), None);
        let text = format!("\u{1b}[2J# One\n\n{}", "x".repeat(500));
        let news = event(&mut heard, &done(&text, "complete")).unwrap();
        assert_eq!(news.conversation.as_deref(), Some("20261121_1"));
        assert_eq!(news.title, "Four geese");
        let What::Finished(line) = news.what else {
            panic!("{news:?}")
        };
        assert!(
            line.starts_with("[2J# One xxx") && line.chars().count() <= TEXT,
            "{line}"
        );
        let failed = event(&mut heard, &done("HTTP 401", "error")).unwrap();
        assert_eq!(failed.what, What::Failed("HTTP 401".to_owned()));
        assert_eq!(event(&mut heard, &done("", "interrupted")), None);
    }

    #[test]
    fn whatever_a_gateway_tells_is_bounded_and_no_trouble() {
        let mut heard = Heard::default();
        for number in 0..3 * ASKING as u64 {
            let name = format!("c{number}");
            approval(&mut heard, &name, number);
            event(
                &mut heard,
                &json!({"type": "session.info", "session_id": name, "payload": {"title": 7}}),
            );
        }
        assert_eq!(heard.questions() as usize, ASKING);
        assert_eq!(heard.conversations.len(), KNOWN);
        for told in [
            json!({"type": "message.complete", "payload": {"text": ["x"], "status": {}}}),
            json!({"type": "session.title", "payload": {"title": null}}),
            json!({"type": "clarify.request", "session_id": "a", "payload": {"request_id": 7}}),
            json!({"type": "sudo.expire"}),
        ] {
            event(&mut heard, &told);
        }
        for params in [json!({}), json!({"session_id": 7}), json!([1])] {
            called(&mut heard, "approval.respond", &params, &json!("x"));
        }
        assert_eq!(heard.questions() as usize, ASKING);
    }
}
