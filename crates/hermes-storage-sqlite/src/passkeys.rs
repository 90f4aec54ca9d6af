use hermes_storage::{
    Answer, CredentialId, Label, NewPasskey, PASSKEYS_LIMIT, Passkey, PasskeyId, Passkeys, Removal,
    StorageError, UserHandle, UserId,
};
use jiff::Timestamp;
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::{SqliteStorage, fault::Fault, moment, sessions};

/// A passkey as stored.
struct Row {
    id: String,
    user_id: String,
    credential_id: Vec<u8>,
    credential: String,
    name: Option<String>,
    created_at: i64,
    last_used_at: Option<i64>,
}

impl TryFrom<Row> for Passkey {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            id: row.id.parse().map_err(Fault::damaged)?,
            user: row.user_id.parse().map_err(Fault::damaged)?,
            credential_id: CredentialId::new(&row.credential_id).map_err(Fault::damaged)?,
            credential: row.credential,
            name: row.name.as_deref().and_then(Label::new),
            created_at: moment::read(row.created_at)?,
            last_used_at: row.last_used_at.map(moment::read).transpose()?,
        })
    }
}

/// The rows of passkeys that the rest of a query picks.
macro_rules! passkeys {
    ($rest:tt $(, $argument:expr)*) => {
        query_as!(
            Row,
            "SELECT id, user_id, credential_id, credential, name, created_at, last_used_at \
             FROM passkeys " + $rest
            $(, $argument)*
        )
    };
}

/// The handle of a user, which becomes `fresh` if they have none.
async fn settle(
    database: &mut SqliteConnection,
    user: &str,
    fresh: &UserHandle,
) -> Result<UserHandle, Fault> {
    let fresh = fresh.as_bytes().as_slice();
    query!(
        "UPDATE users SET handle = ? WHERE id = ? AND handle IS NULL",
        fresh,
        user
    )
    .execute(&mut *database)
    .await?;
    let kept = handle(database, user).await?;
    kept.ok_or_else(|| StorageError::UserUnknown.into())
}

async fn handle(
    database: impl sqlx::SqliteExecutor<'_>,
    user: &str,
) -> Result<Option<UserHandle>, Fault> {
    let stored = query_scalar!("SELECT handle FROM users WHERE id = ?", user);
    let Some(bytes) = stored.fetch_optional(database).await?.flatten() else {
        return Ok(None);
    };
    let bytes = <[u8; 32]>::try_from(bytes);
    let bytes = bytes.map_err(|_| Fault::damaged("a handle that is none"))?;
    Ok(Some(UserHandle::from(bytes)))
}

/// Adds a passkey to a user.
pub(crate) async fn insert(
    database: &mut SqliteConnection,
    user: &str,
    new: &NewPasskey,
    at: Timestamp,
) -> Result<(), Fault> {
    if settle(&mut *database, user, &new.handle).await? != new.handle {
        return Err(StorageError::UserUnknown.into());
    }
    let credential_id = new.credential_id.as_bytes();
    let taken = query_scalar!(
        "SELECT id FROM passkeys WHERE credential_id = ?",
        credential_id
    );
    if taken.fetch_optional(&mut *database).await?.is_some() {
        return Err(StorageError::PasskeyTaken.into());
    }
    let kept = query_scalar!("SELECT count(*) FROM passkeys WHERE user_id = ?", user);
    let kept = usize::try_from(kept.fetch_one(&mut *database).await?);
    if kept.unwrap_or(PASSKEYS_LIMIT) >= PASSKEYS_LIMIT {
        return Err(StorageError::TooManyPasskeys.into());
    }
    let (id, at) = (new.id.as_str(), moment::stored(at));
    let name = new.name.as_ref().map(Label::as_str);
    query!(
        "INSERT INTO passkeys (id, user_id, credential_id, credential, name, created_at) \
         VALUES (?, ?, ?, ?, ?, ?)",
        id,
        user,
        credential_id,
        new.credential,
        name,
        at
    )
    .execute(database)
    .await?;
    Ok(())
}

/// Fails if the passkey has just been removed.
pub(crate) async fn is_there(database: &mut SqliteConnection, id: &str) -> Result<(), Fault> {
    let found = query_scalar!("SELECT id FROM passkeys WHERE id = ?", id);
    let found = found.fetch_optional(database).await?;
    found
        .map(drop)
        .ok_or_else(|| StorageError::UserUnknown.into())
}

/// Whether a user has another way in than this passkey, as far as is known here.
async fn has_other(
    database: &mut SqliteConnection,
    user: &str,
    passkey: &str,
) -> Result<bool, Fault> {
    let others = query_scalar!(
        "SELECT count(*) FROM users WHERE id = ? AND (password IS NOT NULL OR EXISTS \
         (SELECT 1 FROM passkeys WHERE user_id = users.id AND passkeys.id <> ?))",
        user,
        passkey
    );
    Ok(others.fetch_one(database).await? > 0)
}

impl Passkeys for SqliteStorage {
    fn handle(&self, user: UserId, fresh: UserHandle) -> Answer<'_, UserHandle> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let handle = settle(&mut transaction, user.as_str(), &fresh).await?;
            transaction.commit().await?;
            Ok(handle)
        })
    }

    fn add(&self, user: UserId, passkey: NewPasskey, at: Timestamp) -> Answer<'_, ()> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            insert(&mut transaction, user.as_str(), &passkey, at).await?;
            Ok(transaction.commit().await?)
        })
    }

    fn by_credential<'a>(
        &'a self,
        id: &'a CredentialId,
    ) -> Answer<'a, Option<(UserHandle, Passkey)>> {
        self.answer(async move {
            let id = id.as_bytes();
            let row = passkeys!("WHERE credential_id = ?", id);
            let Some(row) = row.fetch_optional(&self.readers).await? else {
                return Ok(None);
            };
            let handle = handle(&self.readers, &row.user_id).await?;
            let passkey = row.try_into()?;
            Ok(handle.map(|handle| (handle, passkey)))
        })
    }

    fn list(&self, user: UserId) -> Answer<'_, Vec<Passkey>> {
        self.answer(async move {
            let user = user.as_str();
            let rows = passkeys!("WHERE user_id = ? ORDER BY created_at, id", user);
            let rows = rows.fetch_all(&self.readers).await?;
            rows.into_iter().map(Passkey::try_from).collect()
        })
    }

    fn any(&self) -> Answer<'_, bool> {
        self.answer(async {
            let found = query_scalar!("SELECT id FROM passkeys LIMIT 1");
            Ok(found.fetch_optional(&self.readers).await?.is_some())
        })
    }

    fn used<'a>(
        &'a self,
        id: PasskeyId,
        was: &'a str,
        becomes: &'a str,
        at: Timestamp,
    ) -> Answer<'a, bool> {
        self.answer(async move {
            let (id, at) = (id.as_str(), moment::stored(at));
            let result = query!(
                "UPDATE passkeys SET credential = ?, last_used_at = ? \
                 WHERE id = ? AND credential = ?",
                becomes,
                at,
                id,
                was
            );
            Ok(result.execute(&self.writer).await?.rows_affected() > 0)
        })
    }

    fn rename(&self, user: UserId, id: PasskeyId, name: Option<Label>) -> Answer<'_, bool> {
        self.answer(async move {
            let (user, id) = (user.as_str(), id.as_str());
            let name = name.as_ref().map(Label::as_str);
            let result = query!(
                "UPDATE passkeys SET name = ? WHERE id = ? AND user_id = ?",
                name,
                id,
                user
            );
            Ok(result.execute(&self.writer).await?.rows_affected() > 0)
        })
    }

    fn remove(&self, user: UserId, id: PasskeyId, or_else: bool) -> Answer<'_, Removal> {
        self.answer(async move {
            let (user, id) = (user.as_str(), id.as_str());
            let mut transaction = self.begin().await?;
            let removed = query!(
                "DELETE FROM passkeys WHERE id = ? AND user_id = ?",
                id,
                user
            );
            if removed.execute(&mut *transaction).await?.rows_affected() == 0 {
                return Ok(Removal::Unknown);
            }
            // Nothing of it has been if the transaction is dropped.
            if !or_else && !has_other(&mut transaction, user, id).await? {
                return Ok(Removal::Last);
            }
            let ended = sessions::end_of_passkey(&mut transaction, id).await?;
            transaction.commit().await?;
            Ok(Removal::Removed(ended))
        })
    }
}
