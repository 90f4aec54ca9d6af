//! Random operations on conversations, on the engine and on a model of a few maps, which must agree
//! after each.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::{at, conversation, entry, new_conversation, new_user, user};
use crate::{
    Appended, Archived, Batch, Change, Entry, Epoch, Label, NewConversation, Order, Page,
    Selection, Storage, Summary, Tokens,
};

const USERS: u8 = 2;
const CONVERSATIONS: u8 = 4;
const WORDS: [&str; 3] = ["brie", "gouda", "feta"];

/// One batch: of the conversation, whether its numbers follow the last one, a word for each of its
/// entries, whether a turn runs then, how many of the last entries search forgets, and which of the last it
/// finds again.
#[derive(Clone, Debug)]
pub struct Appending {
    of: u8,
    follows: bool,
    words: Vec<usize>,
    running: bool,
    forgets: Option<u64>,
    again: Option<u64>,
}

/// One step. Users and conversations are numbers, and may be absent.
#[derive(Clone, Debug)]
pub enum Event {
    /// The process is killed, and another one opens what is there.
    Kill,
    /// A user is added.
    AddUser(u8),
    /// A user is removed.
    RemoveUser(u8),
    /// A user's conversation begins, perhaps as a branch.
    Begin(u8, u8, Option<u8>),
    /// Several batches are appended at once.
    Append(Vec<Appending>),
    /// A conversation is put away or brought back.
    Archive(u8, bool),
    /// A conversation is put first, or among the others again.
    Pin(u8, bool),
    /// A conversation gets a title, or loses it.
    Name(u8, Option<usize>),
    /// A conversation is removed.
    Remove(u8),
    /// A run begins.
    BeginRun,
    /// A run ends in order.
    EndRun,
}

fn appending() -> impl Strategy<Value = Appending> {
    let words = prop::collection::vec(0..WORDS.len(), 0..4);
    let last = || prop::option::weighted(0.2, 0u64..3);
    let rest = (any::<bool>(), last(), last());
    (0..CONVERSATIONS, prop::bool::weighted(0.8), words, rest).prop_map(
        |(of, follows, words, (running, forgets, again))| Appending {
            of,
            follows,
            words,
            running,
            forgets,
            again,
        },
    )
}

/// Up to `length` steps.
pub fn events(length: usize) -> impl Strategy<Value = Vec<Event>> {
    use Event::{
        AddUser, Append, Archive, Begin, BeginRun, EndRun, Kill, Name, Pin, Remove, RemoveUser,
    };
    let one = || 0..CONVERSATIONS;
    let step = prop_oneof![
        1 => Just(Kill),
        3 => (0..USERS).prop_map(AddUser),
        1 => (0..USERS).prop_map(RemoveUser),
        6 => (0..USERS, one(), prop::option::of(one())).prop_map(|(of, id, parent)| Begin(of, id, parent)),
        9 => prop::collection::vec(appending(), 1..4).prop_map(Append),
        2 => (one(), any::<bool>()).prop_map(|(of, away)| Archive(of, away)),
        2 => (one(), any::<bool>()).prop_map(|(of, first)| Pin(of, first)),
        2 => (one(), prop::option::of(0..WORDS.len())).prop_map(|(of, word)| Name(of, word)),
        2 => one().prop_map(Remove),
        1 => Just(BeginRun),
        1 => Just(EndRun),
    ];
    prop::collection::vec(step, 1..=length)
}

#[derive(Clone)]
struct Kept {
    owner: u8,
    /// In which order they began.
    begun: i64,
    parent: Option<u8>,
    archived: bool,
    pinned: bool,
    title: Option<usize>,
    running: bool,
    active: i64,
    /// The word of each entry, and whether search knows it.
    log: Vec<(usize, bool)>,
}

#[derive(Default)]
struct Model {
    now: i64,
    users: Vec<u8>,
    conversations: BTreeMap<u8, Kept>,
    epochs: usize,
    /// The epoch of the last run, and whether it was ended.
    run: Option<(usize, bool)>,
}

fn name(of: u8) -> String {
    format!("u{of}")
}

fn id(of: u8) -> String {
    format!("c{of}")
}

fn title(word: Option<usize>) -> Option<Label> {
    word.and_then(|word| Label::new(WORDS[word]))
}

fn epoch(number: usize) -> Epoch {
    format!("e{number}").parse().unwrap()
}

impl Model {
    /// Does to the model what the batch does, and makes it.
    fn append(&mut self, appending: &Appending) -> (Batch, Appended) {
        let kept = self.conversations.get_mut(&appending.of);
        let last = kept.as_ref().map_or(0, |kept| kept.log.len() as u64);
        let first = if appending.follows { last + 1 } else { last };
        let entries = (first..).zip(&appending.words).map(|(seq, word)| Entry {
            text: Some(WORDS[*word].to_owned()),
            ..entry(seq)
        });
        let forgets = appending.forgets.map(|back| last.saturating_sub(back));
        let again = appending.again.and_then(|back| last.checked_sub(back));
        let again = again.and_then(|seq| {
            let (word, _) = kept.as_ref()?.log.get(seq.checked_sub(1)? as usize)?;
            Some((seq, WORDS[*word].to_owned()))
        });
        let batch = Batch {
            conversation: conversation(&id(appending.of)),
            entries: entries.collect(),
            summary: Summary {
                title: None,
                preview: None,
                message_count: 0,
                model: None,
                tokens: Tokens::default(),
                last_active_at: at(self.now),
                running: appending.running,
            },
            forgets_text_from: forgets,
            finds_again: again.iter().cloned().collect(),
        };
        let Some(kept) = kept else {
            return (batch, Appended::Gone);
        };
        if !appending.follows && !appending.words.is_empty() {
            return (batch, Appended::Refused);
        }
        for ((_, known), seq) in kept.log.iter_mut().zip(1..) {
            *known &= forgets.is_none_or(|from| seq < from);
            *known |= again.as_ref().is_some_and(|(back, _)| *back == seq);
        }
        kept.log
            .extend(appending.words.iter().map(|word| (*word, true)));
        (kept.active, kept.running) = (self.now, appending.running);
        (batch, Appended::Kept)
    }

    fn remove(&mut self, gone: impl Fn(&u8, &Kept) -> bool) {
        self.conversations.retain(|of, kept| !gone(of, kept));
        let left: Vec<_> = self.conversations.keys().copied().collect();
        for kept in self.conversations.values_mut() {
            kept.parent = kept.parent.filter(|parent| left.contains(parent));
        }
    }

    async fn step(&mut self, storage: &dyn Storage, event: &Event) {
        let conversations = storage.conversations();
        self.now += 1;
        match event {
            Event::Kill => {}
            Event::AddUser(of) => {
                let added = storage.users().create(new_user(&name(*of))).await.is_ok();
                assert_eq!(added, !self.users.contains(of));
                self.users.retain(|kept| kept != of);
                self.users.push(*of);
            }
            Event::RemoveUser(of) => {
                let removed = storage.users().remove(user(&name(*of))).await.is_ok();
                assert_eq!(removed, self.users.contains(of));
                self.users.retain(|kept| kept != of);
                if removed {
                    self.remove(|_, kept| kept.owner == *of);
                }
            }
            Event::Begin(owner, of, parent) => self.begin(storage, *owner, *of, *parent).await,
            Event::Append(several) => {
                let (batches, outcomes): (Vec<_>, Vec<_>) =
                    several.iter().map(|one| self.append(one)).unzip();
                assert_eq!(conversations.append(&batches).await.unwrap(), outcomes);
            }
            Event::Archive(of, away) => {
                let change = Change::Archived(*away);
                let changed = conversations.change(conversation(&id(*of)), change);
                let kept = self.conversations.get_mut(of);
                assert_eq!(changed.await.unwrap(), kept.is_some());
                kept.into_iter().for_each(|kept| kept.archived = *away);
            }
            Event::Pin(of, first) => {
                let change = Change::Pinned(*first);
                let changed = conversations.change(conversation(&id(*of)), change);
                let kept = self.conversations.get_mut(of);
                assert_eq!(changed.await.unwrap(), kept.is_some());
                kept.into_iter().for_each(|kept| kept.pinned = *first);
            }
            Event::Name(of, word) => {
                let change = Change::Title(title(*word));
                let changed = conversations.change(conversation(&id(*of)), change);
                let kept = self.conversations.get_mut(of);
                assert_eq!(changed.await.unwrap(), kept.is_some());
                kept.into_iter().for_each(|kept| kept.title = *word);
            }
            Event::Remove(of) => {
                let removed = conversations.remove(conversation(&id(*of))).await;
                assert_eq!(removed.unwrap(), self.conversations.contains_key(of));
                self.remove(|other, _| other == of);
            }
            Event::BeginRun => {
                self.epochs += 1;
                let begun = conversations.begin_run(epoch(self.epochs)).await.unwrap();
                let again = self.run.filter(|(_, ended)| *ended);
                let number = again.map_or(self.epochs, |(number, _)| number);
                assert_eq!(begun, epoch(number));
                self.run = Some((number, false));
            }
            Event::EndRun => {
                conversations.end_run().await.unwrap();
                self.run = self.run.map(|(number, _)| (number, true));
            }
        }
    }

    async fn begin(&mut self, storage: &dyn Storage, owner: u8, of: u8, parent: Option<u8>) {
        let new = NewConversation {
            parent: parent.map(|parent| conversation(&id(parent))),
            ..new_conversation(&id(of), &name(owner), self.now)
        };
        let begun = storage.conversations().create(new).await.is_ok();
        let may = !self.conversations.contains_key(&of);
        assert_eq!(begun, may);
        if may {
            let kept = Kept {
                owner,
                begun: self.now,
                parent: parent.filter(|parent| self.conversations.contains_key(parent)),
                archived: false,
                pinned: false,
                title: None,
                running: false,
                active: self.now,
                log: Vec::new(),
            };
            self.conversations.insert(of, kept);
        }
    }

    /// Asks everything there is to ask.
    async fn compare(&self, storage: &dyn Storage) {
        let conversations = storage.conversations();
        for of in 0..CONVERSATIONS {
            let kept = self.conversations.get(&of);
            let id = conversation(&id(of));
            let found = conversations.find(id).await.unwrap();
            let was = kept.map(|kept| {
                let parent = kept.parent.map(|parent| conversation(&self::id(parent)));
                (
                    user(&name(kept.owner)),
                    parent,
                    title(kept.title),
                    kept.log.len() as u64,
                )
            });
            let is = found.map(|found| (found.owner, found.parent, found.title, found.last_seq));
            assert_eq!(is, was);
            let read = conversations.read(id, 0, usize::MAX).await.unwrap();
            let logged = |seq| (seq, entry(seq).json);
            let was = kept.map(|kept| (1..=kept.log.len() as u64).map(logged).collect::<Vec<_>>());
            let is = read.map(|read| {
                let entries = read.entries.into_iter();
                entries.map(|entry| (entry.seq, entry.json)).collect()
            });
            assert_eq!(is, was);
        }
        for of in 0..USERS {
            self.compare_lists(storage, of).await;
            self.compare_searches(storage, of).await;
        }
        let running = self.conversations.iter().filter(|(_, kept)| kept.running);
        let mut was: Vec<_> = running.map(|(of, _)| conversation(&id(*of))).collect();
        let mut is = conversations.running().await.unwrap();
        was.sort();
        is.sort();
        assert_eq!(is, was);
    }

    async fn compare_lists(&self, storage: &dyn Storage, of: u8) {
        let owner = user(&name(of));
        let orders = [Order::LastActive, Order::Pinned].into_iter();
        for (order, archived) in orders.flat_map(|order| {
            [Archived::Excluded, Archived::Only, Archived::Included].map(|which| (order, which))
        }) {
            let first = |kept: &Kept| order == Order::Pinned && kept.pinned;
            let mine = self.conversations.iter();
            let fits = |kept: &Kept| match archived {
                Archived::Excluded => !kept.archived,
                Archived::Included => true,
                Archived::Only => kept.archived,
            };
            let mine = mine.filter(|(_, kept)| kept.owner == of && fits(kept));
            let mut mine: Vec<_> = mine.collect();
            mine.sort_by_key(|(_, kept)| Reverse((first(kept), kept.active, kept.begun)));
            let was: Vec<_> = mine.iter().map(|(of, _)| conversation(&id(**of))).collect();
            let selection = Selection {
                archived,
                ..Selection::default()
            };
            let page = Page {
                selection: selection.clone(),
                order,
                offset: 0,
                limit: 9,
            };
            let is = storage.conversations().list(owner, page).await.unwrap();
            let is: Vec<_> = is.into_iter().map(|found| found.id).collect();
            // Several of one append were active at the same moment, and are in some order.
            let moments = |ids: &[_]| -> Vec<_> {
                let moment = |id| {
                    mine.iter()
                        .find(|(of, _)| conversation(&self::id(**of)) == id)
                };
                ids.iter()
                    .map(|id| moment(*id).map(|(_, kept)| (first(kept), kept.active)))
                    .collect()
            };
            assert_eq!(moments(&is), moments(&was));
            assert_eq!(is.len(), was.len());
            let count = storage.conversations().count(owner, selection).await;
            assert_eq!(count.unwrap(), was.len() as u64);
        }
    }

    async fn compare_searches(&self, storage: &dyn Storage, of: u8) {
        for (number, word) in WORDS.iter().enumerate() {
            let mine = self
                .conversations
                .iter()
                .filter(|(_, kept)| kept.owner == of);
            let mut was: Vec<_> = mine
                .flat_map(|(of, kept)| {
                    let log = (1u64..).zip(&kept.log);
                    let known = log.filter(|(_, (word, known))| *word == number && *known);
                    known.map(|(seq, _)| (conversation(&id(*of)), seq))
                })
                .collect();
            let is = storage.conversations().search(user(&name(of)), word, 50);
            let is = is.await.unwrap();
            let mut is: Vec<_> = is.iter().map(|hit| (hit.conversation, hit.seq)).collect();
            if was.len() > 50 {
                continue;
            }
            was.sort();
            is.sort();
            assert_eq!(is, was);
        }
    }
}

/// Runs the steps on the engine and on the model. `reopen` opens fresh storage first, and after each
/// [`Event::Kill`] what the killed one has left.
pub async fn conversations_agree_with_the_model(
    mut reopen: impl AsyncFnMut() -> Arc<dyn Storage>,
    events: &[Event],
) {
    let mut model = Model::default();
    let mut storage = reopen().await;
    for event in events {
        if matches!(event, Event::Kill) {
            storage = reopen().await;
        }
        model.step(&*storage, event).await;
        model.compare(&*storage).await;
    }
}
