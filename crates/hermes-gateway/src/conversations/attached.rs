use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use futures_util::{
    StreamExt as _,
    stream::{self, BoxStream, SelectAll},
};
use hermes_agent::conversation::{Event, ImageId, Place, Seen};
use hermes_storage::{ConversationId, UserId};
use tokio_util::sync::CancellationToken;

use super::{Conversations, NotOpen, Open, lists::Shown};

/// The most conversations that a socket sees.
const MOST: usize = 256;

/// The conversations that a socket sees, as frames, and what it is about to ask in them.
pub(crate) struct Attached {
    conversations: Arc<Conversations>,
    streams: SelectAll<BoxStream<'static, (Arc<Open>, Seen)>>,
    ends: HashMap<ConversationId, CancellationToken>,
    images: HashMap<ConversationId, Vec<ImageId>>,
    frames: VecDeque<(ConversationId, String)>,
    list: Option<Shown>,
}

impl Attached {
    /// None yet.
    pub(crate) fn new(conversations: Arc<Conversations>) -> Self {
        Self {
            conversations,
            streams: SelectAll::new(),
            ends: HashMap::new(),
            images: HashMap::new(),
            frames: VecDeque::new(),
            list: None,
        }
    }

    /// Sees a conversation from there on.
    pub(super) fn attach(
        &mut self,
        open: &Arc<Open>,
        from: impl Into<Place>,
    ) -> Result<(), NotOpen> {
        self.detach(open.id);
        if self.ends.len() >= MOST {
            return Err(NotOpen::TooMany);
        }
        let end = CancellationToken::new();
        let watcher = open.live()?.watch(from);
        let seen = stream::unfold((watcher, Arc::clone(open)), async |(mut watcher, open)| {
            // What cannot be read is over for this socket; its client resumes, and is told why.
            let seen = watcher.next().await.ok()?;
            Some(((Arc::clone(&open), seen), (watcher, open)))
        });
        self.streams
            .push(seen.take_until(end.clone().cancelled_owned()).boxed());
        self.ends.insert(open.id, end);
        Ok(())
    }

    /// Whether this conversation is seen.
    pub(super) fn sees(&self, id: ConversationId) -> bool {
        self.ends.contains_key(&id)
    }

    /// Sees no more of a conversation: whether it was seen.
    pub(super) fn detach(&mut self, id: ConversationId) -> bool {
        let Some(end) = self.ends.remove(&id) else {
            return false;
        };
        end.cancel();
        // Whoever attaches again goes on from a number, and would see these twice.
        self.frames.retain(|(of, _)| *of != id);
        true
    }

    /// Is told from here on that the list of this person's conversations is another one.
    pub(super) fn show_list(&mut self, of: UserId) {
        if self.list.is_none() {
            self.list = Some(self.conversations.lists.show(of));
        }
    }

    /// The pictures that go with the next prompt.
    pub(super) fn images(&self, id: ConversationId) -> &[ImageId] {
        self.images.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Has a picture go with the next prompt: how many do then.
    pub(super) fn add_image(&mut self, id: ConversationId, image: ImageId) -> usize {
        let images = self.images.entry(id).or_default();
        if !images.contains(&image) {
            images.push(image);
        }
        images.len()
    }

    /// Has a picture not go with the next prompt: whether it would have.
    pub(super) fn remove_image(&mut self, id: ConversationId, image: &ImageId) -> bool {
        let Some(images) = self.images.get_mut(&id) else {
            return false;
        };
        let before = images.len();
        images.retain(|other| other != image);
        let removed = images.len() < before;
        if images.is_empty() {
            self.images.remove(&id);
        }
        removed
    }

    /// The next prompt has been asked, or will not be.
    pub(super) fn forget_images(&mut self, id: ConversationId) {
        self.images.remove(&id);
    }

    /// The next frame, once there is one. May be dropped while it waits, and asked again.
    pub(crate) async fn next(&mut self) -> String {
        loop {
            if let Some((_, frame)) = self.frames.pop_front() {
                return frame;
            }
            let clock = &*self.conversations.clock;
            let changed = async {
                match &mut self.list {
                    Some(list) => list.next(clock).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                Some((open, seen)) = self.streams.next() => self.tell(&open, &seen),
                frame = changed => return frame,
            }
        }
    }

    fn tell(&mut self, open: &Open, seen: &Seen) {
        let teller = self.conversations.teller(open);
        let mut send = |frame: String| self.frames.push_back((open.id, frame));
        match seen {
            Seen::Records(records) => {
                for record in records {
                    // A conversation that is seen is open, so there is nothing that could fail.
                    teller.record(record).map(|told| send(told.frame)).ok();
                    if let Event::Ended { end, .. } = &record.event
                        && let Some(told) = teller.sign_in(end)
                    {
                        send(told.frame);
                    }
                    if matches!(
                        record.event,
                        Event::Asked(_) | Event::Ended { .. } | Event::Compressed { .. }
                    ) {
                        teller.info_now().map(|told| send(told.frame)).ok();
                    }
                }
            }
            Seen::Waiting(asks) => send(teller.waiting(asks).frame),
            Seen::Unsaved(why) => send(teller.saving(Some(why)).frame),
            Seen::Saved => send(teller.saving(None).frame),
        }
    }
}
