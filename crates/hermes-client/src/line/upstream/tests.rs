//! What goes to a gateway of upstream's and comes back from it, by what was seen on the wire of 0.16 and 0.19.

mod instead;

use hermes_protocol::rpc::{Question, Refused};
use serde_json::{Value, json, value::to_raw_value};

use super::{Memory, Purpose, Step, Upstream};
use crate::CallError;

const STORED: &str = "20261123_202252_9b784c";
const LIVE: &str = "6257edac";

/// A gateway of upstream's, and a page that is called by numbers.
struct Rig {
    upstream: Upstream<u32>,
    asked: Vec<Purpose<u32>>,
}

/// What was done.
#[derive(Debug, PartialEq)]
enum Did {
    /// Asked the gateway.
    Asked(String, Value),
    /// Answered a call, or refused it with this sentence.
    Answered(u32, Result<Value, String>),
    Told(Value),
}

use Did::{Answered, Asked, Told};

fn read(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

impl Rig {
    fn new(memory: &Memory) -> Self {
        let mut upstream = Upstream::new(memory.clone());
        upstream.begun(&to_raw_value(&json!({"type": "gateway.ready"})).unwrap());
        Self {
            upstream,
            asked: Vec::new(),
        }
    }

    /// One with a conversation that was made just now, as call 0.
    fn made(memory: &Memory) -> Self {
        let mut rig = Self::new(memory);
        rig.call(0, "session.create", json!({"source": "web"}));
        rig.answers(Ok(json!({
            "session_id": LIVE, "stored_session_id": STORED, "message_count": 0, "messages": [], "info": {"model": "m", "lazy": true},
        })));
        rig
    }

    fn did(&mut self, steps: Vec<Step<u32>>) -> Vec<Did> {
        let did = steps.into_iter().map(|step| match step {
            Step::Ask(question, purpose) => {
                self.asked.push(purpose);
                Asked(question.name().to_owned(), read(question.params().get()))
            }
            Step::Answer(to, outcome) => {
                let outcome = outcome.map(|said| read(said.get()));
                Answered(to, outcome.map_err(|why| why.to_string()))
            }
            Step::Tell(event) => Told(read(event.get())),
        });
        did.collect()
    }

    fn call(&mut self, id: u32, method: &str, params: Value) -> Vec<Did> {
        let Value::Object(params) = params else {
            panic!("{params} are no parameters");
        };
        let question = Question::named(method, to_raw_value(&params).unwrap()).unwrap();
        let steps = self.upstream.call(&question, id);
        self.did(steps)
    }

    fn submit(&mut self, id: u32, name: &str, text: &str) -> Vec<Did> {
        self.call(
            id,
            "prompt.submit",
            json!({"session_id": STORED, "text": text, "images": [], "prompt_id": name}),
        )
    }

    /// A prompt is sent as call 1, and its turn begins.
    fn begins(&mut self, name: &str, text: &str) {
        self.takes(name, text);
        self.event("message.start", Value::Null);
    }

    fn takes(&mut self, name: &str, text: &str) {
        self.submit(1, name, text);
        self.answers(Ok(json!({"status": "streaming"})));
    }

    /// The gateway answers what was asked first.
    fn answers(&mut self, outcome: Result<Value, (i64, &str)>) -> Vec<Did> {
        let purpose = self.asked.remove(0);
        let outcome = match outcome {
            Ok(result) => Ok(to_raw_value(&result).unwrap()),
            Err((number, message)) => Err(CallError::Refused(Refused {
                number,
                message: message.to_owned(),
                code: None,
                hint: None,
                retryable: None,
            })),
        };
        let steps = self.upstream.answered(purpose, outcome);
        self.did(steps)
    }

    fn event(&mut self, kind: &str, payload: Value) -> Vec<Did> {
        let mut params = json!({"type": kind, "session_id": LIVE});
        if !payload.is_null() {
            params["payload"] = payload;
        }
        let steps = self.upstream.event(to_raw_value(&params).unwrap());
        self.did(steps)
    }

    /// A turn ends, and upstream says so in its two ways.
    fn ends(&mut self) -> Vec<Did> {
        let mut did = self.event(
            "message.complete",
            json!({"text": "so", "status": "complete"}),
        );
        did.extend(self.event("session.info", json!({"model": "m", "running": false})));
        did
    }

    /// The socket breaks, and there is another one.
    fn breaks(&mut self) -> Vec<u32> {
        let mut cut: Vec<_> = self.asked.drain(..).filter_map(Purpose::to).collect();
        cut.extend(self.upstream.lost());
        self.upstream
            .begun(&to_raw_value(&json!({"type": "gateway.ready"})).unwrap());
        cut
    }

    /// The page asks for the conversation again, in which this was said.
    fn resumes(&mut self, said: &Value) -> Value {
        self.call(90, "session.resume", json!({"session_id": STORED}));
        let did = self.answers(Ok(said.clone()));
        match did.into_iter().next() {
            Some(Answered(90, Ok(answer))) => answer,
            other => panic!("{other:?}"),
        }
    }
}

/// A conversation of upstream's, by what people and the agent said in turns.
fn conversation(texts: &[&str], more: Value) -> Value {
    let messages: Vec<_> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| json!({"role": if at % 2 == 0 { "user" } else { "assistant" }, "text": text}))
        .collect();
    let mut whole = json!({
        "session_id": "other111", "resumed": STORED, "session_key": STORED, "messages": messages,
        "message_count": texts.len(), "info": {"model": "m"}, "running": false, "status": "idle", "inflight": null,
    });
    if let Value::Object(more) = more {
        whole.as_object_mut().unwrap().extend(more);
    }
    whole
}

fn asked_live(live: &str, text: &str) -> Did {
    Asked(
        "prompt.submit".to_owned(),
        json!({"session_id": live, "text": text}),
    )
}

fn status(to: u32, status: &str) -> Did {
    Answered(to, Ok(json!({"status": status})))
}

fn begun(name: &str, text: &str) -> Did {
    Told(
        json!({"type": "message.start", "session_id": STORED, "payload": {"text": text, "prompt_ids": [name], "images": []}}),
    )
}

fn waiting(prompts: &[(&str, &str)]) -> Did {
    let prompts: Vec<_> = prompts
        .iter()
        .map(|(name, text)| json!({"prompt_id": name, "text": text, "images": []}))
        .collect();
    Told(json!({"type": "prompt.waiting", "session_id": STORED, "payload": {"prompts": prompts}}))
}

fn dropped(name: &str, reason: &str) -> Did {
    let payload = json!({"prompt_ids": [name], "reason": reason});
    Told(json!({"type": "prompt.dropped", "session_id": STORED, "payload": payload}))
}

#[test]
fn facts_3_4_a_conversation_has_the_name_that_stays_whatever_the_socket_calls_it() {
    let mut rig = Rig::new(&Memory::default());
    rig.call(0, "session.create", json!({}));
    let made = rig.answers(Ok(
        json!({"session_id": LIVE, "stored_session_id": STORED, "info": {"lazy": true, "model": "m"}}),
    ));
    let [Answered(0, Ok(answer))] = &made[..] else {
        panic!("{made:?}");
    };
    assert_eq!(answer["session_id"], STORED);
    assert_eq!(answer["info"]["title"], "", "it is there");
    let steered = rig.call(
        1,
        "session.steer",
        json!({"session_id": STORED, "text": "no"}),
    );
    let params = json!({"session_id": LIVE, "text": "no"});
    assert_eq!(steered, [Asked("session.steer".to_owned(), params)]);
    let tool = json!({"tool_id": "t", "name": "shell", "context": null});
    let told = json!({"type": "tool.start", "session_id": STORED, "payload": tool});
    assert_eq!(rig.event("tool.start", tool), [Told(told)]);
    rig.call(2, "session.active_list", json!({}));
    rig.asked.remove(0);
    let active = rig.answers(Ok(
        json!({"sessions": [{"id": LIVE, "session_key": STORED, "status": "working", "later": 1}]}),
    ));
    let rows = json!({"sessions": [{"id": STORED, "session_key": STORED, "status": "working", "later": 1}]});
    assert_eq!(active, [Answered(2, Ok(rows))]);
}

#[test]
fn facts_3_5_a_call_in_a_conversation_that_the_socket_does_not_have_waits_until_it_does() {
    let mut rig = Rig::new(&Memory::default());
    let resume = Asked("session.resume".to_owned(), json!({"session_id": STORED}));
    let set = json!({"session_id": STORED, "key": "reasoning", "value": "low"});
    assert_eq!(rig.call(1, "config.set", set.clone()), [resume]);
    assert_eq!(rig.call(2, "config.set", set), [], "it is asked for once");
    let there = rig.answers(Ok(conversation(&[], json!({}))));
    let params = json!({"session_id": "other111", "key": "reasoning", "value": "low"});
    let call = || Asked("config.set".to_owned(), params.clone());
    assert_eq!(there, [call(), call()]);

    let mut rig = Rig::new(&Memory::default());
    rig.submit(1, "p1", "Geese?");
    let gone = [Answered(1, Err("session not found".to_owned()))];
    assert_eq!(rig.answers(Err((4007, "session not found"))), gone);
}

#[test]
fn facts_3_4_a_conversation_is_answered_with_every_field_that_ours_has() {
    let mut rig = Rig::new(&Memory::default());
    let turn = json!({"running": true, "status": "working", "inflight": {"user": "B?", "assistant": "w0", "streaming": true}});
    let mut said = conversation(&["A?", "so", "B?"], turn);
    said["messages"][1]["later"] = json!(1);
    said["messages"]
        .as_array_mut()
        .unwrap()
        .insert(1, json!({"role": "tool", "name": "shell", "context": "ls"}));
    let answer = rig.resumes(&said);
    for (field, value) in [
        ("session_id", json!(STORED)),
        ("seq", Value::Null),
        ("running", json!(true)),
        ("queued", Value::Null),
        ("status", json!("working")),
    ] {
        assert_eq!(answer[field], value, "{field}");
    }
    let messages = answer["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 3, "what is asked now is there once");
    assert_eq!(messages[1]["name"], "shell", "tools stay");
    assert_eq!(messages[2]["later"], 1, "and so does what is not known");
    let inflight = json!({"user": "B?", "assistant": "w0", "reasoning": "", "streaming": true, "prompt_ids": [], "images": []});
    assert_eq!(answer["inflight"], inflight);
}

#[test]
fn a_prompt_has_its_name_when_its_turn_begins_before_and_after_the_answer() {
    for is_early in [true, false] {
        let mut rig = Rig::made(&Memory::default());
        assert_eq!(rig.submit(1, "p1", "Geese?"), [asked_live(LIVE, "Geese?")]);
        let mut did = Vec::new();
        if is_early {
            did.extend(rig.event("message.start", Value::Null));
            did.extend(rig.answers(Ok(json!({"status": "streaming"}))));
            assert_eq!(did, [begun("p1", "Geese?"), status(1, "streaming")]);
        } else {
            did.extend(rig.answers(Ok(json!({"status": "streaming"}))));
            did.extend(rig.event("message.start", Value::Null));
            assert_eq!(did, [status(1, "streaming"), begun("p1", "Geese?")]);
        }
        let delta =
            json!({"type": "message.delta", "session_id": STORED, "payload": {"text": "w0"}});
        assert_eq!(
            rig.event("message.delta", json!({"text": "w0"})),
            [Told(delta)]
        );
        rig.ends();
        assert_eq!(
            rig.submit(2, "p1", "Geese?"),
            [status(2, "known")],
            "asked once"
        );
    }
}

#[test]
fn what_is_asked_while_a_turn_runs_waits_here_and_is_sent_one_after_the_other() {
    let mut rig = Rig::made(&Memory::default());
    rig.begins("p1", "A?");
    // 0.19 would interrupt, and 0.16 would refuse.
    let held = [waiting(&[("p2", "B?")]), status(2, "queued")];
    assert_eq!(rig.submit(2, "p2", "B?"), held);
    let both = waiting(&[("p2", "B?"), ("p3", "C?")]);
    assert_eq!(rig.submit(3, "p3", "C?"), [both, status(3, "queued")]);
    let ends = rig.ends();
    let [_, Told(info), sent] = &ends[..] else {
        panic!("{ends:?}");
    };
    assert_eq!(info["payload"]["running"], true, "another turn follows");
    assert_eq!(*sent, asked_live(LIVE, "B?"));
    // 0.16 says that it is busy for a moment longer.
    let busy = rig.answers(Err((4009, "session busy")));
    assert_eq!(busy, [waiting(&[("p2", "B?"), ("p3", "C?")])]);
    let info = rig.event("session.info", json!({"running": false}));
    assert_eq!(info[1], asked_live(LIVE, "B?"));
    assert_eq!(rig.answers(Ok(json!({"status": "streaming"}))), []);
    let start = rig.event("message.start", Value::Null);
    assert_eq!(start, [begun("p2", "B?"), waiting(&[("p3", "C?")])]);
    rig.ends();
    rig.answers(Ok(json!({"status": "queued"})));
    let start = rig.event("message.start", Value::Null);
    assert_eq!(start, [begun("p3", "C?"), waiting(&[])]);
    let ends = rig.ends();
    let Told(info) = &ends[1] else {
        panic!("{ends:?}");
    };
    assert_eq!(
        (ends.len(), &info["payload"]["running"]),
        (2, &json!(false))
    );
}

#[test]
fn what_waits_can_be_taken_back_asked_at_once_and_goes_with_a_turn_that_is_stopped() {
    let running = || {
        let mut rig = Rig::made(&Memory::default());
        rig.begins("p1", "A?");
        rig.submit(2, "p2", "B?");
        rig.submit(3, "p3", "C?");
        rig
    };
    let mut rig = running();
    let take = |name| json!({"session_id": STORED, "prompt_id": name});
    let back = rig.call(4, "prompt.withdraw", take("p2"));
    assert_eq!(back, [status(4, "withdrawn"), waiting(&[("p3", "C?")])]);
    assert_eq!(rig.submit(5, "p2", "B?"), [status(5, "withdrawn")]);
    let late = rig.call(6, "prompt.withdraw", take("p1"));
    assert_eq!(late[0], status(6, "asked"));

    let mut rig = running();
    let now = json!({"session_id": STORED, "text": "C?", "prompt_id": "p3", "busy": "interrupt"});
    let interrupt = || Asked("session.interrupt".to_owned(), json!({"session_id": LIVE}));
    assert_eq!(
        rig.call(4, "prompt.submit", now),
        [interrupt(), status(4, "queued")]
    );
    assert_eq!(rig.answers(Ok(json!({"status": "interrupted"}))), []);
    assert_eq!(
        rig.ends()[2],
        asked_live(LIVE, "C?"),
        "before the other one"
    );

    let mut rig = running();
    let stopped = rig.call(4, "session.interrupt", json!({"session_id": STORED}));
    assert_eq!(stopped, [waiting(&[]), interrupt()]);
    rig.answers(Ok(json!({"status": "interrupted"})));
    assert_eq!(rig.ends().len(), 2, "nothing follows");
    let Answered(5, Err(why)) = &rig.submit(5, "p2", "B?")[0] else {
        panic!("it is not asked");
    };
    assert!(why.contains("stopped"), "{why}");
}

#[test]
fn after_a_break_a_prompt_is_looked_for_and_none_is_sent_twice() {
    let there = conversation(&["A?", "so"], json!({}));
    let turn =
        json!({"running": true, "inflight": {"user": "A?", "assistant": "w", "streaming": true}});
    let runs = conversation(&[], turn);
    let not_there = conversation(&[], json!({}));
    // When it breaks: before the answer, after it, while the turn runs.
    for stage in 0..3 {
        for (now, becomes) in [
            (&there, Some("known")),
            (&runs, Some("known")),
            (&not_there, None),
        ] {
            let mut rig = Rig::made(&Memory::default());
            rig.submit(1, "p1", "A?");
            if stage > 0 {
                rig.answers(Ok(json!({"status": "streaming"})));
            }
            if stage > 1 {
                rig.event("message.start", Value::Null);
            }
            let cut = rig.breaks();
            assert_eq!(cut, if stage == 0 { vec![1] } else { Vec::new() });
            rig.resumes(now);
            let again = rig.submit(2, "p1", "A?");
            match (becomes, &again[..]) {
                (Some(known), [answer]) => assert_eq!(*answer, status(2, known)),
                (None, [Answered(2, Err(why))]) => assert!(why.contains("send it again"), "{why}"),
                other => panic!("{other:?}"),
            }
            if becomes.is_none() {
                // Who wants it asked all the same sends it as another one.
                assert_eq!(rig.submit(3, "p9", "A?"), [asked_live("other111", "A?")]);
            }
        }
    }
}

#[test]
fn what_was_not_sent_yet_waits_over_a_break_and_over_another_line() {
    let memory = Memory::default();
    let mut rig = Rig::made(&memory);
    rig.begins("p1", "A?");
    rig.submit(2, "p2", "B?");
    let turn =
        json!({"running": true, "inflight": {"user": "A?", "assistant": "w", "streaming": true}});
    rig.breaks();
    let answer = rig.resumes(&conversation(&[], turn));
    assert_eq!(answer["queued"]["prompts"][0]["prompt_id"], "p2");
    assert_eq!(rig.submit(3, "p2", "B?"), [status(3, "queued")]);

    let mut rig = Rig::new(&memory);
    rig.call(90, "session.resume", json!({"session_id": STORED}));
    let did = rig.answers(Ok(conversation(&["A?", "so"], json!({}))));
    assert_eq!(
        did[1],
        asked_live("other111", "B?"),
        "nothing runs any more"
    );
    assert_eq!(rig.submit(4, "p1", "A?"), [status(4, "known")]);
}

#[test]
fn a_turn_that_was_shown_before_it_begins_is_shown_once() {
    let mut rig = Rig::made(&Memory::default());
    rig.takes("p1", "A?");
    rig.breaks();
    // An agent that is built takes a while, and its turn is there before it begins.
    let turn = json!({"session_id": LIVE, "running": true, "inflight": {"user": "A?", "assistant": "", "streaming": true}});
    rig.resumes(&conversation(&[], turn));
    assert_eq!(rig.event("message.start", Value::Null), []);
    assert_eq!(rig.event("message.delta", json!({"text": "w0"})).len(), 1);
}

#[test]
fn what_comes_while_a_conversation_is_asked_for_is_in_the_answer() {
    let mut rig = Rig::made(&Memory::default());
    rig.begins("p1", "A?");
    rig.call(2, "session.resume", json!({"session_id": STORED}));
    assert_eq!(rig.event("message.delta", json!({"text": "w0"})), []);
    assert_eq!(rig.ends().len(), 2, "an end is told in any case");
}

#[test]
fn a_conversation_that_upstream_has_let_go_of_is_had_again_and_the_prompt_sent_once_more() {
    let mut rig = Rig::made(&Memory::default());
    rig.submit(1, "p1", "A?");
    let away = rig.answers(Err((4001, "session not found")));
    let resume = Asked("session.resume".to_owned(), json!({"session_id": STORED}));
    assert_eq!(away[0], status(1, "queued"));
    assert_eq!(away.last(), Some(&resume));
    let there = rig.answers(Ok(conversation(&["0?", "so"], json!({}))));
    assert_eq!(there, [asked_live("other111", "A?")]);
    // Not for ever.
    let no = rig.answers(Err((4001, "session not found")));
    assert_eq!(no, [dropped("p1", "session not found"), waiting(&[])]);
}

#[test]
fn a_prompt_whose_turn_fails_before_it_begins_is_over() {
    let mut rig = Rig::made(&Memory::default());
    rig.takes("p1", "A?");
    let did = rig.event("error", json!({"message": "No model is set."}));
    let [start, Told(complete)] = &did[..] else {
        panic!("{did:?}");
    };
    assert_eq!(*start, begun("p1", "A?"));
    assert_eq!(complete["payload"]["status"], "error");
    assert_eq!(complete["payload"]["error"]["message"], "No model is set.");
    assert_eq!(rig.submit(2, "p2", "B?"), [asked_live(LIVE, "B?")]);
}

#[test]
fn where_nothing_is_told_for_long_the_gateway_is_asked_how_it_stands() {
    let mut rig = Rig::made(&Memory::default());
    rig.takes("p1", "A?");
    let mut asked = Vec::new();
    for _ in 0..12 {
        let steps = rig.upstream.tick();
        asked.extend(rig.did(steps));
    }
    let resume = Asked("session.resume".to_owned(), json!({"session_id": STORED}));
    assert_eq!(asked, [resume], "and once, until it has answered");
}

#[test]
fn what_upstream_cannot_do_is_refused_and_sends_nothing() {
    let mut rig = Rig::made(&Memory::default());
    for method in [
        "session.events.since",
        "session.show_version",
        "session.branch",
        "image.upload",
    ] {
        let did = rig.call(1, method, json!({"session_id": STORED}));
        let no = Err("this gateway cannot do that".to_owned());
        assert_eq!(did, [Answered(1, no)], "{method}");
    }
    let submit =
        json!({"session_id": STORED, "text": "A?", "prompt_id": "p", "images": ["/i.png"]});
    let did = rig.call(3, "prompt.submit", submit);
    assert!(matches!(&did[..], [Answered(3, Err(why))] if why.contains("pictures")));
    // It would end there for everybody who looks.
    let closed = [Answered(4, Ok(json!({"closed": true})))];
    assert_eq!(
        rig.call(4, "session.close", json!({"session_id": STORED})),
        closed
    );
    assert!(rig.asked.is_empty());
}
