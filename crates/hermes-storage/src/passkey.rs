use std::fmt;

use hermes_machine::Random;
use jiff::Timestamp;
use thiserror::Error;

use crate::{Answer, Label, PasskeyId, SessionId, UserId};

/// The most passkeys of one user.
pub const PASSKEYS_LIMIT: usize = 32;

/// As what the authenticators of a person know them (WebAuthn Level 3 §14.6.1): random, and nothing
/// of the person is in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UserHandle([u8; 32]);

impl UserHandle {
    /// A new one.
    pub fn new(random: &dyn Random) -> Self {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// The bytes, for an authenticator and for an engine.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// As an engine has stored it.
impl From<[u8; 32]> for UserHandle {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for UserHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserHandle(..)")
    }
}

/// The id of a credential, as its authenticator chose it. It is in no way secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CredentialId(Box<[u8]>);

/// The bytes are no id of a credential.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("an id of a credential has 1 to 1023 bytes")]
pub struct CredentialIdError;

impl CredentialId {
    /// Takes the bytes of an id.
    ///
    /// # Errors
    ///
    /// If there are none, or more than an authenticator may choose (WebAuthn Level 3 §5.8.3).
    pub fn new(bytes: &[u8]) -> Result<Self, CredentialIdError> {
        match bytes.len() {
            1..=1023 => Ok(Self(bytes.into())),
            _ => Err(CredentialIdError),
        }
    }

    /// The bytes.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A passkey of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// Names it where passkeys are listed.
    pub id: PasskeyId,
    /// Whose it is.
    pub user: UserId,
    /// The id of its credential, which no other passkey has.
    pub credential_id: CredentialId,
    /// The public key, the counter and all else that a sign-in is checked by, as the WebAuthn library
    /// writes it.
    pub credential: String,
    /// What the person called it.
    pub name: Option<Label>,
    /// When it was added.
    pub created_at: Timestamp,
    /// When somebody last signed in by it.
    pub last_used_at: Option<Timestamp>,
}

/// A passkey that somebody has just made.
#[derive(Clone, Debug)]
pub struct NewPasskey {
    /// See [`Passkey::id`].
    pub id: PasskeyId,
    /// As whom its authenticator knows the person.
    pub handle: UserHandle,
    /// See [`Passkey::credential_id`].
    pub credential_id: CredentialId,
    /// See [`Passkey::credential`].
    pub credential: String,
    /// See [`Passkey::name`].
    pub name: Option<Label>,
}

/// What came of removing a passkey.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Removal {
    /// It is gone, and so are the sessions that were opened by it.
    Removed(Vec<SessionId>),
    /// The user has no such passkey.
    Unknown,
    /// The user would have no way in.
    Last,
}

/// The passkeys of users.
///
/// # Errors
///
/// Each method fails with what the engine met, and with nothing else but what it names.
pub trait Passkeys: Send + Sync {
    /// As what authenticators know the user; `fresh` from now on, if they had no handle.
    ///
    /// # Errors
    ///
    /// [`UserUnknown`](crate::StorageError::UserUnknown).
    fn handle(&self, user: UserId, fresh: UserHandle) -> Answer<'_, UserHandle>;

    /// Adds a passkey to a user, who gets its handle if they had none.
    ///
    /// # Errors
    ///
    /// [`PasskeyTaken`](crate::StorageError::PasskeyTaken) if somebody has the credential,
    /// [`TooManyPasskeys`](crate::StorageError::TooManyPasskeys), or
    /// [`UserUnknown`](crate::StorageError::UserUnknown) if nobody of this id has this handle.
    fn add(&self, user: UserId, passkey: NewPasskey, at: Timestamp) -> Answer<'_, ()>;

    /// The passkey of a credential, and as what its authenticator knows the user.
    fn by_credential<'a>(
        &'a self,
        id: &'a CredentialId,
    ) -> Answer<'a, Option<(UserHandle, Passkey)>>;

    /// The passkeys of a user, the oldest first.
    fn list(&self, user: UserId) -> Answer<'_, Vec<Passkey>>;

    /// Whether anybody has one.
    fn any(&self) -> Answer<'_, bool>;

    /// Notes a sign-in, and what the credential became by it. Nothing is done, and the answer is
    /// false, if it is no longer what it `was`: another sign-in has counted in the meantime.
    fn used<'a>(
        &'a self,
        id: PasskeyId,
        was: &'a str,
        becomes: &'a str,
        at: Timestamp,
    ) -> Answer<'a, bool>;

    /// Gives a user's passkey a name, or takes it away. False if they have no such passkey.
    fn rename(&self, user: UserId, id: PasskeyId, name: Option<Label>) -> Answer<'_, bool>;

    /// Removes a user's passkey and ends the sessions that were opened by it. The last one stays if
    /// they have no password and, as far as the caller knows, nothing else to sign in by (`or_else`).
    fn remove(&self, user: UserId, id: PasskeyId, or_else: bool) -> Answer<'_, Removal>;
}
