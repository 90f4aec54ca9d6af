mod provider;
mod refresh;
mod row;

use hermes_storage::{
    ACCESS_LIMIT, Access, Answer, Horizon, Label, LiveSession, LongLived, NewSession, PasskeyId,
    ProviderLogout, ProviderTokens, RefreshHash, SESSIONS_LIMIT, Session, SessionId, Sessions,
    StorageError, TokenHash, Turned, UserId,
};
use jiff::Timestamp;
use sqlx::{SqliteConnection, query, query_scalar};

use self::row::{Row, sessions};
use crate::{SqliteStorage, fault::Fault, moment, passkeys, users};

/// The ids of sessions, as a statement returned them.
fn ids(stored: Vec<String>) -> Result<Vec<SessionId>, Fault> {
    let parse = |id: String| id.parse().map_err(Fault::damaged);
    stored.into_iter().map(parse).collect()
}

/// Ends a user's sessions but `keep`.
pub(crate) async fn end_all(
    database: &mut SqliteConnection,
    user: UserId,
    keep: Option<SessionId>,
) -> Result<Vec<SessionId>, Fault> {
    let user = user.as_str();
    let keep = keep.as_ref().map(SessionId::as_str);
    let ended = query_scalar!(
        "DELETE FROM sessions WHERE user_id = ? AND id IS NOT ? RETURNING id",
        user,
        keep
    );
    ids(ended.fetch_all(database).await?)
}

/// Ends the sessions that a passkey has opened.
pub(crate) async fn end_of_passkey(
    database: &mut SqliteConnection,
    passkey: &str,
) -> Result<Vec<SessionId>, Fault> {
    let ended = query_scalar!(
        "DELETE FROM sessions WHERE passkey_id = ? RETURNING id",
        passkey
    );
    ids(ended.fetch_all(database).await?)
}

async fn insert(database: &mut SqliteConnection, new: &NewSession) -> Result<(), Fault> {
    let (id, user, method) = (new.id.as_str(), new.user.as_str(), &new.method);
    let name = new.name.as_ref().map(Label::as_str);
    let client = new.client.as_ref().map(Label::as_str);
    let address = new.address.to_string();
    let (at, ends_at) = (moment::stored(new.at), moment::stored(new.ends_at));
    let authenticated_at = moment::stored(new.authenticated_at);
    let (long_lived, turn) = match &new.long_lived {
        LongLived::Cookie(hash) => (hash, None),
        LongLived::Refresh(hash) => (&hash.family, Some(&hash.turn)),
    };
    let long_lived = long_lived.as_bytes().as_slice();
    let turn = turn.map(|turn| turn.as_bytes().as_slice());
    let at_most = users::stored(new.at_most);
    let passkey = new.passkey.as_ref().map(PasskeyId::as_str);
    query!(
        "INSERT INTO sessions (id, user_id, method, name, client, address, created_at, \
         authenticated_at, last_seen_at, ends_at, long_lived, turn, at_most, passkey_id) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        user,
        method,
        name,
        client,
        address,
        at,
        authenticated_at,
        at,
        ends_at,
        long_lived,
        turn,
        at_most,
        passkey
    )
    .execute(database)
    .await?;
    Ok(())
}

async fn insert_access(
    database: &mut SqliteConnection,
    id: SessionId,
    access: Access,
) -> Result<(), Fault> {
    let (id, ends_at) = (id.as_str(), moment::stored(access.ends_at));
    let hash = access.hash.as_bytes().as_slice();
    query!(
        "INSERT INTO access (hash, session_id, ends_at) VALUES (?, ?, ?)",
        hash,
        id,
        ends_at
    )
    .execute(&mut *database)
    .await?;
    let kept = i64::try_from(ACCESS_LIMIT).map_err(Fault::damaged)?;
    query!(
        "DELETE FROM access WHERE number IN (SELECT number FROM access WHERE session_id = ? \
         ORDER BY number DESC LIMIT -1 OFFSET ?)",
        id,
        kept
    )
    .execute(database)
    .await?;
    Ok(())
}

impl SqliteStorage {
    /// The session with its user, if it is live.
    async fn live(
        &self,
        row: Option<Row>,
        value_ends_at: Option<i64>,
        at: Horizon,
    ) -> Result<Option<LiveSession>, Fault> {
        let Some(session) = row.map(Session::try_from).transpose()? else {
            return Ok(None);
        };
        let user = users::find(&self.readers, session.user.as_str()).await?;
        let Some(user) = user.filter(|user| !user.disabled && at.includes(&session)) else {
            return Ok(None);
        };
        Ok(Some(LiveSession {
            value_ends_at: value_ends_at.map_or(Ok(session.ends_at), moment::read)?,
            session,
            user,
        }))
    }
}

/// Those that are live.
fn live(rows: Vec<Row>, at: Horizon) -> Result<Vec<Session>, Fault> {
    let sessions: Result<Vec<Session>, Fault> = rows.into_iter().map(Session::try_from).collect();
    let mut sessions = sessions?;
    sessions.retain(|session| at.includes(session));
    Ok(sessions)
}

impl Sessions for SqliteStorage {
    fn open(&self, session: NewSession) -> Answer<'_, Vec<SessionId>> {
        self.answer(async move {
            let user = session.user.as_str();
            let kept = i64::try_from(SESSIONS_LIMIT - 1).map_err(Fault::damaged)?;
            let mut transaction = self.begin().await?;
            let owner = users::find(&mut *transaction, user).await?;
            let owner = owner.filter(|user| !user.disabled);
            owner.ok_or(StorageError::UserUnknown)?;
            if let Some(passkey) = &session.passkey {
                passkeys::is_there(&mut transaction, passkey.as_str()).await?;
            }
            let ended = query_scalar!(
                "DELETE FROM sessions WHERE number IN (SELECT number FROM sessions \
                 WHERE user_id = ? ORDER BY last_seen_at DESC, number DESC LIMIT -1 OFFSET ?) \
                 RETURNING id",
                user,
                kept
            );
            let ended = ids(ended.fetch_all(&mut *transaction).await?)?;
            insert(&mut transaction, &session).await?;
            insert_access(&mut transaction, session.id, session.access).await?;
            if let Some(provider) = &session.provider {
                provider::insert(&mut transaction, session.id, provider).await?;
            }
            transaction.commit().await?;
            Ok(ended)
        })
    }

    fn by_access<'a>(
        &'a self,
        hash: &'a TokenHash,
        at: Horizon,
    ) -> Answer<'a, Option<LiveSession>> {
        self.answer(async move {
            let (hash, now) = (hash.as_bytes().as_slice(), moment::stored(at.now));
            let access = query!(
                "SELECT session_id, ends_at FROM access WHERE hash = ? AND ends_at > ?",
                hash,
                now
            );
            let Some(access) = access.fetch_optional(&self.readers).await? else {
                return Ok(None);
            };
            let row = sessions!("WHERE id = ?", access.session_id);
            let row = row.fetch_optional(&self.readers).await?;
            self.live(row, Some(access.ends_at), at).await
        })
    }

    fn by_long_lived<'a>(
        &'a self,
        hash: &'a TokenHash,
        at: Horizon,
    ) -> Answer<'a, Option<LiveSession>> {
        self.answer(async move {
            let hash = hash.as_bytes().as_slice();
            let row = sessions!("WHERE long_lived = ? AND turn IS NULL", hash);
            let row = row.fetch_optional(&self.readers).await?;
            self.live(row, None, at).await
        })
    }

    fn find(&self, id: SessionId) -> Answer<'_, Option<Session>> {
        self.answer(async move {
            let id = id.as_str();
            let row = sessions!("WHERE id = ?", id);
            let row = row.fetch_optional(&self.readers).await?;
            row.map(Session::try_from).transpose()
        })
    }

    fn add_access(&self, id: SessionId, access: Access) -> Answer<'_, bool> {
        self.answer(async move {
            let name = id.as_str();
            let mut transaction = self.begin().await?;
            let found = query_scalar!("SELECT number FROM sessions WHERE id = ?", name);
            if found.fetch_optional(&mut *transaction).await?.is_none() {
                return Ok(false);
            }
            insert_access(&mut transaction, id, access).await?;
            transaction.commit().await?;
            Ok(true)
        })
    }

    fn refresh(
        &self,
        shown: RefreshHash,
        next: TokenHash,
        access: Access,
        at: Horizon,
    ) -> Answer<'_, Turned> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let turned = refresh::refresh(&mut transaction, shown, next, access, at).await?;
            transaction.commit().await?;
            Ok(turned)
        })
    }

    fn touch<'a>(&'a self, seen: &'a [(SessionId, Timestamp)]) -> Answer<'a, ()> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            for (id, at) in seen {
                let (id, at) = (id.as_str(), moment::stored(*at));
                query!(
                    "UPDATE sessions SET last_seen_at = ? WHERE id = ? AND last_seen_at < ?",
                    at,
                    id,
                    at
                )
                .execute(&mut *transaction)
                .await?;
            }
            Ok(transaction.commit().await?)
        })
    }

    fn confirm(&self, id: SessionId, at: Timestamp) -> Answer<'_, bool> {
        self.answer(async move {
            let (id, at) = (id.as_str(), moment::stored(at));
            let result = query!(
                "UPDATE sessions SET authenticated_at = ? WHERE id = ?",
                at,
                id
            );
            Ok(result.execute(&self.writer).await?.rows_affected() > 0)
        })
    }

    fn rename(&self, id: SessionId, name: Option<Label>) -> Answer<'_, bool> {
        self.answer(async move {
            let (id, name) = (id.as_str(), name.as_ref().map(Label::as_str));
            let result = query!("UPDATE sessions SET name = ? WHERE id = ?", name, id);
            Ok(result.execute(&self.writer).await?.rows_affected() > 0)
        })
    }

    fn list(&self, user: UserId, at: Horizon) -> Answer<'_, Vec<Session>> {
        self.answer(async move {
            let user = user.as_str();
            let rows = sessions!(
                "WHERE user_id = ? ORDER BY last_seen_at DESC, number DESC",
                user
            );
            live(rows.fetch_all(&self.readers).await?, at)
        })
    }

    fn list_all(&self, at: Horizon) -> Answer<'_, Vec<Session>> {
        self.answer(async move {
            let rows = sessions!("ORDER BY last_seen_at DESC, number DESC");
            live(rows.fetch_all(&self.readers).await?, at)
        })
    }

    fn end(&self, id: SessionId) -> Answer<'_, bool> {
        self.answer(async move {
            let id = id.as_str();
            let result = query!("DELETE FROM sessions WHERE id = ?", id);
            Ok(result.execute(&self.writer).await?.rows_affected() > 0)
        })
    }

    fn end_all(&self, user: UserId, keep: Option<SessionId>) -> Answer<'_, Vec<SessionId>> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let ended = end_all(&mut transaction, user, keep).await?;
            transaction.commit().await?;
            Ok(ended)
        })
    }

    fn end_at_provider<'a>(&'a self, logout: &'a ProviderLogout) -> Answer<'a, Vec<SessionId>> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let ended = provider::end(&mut transaction, logout).await?;
            transaction.commit().await?;
            Ok(ended)
        })
    }

    fn end_ended(&self, at: Horizon) -> Answer<'_, Vec<SessionId>> {
        self.answer(async move {
            let (now, idle_since) = (moment::stored(at.now), moment::stored(at.idle_since()));
            let mut transaction = self.begin().await?;
            let ended = query_scalar!(
                "DELETE FROM sessions WHERE ends_at <= ? OR last_seen_at <= ? RETURNING id",
                now,
                idle_since
            );
            let ended = ids(ended.fetch_all(&mut *transaction).await?)?;
            query!("DELETE FROM access WHERE ends_at <= ?", now)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(ended)
        })
    }

    fn provider_tokens(&self, id: SessionId) -> Answer<'_, Option<(u64, ProviderTokens)>> {
        self.answer(async move { provider::tokens(&self.readers, id).await })
    }

    fn swap_provider_tokens(
        &self,
        id: SessionId,
        version: u64,
        tokens: ProviderTokens,
    ) -> Answer<'_, bool> {
        self.answer(async move { provider::swap(&self.writer, id, version, &tokens).await })
    }

    fn provider_tokens_due(&self, now: Timestamp, limit: u32) -> Answer<'_, Vec<SessionId>> {
        self.answer(async move { ids(provider::due(&self.readers, now, limit).await?) })
    }
}
