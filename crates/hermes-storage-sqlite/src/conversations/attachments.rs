use hermes_storage::{
    ATTACHMENTS_BYTES, ATTACHMENTS_LIMIT, Attachment, AttachmentId, ConversationId, Label,
    StorageError,
};
use sqlx::{SqliteConnection, SqlitePool, query};

use super::{number, stored};
use crate::fault::Fault;

/// Fails if the conversation cannot hold so many bytes more.
async fn room(database: &mut SqliteConnection, conversation: i64, size: i64) -> Result<(), Fault> {
    let held = query!(
        r#"SELECT count(*) AS "count!: i64", coalesce(sum(size), 0) AS "bytes!: i64"
           FROM attachments WHERE conversation = ?"#,
        conversation
    );
    let held = held.fetch_one(database).await?;
    match held.count < stored(ATTACHMENTS_LIMIT) && held.bytes + size <= stored(ATTACHMENTS_BYTES) {
        true => Ok(()),
        false => Err(StorageError::AttachmentsFull.into()),
    }
}

/// Keeps an attachment, unless it is there.
pub(super) async fn insert(
    database: &mut SqliteConnection,
    conversation: ConversationId,
    attachment: &Attachment,
) -> Result<AttachmentId, Fault> {
    let conversation = number(&mut *database, conversation).await?;
    let conversation = conversation.ok_or(StorageError::ConversationUnknown)?;
    let id = attachment.id();
    let hash = id.as_bytes().as_slice();
    let there = query!(
        "SELECT size FROM attachments WHERE conversation = ? AND hash = ?",
        conversation,
        hash
    );
    if there.fetch_optional(&mut *database).await?.is_some() {
        return Ok(id);
    }
    let (media_type, bytes) = (attachment.media_type().as_str(), attachment.bytes());
    let size = stored(bytes.len());
    room(&mut *database, conversation, size).await?;
    query!(
        "INSERT INTO attachments (conversation, hash, media_type, size, bytes) \
         VALUES (?, ?, ?, ?, ?)",
        conversation,
        hash,
        media_type,
        size,
        bytes
    )
    .execute(database)
    .await?;
    Ok(id)
}

pub(super) async fn find(
    readers: &SqlitePool,
    conversation: ConversationId,
    id: AttachmentId,
) -> Result<Option<Attachment>, Fault> {
    let (conversation, hash) = (conversation.as_str(), id.as_bytes().as_slice());
    let row = query!(
        "SELECT media_type, bytes FROM attachments \
         WHERE conversation = (SELECT number FROM conversations WHERE id = ?) AND hash = ?",
        conversation,
        hash
    );
    let Some(row) = row.fetch_optional(readers).await? else {
        return Ok(None);
    };
    let media_type = Label::new(&row.media_type);
    let media_type = media_type.ok_or_else(|| Fault::damaged("an attachment of no type"))?;
    let attachment = Attachment::new(media_type, row.bytes);
    attachment.map(Some).map_err(Fault::damaged)
}
