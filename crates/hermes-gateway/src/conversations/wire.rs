use hermes_agent::{
    Catalogue, End, JournalError, Pick, TurnFailure, Usage,
    conversation::{Ask, Event, Record, Transcript, Turn, Version, joined},
};
use hermes_errors::{Code, Outcome};
use hermes_protocol::{
    methods::{
        ActiveConversation, ConversationInfo, ConversationResumed, ConversationRow,
        ConversationStatus, ConversationUsage, HistoryMessage, Inflight, Nothing, QueuedPrompt,
        Speaker, TurnStatus, TurnTokens, WaitingPrompt,
    },
    rpc::{
        self, ConversationTitled, HistoryCut, HistoryShown, MessageComplete, MessageDelta,
        MessageStart, Payload, PromptsDropped, PromptsWaiting, PromptsWithdrawn, ReasoningDelta,
        StatusKind, StatusUpdate, TurnError,
    },
};
use hermes_storage::Conversation;
use jiff::Timestamp;

use super::{NotOpen, Open};

/// Which version of upstream's desktop is served.
const DESKTOP_CONTRACT: u32 = 4;

/// An event as it goes over the wire: one frame, and what is in it by itself.
pub(super) struct Told {
    pub(super) frame: String,
    pub(super) params: String,
}

/// What a conversation tells its clients.
pub(super) struct Teller<'a> {
    pub(super) open: &'a Open,
    pub(super) catalogue: &'a Catalogue,
}

impl Teller<'_> {
    /// The event of a record; every record is one event.
    pub(super) fn record(&self, record: &Record) -> Result<Told, NotOpen> {
        let seq = Some(record.seq);
        Ok(match &record.event {
            Event::Asked(ask) => {
                let (version, versions) = self.open.live()?.look(|transcript, _| {
                    let turn = transcript.began(record.seq);
                    versions(turn.and_then(|turn| transcript.version(turn)))
                });
                self.told(
                    seq,
                    MessageStart {
                        text: ask.text.clone(),
                        prompt_ids: prompt_ids(ask),
                        images: images(ask),
                        version,
                        versions,
                    },
                )
            }
            Event::Reasoning(text) => self.told(seq, ReasoningDelta { text: text.clone() }),
            Event::Text(text) => self.told(seq, MessageDelta { text: text.clone() }),
            Event::Withdrawn(ids) => {
                let prompt_ids = ids.iter().map(ToString::to_string).collect();
                self.told(seq, PromptsWithdrawn { prompt_ids })
            }
            Event::Dropped(ids) => {
                let prompt_ids = ids.iter().map(ToString::to_string).collect();
                let reason = None;
                self.told(seq, PromptsDropped { prompt_ids, reason })
            }
            Event::Notice(text) => self.status(seq, StatusKind::Lifecycle, text.clone()),
            Event::Ended {
                end,
                answer,
                reasoning,
                usage,
                model,
                ..
            } => {
                let told = MessageComplete {
                    tokens: tokens(usage),
                    model: model.clone(),
                    ..self.complete(end, answer, reasoning)?
                };
                self.told(seq, told)
            }
            Event::Cut { from, .. } => self.told(
                seq,
                HistoryCut {
                    from_user_ordinal: *from as u64,
                },
            ),
            Event::Shown { from, .. } => self.told(
                seq,
                HistoryShown {
                    from_user_ordinal: *from as u64,
                },
            ),
            Event::Compressed { turns, .. } => {
                let text = format!("the model is told a summary of the first {turns} turns now");
                self.status(seq, StatusKind::Lifecycle, text)
            }
            Event::Titled(title) => self.told(
                seq,
                ConversationTitled {
                    session_id: self.open.id.to_string(),
                    title: title.clone(),
                },
            ),
            // What another program of ours may have kept is told as a change that says nothing.
            _ => self.told(seq, self.info()?),
        })
    }

    /// All that waits for the end of the turn.
    pub(super) fn waiting(&self, asks: &[Ask]) -> Told {
        let prompts = asks.iter().map(waiting).collect();
        self.told(None, PromptsWaiting { prompts })
    }

    /// How the conversation is set, when a turn has begun or ended.
    pub(super) fn info_now(&self) -> Result<Told, NotOpen> {
        Ok(self.told(None, self.info()?))
    }

    /// What has to be typed before anything can be answered, where a turn ended for want of a sign-in.
    pub(super) fn sign_in(&self, end: &End) -> Option<Told> {
        let End::Failed(failure) = end else {
            return None;
        };
        let needs = Code::find(&failure.code)?.outcome() == Outcome::SignInNeeded;
        let TurnFailure { message, hint, .. } = failure;
        needs.then(|| self.status(None, StatusKind::SignIn, format!("{message}: {hint}")))
    }

    /// That what is said is not kept, or is again.
    pub(super) fn saving(&self, trouble: Option<&JournalError>) -> Told {
        match trouble {
            None => self.status(None, StatusKind::Saved, "the conversation is saved again"),
            Some(JournalError::Gone) => self.status(
                None,
                StatusKind::Unsaved,
                "the conversation has been deleted",
            ),
            Some(error) => {
                let text = format!("the conversation is not saved just now: {error}");
                self.status(None, StatusKind::Unsaved, text)
            }
        }
    }

    fn status(&self, seq: Option<u64>, kind: StatusKind, text: impl Into<String>) -> Told {
        let text = text.into();
        self.told(seq, StatusUpdate { kind, text })
    }

    fn told<P: Payload>(&self, seq: Option<u64>, payload: P) -> Told {
        let id = self.open.id.to_string();
        let event = rpc::Event {
            session_id: Some(&id),
            payload: Some(payload),
            seq,
        };
        Told {
            frame: event.to_frame(),
            params: event.to_params(),
        }
    }

    fn complete(
        &self,
        end: &End,
        answer: &str,
        reasoning: &str,
    ) -> Result<MessageComplete, NotOpen> {
        let live = self.open.live()?;
        let error = match end {
            End::Failed(failure) => Some(failure),
            _ => None,
        };
        let text = match error {
            Some(failure) if answer.is_empty() => &failure.message,
            _ => answer,
        };
        Ok(MessageComplete {
            text: text.to_owned(),
            usage: live.look(|transcript, _| self.usage(transcript)),
            status: status(end),
            reasoning: Some(reasoning.to_owned()).filter(|text| !text.is_empty()),
            warning: (*end == End::Cut)
                .then(|| "the answer was cut: the model may not write more".to_owned()),
            error: error.map(turn_error),
            tokens: None,
            model: None,
        })
    }

    /// How the conversation is set.
    pub(super) fn info(&self) -> Result<ConversationInfo, NotOpen> {
        Ok(self.open.live()?.look(|transcript, _| self.of(transcript)))
    }

    fn of(&self, transcript: &Transcript) -> ConversationInfo {
        let (provider, model) = self.pick(transcript);
        let effort = transcript.choice().effort.clone();
        ConversationInfo {
            stored_session_id: self.open.id.to_string(),
            model,
            provider,
            reasoning_effort: effort.unwrap_or_default(),
            title: transcript.title().unwrap_or_default().to_owned(),
            running: transcript.running().is_some(),
            usage: self.usage(transcript),
            tools: Nothing {},
            skills: Nothing {},
            cwd: String::new(),
            branch: String::new(),
            profile_name: "default".into(),
            desktop_contract: DESKTOP_CONTRACT,
            version: env!("CARGO_PKG_VERSION").into(),
        }
    }

    /// Whose model answers, and which; empty where nobody does.
    pub(super) fn pick(&self, transcript: &Transcript) -> (String, String) {
        let choice = transcript.choice();
        let (provider, model) = (choice.provider.as_deref(), choice.model.as_deref());
        match self.catalogue.pick(provider, model) {
            Some(Pick { source, model }) => (source, model.unwrap_or_default()),
            None => (String::new(), model.unwrap_or_default().to_owned()),
        }
    }

    /// The model that answers.
    pub(super) fn model(&self, transcript: &Transcript) -> String {
        self.pick(transcript).1
    }

    /// What the conversation has used. How full the context is nobody knows before a model was asked.
    pub(super) fn usage(&self, transcript: &Transcript) -> ConversationUsage {
        let (provider, model) = self.pick(transcript);
        let Usage {
            input,
            output,
            reasoning,
            calls,
            context,
            ..
        } = transcript.usage();
        let most = self.catalogue.context(&provider, &model);
        let most = most.filter(|_| context > 0);
        ConversationUsage {
            model,
            input,
            output,
            reasoning,
            prompt: input,
            completion: output,
            total: input.saturating_add(output),
            calls,
            compressions: transcript.compressions(),
            active_subagents: 0,
            context_used: context,
            context_max: most,
            context_percent: most.map(|most| percent(context, most)),
        }
    }

    /// Where a client goes on.
    pub(super) fn resumed(&self) -> Result<ConversationResumed, NotOpen> {
        let id = self.open.id.to_string();
        Ok(self.open.live()?.look(|transcript, queued| {
            let running = transcript.running();
            let before = transcript.turns().len() - usize::from(running.is_some());
            let ended = transcript.turns().get(..before).unwrap_or_default();
            let messages = history(transcript, ended);
            let (version, versions) = versions(running.and_then(|turn| transcript.version(turn)));
            ConversationResumed {
                session_id: id.clone(),
                resumed: id.clone(),
                session_key: id,
                message_count: messages.len() as u64,
                messages,
                info: self.of(transcript),
                running: running.is_some(),
                status: conversation_status(running.is_some()),
                started_at: seconds(self.open.started_at),
                inflight: running.map(|turn| Inflight {
                    user: turn.ask.text.clone(),
                    prompt_ids: prompt_ids(&turn.ask),
                    images: images(&turn.ask),
                    assistant: turn.answer.clone(),
                    reasoning: turn.reasoning.clone(),
                    streaming: true,
                    version,
                    versions,
                }),
                queued: joined(queued).map(|ask| QueuedPrompt {
                    user: ask.text,
                    prompts: queued.iter().map(waiting).collect(),
                }),
                seq: transcript.last(),
            }
        }))
    }

    /// The conversation among those in memory.
    pub(super) fn active(&self, current: bool) -> Result<ActiveConversation, NotOpen> {
        let id = self.open.id.to_string();
        Ok(self.open.live()?.look(|transcript, _| {
            let summary = transcript.summary();
            ActiveConversation {
                id: id.clone(),
                session_key: id,
                current,
                title: summary.title.unwrap_or_default(),
                preview: summary.preview,
                model: self.model(transcript),
                message_count: summary.messages,
                started_at: seconds(self.open.started_at),
                last_active: seconds(summary.active_at.max(self.open.started_at)),
                status: conversation_status(summary.running),
            }
        }))
    }
}

/// How much of `most`, which is not 0, is used.
fn percent(used: u64, most: u64) -> u64 {
    let rounded = used.saturating_mul(100).saturating_add(most / 2) / most;
    rounded.min(100)
}

const fn conversation_status(running: bool) -> ConversationStatus {
    if running {
        ConversationStatus::Working
    } else {
        ConversationStatus::Idle
    }
}

const fn status(end: &End) -> TurnStatus {
    match end {
        End::Complete | End::Cut => TurnStatus::Complete,
        End::Interrupted => TurnStatus::Interrupted,
        End::Failed(_) => TurnStatus::Error,
    }
}

fn turn_error(failure: &TurnFailure) -> TurnError {
    TurnError {
        code: failure.code.clone(),
        message: failure.message.clone(),
        hint: failure.hint.clone(),
        retryable: failure.retryable,
    }
}

/// What was said in these turns. One that ended before anything was answered says how.
pub(super) fn history(transcript: &Transcript, turns: &[Turn]) -> Vec<HistoryMessage> {
    let mut messages = Vec::with_capacity(turns.len() * 2);
    for turn in turns {
        let (version, versions) = versions(transcript.version(turn));
        messages.push(HistoryMessage {
            role: Speaker::User,
            text: turn.ask.text.clone(),
            reasoning: None,
            images: images(&turn.ask),
            status: None,
            error: None,
            tokens: None,
            model: None,
            version,
            versions,
        });
        let Some(end) = &turn.end else {
            continue;
        };
        let why = match end {
            End::Failed(failure) if turn.answer.is_empty() => failure.message.clone(),
            _ => turn.answer.clone(),
        };
        messages.push(HistoryMessage {
            role: Speaker::Assistant,
            text: why,
            reasoning: Some(turn.reasoning.clone()).filter(|text| !text.is_empty()),
            images: Vec::new(),
            status: Some(status(end)).filter(|status| *status != TurnStatus::Complete),
            error: match end {
                End::Failed(failure) => Some(turn_error(failure)),
                _ => None,
            },
            tokens: tokens(&turn.usage),
            model: turn.model.clone(),
            version: None,
            versions: None,
        });
    }
    messages
}

/// What a turn took; nothing where no model was asked, or it did not say.
fn tokens(usage: &Usage) -> Option<TurnTokens> {
    (usage.input > 0 || usage.output > 0).then_some(TurnTokens {
        input: usage.input,
        output: usage.output,
        reasoning: usage.reasoning,
    })
}

fn waiting(ask: &Ask) -> WaitingPrompt {
    WaitingPrompt {
        prompt_id: prompt_ids(ask).pop(),
        text: ask.text.clone(),
        images: images(ask),
    }
}

fn prompt_ids(ask: &Ask) -> Vec<String> {
    ask.ids.iter().map(ToString::to_string).collect()
}

/// The number of a version and how many there are, as clients read them.
fn versions(version: Option<Version>) -> (Option<u32>, Option<u32>) {
    let count = |count| u32::try_from(count).ok();
    version.map_or((None, None), |Version { number, of }| {
        (count(number), count(of))
    })
}

/// The pictures of a prompt, as clients name them.
fn images(ask: &Ask) -> Vec<String> {
    ask.images.iter().map(|id| id.0.clone()).collect()
}

/// A conversation in a list.
pub(super) fn row(conversation: Conversation) -> ConversationRow {
    let text = |label: Option<hermes_storage::Label>| {
        label.map_or_else(String::new, |label| label.to_string())
    };
    ConversationRow {
        id: conversation.id.to_string(),
        title: text(conversation.title),
        preview: text(conversation.preview),
        started_at: seconds(conversation.created_at),
        last_active: seconds(conversation.last_active_at),
        message_count: u64::from(conversation.message_count),
        model: conversation.model.map(|model| model.to_string()),
        input_tokens: conversation.tokens.input,
        output_tokens: conversation.tokens.output,
        source: conversation.source.to_string(),
        running: conversation.running,
        pinned: conversation.pinned,
    }
}

/// A moment in Unix seconds.
pub(super) fn seconds(at: Timestamp) -> f64 {
    // To the millisecond, which is exact for longer than anybody lives.
    at.as_millisecond() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_3_4_a_percentage_is_whole_and_at_most_a_hundred() {
        for (used, most, expected) in [
            (0, 100, 0),
            (1, 200, 1),
            (1, 201, 0),
            (100, 100, 100),
            (u64::MAX, 1, 100),
            (u64::MAX / 2, u64::MAX, 1),
        ] {
            assert_eq!(percent(used, most), expected, "{used} of {most}");
        }
    }
}
