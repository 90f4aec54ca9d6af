use hermes_storage::{Answer, Backoff, COUNTERS_LIMIT, Counter, CounterKey, Counters};
use jiff::Timestamp;
use sqlx::{SqliteConnection, query, query_scalar};

use crate::{SqliteStorage, fault::Fault, moment};

/// How many counters are dropped at once where one would do, so that under a flood of new keys
/// one failure in so many looks through all of them.
const AT_ONCE: usize = COUNTERS_LIMIT / 20;

async fn read(
    database: impl sqlx::SqliteExecutor<'_>,
    key: &CounterKey,
) -> Result<Option<Counter>, Fault> {
    let hash = key.as_bytes().as_slice();
    let row = query!(
        "SELECT failures, blocked_until, forget_at FROM counters WHERE hash = ?",
        hash
    );
    let Some(row) = row.fetch_optional(database).await? else {
        return Ok(None);
    };
    Ok(Some(Counter {
        failures: u32::try_from(row.failures).map_err(Fault::damaged)?,
        blocked_until: row.blocked_until.map(moment::read).transpose()?,
        forget_at: moment::read(row.forget_at)?,
    }))
}

async fn write(
    database: &mut SqliteConnection,
    key: &CounterKey,
    counter: &Counter,
) -> Result<(), Fault> {
    let hash = key.as_bytes().as_slice();
    let blocked_until = counter.blocked_until.map(moment::stored);
    let forget_at = moment::stored(counter.forget_at);
    query!(
        "INSERT INTO counters (hash, failures, blocked_until, forget_at) VALUES (?, ?, ?, ?) \
         ON CONFLICT (hash) DO UPDATE SET failures = excluded.failures, \
         blocked_until = excluded.blocked_until, forget_at = excluded.forget_at",
        hash,
        counter.failures,
        blocked_until,
        forget_at
    )
    .execute(database)
    .await?;
    Ok(())
}

/// Makes room for one more counter.
async fn make_room(database: &mut SqliteConnection, now: i64) -> Result<(), Fault> {
    let count = query_scalar!("SELECT count(*) FROM counters")
        .fetch_one(&mut *database)
        .await?;
    if usize::try_from(count).map_err(Fault::damaged)? < COUNTERS_LIMIT {
        return Ok(());
    }
    let dropped = i64::try_from(AT_ONCE).map_err(Fault::damaged)?;
    query!(
        "DELETE FROM counters WHERE hash IN (SELECT hash FROM counters \
         ORDER BY ifnull(blocked_until, 0) > ?, failures, forget_at LIMIT ?)",
        now,
        dropped
    )
    .execute(database)
    .await?;
    Ok(())
}

impl Counters for SqliteStorage {
    fn get<'a>(&'a self, keys: &'a [CounterKey]) -> Answer<'a, Vec<Option<Counter>>> {
        self.answer(async move {
            let mut counters = Vec::with_capacity(keys.len());
            for key in keys {
                counters.push(read(&self.readers, key).await?);
            }
            Ok(counters)
        })
    }

    fn fail<'a>(
        &'a self,
        keys: &'a [(CounterKey, Backoff)],
        now: Timestamp,
    ) -> Answer<'a, Vec<Counter>> {
        self.answer(async move {
            let mut counters = Vec::with_capacity(keys.len());
            let mut transaction = self.begin().await?;
            for (key, rule) in keys {
                let before = read(&mut *transaction, key).await?;
                if before.is_none() {
                    make_room(&mut transaction, moment::stored(now)).await?;
                }
                let counter = Counter::after_failure(before, now, rule);
                write(&mut transaction, key, &counter).await?;
                counters.push(counter);
            }
            transaction.commit().await?;
            Ok(counters)
        })
    }

    fn clear<'a>(&'a self, keys: &'a [CounterKey]) -> Answer<'a, ()> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            for key in keys {
                let hash = key.as_bytes().as_slice();
                query!("DELETE FROM counters WHERE hash = ?", hash)
                    .execute(&mut *transaction)
                    .await?;
            }
            Ok(transaction.commit().await?)
        })
    }

    fn sweep(&self, now: Timestamp) -> Answer<'_, u64> {
        self.answer(async move {
            let now = moment::stored(now);
            let mut transaction = self.begin().await?;
            query!("DELETE FROM counters WHERE forget_at <= ?", now)
                .execute(&mut *transaction)
                .await?;
            let count = query_scalar!("SELECT count(*) FROM counters")
                .fetch_one(&mut *transaction)
                .await?;
            transaction.commit().await?;
            u64::try_from(count).map_err(Fault::damaged)
        })
    }
}
