//! Conversations that were had elsewhere.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_agent::conversation::{Said, Voice};
use hermes_protocol::{
    limits::IMPORT_MESSAGES,
    methods::Speaker,
    rest::{ConversationImport, ConversationImported, ImportedMessage},
};
use hermes_storage::{ConversationId, Label, NewConversation, Settings, UserId};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Conversations, NotOpen};

/// The kind of client that began a conversation which was had elsewhere.
const SOURCE: &str = "import";

/// The most bytes of a message.
const MESSAGE_BYTES: usize = 1024 * 1024;

/// Why a conversation was not imported.
#[derive(Debug)]
pub(crate) enum NotImported {
    /// It is not one.
    Invalid(Invalid),
    /// It cannot be begun or kept.
    NotOpen(NotOpen),
}

/// What is wrong with what was to be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Invalid {
    #[error("a conversation has 1 to {IMPORT_MESSAGES} messages")]
    Count,
    #[error("the first message of a conversation is a prompt")]
    NoPrompt,
    #[error("a message has 1 byte to 1 MiB of text")]
    Message,
}

impl<E: Into<NotOpen>> From<E> for NotImported {
    fn from(error: E) -> Self {
        Self::NotOpen(error.into())
    }
}

impl Conversations {
    /// Makes a conversation of this person's of what was said elsewhere. What was imported before is
    /// known by what was said in it, and stays as it is.
    pub(crate) async fn import(
        &self,
        owner: UserId,
        import: ConversationImport,
    ) -> Result<ConversationImported, NotImported> {
        check(&import.messages).map_err(NotImported::Invalid)?;
        let id = id(owner, &import.messages)?;
        let imported = |known| ConversationImported {
            id: id.to_string(),
            known,
        };
        if self.storage.conversations().find(id).await?.is_some() {
            return Ok(imported(true));
        }
        let now = self.clock.now();
        let started_at = moment(import.started_at, now);
        let open = self.begin_as(NewConversation {
            id,
            owner,
            source: Label::new(SOURCE).ok_or(NotOpen::Unavailable)?,
            title: None,
            parent: None,
            settings: Settings::default(),
            created_at: started_at,
        });
        let open = open.await?;
        let title = import.title.as_deref().and_then(Label::new);
        let title = title.map(|title| title.to_string());
        let live = open.live()?;
        open.journal.be_quiet_until(None);
        // Whoever imports the same at the same time has begun it.
        let known = live
            .begin_with_said(title, said(import.messages, started_at, now))
            .is_err();
        let last = live.look(|transcript, _| transcript.last());
        open.journal.be_quiet_until(Some(last));
        live.settled().await;
        if !live.is_kept() {
            return Err(NotOpen::Unavailable.into());
        }
        drop(open);
        // Nobody looks at it yet, and there may be thousands of others.
        self.lock()
            .retain(|other, open| *other != id || !open.is_idle());
        Ok(imported(known))
    }
}

fn check(messages: &[ImportedMessage]) -> Result<(), Invalid> {
    let first = messages.first().ok_or(Invalid::Count)?;
    if messages.len() > IMPORT_MESSAGES {
        return Err(Invalid::Count);
    }
    if first.role != Speaker::User {
        return Err(Invalid::NoPrompt);
    }
    let fits = |text: &str| !text.trim().is_empty() && text.len() <= MESSAGE_BYTES;
    if messages.iter().all(|message| fits(&message.text)) {
        Ok(())
    } else {
        Err(Invalid::Message)
    }
}

/// The same for the same messages of the same person, and another one for everybody else.
fn id(owner: UserId, messages: &[ImportedMessage]) -> Result<ConversationId, NotOpen> {
    let mut hash = Sha256::new();
    hash.update(owner.as_str());
    for ImportedMessage { role, text, at } in messages {
        // None of these can be taken for a part of another one.
        hash.update([0, u8::from(*role == Speaker::User)]);
        hash.update(at.unwrap_or(-1.0).to_le_bytes());
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    }
    let hash = hash.finalize();
    let (half, _) = hash.split_at(16);
    let id = URL_SAFE_NO_PAD.encode(half).parse();
    id.map_err(|_| NotOpen::Unavailable)
}

/// What was said, as an agent's conversation begins with it.
fn said(messages: Vec<ImportedMessage>, started_at: Timestamp, now: Timestamp) -> Vec<Said> {
    let mut last = started_at;
    let messages = messages.into_iter();
    messages
        .map(|ImportedMessage { role, text, at }| {
            last = at.map_or(last, |at| moment(at, now));
            let by = match role {
                Speaker::User => Voice::Person,
                Speaker::Assistant => Voice::Model,
            };
            Said { by, text, at: last }
        })
        .collect()
}

/// The moment of so many Unix seconds. Elsewhere clocks may go wrong: nothing was before 1970, and
/// nothing is later than now.
fn moment(seconds: f64, now: Timestamp) -> Timestamp {
    // What is too large for an integer becomes the largest one.
    let milliseconds = (seconds * 1000.0) as i64;
    let milliseconds = milliseconds.clamp(0, now.as_millisecond().max(0));
    Timestamp::from_millisecond(milliseconds).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Speaker, text: &str, at: Option<f64>) -> ImportedMessage {
        ImportedMessage {
            role,
            text: text.to_owned(),
            at,
        }
    }

    #[test]
    fn an_id_is_that_of_the_messages_and_their_person() {
        use Speaker::{Assistant, User};
        let (ann, ben) = ("ann".parse().unwrap(), "ben".parse().unwrap());
        let geese = || vec![message(User, "Geese", Some(1.0)), message(User, "", None)];
        let named = |owner, messages: &[_]| id(owner, messages).unwrap().to_string();
        assert_eq!(named(ann, &geese()), named(ann, &geese()));
        assert_eq!(named(ann, &geese()).len(), 22);
        let mut ids = vec![named(ann, &geese()), named(ben, &geese())];
        for messages in [
            vec![message(User, "Geese", Some(1.0))],
            vec![message(Assistant, "Geese", Some(1.0))],
            vec![message(User, "Geese", Some(2.0))],
            vec![message(User, "Gees", Some(1.0)), message(User, "e", None)],
            vec![],
        ] {
            ids.push(named(ann, &messages));
        }
        let count = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }

    #[test]
    fn what_is_no_conversation_is_refused() {
        use Speaker::{Assistant, User};
        let many = vec![message(User, "x", None); IMPORT_MESSAGES + 1];
        assert_eq!(check(&many), Err(Invalid::Count));
        assert_eq!(check(&many[1..]), Ok(()));
        assert_eq!(check(&[]), Err(Invalid::Count));
        let answer = [message(Assistant, "x", None)];
        assert_eq!(check(&answer), Err(Invalid::NoPrompt));
        let long = "x".repeat(MESSAGE_BYTES);
        assert_eq!(check(&[message(User, &long, None)]), Ok(()));
        for text in ["", " \n", &(long + "x")] {
            let refused = check(&[message(User, text, None)]);
            assert_eq!(refused, Err(Invalid::Message));
        }
    }

    #[test]
    fn moments_are_between_1970_and_now() {
        let now = Timestamp::from_second(1_000).unwrap();
        for (seconds, expected) in [
            (1.5, 1_500),
            (-5.0, 0),
            (1e300, 1_000_000),
            (-1e300, 0),
            (f64::NAN, 0),
            (f64::INFINITY, 1_000_000),
        ] {
            assert_eq!(moment(seconds, now).as_millisecond(), expected);
        }
    }
}
