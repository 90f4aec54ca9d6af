//! OpenAI's chat completions, which most servers speak in some form.

use serde_json::{Map, Value, json};

use super::{Event, Problem, Reader, Trouble, count, data_url, json as parsed, said, text, usage};
use crate::{
    Message, Part, Usage,
    model::{
        Ask, Finish, Piece,
        manner::{EffortField, Manner},
    },
};

/// What closes a stream.
const END: &str = "[DONE]";

pub(super) fn body(ask: &Ask, manner: &Manner) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(ask.model));
    let messages: Vec<Value> = said(ask).map(message).collect();
    body.insert("messages".into(), json!(messages));
    body.insert("stream".into(), json!(true));
    body.insert("stream_options".into(), json!({"include_usage": true}));
    if let Some(effort) = ask.effort {
        match manner.effort {
            EffortField::Usual => {
                body.insert("reasoning_effort".into(), json!(effort.as_str()));
            }
            EffortField::Reasoning => {
                body.insert("reasoning".into(), json!({"effort": effort.as_str()}));
            }
            EffortField::Nowhere => {}
        }
    }
    if !manner.tags.is_empty() {
        body.insert("tags".into(), json!(manner.tags));
    }
    Value::Object(body)
}

fn message(message: &Message) -> Value {
    match message {
        Message::System(text) => json!({"role": "system", "content": text}),
        Message::Assistant(text) => json!({"role": "assistant", "content": text}),
        Message::User(parts) => json!({"role": "user", "content": content(parts)}),
    }
}

/// Text alone is a text: not every server knows parts.
fn content(parts: &[Part]) -> Value {
    if let [Part::Text(text)] = parts {
        return json!(text);
    }
    let part = |part: &Part| match part {
        Part::Text(text) => json!({"type": "text", "text": text}),
        Part::Image(image) => json!({"type": "image_url", "image_url": {"url": data_url(image)}}),
    };
    parts.iter().map(part).collect()
}

/// Reads chunks. The tokens come after the reason to stop, so only the end of the stream ends the
/// answer.
#[derive(Default)]
pub(super) struct Chunks {
    finish: Option<Finish>,
    used: Option<Usage>,
}

impl Chunks {
    /// Some servers count in every chunk, and each count holds the one before.
    fn end(&mut self, finish: Finish, out: &mut Vec<Piece>) {
        out.extend(self.used.take().map(Piece::Usage));
        out.push(Piece::Done(finish));
    }
}

impl Reader for Chunks {
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), Trouble> {
        if event.data.trim() == END {
            self.end(self.finish.unwrap_or(Finish::Complete), out);
            return Ok(());
        }
        let chunk = parsed(event)?;
        if let Some(error) = chunk.get("error").filter(|error| !error.is_null()) {
            return Err(Trouble::Said(Box::new(Problem::of_json(error))));
        }
        // DeepSeek's servers and those who follow them have the former name, others the latter.
        let thought = text(&chunk, "/choices/0/delta/reasoning_content")
            .or_else(|| text(&chunk, "/choices/0/delta/reasoning"));
        out.extend(thought.map(Piece::Reasoning));
        let words = text(&chunk, "/choices/0/delta/content")
            .or_else(|| text(&chunk, "/choices/0/delta/refusal"));
        out.extend(words.map(Piece::Text));
        match text(&chunk, "/choices/0/finish_reason").as_deref() {
            None => {}
            Some("content_filter") => return Err(Trouble::Refused),
            Some("length") => self.finish = Some(Finish::Cut),
            Some(_) => self.finish = Some(Finish::Complete),
        }
        if let Some(used) = chunk.get("usage").filter(|used| used.is_object()) {
            self.used = Some(usage(
                count(used, "/prompt_tokens"),
                count(used, "/prompt_tokens_details/cached_tokens"),
                count(used, "/completion_tokens"),
                count(used, "/completion_tokens_details/reasoning_tokens"),
            ));
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<Piece>) -> Result<(), Trouble> {
        let finish = self.finish.ok_or(Trouble::BrokenOff)?;
        self.end(finish, out);
        Ok(())
    }
}
