//! The bare line, at whose other end is a test.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use hermes_client::{
    CallError, Door, Driver, Ended, Happened, Line, LineEvent, LineEvents, Memory, Minted, Mode,
    Needed, Outage, State, Trouble, Wire,
};
use hermes_machine::BoxFuture;
use hermes_protocol::{limits, rpc::Refused};
use hermes_secret::Secret;
use hermes_testkit::{FixedRandom, MovedClock};
use serde_json::{Value, json, value::RawValue};
use tokio::{sync::mpsc, task::JoinHandle};

use crate::stage::{Addresses, lock, settle};

/// What a gateway's end of a socket says and hears.
struct Far {
    says: mpsc::UnboundedSender<Result<String, Ended>>,
    hears: mpsc::UnboundedReceiver<String>,
}

/// The line's end of it.
struct Near {
    hears: mpsc::UnboundedReceiver<Result<String, Ended>>,
    says: mpsc::UnboundedSender<String>,
    read: Arc<Mutex<usize>>,
}

impl Wire for Near {
    fn send(&mut self, frame: String) -> BoxFuture<'_, Result<(), Ended>> {
        let sent = self.says.send(frame).map_err(|_| Ended(None));
        Box::pin(std::future::ready(sent))
    }

    fn next(&mut self) -> BoxFuture<'_, Result<String, Ended>> {
        Box::pin(async {
            let frame = self.hears.recv().await.unwrap_or(Err(Ended(None)));
            *lock(&self.read) += 1;
            frame
        })
    }
}

struct Way {
    mints: Mutex<VecDeque<Happened>>,
    minted: Mutex<Vec<String>>,
    shown: Mutex<Vec<String>>,
    opened: mpsc::UnboundedSender<Far>,
    read: Arc<Mutex<usize>>,
}

impl Door for Way {
    fn probe(&self) -> BoxFuture<'_, Happened> {
        Box::pin(std::future::ready(Happened::Probed(Mode::SignIn)))
    }

    fn mint(&self) -> BoxFuture<'_, Happened> {
        let happened = lock(&self.mints).pop_front().unwrap_or_else(|| {
            let ticket = format!("T{}", lock(&self.minted).len());
            lock(&self.minted).push(ticket.clone());
            Happened::Minted(Minted::Ticket(Secret::new(ticket)))
        });
        Box::pin(std::future::ready(happened))
    }

    fn open(&self, ticket: Option<Secret>) -> BoxFuture<'_, Result<Box<dyn Wire>, Happened>> {
        lock(&self.shown).push(ticket.unwrap().expose().to_owned());
        let (far, hears) = mpsc::unbounded_channel();
        let (says, heard) = mpsc::unbounded_channel();
        let far = Far {
            says: far,
            hears: heard,
        };
        drop(self.opened.send(far));
        let read = Arc::clone(&self.read);
        let near: Box<dyn Wire> = Box::new(Near { hears, says, read });
        Box::pin(std::future::ready(Ok(near)))
    }
}

struct Rig {
    line: Line,
    events: LineEvents,
    way: Arc<Way>,
    sockets: mpsc::UnboundedReceiver<Far>,
    clock: Arc<MovedClock>,
    network: Arc<Addresses>,
}

impl Rig {
    fn new(mints: impl IntoIterator<Item = Happened>) -> Self {
        let (opened, sockets) = mpsc::unbounded_channel();
        let way = Arc::new(Way {
            mints: Mutex::new(mints.into_iter().collect()),
            minted: Mutex::default(),
            shown: Mutex::default(),
            opened,
            read: Arc::default(),
        });
        let clock = MovedClock::at("2026-11-21T12:00:00Z");
        let network = Arc::new(Addresses::default());
        let driver = Driver {
            door: Arc::clone(&way) as _,
            clock: Arc::clone(&clock) as _,
            random: FixedRandom::seeded(7),
            network: Arc::clone(&network) as _,
            mode: None,
        };
        let (line, events) = Line::open(driver, Memory::default());
        Self {
            line,
            events,
            way,
            sockets,
            clock,
            network,
        }
    }

    /// One that is open, and whose first word was told.
    async fn live() -> (Self, Far) {
        let mut rig = Self::new([]);
        let far = rig.socket("e1").await;
        (rig, far)
    }

    /// The next socket, up to the event that begins it.
    async fn socket(&mut self, epoch: &str) -> Far {
        let far = self.opened().await;
        far.event(
            &json!({"type": "gateway.ready", "payload": {"replay_epoch": epoch, "later": 1}}),
        );
        self.until(State::Live).await;
        let ready = self.event().await;
        assert_eq!(ready["payload"]["replay_epoch"], epoch);
        assert_eq!(ready["payload"]["later"], 1, "as it came");
        far
    }

    /// The next socket. Waits before it pass.
    async fn opened(&mut self) -> Far {
        for _ in 0..100 {
            settle().await;
            match self.sockets.try_recv() {
                Ok(far) => return far,
                Err(_) => self.clock.advance(Duration::from_millis(100)),
            }
        }
        panic!("nobody opens a socket");
    }

    async fn told(&mut self) -> LineEvent {
        let told = tokio::time::timeout(Duration::from_secs(20), self.events.next()).await;
        told.expect("something is told").expect("the line lives")
    }

    async fn event(&mut self) -> Value {
        match self.told().await {
            LineEvent::Event(event) => serde_json::from_str(event.get()).unwrap(),
            LineEvent::State(state) => panic!("{state:?}"),
        }
    }

    /// The states up to this one. A wait passes.
    async fn until(&mut self, wanted: State) -> Vec<State> {
        let mut states = Vec::new();
        loop {
            let LineEvent::State(state) = self.told().await else {
                panic!("an event after {states:?}");
            };
            states.push(state);
            if let State::Waiting(pause, _) = state {
                settle().await;
                self.clock.advance(pause);
            }
            if state == wanted {
                return states;
            }
        }
    }

    /// Calls, and goes on.
    fn call(&self, method: &str, params: &Value) -> JoinHandle<Result<Value, CallError>> {
        let (line, method, params) = (self.line.clone(), method.to_owned(), raw(params));
        tokio::spawn(async move {
            let answer = line.call(&method, params).await?;
            Ok(serde_json::from_str(answer.get()).unwrap())
        })
    }

    async fn ticks(&self, count: usize) {
        for _ in 0..count {
            self.clock.until_sleeping(1).await;
            self.clock.advance(Duration::from_secs(5));
            settle().await;
        }
    }
}

impl Far {
    fn says(&self, frame: &Value) {
        drop(self.says.send(Ok(frame.to_string())));
    }

    fn event(&self, params: &Value) {
        self.says(&json!({"jsonrpc": "2.0", "method": "event", "params": params}));
    }

    fn ends(&self, code: Option<u16>) {
        drop(self.says.send(Err(Ended(code))));
    }

    /// The next request: its id, its method and its parameters.
    async fn hears(&mut self) -> (u64, String, Value) {
        let frame = self.hears.recv().await.expect("a request");
        let frame: Value = serde_json::from_str(&frame).unwrap();
        let method = frame["method"].as_str().unwrap().to_owned();
        (
            frame["id"].as_u64().unwrap(),
            method,
            frame["params"].clone(),
        )
    }

    fn answers(&self, id: u64, result: &Value) {
        self.says(&json!({"jsonrpc": "2.0", "id": id, "result": result}));
    }
}

fn raw(value: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap()
}

#[tokio::test]
async fn everybody_has_their_own_answers_and_events_come_as_they_were_told() {
    let (mut rig, mut far) = Rig::live().await;
    let first = rig.call("session.list", &json!({"limit": 1}));
    let (first_id, method, params) = far.hears().await;
    assert_eq!((&*method, &params), ("session.list", &json!({"limit": 1})));
    let second = rig.call("later.than_this", &json!({}));
    let (second_id, method, _) = far.hears().await;
    assert_eq!(method, "later.than_this");
    let events = [
        json!({"type": "message.delta", "session_id": "c1", "seq": 4, "payload": {"text": "a", "rendered": null}}),
        json!({"type": "tool.start", "session_id": "c1", "payload": {"name": "shell"}}),
        json!({"type": "never.heard_of"}),
    ];
    for event in &events {
        far.event(event);
    }
    far.says(&json!("no frame"));
    far.says(&json!({"jsonrpc": "2.0", "id": second_id, "error": {
        "code": 4009, "message": "busy", "data": {"code": "conversations.busy", "hint": "wait", "retryable": true},
    }}));
    far.answers(first_id, &json!({"sessions": []}));
    let refused = CallError::Refused(Refused {
        number: 4009,
        message: "busy".to_owned(),
        code: Some("conversations.busy".to_owned()),
        hint: Some("wait".to_owned()),
        retryable: Some(true),
    });
    assert_eq!(second.await.unwrap(), Err(refused));
    assert_eq!(first.await.unwrap(), Ok(json!({"sessions": []})));
    for event in events {
        assert_eq!(rig.event().await, event);
    }
}

#[tokio::test]
async fn facts_5_6_a_break_cuts_what_waits_and_the_next_socket_has_a_ticket_of_its_own() {
    let (mut rig, mut far) = Rig::live().await;
    let cut = rig.call("session.resume", &json!({"session_id": "c1"}));
    far.hears().await;
    far.event(&json!({"type": "message.delta", "session_id": "c1", "seq": 1}));
    far.ends(Some(1012));
    assert_eq!(cut.await.unwrap(), Err(CallError::Cut));
    let offline = rig.call("session.list", &json!({}));
    assert_eq!(offline.await.unwrap(), Err(CallError::Offline));
    // What was told before the break is told before it.
    assert_eq!(rig.event().await["seq"], 1);
    let mut far = rig.socket("e2").await;
    let answered = rig.call("session.list", &json!({}));
    let (id, ..) = far.hears().await;
    far.answers(id, &json!(7));
    assert_eq!(answered.await.unwrap(), Ok(json!(7)));
    assert_eq!(*lock(&rig.way.shown), ["T0", "T1"]);
}

#[tokio::test]
async fn facts_5_6_a_sign_in_is_asked_for_once_and_an_outage_is_waited_for() {
    let mut rig = Rig::new([
        Happened::Minted(Minted::Out(Outage::Status(503, None))),
        Happened::Minted(Minted::Out(Outage::NotTheGateway)),
        Happened::Minted(Minted::SignInNeeded),
    ]);
    let needed = State::NeedsSignIn(Needed::SignIn);
    let states = rig.until(needed).await;
    let troubles = states.iter().filter_map(|state| match state {
        State::Waiting(_, trouble) => Some(*trouble),
        _ => None,
    });
    let outages = [Outage::Status(503, None), Outage::NotTheGateway];
    assert!(troubles.eq(outages.map(Trouble::Out)), "{states:?}");
    for _ in 0..3 {
        rig.line.retry().await;
        rig.ticks(1).await;
    }
    assert!(
        lock(&rig.way.shown).is_empty(),
        "no socket without a ticket"
    );
    rig.line.signed_in().await;
    let far = rig.opened().await;
    far.event(&json!({"type": "gateway.ready"}));
    // Had it been told again, it would be in front of these.
    assert_eq!(
        rig.until(State::Live).await,
        [State::Connecting, State::Live]
    );
}

#[tokio::test]
async fn facts_5_6_a_gateway_that_is_too_old_is_told_once_and_asked_again_slowly_or_by_hand() {
    let too_old = || Happened::Minted(Minted::TooOld);
    let mut rig = Rig::new([too_old(), too_old(), too_old()]);
    rig.until(State::TooOld).await;
    rig.ticks(50).await;
    assert_eq!(lock(&rig.way.mints).len(), 2, "nobody asks for minutes");
    rig.ticks(12).await;
    assert_eq!(lock(&rig.way.mints).len(), 1, "and then it is asked once");
    rig.until(State::TooOld).await;
    rig.line.retry().await;
    rig.until(State::TooOld).await;
    assert!(lock(&rig.way.shown).is_empty(), "and no socket is tried");
    rig.line.retry().await;
    rig.socket("e1").await;
}

#[tokio::test]
async fn what_another_request_has_found_out_ends_the_socket() {
    let (mut rig, mut far) = Rig::live().await;
    let cut = rig.call("session.list", &json!({}));
    far.hears().await;
    rig.line.signed_out().await;
    assert_eq!(cut.await.unwrap(), Err(CallError::Cut));
    let needed = State::NeedsSignIn(Needed::SignIn);
    assert_eq!(rig.until(needed).await, [needed]);
    assert!(far.hears.recv().await.is_none(), "the socket is closed");
    rig.line.signed_in().await;
    rig.socket("e1").await;
}

#[tokio::test]
async fn what_is_no_call_or_too_large_is_not_sent() {
    let (mut rig, far) = Rig::live().await;
    for (method, params) in [("", json!({})), ("Session", json!({})), ("a.b", json!([]))] {
        let asked = rig.call(method, &params).await.unwrap();
        assert_eq!(asked, Err(CallError::NoCall), "{method}");
    }
    let large = json!({"text": "x".repeat(limits::FRAME_BYTES)});
    let asked = rig.call("prompt.submit", &large).await.unwrap();
    assert_eq!(asked, Err(CallError::TooLarge));
    far.ends(None);
    // A gateway that takes less says so.
    let mut far = rig.opened().await;
    far.event(&json!({"type": "gateway.ready", "payload": {"max_frame_bytes": 1000}}));
    rig.until(State::Live).await;
    rig.event().await;
    let large = json!({"text": "x".repeat(1000)});
    let asked = rig.call("prompt.submit", &large).await.unwrap();
    assert_eq!(asked, Err(CallError::TooLarge));
    let fits = rig.call("prompt.submit", &json!({"text": "x"}));
    let (id, ..) = far.hears().await;
    far.answers(id, &json!({}));
    assert_eq!(fits.await.unwrap(), Ok(json!({})));
}

#[tokio::test]
async fn an_answer_has_its_time_and_a_call_that_is_not_known_has_thirty_seconds() {
    let (rig, mut far) = Rig::live().await;
    let unknown = rig.call("later.than_this", &json!({}));
    far.hears().await;
    let prompt = rig.call("prompt.submit", &json!({}));
    let (id, ..) = far.hears().await;
    rig.ticks(6).await;
    assert!(!unknown.is_finished());
    rig.ticks(1).await;
    assert_eq!(unknown.await.unwrap(), Err(CallError::TimedOut));
    rig.ticks(60).await;
    far.answers(id, &json!({"status": "streaming"}));
    assert_eq!(prompt.await.unwrap(), Ok(json!({"status": "streaming"})));
}

#[tokio::test]
async fn after_a_sleep_or_a_new_network_a_silent_socket_is_given_up() {
    let (mut rig, mut far) = Rig::live().await;
    // Somebody is there: nothing happens, and nobody is told of the question.
    rig.clock.set("2026-11-21T13:00:00Z");
    rig.ticks(1).await;
    let (id, method, _) = far.hears().await;
    assert_eq!(method, "commands.catalog");
    far.answers(id, &json!({}));
    rig.ticks(3).await;
    for noticed in [true, false] {
        match noticed {
            true => rig.clock.set("2026-11-21T14:00:00Z"),
            false => rig.network.add("192.0.2.7"),
        }
        rig.ticks(1).await;
        far.hears().await;
        rig.ticks(2).await;
        // Back, without anybody having done anything.
        far = rig.socket("e1").await;
    }
    rig.line.retry().await;
    far.hears().await;
    assert_eq!(lock(&rig.way.shown).len(), 3);
}

#[tokio::test]
async fn ws10_who_listens_slowly_makes_the_reading_wait() {
    const EVENTS: usize = 1_000;
    let (mut rig, mut far) = Rig::live().await;
    let asked = rig.call("later.than_this", &json!({}));
    let (id, ..) = far.hears().await;
    let before = *lock(&rig.way.read);
    for seq in 0..EVENTS {
        far.event(&json!({"type": "message.delta", "session_id": "c1", "seq": seq}));
    }
    far.answers(id, &json!({}));
    // That nothing is read is no reason to give up a call, or the socket.
    rig.network.add("192.0.2.7");
    rig.ticks(20).await;
    assert!(*lock(&rig.way.read) - before < 40, "{:?}", rig.way.read);
    assert!(!asked.is_finished());
    for seq in 0..EVENTS {
        assert_eq!(rig.event().await["seq"], seq);
    }
    assert_eq!(asked.await.unwrap(), Ok(json!({})));
    assert_eq!(lock(&rig.way.shown).len(), 1);
}

#[tokio::test]
async fn when_either_end_is_dropped_the_socket_is_closed() {
    let (rig, mut far) = Rig::live().await;
    let Rig { line, events, .. } = rig;
    drop(line);
    assert!(far.hears.recv().await.is_none());
    drop(events);
    let (rig, mut far) = Rig::live().await;
    let Rig { line, events, .. } = rig;
    drop(events);
    assert!(far.hears.recv().await.is_none());
    let late = line.call("session.list", raw(&json!({}))).await;
    assert_eq!(late.unwrap_err(), CallError::Over);
}

#[tokio::test]
async fn facts_3_4_what_upstream_leaves_out_is_told_all_the_same() {
    let mut rig = Rig::new([]);
    let far = rig.opened().await;
    far.event(&json!({"type": "gateway.ready", "payload": {"skin": {}}}));
    rig.until(State::Live).await;
    assert_eq!(rig.event().await["payload"]["replay_epoch"], "upstream-1");
    far.event(&json!({"type": "message.start", "session_id": "d5cf7da9"}));
    let payload = json!({"text": "", "prompt_ids": [], "images": []});
    let started = json!({"type": "message.start", "session_id": "d5cf7da9", "payload": payload});
    assert_eq!(rig.event().await, started);
}
