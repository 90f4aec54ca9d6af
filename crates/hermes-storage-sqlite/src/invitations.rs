use hermes_storage::{
    Acceptance, Accepted, Answer, Invitation, Invitations, Label, NewUser, StorageError, TokenHash,
    Way,
};
use jiff::Timestamp;
use sqlx::{SqliteConnection, query, query_as};

use crate::{SqliteStorage, fault::Fault, moment, passkeys, users};

/// An invitation as stored.
struct Row {
    user_id: String,
    role: String,
    display_name: Option<String>,
    ends_at: i64,
}

impl TryFrom<Row> for Invitation {
    type Error = Fault;

    fn try_from(row: Row) -> Result<Self, Fault> {
        Ok(Self {
            user: row.user_id.parse().map_err(Fault::damaged)?,
            role: users::role(&row.role)?,
            display_name: row.display_name.as_deref().and_then(Label::new),
            ends_at: moment::read(row.ends_at)?,
        })
    }
}

async fn find(
    database: impl sqlx::SqliteExecutor<'_>,
    hash: &TokenHash,
    now: Timestamp,
) -> Result<Option<Invitation>, Fault> {
    let (hash, now) = (hash.as_bytes().as_slice(), moment::stored(now));
    let row = query_as!(
        Row,
        "SELECT user_id, role, display_name, ends_at FROM invitations \
         WHERE hash = ? AND ends_at > ?",
        hash,
        now
    );
    let row = row.fetch_optional(database).await?;
    row.map(Invitation::try_from).transpose()
}

/// Adds the invited user, with the way in that was chosen.
async fn add(
    database: &mut SqliteConnection,
    invitation: Invitation,
    acceptance: Acceptance,
) -> Result<(), Fault> {
    let (login, password) = match &acceptance.way {
        Way::Password { login, phc } => (Some(login.clone()), Some(phc.clone())),
        Way::Identity(_) | Way::Passkey(_) => (None, None),
    };
    let user = NewUser {
        id: invitation.user,
        login,
        display_name: acceptance.display_name.or(invitation.display_name),
        email: acceptance.email,
        role: invitation.role,
        created_at: acceptance.at,
        password,
        identity: None,
    };
    users::insert(database, &user).await?;
    let id = user.id.as_str();
    match &acceptance.way {
        Way::Password { .. } => Ok(()),
        Way::Identity(identity) => users::vouch(database, id, identity).await,
        Way::Passkey(passkey) => passkeys::insert(database, id, passkey, acceptance.at).await,
    }
}

impl Invitations for SqliteStorage {
    fn invite(&self, hash: TokenHash, invitation: Invitation, now: Timestamp) -> Answer<'_, ()> {
        self.answer(async move {
            let (hash, now) = (hash.as_bytes().as_slice(), moment::stored(now));
            let (user, role) = (invitation.user.as_str(), users::stored(invitation.role));
            let display_name = invitation.display_name.as_ref().map(Label::as_str);
            let ends_at = moment::stored(invitation.ends_at);
            let mut transaction = self.begin().await?;
            query!("DELETE FROM invitations WHERE ends_at <= ?", now)
                .execute(&mut *transaction)
                .await?;
            query!(
                "INSERT OR REPLACE INTO invitations (user_id, hash, role, display_name, ends_at) \
                 VALUES (?, ?, ?, ?, ?)",
                user,
                hash,
                role,
                display_name,
                ends_at
            )
            .execute(&mut *transaction)
            .await?;
            Ok(transaction.commit().await?)
        })
    }

    fn invitation<'a>(
        &'a self,
        hash: &'a TokenHash,
        now: Timestamp,
    ) -> Answer<'a, Option<Invitation>> {
        self.answer(find(&self.readers, hash, now))
    }

    fn accept<'a>(
        &'a self,
        hash: &'a TokenHash,
        acceptance: Acceptance,
    ) -> Answer<'a, Option<Accepted>> {
        self.answer(async move {
            let mut transaction = self.begin().await?;
            let Some(invitation) = find(&mut *transaction, hash, acceptance.at).await? else {
                return Ok(None);
            };
            let user = invitation.user;
            let name = user.as_str();
            let mut ended = Vec::new();
            match users::find(&mut *transaction, name).await? {
                Some(user) if user.disabled => return Err(StorageError::UserUnknown.into()),
                Some(_) => match &acceptance.way {
                    Way::Password { login, phc } => {
                        users::set_login(&mut transaction, name, Some(login)).await?;
                        let at = acceptance.at;
                        let all = users::set_password(&mut transaction, user, phc, at, None);
                        ended = all.await?;
                    }
                    Way::Identity(identity) => {
                        users::vouch(&mut transaction, name, identity).await?;
                    }
                    Way::Passkey(passkey) => {
                        passkeys::insert(&mut transaction, name, passkey, acceptance.at).await?;
                    }
                },
                None => add(&mut transaction, invitation, acceptance).await?,
            }
            let hash = hash.as_bytes().as_slice();
            query!("DELETE FROM invitations WHERE hash = ?", hash)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(Some(Accepted { user, ended }))
        })
    }
}
