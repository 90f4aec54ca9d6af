//! As what the gateway numbers events.

use hermes_storage::Epoch;
use sqlx::{SqliteConnection, SqlitePool, query};

use crate::fault::Fault;

pub(super) async fn begin(database: &mut SqliteConnection, fresh: Epoch) -> Result<Epoch, Fault> {
    let last = query!("SELECT epoch, ended FROM runs");
    let last = last.fetch_optional(&mut *database).await?;
    let kept = last.filter(|last| last.ended != 0).map(|last| last.epoch);
    let epoch = match kept {
        Some(kept) => kept.parse().map_err(Fault::damaged)?,
        None => fresh,
    };
    let stored = epoch.as_str();
    query!(
        "INSERT OR REPLACE INTO runs (number, epoch, ended) VALUES (1, ?, 0)",
        stored
    )
    .execute(database)
    .await?;
    Ok(epoch)
}

pub(super) async fn end(writer: &SqlitePool) -> Result<(), Fault> {
    query!("UPDATE runs SET ended = 1").execute(writer).await?;
    Ok(())
}
