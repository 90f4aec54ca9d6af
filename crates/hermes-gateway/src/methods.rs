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
    attempts::{Attempt, Attempts, LIFETIME, Purpose},
    back_channel::{Spent, Told, hear},
    identity::{Described, IdentityProvider, ProviderError, Returned, SignIn},
    password::{BASIC, PasswordMethod, USERS, Unproved},
    people::{Unadmitted, admit},
    renewal::{renew_due, sealed},
    sign_out::Leaving,
};
use crate::{passkeys::PASSKEY, settings::Basic};

/// A method as a sign-in page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// The name, in paths and on the wire.
    pub name: String,
    /// As a person reads it.
    pub display_name: String,
    /// What it asks of a person.
    pub kind: MethodKind,
}

/// What a method asks of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MethodKind {
    /// A name and a password.
    Password,
    /// A passkey, and nothing that is typed.
    Passkey,
    /// To go elsewhere and come back.
    Provider,
}

/// What users of this gateway have to sign in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InUse {
    /// Somebody has a name for a password.
    pub(crate) logins: bool,
    /// Somebody has a passkey, and a browser could use it.
    pub(crate) passkeys: bool,
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
    /// this gateway is among them if one of them has a name to sign in with, as passkeys are.
    pub(crate) fn offered(&self, in_use: InUse) -> Vec<Offered> {
        let form = |name: &str, display_name: &str| Offered {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            kind: MethodKind::Password,
        };
        let basic = self.basic.as_ref();
        let basic = basic.map(|_| form(BASIC, "Username & Password"));
        // With the owner's own form above it, this one is for the others.
        let label = match basic {
            Some(_) => "Other users",
            None => "Username & Password",
        };
        let users = in_use.logins.then(|| form(USERS, label));
        let passkey = in_use.passkeys.then(|| Offered {
            name: PASSKEY.to_owned(),
            display_name: "Passkey".to_owned(),
            kind: MethodKind::Passkey,
        });
        basic
            .into_iter()
            .chain(users)
            .chain(passkey)
            .chain(self.providers.offered())
            .collect()
    }
}
