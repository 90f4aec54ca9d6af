use hermes_storage::{
    Answer, Horizon, SUBSCRIPTIONS_LIMIT, SessionId, Subscription, Subscriptions, UserId,
};
use jiff::Timestamp;
use sqlx::{query, query_as, query_scalar};

use crate::{SqliteStorage, fault::Fault, moment};

/// A subscription as stored.
struct Row {
    endpoint: String,
    public_key: Vec<u8>,
    auth: Vec<u8>,
}

impl TryFrom<Row> for Subscription {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let damaged = |_| Fault::damaged("a subscription whose keys are none");
        Ok(Self {
            endpoint: row.endpoint,
            public_key: row.public_key.try_into().map_err(damaged)?,
            auth: row.auth.try_into().map_err(damaged)?,
        })
    }
}

impl Subscriptions for SqliteStorage {
    fn subscribe(
        &self,
        session: SessionId,
        subscription: Subscription,
        at: Timestamp,
    ) -> Answer<'_, bool> {
        self.answer(async move {
            let (session, at) = (session.as_str(), moment::stored(at));
            let mut transaction = self.begin().await?;
            let user = query_scalar!("SELECT user_id FROM sessions WHERE id = ?", session);
            let Some(user) = user.fetch_optional(&mut *transaction).await? else {
                return Ok(false);
            };
            let public_key = subscription.public_key.as_slice();
            let auth = subscription.auth.as_slice();
            query!(
                "INSERT OR REPLACE INTO push_subscriptions \
                 (session_id, endpoint, public_key, auth, created_at) VALUES (?, ?, ?, ?, ?)",
                session,
                subscription.endpoint,
                public_key,
                auth,
                at
            )
            .execute(&mut *transaction)
            .await?;
            let kept = i64::try_from(SUBSCRIPTIONS_LIMIT).map_err(Fault::damaged)?;
            query!(
                "DELETE FROM push_subscriptions WHERE session_id IN (SELECT session_id \
                 FROM push_subscriptions JOIN sessions ON sessions.id = session_id \
                 WHERE user_id = ? ORDER BY push_subscriptions.created_at DESC, number DESC \
                 LIMIT -1 OFFSET ?)",
                user,
                kept
            )
            .execute(&mut *transaction)
            .await?;
            transaction.commit().await?;
            Ok(true)
        })
    }

    fn unsubscribe(&self, session: SessionId) -> Answer<'_, bool> {
        self.answer(async move {
            let session = session.as_str();
            let result = query!(
                "DELETE FROM push_subscriptions WHERE session_id = ?",
                session
            );
            Ok(result.execute(&self.writer).await?.rows_affected() > 0)
        })
    }

    fn forget<'a>(&'a self, endpoint: &'a str) -> Answer<'a, ()> {
        self.answer(async move {
            query!(
                "DELETE FROM push_subscriptions WHERE endpoint = ?",
                endpoint
            )
            .execute(&self.writer)
            .await?;
            Ok(())
        })
    }

    fn is_subscribed(&self, session: SessionId) -> Answer<'_, bool> {
        self.answer(async move {
            let session = session.as_str();
            let found = query_scalar!(
                "SELECT session_id FROM push_subscriptions WHERE session_id = ?",
                session
            );
            Ok(found.fetch_optional(&self.readers).await?.is_some())
        })
    }

    fn of_user(&self, user: UserId, at: Horizon) -> Answer<'_, Vec<Subscription>> {
        self.answer(async move {
            let user = user.as_str();
            let (now, idle_since) = (moment::stored(at.now), moment::stored(at.idle_since()));
            let rows = query_as!(
                Row,
                "SELECT endpoint, public_key, auth FROM push_subscriptions \
                 JOIN sessions ON sessions.id = session_id \
                 JOIN users ON users.id = sessions.user_id \
                 WHERE users.id = ? AND disabled = 0 AND ends_at > ? AND last_seen_at > ?",
                user,
                now,
                idle_since
            );
            let rows = rows.fetch_all(&self.readers).await?;
            rows.into_iter().map(Subscription::try_from).collect()
        })
    }
}
