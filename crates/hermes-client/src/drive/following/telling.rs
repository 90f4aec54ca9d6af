//! What is told of what happens, and in which order.

use hermes_protocol::rpc;

use super::{super::words, Following, HELD, Stage, Useless};
use crate::talk::Told;

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
        let Some(followed) = &mut self.followed else {
            return;
        };
        if followed.caught.is_known(event) {
            return;
        }
        if followed.caught.misses(event)
            && let Some(session) = &mut self.session
        {
            if matches!(session.stage, Stage::There) {
                session.held.push(event.clone());
                let id = followed.id.clone();
                self.resume(id);
            } else {
                session.held.push(event.clone());
            }
            return;
        }
        followed.caught.told(event);
        self.tell_now(event);
    }

    pub(super) fn tell_now(&mut self, event: &rpc::Told) {
        let Some(followed) = &mut self.followed else {
            return;
        };
        let id = followed.id.clone();
        let told = words::told(event, &id, &self.outbox);
        match &told {
            Some(Told::Began { prompts, .. }) => {
                let is_told = std::mem::take(&mut followed.begins);
                followed.said += usize::from(!is_told);
                let fates = self.outbox.began(prompts);
                self.tell_fates(fates);
                if is_told {
                    return;
                }
            }
            Some(Told::Said(_) | Told::Thought(_)) => followed.begins = false,
            Some(Told::Ended(_)) => {
                followed.begins = false;
                self.outbox.ended(&id);
            }
            _ => {}
        }
        self.told.extend(told);
    }
}
