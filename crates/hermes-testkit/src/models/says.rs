//! What a model says, in the words of each dialect.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Recorded;

/// A dialect of inference APIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// OpenAI's chat completions.
    ChatCompletions,
    /// OpenAI's Responses.
    Responses,
    /// Anthropic's Messages.
    Messages,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::ChatCompletions, Self::Responses, Self::Messages];

    /// The dialect that is spoken under this path.
    pub fn of_path(path: &str) -> Option<Self> {
        match path {
            _ if path.ends_with("/chat/completions") => Some(Self::ChatCompletions),
            _ if path.ends_with("/responses") => Some(Self::Responses),
            _ if path.ends_with("/messages") => Some(Self::Messages),
            _ => None,
        }
    }
}

/// What a model says to one prompt.
#[derive(Clone, Debug)]
pub struct Saying {
    reasoning: Vec<String>,
    words: Vec<String>,
    pub(super) pace: Duration,
    pub(super) end: Ending,
    input: u64,
}

/// How it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Complete,
    Cut,
    Refused,
    Failed { kind: String, message: String },
    Stalls,
    BreaksOff,
}

/// A piece of the stream.
pub(super) struct Piece {
    pub(super) text: String,
    /// Whether it is a word, before which the model takes its time.
    pub(super) paced: bool,
}

impl Saying {
    /// The model says this, word by word.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self {
            reasoning: Vec::new(),
            words: words(text.as_ref()),
            pace: Duration::ZERO,
            end: Ending::Complete,
            input: 7,
        }
    }

    /// It thinks this before.
    #[must_use]
    pub fn thinking(mut self, text: &str) -> Self {
        self.reasoning = words(text);
        self
    }

    /// It takes so long for each word.
    #[must_use]
    pub fn paced(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// It stops there, because it may not write more.
    #[must_use]
    pub fn cut(self) -> Self {
        self.ending(Ending::Cut)
    }

    /// A filter stops it there.
    #[must_use]
    pub fn refused(self) -> Self {
        self.ending(Ending::Refused)
    }

    /// An error follows, in the stream.
    #[must_use]
    pub fn failing(self, kind: &str, message: &str) -> Self {
        self.ending(Ending::Failed {
            kind: kind.to_owned(),
            message: message.to_owned(),
        })
    }

    /// Nothing follows, and the connection stays.
    #[must_use]
    pub fn stalling(self) -> Self {
        self.ending(Ending::Stalls)
    }

    /// The connection breaks.
    #[must_use]
    pub fn breaking_off(self) -> Self {
        self.ending(Ending::BreaksOff)
    }

    /// The whole stream in this dialect.
    pub fn stream(&self, dialect: Dialect) -> String {
        let frames = frames(dialect, self, "demo").into_iter();
        frames.map(|frame| frame.text).collect()
    }

    fn ending(self, end: Ending) -> Self {
        Self { end, ..self }
    }

    fn output(&self) -> usize {
        self.reasoning.len() + self.words.len()
    }
}

/// Words with the blanks before them, which together are the text.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split_inclusive(' ') {
        words.push(word.to_owned());
    }
    words
}

/// The text that the last message of a request asks with.
pub(super) fn prompt(call: &Recorded) -> String {
    let json = call.json.as_ref();
    let list = json.and_then(|json| json.get("messages").or_else(|| json.get("input")));
    let last = list.and_then(Value::as_array).and_then(|list| list.last());
    let content = last.and_then(|message| message.get("content"));
    match content {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            let texts = parts.iter().filter_map(|part| part.get("text")?.as_str());
            texts.collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

pub(super) fn frames(dialect: Dialect, saying: &Saying, model: &str) -> Vec<Piece> {
    let mut out = Frames(Vec::new());
    match dialect {
        Dialect::ChatCompletions => chat_completions(saying, model, &mut out),
        Dialect::Responses => responses(saying, model, &mut out),
        Dialect::Messages => messages(saying, model, &mut out),
    }
    out.0
}

struct Frames(Vec<Piece>);

impl Frames {
    fn data(&mut self, value: &Value, paced: bool) {
        let text = format!("data: {value}\n\n");
        self.0.push(Piece { text, paced });
    }

    fn event(&mut self, value: &Value, paced: bool) {
        let name = value["type"].as_str().unwrap_or_default();
        let text = format!("event: {name}\ndata: {value}\n\n");
        self.0.push(Piece { text, paced });
    }
}

fn chat_completions(saying: &Saying, model: &str, out: &mut Frames) {
    let chunk = |delta: Value, finish: Value| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, "choices": [choice], "usage": null})
    };
    out.data(
        &chunk(json!({"role": "assistant", "content": ""}), Value::Null),
        false,
    );
    for thought in &saying.reasoning {
        out.data(
            &chunk(json!({"reasoning_content": thought}), Value::Null),
            true,
        );
    }
    for word in &saying.words {
        out.data(&chunk(json!({"content": word}), Value::Null), true);
    }
    let finish = match &saying.end {
        Ending::Complete => "stop",
        Ending::Cut => "length",
        Ending::Refused => "content_filter",
        Ending::Failed { kind, message } => {
            let error = json!({"error": {"type": kind, "code": kind, "message": message}});
            return out.data(&error, false);
        }
        Ending::Stalls | Ending::BreaksOff => return,
    };
    out.data(&chunk(json!({}), json!(finish)), false);
    let output = saying.output();
    out.data(
        &json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": model, "choices": [], "usage": {
            "prompt_tokens": saying.input,
            "completion_tokens": output,
            "total_tokens": saying.input + output as u64,
            "prompt_tokens_details": {"cached_tokens": 2},
            "completion_tokens_details": {"reasoning_tokens": saying.reasoning.len()},
        }}),
        false,
    );
    out.0.push(Piece {
        text: "data: [DONE]\n\n".to_owned(),
        paced: false,
    });
}

fn responses(saying: &Saying, model: &str, out: &mut Frames) {
    let response = |status: &str| json!({"id": "resp_1", "object": "response", "model": model, "status": status, "output": []});
    for kind in ["response.created", "response.in_progress"] {
        out.event(
            &json!({"type": kind, "response": response("in_progress")}),
            false,
        );
    }
    for thought in &saying.reasoning {
        out.event(
            &json!({"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "delta": thought}),
            true,
        );
    }
    for word in &saying.words {
        out.event(
            &json!({"type": "response.output_text.delta", "item_id": "msg_1", "delta": word}),
            true,
        );
    }
    let (kind, mut last) = match &saying.end {
        Ending::Complete => ("response.completed", response("completed")),
        Ending::Cut | Ending::Refused => {
            let reason = match saying.end {
                Ending::Cut => "max_output_tokens",
                _ => "content_filter",
            };
            let mut last = response("incomplete");
            last["incomplete_details"] = json!({"reason": reason});
            ("response.incomplete", last)
        }
        Ending::Failed { kind, message } => {
            let mut last = response("failed");
            last["error"] = json!({"code": kind, "message": message});
            ("response.failed", last)
        }
        Ending::Stalls | Ending::BreaksOff => return,
    };
    last["usage"] = json!({
        "input_tokens": saying.input,
        "input_tokens_details": {"cached_tokens": 2},
        "output_tokens": saying.output(),
        "output_tokens_details": {"reasoning_tokens": saying.reasoning.len()},
    });
    out.event(&json!({"type": kind, "response": last}), false);
}

fn messages(saying: &Saying, model: &str, out: &mut Frames) {
    out.event(
        &json!({"type": "message_start", "message": {
            "id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": null,
            "usage": {"input_tokens": saying.input - 2, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 0, "output_tokens": 1},
        }}),
        false,
    );
    out.event(&json!({"type": "ping"}), false);
    let blocks = [
        ("thinking", "thinking_delta", &saying.reasoning),
        ("text", "text_delta", &saying.words),
    ];
    for (index, (kind, delta, texts)) in blocks.into_iter().enumerate() {
        if texts.is_empty() {
            continue;
        }
        let mut block = json!({"type": kind});
        block[kind] = json!("");
        out.event(
            &json!({"type": "content_block_start", "index": index, "content_block": block}),
            false,
        );
        for text in texts {
            let mut part = json!({"type": delta});
            part[kind] = json!(text);
            out.event(
                &json!({"type": "content_block_delta", "index": index, "delta": part}),
                true,
            );
        }
        out.event(
            &json!({"type": "content_block_stop", "index": index}),
            false,
        );
    }
    let reason = match &saying.end {
        Ending::Complete => "end_turn",
        Ending::Cut => "max_tokens",
        Ending::Refused => "refusal",
        Ending::Failed { kind, message } => {
            let error = json!({"type": kind, "message": message});
            return out.event(&json!({"type": "error", "error": error}), false);
        }
        Ending::Stalls | Ending::BreaksOff => return,
    };
    out.event(
        &json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": saying.output()}}),
        false,
    );
    out.event(&json!({"type": "message_stop"}), false);
}
