//! What is kept of the sessions at identity providers.

use hermes_storage::{ProviderLogout, ProviderSession, ProviderTokens, Sealed, SessionId};
use jiff::Timestamp;
use sqlx::{SqliteConnection, SqliteExecutor, query, query_scalar};

use super::ids;
use crate::{fault::Fault, moment};

pub(super) async fn insert(
    database: &mut SqliteConnection,
    id: SessionId,
    provider: &ProviderSession,
) -> Result<(), Fault> {
    let id = id.as_str();
    let tokens = provider.tokens.as_ref();
    let sealed = tokens.map(|tokens| tokens.sealed.as_bytes());
    let refresh_at = tokens.and_then(|tokens| tokens.refresh_at);
    let refresh_at = refresh_at.map(moment::stored);
    let version = i64::from(tokens.is_some());
    query!(
        "INSERT INTO provider_sessions (session_id, issuer, subject, sid, tokens, version, \
         refresh_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
        id,
        provider.identity.issuer,
        provider.identity.subject,
        provider.sid,
        sealed,
        version,
        refresh_at
    )
    .execute(database)
    .await?;
    Ok(())
}

pub(super) async fn end(
    database: &mut SqliteConnection,
    logout: &ProviderLogout,
) -> Result<Vec<SessionId>, Fault> {
    let ended = match logout {
        ProviderLogout::Session { issuer, sid } => {
            query_scalar!(
                "DELETE FROM sessions WHERE id IN (SELECT session_id FROM provider_sessions \
                 WHERE issuer = ? AND sid = ?) RETURNING id",
                issuer,
                sid
            )
            .fetch_all(database)
            .await?
        }
        ProviderLogout::Person(identity) => {
            query_scalar!(
                "DELETE FROM sessions WHERE id IN (SELECT session_id FROM provider_sessions \
                 WHERE issuer = ? AND subject = ?) RETURNING id",
                identity.issuer,
                identity.subject
            )
            .fetch_all(database)
            .await?
        }
    };
    ids(ended)
}

pub(super) async fn tokens(
    database: impl SqliteExecutor<'_>,
    id: SessionId,
) -> Result<Option<(u64, ProviderTokens)>, Fault> {
    let id = id.as_str();
    let row = query!(
        r#"SELECT tokens AS "tokens!", version, refresh_at FROM provider_sessions
           WHERE session_id = ? AND tokens IS NOT NULL"#,
        id
    );
    let Some(row) = row.fetch_optional(database).await? else {
        return Ok(None);
    };
    let tokens = ProviderTokens {
        sealed: Sealed::from(row.tokens),
        refresh_at: row.refresh_at.map(moment::read).transpose()?,
    };
    let version = u64::try_from(row.version).map_err(Fault::damaged)?;
    Ok(Some((version, tokens)))
}

pub(super) async fn swap(
    database: impl SqliteExecutor<'_>,
    id: SessionId,
    version: u64,
    tokens: &ProviderTokens,
) -> Result<bool, Fault> {
    // A version beyond what is stored is none that we gave out.
    let Ok(version) = i64::try_from(version) else {
        return Ok(false);
    };
    let id = id.as_str();
    let sealed = tokens.sealed.as_bytes();
    let refresh_at = tokens.refresh_at.map(moment::stored);
    let result = query!(
        "UPDATE provider_sessions SET tokens = ?, refresh_at = ?, version = version + 1 \
         WHERE session_id = ? AND version = ?",
        sealed,
        refresh_at,
        id,
        version
    );
    Ok(result.execute(database).await?.rows_affected() > 0)
}

pub(super) async fn due(
    database: impl SqliteExecutor<'_>,
    now: Timestamp,
    limit: u32,
) -> Result<Vec<String>, Fault> {
    let now = moment::stored(now);
    let due = query_scalar!(
        "SELECT session_id FROM provider_sessions WHERE refresh_at <= ? \
         ORDER BY refresh_at, session_id LIMIT ?",
        now,
        limit
    );
    Ok(due.fetch_all(database).await?)
}
