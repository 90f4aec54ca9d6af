//! What happened in conversations.

use futures_util::TryStreamExt as _;
use hermes_storage::{
    Appended, Batch, ConversationId, ENTRY_LIMIT, Entry, KIND_LIMIT, Label, Logged, READ_BYTES,
    READ_LIMIT, Stretch, Tokens,
};
use sqlx::{SqliteConnection, SqlitePool, query, query_scalar};

use super::{search, stored};
use crate::{fault::Fault, moment};

/// The number that each entry is stored under, if they all follow the last one and are small enough.
fn numbered(entries: &[Entry], last_seq: i64) -> Option<Vec<(i64, &Entry)>> {
    let numbered = (last_seq + 1..).zip(entries);
    let fits = |(seq, entry): (i64, &'_ Entry)| {
        u64::try_from(seq) == Ok(entry.seq)
            && entry.json.len() <= ENTRY_LIMIT
            && entry.kind.len() <= KIND_LIMIT
    };
    numbered.clone().all(fits).then(|| numbered.collect())
}

/// Appends a batch, or changes nothing.
pub(super) async fn append(
    database: &mut SqliteConnection,
    batch: &Batch,
) -> Result<Appended, Fault> {
    let id = batch.conversation.as_str();
    let found = query!(
        "SELECT number, user_id, last_seq FROM conversations WHERE id = ?",
        id
    );
    let Some(found) = found.fetch_optional(&mut *database).await? else {
        return Ok(Appended::Gone);
    };
    let Some(entries) = numbered(&batch.entries, found.last_seq) else {
        return Ok(Appended::Refused);
    };
    let again = batch.finds_again.iter().map(|(seq, text)| {
        let seq = i64::try_from(*seq).ok();
        let seq = seq.filter(|seq| (1..=found.last_seq).contains(seq))?;
        Some((seq, text))
    });
    let Some(again) = again.collect::<Option<Vec<_>>>() else {
        return Ok(Appended::Refused);
    };
    if let Some(from) = batch.forgets_text_from {
        search::forget(&mut *database, found.number, from).await?;
    }
    for (seq, text) in again {
        search::insert(&mut *database, found.number, seq, &found.user_id, text).await?;
    }
    for (seq, entry) in &entries {
        let at = moment::stored(entry.at);
        query!(
            "INSERT INTO entries (conversation, seq, kind, at, json) VALUES (?, ?, ?, ?, ?)",
            found.number,
            seq,
            entry.kind,
            at,
            entry.json
        )
        .execute(&mut *database)
        .await?;
        if let Some(text) = &entry.text {
            search::insert(&mut *database, found.number, *seq, &found.user_id, text).await?;
        }
    }
    let last_seq = entries.last().map_or(found.last_seq, |(seq, _)| *seq);
    let summary = &batch.summary;
    let title = summary.title.as_ref().map(Label::as_str);
    let preview = summary.preview.as_ref().map(Label::as_str);
    let model = summary.model.as_ref().map(Label::as_str);
    let Tokens {
        input,
        cached,
        output,
        reasoning,
    } = summary.tokens;
    let [input, cached, output, reasoning] =
        [input, cached, output, reasoning].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let last_active_at = moment::stored(summary.last_active_at);
    query!(
        "UPDATE conversations SET title = coalesce(?, title), preview = ?, message_count = ?, \
         model = ?, input_tokens = ?, cached_tokens = ?, output_tokens = ?, reasoning_tokens = ?, \
         last_active_at = ?, running = ?, last_seq = ? WHERE number = ?",
        title,
        preview,
        summary.message_count,
        model,
        input,
        cached,
        output,
        reasoning,
        last_active_at,
        summary.running,
        last_seq,
        found.number
    )
    .execute(database)
    .await?;
    Ok(Appended::Kept)
}

/// Reads a part of a log. What is appended, or removed, while it reads does not leave a gap: nothing
/// beyond the last entry that was there is read, and entries go with their conversation.
pub(super) async fn read(
    readers: &SqlitePool,
    id: ConversationId,
    after: u64,
    limit: usize,
) -> Result<Option<Stretch>, Fault> {
    let id = id.as_str();
    let last = query_scalar!("SELECT last_seq FROM conversations WHERE id = ?", id);
    let Some(last) = last.fetch_optional(readers).await? else {
        return Ok(None);
    };
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = stored(limit.min(READ_LIMIT));
    let rows = query!(
        "SELECT seq, kind, at, json FROM entries \
         WHERE conversation = (SELECT number FROM conversations WHERE id = ?) \
         AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
        id,
        after,
        last,
        limit
    );
    let mut rows = rows.fetch(readers);
    let (mut entries, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.try_next().await? {
        bytes += row.json.len();
        if bytes > READ_BYTES && !entries.is_empty() {
            break;
        }
        entries.push(Logged {
            seq: u64::try_from(row.seq).map_err(Fault::damaged)?,
            kind: row.kind,
            at: moment::read(row.at)?,
            json: row.json,
        });
    }
    let last_seq = u64::try_from(last).map_err(Fault::damaged)?;
    Ok(Some(Stretch { entries, last_seq }))
}
