use hermes_storage::{
    Answer, Label, NewShare, SHARE_BYTES, SHARES_LIMIT, Share, ShareId, Shared, Shares, TokenHash,
    UserId,
};
use jiff::Timestamp;
use sqlx::{query, query_as, query_scalar};

use crate::{SqliteStorage, fault::Fault, moment};

/// A link as stored.
struct Row {
    id: String,
    conversation: String,
    title: String,
    made_at: i64,
    ends_at: Option<i64>,
    opened: i64,
}

impl TryFrom<Row> for Share {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.parse().map_err(Fault::damaged)?,
            conversation: row.conversation.parse().map_err(Fault::damaged)?,
            title: Label::new(&row.title)
                .ok_or_else(|| Fault::damaged("a shared conversation has no title"))?,
            made_at: moment::read(row.made_at)?,
            ends_at: row.ends_at.map(moment::read).transpose()?,
            opened: u64::try_from(row.opened).map_err(Fault::damaged)?,
        })
    }
}

impl Shares for SqliteStorage {
    fn share(&self, hash: TokenHash, new: NewShare) -> Answer<'_, Shared> {
        self.answer(async move {
            if new.content.len() > SHARE_BYTES {
                return Ok(Shared::Full);
            }
            let (hash, id) = (hash.as_bytes().as_slice(), new.id.as_str());
            let (conversation, title) = (new.conversation.as_str(), new.title.as_str());
            let made_at = moment::stored(new.made_at);
            let ends_at = new.ends_at.map(moment::stored);
            let mut transaction = self.begin().await?;
            query!("DELETE FROM shares WHERE ends_at <= ?", made_at)
                .execute(&mut *transaction)
                .await?;
            let found = query!(
                "SELECT number, user_id FROM conversations WHERE id = ?",
                conversation
            );
            let Some(found) = found.fetch_optional(&mut *transaction).await? else {
                return Ok(Shared::Gone);
            };
            let count = query_scalar!(
                "SELECT count(*) FROM shares JOIN conversations \
                 ON conversations.number = shares.conversation WHERE user_id = ?",
                found.user_id
            );
            let count = count.fetch_one(&mut *transaction).await?;
            if usize::try_from(count).unwrap_or(usize::MAX) >= SHARES_LIMIT {
                return Ok(Shared::Full);
            }
            query!(
                "INSERT INTO shares (id, hash, conversation, title, made_at, ends_at, content) \
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
                id,
                hash,
                found.number,
                title,
                made_at,
                ends_at,
                new.content
            )
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(Shared::Made)
        })
    }

    fn list(&self, owner: UserId, now: Timestamp) -> Answer<'_, Vec<Share>> {
        self.answer(async move {
            let (owner, now) = (owner.as_str(), moment::stored(now));
            let rows = query_as!(
                Row,
                "SELECT shares.id, conversations.id AS conversation, shares.title, made_at, \
                 ends_at, opened FROM shares JOIN conversations \
                 ON conversations.number = shares.conversation \
                 WHERE user_id = ? AND (ends_at IS NULL OR ends_at > ?) \
                 ORDER BY shares.number DESC",
                owner,
                now
            );
            let rows = rows.fetch_all(&self.readers).await?;
            rows.into_iter().map(Share::try_from).collect()
        })
    }

    fn open<'a>(&'a self, hash: &'a TokenHash, now: Timestamp) -> Answer<'a, Option<String>> {
        self.answer(async move {
            let (hash, now) = (hash.as_bytes().as_slice(), moment::stored(now));
            let found = query!(
                "SELECT shares.number, content FROM shares JOIN conversations \
                 ON conversations.number = shares.conversation \
                 WHERE hash = ? AND (ends_at IS NULL OR ends_at > ?) AND NOT EXISTS \
                 (SELECT 1 FROM users WHERE users.id = user_id AND disabled = 1)",
                hash,
                now
            );
            let Some(found) = found.fetch_optional(&self.readers).await? else {
                return Ok(None);
            };
            query!(
                "UPDATE shares SET opened = opened + 1 WHERE number = ?",
                found.number
            )
            .execute(&self.writer)
            .await?;
            Ok(Some(found.content))
        })
    }

    fn revoke(&self, owner: UserId, id: ShareId) -> Answer<'_, bool> {
        self.answer(async move {
            let (owner, id) = (owner.as_str(), id.as_str());
            let revoked = query!(
                "DELETE FROM shares WHERE id = ? AND conversation IN \
                 (SELECT number FROM conversations WHERE user_id = ?)",
                id,
                owner
            );
            Ok(revoked.execute(&self.writer).await?.rows_affected() > 0)
        })
    }

    fn revoke_all(&self, owner: UserId) -> Answer<'_, u64> {
        self.answer(async move {
            let owner = owner.as_str();
            let revoked = query!(
                "DELETE FROM shares WHERE conversation IN \
                 (SELECT number FROM conversations WHERE user_id = ?)",
                owner
            );
            Ok(revoked.execute(&self.writer).await?.rows_affected())
        })
    }
}
