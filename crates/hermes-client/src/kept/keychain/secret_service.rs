use std::collections::HashMap;

use hermes_machine::BoxFuture;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use secret_service::{Collection, EncryptionType, Error, SecretService as Session};

use super::{Account, Keychain, KeychainError};

/// The most bytes of a secret that is read.
const LIMIT: usize = 256 * 1024;

/// What the items say of themselves.
const CONTENT_TYPE: &str = "application/json";

/// GNOME Keyring, KWallet, KeePassXC: whoever has the name `org.freedesktop.secrets` on the bus of the
/// session. Each question has a connection of its own, since there are few and far between.
pub(super) struct SecretService;

impl Keychain for SecretService {
    fn get<'a>(
        &'a self,
        account: &'a Account,
    ) -> BoxFuture<'a, Result<Option<Secret>, KeychainError>> {
        Box::pin(async move {
            let session = open().await?;
            let collection = unlocked(&session).await?;
            let items = collection.search_items(attributes(account)).await;
            let items = items.map_err(|error| failed(&error))?;
            let Some(item) = items.first() else {
                return Ok(None);
            };
            let bytes = item.get_secret().await.map_err(|error| failed(&error))?;
            let fits = bytes.len() <= LIMIT;
            let text = String::from_utf8(bytes).ok().filter(|_| fits);
            Ok(text.map(Secret::new))
        })
    }

    fn set<'a>(
        &'a self,
        account: &'a Account,
        secret: &'a Secret,
    ) -> BoxFuture<'a, Result<(), KeychainError>> {
        Box::pin(async move {
            let session = open().await?;
            let collection = unlocked(&session).await?;
            let label = format!("Hermes: {}", plain(&account.gateway, LABEL_LIMIT));
            let bytes = secret.expose().as_bytes();
            let attributes = attributes(account);
            let made = collection.create_item(&label, attributes, bytes, true, CONTENT_TYPE);
            made.await.map(|_| ()).map_err(|error| failed(&error))
        })
    }

    fn delete<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<(), KeychainError>> {
        Box::pin(async move {
            let session = open().await?;
            let collection = unlocked(&session).await?;
            let items = collection.search_items(attributes(account)).await;
            for item in items.map_err(|error| failed(&error))? {
                item.delete().await.map_err(|error| failed(&error))?;
            }
            Ok(())
        })
    }
}

async fn open() -> Result<Session<'static>, KeychainError> {
    let session = Session::connect(EncryptionType::Dh).await;
    session.map_err(|error| failed(&error))
}

/// The collection of the person. One that is locked is not opened by a question on some screen: the
/// command may have been typed elsewhere.
async fn unlocked<'a>(session: &'a Session<'_>) -> Result<Collection<'a>, KeychainError> {
    let collection = session.get_default_collection().await;
    let collection = collection.map_err(|error| failed(&error))?;
    match collection.is_locked().await {
        Ok(false) => Ok(collection),
        Ok(true) => Err(KeychainError::Locked),
        Err(error) => Err(failed(&error)),
    }
}

fn attributes(account: &Account) -> HashMap<&str, &str> {
    HashMap::from([
        ("application", "hermes"),
        ("home", account.home.as_str()),
        ("gateway", account.gateway.as_str()),
    ])
}

fn failed(error: &Error) -> KeychainError {
    match error {
        Error::Unavailable | Error::NoResult => KeychainError::Absent,
        Error::Locked | Error::Prompt | Error::PromptDisconnected => KeychainError::Locked,
        error => KeychainError::Failed(plain(&error.to_string(), LABEL_LIMIT)),
    }
}
