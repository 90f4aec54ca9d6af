use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use hermes_agent::{
    FoundAgain, Image, Journal, JournalError, Kept, READ_LIMIT, Summary,
    conversation::{Event, ImageId, Record},
};
use hermes_storage::{
    Attachment, Batch, ConversationId, Entry, Label, Logged, NewConversation, Storage,
    StorageError, Tokens, UserId,
};
use tokio::sync::OnceCell;

use super::{lists::Lists, writer::Writer};
use crate::push::{News, Push};

/// What the journals of all conversations share.
#[derive(Clone)]
pub(super) struct Shared {
    pub(super) storage: Arc<dyn Storage>,
    pub(super) writer: Writer,
    /// Told of what ends, where browsers are.
    pub(super) push: Option<Push>,
    /// Told of what lists show; none if none shows the conversation.
    pub(super) lists: Option<Lists>,
}

/// The journal of a conversation in the gateway's storage.
pub(super) struct StoredJournal {
    shared: Shared,
    id: ConversationId,
    owner: UserId,
    /// A conversation that is not kept yet: it is with the first thing that happens in it.
    new: Option<NewConversation>,
    begun: OnceCell<()>,
    /// The number of the last record that is no news, since it came from elsewhere.
    quiet_until: AtomicU64,
}

impl StoredJournal {
    pub(super) fn new(
        shared: Shared,
        id: ConversationId,
        owner: UserId,
        new: Option<NewConversation>,
    ) -> Self {
        Self {
            shared,
            id,
            owner,
            new,
            begun: OnceCell::new(),
            quiet_until: AtomicU64::new(0),
        }
    }

    /// Whatever comes is no news, since it was said elsewhere, up to the record that is named then.
    pub(super) fn be_quiet_until(&self, seq: Option<u64>) {
        self.quiet_until
            .store(seq.unwrap_or(u64::MAX), Ordering::Relaxed);
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
    fn append(
        &self,
        records: Vec<Record>,
        summary: Summary,
        again: Option<FoundAgain>,
    ) -> Kept<'_, ()> {
        Box::pin(async move {
            self.begin().await?;
            let batch = batch(self.id, &records, &summary, again)?;
            self.shared.writer.keep(batch).await?;
            // What is told can be read then.
            let quiet_until = self.quiet_until.load(Ordering::Relaxed);
            let first = records.partition_point(|record| record.seq <= quiet_until);
            if let Some(push) = &self.shared.push
                && let Some(news) = News::of(self.owner, self.id, &records[first..], &summary)
            {
                push.tell(news);
            }
            if let Some(lists) = &self.shared.lists
                && records.iter().any(|record| is_listed(&record.event))
            {
                lists.changed(self.owner);
            }
            Ok(())
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

/// Whether lists show that this has happened.
const fn is_listed(event: &Event) -> bool {
    matches!(
        event,
        Event::Asked(_)
            | Event::Ended { .. }
            | Event::Cut { .. }
            | Event::Shown { .. }
            | Event::Titled(_)
    )
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
    again: Option<FoundAgain>,
) -> Result<Batch, JournalError> {
    let mut forgets_text_from = None;
    let mut entries: Vec<Entry> = Vec::with_capacity(records.len());
    for record in records {
        if let Event::Cut { since, .. } = record.event {
            let earlier = forgets_text_from.unwrap_or(since);
            forgets_text_from = Some(since.min(earlier));
            // What was taken back before it was kept is not found either.
            for entry in entries.iter_mut().filter(|entry| entry.seq >= since) {
                entry.text = None;
            }
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
    let mut finds_again = Vec::new();
    if let Some(FoundAgain { after, texts }) = again {
        let earlier = forgets_text_from.unwrap_or(after + 1);
        forgets_text_from = Some(earlier.min(after + 1));
        for entry in entries.iter_mut().filter(|entry| entry.seq > after) {
            entry.text = None;
        }
        let first = records.first().map_or(u64::MAX, |record| record.seq);
        for (seq, text) in texts {
            if seq < first {
                finds_again.push((seq, text));
            } else if let Some(entry) = entries.iter_mut().find(|entry| entry.seq == seq) {
                entry.text = Some(text);
            }
        }
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
        finds_again,
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

#[cfg(test)]
mod tests {
    use hermes_agent::{
        End, Usage,
        conversation::{Ask, Transcript},
    };
    use jiff::Timestamp;

    use super::*;

    fn asked(seq: u64, text: &str) -> Record {
        let ask = Ask {
            ids: Vec::new(),
            text: text.to_owned(),
            images: Vec::new(),
        };
        record(seq, Event::Asked(ask))
    }

    fn record(seq: u64, event: Event) -> Record {
        let at = Timestamp::UNIX_EPOCH;
        Record { seq, at, event }
    }

    fn ended(seq: u64, answer: &str) -> Record {
        let ended = Event::Ended {
            end: End::Complete,
            answer: answer.to_owned(),
            reasoning: String::new(),
            usage: Usage::default(),
            model: None,
        };
        record(seq, ended)
    }

    /// What search is told: from where on it forgets, what it finds again, and the texts of the entries.
    fn told(
        records: &[Record],
        again: Option<FoundAgain>,
    ) -> (Option<u64>, Vec<u64>, Vec<Option<String>>) {
        let id = "AAAAAAAAAAAAAAAAAAAAAA".parse().unwrap();
        let summary = Transcript::default().summary();
        let batch = batch(id, records, &summary, again).unwrap();
        let again = batch.finds_again.iter().map(|(seq, _)| *seq).collect();
        let texts = batch.entries.into_iter().map(|entry| entry.text).collect();
        (batch.forgets_text_from, again, texts)
    }

    fn again(after: u64, texts: &[(u64, &str)]) -> FoundAgain {
        let texts = texts.iter().map(|(seq, text)| (*seq, (*text).to_owned()));
        FoundAgain {
            after,
            texts: texts.collect(),
        }
    }

    #[test]
    fn search_is_told_what_is_shown_and_nothing_else() {
        let cut = |seq, since| record(seq, Event::Cut { from: 1, since });
        let shown = |seq, since| record(seq, Event::Shown { from: 1, since });
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(
            told(
                &[asked(3, "c"), ended(4, "d"), cut(5, 3), asked(6, "e")],
                None
            ),
            (Some(3), vec![], vec![None, None, None, some("e")]),
            "what was taken back before it was kept"
        );
        assert_eq!(
            told(&[shown(7, 3)], Some(again(2, &[(3, "c"), (4, "d")]))),
            (Some(3), vec![3, 4], vec![None]),
            "a version that was kept long ago"
        );
        let records = [
            asked(3, "c"),
            cut(4, 3),
            asked(5, "e"),
            shown(6, 3),
            asked(7, "f"),
        ];
        assert_eq!(
            told(
                &records,
                Some(again(2, &[(3, "c"), (7, "f"), (9, "kept next")]))
            ),
            (
                Some(3),
                vec![],
                vec![some("c"), None, None, None, some("f")]
            ),
            "one that is kept with the same batch"
        );
    }
}
