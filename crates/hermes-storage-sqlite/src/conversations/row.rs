use hermes_storage::{Conversation, Label, Settings, Tokens};

use crate::{fault::Fault, moment};

/// A conversation as stored.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) parent: Option<String>,
    pub(super) source: String,
    pub(super) title: Option<String>,
    pub(super) settings: String,
    pub(super) archived: i64,
    pub(super) pinned: i64,
    pub(super) created_at: i64,
    pub(super) preview: Option<String>,
    pub(super) message_count: i64,
    pub(super) model: Option<String>,
    pub(super) input_tokens: i64,
    pub(super) cached_tokens: i64,
    pub(super) output_tokens: i64,
    pub(super) reasoning_tokens: i64,
    pub(super) last_active_at: i64,
    pub(super) running: i64,
    pub(super) last_seq: i64,
}

impl TryFrom<Row> for Conversation {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let parent = row.parent.map(|id| id.parse()).transpose();
        let source = Label::new(&row.source);
        let count = |tokens: i64| u64::try_from(tokens).map_err(Fault::damaged);
        Ok(Self {
            id: row.id.parse().map_err(Fault::damaged)?,
            owner: row.user_id.parse().map_err(Fault::damaged)?,
            source: source.ok_or_else(|| Fault::damaged("a conversation from nowhere"))?,
            title: row.title.as_deref().and_then(Label::new),
            parent: parent.map_err(Fault::damaged)?,
            settings: Settings::new(&row.settings).map_err(Fault::damaged)?,
            archived: row.archived != 0,
            pinned: row.pinned != 0,
            created_at: moment::read(row.created_at)?,
            preview: row.preview.as_deref().and_then(Label::new),
            message_count: u32::try_from(row.message_count).map_err(Fault::damaged)?,
            model: row.model.as_deref().and_then(Label::new),
            tokens: Tokens {
                input: count(row.input_tokens)?,
                cached: count(row.cached_tokens)?,
                output: count(row.output_tokens)?,
                reasoning: count(row.reasoning_tokens)?,
            },
            last_active_at: moment::read(row.last_active_at)?,
            running: row.running != 0,
            last_seq: u64::try_from(row.last_seq).map_err(Fault::damaged)?,
        })
    }
}

/// The rows of conversations that the rest of a query picks.
macro_rules! conversations {
    ($rest:tt $(, $argument:expr)*) => {
        sqlx::query_as!(
            Row,
            "SELECT id, user_id, (SELECT parents.id FROM conversations AS parents \
             WHERE parents.number = conversations.parent) AS parent, source, title, settings, \
             archived, pinned, created_at, preview, message_count, model, input_tokens, \
             cached_tokens, output_tokens, reasoning_tokens, last_active_at, running, last_seq \
             FROM conversations " + $rest
            $(, $argument)*
        )
    };
}

pub(super) use conversations;
