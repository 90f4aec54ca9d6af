//! Telling a person's browsers, while they are closed, that a turn has ended (RFC 8030).
//!
//! What is told is which conversation, its title, and whether it ended well: never what was said in it. It
//! is made unreadable for everybody but the browser (`sealed`), signed by the gateway (`identity`), and
//! sent to the push service of the browser's vendor and nowhere else (`services`).
//!
//! All browsers of the person that want it are told, whoever looks at a page just then: a gateway cannot
//! know whether a page that is open on a phone is in front of anybody, and its browser does. So the page's
//! worker shows nothing while a window of it is.
//!
//! Nothing waits for it. What does not fit into the queue is not told.

mod identity;
mod sealed;
mod sending;
mod services;

use std::sync::Arc;

use hermes_agent::{
    End, Summary,
    conversation::{Event, Record},
};
use hermes_machine::{Clock, Random, http::Http};
use hermes_storage::{ConversationId, Storage, UserId};
use serde::Serialize;
use tokio::sync::mpsc;
use tracing::warn;

pub use self::identity::{Identity, IdentityError};
use self::sending::Sender;
pub(crate) use self::services::subscription;
use crate::lifetimes::Lifetimes;

/// The most news that wait to be sent.
const QUEUE: usize = 256;

/// The most characters of a title that is told: all of a message has to fit into what a push service takes.
const TITLE_LIMIT: usize = 120;

/// What push services are reached with.
pub struct PushPorts {
    /// Sends requests.
    pub http: Arc<dyn Http>,
    /// As whom the gateway speaks to them.
    pub identity: Arc<Identity>,
    /// Where they reach whoever runs it: an https address (RFC 8292 section 2.1).
    pub contact: Option<String>,
}

/// Tells people what happened.
#[derive(Clone)]
pub(crate) struct Push {
    pub(crate) identity: Arc<Identity>,
    news: mpsc::Sender<News>,
}

/// What is told, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) owner: UserId,
    pub(crate) conversation: ConversationId,
    pub(crate) kind: Kind,
    pub(crate) title: Option<String>,
}

/// What has happened in a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The answer is there.
    Finished,
    /// There is none, and the conversation says why.
    Failed,
}

impl Push {
    /// Begins to send, until the last of its clones is gone.
    pub(crate) fn new(
        ports: PushPorts,
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        lifetimes: Lifetimes,
    ) -> Self {
        let identity = Arc::clone(&ports.identity);
        let (news, waiting) = mpsc::channel(QUEUE);
        let sender = Sender {
            ports,
            storage,
            clock,
            random,
            lifetimes,
        };
        tokio::spawn(Arc::new(sender).send_all(waiting));
        Self { identity, news }
    }

    /// Tells it, or not: whoever has news goes on at once.
    pub(crate) fn tell(&self, news: News) {
        if self.news.try_send(news).is_err() {
            warn!("browsers that are closed are not told: too much waits to be sent");
        }
    }
}

impl News {
    /// What these records of a conversation come to for somebody who does not look. That they stopped a turn
    /// themselves, nobody has to be told.
    pub(crate) fn of(
        owner: UserId,
        conversation: ConversationId,
        records: &[Record],
        summary: &Summary,
    ) -> Option<Self> {
        let kind = records
            .iter()
            .rev()
            .find_map(|record| match &record.event {
                Event::Ended { end, .. } => Some(match end {
                    End::Complete | End::Cut => Some(Kind::Finished),
                    End::Failed(_) => Some(Kind::Failed),
                    End::Interrupted => None,
                }),
                _ => None,
            })??;
        let title = summary.title.as_deref();
        Some(Self {
            owner,
            conversation,
            kind,
            title: title.map(|title| hermes_secret::plain(title, TITLE_LIMIT)),
        })
    }
}
