//! The conversations of the gateway: whose they are, which are in memory, and what their clients see.
//!
//! A conversation is opened when somebody asks for it and leaves memory when nobody watches and nothing
//! happens. Every way to one leads through `Conversations::find`, which compares its owner: what is
//! somebody else's is not there.

mod attached;
mod calls;
mod choosing;
mod commands;
mod images;
mod import;
mod journal;
mod lists;
mod offering;
mod onward;
mod slash;
mod twins;
mod uploads;
mod wire;
mod writer;

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use hermes_agent::{
    Agent, Catalogue,
    conversation::{Live, Ports},
};
use hermes_machine::{Clock, Random};
use hermes_protocol::methods::BusyMode;
use hermes_storage::{
    Conversation, ConversationId, Epoch, Label, NewConversation, Selection, Settings, Storage,
    StorageError, UserId,
};
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tracing::warn;

pub(crate) use self::{
    attached::Attached,
    calls::Calls,
    choosing::Choosing,
    commands::{catalog, complete},
    import::NotImported,
    slash::Carried,
    twins::Unchanged,
};
use self::{journal::StoredJournal, lists::Lists, uploads::Uploads, wire::Teller, writer::Writer};
use crate::push::Push;

/// The kind of client whose conversations are in no list that does not ask for them: a page that works
/// beside the one in which somebody reads.
const HIDDEN: &str = "tool";

/// The most conversations of a user that are in memory. Idle ones make room.
pub(crate) const OPEN_PER_USER: usize = 64;

/// How long the end of the gateway waits for turns to end and for what was said to be kept.
const SETTLE: Duration = Duration::from_secs(5);

/// Who answers in conversations.
#[derive(Clone)]
pub struct Answering {
    /// The agent.
    pub agent: Arc<dyn Agent>,
    /// The models that it can ask.
    pub catalogue: Arc<Catalogue>,
    /// Whether the agent is asked for a title after the first turn. It may change meanwhile.
    pub titles: Arc<AtomicBool>,
}

/// The conversations of a gateway.
pub(crate) struct Conversations {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    answering: Answering,
    writer: Writer,
    push: Option<Push>,
    epoch: Epoch,
    /// What a prompt does to the turn before it, for those who have chosen. It is a habit of a person,
    /// whom clients ask about without naming a conversation, and forgotten with the process.
    busy: Mutex<HashMap<UserId, BusyMode>>,
    open: Mutex<HashMap<ConversationId, Arc<Open>>>,
    /// Pictures that are on their way.
    uploads: Uploads,
    lists: Lists,
}

/// A conversation in memory, or on its way there.
pub(crate) struct Open {
    pub(crate) id: ConversationId,
    pub(crate) owner: UserId,
    pub(crate) source: Label,
    pub(crate) started_at: Timestamp,
    journal: Arc<StoredJournal>,
    live: OnceCell<Arc<Live>>,
}

/// Why there is no conversation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NotOpen {
    /// There is none, or it is somebody else's.
    Unknown,
    /// There are as many as there may be.
    TooMany,
    /// Storage does not answer.
    Unavailable,
}

impl From<StorageError> for NotOpen {
    fn from(error: StorageError) -> Self {
        warn!(%error, "a conversation cannot be read");
        Self::Unavailable
    }
}

/// What a list has that was asked for like this.
pub(crate) fn shown(mut selection: Selection) -> Selection {
    let asks = |hidden: &Label| selection.source.as_ref() == Some(hidden);
    let hidden = Label::new(HIDDEN).filter(|hidden| !asks(hidden));
    selection.without.extend(hidden);
    selection
}

impl Conversations {
    /// The conversations of this storage. Turns that ran when the gateway was last here, and that
    /// nobody has ended, have been interrupted.
    pub(crate) async fn new(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        answering: Answering,
        push: Option<Push>,
    ) -> Result<Self, StorageError> {
        let fresh = Epoch::new(&*random);
        let epoch = storage.conversations().begin_run(fresh).await?;
        let conversations = Self {
            writer: Writer::new(Arc::clone(&storage), Arc::clone(&clock)),
            storage,
            clock,
            random,
            answering,
            push,
            epoch,
            busy: Mutex::default(),
            open: Mutex::default(),
            uploads: Uploads::default(),
            lists: Lists::default(),
        };
        conversations.end_turns().await?;
        Ok(conversations)
    }

    /// Opening a conversation ends a turn that nobody runs, and keeps that.
    async fn end_turns(&self) -> Result<(), StorageError> {
        loop {
            let running = self.storage.conversations().running().await?;
            if running.is_empty() {
                return Ok(());
            }
            for id in running {
                let Some(found) = self.storage.conversations().find(id).await? else {
                    continue;
                };
                let open = self.opened(&found);
                // A journal that cannot be read is told to whoever opens the conversation.
                match self.live(&open).await {
                    Ok(live) => live.settled().await,
                    Err(_) => return Ok(()),
                }
                self.lock().remove(&id);
            }
        }
    }

    /// What a prompt of this person does to the turn before it.
    pub(crate) fn busy(&self, user: UserId) -> BusyMode {
        let busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.get(&user).copied().unwrap_or_default()
    }

    pub(crate) fn set_busy(&self, user: UserId, mode: BusyMode) {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(user, mode);
    }

    /// The epoch of the numbers of events.
    pub(crate) fn epoch(&self) -> String {
        self.epoch.to_string()
    }

    /// Begins a conversation, which may be branched off another. Nothing is kept before something is
    /// said.
    pub(crate) async fn begin(
        &self,
        owner: UserId,
        source: Label,
        parent: Option<ConversationId>,
    ) -> Result<Arc<Open>, NotOpen> {
        self.begin_as(NewConversation {
            id: ConversationId::new(&*self.random),
            owner,
            source,
            title: None,
            parent,
            settings: Settings::default(),
            created_at: self.clock.now(),
        })
        .await
    }

    /// The same, where whoever begins it knows its id and when it was. If somebody begins it at the same
    /// time, both have the same one.
    async fn begin_as(&self, new: NewConversation) -> Result<Arc<Open>, NotOpen> {
        self.make_room(new.owner)?;
        let open = match self.lock().entry(new.id) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => {
                let (id, owner, source) = (new.id, new.owner, new.source.clone());
                let open = Arc::new(Open {
                    id,
                    owner,
                    started_at: new.created_at,
                    journal: self.journal(id, owner, &source, Some(new)),
                    source,
                    live: OnceCell::new(),
                });
                Arc::clone(place.insert(open))
            }
        };
        self.live(&open).await?;
        Ok(open)
    }

    /// The caller's conversation of this id.
    pub(crate) async fn find(&self, owner: UserId, id: &str) -> Result<Arc<Open>, NotOpen> {
        let id: ConversationId = id.parse().map_err(|_| NotOpen::Unknown)?;
        let known = self.lock().get(&id).cloned();
        let open = match known {
            Some(open) => open,
            None => {
                let found = self.storage.conversations().find(id).await?;
                let found = found.filter(|found| found.owner == owner);
                let found = found.ok_or(NotOpen::Unknown)?;
                self.make_room(owner)?;
                self.opened(&found)
            }
        };
        if open.owner != owner {
            return Err(NotOpen::Unknown);
        }
        self.live(&open).await?;
        Ok(open)
    }

    /// The caller's conversation of this id or, failing that, of exactly this title.
    pub(crate) async fn find_or_entitled(
        &self,
        owner: UserId,
        name: &str,
    ) -> Result<Arc<Open>, NotOpen> {
        match self.find(owner, name).await {
            Err(NotOpen::Unknown) => {}
            other => return other,
        }
        let title = Label::new(name).ok_or(NotOpen::Unknown)?;
        let found = self.storage.conversations().find_by_title(owner, &title);
        let found = found.await?.ok_or(NotOpen::Unknown)?;
        self.find(owner, &found.id.to_string()).await
    }

    /// Deletes the caller's conversation, whatever happens in it.
    pub(crate) async fn delete(&self, owner: UserId, id: &str) -> Result<(), NotOpen> {
        let open = self.find(owner, id).await?;
        let was_kept = self.storage.conversations().remove(open.id).await?;
        self.lock().remove(&open.id);
        self.lists.changed(owner);
        // What still runs notices by its journal.
        open.live()?.interrupt();
        if was_kept || open.journal.is_new() {
            Ok(())
        } else {
            Err(NotOpen::Unknown)
        }
    }

    /// The caller's conversations that are in memory.
    pub(crate) fn in_memory(&self, owner: UserId) -> Vec<Arc<Open>> {
        let open = self.lock();
        let own = open.values().filter(|open| open.owner == owner);
        own.cloned().collect()
    }

    /// Waits until what was begun just now is in storage, if it can be, so that lists have a conversation
    /// from its first prompt on.
    async fn begun_is_kept(&self, owner: UserId) {
        for open in self.in_memory(owner) {
            if let Ok(live) = open.live()
                && live.is_unkept()
            {
                live.until_kept().await;
            }
        }
    }

    /// Lets go of what nobody watches and where nothing happens.
    pub(crate) fn tidy(&self) {
        self.lock().retain(|_, open| !open.is_idle());
    }

    /// Ends what runs, waits until it is kept, and says that the numbers are good for the next time.
    pub(crate) async fn stop(&self) {
        let open: Vec<_> = self.lock().values().cloned().collect();
        let lives: Vec<_> = open.iter().filter_map(|open| open.live().ok()).collect();
        for live in &lives {
            live.interrupt();
        }
        let settled = async {
            for live in &lives {
                live.settled().await;
            }
            lives.iter().all(|live| live.is_kept())
        };
        let all_kept = tokio::select! {
            all_kept = settled => all_kept,
            () = self.clock.sleep(SETTLE) => false,
        };
        if all_kept {
            // Otherwise, and if this fails, the next run begins another epoch.
            let _ = self.storage.conversations().end_run().await;
        }
    }

    fn teller<'a>(&'a self, open: &'a Open) -> Teller<'a> {
        Teller {
            open,
            catalogue: &self.answering.catalogue,
        }
    }

    fn journal(
        &self,
        id: ConversationId,
        owner: UserId,
        source: &Label,
        new: Option<NewConversation>,
    ) -> Arc<StoredJournal> {
        let is_shown = source.as_str() != HIDDEN;
        let shared = journal::Shared {
            storage: Arc::clone(&self.storage),
            writer: self.writer.clone(),
            // Of what is in no list, nobody is told.
            push: self.push.clone().filter(|_| is_shown),
            lists: is_shown.then(|| self.lists.clone()),
        };
        Arc::new(StoredJournal::new(shared, id, owner, new))
    }

    fn opened(&self, found: &Conversation) -> Arc<Open> {
        match self.lock().entry(found.id) {
            Entry::Occupied(known) => Arc::clone(known.get()),
            Entry::Vacant(place) => {
                let open = Arc::new(Open {
                    id: found.id,
                    owner: found.owner,
                    source: found.source.clone(),
                    started_at: found.created_at,
                    journal: self.journal(found.id, found.owner, &found.source, None),
                    live: OnceCell::new(),
                });
                Arc::clone(place.insert(open))
            }
        }
    }

    async fn live<'a>(&self, open: &'a Open) -> Result<&'a Arc<Live>, NotOpen> {
        let opening = async || {
            let ports = Ports {
                agent: Arc::clone(&self.answering.agent),
                journal: Arc::clone(&open.journal) as _,
                clock: Arc::clone(&self.clock),
                titles: Arc::clone(&self.answering.titles),
            };
            Live::open(open.id.to_string(), ports).await
        };
        let live = open.live.get_or_try_init(opening).await;
        live.map_err(|_| NotOpen::Unavailable)
    }

    fn make_room(&self, owner: UserId) -> Result<(), NotOpen> {
        let mut open = self.lock();
        let of_owner =
            |open: &HashMap<_, Arc<Open>>| open.values().filter(|open| open.owner == owner).count();
        if of_owner(&open) >= OPEN_PER_USER {
            open.retain(|_, open| open.owner != owner || !open.is_idle());
        }
        if of_owner(&open) >= OPEN_PER_USER {
            return Err(NotOpen::TooMany);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConversationId, Arc<Open>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// The conversation itself, which [`Conversations::find`] has opened.
    pub(crate) fn live(&self) -> Result<&Arc<Live>, NotOpen> {
        self.live.get().ok_or(NotOpen::Unavailable)
    }

    /// Whether it may leave memory: only the list holds it, and nothing happens.
    fn is_idle(self: &Arc<Self>) -> bool {
        Arc::strong_count(self) == 1 && self.live.get().is_none_or(|live| live.is_idle())
    }
}
