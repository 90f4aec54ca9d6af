//! What somebody has, in lists and in numbers.

use hermes_storage::{
    Archived, Conversation, Label, Order, PAGE_LIMIT, Page, SOURCES_LIMIT, Selection, Totals,
    UserId,
};
use sqlx::{SqlitePool, query, query_scalar};

use super::{
    row::{Row, conversations},
    stored,
};
use crate::fault::Fault;

/// What is selected, as a query takes it.
struct Selected<'a> {
    /// The values of `archived`, from the first to the second.
    archived: (i64, i64),
    min_messages: u32,
    source: Option<&'a str>,
    /// Each source that is left out, as a line; no label has a line's end.
    without: String,
}

impl<'a> Selected<'a> {
    fn of(selection: &'a Selection) -> Self {
        let without = selection.without.iter();
        Self {
            archived: match selection.archived {
                Archived::Excluded => (0, 0),
                Archived::Included => (0, 1),
                Archived::Only => (1, 1),
            },
            min_messages: selection.min_messages,
            source: selection.source.as_ref().map(Label::as_str),
            without: without.map(|source| format!("\n{source}\n")).collect(),
        }
    }
}

pub(super) async fn list(
    readers: &SqlitePool,
    owner: UserId,
    page: Page,
) -> Result<Vec<Conversation>, Fault> {
    let owner = owner.as_str();
    let Selected {
        archived: (first, last),
        min_messages,
        source,
        without,
    } = Selected::of(&page.selection);
    let (limit, offset) = (stored(page.limit.min(PAGE_LIMIT)), stored(page.offset));
    let by_begin = page.order == Order::LastBegun;
    let by_pin = page.order == Order::Pinned;
    // The lists that everybody asks for are read off an index each. The others are sorted.
    let rows = if first == last && page.order == Order::LastActive {
        let rows = conversations!(
            "WHERE user_id = ?1 AND archived = ?2 AND message_count >= ?3 \
             AND (?4 IS NULL OR source = ?4) AND instr(?5, char(10) || source || char(10)) = 0 \
             ORDER BY last_active_at DESC, number DESC LIMIT ?6 OFFSET ?7",
            owner,
            first,
            min_messages,
            source,
            without,
            limit,
            offset
        );
        rows.fetch_all(readers).await?
    } else if first == last && by_pin {
        let rows = conversations!(
            "WHERE user_id = ?1 AND archived = ?2 AND message_count >= ?3 \
             AND (?4 IS NULL OR source = ?4) AND instr(?5, char(10) || source || char(10)) = 0 \
             ORDER BY pinned DESC, last_active_at DESC, number DESC LIMIT ?6 OFFSET ?7",
            owner,
            first,
            min_messages,
            source,
            without,
            limit,
            offset
        );
        rows.fetch_all(readers).await?
    } else {
        let rows = conversations!(
            "WHERE user_id = ?1 AND archived BETWEEN ?2 AND ?3 AND message_count >= ?4 \
             AND (?5 IS NULL OR source = ?5) AND instr(?6, char(10) || source || char(10)) = 0 \
             ORDER BY iif(?7, pinned, 0) DESC, iif(?8, created_at, last_active_at) DESC, \
             number DESC LIMIT ?9 OFFSET ?10",
            owner,
            first,
            last,
            min_messages,
            source,
            without,
            by_pin,
            by_begin,
            limit,
            offset
        );
        rows.fetch_all(readers).await?
    };
    rows.into_iter().map(Row::try_into).collect()
}

pub(super) async fn count(
    readers: &SqlitePool,
    owner: UserId,
    selection: Selection,
) -> Result<u64, Fault> {
    let owner = owner.as_str();
    let Selected {
        archived: (first, last),
        min_messages,
        source,
        without,
    } = Selected::of(&selection);
    let count = query_scalar!(
        "SELECT count(*) FROM conversations \
         WHERE user_id = ?1 AND archived BETWEEN ?2 AND ?3 AND message_count >= ?4 \
         AND (?5 IS NULL OR source = ?5) AND instr(?6, char(10) || source || char(10)) = 0",
        owner,
        first,
        last,
        min_messages,
        source,
        without
    );
    number(count.fetch_one(readers).await?)
}

/// A comparison with `+id` leaves the index of all ids alone, so that this costs what its user has.
pub(super) async fn find_by_beginning(
    readers: &SqlitePool,
    owner: UserId,
    beginning: &str,
) -> Result<Option<Conversation>, Fault> {
    let owner = owner.as_str();
    // No character of an id comes after this one.
    let end = format!("{beginning}~");
    let rows = conversations!(
        "WHERE user_id = ? AND +id >= ? AND +id < ? LIMIT 2",
        owner,
        beginning,
        end
    );
    let mut rows = rows.fetch_all(readers).await?;
    match (rows.pop(), rows.is_empty()) {
        (Some(row), true) => row.try_into().map(Some),
        _ => Ok(None),
    }
}

pub(super) async fn totals(readers: &SqlitePool, owner: UserId) -> Result<Totals, Fault> {
    let owner = owner.as_str();
    let limit = stored(SOURCES_LIMIT);
    let all = query!(
        r#"SELECT count(*) AS "conversations!: i64", coalesce(sum(archived), 0) AS "archived!: i64",
             coalesce(sum(message_count), 0) AS "messages!: i64"
           FROM conversations WHERE user_id = ?"#,
        owner
    );
    let all = all.fetch_one(readers).await?;
    let sources = query!(
        r#"SELECT source, count(*) AS "count!: i64" FROM conversations WHERE user_id = ?
           GROUP BY source ORDER BY count(*) DESC, source LIMIT ?"#,
        owner,
        limit
    );
    let sources = sources.fetch_all(readers).await?.into_iter();
    let by_source = sources.map(|row| {
        let source = Label::new(&row.source);
        let source = source.ok_or_else(|| Fault::damaged("a conversation from nowhere"))?;
        Ok((source, number(row.count)?))
    });
    Ok(Totals {
        conversations: number(all.conversations)?,
        archived: number(all.archived)?,
        messages: number(all.messages)?,
        by_source: by_source.collect::<Result<_, Fault>>()?,
    })
}

fn number(count: i64) -> Result<u64, Fault> {
    u64::try_from(count).map_err(Fault::damaged)
}
