//! What people have said in a conversation: upstream knows no names of prompts, so whether it has one is read
//! from there.

use hermes_protocol::methods::{ConversationResumed, Speaker};

/// What people have said in a conversation, with what runs and what waits.
pub(crate) fn said(now: &ConversationResumed) -> Vec<&str> {
    let users = now.messages.iter();
    let users = users.filter(|message| message.role == Speaker::User);
    let mut said: Vec<_> = users.map(|message| message.text.as_str()).collect();
    if let Some(inflight) = &now.inflight {
        let last = now.messages.last();
        let is_there = last.is_some_and(|last| {
            last.role == Speaker::User && last.text.trim() == inflight.user.trim()
        });
        said.extend((!is_there).then_some(inflight.user.as_str()));
    }
    said.extend(now.queued.iter().map(|queued| queued.user.as_str()));
    said
}

/// Whether a prompt is among what was said since it was sent. Where less was said than before, turns
/// were taken back or summed up, and the last word decides.
pub(crate) fn arrived(text: &str, said_before: usize, said: &[&str]) -> bool {
    match said.get(said_before..) {
        Some(since) => since.iter().any(|said| is_in(text, said)),
        None => said.last().is_some_and(|said| is_in(text, said)),
    }
}

/// Whether a text is what was said, or a part of it: prompts that waited together are joined by a blank
/// line.
pub(crate) fn is_in(text: &str, said: &str) -> bool {
    format!("\n\n{}\n\n", said.trim()).contains(&format!("\n\n{}\n\n", text.trim()))
}
