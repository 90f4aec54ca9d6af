//! What signs a person in at one gateway, as far as a connection needs it. Where it is kept, and how
//! it came about, is behind it.

use hermes_machine::BoxFuture;
use hermes_secret::Secret;

use crate::{Happened, Held, Minted};

/// What a person has for one gateway. It is asked at each attempt, so that what was renewed or given
/// meanwhile counts.
///
/// Why there is nothing to show is told as what then has happened: [`Happened::Minted`] with
/// [`Minted::SignInNeeded`](crate::Minted::SignInNeeded) if the person has to sign in,
/// [`Happened::Unanswered`] or [`Happened::Out`] if it could not be found out just now.
pub trait Credential: Send + Sync {
    /// The headers that say who asks. They are sent to the gateway that they are of, and nowhere else.
    ///
    /// # Errors
    ///
    /// What happened instead.
    fn headers(&self) -> BoxFuture<'_, Result<Vec<(&'static str, String)>, Happened>>;

    /// Renews what [`headers`](Self::headers) has shown last, after the gateway has refused it.
    ///
    /// # Errors
    ///
    /// What happened instead.
    fn renew(&self) -> BoxFuture<'_, Result<(), Happened>>;

    /// The token of a gateway where nobody signs in; none if there is none yet.
    fn token(&self) -> Option<Secret>;
}

/// What somebody shows once, to see whether it is taken. Nothing of it is kept, so nothing can be renewed.
impl Credential for Held {
    fn headers(&self) -> BoxFuture<'_, Result<Vec<(&'static str, String)>, Happened>> {
        Box::pin(std::future::ready(Ok(Self::headers(self))))
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), Happened>> {
        let needed = Happened::Minted(Minted::SignInNeeded);
        Box::pin(std::future::ready(Err(needed)))
    }

    fn token(&self) -> Option<Secret> {
        match self {
            Self::Token(token) => Some(token.clone()),
            Self::Pair(_) | Self::Cookies(_) => None,
        }
    }
}
