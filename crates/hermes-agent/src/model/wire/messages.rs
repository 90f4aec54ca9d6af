//! Anthropic's Messages.

use serde_json::{Map, Value, json};

use super::{
    Event, Problem, Reader, Trouble, base64, count, instructions, json as parsed, said, text, usage,
};
use crate::{
    Message, Part,
    model::{
        Ask, Effort, Finish, Piece,
        manner::{EffortField, Manner},
    },
};

/// The version of the API.
pub(super) const VERSION: &str = "2023-06-01";
/// How much a model may write, which a request has to say: as much as every present model can.
const MOST: u64 = 16_384;
/// How the models are called that think by a number of tokens instead of an effort.
const BY_BUDGET: [&str; 6] = [
    "claude-3",
    "-4-0",
    "-4-1",
    "-4-2025",
    "-4-5",
    "claude-haiku-4",
];

pub(super) fn body(ask: &Ask, manner: &Manner) -> Value {
    let mut body = Map::new();
    body.insert("model".into(), json!(ask.model));
    let effort = ask.effort.filter(|_| manner.effort != EffortField::Nowhere);
    let budget = effort.map_or(0, |effort| budget(effort, &ask.model));
    body.insert("max_tokens".into(), json!(MOST + budget));
    if let Some(instructions) = instructions(ask) {
        body.insert("system".into(), json!(instructions));
    }
    let messages: Vec<Value> = said(ask).filter_map(message).collect();
    body.insert("messages".into(), json!(messages));
    body.insert("stream".into(), json!(true));
    match effort {
        None => {}
        Some(Effort::None) => {
            body.insert("thinking".into(), json!({"type": "disabled"}));
        }
        Some(_) if budget > 0 => {
            let thinking = json!({"type": "enabled", "budget_tokens": budget});
            body.insert("thinking".into(), thinking);
        }
        Some(effort) => {
            body.insert("thinking".into(), json!({"type": "adaptive"}));
            let config = json!({"effort": word(effort)});
            body.insert("output_config".into(), config);
        }
    }
    Value::Object(body)
}

/// How many tokens a model of the older kind may think; none for the others.
fn budget(effort: Effort, model: &str) -> u64 {
    if !BY_BUDGET.iter().any(|name| model.contains(name)) {
        return 0;
    }
    match effort {
        Effort::None => 0,
        Effort::Minimal => 1024,
        Effort::Low => 2048,
        Effort::Medium => 8192,
        Effort::High => 16_384,
        Effort::Xhigh => 32_768,
    }
}

const fn word(effort: Effort) -> &'static str {
    match effort {
        Effort::None | Effort::Minimal | Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::Xhigh => "max",
    }
}

fn message(message: &Message) -> Option<Value> {
    Some(match message {
        Message::System(_) => return None,
        Message::Assistant(text) => json!({"role": "assistant", "content": text}),
        Message::User(parts) => {
            let content: Vec<Value> = parts.iter().map(part).collect();
            json!({"role": "user", "content": content})
        }
    })
}

fn part(part: &Part) -> Value {
    match part {
        Part::Text(text) => json!({"type": "text", "text": text}),
        Part::Image(image) => json!({"type": "image", "source": {
            "type": "base64",
            "media_type": image.media_type().as_str(),
            "data": base64(image),
        }}),
    }
}

/// Reads the blocks of a message. Its tokens are told in two parts: those that were sent at the
/// start, those of the answer at the end.
#[derive(Default)]
pub(super) struct Blocks {
    input: u64,
    cached: u64,
    output: u64,
    finish: Option<Finish>,
}

impl Blocks {
    /// Takes the numbers that are there; later ones count.
    fn note(&mut self, used: &Value) {
        if used.get("input_tokens").is_some_and(Value::is_u64) {
            self.cached = count(used, "/cache_read_input_tokens");
            self.input = count(used, "/input_tokens")
                .saturating_add(self.cached)
                .saturating_add(count(used, "/cache_creation_input_tokens"));
        }
        if used.get("output_tokens").is_some_and(Value::is_u64) {
            self.output = count(used, "/output_tokens");
        }
    }

    fn end(&self, out: &mut Vec<Piece>) {
        out.push(Piece::Usage(usage(self.input, self.cached, self.output, 0)));
        out.push(Piece::Done(self.finish.unwrap_or(Finish::Complete)));
    }
}

impl Reader for Blocks {
    fn read(&mut self, event: &Event, out: &mut Vec<Piece>) -> Result<(), Trouble> {
        let value = parsed(event)?;
        let kind = value.get("type").and_then(Value::as_str);
        match kind.unwrap_or(&event.name) {
            "message_start" => {
                self.note(value.pointer("/message/usage").unwrap_or(&Value::Null));
            }
            "content_block_start" => {
                out.extend(text(&value, "/content_block/text").map(Piece::Text));
                out.extend(text(&value, "/content_block/thinking").map(Piece::Reasoning));
            }
            "content_block_delta" => {
                out.extend(text(&value, "/delta/text").map(Piece::Text));
                out.extend(text(&value, "/delta/thinking").map(Piece::Reasoning));
            }
            "message_delta" => {
                self.note(value.get("usage").unwrap_or(&Value::Null));
                match text(&value, "/delta/stop_reason").as_deref() {
                    None => {}
                    Some("refusal") => return Err(Trouble::Refused),
                    Some("max_tokens" | "model_context_window_exceeded") => {
                        self.finish = Some(Finish::Cut);
                    }
                    Some(_) => self.finish = Some(Finish::Complete),
                }
            }
            "message_stop" => self.end(out),
            "error" => {
                let error = value.get("error").unwrap_or(&Value::Null);
                return Err(Trouble::Said(Box::new(Problem::of_json(error))));
            }
            // `ping`, the ends of blocks, and what is yet to come.
            _ => {}
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<Piece>) -> Result<(), Trouble> {
        if self.finish.is_none() {
            return Err(Trouble::BrokenOff);
        }
        self.end(out);
        Ok(())
    }
}
