//! The tongue of our own gateways, spoken to upstream's: calls and answers are written over on their way.
//!
//! It holds no socket and waits for nothing. Upstream has two names for a conversation, of which one ends with the
//! socket; pages know the other alone. Upstream knows no names of prompts, interrupts a turn (0.19) or refuses (0.16)
//! where another prompt comes, and tells nothing twice: so prompts wait here, one at a time is sent, and what became
//! of one that a break met is read from the conversation.

mod answers;
mod asking;
mod events;
mod prompts;

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hermes_protocol::{
    methods::ConversationResumeParams,
    rpc::{ConversationEvent, Question, Refused, Told, code},
};
use serde::Serialize;
use serde_json::{
    Map, Value, json,
    value::{RawValue, to_raw_value},
};

use self::prompts::Prompts;
use crate::CallError;

/// How many conversations have a name on one socket at most, before those that nothing happens in are forgotten.
const MOST: usize = 512;

/// After how many ticks without a word a conversation in which something is under way is asked for again.
const SILENT: u32 = 6;

/// What is remembered of a gateway from one line to the next: which prompts it was sent.
#[derive(Clone, Debug, Default)]
pub struct Memory(Arc<Mutex<Prompts>>);

impl Memory {
    fn prompts(&self) -> MutexGuard<'_, Prompts> {
        // What it holds is whole after each change.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of a list of conversations as ours has them; `None` if they are, or are no rows.
pub(super) fn listed(body: &[u8], memory: &Memory) -> Option<Vec<u8>> {
    answers::listed(body, |id| memory.prompts().is_under_way(id))
}

/// What has to be done, in this order.
#[derive(Debug)]
pub(super) enum Step<K> {
    /// Ask the gateway this, for this purpose.
    Ask(Question, Purpose<K>),
    /// Answer whoever has called.
    Answer(K, Result<Box<RawValue>, CallError>),
    /// Tell this event.
    Tell(Box<RawValue>),
}

/// What the gateway is asked for.
#[derive(Debug)]
pub(super) enum Purpose<K> {
    /// Whoever has called gets the answer as it is.
    Pass(K),
    /// A new conversation.
    Create(K),
    /// What runs.
    Active(K),
    /// A conversation, for whoever has called, or so that something can be said in it.
    Resume(String, Option<K>),
    /// What was said so far, before this prompt takes the place of some of it.
    Count(String, Option<K>),
    /// The prompt of this name, whose caller may have been answered before.
    Submit(String, Option<K>),
    /// What comes of it matters to nobody.
    Nothing,
}

impl<K> Purpose<K> {
    /// Who waits for it.
    pub(super) fn to(self) -> Option<K> {
        match self {
            Self::Pass(to) | Self::Create(to) | Self::Active(to) => Some(to),
            Self::Resume(_, to) | Self::Count(_, to) | Self::Submit(_, to) => to,
            Self::Nothing => None,
        }
    }
}

/// A call that waits until its conversation has a name on this socket.
#[derive(Debug)]
struct Call<K> {
    method: String,
    params: Map<String, Value>,
    to: K,
}

/// A conversation, as far as this socket goes.
#[derive(Debug)]
struct Talk<K> {
    /// What upstream calls it here; none as long as nobody has asked for it.
    live: Option<String>,
    runs: bool,
    /// Whether the turn that runs was told already, and the gateway has not said that it begins.
    begins: bool,
    /// How often people have said something in it.
    said: usize,
    /// What waits until it is there; none if nobody has asked for it.
    waiting: Option<Vec<Call<K>>>,
    /// How many pages' questions for it as a whole have no answer yet.
    opening: u32,
    /// Whether something waits for a turn of it, as far as was told.
    holds: bool,
    silent: u32,
}

impl<K> Default for Talk<K> {
    fn default() -> Self {
        Self {
            live: None,
            runs: false,
            begins: false,
            said: 0,
            waiting: None,
            opening: 0,
            holds: false,
            silent: 0,
        }
    }
}

/// One gateway of upstream's, over the sockets of a line.
#[derive(Debug)]
pub(super) struct Upstream<K> {
    memory: Memory,
    sockets: u32,
    talks: HashMap<String, Talk<K>>,
}

/// What has to be done, as it is gathered.
type Steps<K> = Vec<Step<K>>;

impl<K> Upstream<K> {
    pub(super) fn new(memory: Memory) -> Self {
        // What the line before has not heard of, nobody has.
        memory.prompts().lost();
        Self {
            memory,
            sockets: 0,
            talks: HashMap::new(),
        }
    }

    /// There is a socket, at which the gateway has said this first: what is told of it.
    pub(super) fn begun(&mut self, ready: &RawValue) -> Box<RawValue> {
        self.sockets += 1;
        events::ready(ready, self.sockets)
    }

    /// The socket is gone. Who waits for their conversation is told so.
    pub(super) fn lost(&mut self) -> Vec<K> {
        self.memory.prompts().lost();
        let talks = std::mem::take(&mut self.talks).into_values();
        let waiting = talks.flat_map(|talk| talk.waiting.unwrap_or_default());
        waiting.map(|call| call.to).collect()
    }

    /// A page calls a method.
    pub(super) fn call(&mut self, question: &Question, to: K) -> Steps<K> {
        let mut steps = Vec::new();
        let Ok(params) = serde_json::from_str(question.params().get()) else {
            steps.push(Step::Answer(to, Err(CallError::NoCall)));
            return steps;
        };
        let method = question.name().to_owned();
        self.carry(Call { method, params, to }, &mut steps);
        steps
    }

    fn carry(&mut self, call: Call<K>, steps: &mut Steps<K>) {
        let name = call.params.get("session_id").and_then(Value::as_str);
        let name = name.map(str::to_owned);
        match (&*call.method, name) {
            ("session.create", _) => self.pass(call, Purpose::Create, steps),
            ("session.active_list", _) => self.pass(call, Purpose::Active, steps),
            (
                "session.events.since"
                | "session.show_version"
                | "session.branch"
                | "image.upload"
                | "image.attach_bytes"
                | "image.detach",
                _,
            ) => steps.push(Step::Answer(call.to, Err(cannot()))),
            // It would end there for everybody.
            ("session.close", Some(_)) => {
                steps.push(Step::Answer(call.to, said(&json!({"closed": true}))));
            }
            ("session.resume", Some(name)) => self.resume(name, Some(call.to), steps),
            ("prompt.withdraw", Some(name)) => self.withdraw(&name, call, steps),
            ("prompt.submit", Some(name)) => self.submit(name, call, steps),
            ("session.interrupt", Some(name)) => {
                self.memory.prompts().stopped(&name);
                self.tell_waiting(&name, steps);
                self.within(name, call, steps);
            }
            (_, Some(name)) => self.within(name, call, steps),
            (_, None) => self.pass(call, Purpose::Pass, steps),
        }
    }

    /// Hands a call on as it is.
    fn pass(&self, call: Call<K>, purpose: impl FnOnce(K) -> Purpose<K>, steps: &mut Steps<K>) {
        match question(&call.method, &call.params) {
            Some(question) => steps.push(Step::Ask(question, purpose(call.to))),
            None => steps.push(Step::Answer(call.to, Err(CallError::NoCall))),
        }
    }

    /// Hands a call on by what upstream calls its conversation.
    fn within(&mut self, name: String, mut call: Call<K>, steps: &mut Steps<K>) {
        match self.live(&name) {
            Some(live) => {
                call.params.insert("session_id".to_owned(), live.into());
                self.pass(call, Purpose::Pass, steps);
            }
            None => self.wait(name, call, steps),
        }
    }

    /// The conversation is not there yet, so it is asked for first.
    fn wait(&mut self, name: String, call: Call<K>, steps: &mut Steps<K>) {
        let talk = self.talk(&name);
        let is_asked = talk.waiting.is_some();
        talk.waiting.get_or_insert_default().push(call);
        if !is_asked {
            self.resume(name, None, steps);
        }
    }

    fn resume(&mut self, name: String, to: Option<K>, steps: &mut Steps<K>) {
        let session_id = name.clone();
        let talk = self.talk(&name);
        talk.silent = 0;
        talk.opening += u32::from(to.is_some());
        talk.waiting.get_or_insert_default();
        let question = Question::new(&ConversationResumeParams { session_id });
        steps.push(Step::Ask(question, Purpose::Resume(name, to)));
    }

    /// The gateway has answered.
    pub(super) fn answered(
        &mut self,
        purpose: Purpose<K>,
        outcome: Result<Box<RawValue>, CallError>,
    ) -> Steps<K> {
        let mut steps = Vec::new();
        match purpose {
            Purpose::Nothing => {}
            Purpose::Pass(to) => {
                steps.push(Step::Answer(to, outcome));
            }
            Purpose::Active(to) => {
                let outcome = outcome.map(|said| answers::active(&said).unwrap_or(said));
                steps.push(Step::Answer(to, outcome));
            }
            Purpose::Create(to) => {
                let outcome = outcome.and_then(|said| {
                    let created = answers::created(&said).ok_or(CallError::Unreadable)?;
                    let talk = self.talk(&created.name);
                    talk.live = Some(created.live);
                    Ok(created.answer)
                });
                steps.push(Step::Answer(to, outcome));
            }
            Purpose::Resume(name, to) => self.resumed(&name, to, outcome, &mut steps),
            Purpose::Count(id, to) => self.counted(&id, to, outcome, &mut steps),
            Purpose::Submit(id, to) => self.submitted(&id, to, outcome, &mut steps),
        }
        steps
    }

    fn resumed(
        &mut self,
        name: &str,
        to: Option<K>,
        outcome: Result<Box<RawValue>, CallError>,
        steps: &mut Steps<K>,
    ) {
        let talk = self.talk(name);
        talk.opening = talk.opening.saturating_sub(u32::from(to.is_some()));
        let waiting = talk.waiting.take().unwrap_or_default();
        let read = outcome.and_then(|said| {
            answers::resumed(&said)
                .map(|now| (now, said))
                .ok_or(CallError::Unreadable)
        });
        let (now, said) = match read {
            Ok(read) => read,
            Err(why) => {
                if is_gone(&why) {
                    self.memory.prompts().gone(name);
                    self.talks.remove(name);
                }
                let all = to
                    .into_iter()
                    .chain(waiting.into_iter().map(|call| call.to));
                steps.extend(all.map(|to| Step::Answer(to, Err(why.clone()))));
                return;
            }
        };
        self.memory.prompts().settle(name, &now);
        let talk = self.talk(name);
        talk.live = Some(now.session_id.clone());
        talk.runs = now.running || now.inflight.is_some();
        talk.said = crate::said::said(&now).len();
        talk.begins = now
            .inflight
            .as_ref()
            .is_some_and(|turn| turn.assistant.is_empty() && turn.reasoning.is_empty());
        if let Some(to) = to {
            let held = self.memory.prompts().held(name);
            self.talk(name).holds = !held.is_empty();
            let answer = answers::written(name, &now, &said, held);
            steps.push(Step::Answer(to, answer.ok_or(CallError::Unreadable)));
        }
        for call in waiting {
            self.carry(call, steps);
        }
        self.send_next(name, steps);
    }

    /// The gateway tells something.
    pub(super) fn event(&mut self, params: Box<RawValue>) -> Steps<K> {
        let mut steps = Vec::new();
        let Ok(told) = Told::read(&params) else {
            steps.push(Step::Tell(params));
            return steps;
        };
        let Some(name) = self.named(&told) else {
            steps.push(Step::Tell(events::as_ours(params, None)));
            return steps;
        };
        let talk = self.talk(&name);
        talk.silent = 0;
        match &*told.kind {
            "message.start" => {
                let prompt = self.memory.prompts().begins(&name);
                let talk = self.talk(&name);
                let is_told = std::mem::take(&mut talk.begins);
                talk.runs = true;
                let is_shown = is_told || talk.opening > 0;
                let instead = prompt.as_ref().and_then(|prompt| prompt.instead);
                if !is_told {
                    let before = instead.map_or(talk.said, |instead| instead.from as usize);
                    talk.said = before + 1;
                }
                if !is_shown {
                    steps.extend(instead.map(|instead| Step::Tell(events::cut(&name, instead))));
                    steps.push(Step::Tell(events::start(&name, prompt.as_ref())));
                }
                self.tell_waiting(&name, &mut steps);
            }
            // It is in the answer that is on its way.
            "message.delta" | "reasoning.delta" if talk.opening > 0 => {}
            "message.delta" | "reasoning.delta" | "tool.generating" | "tool.start" => {
                talk.begins = false;
                steps.push(Step::Tell(events::as_ours(params, Some(&name))));
            }
            "message.complete" => {
                talk.begins = false;
                self.memory.prompts().ended(&name);
                steps.push(Step::Tell(events::as_ours(params, Some(&name))));
            }
            "error" => {
                let failed = self.memory.prompts().begins(&name);
                if failed.is_some() {
                    // Its turn does not begin any more, and whoever asked it waits for that.
                    talk_over(self.talk(&name));
                    self.memory.prompts().ended(&name);
                    steps.extend(events::failed(&name, failed.as_ref(), &told).map(Step::Tell));
                } else {
                    steps.push(Step::Tell(events::as_ours(params, Some(&name))));
                }
                self.send_next(&name, &mut steps);
            }
            _ => match ConversationEvent::read(&told) {
                Some(ConversationEvent::ConversationInfo(mut info)) => {
                    talk.runs = info.running;
                    // Where something waits here, another turn follows.
                    info.running |= self.is_busy(&name);
                    steps.push(Step::Tell(events::info(&name, info)));
                    self.send_next(&name, &mut steps);
                }
                _ => steps.push(Step::Tell(events::as_ours(params, Some(&name)))),
            },
        }
        steps
    }

    /// Another tick is over: where something is under way and nothing is told, it is asked how it stands.
    pub(super) fn tick(&mut self) -> Steps<K> {
        let mut steps = Vec::new();
        let busy = self.memory.prompts().busy();
        for name in busy {
            let Some(talk) = self.talks.get_mut(&name) else {
                continue;
            };
            talk.silent += 1;
            if talk.silent >= SILENT && talk.live.is_some() && talk.waiting.is_none() {
                self.resume(name, None, &mut steps);
            }
        }
        steps
    }

    /// What pages call the conversation of an event.
    fn named(&self, told: &Told) -> Option<String> {
        let live = told.session_id.as_deref()?;
        let mut talks = self.talks.iter();
        let known = talks.find(|(_, talk)| talk.live.as_deref() == Some(live));
        known.map(|(name, _)| name.clone())
    }

    fn live(&self, name: &str) -> Option<String> {
        self.talks.get(name)?.live.clone()
    }

    fn talk(&mut self, name: &str) -> &mut Talk<K> {
        if self.talks.len() >= MOST && !self.talks.contains_key(name) {
            self.talks
                .retain(|_, talk| talk.runs || talk.waiting.is_some());
        }
        self.talks.entry(name.to_owned()).or_default()
    }
}

fn talk_over<K>(talk: &mut Talk<K>) {
    (talk.runs, talk.begins) = (false, false);
}

fn question(method: &str, params: &Map<String, Value>) -> Option<Question> {
    Question::named(method, to_raw_value(params).ok()?)
}

fn said<T: Serialize>(answer: &T) -> Result<Box<RawValue>, CallError> {
    to_raw_value(answer).map_err(|_| CallError::Unreadable)
}

/// What upstream has no method for, or one that does something else.
fn cannot() -> CallError {
    let no = refused("this gateway cannot do that");
    match no {
        CallError::Refused(no) => CallError::Refused(Refused {
            number: code::METHOD_NOT_FOUND.into(),
            ..no
        }),
        other => other,
    }
}

fn refused(message: &str) -> CallError {
    CallError::Refused(Refused {
        number: code::BAD_ARGUMENT.into(),
        message: message.to_owned(),
        code: None,
        hint: None,
        retryable: Some(false),
    })
}

fn is_gone(why: &CallError) -> bool {
    let CallError::Refused(no) = why else {
        return false;
    };
    [
        code::CONVERSATION_NOT_FOUND,
        code::STORED_CONVERSATION_NOT_FOUND,
    ]
    .iter()
    .any(|number| i64::from(*number) == no.number)
}
