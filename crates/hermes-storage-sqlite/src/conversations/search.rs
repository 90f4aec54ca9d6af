//! By what entries are found.

mod question;
mod snippet;

use hermes_storage::{Hit, Label, SEARCH_LIMIT, TEXT_LIMIT, UserId};
use sqlx::{SqliteConnection, query, query_scalar};

use self::{question::question, snippet::Snippet};
use super::stored;
use crate::{SqliteStorage, fault::Fault, moment};

/// How many pages of the index one step of forgetting writes, during which others wait to write.
const STEP: i64 = 64;

/// The text as it is kept: a part of what is very long, and nothing in it that [`snippet`] could take
/// for a mark, or SQLite for an end.
fn plain(text: &str) -> String {
    let text = text.get(..text.floor_char_boundary(TEXT_LIMIT));
    let blank = |sign: char| match sign.is_control() {
        true => ' ',
        false => sign,
    };
    text.unwrap_or_default().chars().map(blank).collect()
}

/// Lets an entry be found by its text, unless it is found already.
pub(super) async fn insert(
    database: &mut SqliteConnection,
    conversation: i64,
    seq: i64,
    user: &str,
    text: &str,
) -> Result<(), Fault> {
    let text = plain(text);
    query!(
        "INSERT OR IGNORE INTO texts (conversation, seq, user_id, text) VALUES (?, ?, ?, ?)",
        conversation,
        seq,
        user,
        text
    )
    .execute(database)
    .await?;
    Ok(())
}

/// Lets the entries of a conversation from this one on be found no more.
pub(super) async fn forget(
    database: &mut SqliteConnection,
    conversation: i64,
    from: u64,
) -> Result<(), Fault> {
    let from = i64::try_from(from).unwrap_or(i64::MAX);
    query!(
        "DELETE FROM texts WHERE conversation = ? AND seq >= ?",
        conversation,
        from
    )
    .execute(database)
    .await?;
    Ok(())
}

impl SqliteStorage {
    /// Where the user's conversations hold what is looked for.
    ///
    /// Of all that matches, the newest thousand are ranked: so a search has an end, however much
    /// there is. The index is then asked once more, for snippets of the best, in one pass.
    pub(super) async fn hits(
        &self,
        user: UserId,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, Fault> {
        let Some(question) = question(user, query) else {
            return Ok(Vec::new());
        };
        let (user, limit) = (user.as_str(), stored(limit.min(SEARCH_LIMIT)));
        let rows = query!(
            r#"WITH best AS MATERIALIZED (
                 SELECT number, conversation, seq, score FROM (
                   SELECT texts.number, texts.conversation, texts.seq,
                     bm25(search, 0.0, 1.0) AS score
                   FROM search CROSS JOIN texts ON texts.number = search.rowid
                   WHERE search MATCH ?1 AND texts.user_id = ?2
                   ORDER BY search.rowid DESC LIMIT 1000)
                 ORDER BY score, number DESC LIMIT ?3)
               SELECT conversations.id AS "id!: String", conversations.source AS "source!: String",
                 conversations.created_at AS "created_at!: i64", best.seq AS "seq!: i64",
                 entries.kind AS "kind!: String",
                 snippet(search, 1, char(2), char(3), '…', 24) AS "snippet!: String"
               FROM search CROSS JOIN best ON best.number = +search.rowid
                 CROSS JOIN conversations ON conversations.number = best.conversation
                 CROSS JOIN entries
                   ON entries.conversation = best.conversation AND entries.seq = best.seq
               WHERE search MATCH ?1 AND search.rowid >= (SELECT min(number) FROM best)
               ORDER BY best.score, best.number DESC"#,
            question,
            user,
            limit
        );
        let rows = rows.fetch_all(&self.readers).await?.into_iter();
        rows.map(|row| {
            let Snippet { text, marks } = Snippet::read(&row.snippet);
            let source = Label::new(&row.source);
            Ok(Hit {
                conversation: row.id.parse().map_err(Fault::damaged)?,
                source: source.ok_or_else(|| Fault::damaged("a conversation from nowhere"))?,
                created_at: moment::read(row.created_at)?,
                seq: u64::try_from(row.seq).map_err(Fault::damaged)?,
                kind: row.kind,
                snippet: text,
                marks,
            })
        })
        .collect()
    }

    /// Writes the index anew where it still has words of texts that were removed. It goes in steps,
    /// so that others write in between.
    ///
    /// What fails here is made up for by the next removal. Nothing is found by what is left, and to
    /// answer that nothing was removed would be wrong.
    pub(crate) async fn forget_words(&self) {
        let mut pages = -STEP;
        while let Ok(true) = self.merge(pages).await {
            pages = STEP;
        }
    }

    /// Merges so many pages of the index; negative, so as to begin with all of it. False if there is
    /// nothing to do.
    async fn merge(&self, pages: i64) -> Result<bool, Fault> {
        let mut connection = self.writer.acquire().await?;
        let changes = query_scalar!(r#"SELECT total_changes() AS "changes!: i64""#);
        let before = changes.fetch_one(&mut *connection).await?;
        query!(
            "INSERT INTO search (search, rank) VALUES ('merge', ?)",
            pages
        )
        .execute(&mut *connection)
        .await?;
        let changes = query_scalar!(r#"SELECT total_changes() AS "changes!: i64""#);
        let after = changes.fetch_one(&mut *connection).await?;
        // The statement itself counts as one.
        Ok(after - before > 1)
    }
}
