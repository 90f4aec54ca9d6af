//! The repositories of `hermes-storage` in one SQLite file.
//!
//! One connection writes, a few read. The file is in write-ahead mode, so that readers never wait
//! for the writer, and every commit is synced before it is answered: a session that was ended must
//! not come back to life because the power went.
//!
//! Every query is checked by the compiler against the migrations (`build.rs`).

mod conversations;
mod copy;
mod counters;
mod fault;
mod form;
mod invitations;
mod moment;
mod open;
mod passkeys;
mod push;
mod sessions;
mod shares;
mod users;

use std::{
    path::PathBuf,
    sync::atomic::{AtomicI64, Ordering},
};

use hermes_machine::BoxFuture;
use hermes_storage::{
    Answer, Conversations, Counters, Invitations, Passkeys, Sessions, Shares, Storage,
    Subscriptions, Users,
};
use sqlx::{Sqlite, SqlitePool, Transaction};

use crate::fault::Fault;

/// The gateway's database: an open `gateway.db`.
#[derive(Debug)]
pub struct SqliteStorage {
    place: PathBuf,
    /// One connection: SQLite has one writer at a time, and here it waits in order.
    writer: SqlitePool,
    readers: SqlitePool,
    /// What the connection that writes last said of what others have written.
    seen: AtomicI64,
}

impl SqliteStorage {
    /// Begins to write. What is read in the transaction cannot change before its end; dropped
    /// without a commit, it has never been.
    async fn begin(&self) -> Result<Transaction<'static, Sqlite>, Fault> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// A number that another one follows whenever somebody else has written. It is asked of the
    /// connection that writes, since to the others our own writes are somebody else's.
    async fn written_by_others(&self) -> Result<i64, Fault> {
        let number = sqlx::query_scalar("PRAGMA data_version");
        Ok(number.fetch_one(&self.writer).await?)
    }

    /// The work of a method, with what goes wrong in it explained.
    fn answer<'a, T>(
        &'a self,
        work: impl Future<Output = Result<T, Fault>> + Send + 'a,
    ) -> Answer<'a, T> {
        Box::pin(async move { work.await.map_err(|fault| fault.explain(&self.place)) })
    }
}

impl Storage for SqliteStorage {
    fn users(&self) -> &dyn Users {
        self
    }

    fn sessions(&self) -> &dyn Sessions {
        self
    }

    fn invitations(&self) -> &dyn Invitations {
        self
    }

    fn passkeys(&self) -> &dyn Passkeys {
        self
    }

    fn subscriptions(&self) -> &dyn Subscriptions {
        self
    }

    fn conversations(&self) -> &dyn Conversations {
        self
    }

    fn shares(&self) -> &dyn Shares {
        self
    }

    fn counters(&self) -> &dyn Counters {
        self
    }

    fn check(&self) -> Answer<'_, ()> {
        self.answer(async {
            sqlx::query!("SELECT id FROM users LIMIT 1")
                .fetch_optional(&self.readers)
                .await?;
            let mut transaction = self.begin().await?;
            open::may_write(&mut transaction).await?;
            Ok(transaction.rollback().await?)
        })
    }

    fn changed_elsewhere(&self) -> Answer<'_, bool> {
        self.answer(async {
            let now = self.written_by_others().await?;
            Ok(self.seen.swap(now, Ordering::Relaxed) != now)
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            self.readers.close().await;
            self.writer.close().await;
        })
    }
}
