mod aside;
mod waiting;

use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt as _;
use hermes_machine::SystemClock;
use hermes_testkit::MovedClock;
use proptest::prelude::*;
use tokio::sync::mpsc;

use super::*;
use crate::{
    End, Image, MemoryJournal, Message, Part, Prompt, Steps, Summary,
    conversation::{AskId, ImageId, Seen},
};

/// The most time for anything; nothing that works takes it.
const PATIENCE: Duration = Duration::from_secs(20);

/// An agent that says what the test says.
#[derive(Default)]
struct Said {
    turns: Mutex<Turns>,
}

#[derive(Default)]
struct Turns {
    asked: Vec<Prompt>,
    now: Option<mpsc::UnboundedSender<Step>>,
}

impl Agent for Said {
    fn answer(&self, prompt: Prompt, cancel: CancellationToken) -> Steps {
        let (says, mut steps) = mpsc::unbounded_channel();
        let mut turns = self.turns.lock().unwrap();
        turns.asked.push(prompt);
        turns.now = Some(says);
        let next = std::future::poll_fn(move |context| steps.poll_recv(context));
        let said = futures_util::stream::unfold(next, async |mut next| {
            let step = (&mut next).await?;
            Some((step, next))
        });
        // Who is interrupted says nothing more, as if the line were cut.
        use futures_util::StreamExt as _;
        said.take_until(cancel.cancelled_owned()).boxed()
    }
}

impl Said {
    /// Says something, if somebody listens.
    fn say(&self, step: Step) -> bool {
        let turns = self.turns.lock().unwrap();
        turns
            .now
            .as_ref()
            .is_some_and(|says| says.send(step).is_ok())
    }
}

/// A journal that fails when told to.
#[derive(Default)]
struct Faulty {
    inner: MemoryJournal,
    fails: AtomicBool,
    is_gone: AtomicBool,
}

impl Journal for Faulty {
    fn append(
        &self,
        records: Vec<Record>,
        summary: Summary,
        again: Option<FoundAgain>,
    ) -> Kept<'_, ()> {
        if self.is_gone.load(Ordering::Relaxed) {
            return Box::pin(std::future::ready(Err(JournalError::Gone)));
        }
        if self.fails.load(Ordering::Relaxed) {
            let full = JournalError::Failed("no space left".to_owned());
            return Box::pin(std::future::ready(Err(full)));
        }
        self.inner.append(records, summary, again)
    }

    fn read(&self, after: u64) -> Kept<'_, Vec<Record>> {
        self.inner.read(after)
    }

    fn attach(&self, image: Image) -> Kept<'_, ImageId> {
        self.inner.attach(image)
    }

    fn image<'a>(&'a self, id: &'a ImageId) -> Kept<'a, Option<Image>> {
        self.inner.image(id)
    }
}

struct Rig {
    agent: Arc<Said>,
    journal: Arc<Faulty>,
    clock: Arc<MovedClock>,
    titles: bool,
}

impl Rig {
    fn new() -> Self {
        Self {
            agent: Arc::default(),
            journal: Arc::default(),
            clock: MovedClock::at("2026-11-22T10:00:00Z"),
            titles: false,
        }
    }

    async fn open(&self) -> Arc<Live> {
        let ports = Ports {
            agent: Arc::clone(&self.agent) as Arc<dyn Agent>,
            journal: Arc::clone(&self.journal) as Arc<dyn Journal>,
            clock: Arc::clone(&self.clock) as Arc<dyn Clock>,
            titles: Arc::new(self.titles.into()),
        };
        Live::open("conversation".to_owned(), ports).await.unwrap()
    }

    /// Says something as soon as somebody listens.
    async fn say(&self, step: Step) {
        soon(async {
            while !self.agent.say(step.clone()) {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }

    async fn kept(&self) -> Transcript {
        let mut transcript = Transcript::default();
        for record in self.journal.read(0).await.unwrap() {
            assert!(transcript.add(&record));
        }
        transcript
    }
}

async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::select! {
        result = what => result,
        () = SystemClock.sleep(PATIENCE) => panic!("it does not happen"),
    }
}

fn ask(text: &str) -> Ask {
    Ask {
        ids: Vec::new(),
        text: text.to_owned(),
        images: Vec::new(),
    }
}

fn text(text: &str) -> Step {
    Step::Text(text.to_owned())
}

/// A client that adds up what it sees.
struct Client {
    watcher: Watcher,
    transcript: Transcript,
    waiting: Vec<Ask>,
    saw: Vec<Seen>,
}

impl Client {
    fn new(live: &Arc<Live>) -> Self {
        Self {
            watcher: live.watch(0),
            transcript: Transcript::default(),
            waiting: Vec::new(),
            saw: Vec::new(),
        }
    }

    /// The same client after its connection broke.
    fn back(self, live: &Arc<Live>) -> Self {
        let watcher = live.watch(self.transcript.last());
        Self { watcher, ..self }
    }

    /// Sees everything up to this record.
    async fn see(&mut self, last: u64) {
        while self.transcript.last() < last {
            let seen = soon(self.watcher.next()).await.unwrap();
            self.take(seen);
        }
    }

    fn take(&mut self, seen: Seen) {
        match &seen {
            Seen::Records(records) => {
                for record in records {
                    assert!(self.transcript.add(record), "a gap or a repeat");
                }
            }
            Seen::Waiting(asks) => {
                let has_begun = |id: &AskId| self.transcript.has_asked(id);
                let mut ids = asks.iter().flat_map(|ask| &ask.ids);
                assert!(!ids.any(has_begun), "what has begun does not wait");
                self.waiting.clone_from(asks);
            }
            Seen::Unsaved(_) | Seen::Saved => {}
        }
        self.saw.push(seen);
    }

    /// Sees all that there is to see.
    async fn see_all(&mut self) {
        while let Some(seen) = self.watcher.next().now_or_never() {
            self.take(seen.unwrap());
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn a_turn_goes_on_when_everybody_has_left() {
    let rig = Rig::new();
    let live = rig.open().await;
    let mut client = Client::new(&live);
    live.submit(ask("Hi"), Busy::default()).unwrap();
    rig.say(text("Hel")).await;
    client.see(2).await;
    let gone = client.transcript.clone();
    drop(client.watcher);
    rig.say(text("lo")).await;
    rig.say(Step::End(End::Complete)).await;
    soon(live.settled()).await;
    assert!(live.is_idle());
    let whole = live.look(|transcript, _| transcript.clone());
    assert_eq!(whole.turns()[0].answer, "Hello");
    let mut back = Client {
        waiting: Vec::new(),
        watcher: live.watch(gone.last()),
        transcript: gone,
        saw: Vec::new(),
    };
    back.see(whole.last()).await;
    assert_eq!(back.transcript, whole);
    assert_eq!(rig.kept().await, whole);
    drop((live, back));
    let again = rig.open().await;
    assert_eq!(again.look(|transcript, _| transcript.clone()), whole);
}

#[tokio::test]
async fn the_agent_is_asked_with_all_that_was_said() {
    let rig = Rig::new();
    let live = rig.open().await;
    live.choose(|choice| choice.model = Some("small".to_owned()));
    live.choose(|choice| choice.provider = Some("whose".to_owned()));
    let before = live.look(|transcript, _| transcript.last());
    live.choose(|choice| choice.effort = None);
    let after = live.look(|transcript, _| transcript.last());
    assert_eq!(before, after, "that changes nothing");
    let image = Image::new(&b"\x89PNG\r\n\x1a\n"[..]).unwrap();
    let id = rig.journal.attach(image.clone()).await.unwrap();
    let with_image = Ask {
        images: vec![id, ImageId("7".to_owned())],
        ..ask("What is this?")
    };
    live.submit(with_image, Busy::default()).unwrap();
    rig.say(text("A picture")).await;
    rig.say(Step::End(End::Complete)).await;
    soon(live.settled()).await;
    live.submit(ask("Thanks"), Busy::default()).unwrap();
    rig.say(Step::End(End::Complete)).await;
    soon(live.settled()).await;
    let asked = rig.agent.turns.lock().unwrap().asked.pop().unwrap();
    assert_eq!(asked.model.as_deref(), Some("small"));
    let said = |text: &str| Part::Text(text.to_owned());
    assert_eq!(
        asked.messages,
        [
            Message::User(vec![Part::Image(image), said("What is this?")]),
            Message::Assistant("A picture".to_owned()),
            Message::User(vec![said("Thanks")]),
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_kept_is_told_and_kept_later() {
    let rig = Rig::new();
    let live = rig.open().await;
    rig.journal.fails.store(true, Ordering::Relaxed);
    let mut client = Client::new(&live);
    live.submit(ask("Hi"), Busy::default()).unwrap();
    rig.say(text("Hello")).await;
    rig.say(Step::End(End::Complete)).await;
    soon(live.settled()).await;
    client.see(3).await;
    let unsaved = Seen::Unsaved(JournalError::Failed("no space left".to_owned()));
    assert!(client.saw.contains(&unsaved), "{:?}", client.saw);
    assert_eq!(rig.kept().await.last(), 0);
    rig.journal.fails.store(false, Ordering::Relaxed);
    soon(rig.clock.until_sleeping(1)).await;
    rig.clock.advance(Duration::from_secs(1));
    assert_eq!(soon(client.watcher.next()).await, Ok(Seen::Saved));
    assert_eq!(rig.kept().await, client.transcript);
}

#[tokio::test]
async fn a_conversation_that_was_deleted_ends_its_turn() {
    let rig = Rig::new();
    let live = rig.open().await;
    rig.journal.is_gone.store(true, Ordering::Relaxed);
    let mut watcher = live.watch(1);
    live.submit(ask("Hi"), Busy::default()).unwrap();
    let gone = soon(async {
        loop {
            if let Seen::Unsaved(why) = watcher.next().await.unwrap() {
                return why;
            }
        }
    });
    assert_eq!(gone.await, JournalError::Gone);
    soon(live.settled()).await;
    let ended = live.look(|transcript, _| transcript.turns()[0].end.clone());
    assert_eq!(ended, Some(End::Interrupted));
}

#[tokio::test]
async fn an_agent_that_breaks_off_has_failed() {
    let rig = Rig::new();
    let live = rig.open().await;
    live.submit(ask("Hi"), Busy::default()).unwrap();
    rig.say(text("Hel")).await;
    rig.agent.turns.lock().unwrap().now = None;
    soon(live.settled()).await;
    let end = live.look(|transcript, _| transcript.turns()[0].end.clone());
    let Some(End::Failed(failure)) = end else {
        panic!("{end:?}");
    };
    assert_eq!(failure.code, "conversations.agent_failed");
}

/// An agent that fails in a way that nobody foresaw, or hears nothing.
struct Broken {
    panics: bool,
}

impl Agent for Broken {
    fn answer(&self, _: Prompt, _: CancellationToken) -> Steps {
        assert!(!self.panics, "it panics");
        Box::pin(futures_util::stream::pending())
    }
}

#[tokio::test]
async fn whatever_happens_to_an_agent_its_turn_ends() {
    for panics in [true, false] {
        let rig = Rig::new();
        let ports = Ports {
            agent: Arc::new(Broken { panics }),
            journal: Arc::new(MemoryJournal::default()),
            clock: Arc::clone(&rig.clock) as Arc<dyn Clock>,
            titles: Arc::default(),
        };
        let live = Live::open(String::new(), ports).await.unwrap();
        live.submit(ask("Hi"), Busy::default()).unwrap();
        if !panics {
            live.interrupt();
            soon(rig.clock.until_sleeping(1)).await;
            rig.clock.advance(Duration::from_secs(5));
        }
        soon(live.settled()).await;
        let end = live.look(|transcript, _| transcript.turns()[0].end.clone());
        assert_eq!(matches!(end, Some(End::Failed(_))), panics, "{end:?}");
    }
}

#[tokio::test]
async fn ws10_who_is_far_behind_reads_the_journal() {
    let rig = Rig::new();
    let live = rig.open().await;
    let mut slow = Client::new(&live);
    for number in 0..2 * RECENT {
        live.entitle(number.to_string());
        soon(live.settled()).await;
    }
    assert_eq!(live.lock().recent.len(), RECENT);
    let last = live.look(|transcript, _| transcript.last());
    slow.see(last).await;
    assert_eq!(slow.transcript, rig.kept_all(last).await);
}

impl Rig {
    async fn kept_all(&self, last: u64) -> Transcript {
        let kept = self.kept().await;
        assert_eq!(kept.last(), last);
        kept
    }
}

#[tokio::test]
async fn a_long_time_without_saving_takes_no_more_prompts() {
    let rig = Rig::new();
    let live = rig.open().await;
    rig.journal.fails.store(true, Ordering::Relaxed);
    for _ in 0..=UNSAVED_LIMIT {
        live.entitle("t".to_owned());
    }
    let refused = live.submit(ask("Hi"), Busy::default());
    assert_eq!(refused, Err(Refused::Unsaved));
    assert_eq!(
        live.ask_instead(Instead::from(0), ask("Hi")),
        Err(Refused::Unsaved)
    );
}

/// What may happen in any order.
#[derive(Clone, Debug)]
enum Act {
    Submit(u8, bool),
    Withdraw(u8),
    Interrupt,
    Say(bool),
    End,
    Flush,
    Cut,
    See(usize),
    Leave(usize),
    Fail(bool),
    Crash,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        3 => (0..6_u8, any::<bool>()).prop_map(|(id, queue)| Act::Submit(id, queue)),
        2 => (0..6_u8).prop_map(Act::Withdraw),
        1 => Just(Act::Interrupt),
        6 => any::<bool>().prop_map(Act::Say),
        2 => Just(Act::End),
        2 => Just(Act::Flush),
        1 => Just(Act::Cut),
        3 => (0..3_usize).prop_map(Act::See),
        2 => (0..3_usize).prop_map(Act::Leave),
        1 => any::<bool>().prop_map(Act::Fail),
        1 => Just(Act::Crash),
    ];
    proptest::collection::vec(act, 0..40)
}

/// Lets everything go on that can.
async fn breathe() {
    for _ in 0..32 {
        tokio::task::yield_now().await;
    }
}

async fn play(acts: Vec<Act>) {
    let rig = Rig::new();
    let mut live = rig.open().await;
    let mut clients: Vec<_> = (0..3).map(|_| Client::new(&live)).collect();
    for act in acts {
        match act {
            Act::Submit(id, queue) => {
                let named: AskId = format!("a{id}").parse().unwrap();
                let ask = Ask {
                    ids: vec![named],
                    ..ask(&format!("prompt {id}"))
                };
                let busy = if queue { Busy::Queue } else { Busy::Interrupt };
                live.submit(ask, busy).unwrap();
            }
            Act::Withdraw(id) => {
                live.withdraw(&format!("a{id}").parse().unwrap());
            }
            Act::Interrupt => live.interrupt(),
            Act::Say(thought) => {
                let said = "said ".to_owned();
                rig.agent.say(if thought {
                    Step::Reasoning(said)
                } else {
                    Step::Text(said)
                });
            }
            Act::End => {
                rig.agent.say(Step::End(End::Complete));
            }
            Act::Flush => rig.clock.advance(Duration::from_millis(40)),
            Act::Cut => {
                let _ = live.cut(0);
            }
            Act::See(which) => {
                let last = live.look(|transcript, _| transcript.last());
                clients[which].see(last).await;
            }
            Act::Leave(which) => {
                let client = clients.remove(which);
                clients.insert(which, client.back(&live));
            }
            Act::Fail(fails) => rig.journal.fails.store(fails, Ordering::Relaxed),
            Act::Crash => {
                // What is not kept is lost with the program, and its clients begin again: the
                // gateway tells them by another epoch.
                rig.journal.is_gone.store(true, Ordering::Relaxed);
                rig.clock.advance(Duration::from_secs(10));
                live.interrupt();
                breathe().await;
                rig.journal.is_gone.store(false, Ordering::Relaxed);
                rig.journal.fails.store(false, Ordering::Relaxed);
                live = rig.open().await;
                clients = (0..3).map(|_| Client::new(&live)).collect();
            }
        }
        breathe().await;
    }
    let waiting = live.look(|_, waiting| waiting.to_vec());
    for client in &mut clients {
        client.see_all().await;
        assert_eq!(client.waiting, waiting);
    }
    rig.journal.fails.store(false, Ordering::Relaxed);
    live.interrupt();
    breathe().await;
    rig.clock.advance(Duration::from_secs(10));
    breathe().await;
    soon(live.settled()).await;
    let whole = live.look(|transcript, _| transcript.clone());
    for client in &mut clients {
        client.see(whole.last()).await;
        assert_eq!(client.transcript, whole);
    }
    assert_eq!(rig.kept_all(whole.last()).await, whole);
    assert!(whole.running().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn every_client_has_the_same_transcript(acts in acts()) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap();
        runtime.block_on(play(acts));
    }
}

#[tokio::test]
async fn whoever_waits_hears_that_it_is_kept_or_cannot_be() {
    let rig = Rig::new();
    let live = rig.open().await;
    assert!(soon(live.until_kept()).await, "nothing has happened");
    live.entitle("One".to_owned());
    assert!(soon(live.until_kept()).await);
    assert_eq!(rig.kept().await.title(), Some("One"));
    rig.journal.fails.store(true, Ordering::Relaxed);
    live.entitle("Two".to_owned());
    assert!(!soon(live.until_kept()).await);
    assert_eq!(rig.kept().await.title(), Some("One"));
}
