use std::{
    collections::{HashMap, VecDeque},
    ops::ControlFlow,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hermes_machine::Clock;
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{
    Ask, AskId, Busy, Choice, Event, ImageId, Instead, Place, Record, Refused, Said, Submitted,
    Transcript, Turn, Wanted, Watcher, Withdrawn, imported::imported, machine::Machine, saving,
    turn,
};
use crate::{
    Agent, End, Image, Step, Usage,
    journal::{FoundAgain, Journal, JournalError, Kept, Summary},
};

/// How many records stay in memory that are kept. Who is further behind reads the journal.
const RECENT: usize = 256;

/// The most records that may wait to be kept. With more of them nothing new is asked.
const UNSAVED_LIMIT: usize = 20_000;

/// What a conversation works with.
#[derive(Clone)]
pub struct Ports {
    /// Who answers.
    pub agent: Arc<dyn Agent>,
    /// Who keeps it.
    pub journal: Arc<dyn Journal>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Whether the agent is asked for a title after the first turn. It may change meanwhile.
    pub titles: Arc<AtomicBool>,
}

/// A conversation in memory. Turns and saving run in tasks of their own, which hold it until they are
/// done.
pub struct Live {
    name: String,
    pub(super) ports: Ports,
    state: Mutex<State>,
    news: watch::Sender<News>,
    /// Wakes those who wait until something is kept.
    saved: Notify,
}

#[derive(Default)]
struct State {
    machine: Machine,
    /// The last records, in order; every one that is not kept yet is among them.
    recent: VecDeque<Record>,
    /// The number of the last record that is kept.
    kept: u64,
    is_turning: bool,
    is_saving: bool,
    /// What interrupts the question that is asked beside the turns.
    aside: Option<CancellationToken>,
}

/// What is to be kept next.
pub(super) struct Unsaved {
    pub(super) records: Vec<Record>,
    pub(super) summary: Summary,
    pub(super) again: Option<FoundAgain>,
}

/// The place for a question beside the turns. While somebody has it, there is none for anybody else, and
/// the conversation stays in memory.
pub(super) struct Aside {
    live: Arc<Live>,
    cancel: CancellationToken,
}

impl Aside {
    /// What ends it.
    pub(super) const fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        self.live.lock().aside = None;
        self.live.news.send_modify(|_| {});
    }
}

/// What those who watch are woken for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct News {
    /// The number of the last record.
    pub(super) last: u64,
    /// How often what waits has changed.
    pub(super) waits: u64,
    /// Why nothing is kept just now.
    pub(super) trouble: Option<JournalError>,
}

impl Live {
    /// A conversation as its journal has it, under a name that stays.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub async fn open(name: String, ports: Ports) -> Result<Arc<Self>, JournalError> {
        let mut transcript = Transcript::default();
        loop {
            let records = ports.journal.read(transcript.last()).await?;
            if records.is_empty() {
                break;
            }
            if !records.iter().all(|record| transcript.add(record)) {
                return Err(JournalError::Failed("the journal has a gap".to_owned()));
            }
        }
        let kept = transcript.last();
        let now = ports.clock.now();
        let live = Arc::new(Self {
            name,
            ports,
            state: Mutex::default(),
            news: watch::Sender::new(News::default()),
            saved: Notify::new(),
        });
        live.change(|state, _| {
            state.machine = Machine::new(transcript, now);
            state.kept = kept;
        });
        Ok(live)
    }

    /// Asks. What was asked under the same name before is not asked again.
    ///
    /// # Errors
    ///
    /// When the prompt is not taken; nothing has changed then.
    pub fn submit(self: &Arc<Self>, ask: Ask, busy: Busy) -> Result<Submitted, Refused> {
        self.change(|state, now| {
            if state.unsaved() > UNSAVED_LIMIT {
                return Err(Refused::Unsaved);
            }
            state.machine.submit(ask, busy, now)
        })
    }

    /// Takes turns back and asks instead.
    ///
    /// # Errors
    ///
    /// When the turns or the prompt are not taken; nothing has changed then.
    pub fn ask_instead(self: &Arc<Self>, of: Instead, ask: Ask) -> Result<Submitted, Refused> {
        self.change(|state, now| {
            if state.unsaved() > UNSAVED_LIMIT {
                return Err(Refused::Unsaved);
            }
            state.machine.ask_instead(of, ask, now)
        })
    }

    /// Takes a prompt out of those that wait. It is not asked any more, whoever sends it again.
    pub fn withdraw(self: &Arc<Self>, id: &AskId) -> Withdrawn {
        self.change(|state, now| state.machine.withdraw(id, now))
    }

    /// A person wants no more of the turn that runs, nor of what is asked beside it or waits for its end.
    pub fn stop(self: &Arc<Self>) {
        self.end_with(Machine::stop);
    }

    /// Nothing goes on here, since the process ends or nothing can be kept. What waits is not stopped: it
    /// is asked when whoever wrote it sends it again.
    pub fn interrupt(self: &Arc<Self>) {
        self.end_with(|machine, _| machine.interrupt());
    }

    fn end_with(self: &Arc<Self>, how: impl FnOnce(&mut Machine, Timestamp)) {
        self.change(|state, now| {
            how(&mut state.machine, now);
            if let Some(aside) = &state.aside {
                aside.cancel();
            }
        });
    }

    /// Keeps a picture, which a prompt may name then.
    pub fn attach(&self, image: Image) -> Kept<'_, ImageId> {
        self.ports.journal.attach(image)
    }

    /// A picture that was kept; `None` if there is none of this name.
    pub fn image<'a>(&'a self, id: &'a ImageId) -> Kept<'a, Option<Image>> {
        self.ports.journal.image(id)
    }

    /// Begins with what has been said in another conversation, with so many turns of it at most: how many
    /// that is.
    ///
    /// # Errors
    ///
    /// When a picture cannot be copied, or something has been said here; nothing has changed then.
    pub async fn begin_with(
        self: &Arc<Self>,
        other: &Self,
        most: usize,
    ) -> Result<usize, JournalError> {
        let transcript = other.look(|transcript, _| transcript.clone());
        let mut images = HashMap::new();
        let turns = transcript.turns().iter().take(most);
        for id in turns.flat_map(|turn| &turn.ask.images) {
            if let Some(image) = other.image(id).await? {
                images.insert(id.clone(), self.attach(image).await?);
            }
        }
        let events = transcript.copied(most, |id| images.get(id).cloned());
        self.change(|state, _| {
            let begun = state.machine.begin_with(events);
            begun.ok_or(JournalError::Taken)
        })
    }

    /// Begins with what was said elsewhere, and is called that: how many turns that is.
    ///
    /// # Errors
    ///
    /// When something has been said here; nothing has changed then.
    pub fn begin_with_said(
        self: &Arc<Self>,
        title: Option<String>,
        said: Vec<Said>,
    ) -> Result<usize, JournalError> {
        self.change(|state, _| {
            let begun = state.machine.begin_with(imported(title, said));
            begun.ok_or(JournalError::Taken)
        })
    }

    /// Takes turns back, from this one on, counted from 0: how many.
    ///
    /// # Errors
    ///
    /// When one runs, or there are none.
    pub fn cut(self: &Arc<Self>, from: usize) -> Result<usize, Refused> {
        self.change(|state, now| state.machine.cut(from, now))
    }

    /// Shows another version of a prompt, and what was shown after it.
    ///
    /// # Errors
    ///
    /// When a turn runs, there is no such version, or there are other turns than expected.
    pub fn show(self: &Arc<Self>, wanted: Wanted) -> Result<(), Refused> {
        self.change(|state, now| state.machine.show(wanted, now))
    }

    /// Calls it something else.
    pub fn entitle(self: &Arc<Self>, title: String) {
        self.change(|state, now| state.machine.entitle(title, now));
    }

    /// Changes who answers from the next turn on.
    pub fn choose(self: &Arc<Self>, change: impl FnOnce(&mut Choice)) {
        self.change(|state, now| state.machine.choose(change, now));
    }

    /// Looks at what has been said, and at the prompts that wait. Whoever then watches from the last
    /// record on misses nothing.
    pub fn look<T>(&self, at: impl FnOnce(&Transcript, &[Ask]) -> T) -> T {
        let state = self.lock();
        at(state.machine.transcript(), state.machine.queue().asks())
    }

    /// Where it is now.
    pub fn place(&self) -> Place {
        let state = self.lock();
        Place {
            after: state.machine.transcript().last(),
            waits: state.machine.queue().changes(),
        }
    }

    /// Watches what happens from there on.
    pub fn watch(self: &Arc<Self>, from: impl Into<Place>) -> Watcher {
        Watcher::new(Arc::clone(self), from.into(), self.news.subscribe())
    }

    /// Whether nothing happens: nobody answers, everything is kept, and nobody watches.
    pub fn is_idle(&self) -> bool {
        let state = self.lock();
        let is_quiet = !state.is_turning && !state.is_saving && state.aside.is_none();
        is_quiet && self.news.receiver_count() == 0
    }

    /// Whether something has happened, and nothing of it is kept yet.
    pub fn is_unkept(&self) -> bool {
        let state = self.lock();
        state.kept == 0 && state.unsaved() > 0
    }

    /// Whether everything that happened is kept.
    pub fn is_kept(&self) -> bool {
        self.lock().unsaved() == 0
    }

    /// Completes once everything that has happened by now is kept: whether it is. While nothing can be
    /// kept, nobody waits.
    pub async fn until_kept(&self) -> bool {
        let last = self.lock().machine.transcript().last();
        loop {
            // It hears of what is kept from here on.
            let saved = self.saved.notified();
            if self.lock().kept >= last {
                return true;
            }
            if self.news.borrow().trouble.is_some() {
                return false;
            }
            saved.await;
        }
    }

    /// Completes once nobody answers and everything is kept, or cannot be.
    pub async fn settled(&self) {
        let mut news = self.news.subscribe();
        loop {
            let trouble = news.borrow_and_update().trouble.is_some();
            let state = {
                let state = self.lock();
                (state.is_turning || state.aside.is_some(), state.is_saving)
            };
            match state {
                (false, saving) if !saving || trouble => return,
                _ => {}
            }
            // It never fails while there is a conversation, which holds the other end.
            if news.changed().await.is_err() {
                return;
            }
        }
    }

    /// The place for a question beside the turns, unless somebody has it.
    pub(super) fn aside(self: &Arc<Self>) -> Option<Aside> {
        let mut state = self.lock();
        if state.aside.is_some() {
            return None;
        }
        let cancel = CancellationToken::new();
        state.aside = Some(cancel.clone());
        Some(Aside {
            live: Arc::clone(self),
            cancel,
        })
    }

    /// Whether the agent is to find a title: once, after the first turn that was answered.
    pub(super) fn wants_title(&self) -> bool {
        let complete = |turn: &&Turn| turn.end == Some(End::Complete);
        self.ports.titles.load(Ordering::Relaxed)
            && self.look(|transcript, _| {
                let answered = transcript.turns().iter().filter(complete).count();
                transcript.title().is_none() && answered == 1
            })
    }

    /// Notes what finding a title took, and the title, unless a person has found one meanwhile.
    pub(super) fn found_title(self: &Arc<Self>, title: Option<String>, usage: Usage) {
        self.used(usage);
        self.change(|state, now| {
            let title = title.filter(|_| state.machine.transcript().title().is_none());
            if let Some(title) = title {
                state.machine.entitle(title, now);
            }
        });
    }

    /// Notes tokens that were used beside the turns.
    pub(super) fn used(self: &Arc<Self>, usage: Usage) {
        if usage != Usage::default() {
            self.change(|state, now| state.machine.used(usage, now));
        }
    }

    /// Has the first turns, so many, told as a summary, if the last of them is still the one that began
    /// with this record.
    pub(super) fn summarised(
        self: &Arc<Self>,
        turns: usize,
        last: u64,
        summary: &str,
        tokens: u64,
    ) -> Result<(), Refused> {
        self.change(|state, now| state.machine.summarised(turns, last, summary, tokens, now))
    }

    /// The name that it was opened under.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The one way in which anything changes: what is new is shown to those who watch and kept, and a
    /// turn that has begun is run.
    fn change<T>(self: &Arc<Self>, how: impl FnOnce(&mut State, Timestamp) -> T) -> T {
        let mut state = self.lock();
        let result = how(&mut state, self.ports.clock.now());
        let new = state.machine.take();
        state.recent.extend(new);
        let last = state.machine.transcript().last();
        let waits = state.machine.queue().changes();
        let turns = state.machine.cancellation().is_some() && !state.is_turning;
        let saves = last > state.kept && !state.is_saving;
        state.is_turning |= turns;
        state.is_saving |= saves;
        drop(state);
        self.news.send_if_modified(|news| {
            let is_new = (news.last, news.waits) != (last, waits);
            (news.last, news.waits) = (last, waits);
            is_new
        });
        if turns {
            tokio::spawn(turn::run(Arc::clone(self)));
        }
        if saves {
            tokio::spawn(saving::run(Arc::clone(self)));
        }
        result
    }

    /// What interrupts the turn that is to be run; `None` if there is none, and then nobody runs any.
    pub(super) fn turn(&self) -> Option<CancellationToken> {
        let mut state = self.lock();
        let cancel = state.machine.cancellation();
        state.is_turning = cancel.is_some();
        drop(state);
        if cancel.is_none() {
            self.news.send_modify(|_| {});
        }
        cancel
    }

    /// Takes a step of the agent that answers: whether the turn goes on.
    pub(super) fn step(self: &Arc<Self>, step: Step) -> ControlFlow<()> {
        self.change(|state, now| state.machine.step(step, now))
    }

    /// Records what is gathered of the answer.
    pub(super) fn flush(self: &Arc<Self>) {
        self.change(|state, now| state.machine.flush(now));
    }

    /// How long what is gathered of the answer may wait; none if nothing is.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.lock().machine.wait(self.ports.clock.now())
    }

    /// The records that are to be kept next, the oldest first, what lists show once they are, and what
    /// search finds again. `None` if everything is kept, and then nobody saves.
    pub(super) fn unsaved(&self, most: usize) -> Option<Unsaved> {
        let mut state = self.lock();
        let kept = state.kept;
        let new = state.recent.iter().filter(|record| record.seq > kept);
        let records: Vec<_> = new.take(most).cloned().collect();
        if records.is_empty() {
            state.is_saving = false;
            drop(state);
            self.news.send_modify(|_| {});
            return None;
        }
        let transcript = state.machine.transcript();
        let shown = records.iter().filter_map(|record| match record.event {
            Event::Shown { from, .. } => Some(from),
            _ => None,
        });
        Some(Unsaved {
            again: shown.min().map(|from| transcript.found_again(from)),
            summary: transcript.summary(),
            records,
        })
    }

    /// Notes that everything up to this record is kept.
    pub(super) fn kept(&self, last: u64) {
        let mut state = self.lock();
        state.kept = last;
        while state.recent.len() > RECENT
            && state
                .recent
                .front()
                .is_some_and(|record| record.seq <= last)
        {
            state.recent.pop_front();
        }
        drop(state);
        self.trouble(None);
    }

    /// Notes why nothing is kept just now, or that it is again.
    pub(super) fn trouble(&self, trouble: Option<JournalError>) {
        self.news.send_if_modified(|news| {
            let is_new = news.trouble != trouble;
            news.trouble = trouble;
            is_new
        });
        self.saved.notify_waiters();
    }

    /// Nothing is going to be kept any more.
    pub(super) fn give_up(&self, why: JournalError) {
        self.lock().is_saving = false;
        self.trouble(Some(why));
    }

    /// The records after this one, at most so many, from memory; `None` if some of them are only
    /// in the journal.
    pub(super) fn recent(&self, after: u64, most: usize) -> Option<Vec<Record>> {
        let state = self.lock();
        let first = state.recent.front().map(|record| record.seq);
        let first = first.unwrap_or_else(|| state.machine.transcript().last() + 1);
        if after + 1 < first {
            return None;
        }
        let new = state.recent.iter().filter(|record| record.seq > after);
        Some(new.take(most).cloned().collect())
    }

    /// What waits, if that is not what waited at this place; none also as long as there are records after
    /// it, which are told first.
    pub(super) fn waits(&self, place: Place) -> Option<(u64, Vec<Ask>)> {
        let state = self.lock();
        let queue = state.machine.queue();
        let is_told = state.machine.transcript().last() == place.after;
        (is_told && queue.changes() != place.waits)
            .then(|| (queue.changes(), queue.asks().to_vec()))
    }

    /// The records after this one; as many as come at once.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn since(&self, after: u64) -> Kept<'_, Vec<Record>> {
        Box::pin(async move {
            match self.recent(after, RECENT) {
                Some(records) => Ok(records),
                None => self.ports.journal.read(after).await,
            }
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn unsaved(&self) -> usize {
        let unsaved = self.machine.transcript().last().saturating_sub(self.kept);
        usize::try_from(unsaved).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests;
