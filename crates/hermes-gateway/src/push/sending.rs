use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_machine::{
    Clock, Random,
    http::{Body, Request},
};
use hermes_storage::{Horizon, Storage, Subscription};
use p256::PublicKey;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::sync::{Semaphore, mpsc};
use tracing::{debug, warn};
use url::Url;

use super::{Kind, News, PushPorts, identity, sealed, services};
use crate::lifetimes::Lifetimes;

/// The most browsers that are being told at once, those that are tried again included.
const AT_ONCE: usize = 32;

/// How often a browser is told, until its push service takes it.
const ATTEMPTS: u32 = 3;

/// How long is waited before the next attempt where the push service does not say, and at most.
const PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// How long a push service keeps a message for a browser that is out of reach, in seconds. What happened
/// yesterday is in the list.
const KEPT_FOR: u32 = 24 * 60 * 60;

/// The bytes of each message before it is sealed: more than the longest title and what is around it.
const LENGTH: usize = 1024;

/// The length of a topic (RFC 8030 section 5.4).
const TOPIC: usize = 24;

/// Sends what is told.
pub(super) struct Sender {
    pub(super) ports: PushPorts,
    pub(super) storage: Arc<dyn Storage>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) lifetimes: Lifetimes,
}

/// What the page's worker reads.
#[derive(Serialize)]
struct Message<'a> {
    kind: Kind,
    conversation: &'a str,
    title: Option<&'a str>,
}

impl Sender {
    /// Sends what comes, until nobody can tell anything more.
    pub(super) async fn send_all(self: Arc<Self>, mut waiting: mpsc::Receiver<News>) {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        while let Some(news) = waiting.recv().await {
            let at = Horizon {
                now: self.clock.now(),
                idle: self.lifetimes.idle,
            };
            let found = self.storage.subscriptions().of_user(news.owner, at).await;
            let found = found.unwrap_or_else(|error| {
                warn!(%error, "browsers that are closed are not told");
                Vec::new()
            });
            let news = Arc::new(news);
            for subscription in found {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                    return;
                };
                let (sender, news) = (Arc::clone(&self), Arc::clone(&news));
                tokio::spawn(async move {
                    sender.tell(&news, &subscription).await;
                    drop(place);
                });
            }
        }
    }

    /// Tells one browser, and tries again where that may help.
    async fn tell(&self, news: &News, subscription: &Subscription) {
        // What is kept was checked before, perhaps by a program that knew other hosts.
        let Some(url) = services::endpoint(&subscription.endpoint) else {
            return;
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        for attempt in 1..=ATTEMPTS {
            let Some(request) = self.request(news, subscription, url.clone()) else {
                return;
            };
            let pause = match self.ports.http.send(request).await {
                Ok(answer) if answer.is_success() => {
                    debug!(host, "a browser is told");
                    return;
                }
                Ok(answer) if matches!(answer.status, 404 | 410) => {
                    let forgotten = self.storage.subscriptions().forget(&subscription.endpoint);
                    // If that fails, the push service says it again the next time.
                    let _ = forgotten.await;
                    return;
                }
                Ok(answer) if answer.status == 429 || answer.status >= 500 => {
                    answer.retry_after.unwrap_or(PAUSE * attempt)
                }
                Ok(answer) => {
                    let status = answer.status;
                    warn!(host, status, "a push service does not take a message");
                    return;
                }
                Err(error) => {
                    debug!(%error, "a push service cannot be reached");
                    PAUSE * attempt
                }
            };
            if attempt < ATTEMPTS {
                self.clock.sleep(pause.min(LONGEST_PAUSE)).await;
            }
        }
        warn!(
            host,
            "a browser is not told: its push service does not answer"
        );
    }

    fn request(&self, news: &News, subscription: &Subscription, url: Url) -> Option<Request> {
        let conversation = news.conversation.to_string();
        let message = Message {
            kind: news.kind,
            conversation: &conversation,
            title: news.title.as_deref(),
        };
        let text = serde_json::to_vec(&message).ok()?;
        let to = PublicKey::from_sec1_bytes(&subscription.public_key).ok()?;
        let mut salt = [0; 16];
        self.random.fill(&mut salt);
        let body = sealed::seal(
            sealed::record(&text, LENGTH),
            &to,
            &subscription.auth,
            &identity::fresh(&*self.random),
            &salt,
        );
        let authorization = self.ports.identity.authorization(
            &url.origin(),
            self.ports.contact.as_deref(),
            self.clock.now(),
        );
        Some(
            Request::post(url, Body::Octets(body.ok()?))
                .header("authorization", authorization)
                .header("content-encoding", "aes128gcm")
                .header("ttl", KEPT_FOR.to_string())
                .header("urgency", "normal")
                .header("topic", topic(&conversation)),
        )
    }
}

/// Under what a push service knows that a message takes the place of another one: of a conversation, the
/// last word alone is kept. It learns nothing of which conversation that is.
fn topic(conversation: &str) -> String {
    let mut topic = URL_SAFE_NO_PAD.encode(Sha256::digest(conversation));
    topic.truncate(TOPIC);
    topic
}
