//! OpenAI's Responses.

use serde_json::{Map, Value, json};

use super::{
    Event, Problem, Reader, Trouble, count, data_url, instructions, json as parsed, said, text,
    usage,
};
use crate::{
    Message, Part,
    model::{
        Ask, Finish, Piece,
        manner::{EffortField, Manner},
    },
};

pub(super) fn body(ask: &Ask, manner: &Manner) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(ask.model));
    let instructions = instructions(ask).or_else(|| manner.instructions.map(ToOwned::to_owned));
    if let Some(instructions) = instructions {
        body.insert("instructions".into(), json!(instructions));
    }
    let input: Vec<Value> = said(ask).filter_map(item).collect();
    body.insert("input".into(), json!(input));
    body.insert("stream".into(), json!(true));
    // What was said is kept here and nowhere else.
    body.insert("store".into(), json!(false));
    let mut reasoning = Map::new();
    if let Some(effort) = ask.effort.filter(|_| manner.effort != EffortField::Nowhere) {
        reasoning.insert("effort".into(), json!(effort.as_str()));
    }
    if manner.summaries {
        reasoning.insert("summary".into(), json!("auto"));
    }
    if !reasoning.is_empty() {
        body.insert("reasoning".into(), Value::Object(reasoning));
    }
    if manner.cache_key {
        body.insert("prompt_cache_key".into(), json!(ask.conversation));
    }
    Value::Object(body)
}

fn item(message: &Message) -> Option<Value> {
    Some(match message {
        Message::System(_) => return None,
        Message::Assistant(text) => json!({
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": text}],
        }),
        Message::User(parts) => json!({
            "type": "message",
            "role": "user",
            "content": parts.iter().map(part).collect::<Vec<_>>(),
        }),
    })
}

fn part(part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({"type": "input_text", "text": text}),
        Part::Image(image) => json!({"type": "input_image", "image_url": data_url(image)}),
    }
}

/// Reads events; each says what kind it is, and the last ones tell how it went.
pub(super) struct Snapshots;

impl Reader for Snapshots {
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), Trouble> {
        if event.data.trim() == "[DONE]" {
            return Ok(());
        }
        let value = parsed(event)?;
        let kind = value.get("type").and_then(Value::as_str);
        match kind.unwrap_or(&event.name) {
            "response.output_text.delta" | "response.refusal.delta" => {
                out.extend(text(&value, "/delta").map(Piece::Text));
            }
            "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
                out.extend(text(&value, "/delta").map(Piece::Reasoning));
            }
            // The parts of a summary are paragraphs.
            "response.reasoning_summary_part.added" if count(&value, "/summary_index") > 0 => {
                out.push(Piece::Reasoning("\n\n".to_owned()));
            }
            "response.completed" => end(&value, Finish::Complete, out),
            "response.incomplete" => {
                let reason = text(&value, "/response/incomplete_details/reason");
                if reason.as_deref() == Some("content_filter") {
                    return Err(Trouble::Refused);
                }
                end(&value, Finish::Cut, out);
            }
            "response.failed" => {
                let error = value.pointer("/response/error").unwrap_or(&Value::Null);
                return Err(Trouble::Said(Box::new(Problem::of_json(error))));
            }
            "error" => {
                let error = value.get("error").filter(|error| error.is_object());
                let error = error.unwrap_or(&value);
                return Err(Trouble::Said(Box::new(Problem::of_json(error))));
            }
            // There are dozens, and more come; none of the others has anything to show.
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<Piece>) -> Result<(), Trouble> {
        Err(Trouble::BrokenOff)
    }
}

fn end(value: &Value, finish: Finish, out: &mut Vec<Piece>) {
    let used = value.pointer("/response/usage");
    if let Some(used) = used.filter(|used| used.is_object()) {
        out.push(Piece::Usage(usage(
            count(used, "/input_tokens"),
            count(used, "/input_tokens_details/cached_tokens"),
            count(used, "/output_tokens"),
            count(used, "/output_tokens_details/reasoning_tokens"),
        )));
    }
    out.push(Piece::Done(finish));
}
