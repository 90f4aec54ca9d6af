use std::{collections::VecDeque, sync::Arc};

use hermes_client::Ended;
use hermes_protocol::{
    limits,
    methods::{
        Call, CommandsCatalog, ConversationClosed, ConversationCreated, ConversationInfo,
        ConversationInterrupted, ConversationList, ConversationMostRecent, ConversationResumed,
        ConversationStatus, EventsSince, HistoryMessage, Inflight, PromptStatus,
        PromptSubmitParams, PromptSubmitted, QueuedPrompt, Role, SlashOutput, Speaker, TurnStatus,
    },
    rpc::{
        Event, GatewayReady, HistoryCut, Id, MessageComplete, MessageDelta, MessageStart, Request,
        RpcError, answer, code,
    },
};
use serde_json::{Value, json, value::RawValue};
use tokio::sync::Notify;

/// The pieces of each answer.
const PIECES: [&str; 3] = ["It ", "is ", "so."];

/// How many events an answer to `session.events.since` has.
const PAGE: usize = 2;

/// Whose gateway it is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Ours,
    Upstream,
}

/// Something that happened in the conversation.
#[derive(Clone, Debug, PartialEq)]
enum Record {
    Asked {
        ids: Vec<String>,
        text: String,
    },
    Text(&'static str),
    Ended,
    /// The turns from this one on are taken back.
    Cut(usize),
}

/// A gateway with one conversation. A turn goes on by one record whenever somebody listens and nothing
/// else is to be said, and by two while nobody does.
#[derive(Debug)]
pub(crate) struct Gateway {
    kind: Kind,
    pub(crate) epoch: String,
    /// What has happened; the number of a record is its place, counted from 1.
    log: Vec<Record>,
    /// The rest of the turn that runs.
    to_come: VecDeque<Record>,
    queued: Option<(Vec<String>, String)>,
    /// What waits for the socket that is open.
    frames: VecDeque<String>,
    /// Whether the socket sees the conversation, and what it is called there.
    seen_as: Option<String>,
    sockets: usize,
    news: Arc<Notify>,
    /// How the socket is to end next.
    pub(crate) ended: Option<Ended>,
    /// Whether there is a conversation.
    pub(crate) exists: bool,
    /// The methods that were called.
    pub(crate) called: Vec<&'static str>,
    /// The errors that the next calls of these methods come to.
    pub(crate) refuses: Vec<(&'static str, RpcError)>,
    /// Methods that get no answer.
    pub(crate) ignores: Vec<&'static str>,
    /// How many records there may still be; none is as many as come.
    pub(crate) allowance: Option<usize>,
}

impl Gateway {
    pub(crate) fn new(kind: Kind) -> Self {
        let epoch = match kind {
            Kind::Ours => "e1",
            Kind::Upstream => "",
        };
        Self {
            kind,
            epoch: epoch.to_owned(),
            log: Vec::new(),
            to_come: VecDeque::new(),
            queued: None,
            frames: VecDeque::new(),
            seen_as: None,
            sockets: 0,
            news: Arc::new(Notify::new()),
            ended: None,
            exists: true,
            called: Vec::new(),
            refuses: Vec::new(),
            ignores: Vec::new(),
            allowance: None,
        }
    }

    /// Ends the socket that is open.
    pub(crate) fn end(&mut self, code: Option<u16>) {
        self.ended = Some(Ended(code));
        self.news.notify_one();
    }

    /// Was killed and is there again: the last records are gone, and their numbers mean others.
    pub(crate) fn crash(&mut self, lost: usize) {
        self.epoch.push('\'');
        self.log.truncate(self.log.len() - lost);
        self.to_come.clear();
        self.queued = None;
        if !matches!(self.log.last(), Some(Record::Ended) | None) {
            self.log.push(Record::Ended);
        }
        self.end(None);
    }

    /// Every prompt that was asked, in order.
    pub(crate) fn prompts(&self) -> Vec<String> {
        let texts = self.log.iter().filter_map(|record| match record {
            Record::Asked { text, .. } => Some(text.clone()),
            _ => None,
        });
        texts.collect()
    }

    /// What a screen should show.
    pub(crate) fn turns(&self) -> Vec<(String, String)> {
        turns(&self.log)
            .into_iter()
            .map(|turn| (turn.0, turn.1))
            .collect()
    }

    pub(super) fn opened(&mut self) -> Arc<Notify> {
        self.frames.clear();
        self.sockets += 1;
        self.seen_as = None;
        self.ended = None;
        for _ in 0..2 {
            self.go_on();
        }
        let ready = match self.kind {
            Kind::Ours => Event::of_socket(GatewayReady {
                user_id: "u".to_owned(),
                role: Role::User,
                max_frame_bytes: limits::FRAME_BYTES,
                replay_epoch: self.epoch.clone(),
            })
            .to_frame(),
            Kind::Upstream => json!({
                "jsonrpc": "2.0", "method": "event",
                "params": {"type": "gateway.ready", "payload": {"skin": {"name": "default"}}},
            })
            .to_string(),
        };
        self.frames.push_back(ready);
        self.news = Arc::new(Notify::new());
        Arc::clone(&self.news)
    }

    pub(super) fn closed(&mut self) {
        self.seen_as = None;
    }

    /// The next frame for the socket that is open.
    pub(super) fn says(&mut self) -> Option<String> {
        if self.frames.is_empty() {
            self.go_on();
        }
        self.frames.pop_front()
    }

    /// Says something at the socket that is open.
    pub(crate) fn tell(&mut self, params: &Value) {
        let frame = json!({"jsonrpc": "2.0", "method": "event", "params": params});
        self.frames.push_back(frame.to_string());
        self.news.notify_one();
    }

    /// Says anything at all.
    pub(crate) fn says_raw(&mut self, frame: String) {
        self.frames.push_back(frame);
        self.news.notify_one();
    }

    pub(super) fn asked(&mut self, frame: &str) {
        let request = Request::parse(frame).unwrap().unwrap();
        let call = Call::read(&request, Role::User).unwrap();
        let name = call.method().spec().name;
        self.called.push(name);
        if self.ignores.contains(&name) {
            return;
        }
        let refused = self.refuses.iter().position(|(method, _)| *method == name);
        if let Some(refused) = refused {
            let error = self.refuses.remove(refused).1;
            self.frames.push_back(answer::<()>(&request.id, Err(error)));
        } else {
            self.carry_out(&request.id, call);
        }
        self.news.notify_one();
    }

    fn carry_out(&mut self, id: &Id<'_>, call: Call) {
        let frame = match call {
            Call::CommandsCatalog(_) => answer(
                id,
                Ok(CommandsCatalog {
                    pairs: vec![("/help".to_owned(), "Helps".to_owned())],
                    ..CommandsCatalog::default()
                }),
            ),
            Call::MostRecentConversation(_) => {
                let session_id = self.exists.then(|| "c1".to_owned());
                answer(
                    id,
                    Ok(ConversationMostRecent {
                        session_id,
                        ..ConversationMostRecent::default()
                    }),
                )
            }
            Call::CreateConversation(_) => {
                self.seen_as = Some(self.live());
                answer(
                    id,
                    Ok(ConversationCreated {
                        session_id: self.live(),
                        stored_session_id: "c1".to_owned(),
                        ..ConversationCreated::default()
                    }),
                )
            }
            Call::ResumeConversation(of) if of.session_id == "c1" && self.exists => {
                self.seen_as = Some(self.live());
                answer(id, Ok(self.resumed()))
            }
            Call::ResumeConversation(_) => answer::<()>(
                id,
                Err(RpcError::new(
                    code::STORED_CONVERSATION_NOT_FOUND,
                    "session not found",
                )),
            ),
            Call::EventsSince(params) => {
                let after = usize::try_from(params.last_seen).unwrap();
                let missed = self.log.iter().enumerate().skip(after).take(PAGE);
                let events = missed.map(|(at, record)| {
                    let params = Self::event(record, "c1", Some(at + 1));
                    RawValue::from_string(params["params"].to_string()).unwrap()
                });
                let frame = answer(
                    id,
                    Ok(EventsSince {
                        events: events.collect(),
                        epoch: self.epoch.clone(),
                        truncated: after + PAGE < self.log.len(),
                    }),
                );
                self.frames.push_back(frame);
                // Something happens while others are still catching up.
                self.go_on();
                return;
            }
            Call::SubmitPrompt(params) if Some(&params.session_id) == self.seen_as.as_ref() => {
                self.exists = true;
                let submitted = self.submit(params);
                answer(id, submitted.map(|status| PromptSubmitted { status }))
            }
            Call::SubmitPrompt(_) => answer::<()>(
                id,
                Err(RpcError::new(
                    code::CONVERSATION_NOT_FOUND,
                    "session not found",
                )),
            ),
            Call::Interrupt(_) => {
                self.queued = None;
                answer(
                    id,
                    Ok(ConversationInterrupted {
                        status: TurnStatus::Interrupted,
                    }),
                )
            }
            Call::ListConversations(_) => answer(
                id,
                Ok(ConversationList {
                    sessions: Vec::new(),
                }),
            ),
            Call::ExecSlash(params) => answer(
                id,
                Ok(SlashOutput {
                    output: params.command,
                }),
            ),
            Call::CloseConversation(_) => answer(id, Ok(ConversationClosed { closed: true })),
            other => panic!("nobody should call {:?}", other.method()),
        };
        self.frames.push_back(frame);
    }

    fn submit(&mut self, params: PromptSubmitParams) -> Result<PromptStatus, RpcError> {
        let ids: Vec<_> = match self.kind {
            Kind::Ours => params.prompt_id.into_iter().collect(),
            Kind::Upstream => Vec::new(),
        };
        let known = self.log.iter().any(|record| match record {
            Record::Asked { ids: asked, .. } => ids.iter().any(|id| asked.contains(id)),
            _ => false,
        });
        let waits = |queued: &(Vec<String>, String)| ids.iter().any(|id| queued.0.contains(id));
        if known || self.queued.as_ref().is_some_and(waits) {
            return Ok(PromptStatus::Known);
        }
        if let Some(from) = params.truncate_before_user_ordinal {
            let turns = u32::try_from(turns(&self.log).len()).unwrap();
            if params.truncate_of.is_some_and(|of| of != turns) || !self.to_come.is_empty() {
                return Err(RpcError::new(code::NO_SUCH_PROMPT, "it went on"));
            }
            self.record(Record::Cut(from as usize));
        }
        if self.to_come.is_empty() {
            self.begin(ids, params.text);
            return Ok(PromptStatus::Streaming);
        }
        match &mut self.queued {
            Some((waiting, text)) => {
                waiting.extend(ids);
                *text = format!("{text}\n\n{}", params.text);
            }
            None => self.queued = Some((ids, params.text)),
        }
        Ok(PromptStatus::Queued)
    }

    fn begin(&mut self, ids: Vec<String>, text: String) {
        self.record(Record::Asked { ids, text });
        self.to_come.extend(PIECES.map(Record::Text));
        self.to_come.push_back(Record::Ended);
    }

    /// The turn goes on by one record.
    fn go_on(&mut self) {
        match &mut self.allowance {
            Some(0) => return,
            Some(left) => *left -= 1,
            None => {}
        }
        let Some(record) = self.to_come.pop_front() else {
            return;
        };
        self.record(record);
        if self.to_come.is_empty()
            && let Some((ids, text)) = self.queued.take()
        {
            self.begin(ids, text);
        }
    }

    fn record(&mut self, record: Record) {
        self.log.push(record);
        let (Some(live), Some(record)) = (&self.seen_as, self.log.last()) else {
            return;
        };
        let seq = (self.kind == Kind::Ours).then_some(self.log.len());
        let mut frame = Self::event(record, live, seq);
        if self.kind == Kind::Upstream && matches!(record, Record::Asked { .. }) {
            frame["params"].as_object_mut().unwrap().remove("payload");
        }
        // Upstream's own text has the answer alone.
        if let (Record::Ended, Some(turn)) = (record, turns(&self.log).last()) {
            frame["params"]["payload"]["text"] = json!(turn.1);
        }
        self.frames.push_back(frame.to_string());
    }

    fn event(record: &Record, of: &str, seq: Option<usize>) -> Value {
        let seq = seq.map(|seq| seq as u64);
        let session_id = Some(of);
        let frame = match record {
            Record::Asked { ids, text } => Event {
                session_id,
                payload: Some(MessageStart {
                    text: text.clone(),
                    prompt_ids: ids.clone(),
                    images: Vec::new(),
                    ..MessageStart::default()
                }),
                seq,
            }
            .to_frame(),
            Record::Text(text) => Event {
                session_id,
                payload: Some(MessageDelta {
                    text: (*text).to_owned(),
                }),
                seq,
            }
            .to_frame(),
            Record::Cut(from) => Event {
                session_id,
                payload: Some(HistoryCut {
                    from_user_ordinal: *from as u64,
                }),
                seq,
            }
            .to_frame(),
            Record::Ended => Event {
                session_id,
                payload: Some(MessageComplete {
                    text: PIECES.concat(),
                    ..MessageComplete::default()
                }),
                seq,
            }
            .to_frame(),
        };
        serde_json::from_str(&frame).unwrap()
    }

    fn resumed(&self) -> ConversationResumed {
        let mut messages = Vec::new();
        let mut inflight = None;
        let message = |role, text| HistoryMessage {
            role,
            text,
            reasoning: None,
            images: Vec::new(),
            status: None,
            error: None,
            tokens: None,
            model: None,
            version: None,
            versions: None,
        };
        for (user, assistant, has_ended) in turns(&self.log) {
            if has_ended {
                messages.push(message(Speaker::User, user));
                messages.push(message(Speaker::Assistant, assistant));
            } else {
                inflight = Some(Inflight {
                    user,
                    assistant,
                    streaming: true,
                    ..Inflight::default()
                });
            }
        }
        let queued = self.queued.as_ref();
        ConversationResumed {
            session_id: self.live(),
            resumed: "c1".to_owned(),
            session_key: "c1".to_owned(),
            message_count: messages.len() as u64,
            messages,
            info: ConversationInfo::default(),
            running: inflight.is_some(),
            status: ConversationStatus::Idle,
            started_at: 0.0,
            inflight,
            queued: queued.map(|(_, text)| QueuedPrompt {
                user: text.clone(),
                ..QueuedPrompt::default()
            }),
            seq: match self.kind {
                Kind::Ours => self.log.len() as u64,
                Kind::Upstream => 0,
            },
        }
    }

    /// What the conversation is called on the socket that is open.
    fn live(&self) -> String {
        match self.kind {
            Kind::Ours => "c1".to_owned(),
            Kind::Upstream => format!("live{}", self.sockets),
        }
    }
}

/// What was asked, what came, and whether it has ended.
fn turns(log: &[Record]) -> Vec<(String, String, bool)> {
    let mut turns: Vec<(String, String, bool)> = Vec::new();
    for record in log {
        match (record, turns.last_mut()) {
            (Record::Asked { text, .. }, _) => turns.push((text.clone(), String::new(), false)),
            (Record::Text(text), Some(turn)) => turn.1.push_str(text),
            (Record::Ended, Some(turn)) => turn.2 = true,
            (Record::Cut(from), _) => turns.truncate(*from),
            (_, None) => unreachable!("somebody has asked"),
        }
    }
    turns
}
