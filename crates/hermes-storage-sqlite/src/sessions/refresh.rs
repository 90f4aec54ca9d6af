//! Refresh tokens, which count once.

use hermes_storage::{Access, Horizon, RefreshHash, Session, TokenHash, Turned};
use sqlx::{SqliteConnection, query};

use super::{
    insert_access,
    row::{Row, sessions},
};
use crate::{fault::Fault, users};

/// Uses a refresh token up. Runs inside a transaction that has the right to write, so that of
/// several who show the same one the first is served.
pub(super) async fn refresh(
    database: &mut SqliteConnection,
    shown: RefreshHash,
    next: TokenHash,
    access: Access,
    at: Horizon,
) -> Result<Turned, Fault> {
    let family = shown.family.as_bytes().as_slice();
    let row = sessions!("WHERE long_lived = ? AND turn IS NOT NULL", family);
    let Some(row) = row.fetch_optional(&mut *database).await? else {
        return Ok(Turned::Unknown);
    };
    let turn = turn(&row)?;
    let session = Session::try_from(row)?;
    let user = users::find(&mut *database, session.user.as_str()).await?;
    if !at.includes(&session) || user.is_none_or(|user| user.disabled) {
        return Ok(Turned::Unknown);
    }
    let id = session.id.as_str();
    if turn != shown.turn {
        query!("DELETE FROM sessions WHERE id = ?", id)
            .execute(database)
            .await?;
        return Ok(Turned::Reused(session.id));
    }
    let next = next.as_bytes().as_slice();
    query!("UPDATE sessions SET turn = ? WHERE id = ?", next, id)
        .execute(&mut *database)
        .await?;
    insert_access(database, session.id, access).await?;
    Ok(Turned::On)
}

fn turn(row: &Row) -> Result<TokenHash, Fault> {
    let bytes = row.turn.as_deref().unwrap_or_default();
    let bytes: [u8; 32] = bytes.try_into().map_err(Fault::damaged)?;
    Ok(TokenHash::from(bytes))
}
