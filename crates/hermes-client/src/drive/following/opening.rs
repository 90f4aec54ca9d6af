//! How a conversation comes to be followed, and to be followed again.

use hermes_protocol::{
    methods::{
        ConversationCloseParams, ConversationCreateParams, ConversationMostRecentParams,
        ConversationResumeParams, ConversationResumed, EventsSince,
    },
    rpc,
};

use super::{
    super::{
        caught::{Caught, Step},
        outbox::Memory,
    },
    Followed, Following, PATIENCE, Purpose, Session, Stage, is_unknown,
    telling::Comes,
};
use crate::{
    CallError,
    said::said,
    talk::{Opened, Told, Which},
};

impl Following {
    /// Asks for what is wanted, or else for what was followed, unless the socket sees it.
    pub(super) fn go_on(&mut self) {
        let asked = match &self.wanted {
            Some(Which::New) => Some(self.ask_new()),
            Some(Which::Latest) => {
                Some(self.ask(&ConversationMostRecentParams {}, Purpose::Latest))
            }
            Some(Which::Named(name)) => {
                let session_id = name.clone();
                Some(self.ask(&ConversationResumeParams { session_id }, Purpose::Open))
            }
            None => None,
        };
        if let Some(asked) = asked {
            if let Some(session) = &mut self.session {
                session.opening = asked;
            }
            return;
        }
        let away = |session: &Session| matches!(session.stage, Stage::Away);
        if let Some(followed) = &self.followed
            && self.session.as_ref().is_some_and(away)
        {
            self.resume(followed.id.clone());
        }
    }

    /// Asks for what is followed.
    pub(super) fn resume(&mut self, session_id: String) {
        let asked = self.ask(&ConversationResumeParams { session_id }, Purpose::Resume);
        self.stand(Stage::Resuming(asked));
    }

    fn ask_new(&mut self) -> Option<u32> {
        let params = ConversationCreateParams {
            source: Some(self.source.clone()),
            ..ConversationCreateParams::default()
        };
        self.ask(&params, Purpose::Create)
    }

    pub(super) fn open_latest(&mut self, latest: Option<String>) {
        let asked = match latest {
            Some(session_id) => self.ask(&ConversationResumeParams { session_id }, Purpose::Open),
            None => self.ask_new(),
        };
        if let Some(session) = &mut self.session {
            session.opening = asked;
        }
    }

    /// What was wanted is there.
    pub(super) fn open(&mut self, now: &ConversationResumed, caught: Caught) {
        self.wanted = None;
        if let Some(session) = &mut self.session {
            session.opening = None;
        }
        if let Some(before) = self.followed.take()
            && before.live != now.session_id
        {
            self.leave(before);
        }
        self.show(now, caught);
    }

    /// It was made here.
    pub(super) fn is_made(&mut self) {
        if let Some(followed) = &mut self.followed {
            followed.made = true;
        }
    }

    /// Another conversation takes the place of this one.
    fn leave(&mut self, before: Followed) {
        if self.knows_prompts() {
            let session_id = before.live;
            self.ask(&ConversationCloseParams { session_id }, Purpose::Nothing);
        } else {
            // To close it there would end what runs in it, and from here nothing can be said in it.
            let why = "another conversation was opened before it was sent";
            let fates = self.outbox.left(&before.id, why);
            self.tell_fates(fates);
        }
    }

    pub(super) fn not_opened(&mut self, why: CallError) {
        self.wanted = None;
        if let Some(session) = &mut self.session {
            session.opening = None;
        }
        self.problem(why);
        let fates = self.outbox.homeless("no conversation was opened for it");
        self.tell_fates(fates);
        self.go_on();
        self.tell_held();
    }

    /// The conversation that was followed before a break is there again.
    pub(super) fn resumed(&mut self, now: ConversationResumed) {
        let epoch = self.epoch();
        let Some(followed) = &mut self.followed else {
            return;
        };
        let step = match followed.id == stored(&now) {
            true => followed.caught.resumed(&epoch, now.seq),
            false => Step::Lost,
        };
        match step {
            Step::Ask(after) => {
                followed.live.clone_from(&now.session_id);
                let session_id = now.session_id.clone();
                self.stand(Stage::Behind(Box::new(now)));
                self.ask(&after.of(session_id), Purpose::Since);
            }
            Step::There => {
                followed.live.clone_from(&now.session_id);
                self.there(Memory::Same, &now);
            }
            Step::Lost => self.show_again(&now),
        }
    }

    /// The conversation is told as a whole, since what was missed cannot be.
    fn show_again(&mut self, now: &ConversationResumed) {
        let epoch = self.epoch();
        let Some(before) = self.followed.take() else {
            return;
        };
        self.outbox.moved(&before.id, stored(now));
        let caught = before.caught.again(&epoch, now.seq);
        self.show(now, caught);
        if before.made {
            self.is_made();
        }
    }

    fn show(&mut self, now: &ConversationResumed, caught: Caught) {
        let id = stored(now).to_owned();
        self.outbox.adopt(&id);
        let mut info = now.info.clone();
        info.stored_session_id.clone_from(&id);
        self.told.push_back(Told::Opened(Box::new(Opened {
            id: id.clone(),
            messages: now.messages.clone(),
            running: now.inflight.clone(),
            info,
        })));
        self.followed = Some(Followed {
            id,
            live: now.session_id.clone(),
            caught,
            said: said(now).len(),
            begins: now.inflight.as_ref().is_some_and(|turn| {
                !self.knows_prompts() && turn.assistant.is_empty() && turn.reasoning.is_empty()
            }),
            made: false,
        });
        let memory = match self.knows_prompts() {
            true => Memory::Another,
            false => Memory::None,
        };
        self.there(memory, now);
    }

    /// From here on, what happens is told as it comes.
    fn there(&mut self, memory: Memory, now: &ConversationResumed) {
        self.stand(Stage::There);
        if let Some(followed) = &self.followed {
            let fates = self.outbox.back(memory, &followed.id, now);
            if memory == Memory::Same {
                let mut info = now.info.clone();
                info.stored_session_id.clone_from(&followed.id);
                self.told.push_back(Told::Info(Box::new(info)));
            }
            self.tell_fates(fates);
            let waiting = now.queued.as_ref().map(|queued| queued.prompts.clone());
            self.wait(waiting.unwrap_or_default());
        }
        self.tell_held();
        self.send_next();
    }

    pub(super) fn not_resumed(&mut self, why: CallError) {
        let unknown = is_unknown(&why);
        if unknown && self.followed.as_ref().is_some_and(Followed::is_fresh) {
            // Nobody has kept it, since nothing was said in it: another one is as good.
            if let Some(fresh) = self.followed.take() {
                self.outbox.orphaned(&fresh.id);
            }
            self.stand(Stage::Away);
            self.wanted = Some(Which::New);
            self.go_on();
            return;
        }
        if unknown && let Some(gone) = self.followed.take() {
            let fates = self.outbox.left(&gone.id, "the conversation is gone");
            self.tell_fates(fates);
            self.stand(Stage::Away);
        } else {
            self.stand(Stage::Denied(PATIENCE));
        }
        self.problem(why);
    }

    /// What came of asking for what was missed.
    pub(super) fn caught_up(&mut self, since: &EventsSince) {
        let (Some(session), Some(followed)) = (&mut self.session, &mut self.followed) else {
            return;
        };
        let Stage::Behind(now) = &session.stage else {
            return;
        };
        let events = since.events.iter();
        let missed: Vec<_> = events
            .filter_map(|params| rpc::Told::read(params).ok())
            .collect();
        let Some(new) = followed.caught.follows(since, &missed) else {
            followed.caught.has_holes();
            self.give_up_catching_up();
            return;
        };
        let step = followed.caught.step(new.len(), now.seq);
        for event in new {
            if self.tell_now(event) == Comes::Whole {
                // It was so when the conversation was resumed, or what is held tells it again.
                self.give_up_catching_up();
                return;
            }
        }
        match step {
            Step::Ask(after) => {
                if let Some(session_id) = self.live() {
                    self.ask(&after.of(session_id), Purpose::Since);
                }
            }
            Step::There => {
                if let Some(now) = self.behind() {
                    self.there(Memory::Same, &now);
                }
            }
            Step::Lost => self.give_up_catching_up(),
        }
    }

    /// What was missed is not to be had one by one.
    pub(super) fn give_up_catching_up(&mut self) {
        if let Some(now) = self.behind() {
            self.show_again(&now);
        }
    }

    /// The conversation as it was when it was resumed, if what came before is still asked for.
    fn behind(&mut self) -> Option<Box<ConversationResumed>> {
        let session = self.session.as_mut()?;
        match std::mem::replace(&mut session.stage, Stage::Away) {
            Stage::Behind(now) => Some(now),
            other => {
                session.stage = other;
                None
            }
        }
    }
}

/// What finds the conversation again. Of upstream's three names the last ones are kept.
fn stored(now: &ConversationResumed) -> &str {
    let names = [&now.resumed, &now.session_key, &now.session_id];
    let name = names.into_iter().find(|name| !name.is_empty());
    name.map_or("", String::as_str)
}
