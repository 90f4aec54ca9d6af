//! What goes over the wire, without the wire: a call becomes a path and a body, and bytes become
//! pieces. A file for each dialect, over one reader of events.

mod chat_completions;
mod events;
mod listing;
mod messages;
mod responses;
#[cfg(test)]
mod tests;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hermes_machine::http::{Body, Request};
use serde_json::Value;

use self::events::{Event, Events, TooLarge};
pub(super) use self::listing::{listing, models};
use super::{ApiMode, Ask, Grant, Piece, manner, problem::Problem};
use crate::{Image, Message, Usage};

/// Why an answer is not what it should be.
#[derive(Debug)]
pub(super) enum Trouble {
    /// The server says that something is wrong.
    Said(Box<Problem>),
    /// The model, or somebody who watches it, will not answer this.
    Refused,
    /// It is not what the dialect allows.
    Malformed(&'static str),
    /// It ended before it was over.
    BrokenOff,
}

impl From<TooLarge> for Trouble {
    fn from(TooLarge: TooLarge) -> Self {
        Self::Malformed("an event of more than 16 MiB")
    }
}

/// The request that asks.
pub(super) fn request(grant: &Grant, ask: &Ask) -> Request {
    let manner = manner::of(&grant.provider);
    let (url, body) = match grant.mode {
        ApiMode::ChatCompletions => (
            grant.base_url.at("chat/completions"),
            chat_completions::body(ask, manner),
        ),
        ApiMode::Responses => (grant.base_url.at("responses"), responses::body(ask, manner)),
        ApiMode::Messages => (
            grant.base_url.at_version("messages"),
            messages::body(ask, manner),
        ),
    };
    let mut request = Request::post(url, Body::Json(body.to_string()));
    request.headers = manner::headers(grant, Some(ask));
    if grant.mode == ApiMode::Messages {
        request = request.header("anthropic-version", messages::VERSION);
    }
    request
}

/// Reads an answer: bytes in, pieces out.
pub(super) struct Decoder {
    events: Events,
    reader: Box<dyn Reader>,
    done: bool,
}

/// What is particular to a dialect.
trait Reader: Send {
    /// Takes one event.
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), Trouble>;

    /// Takes the end of the bytes; an answer that was over has said so.
    fn finish(&mut self, out: &mut Vec<Piece>) -> Result<(), Trouble>;
}

impl Decoder {
    pub(super) fn new(mode: ApiMode) -> Self {
        let reader: Box<dyn Reader> = match mode {
            ApiMode::ChatCompletions => Box::new(chat_completions::Chunks::default()),
            ApiMode::Responses => Box::new(responses::Snapshots),
            ApiMode::Messages => Box::new(messages::Blocks::default()),
        };
        Self {
            events: Events::default(),
            reader,
            done: false,
        }
    }

    /// Takes the next bytes. What came before an error is in `out` nevertheless.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<Piece>) -> Result<(), Trouble> {
        let Self {
            events,
            reader,
            done,
        } = self;
        events.push(bytes, &mut |event| {
            if !*done {
                reader.read(&event, out)?;
                *done = is_over(out);
            }
            Ok(())
        })
    }

    /// Takes the end of the bytes.
    pub(super) fn finish(&mut self, out: &mut Vec<Piece>) -> Result<(), Trouble> {
        if let Some(event) = self.events.finish()
            && !self.done
        {
            let read = self.reader.read(&event, out);
            // Half an event is no wrong one.
            read.map_err(|trouble| match trouble {
                Trouble::Malformed(_) => Trouble::BrokenOff,
                other => other,
            })?;
            self.done = is_over(out);
        }
        if self.done {
            return Ok(());
        }
        self.reader.finish(out)?;
        self.done = true;
        Ok(())
    }

    /// Whether the answer is over, whatever else the server may send.
    pub(super) const fn is_done(&self) -> bool {
        self.done
    }
}

fn is_over(out: &[Piece]) -> bool {
    matches!(out.last(), Some(Piece::Done(_)))
}

/// Reads a whole answer of a dialect, for the fuzzer: whatever the bytes are, and however they are
/// cut, at most one piece says that it is over, and it is the last one.
#[doc(hidden)]
pub fn read_all<'a>(mode: ApiMode, parts: impl IntoIterator<Item = &'a [u8]>) -> Vec<Piece> {
    let (mut decoder, mut out) = (Decoder::new(mode), Vec::new());
    let read = parts
        .into_iter()
        .try_for_each(|part| decoder.push(part, &mut out))
        .and_then(|()| decoder.finish(&mut out));
    // What is wrong with them is the business of other tests.
    drop(read);
    out
}

/// The JSON of an event.
fn json(event: &Event) -> Result<Value, Trouble> {
    serde_json::from_str(&event.data).map_err(|_| Trouble::Malformed("an event that is not JSON"))
}

/// A text with something in it.
fn text(value: &Value, pointer: &str) -> Option<String> {
    let text = value.pointer(pointer)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// A number of tokens.
fn count(value: &Value, pointer: &str) -> u64 {
    value
        .pointer(pointer)
        .and_then(Value::as_u64)
        .unwrap_or_default()
}

/// The tokens of one call.
const fn usage(input: u64, cached: u64, output: u64, reasoning: u64) -> Usage {
    Usage {
        input,
        cached,
        output,
        reasoning,
        calls: 1,
        context: input,
    }
}

/// The messages in which something is said. An answer that was stopped before its first word is none,
/// and not every provider takes empty ones.
fn said(ask: &Ask) -> impl Iterator<Item = &Message> {
    ask.messages.iter().filter(|message| match message {
        Message::System(text) | Message::Assistant(text) => !text.trim().is_empty(),
        Message::User(parts) => !parts.is_empty(),
    })
}

/// The instructions of all messages that are such, in their order.
fn instructions(ask: &Ask) -> Option<String> {
    let texts: Vec<&str> = said(ask)
        .filter_map(|message| match message {
            Message::System(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n\n"))
}

fn data_url(image: &Image) -> String {
    let kind = image.media_type().as_str();
    format!("data:{kind};base64,{}", base64(image))
}

fn base64(image: &Image) -> String {
    STANDARD.encode(image.bytes())
}
