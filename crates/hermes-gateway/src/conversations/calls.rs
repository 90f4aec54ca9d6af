//! What the methods of conversations answer.

use std::sync::Arc;

use hermes_agent::{
    JournalError,
    conversation::{
        Ask, AskId, AskIdError, Busy, Choice, Instead, Place, Refused, Submitted, Withdrawn,
    },
};
use hermes_errors::{Code, Failure};
use hermes_protocol::{
    methods::{
        BusyMode, ConversationActiveList, ConversationActiveListParams, ConversationClosed,
        ConversationCreateParams, ConversationCreated, ConversationDeleted, ConversationHistory,
        ConversationInterrupted, ConversationList, ConversationListParams, ConversationMostRecent,
        ConversationResumed, ConversationTitle, ConversationTitleParams, ConversationUndone,
        ConversationUsage, EventsSince, EventsSinceParams, PromptStatus, PromptSubmitParams,
        PromptSubmitted, PromptWithdrawParams, PromptWithdrawn, TurnStatus, WithdrawnStatus,
    },
    rpc::{RpcError, code},
};
use hermes_storage::{Archived, Label, Order, Page, Selection, StorageError, UserId};
use serde_json::value::RawValue;

use super::{
    Attached, Choosing, Conversations, NotOpen, Open, choosing, images, shown,
    wire::{history, row, seconds},
};
use crate::answers::explained;

/// How many conversations a list has unless somebody says, and at most.
const LISTED: (u32, u32) = (200, 500);

pub(super) type Answer<T> = Result<T, RpcError>;

/// Somebody who calls, and what their socket sees.
pub(crate) struct Calls<'a> {
    pub(crate) conversations: &'a Arc<Conversations>,
    pub(crate) owner: UserId,
    pub(crate) attached: &'a mut Attached,
}

impl Calls<'_> {
    /// `session.create`.
    pub(crate) async fn create(
        self,
        params: ConversationCreateParams,
    ) -> Answer<ConversationCreated> {
        let source = params.source.as_deref().and_then(Label::new);
        let source = source
            .or_else(|| Label::new("other"))
            .ok_or_else(RpcError::internal)?;
        let wanted = params.reasoning_effort.as_deref();
        let wanted = wanted.filter(|word| !word.is_empty());
        let wanted = wanted.map(choosing::effort).transpose()?;
        let begun = self.conversations.begin(self.owner, source, None).await;
        let open = begun.map_err(|why| not_open(&why, code::CONVERSATION_NOT_FOUND))?;
        let live = open.live().map_err(internal)?;
        if let Some(title) = params.title.as_deref().and_then(Label::new) {
            live.entitle(title.to_string());
        }
        live.choose(|choice| {
            *choice = Choice {
                provider: params.provider,
                model: params.model,
                effort: wanted.map(|effort| effort.as_str().to_owned()),
            };
        });
        let info = self.conversations.teller(&open).info().map_err(internal)?;
        let last = live.look(|transcript, _| transcript.last());
        self.attached.attach(&open, last).map_err(internal)?;
        let id = open.id.to_string();
        Ok(ConversationCreated {
            session_id: id.clone(),
            stored_session_id: id,
            message_count: 0,
            messages: Vec::new(),
            info,
        })
    }

    /// `session.list`.
    pub(crate) async fn list(self, params: ConversationListParams) -> Answer<ConversationList> {
        let (usual, most) = LISTED;
        let archived = match params.archived {
            true => Archived::Only,
            false => Archived::Excluded,
        };
        let page = Page {
            selection: shown(Selection {
                archived,
                ..Selection::default()
            }),
            order: Order::LastActive,
            offset: 0,
            limit: params.limit.unwrap_or(usual).min(most) as usize,
        };
        self.conversations.begun_is_kept(self.owner).await;
        let conversations = self.conversations.storage.conversations();
        let found = conversations.list(self.owner, page).await;
        let found = found.map_err(unavailable)?;
        Ok(ConversationList {
            sessions: found.into_iter().map(row).collect(),
        })
    }

    /// `session.most_recent`. Like upstream's it never fails: there is none then.
    pub(crate) async fn most_recent(self) -> Answer<ConversationMostRecent> {
        self.conversations.begun_is_kept(self.owner).await;
        let conversations = self.conversations.storage.conversations();
        let found = conversations.most_recent(self.owner).await;
        Ok(found
            .ok()
            .flatten()
            .map_or_else(ConversationMostRecent::default, |found| {
                let started_at = seconds(found.created_at);
                let row = row(found);
                ConversationMostRecent {
                    session_id: Some(row.id),
                    title: Some(row.title),
                    started_at: Some(started_at),
                    source: Some(row.source),
                }
            }))
    }

    /// `session.active_list`.
    pub(crate) fn active_list(
        self,
        params: &ConversationActiveListParams,
    ) -> ConversationActiveList {
        // What changes while this is answered is told.
        if params.watch {
            self.attached.show_list(self.owner);
        }
        let current = params.current_session_id.as_deref();
        let open = self.conversations.in_memory(self.owner);
        let row = |open: &Arc<Open>| {
            let is_current = current.is_some_and(|id| id == open.id.to_string());
            self.conversations.teller(open).active(is_current).ok()
        };
        ConversationActiveList {
            sessions: open.iter().filter_map(row).collect(),
        }
    }

    /// `session.resume`.
    pub(crate) async fn resume(self, id: &str) -> Answer<ConversationResumed> {
        named(id)?;
        let found = self.conversations.find_or_entitled(self.owner, id).await;
        let open = found.map_err(|why| not_open(&why, code::STORED_CONVERSATION_NOT_FOUND))?;
        self.seen_on(&open)
    }

    /// `session.activate`.
    pub(crate) async fn activate(self, id: &str) -> Answer<ConversationResumed> {
        let open = open(self.conversations, self.owner, id).await?;
        self.seen_on(&open)
    }

    fn seen_on(self, open: &Arc<Open>) -> Answer<ConversationResumed> {
        // What changes in between is told once more, rather than not at all.
        let place = open.live().map_err(internal)?.place();
        let resumed = self
            .conversations
            .teller(open)
            .resumed()
            .map_err(internal)?;
        let after = resumed.seq;
        let attached = self.attached.attach(open, Place { after, ..place });
        attached.map_err(|why| not_open(&why, code::CONVERSATION_NOT_FOUND))?;
        Ok(resumed)
    }

    /// `session.history`.
    pub(crate) async fn history(self, id: &str) -> Answer<ConversationHistory> {
        let open = open(self.conversations, self.owner, id).await?;
        let live = open.live().map_err(internal)?;
        let messages = live.look(|transcript, _| history(transcript, transcript.turns()));
        Ok(ConversationHistory {
            count: messages.len() as u64,
            messages,
        })
    }

    /// `session.usage`.
    pub(crate) async fn usage(self, id: &str) -> Answer<ConversationUsage> {
        let open = open(self.conversations, self.owner, id).await?;
        let live = open.live().map_err(internal)?;
        Ok(live.look(|transcript, _| self.conversations.teller(&open).usage(transcript)))
    }

    /// `session.title`.
    pub(crate) async fn title(self, params: ConversationTitleParams) -> Answer<ConversationTitle> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let live = open.live().map_err(internal)?;
        if let Some(title) = params.title {
            let title = Label::new(&title)
                .ok_or_else(|| RpcError::new(code::BAD_TITLE, "the title is empty"))?;
            live.entitle(title.to_string());
        }
        Ok(ConversationTitle {
            title: live.look(|transcript, _| transcript.title().unwrap_or_default().to_owned()),
            session_key: open.id.to_string(),
            pending: false,
        })
    }

    /// `session.interrupt`.
    pub(crate) async fn interrupt(self, id: &str) -> Answer<ConversationInterrupted> {
        let open = open(self.conversations, self.owner, id).await?;
        open.live().map_err(internal)?.stop();
        Ok(ConversationInterrupted {
            status: TurnStatus::Interrupted,
        })
    }

    /// `session.undo`.
    pub(crate) async fn undo(self, id: &str) -> Answer<ConversationUndone> {
        let open = open(self.conversations, self.owner, id).await?;
        let live = open.live().map_err(internal)?;
        let turns = live.look(|transcript, _| {
            let last = transcript.turns().len().checked_sub(1);
            last.map(|last| {
                (
                    last,
                    history(
                        transcript,
                        transcript.turns().get(last..).unwrap_or_default(),
                    )
                    .len(),
                )
            })
        });
        let Some((last, messages)) = turns else {
            return Ok(ConversationUndone { removed: 0 });
        };
        live.cut(last).map_err(refused)?;
        Ok(ConversationUndone {
            removed: messages as u64,
        })
    }

    /// `session.close`: for this socket; the conversation goes on.
    pub(crate) fn close(self, id: &str) -> ConversationClosed {
        let closed = id.parse().is_ok_and(|id| {
            self.attached.forget_images(id);
            self.attached.detach(id)
        });
        ConversationClosed { closed }
    }

    /// `session.delete`.
    pub(crate) async fn delete(self, id: &str) -> Answer<ConversationDeleted> {
        named(id)?;
        let deleted = self.conversations.delete(self.owner, id).await;
        deleted.map_err(|why| not_open(&why, code::STORED_CONVERSATION_NOT_FOUND))?;
        Ok(ConversationDeleted {
            deleted: id.to_owned(),
        })
    }

    /// `session.events.since`.
    pub(crate) async fn events_since(self, params: EventsSinceParams) -> Answer<EventsSince> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let live = open.live().map_err(internal)?;
        let records = live.since(params.last_seen).await;
        let records = records.map_err(|error| match error {
            JournalError::Gone => not_open(&NotOpen::Unknown, code::CONVERSATION_NOT_FOUND),
            _ => storage_fails(),
        })?;
        let teller = self.conversations.teller(&open);
        let mut events = Vec::with_capacity(records.len());
        for record in &records {
            let told = teller.record(record).map_err(internal)?;
            let params = RawValue::from_string(told.params).map_err(|_| RpcError::internal())?;
            events.push(params);
        }
        let last = records.last().map_or(params.last_seen, |record| record.seq);
        Ok(EventsSince {
            events,
            epoch: self.conversations.epoch(),
            truncated: last < live.look(|transcript, _| transcript.last()),
        })
    }

    /// `prompt.submit`.
    pub(crate) async fn submit(mut self, params: PromptSubmitParams) -> Answer<PromptSubmitted> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let live = open.live().map_err(internal)?;
        let id = params.prompt_id.map(|id| prompt_id(&id)).transpose()?;
        self.see(&open)?;
        let mut images = self.attached.images(open.id).to_vec();
        images.extend(images::named(live, params.images).await?);
        let ask = Ask {
            ids: id.into_iter().collect(),
            text: params.text,
            images,
        };
        let busy = params.busy;
        let busy = busy.unwrap_or_else(|| self.conversations.busy(self.owner));
        let submitted = match params.truncate_before_user_ordinal {
            Some(from) => {
                let of = params.truncate_of.map(|of| of as usize);
                let from = from as usize;
                live.ask_instead(Instead { from, of }, ask)
            }
            None => live.submit(
                ask,
                match busy {
                    BusyMode::Queue | BusyMode::Steer => Busy::Queue,
                    BusyMode::Interrupt => Busy::Interrupt,
                },
            ),
        };
        let submitted = submitted.map_err(refused)?;
        self.attached.forget_images(open.id);
        Ok(PromptSubmitted {
            status: match submitted {
                Submitted::Running => PromptStatus::Streaming,
                Submitted::Queued => PromptStatus::Queued,
                Submitted::Known => PromptStatus::Known,
                Submitted::Withdrawn => PromptStatus::Withdrawn,
                Submitted::Dropped => PromptStatus::Dropped,
            },
        })
    }
}

impl Calls<'_> {
    /// `prompt.withdraw`.
    pub(crate) async fn withdraw(self, params: PromptWithdrawParams) -> Answer<PromptWithdrawn> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let live = open.live().map_err(internal)?;
        Ok(PromptWithdrawn {
            status: match live.withdraw(&prompt_id(&params.prompt_id)?) {
                Withdrawn::Withdrawn => WithdrawnStatus::Withdrawn,
                Withdrawn::Asked => WithdrawnStatus::Asked,
                Withdrawn::Unknown => WithdrawnStatus::Unknown,
            },
        })
    }
}

impl<'a> Calls<'a> {
    /// The same person, as somebody who chooses.
    pub(super) const fn choosing(&self) -> Choosing<'a> {
        Choosing {
            conversations: self.conversations,
            owner: self.owner,
        }
    }

    /// Sees a conversation from here on, unless it is seen already.
    pub(super) fn see(&mut self, open: &Arc<Open>) -> Answer<()> {
        if self.attached.sees(open.id) {
            return Ok(());
        }
        let place = open.live().map_err(internal)?.place();
        let attached = self.attached.attach(open, place);
        attached.map_err(|why| not_open(&why, code::CONVERSATION_NOT_FOUND))
    }
}

fn prompt_id(id: &str) -> Answer<AskId> {
    id.parse()
        .map_err(|error: AskIdError| RpcError::new(code::BAD_ARGUMENT, error.to_string()))
}

/// The caller's conversation of this id.
pub(super) async fn open(
    conversations: &Conversations,
    owner: UserId,
    id: &str,
) -> Answer<Arc<Open>> {
    named(id)?;
    let found = conversations.find(owner, id).await;
    found.map_err(|why| not_open(&why, code::CONVERSATION_NOT_FOUND))
}

fn named(id: &str) -> Answer<()> {
    if id.is_empty() {
        return Err(RpcError::new(
            code::CONVERSATION_REQUIRED,
            "session_id required",
        ));
    }
    Ok(())
}

pub(super) fn not_open(why: &NotOpen, unknown: i32) -> RpcError {
    match why {
        NotOpen::Unknown => explained(
            unknown,
            &Failure::new(Code::ConversationUnknown, "session not found"),
        ),
        NotOpen::TooMany => RpcError::new(
            code::TOO_MANY_CONVERSATIONS,
            "too many conversations are open: close some, or wait until they are idle",
        ),
        NotOpen::Unavailable => storage_fails(),
    }
}

pub(super) fn internal(why: NotOpen) -> RpcError {
    not_open(&why, code::CONVERSATION_NOT_FOUND)
}

fn unavailable(error: StorageError) -> RpcError {
    internal(error.into())
}

/// What storage met is in the log.
pub(super) fn storage_fails() -> RpcError {
    let what = "the conversations cannot be read just now";
    explained(
        code::INTERNAL_ERROR,
        &Failure::new(Code::StorageUnusable, what),
    )
}

pub(super) fn refused(why: Refused) -> RpcError {
    let number = match why {
        Refused::Empty => code::EMPTY,
        Refused::TooLong | Refused::TooManyImages => code::BAD_ARGUMENT,
        Refused::Busy | Refused::TooManyWait => code::BUSY,
        Refused::NoSuchTurn | Refused::NoSuchVersion | Refused::Changed => code::NO_SUCH_PROMPT,
        Refused::Unsaved => {
            let failure = Failure::new(Code::StorageUnusable, why.to_string());
            return explained(code::INTERNAL_ERROR, &failure);
        }
    };
    RpcError::new(number, why.to_string())
}
