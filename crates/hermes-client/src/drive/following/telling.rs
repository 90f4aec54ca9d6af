//! What is told of what happens, and in which order.

use hermes_protocol::{
    methods::WaitingPrompt,
    rpc::{self, Payload, PromptsDropped, PromptsWaiting},
};

use super::{super::words, Following, HELD, Stage};
use crate::{driver::Useless, talk::Told};

/// What comes after an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comes {
    /// The next event.
    Event,
    /// The conversation as a whole, since nobody has told what is shown now.
    Whole,
}

impl Following {
    pub(super) fn event(&mut self, event: rpc::Told) -> Result<(), Useless> {
        let Some(session) = &mut self.session else {
            return Ok(());
        };
        let there = matches!(session.stage, Stage::There);
        let is_of_followed = self.followed.as_ref().is_some_and(|followed| {
            let of = event.session_id.as_deref();
            of.is_none_or(|of| of == followed.live)
        });
        if there && is_of_followed {
            self.tell(&event);
            return Ok(());
        }
        let comes = session.opening.is_some()
            || matches!(session.stage, Stage::Resuming(_) | Stage::Behind(_));
        if comes {
            session.held.push(event);
        }
        match session.held.len() > HELD {
            true => Err(Useless),
            false => Ok(()),
        }
    }

    /// All that waits in the conversation is this.
    pub(super) fn wait(&mut self, prompts: Vec<WaitingPrompt>) {
        let ids = prompts.iter().filter_map(|one| one.prompt_id.as_deref());
        let ids: Vec<_> = ids.collect();
        self.outbox.listed(&ids);
        if self.waiting != prompts {
            self.waiting.clone_from(&prompts);
            self.told.push_back(Told::Waiting(prompts));
        }
    }

    /// What was told of what waits before the conversation was asked for is older than the answer.
    pub(super) fn forget_waiting(&mut self) {
        if let Some(session) = &mut self.session {
            session
                .held
                .retain(|event| event.kind != PromptsWaiting::TYPE);
        }
    }

    /// Tells what came while the conversation was not there.
    pub(super) fn tell_held(&mut self) {
        let Some(session) = &mut self.session else {
            return;
        };
        if !matches!(session.stage, Stage::There) {
            return;
        }
        let held = std::mem::take(&mut session.held);
        let live = self.live();
        for event in held {
            if event.session_id == live {
                self.tell(&event);
            } else if let Some(session) = &mut self.session
                && session.opening.is_some()
            {
                session.held.push(event);
            }
        }
    }

    /// Tells an event in its turn: one that is known is passed over, and one that comes too early waits
    /// for those before it.
    fn tell(&mut self, event: &rpc::Told) {
        let (Some(followed), Some(session)) = (&mut self.followed, &mut self.session) else {
            return;
        };
        if !matches!(session.stage, Stage::There) {
            session.held.push(event.clone());
            return;
        }
        if followed.caught.is_known(event) {
            return;
        }
        if followed.caught.misses(event) {
            session.held.push(event.clone());
            let id = followed.id.clone();
            self.resume(id);
            return;
        }
        followed.caught.told(event);
        let id = followed.id.clone();
        if self.tell_now(event) == Comes::Whole {
            self.resume(id);
        }
    }

    /// Tells an event, and says what comes next.
    pub(super) fn tell_now(&mut self, event: &rpc::Told) -> Comes {
        if event.kind == PromptsDropped::TYPE {
            let dropped: PromptsDropped = event.payload().unwrap_or_default();
            let fates = self.outbox.dropped(&dropped.prompt_ids);
            self.tell_fates(fates);
            return Comes::Event;
        }
        let Some(followed) = &mut self.followed else {
            return Comes::Event;
        };
        let mut comes = Comes::Event;
        let id = followed.id.clone();
        let told = words::told(event, &id, &self.outbox);
        match &told {
            Some(Told::Began { prompts, .. }) => {
                let is_told = std::mem::take(&mut followed.begins);
                followed.said += usize::from(!is_told);
                let fates = self.outbox.began(prompts);
                self.tell_fates(fates);
                if is_told {
                    return comes;
                }
            }
            Some(Told::Said(_) | Told::Thought(_)) => followed.begins = false,
            Some(Told::Ended(_)) => {
                followed.begins = false;
                self.outbox.ended(&id);
            }
            Some(Told::Withdrawn(prompts)) => self.outbox.withdrawn(prompts),
            Some(Told::Waiting(prompts)) => {
                let prompts = prompts.clone();
                self.wait(prompts);
                return comes;
            }
            Some(Told::Shown(_)) => {
                followed.caught.is_another();
                comes = Comes::Whole;
            }
            _ => {}
        }
        self.told.extend(told);
        comes
    }
}
