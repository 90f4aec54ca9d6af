//! How what is asked gets to a gateway of upstream's: once, and one prompt after the other.

use hermes_protocol::{
    methods::{
        BusyMode, ConversationInterruptParams, ConversationResumeParams, PromptStatus,
        PromptSubmitParams, PromptSubmitted, PromptWithdrawn, WithdrawnStatus,
    },
    rpc::{Question, code},
};
use serde_json::{Value, value::RawValue};

use super::{
    Call, Purpose, Step, Steps, Upstream,
    answers::{resumed, takes_back},
    events,
    prompts::{Asked, FORGETS, NOT_THERE, OTHERS, Stage},
    refused, said,
};
use crate::{CallError, talk::Instead};

impl<K> Upstream<K> {
    pub(super) fn submit(&mut self, name: String, call: Call<K>, steps: &mut Steps<K>) {
        let read: Result<PromptSubmitParams, _> =
            serde_json::from_value(Value::Object(call.params.clone()));
        let Ok(asked) = read else {
            steps.push(Step::Answer(call.to, Err(CallError::NoCall)));
            return;
        };
        // A page that gives no name does not send anything twice.
        let Some(id) = asked.prompt_id.clone().filter(|id| !id.is_empty()) else {
            self.within(name, call, steps);
            return;
        };
        if !asked.images.is_empty() {
            let no = "this gateway takes no pictures from here, so it was not asked";
            steps.push(Step::Answer(call.to, Err(refused(no))));
            return;
        }
        if self.live(&name).is_none() {
            self.wait(name, call, steps);
            return;
        }
        let interrupts = asked.busy == Some(BusyMode::Interrupt);
        let stage = self.memory.prompts().find(&id).map(|prompt| prompt.stage);
        let outcome = match stage {
            Some(Stage::Held) => {
                if interrupts {
                    self.memory.prompts().hold_first(&id);
                    self.interrupt(&name, steps);
                }
                submitted(PromptStatus::Queued)
            }
            Some(Stage::Withdrawn) => submitted(PromptStatus::Withdrawn),
            Some(Stage::Not(why)) => {
                self.memory.prompts().forget(&id);
                Err(refused(why))
            }
            Some(Stage::Unsure) => Err(refused(NOT_THERE)),
            Some(_) => submitted(PromptStatus::Known),
            None => {
                let is_busy = self.is_busy(&name);
                let said = u32::try_from(self.talk(&name).said).unwrap_or(u32::MAX);
                let instead = asked.truncate_before_user_ordinal.map(|from| Instead {
                    from,
                    // Who has not counted trusts what was seen here.
                    of: asked.truncate_of.unwrap_or(said),
                });
                let added = self.memory.prompts().add(Asked {
                    id: id.clone(),
                    of: name.clone(),
                    text: asked.text,
                    instead,
                });
                if !added {
                    Err(refused("too many prompts wait: try again later"))
                } else if is_busy {
                    if interrupts {
                        self.memory.prompts().hold_first(&id);
                        self.interrupt(&name, steps);
                    }
                    self.tell_waiting(&name, steps);
                    submitted(PromptStatus::Queued)
                } else {
                    self.begin(&name, &id, Some(call.to), steps);
                    return;
                }
            }
        };
        steps.push(Step::Answer(call.to, outcome));
    }

    /// Sends a prompt that waits here.
    fn send(&mut self, name: &str, id: &str, to: Option<K>, steps: &mut Steps<K>) {
        let talk = self.talk(name);
        let (Some(session_id), said) = (talk.live.clone(), talk.said) else {
            return;
        };
        let mut prompts = self.memory.prompts();
        let Some(prompt) = prompts.find(id) else {
            return;
        };
        let (text, instead) = (prompt.text.clone(), prompt.instead);
        prompts.sent(id, said);
        let question = Question::new(&PromptSubmitParams {
            session_id,
            text,
            images: Vec::new(),
            prompt_id: None,
            busy: None,
            truncate_before_user_ordinal: instead.map(|instead| instead.from),
            truncate_of: None,
        });
        steps.push(Step::Ask(question, Purpose::Submit(id.to_owned(), to)));
    }

    /// Sends a prompt, or sees first whether it may take the place of others: upstream looks at its ordinal alone,
    /// and has prompts that nobody has typed.
    fn begin(&mut self, name: &str, id: &str, to: Option<K>, steps: &mut Steps<K>) {
        let mut prompts = self.memory.prompts();
        let takes = prompts.find(id).filter(|prompt| prompt.instead.is_some());
        let Some(prompt) = takes else {
            drop(prompts);
            self.send(name, id, to, steps);
            return;
        };
        // Nothing goes before it.
        prompt.stage = Stage::Sent;
        let session_id = name.to_owned();
        let question = Question::new(&ConversationResumeParams { session_id });
        steps.push(Step::Ask(question, Purpose::Count(id.to_owned(), to)));
    }

    pub(super) fn counted(
        &mut self,
        id: &str,
        to: Option<K>,
        outcome: Result<Box<RawValue>, CallError>,
        steps: &mut Steps<K>,
    ) {
        let mut prompts = self.memory.prompts();
        let Some(prompt) = prompts.find(id) else {
            return;
        };
        let (name, of) = (prompt.of.clone(), prompt.instead.map(|instead| instead.of));
        let counted = outcome.and_then(|said| {
            let now = resumed(&said).ok_or(CallError::Unreadable)?;
            if !takes_back(&said) {
                return Err(refused(FORGETS));
            }
            let runs = now.running || now.inflight.is_some();
            let said = crate::said::said(&now).len();
            match of {
                Some(of) if of as usize == said && !runs => Ok((now.session_id, said)),
                _ => Err(refused(OTHERS)),
            }
        });
        match counted {
            Ok((live, said)) => {
                drop(prompts);
                let talk = self.talk(&name);
                (talk.live, talk.said) = (Some(live), said);
                self.send(&name, id, to, steps);
            }
            Err(why) => {
                prompts.forget(id);
                drop(prompts);
                self.not_asked(&name, id, to, why, steps);
            }
        }
    }

    /// Sends what waits first, if nothing runs.
    pub(super) fn send_next(&mut self, name: &str, steps: &mut Steps<K>) {
        if self.live(name).is_none() || self.is_busy_with_turns(name) {
            return;
        }
        let next = self
            .memory
            .prompts()
            .first(name, Stage::Held)
            .map(|prompt| prompt.id.clone());
        if let Some(id) = next {
            self.begin(name, &id, None, steps);
        }
    }

    pub(super) fn interrupt(&mut self, name: &str, steps: &mut Steps<K>) {
        if let Some(session_id) = self.live(name) {
            let question = Question::new(&ConversationInterruptParams { session_id });
            steps.push(Step::Ask(question, Purpose::Nothing));
        }
    }

    pub(super) fn withdraw(&mut self, name: &str, call: Call<K>, steps: &mut Steps<K>) {
        let id = call.params.get("prompt_id").and_then(Value::as_str);
        let mut prompts = self.memory.prompts();
        let status = match id.and_then(|id| prompts.find(id)) {
            Some(prompt) => match prompt.stage {
                Stage::Held | Stage::Withdrawn | Stage::Not(_) => {
                    prompt.stage = Stage::Withdrawn;
                    WithdrawnStatus::Withdrawn
                }
                _ => WithdrawnStatus::Asked,
            },
            None => WithdrawnStatus::Unknown,
        };
        drop(prompts);
        steps.push(Step::Answer(call.to, said(&PromptWithdrawn { status })));
        self.tell_waiting(name, steps);
    }

    pub(super) fn submitted(
        &mut self,
        id: &str,
        to: Option<K>,
        outcome: Result<Box<RawValue>, CallError>,
        steps: &mut Steps<K>,
    ) {
        let mut prompts = self.memory.prompts();
        let Some(prompt) = prompts.find(id) else {
            return;
        };
        let name = prompt.of.clone();
        let no = match outcome {
            Ok(_) => {
                if prompt.stage == Stage::Sent {
                    prompt.stage = Stage::Taken;
                }
                drop(prompts);
                self.talk(&name).runs = true;
                steps.extend(to.map(|to| Step::Answer(to, submitted(PromptStatus::Streaming))));
                return;
            }
            Err(CallError::Refused(no)) => no,
            // Nobody knows whether it is asked.
            Err(why) => {
                prompt.stage = Stage::Unsure;
                steps.extend(to.map(|to| Step::Answer(to, Err(why))));
                return;
            }
        };
        let is_new = !std::mem::replace(&mut prompt.again, true);
        let is_busy = no.number == i64::from(code::BUSY);
        let is_away = no.number == i64::from(code::CONVERSATION_NOT_FOUND) && is_new;
        if !is_busy && !is_away {
            prompts.forget(id);
            drop(prompts);
            self.not_asked(&name, id, to, CallError::Refused(no), steps);
            return;
        }
        prompts.hold_first(id);
        drop(prompts);
        steps.extend(to.map(|to| Step::Answer(to, submitted(PromptStatus::Queued))));
        self.tell_waiting(&name, steps);
        let talk = self.talk(&name);
        talk.silent = 0;
        if is_busy {
            // Something runs that nobody has told; it is asked for again when that is over.
            talk.runs = true;
        } else {
            // Upstream has let go of the conversation, and has it under another name.
            talk.live = None;
            self.resume(name, None, steps);
        }
    }

    /// A prompt is not asked. Whose caller was told that it waits is told so.
    fn not_asked(
        &mut self,
        name: &str,
        id: &str,
        to: Option<K>,
        why: CallError,
        steps: &mut Steps<K>,
    ) {
        match to {
            Some(to) => steps.push(Step::Answer(to, Err(why))),
            None => {
                steps.push(Step::Tell(events::dropped(name, id, why.to_string())));
                self.tell_waiting(name, steps);
            }
        }
        self.send_next(name, steps);
    }

    /// All that waits here is this, unless nothing does and nobody thinks so.
    pub(super) fn tell_waiting(&mut self, name: &str, steps: &mut Steps<K>) {
        let held = self.memory.prompts().held(name);
        let did = std::mem::replace(&mut self.talk(name).holds, !held.is_empty());
        if held.is_empty() && !did {
            return;
        }
        steps.push(Step::Tell(events::waiting(name, held)));
    }

    pub(super) fn is_busy(&self, name: &str) -> bool {
        self.is_busy_with_turns(name) || self.memory.prompts().first(name, Stage::Held).is_some()
    }

    fn is_busy_with_turns(&self, name: &str) -> bool {
        self.talks.get(name).is_some_and(|talk| talk.runs)
            || self.memory.prompts().is_under_way(name)
    }
}

fn submitted(status: PromptStatus) -> Result<Box<RawValue>, CallError> {
    said(&PromptSubmitted { status })
}
