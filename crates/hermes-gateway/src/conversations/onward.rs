//! How a conversation goes on in another way: shorter, in a copy, or with more to say.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use hermes_agent::conversation::{
    Ask, Busy, NotSummarised, Refused, Summarised, Transcript, Wanted,
};
use hermes_errors::Code;
use hermes_protocol::{
    methods::{
        Compression, CompressionSummary, ConversationBranchParams, ConversationBranched,
        ConversationCompressParams, ConversationCompressed, ConversationHistory,
        ConversationShowVersionParams, ConversationSteerParams, ConversationSteered, Steering,
    },
    rpc::{ErrorData, RpcError, code},
};
use hermes_storage::{Label, UserId};

use super::{
    Calls, Conversations, Open,
    calls::{Answer, internal, not_open, open, refused, storage_fails},
    wire::history,
};

/// The most characters of what a branch is called after, and the most branches of one name.
const NAME_LIMIT: usize = 60;
const BRANCHES: u32 = 100;

impl Calls<'_> {
    /// `session.steer`.
    pub(crate) async fn steer(
        self,
        params: ConversationSteerParams,
    ) -> Answer<ConversationSteered> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let live = open.live().map_err(internal)?;
        let text = params.text;
        if live.look(|transcript, _| transcript.running().is_none()) {
            let status = Steering::Rejected;
            return Ok(ConversationSteered { status, text });
        }
        let ask = Ask {
            ids: Vec::new(),
            text: text.clone(),
            images: Vec::new(),
        };
        live.submit(ask, Busy::Queue).map_err(refused)?;
        let status = Steering::Queued;
        Ok(ConversationSteered { status, text })
    }

    /// `session.show_version`.
    pub(crate) async fn show_version(
        self,
        params: ConversationShowVersionParams,
    ) -> Answer<ConversationHistory> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let live = open.live().map_err(internal)?;
        live.show(Wanted {
            turn: params.user_ordinal as usize,
            version: params.version as usize,
            of: params.of.map(|of| of as usize),
        })
        .map_err(refused)?;
        self.history(&params.session_id).await
    }

    /// `session.compress`, which answers when the model has.
    pub(crate) async fn compress(
        self,
        params: ConversationCompressParams,
    ) -> Answer<BoxFuture<'static, Answer<ConversationCompressed>>> {
        let open = open(self.conversations, self.owner, &params.session_id).await?;
        let conversations = Arc::clone(self.conversations);
        let live = Arc::clone(open.live().map_err(internal)?);
        let before = live.look(|transcript, _| told(transcript));
        let focus = params.focus_topic;
        // It goes on when whoever wanted it has left.
        let summary = tokio::spawn(async move { live.summarise(focus.as_deref()).await });
        Ok(Box::pin(async move {
            let summary = summary.await.map_err(|_| RpcError::internal())?;
            let summary = summary.map_err(not_summarised)?;
            compressed(&conversations, &open, before, summary)
        }))
    }

    /// `session.branch`.
    pub(crate) async fn branch(
        self,
        params: ConversationBranchParams,
    ) -> Answer<ConversationBranched> {
        let from = open(self.conversations, self.owner, &params.session_id).await?;
        let live = from.live().map_err(internal)?;
        let most = params.before_user_ordinal.map(|most| most as usize);
        let (turns, has_ended, called) = live.look(|transcript, _| {
            let turns = transcript.turns();
            let mut first = turns.iter().take(most.unwrap_or(turns.len()));
            let ended = first.any(|turn| turn.end.is_some());
            let summary = transcript.summary();
            (turns.len(), ended, summary.title.unwrap_or(summary.preview))
        });
        if most.is_some_and(|most| most > turns) {
            return Err(refused(Refused::NoSuchTurn));
        }
        if !has_ended {
            return Err(RpcError::new(
                code::NOTHING_SAID,
                "nothing has been answered yet that could be branched off",
            ));
        }
        let title = match params.name.as_deref().and_then(Label::new) {
            Some(name) => name,
            None => free_name(self.conversations, self.owner, &called).await?,
        };
        let source = from.source.clone();
        let begun = self.conversations.begin(self.owner, source, Some(from.id));
        let branch = begun
            .await
            .map_err(|why| not_open(&why, code::CONVERSATION_NOT_FOUND))?;
        let begun = branch.live().map_err(internal)?;
        branch.journal.be_quiet_until(None);
        let copied = begun.begin_with(live, most.unwrap_or(usize::MAX)).await;
        let last = begun.look(|transcript, _| transcript.last());
        branch.journal.be_quiet_until(Some(last));
        copied.map_err(|_| storage_fails())?;
        begun.entitle(title.to_string());
        let last = begun.look(|transcript, _| transcript.last());
        self.attached.attach(&branch, last).map_err(internal)?;
        Ok(ConversationBranched {
            session_id: branch.id.to_string(),
            title: title.to_string(),
            parent: from.id.to_string(),
        })
    }
}

/// A name like this one that none of the caller's conversations has, so that each can be resumed
/// by its own.
async fn free_name(conversations: &Conversations, owner: UserId, like: &str) -> Answer<Label> {
    let stem = like.rsplit_once(" #").filter(|(_, number)| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    let stem = stem.map_or(like, |(stem, _)| stem);
    let stem = hermes_secret::plain(stem, NAME_LIMIT);
    let stored = conversations.storage.conversations();
    let mut name = None;
    for number in 2..=BRANCHES {
        name = Label::new(&format!("{stem} #{number}"));
        let Some(name) = &name else {
            break;
        };
        let taken = stored.find_by_title(owner, name).await;
        if taken.map_err(|error| internal(error.into()))?.is_none() {
            break;
        }
    }
    name.ok_or_else(RpcError::internal)
}

/// How many messages the agent is told.
fn told(transcript: &Transcript) -> u64 {
    let first = transcript.compressed().map_or(0, |all| all.turns);
    let turns = transcript.turns().get(first..).unwrap_or_default();
    (history(transcript, turns).len() + usize::from(first > 0)) as u64
}

fn compressed(
    conversations: &Conversations,
    open: &Open,
    before: u64,
    summary: Summarised,
) -> Answer<ConversationCompressed> {
    let teller = conversations.teller(open);
    let live = open.live().map_err(internal)?;
    let (after, usage, messages) = live.look(|transcript, _| {
        let messages = history(transcript, transcript.turns());
        (told(transcript), teller.usage(transcript), messages)
    });
    let Summarised {
        summary,
        before: before_tokens,
        after: after_tokens,
        ..
    } = summary;
    Ok(ConversationCompressed {
        status: Compression::Compressed,
        removed: before.saturating_sub(after),
        before_messages: before,
        after_messages: after,
        before_tokens,
        after_tokens,
        summary: CompressionSummary {
            headline: format!("{before} messages are told as a summary from now on"),
            token_line: format!("about {after_tokens} tokens instead of {before_tokens}"),
            note: summary,
            noop: false,
        },
        usage,
        info: teller.info().map_err(internal)?,
        messages,
    })
}

fn not_summarised(why: NotSummarised) -> RpcError {
    match why {
        NotSummarised::Refused(Refused::NoSuchTurn) => {
            RpcError::new(code::NOTHING_SAID, "there is nothing to compress")
        }
        NotSummarised::Refused(why) => refused(why),
        NotSummarised::Interrupted => {
            RpcError::new(code::AGENT_FAILED, "the compression was interrupted")
        }
        NotSummarised::Failed(failure) => {
            let code = Code::find(&failure.code).unwrap_or(Code::AgentFailed);
            RpcError::new(code::AGENT_FAILED, failure.message).with_data(ErrorData {
                code: code.as_str().into(),
                hint: failure.hint.into(),
                retryable: failure.retryable,
            })
        }
    }
}
