use std::sync::Arc;

use hermes_agent::{
    Image, Journal, JournalError, Kept, READ_LIMIT, Summary,
    conversation::{Event, ImageId, Record},
};
use hermes_storage::{
    Attachment, Batch, ConversationId, Entry, Label, Logged, NewConversation, Storage,
    StorageError, Tokens,
};
use tokio::sync::OnceCell;

use super::writer::Writer;

/// What the journals of all conversations share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) writer: Writer,
}

/// The journal of a conversation in the gateway's storage.
pub(super) struct StoredJournal {
    shared: Shared,
    id: ConversationId,
    /// A conversation that is not kept yet: it is with the first thing that happens in it.
    new: Option<NewConversation>,
    begun: OnceCell<()>,
}

impl StoredJournal {
    pub(super) fn new(shared: Shared, id: ConversationId, new: Option<NewConversation>) -> Self {
        Self {
            shared,
            id,
            new,
            begun: OnceCell::new(),
        }
    }

    /// Whether nothing of the conversation is kept.
    pub(super) fn is_new(&self) -> bool {
        self.new.is_some() && !self.begun.initialized()
    }

    async fn begin(&self) -> Result<(), JournalError> {
        let Some(new) = &self.new else {
            return Ok(());
        };
        let begin = async || {
            let created = self.shared.storage.conversations().create(new.clone());
            created.await.map_err(failed)
        };
        self.begun.get_or_try_init(begin).await.copied()
    }
}

impl Journal for StoredJournal {
    fn append(&self, records: Vec<Record>, summary: Summary) -> Kept<'_, ()> {
        Box::pin(async move {
            self.begin().await?;
            let batch = batch(self.id, &records, &summary)?;
            self.shared.writer.keep(batch).await
        })
    }

    fn read(&self, after: u64) -> Kept<'_, Vec<Record>> {
        Box::pin(async move {
            if self.is_new() {
                return Ok(Vec::new());
            }
            let conversations = self.shared.storage.conversations();
            let read = conversations.read(self.id, after, READ_LIMIT).await;
            let stretch = read.map_err(failed)?.ok_or(JournalError::Gone)?;
            stretch.entries.iter().map(record).collect()
        })
    }

    fn attach(&self, image: Image) -> Kept<'_, ImageId> {
        Box::pin(async move {
            self.begin().await?;
            let media_type = Label::new(image.media_type().as_str());
            let attachment = media_type
                .and_then(|media_type| Attachment::new(media_type, image.bytes().to_vec()).ok());
            let attachment = attachment.ok_or_else(unreadable)?;
            let conversations = self.shared.storage.conversations();
            let id = conversations.attach(self.id, attachment).await;
            id.map(|id| ImageId(id.to_string())).map_err(failed)
        })
    }

    fn image<'a>(&'a self, id: &'a ImageId) -> Kept<'a, Option<Image>> {
        Box::pin(async move {
            let Ok(id) = id.0.parse() else {
                return Ok(None);
            };
            let conversations = self.shared.storage.conversations();
            let found = conversations
                .attachment(self.id, id)
                .await
                .map_err(failed)?;
            Ok(found.and_then(|found| Image::new(found.bytes().to_vec()).ok()))
        })
    }
}

fn failed(error: StorageError) -> JournalError {
    match error {
        StorageError::ConversationUnknown => JournalError::Gone,
        StorageError::AttachmentsFull => JournalError::Full,
        error => JournalError::Failed(error.to_string()),
    }
}

fn unreadable() -> JournalError {
    JournalError::Failed("the conversation holds what this program does not know".to_owned())
}

fn batch(
    conversation: ConversationId,
    records: &[Record],
    summary: &Summary,
) -> Result<Batch, JournalError> {
    let mut forgets_text_from = None;
    let mut entries = Vec::with_capacity(records.len());
    for record in records {
        if let Event::Cut { since, .. } = record.event {
            let earlier = forgets_text_from.unwrap_or(since);
            forgets_text_from = Some(since.min(earlier));
        }
        let (kind, json) = record.event.to_row().map_err(|_| unreadable())?;
        entries.push(Entry {
            seq: record.seq,
            kind,
            at: record.at,
            json,
            text: record.event.text().map(str::to_owned),
        });
    }
    Ok(Batch {
        conversation,
        entries,
        summary: hermes_storage::Summary {
            title: summary.title.as_deref().and_then(Label::new),
            preview: Label::new(&summary.preview),
            message_count: u32::try_from(summary.messages).unwrap_or(u32::MAX),
            model: summary.model.as_deref().and_then(Label::new),
            tokens: Tokens {
                input: summary.usage.input,
                cached: summary.usage.cached,
                output: summary.usage.output,
                reasoning: summary.usage.reasoning,
            },
            last_active_at: summary.active_at,
            running: summary.running,
        },
        forgets_text_from,
    })
}

fn record(entry: &Logged) -> Result<Record, JournalError> {
    let event = Event::from_row(&entry.kind, &entry.json).map_err(|_| unreadable())?;
    Ok(Record {
        seq: entry.seq,
        at: entry.at,
        event,
    })
}
