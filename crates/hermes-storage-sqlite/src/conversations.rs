mod attachments;
mod lists;
mod log;
mod row;
mod runs;
mod search;
#[cfg(test)]
mod tests;

use hermes_storage::{
    Answer, Appended, Attachment, AttachmentId, Batch, Change, Conversation, ConversationId,
    Conversations, Epoch, Hit, Label, NewConversation, Order, Page, RUNNING_LIMIT, Selection,
    StorageError, Stretch, Totals, UserId,
};
use sqlx::{SqliteConnection, query, query_scalar};

use self::row::{Row, conversations};
use crate::{SqliteStorage, fault::Fault, moment};

/// A number as the database takes it. One that is beyond anything there is stays beyond it.
fn stored(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// By what the rows of a log and the attachments name the conversation.
async fn number(database: &mut SqliteConnection, id: ConversationId) -> Result<Option<i64>, Fault> {
    let id = id.as_str();
    let number = query_scalar!("SELECT number FROM conversations WHERE id = ?", id);
    Ok(number.fetch_optional(database).await?)
}

async fn insert(database: &mut SqliteConnection, new: &NewConversation) -> Result<(), Fault> {
    let (id, owner) = (new.id.as_str(), new.owner.as_str());
    if number(&mut *database, new.id).await?.is_some() {
        return Err(StorageError::ConversationExists.into());
    }
    let parent = match new.parent {
        Some(parent) => number(&mut *database, parent).await?,
        None => None,
    };
    let source = new.source.as_str();
    let title = new.title.as_ref().map(Label::as_str);
    let settings = new.settings.as_str();
    let at = moment::stored(new.created_at);
    query!(
        "INSERT INTO conversations (id, user_id, parent, source, title, settings, archived, \
         created_at, message_count, last_active_at, running, last_seq) \
         VALUES (?, ?, ?, ?, ?, ?, 0, ?, 0, ?, 0, 0)",
        id,
        owner,
        parent,
        source,
        title,
        settings,
        at,
        at
    )
    .execute(database)
    .await?;
    Ok(())
}

impl Conversations for SqliteStorage {
    fn create(&self, new: NewConversation) -> Answer<'_, ()> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            insert(&mut transaction, &new).await?;
            Ok(transaction.commit().await?)
        })
    }

    fn find(&self, id: ConversationId) -> Answer<'_, Option<Conversation>> {
        self.answer(async move {
            let id = id.as_str();
            let row = conversations!("WHERE id = ?", id);
            let row = row.fetch_optional(&self.readers).await?;
            row.map(Row::try_into).transpose()
        })
    }

    fn find_by_title<'a>(
        &'a self,
        owner: UserId,
        title: &'a Label,
    ) -> Answer<'a, Option<Conversation>> {
        self.answer(async move {
            let (owner, title) = (owner.as_str(), title.as_str());
            let row = conversations!(
                "WHERE user_id = ? AND title = ? ORDER BY last_active_at DESC, number DESC LIMIT 1",
                owner,
                title
            );
            let row = row.fetch_optional(&self.readers).await?;
            row.map(Row::try_into).transpose()
        })
    }

    fn find_by_beginning<'a>(
        &'a self,
        owner: UserId,
        beginning: &'a str,
    ) -> Answer<'a, Option<Conversation>> {
        self.answer(lists::find_by_beginning(&self.readers, owner, beginning))
    }

    fn list(&self, owner: UserId, page: Page) -> Answer<'_, Vec<Conversation>> {
        self.answer(lists::list(&self.readers, owner, page))
    }

    fn count(&self, owner: UserId, selection: Selection) -> Answer<'_, u64> {
        self.answer(lists::count(&self.readers, owner, selection))
    }

    fn totals(&self, owner: UserId) -> Answer<'_, Totals> {
        self.answer(lists::totals(&self.readers, owner))
    }

    fn most_recent(&self, owner: UserId) -> Answer<'_, Option<Conversation>> {
        Box::pin(async move {
            let page = Page {
                selection: Selection::default(),
                order: Order::LastActive,
                offset: 0,
                limit: 1,
            };
            let mut found = Conversations::list(self, owner, page).await?;
            Ok(found.pop())
        })
    }

    fn search<'a>(&'a self, owner: UserId, query: &'a str, limit: usize) -> Answer<'a, Vec<Hit>> {
        self.answer(self.hits(owner, query, limit))
    }

    fn append<'a>(&'a self, batches: &'a [Batch]) -> Answer<'a, Vec<Appended>> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let mut appended = Vec::with_capacity(batches.len());
            for batch in batches {
                appended.push(log::append(&mut transaction, batch).await?);
            }
            transaction.commit().await?;
            Ok(appended)
        })
    }

    fn read(&self, id: ConversationId, after: u64, limit: usize) -> Answer<'_, Option<Stretch>> {
        self.answer(log::read(&self.readers, id, after, limit))
    }

    fn change(&self, id: ConversationId, change: Change) -> Answer<'_, bool> {
        self.answer(async move {
            let id = id.as_str();
            let result = match change {
                Change::Title(title) => {
                    let title = title.as_ref().map(Label::as_str);
                    query!("UPDATE conversations SET title = ? WHERE id = ?", title, id)
                        .execute(&self.writer)
                        .await?
                }
                Change::Archived(archived) => {
                    query!(
                        "UPDATE conversations SET archived = ? WHERE id = ?",
                        archived,
                        id
                    )
                    .execute(&self.writer)
                    .await?
                }
                Change::Pinned(pinned) => {
                    query!(
                        "UPDATE conversations SET pinned = ? WHERE id = ?",
                        pinned,
                        id
                    )
                    .execute(&self.writer)
                    .await?
                }
                Change::Settings(settings) => {
                    let settings = settings.as_str();
                    query!(
                        "UPDATE conversations SET settings = ? WHERE id = ?",
                        settings,
                        id
                    )
                    .execute(&self.writer)
                    .await?
                }
            };
            Ok(result.rows_affected() > 0)
        })
    }

    fn remove(&self, id: ConversationId) -> Answer<'_, bool> {
        self.answer(async move {
            let id = id.as_str();
            let result = query!("DELETE FROM conversations WHERE id = ?", id);
            let removed = result.execute(&self.writer).await?.rows_affected() > 0;
            if removed {
                self.forget_words().await;
            }
            Ok(removed)
        })
    }

    fn running(&self) -> Answer<'_, Vec<ConversationId>> {
        self.answer(async {
            let limit = stored(RUNNING_LIMIT);
            let ids = query_scalar!(
                "SELECT id FROM conversations WHERE running = 1 ORDER BY number LIMIT ?",
                limit
            );
            let ids = ids.fetch_all(&self.readers).await?;
            let parse = |id: String| id.parse().map_err(Fault::damaged);
            ids.into_iter().map(parse).collect()
        })
    }

    fn attach(&self, id: ConversationId, attachment: Attachment) -> Answer<'_, AttachmentId> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let kept = attachments::insert(&mut transaction, id, &attachment).await?;
            transaction.commit().await?;
            Ok(kept)
        })
    }

    fn attachment(
        &self,
        id: ConversationId,
        attachment: AttachmentId,
    ) -> Answer<'_, Option<Attachment>> {
        self.answer(attachments::find(&self.readers, id, attachment))
    }

    fn begin_run(&self, fresh: Epoch) -> Answer<'_, Epoch> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let epoch = runs::begin(&mut transaction, fresh).await?;
            transaction.commit().await?;
            Ok(epoch)
        })
    }

    fn end_run(&self) -> Answer<'_, ()> {
        self.answer(runs::end(&self.writer))
    }
}
