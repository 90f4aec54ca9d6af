//! What the twins of the methods answer, over HTTP. They speak of conversations of which something is
//! kept; one in which nothing was said yet is its socket's alone.

use hermes_agent::{
    End,
    conversation::{Event, Transcript, Turn},
};
use hermes_protocol::{
    methods::Speaker,
    rest::{
        ConversationChange, ConversationDetail, ConversationStats, EmptyCount, Found,
        MessagesAnswer, MessagesQuery, PROFILE, Pagination, SearchAnswer, StoredConversation,
        StoredMessage,
    },
};
use hermes_storage::{Change, Conversation, Hit, Label, Page, SEARCH_LIMIT, Selection, UserId};

use super::{Conversations, NotOpen, wire::seconds};

/// Where something was found, in a snippet.
const MARKS: (&str, &str) = (">>>", "<<<");

/// Why a conversation stays as it was.
pub(crate) enum Unchanged {
    /// There is none to change, or nothing can be kept.
    NotOpen(NotOpen),
    /// A title has something in it.
    NoTitle,
}

impl<E: Into<NotOpen>> From<E> for Unchanged {
    fn from(error: E) -> Self {
        Self::NotOpen(error.into())
    }
}

impl Conversations {
    /// A part of the owner's conversations, and how many the whole list has.
    pub(crate) async fn listed(
        &self,
        owner: UserId,
        page: Page,
    ) -> Result<(Vec<StoredConversation>, u64), NotOpen> {
        self.begun_is_kept(owner).await;
        let conversations = self.storage.conversations();
        let total = conversations.count(owner, page.selection.clone()).await?;
        let found = conversations.list(owner, page).await?;
        Ok((found.into_iter().map(row).collect(), total))
    }

    /// Where the owner's conversations hold all words of the query: the best place of each.
    pub(crate) async fn search(
        &self,
        owner: UserId,
        query: &str,
        limit: usize,
    ) -> Result<SearchAnswer, NotOpen> {
        let conversations = self.storage.conversations();
        let hits = conversations.search(owner, query, SEARCH_LIMIT).await?;
        let mut results: Vec<Found> = Vec::new();
        for hit in hits {
            let id = hit.conversation.to_string();
            if results.len() < limit && results.iter().all(|found| found.session_id != id) {
                results.push(found(&hit, id));
            }
        }
        Ok(SearchAnswer { results })
    }

    /// What the owner's conversations come to.
    pub(crate) async fn stats(&self, owner: UserId) -> Result<ConversationStats, NotOpen> {
        let totals = self.storage.conversations().totals(owner).await?;
        let sources = totals.by_source.into_iter();
        Ok(ConversationStats {
            total: totals.conversations,
            active_store: totals.conversations.saturating_sub(totals.archived),
            archived: totals.archived,
            messages: totals.messages,
            by_source: sources
                .map(|(source, count)| (source.to_string(), count))
                .collect(),
        })
    }

    /// How many of the owner's conversations are empty, and not put away.
    pub(crate) async fn empty(&self, owner: UserId) -> Result<EmptyCount, NotOpen> {
        let conversations = self.storage.conversations();
        let all = Selection::default();
        let with_messages = Selection {
            min_messages: 1,
            ..Selection::default()
        };
        let all = conversations.count(owner, all).await?;
        let with_messages = conversations.count(owner, with_messages).await?;
        Ok(EmptyCount {
            count: all.saturating_sub(with_messages),
        })
    }

    /// One of the owner's conversations.
    pub(crate) async fn detail(
        &self,
        owner: UserId,
        beginning: &str,
    ) -> Result<ConversationDetail, NotOpen> {
        let kept = self.kept(owner, beginning).await?;
        let open = self.find(owner, kept.id.as_str()).await?;
        let live = open.live()?;
        let row = live.look(|transcript, _| looked_into(row(kept), transcript));
        Ok(ConversationDetail {
            row,
            model_config: None,
            system_prompt: None,
        })
    }

    /// What was said in one of the owner's conversations.
    pub(crate) async fn messages(
        &self,
        owner: UserId,
        beginning: &str,
        query: MessagesQuery,
    ) -> Result<MessagesAnswer, NotOpen> {
        let kept = self.kept(owner, beginning).await?;
        let open = self.find(owner, kept.id.as_str()).await?;
        let id = kept.id.to_string();
        let whole = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
        let (offset, limit) = (query.offset.unwrap_or_default(), query.limit);
        let messages: Vec<_> = open.live()?.look(|transcript, _| {
            let said = transcript.turns().iter().flat_map(|turn| said(&id, turn));
            let said = said.skip(whole(offset));
            said.take(limit.map_or(usize::MAX, whole)).collect()
        });
        Ok(MessagesAnswer {
            pagination: Pagination {
                limit,
                offset,
                returned: messages.len() as u64,
            },
            session_id: id,
            messages,
        })
    }

    /// Changes one of the owner's conversations, and says what it is called then. Whoever sees it is
    /// told of a title.
    pub(crate) async fn change(
        &self,
        owner: UserId,
        beginning: &str,
        change: ConversationChange,
    ) -> Result<Option<String>, Unchanged> {
        let title = match &change.title {
            Some(title) => Some(Label::new(title).ok_or(Unchanged::NoTitle)?),
            None => None,
        };
        let kept = self.kept(owner, beginning).await?;
        let open = self.find(owner, kept.id.as_str()).await?;
        let live = open.live()?;
        let archived = change.archived.map(Change::Archived);
        let pinned = change.pinned.map(Change::Pinned);
        for change in archived.into_iter().chain(pinned) {
            if !self.storage.conversations().change(kept.id, change).await? {
                return Err(NotOpen::Unknown.into());
            }
            self.lists.changed(owner);
        }
        if let Some(title) = title {
            live.entitle(title.to_string());
            if !live.until_kept().await {
                return Err(NotOpen::Unavailable.into());
            }
        }
        Ok(live.look(|transcript, _| transcript.title().map(str::to_owned)))
    }

    /// Deletes the owner's conversation of this id, whatever happens in it. What cannot be undone wants
    /// the whole id.
    pub(crate) async fn delete_whole(&self, owner: UserId, id: &str) -> Result<(), NotOpen> {
        self.arrived(owner, id).await;
        self.delete(owner, id).await
    }

    /// The owner's conversation of this id or, failing that, the only one whose id begins like this.
    async fn kept(&self, owner: UserId, beginning: &str) -> Result<Conversation, NotOpen> {
        self.arrived(owner, beginning).await;
        let conversations = self.storage.conversations();
        if let Ok(id) = beginning.parse() {
            let found = conversations.find(id).await?;
            if let Some(found) = found.filter(|found| found.owner == owner) {
                return Ok(found);
            }
        }
        let found = conversations.find_by_beginning(owner, beginning).await?;
        found.ok_or(NotOpen::Unknown)
    }

    /// Waits until what was said just now in conversations of these ids is in storage, if it can be.
    async fn arrived(&self, owner: UserId, beginning: &str) {
        for open in self.in_memory(owner) {
            // One that is being opened just now has nothing new.
            if let Ok(live) = open.live()
                && open.id.as_str().starts_with(beginning)
            {
                live.until_kept().await;
            }
        }
    }
}

fn text(label: Option<Label>) -> Option<String> {
    label.map(|label| label.to_string())
}

fn row(kept: Conversation) -> StoredConversation {
    StoredConversation {
        id: kept.id.to_string(),
        source: kept.source.to_string(),
        model: text(kept.model),
        parent_session_id: kept.parent.map(|parent| parent.to_string()),
        started_at: seconds(kept.created_at),
        ended_at: None,
        end_reason: None,
        message_count: u64::from(kept.message_count),
        tool_call_count: 0,
        input_tokens: kept.tokens.input,
        output_tokens: kept.tokens.output,
        cache_read_tokens: kept.tokens.cached,
        cache_write_tokens: 0,
        reasoning_tokens: kept.tokens.reasoning,
        cwd: None,
        title: text(kept.title),
        archived: kept.archived,
        pinned: kept.pinned,
        last_active: seconds(kept.last_active_at),
        preview: text(kept.preview),
        is_active: kept.running,
        profile_name: PROFILE,
        estimated_cost_usd: None,
    }
}

/// The row of a conversation, with what its transcript tells.
fn looked_into(row: StoredConversation, transcript: &Transcript) -> StoredConversation {
    let summary = transcript.summary();
    StoredConversation {
        model: summary.model,
        message_count: summary.messages,
        input_tokens: summary.usage.input,
        output_tokens: summary.usage.output,
        cache_read_tokens: summary.usage.cached,
        reasoning_tokens: summary.usage.reasoning,
        is_active: summary.running,
        ..row
    }
}

/// The prompt and the answer of a turn. Its numbers are those of its first records, of which it has as
/// many at least.
fn said(id: &str, turn: &Turn) -> impl Iterator<Item = StoredMessage> {
    let message = |number, role, content: &str, at| StoredMessage {
        id: number,
        session_id: id.to_owned(),
        role,
        content: content.to_owned(),
        tool_call_id: None,
        tool_calls: None,
        tool_name: None,
        timestamp: seconds(at),
        finish_reason: None,
        reasoning: None,
    };
    let prompt = message(turn.since, Speaker::User, &turn.ask.text, turn.asked_at);
    let answer = turn.end.as_ref().map(|end| {
        let content = match end {
            End::Failed(failure) if turn.answer.is_empty() => &failure.message,
            _ => &turn.answer,
        };
        let at = turn.ended_at.unwrap_or(turn.asked_at);
        StoredMessage {
            finish_reason: match end {
                End::Complete => Some("stop"),
                End::Cut => Some("length"),
                End::Interrupted | End::Failed(_) => None,
            },
            reasoning: Some(turn.reasoning.clone()).filter(|text| !text.is_empty()),
            ..message(turn.since + 1, Speaker::Assistant, content, at)
        }
    });
    std::iter::once(prompt).chain(answer)
}

fn found(hit: &Hit, id: String) -> Found {
    let mut snippet = String::with_capacity(hit.snippet.len() + 16);
    let mut after = 0;
    for mark in &hit.marks {
        let before = hit.snippet.get(after..mark.start).unwrap_or_default();
        let it = hit.snippet.get(mark.clone()).unwrap_or_default();
        snippet.extend([before, MARKS.0, it, MARKS.1]);
        after = mark.end;
    }
    snippet.push_str(hit.snippet.get(after..).unwrap_or_default());
    Found {
        snippet,
        // Prompts and answers alone are found.
        role: match hit.kind.as_str() {
            Event::ASKED => Speaker::User,
            _ => Speaker::Assistant,
        },
        source: hit.source.to_string(),
        model: None,
        session_started: seconds(hit.created_at),
        lineage_root: id.clone(),
        session_id: id,
    }
}
