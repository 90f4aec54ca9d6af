use hermes_credentials::Kind;
use hermes_machine::BoxFuture;
use hermes_secret::Secret;

use super::{ApiMode, BaseUrl, Grant, ModelError};

/// Whoever has grants to give.
pub trait Access: Send + Sync {
    /// A grant for one call. It is asked for each, since tokens may live for minutes.
    fn grant(&self) -> BoxFuture<'_, Result<Grant, ModelError>>;

    /// Hears that the provider refused a grant, and says how to go on.
    fn refused<'a>(&'a self, refused: Refused<'a>) -> BoxFuture<'a, Next>;
}

/// A grant that a provider refused.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// The grant.
    pub grant: &'a Grant,
    /// What the provider said.
    pub error: &'a ModelError,
    /// How often it has refused this very credential before, in the same call.
    pub before: u32,
}

/// How to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// The credential has another token now.
    Renewed,
    /// There is another credential.
    Other,
    /// The same again, after a while.
    Later,
    /// Not at all.
    Never,
}

/// One server with one key, or with none, as the settings name it.
#[derive(Clone, Debug)]
pub struct FixedAccess {
    grant: Grant,
}

impl FixedAccess {
    /// The provider's id where the settings name a server instead of a provider.
    pub const ID: &str = "custom";

    /// The server at this address.
    pub fn new(base_url: BaseUrl, mode: ApiMode, key: Option<Secret>) -> Self {
        Self {
            grant: Grant {
                provider: Self::ID.to_owned(),
                name: format!("`{base_url}`"),
                mode,
                base_url,
                token: key,
                kind: Kind::ApiKey,
                credential: Self::ID.to_owned(),
                account: None,
            },
        }
    }
}

impl Access for FixedAccess {
    fn grant(&self) -> BoxFuture<'_, Result<Grant, ModelError>> {
        Box::pin(async { Ok(self.grant.clone()) })
    }

    fn refused<'a>(&'a self, refused: Refused<'a>) -> BoxFuture<'a, Next> {
        let next = match refused.error.is_retryable() {
            true => Next::Later,
            false => Next::Never,
        };
        Box::pin(async move { next })
    }
}
