use hermes_secret::Secret;
use hermes_storage::{
    Answer, Identity, Label, LoginName, NewUser, Password, Role, SessionId, StorageError, User,
    UserId, Users,
};
use jiff::Timestamp;
use sqlx::{SqliteConnection, query, query_as, query_scalar};

use crate::{SqliteStorage, fault::Fault, moment, sessions};

/// A user as stored.
pub(crate) struct Row {
    id: String,
    login: Option<String>,
    display_name: Option<String>,
    email: Option<String>,
    role: String,
    disabled: i64,
    created_at: i64,
    password: Option<String>,
    password_changed_at: Option<i64>,
}

impl Row {
    fn password(&self) -> Result<Option<Password>, Fault> {
        let (Some(phc), Some(at)) = (&self.password, self.password_changed_at) else {
            return Ok(None);
        };
        Ok(Some(Password {
            phc: Secret::new(phc.as_str()),
            changed_at: moment::read(at)?,
        }))
    }
}

impl TryFrom<Row> for User {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        let login = row.login.map(|login| login.parse()).transpose();
        Ok(Self {
            id: row.id.parse().map_err(Fault::damaged)?,
            login: login.map_err(Fault::damaged)?,
            display_name: row.display_name.as_deref().and_then(Label::new),
            email: row.email.as_deref().and_then(Label::new),
            role: role(&row.role)?,
            disabled: row.disabled != 0,
            created_at: moment::read(row.created_at)?,
        })
    }
}

pub(crate) fn stored(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Member => "member",
    }
}

pub(crate) fn role(stored: &str) -> Result<Role, Fault> {
    match stored {
        "owner" => Ok(Role::Owner),
        "member" => Ok(Role::Member),
        _ => Err(Fault::damaged("a role that is none")),
    }
}

/// The rows of users that the rest of a query picks.
macro_rules! users {
    ($rest:tt $(, $argument:expr)*) => {
        query_as!(
            Row,
            "SELECT id, login, display_name, email, role, disabled, created_at, password, \
             password_changed_at FROM users " + $rest
            $(, $argument)*
        )
    };
}

/// The user of this id.
pub(crate) async fn find(
    database: impl sqlx::SqliteExecutor<'_>,
    id: &str,
) -> Result<Option<User>, Fault> {
    let row = users!("WHERE id = ?", id).fetch_optional(database).await?;
    row.map(User::try_from).transpose()
}

/// Fails unless the statement met a user.
fn met(result: &sqlx::sqlite::SqliteQueryResult) -> Result<(), Fault> {
    match result.rows_affected() {
        0 => Err(StorageError::UserUnknown.into()),
        _ => Ok(()),
    }
}

/// Fails if the login name is another user's.
async fn login_is_free(
    database: &mut SqliteConnection,
    login: Option<&LoginName>,
    id: &str,
) -> Result<(), Fault> {
    let login = login.map(LoginName::as_str);
    let taken = query_scalar!(
        "SELECT id FROM users WHERE login = ? AND id <> ?",
        login,
        id
    )
    .fetch_optional(database)
    .await?;
    match taken {
        Some(_) => Err(StorageError::LoginTaken.into()),
        None => Ok(()),
    }
}

async fn link(database: &mut SqliteConnection, id: &str, identity: &Identity) -> Result<(), Fault> {
    let (issuer, subject) = (&identity.issuer, &identity.subject);
    let holder = query_scalar!(
        "SELECT user_id FROM identities WHERE issuer = ? AND subject = ?",
        issuer,
        subject
    )
    .fetch_optional(&mut *database)
    .await?;
    match holder {
        Some(holder) if holder == id => Ok(()),
        Some(_) => Err(StorageError::IdentityTaken.into()),
        None => {
            query!(
                "INSERT INTO identities (issuer, subject, user_id) VALUES (?, ?, ?)",
                issuer,
                subject,
                id
            )
            .execute(database)
            .await?;
            Ok(())
        }
    }
}

/// Lets somebody in who is this at an identity provider, as this user and whatever the settings say
/// of them.
pub(crate) async fn vouch(
    database: &mut SqliteConnection,
    id: &str,
    identity: &Identity,
) -> Result<(), Fault> {
    link(&mut *database, id, identity).await?;
    query!(
        "UPDATE identities SET vouched = 1 WHERE issuer = ? AND subject = ?",
        identity.issuer,
        identity.subject
    )
    .execute(database)
    .await?;
    Ok(())
}

/// Adds a user with their ways in. Who was invited as them before they were there opens nothing any
/// more: a gateway that has its owner cannot be claimed.
pub(crate) async fn insert(database: &mut SqliteConnection, user: &NewUser) -> Result<(), Fault> {
    let id = user.id.as_str();
    let login = user.login.as_ref().map(LoginName::as_str);
    let display_name = user.display_name.as_ref().map(Label::as_str);
    let email = user.email.as_ref().map(Label::as_str);
    let role = stored(user.role);
    let at = moment::stored(user.created_at);
    let password = user.password.as_ref().map(Secret::expose);
    let password_at = password.map(|_| at);
    if find(&mut *database, id).await?.is_some() {
        return Err(StorageError::UserExists.into());
    }
    login_is_free(&mut *database, user.login.as_ref(), id).await?;
    query!(
        "INSERT INTO users (id, login, display_name, email, role, disabled, created_at, \
         password, password_changed_at) VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?)",
        id,
        login,
        display_name,
        email,
        role,
        at,
        password,
        password_at
    )
    .execute(&mut *database)
    .await?;
    query!("DELETE FROM invitations WHERE user_id = ?", id)
        .execute(&mut *database)
        .await?;
    match &user.identity {
        Some(identity) => link(database, id, identity).await,
        None => Ok(()),
    }
}

/// Replaces the login name.
pub(crate) async fn set_login(
    database: &mut SqliteConnection,
    id: &str,
    login: Option<&LoginName>,
) -> Result<(), Fault> {
    login_is_free(&mut *database, login, id).await?;
    let login = login.map(LoginName::as_str);
    let result = query!("UPDATE users SET login = ? WHERE id = ?", login, id);
    met(&result.execute(database).await?)
}

/// Sets the password, and ends all sessions but `keep`.
pub(crate) async fn set_password(
    database: &mut SqliteConnection,
    id: UserId,
    phc: &Secret,
    at: Timestamp,
    keep: Option<SessionId>,
) -> Result<Vec<SessionId>, Fault> {
    let (name, phc, at) = (id.as_str(), phc.expose(), moment::stored(at));
    let result = query!(
        "UPDATE users SET password = ?, password_changed_at = ? WHERE id = ?",
        phc,
        at,
        name
    );
    met(&result.execute(&mut *database).await?)?;
    sessions::end_all(database, id, keep).await
}

impl Users for SqliteStorage {
    fn create(&self, user: NewUser) -> Answer<'_, ()> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            insert(&mut transaction, &user).await?;
            Ok(transaction.commit().await?)
        })
    }

    fn find(&self, id: UserId) -> Answer<'_, Option<User>> {
        self.answer(async move { find(&self.readers, id.as_str()).await })
    }

    fn by_login<'a>(
        &'a self,
        login: &'a LoginName,
    ) -> Answer<'a, Option<(User, Option<Password>)>> {
        self.answer(async move {
            let login = login.as_str();
            let row = users!("WHERE login = ?", login);
            let Some(row) = row.fetch_optional(&self.readers).await? else {
                return Ok(None);
            };
            let password = row.password()?;
            Ok(Some((row.try_into()?, password)))
        })
    }

    fn by_identity<'a>(&'a self, identity: &'a Identity) -> Answer<'a, Option<User>> {
        self.answer(async move {
            let row = users!(
                "WHERE id = (SELECT user_id FROM identities WHERE issuer = ? AND subject = ?)",
                identity.issuer,
                identity.subject
            );
            let row = row.fetch_optional(&self.readers).await?;
            row.map(User::try_from).transpose()
        })
    }

    fn is_vouched_for<'a>(&'a self, identity: &'a Identity) -> Answer<'a, bool> {
        self.answer(async move {
            let found = query_scalar!(
                "SELECT vouched FROM identities WHERE issuer = ? AND subject = ?",
                identity.issuer,
                identity.subject
            );
            let vouched = found.fetch_optional(&self.readers).await?;
            Ok(vouched.is_some_and(|vouched| vouched != 0))
        })
    }

    fn list(&self) -> Answer<'_, Vec<User>> {
        self.answer(async {
            let rows = users!("ORDER BY created_at, id").fetch_all(&self.readers);
            rows.await?.into_iter().map(User::try_from).collect()
        })
    }

    fn identities(&self, id: UserId) -> Answer<'_, Vec<Identity>> {
        self.answer(async move {
            let id = id.as_str();
            let rows = query_as!(
                Identity,
                "SELECT issuer, subject FROM identities WHERE user_id = ? ORDER BY issuer, subject",
                id
            );
            Ok(rows.fetch_all(&self.readers).await?)
        })
    }

    fn password(&self, id: UserId) -> Answer<'_, Option<Password>> {
        self.answer(async move {
            let id = id.as_str();
            let row = users!("WHERE id = ?", id)
                .fetch_optional(&self.readers)
                .await?;
            row.map_or(Ok(None), |row| row.password())
        })
    }

    fn link_identity(&self, id: UserId, identity: Identity) -> Answer<'_, ()> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let user = find(&mut *transaction, id.as_str()).await?;
            user.ok_or(StorageError::UserUnknown)?;
            link(&mut transaction, id.as_str(), &identity).await?;
            Ok(transaction.commit().await?)
        })
    }

    fn set_login(&self, id: UserId, login: Option<LoginName>) -> Answer<'_, ()> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            set_login(&mut transaction, id.as_str(), login.as_ref()).await?;
            Ok(transaction.commit().await?)
        })
    }

    fn set_profile(
        &self,
        id: UserId,
        display_name: Option<Label>,
        email: Option<Label>,
    ) -> Answer<'_, ()> {
        self.answer(async move {
            let id = id.as_str();
            let display_name = display_name.as_ref().map(Label::as_str);
            let email = email.as_ref().map(Label::as_str);
            let result = query!(
                "UPDATE users SET display_name = ?, email = ? WHERE id = ?",
                display_name,
                email,
                id
            );
            met(&result.execute(&self.writer).await?)
        })
    }

    fn set_password(
        &self,
        id: UserId,
        phc: Secret,
        at: Timestamp,
        keep: Option<SessionId>,
    ) -> Answer<'_, Vec<SessionId>> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let ended = set_password(&mut transaction, id, &phc, at, keep).await?;
            transaction.commit().await?;
            Ok(ended)
        })
    }

    fn add_password(
        &self,
        id: UserId,
        login: LoginName,
        phc: Secret,
        at: Timestamp,
    ) -> Answer<'_, bool> {
        self.answer(async move {
            let name = id.as_str();
            let mut transaction = self.begin().await?;
            set_login(&mut transaction, name, Some(&login)).await?;
            let (phc, at) = (phc.expose(), moment::stored(at));
            let result = query!(
                "UPDATE users SET password = ?, password_changed_at = ?
                 WHERE id = ? AND password IS NULL",
                phc,
                at,
                name
            );
            let added = result.execute(&mut *transaction).await?.rows_affected() > 0;
            if added {
                transaction.commit().await?;
            }
            Ok(added)
        })
    }

    fn rehash_password<'a>(
        &'a self,
        id: UserId,
        old: &'a Secret,
        new: &'a Secret,
    ) -> Answer<'a, bool> {
        self.answer(async move {
            let (id, old, new) = (id.as_str(), old.expose(), new.expose());
            let result = query!(
                "UPDATE users SET password = ? WHERE id = ? AND password = ?",
                new,
                id,
                old
            );
            Ok(result.execute(&self.writer).await?.rows_affected() > 0)
        })
    }

    fn set_disabled(&self, id: UserId, disabled: bool) -> Answer<'_, Vec<SessionId>> {
        self.answer(async move {
            let name = id.as_str();
            let mut transaction = self.begin().await?;
            let result = query!("UPDATE users SET disabled = ? WHERE id = ?", disabled, name);
            met(&result.execute(&mut *transaction).await?)?;
            let ended = match disabled {
                true => sessions::end_all(&mut transaction, id, None).await?,
                false => Vec::new(),
            };
            transaction.commit().await?;
            Ok(ended)
        })
    }

    fn set_role(&self, id: UserId, role: Role) -> Answer<'_, ()> {
        self.answer(async move {
            let (id, role) = (id.as_str(), stored(role));
            let result = query!("UPDATE users SET role = ? WHERE id = ?", role, id);
            met(&result.execute(&self.writer).await?)
        })
    }

    fn take_ways_in(&self, id: UserId) -> Answer<'_, Vec<SessionId>> {
        self.answer(async move {
            let name = id.as_str();
            let mut transaction = self.begin().await?;
            let result = query!(
                "UPDATE users SET password = NULL, password_changed_at = NULL WHERE id = ?",
                name
            );
            met(&result.execute(&mut *transaction).await?)?;
            query!("DELETE FROM identities WHERE user_id = ?", name)
                .execute(&mut *transaction)
                .await?;
            query!("DELETE FROM passkeys WHERE user_id = ?", name)
                .execute(&mut *transaction)
                .await?;
            let ended = sessions::end_all(&mut transaction, id, None).await?;
            transaction.commit().await?;
            Ok(ended)
        })
    }

    fn remove(&self, id: UserId) -> Answer<'_, Vec<SessionId>> {
        self.answer(async move {
            let name = id.as_str();
            let mut transaction = self.begin().await?;
            let ended = sessions::end_all(&mut transaction, id, None).await?;
            query!("DELETE FROM invitations WHERE user_id = ?", name)
                .execute(&mut *transaction)
                .await?;
            query!("DELETE FROM conversations WHERE user_id = ?", name)
                .execute(&mut *transaction)
                .await?;
            let result = query!("DELETE FROM users WHERE id = ?", name);
            met(&result.execute(&mut *transaction).await?)?;
            transaction.commit().await?;
            self.forget_words().await;
            Ok(ended)
        })
    }
}
