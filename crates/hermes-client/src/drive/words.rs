use hermes_protocol::rpc::{self, ConversationEvent, MessageStart, StatusKind};
use serde::Deserialize;

use super::outbox::Outbox;
use crate::talk::{Ended, Problem, Told};

/// What upstream says when a turn fails before it begins.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Failure {
    message: String,
}

/// What an event of the conversation with this id tells a person. What is not known here tells nothing.
pub(super) fn told(event: &rpc::Told, id: &str, outbox: &Outbox) -> Option<Told> {
    let Some(known) = ConversationEvent::read(event) else {
        return upstreams(event);
    };
    Some(match known {
        ConversationEvent::MessageStart(start) if start == MessageStart::default() => {
            // Upstream does not say what is asked. It asks what it was sent and has not asked yet.
            let prompts = outbox.begins(id);
            let texts: Vec<_> = prompts.iter().map(|prompt| &*prompt.text).collect();
            Told::Began {
                text: texts.join("\n\n"),
                prompts: prompts.iter().map(|prompt| prompt.id.clone()).collect(),
            }
        }
        ConversationEvent::MessageStart(start) => Told::Began {
            text: start.text,
            prompts: start.prompt_ids,
        },
        ConversationEvent::ReasoningDelta(delta) => Told::Thought(delta.text),
        ConversationEvent::MessageDelta(delta) => Told::Said(delta.text),
        ConversationEvent::StatusUpdate(status) => Told::Note(status.kind, status.text),
        ConversationEvent::MessageComplete(complete) => Told::Ended(Box::new(Ended {
            text: complete.text,
            status: complete.status,
            warning: complete.warning,
            error: complete.error,
            usage: complete.usage,
        })),
        ConversationEvent::ConversationTitled(titled) => Told::Titled(titled.title),
        ConversationEvent::HistoryCut(cut) => Told::Cut(cut.from_user_ordinal),
        ConversationEvent::HistoryShown(shown) => Told::Shown(shown.from_user_ordinal),
        ConversationEvent::PromptsWithdrawn(gone) => Told::Withdrawn(gone.prompt_ids),
        // Whoever wrote them hears what became of them.
        ConversationEvent::PromptsDropped(_) => return None,
        ConversationEvent::PromptsWaiting(waiting) => Told::Waiting(waiting.prompts),
        ConversationEvent::ConversationInfo(mut info) => {
            id.clone_into(&mut info.stored_session_id);
            Told::Info(Box::new(info))
        }
    })
}

/// What upstream alone tells, as far as a person has to know it.
fn upstreams(event: &rpc::Told) -> Option<Told> {
    match &*event.kind {
        "error" => {
            let failure: Failure = event.payload().unwrap_or_default();
            Some(Told::Problem(Problem {
                code: None,
                message: failure.message,
            }))
        }
        kind if rpc::is_question(kind) => {
            let text = "the agent waits for an answer that cannot be given from here";
            Some(Told::Note(StatusKind::Lifecycle, text.to_owned()))
        }
        _ => None,
    }
}
