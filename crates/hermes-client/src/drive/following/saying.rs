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
        let conversation = match (&self.wanted, &self.followed) {
            (None, Some(followed)) => Some(followed.id.clone()),
            (Some(_), _) => None,
            (None, None) => {
                let why = Problem {
                    code: None,
                    message: "no conversation is open".to_owned(),
                };
                self.told
                    .push_back(Told::Prompt(prompt.id, Fate::Refused(why)));
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
                truncate_before_user_ordinal: None,
            });
            let said_before = followed.said;
            if question.bytes() > Method::SubmitPrompt.spec().max_params {
                let why = Problem {
                    code: None,
                    message: "it is longer than the gateway takes".to_owned(),
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
