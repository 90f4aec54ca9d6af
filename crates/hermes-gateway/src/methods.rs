//! The sign-in methods of a gateway.

mod attempts;
mod back_channel;
mod identity;
mod jwt;
mod keys;
mod nous;
mod oidc;
mod password;
mod people;
mod providers;
mod renewal;
mod sign_out;
mod token_endpoint;

pub use self::providers::{Outside, Providers};
pub(crate) use self::{
    attempts::{Attempt, Attempts, KEPT, LIFETIME, Purpose},
    back_channel::{Spent, Told, hear},
    identity::{Described, IdentityProvider, ProviderError, Returned, SignIn},
    password::{BASIC, PasswordMethod, USERS, Unproved},
    people::{Unadmitted, admit},
    renewal::{renew_due, sealed},
    sign_out::Leaving,
};
use crate::settings::Basic;

/// A method as a sign-in page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The name, in paths and on the wire.
    pub name: String,
    /// As a person reads it.
    pub display_name: String,
    /// Whether it takes a user name and a password; the others send the browser elsewhere.
    pub password: bool,
}

/// The methods that are configured, beside the passwords of users, which need no settings.
#[derive(Debug, Default)]
pub struct Methods {
    /// The one user of the settings, who is the owner.
    pub basic: Option<Basic>,
    /// The identity providers.
    pub providers: Providers,
}

impl Methods {
    /// The methods that are set up, in the order in which a page shows them. That for the users of
    /// this gateway is among them if one of them has a name to sign in with.
    pub(crate) fn offered(&self, has_logins: bool) -> Vec<Offered> {
        let form = |name: &str, display_name: &str| Offered {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            password: true,
        };
        let basic = self.basic.as_ref();
        let basic = basic.map(|_| form(BASIC, "Username & Password"));
        // With the owner's own form above it, this one is for the others.
        let label = match basic {
            Some(_) => "Other users",
            None => "Username & Password",
        };
        let users = has_logins.then(|| form(USERS, label));
        basic
            .into_iter()
            .chain(users)
            .chain(self.providers.offered())
            .collect()
    }
}
