//! How what a person asks gets to the gateway.

use hermes_protocol::{
    methods::{Method, PromptSubmitParams},
    rpc::Question,
};

use super::{Following, Purpose, Stage, is_unknown};
use crate::{
    CallError,
    talk::{Fate, Problem, Prompt, Told},
};

impl Following {
    pub(super) fn say(&mut self, prompt: Prompt) {
        if prompt.instead.is_some() && self.wanted.is_some() {
            // It counts the prompts of the one before.
            self.give_back(&prompt.id, "another conversation is being opened");
            return;
        }
        let conversation = match (&self.wanted, &self.followed) {
            (None, Some(followed)) => Some(followed.id.clone()),
            (Some(_), _) => None,
            (None, None) => {
                self.give_back(&prompt.id, "no conversation is open");
                return;
            }
        };
        let id = prompt.id.clone();
        if let Err(why) = self.outbox.add(prompt, conversation) {
            self.told.push_back(Told::Prompt(id, Fate::Refused(why)));
            return;
        }
        if self.at().is_none() {
            let fates = self.outbox.waits(&id);
            self.tell_fates(fates);
        }
        self.send_next();
    }

    /// Sends the next prompt, if one may be sent.
    pub(super) fn send_next(&mut self) {
        if self.at().is_none() {
            return;
        }
        while let Some((prompt, conversation)) = self.outbox.next() {
            let (Some(followed), Some(conversation)) = (&self.followed, conversation) else {
                return;
            };
            let is_followed = followed.id == conversation;
            let session_id = match is_followed {
                true => followed.live.clone(),
                // Ours have one id, and can be spoken to whatever is followed.
                false => conversation.to_owned(),
            };
            let id = prompt.id.clone();
            let question = Question::new(&PromptSubmitParams {
                session_id,
                text: prompt.text.clone(),
                images: Vec::new(),
                prompt_id: Some(id.clone()),
                busy: None,
                truncate_before_user_ordinal: prompt.instead.map(|instead| instead.from),
                truncate_of: prompt.instead.map(|instead| instead.of),
            });
            let said_before = followed.said;
            let refused = if question.bytes() > Method::SubmitPrompt.spec().max_params {
                Some("it is longer than the gateway takes")
            } else if prompt.instead.is_some() && !self.knows_prompts() {
                // Whoever cannot say whether it was asked would take back more the second time.
                Some("this gateway cannot take prompts back safely, so it was not asked")
            } else {
                None
            };
            if let Some(message) = refused {
                let why = Problem {
                    code: None,
                    message: message.to_owned(),
                };
                let fates = self.outbox.refused(&id, why);
                self.tell_fates(fates);
                continue;
            }
            self.outbox.sent(&id, said_before);
            self.put(&question, Purpose::Submit(id));
            return;
        }
    }

    fn give_back(&mut self, id: &str, why: &str) {
        let why = Problem {
            code: None,
            message: why.to_owned(),
        };
        let fate = Fate::Refused(why);
        self.told.push_back(Told::Prompt(id.to_owned(), fate));
    }

    pub(super) fn not_submitted(&mut self, id: &str, why: CallError) {
        if !self.knows_prompts() && is_unknown(&why) && self.outbox.tries_again(id) {
            // Upstream has let go of the conversation, and has it under another name.
            self.stand(Stage::Away);
            self.go_on();
            return;
        }
        let fates = self.outbox.refused(id, why.into());
        self.tell_fates(fates);
    }
}
