//! Random operations, on the engine and on a model of a few vectors, which must agree after each.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hermes_secret::Secret;
use proptest::prelude::*;

use super::{access, at, horizon, new_session, new_user, session, user};
use crate::{
    ACCESS_LIMIT, Backoff, Counter, CounterKey, SessionId, Storage, StorageError, TokenHash,
};

const RULE: Backoff = Backoff {
    free: 1,
    first: Duration::from_secs(10),
    longest: Duration::from_secs(900),
    forget_after: Duration::from_secs(3600),
};

const USERS: u8 = 3;

/// One step. Users are numbers up to 2; sessions are counted in the order in which they were
/// opened, and a number beyond wraps around.
#[derive(Clone, Debug)]
pub enum Operation {
    /// Time passes, or the clock is set back.
    Wait(i64),
    /// The process is killed and another one opens what is there.
    Kill,
    /// A user is added, who may be there.
    AddUser(u8),
    /// A user is removed, who may be absent; as in all that follows.
    RemoveUser(u8),
    /// A user is shut out or let in.
    Disable(u8, bool),
    /// A password is set, and one session kept.
    SetPassword(u8, usize),
    /// A session is opened.
    Open(u8),
    /// A session gets another short-lived value.
    AddAccess(usize),
    /// A session is used.
    Touch(usize),
    /// A session is ended.
    End(usize),
    /// All sessions of a user are ended.
    EndAll(u8),
    /// What is over is removed.
    Sweep,
    /// Something fails.
    Fail(u8),
    /// Something works.
    Clear(u8),
}

/// Up to `length` operations.
pub fn operations(length: usize) -> impl Strategy<Value = Vec<Operation>> {
    use Operation::{
        AddAccess, AddUser, Clear, Disable, End, EndAll, Fail, Kill, Open, RemoveUser, SetPassword,
        Sweep, Touch, Wait,
    };
    let user = || 0..USERS;
    let one = prop_oneof![
        3 => (-400i64..2400).prop_map(Wait),
        1 => Just(Kill),
        4 => user().prop_map(AddUser),
        1 => user().prop_map(RemoveUser),
        2 => (user(), any::<bool>()).prop_map(|(user, disabled)| Disable(user, disabled)),
        1 => (user(), any::<usize>()).prop_map(|(user, keep)| SetPassword(user, keep)),
        6 => user().prop_map(Open),
        4 => any::<usize>().prop_map(AddAccess),
        3 => any::<usize>().prop_map(Touch),
        2 => any::<usize>().prop_map(End),
        1 => user().prop_map(EndAll),
        1 => Just(Sweep),
        2 => user().prop_map(Fail),
        1 => user().prop_map(Clear),
    ];
    prop::collection::vec(one, 1..=length)
}

#[derive(Default)]
struct Model {
    now: i64,
    /// Whether they are disabled.
    users: BTreeMap<u8, bool>,
    sessions: Vec<Kept>,
    opened: usize,
    values: usize,
    counters: BTreeMap<u8, Counter>,
}

struct Kept {
    number: usize,
    user: u8,
    seen: i64,
    ends: i64,
    /// The number of each value and its end, the oldest first.
    access: Vec<(usize, i64)>,
}

fn name(of: u8) -> String {
    format!("u{of}")
}

fn id(number: usize) -> SessionId {
    session(&format!("s{number}"))
}

fn key(of: u8) -> CounterKey {
    CounterKey::of("model", &name(of))
}

impl Model {
    fn picked(&self, number: usize) -> usize {
        number % self.opened.max(1)
    }

    fn session(&mut self, number: usize) -> Option<&mut Kept> {
        self.sessions.iter_mut().find(|kept| kept.number == number)
    }

    fn is_live(&self, kept: &Kept) -> bool {
        kept.ends > self.now
            && kept.seen > self.now - 3600
            && kept.seen <= self.now + 300
            && !self.users[&kept.user]
    }

    /// Ends the sessions that the condition picks; returns which.
    fn end(&mut self, over: impl Fn(&Kept) -> bool) -> Vec<SessionId> {
        let (gone, kept): (Vec<_>, Vec<_>) = self.sessions.drain(..).partition(|kept| over(kept));
        self.sessions = kept;
        gone.iter().map(|kept| id(kept.number)).collect()
    }

    async fn step(&mut self, storage: &dyn Storage, operation: &Operation) {
        let (users, sessions) = (storage.users(), storage.sessions());
        let now = self.now;
        match *operation {
            Operation::Wait(by) => self.now += by,
            Operation::Kill => {}
            Operation::AddUser(of) => {
                let added = users.create(new_user(&name(of))).await.is_ok();
                assert_eq!(added, !self.users.contains_key(&of));
                self.users.entry(of).or_insert(false);
            }
            Operation::RemoveUser(of) => {
                let ended = users.remove(user(&name(of))).await;
                let found = self.users.remove(&of).is_some();
                same(ended, found, self.end(|kept| kept.user == of));
            }
            Operation::Disable(of, disabled) => {
                let ended = users.set_disabled(user(&name(of)), disabled).await;
                let found = self.users.get_mut(&of).map(|state| *state = disabled);
                same(
                    ended,
                    found.is_some(),
                    self.end(|kept| disabled && kept.user == of),
                );
            }
            Operation::SetPassword(of, keep) => {
                let keep = self.picked(keep);
                let password = Secret::new("$phc");
                let who = user(&name(of));
                let ended = users.set_password(who, password, at(now), Some(id(keep)));
                let ended = ended.await;
                let found = self.users.contains_key(&of);
                same(
                    ended,
                    found,
                    self.end(|kept| kept.user == of && kept.number != keep),
                );
            }
            Operation::Open(of) => self.open(storage, of).await,
            Operation::AddAccess(number) => self.add_access(storage, number).await,
            Operation::Touch(number) => {
                let number = self.picked(number);
                sessions.touch(&[(id(number), at(now))]).await.unwrap();
                if let Some(kept) = self.session(number) {
                    kept.seen = kept.seen.max(now);
                }
            }
            Operation::End(number) => {
                let number = self.picked(number);
                let ended = sessions.end(id(number)).await.unwrap();
                assert_eq!(ended, !self.end(|kept| kept.number == number).is_empty());
            }
            Operation::EndAll(of) => {
                let ended = sessions.end_all(user(&name(of)), None).await;
                same(ended, true, self.end(|kept| kept.user == of));
            }
            Operation::Sweep => {
                let ended = sessions.end_ended(horizon(now)).await;
                let over = self.end(|kept| kept.ends <= now || kept.seen <= now - 3600);
                same(ended, true, over);
                for kept in &mut self.sessions {
                    kept.access.retain(|(_, ends)| *ends > now);
                }
            }
            Operation::Fail(of) => {
                let counted = storage.counters().fail(&[(key(of), RULE)], at(now)).await;
                let before = self.counters.get(&of).copied();
                let counter = Counter::after_failure(before, at(now), &RULE);
                assert_eq!(counted.unwrap(), [counter]);
                self.counters.insert(of, counter);
            }
            Operation::Clear(of) => {
                storage.counters().clear(&[key(of)]).await.unwrap();
                self.counters.remove(&of);
            }
        }
    }

    async fn open(&mut self, storage: &dyn Storage, of: u8) {
        let number = self.opened;
        let new = new_session(id(number).as_str(), &name(of), self.now);
        let value = access(&format!("at {}", self.values), self.now + 900);
        let new = crate::NewSession {
            access: value,
            ..new
        };
        let opened = storage.sessions().open(new).await;
        let may = self.users.get(&of) == Some(&false);
        assert_eq!(opened.is_ok(), may);
        if may {
            self.sessions.push(Kept {
                number,
                user: of,
                seen: self.now,
                ends: self.now + 86400,
                access: vec![(self.values, self.now + 900)],
            });
            self.opened += 1;
            self.values += 1;
        }
    }

    async fn add_access(&mut self, storage: &dyn Storage, number: usize) {
        let number = self.picked(number);
        let (value, ends) = (self.values, self.now + 900);
        let new = access(&format!("at {value}"), ends);
        let added = storage
            .sessions()
            .add_access(id(number), new)
            .await
            .unwrap();
        self.values += 1;
        let kept = self.session(number);
        assert_eq!(added, kept.is_some());
        if let Some(kept) = kept {
            kept.access.push((value, ends));
            let over = kept.access.len().saturating_sub(ACCESS_LIMIT);
            kept.access.drain(..over);
        }
    }

    /// Asks everything there is to ask.
    async fn compare(&self, storage: &dyn Storage) {
        let (users, sessions) = (storage.users(), storage.sessions());
        for of in 0..USERS {
            let found = users.find(user(&name(of))).await.unwrap();
            let state = found.map(|user| user.disabled);
            assert_eq!(state.as_ref(), self.users.get(&of));
            let list = sessions.list(user(&name(of)), horizon(self.now)).await;
            let mut mine: Vec<_> = self
                .sessions
                .iter()
                .filter(|kept| kept.user == of)
                .collect();
            mine.retain(|kept| self.is_live(kept));
            mine.sort_by_key(|kept| std::cmp::Reverse((kept.seen, kept.number)));
            let mine: Vec<_> = mine
                .iter()
                .map(|kept| (id(kept.number), at(kept.seen)))
                .collect();
            let list = list.unwrap();
            let list: Vec<_> = list.iter().map(|one| (one.id, one.last_seen_at)).collect();
            assert_eq!(list, mine);
            let counters = storage.counters().get(&[key(of)]).await.unwrap();
            assert_eq!(counters, [self.counters.get(&of).copied()]);
        }
        for number in 0..self.opened {
            let kept = self.sessions.iter().find(|kept| kept.number == number);
            let hash = TokenHash::of(&format!("rt-s{number}"));
            let found = sessions.by_long_lived(&hash, horizon(self.now)).await;
            let live = kept.filter(|kept| self.is_live(kept));
            assert_eq!(found.unwrap().is_some(), live.is_some());
            let found = sessions.find(id(number)).await.unwrap();
            assert_eq!(found.is_some(), kept.is_some());
        }
        for value in 0..self.values {
            let hash = TokenHash::of(&format!("at {value}"));
            let found = sessions.by_access(&hash, horizon(self.now)).await.unwrap();
            let good = |kept: &&Kept| {
                let mut values = kept.access.iter();
                values.any(|(one, ends)| *one == value && *ends > self.now) && self.is_live(kept)
            };
            let kept = self.sessions.iter().find(good);
            assert_eq!(
                found.map(|found| found.session.id),
                kept.map(|kept| id(kept.number))
            );
        }
    }
}

/// That the engine ended exactly these sessions, or said that there is no such user.
fn same(answer: Result<Vec<SessionId>, StorageError>, found: bool, mut model: Vec<SessionId>) {
    if !found {
        assert!(matches!(answer, Err(StorageError::UserUnknown)));
        return;
    }
    let mut ended = answer.unwrap();
    ended.sort_unstable();
    model.sort_unstable();
    assert_eq!(ended, model);
}

/// Runs the operations on the engine and on the model. `reopen` opens fresh storage first, and
/// after each [`Operation::Kill`] what the killed one has left.
pub async fn agrees_with_the_model(
    mut reopen: impl AsyncFnMut() -> Arc<dyn Storage>,
    operations: &[Operation],
) {
    let mut model = Model::default();
    let mut storage = reopen().await;
    for operation in operations {
        if matches!(operation, Operation::Kill) {
            storage = reopen().await;
        }
        model.step(&*storage, operation).await;
        model.compare(&*storage).await;
    }
}
