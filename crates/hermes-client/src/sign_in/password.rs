//! By a user name and a password, as every gateway takes them that has passwords.

use hermes_protocol::{rest::Provider, routes};
use hermes_secret::Secret;
use serde_json::json;

use super::{Method, SignIn, SignInError, SignedIn, cookies, says};
use crate::{Held, Probed, Signed};

/// What upstream and we call the method where nothing else is said.
const USUAL: &str = "password";

/// What a person signs in with.
#[derive(Clone, Debug)]
pub struct Login {
    /// The sign-in method, by the gateway's name for it.
    pub provider: String,
    /// The user name.
    pub user: String,
    /// The password.
    pub password: Secret,
}

impl Login {
    /// The name of the gateway's method that takes passwords.
    pub fn provider(probed: &Probed) -> String {
        let mut methods = probed.methods.iter();
        let method: Option<&Provider> = methods.find(|method| method.supports_password);
        method.map_or_else(|| USUAL.to_owned(), |method| method.name.clone())
    }
}

impl SignIn<'_> {
    /// Signs in by a password. What opens the gateway then are its cookies.
    ///
    /// # Errors
    ///
    /// If the gateway does not take it.
    pub async fn by_password(&self, login: &Login) -> Result<SignedIn, SignInError> {
        let body = json!({
            "provider": login.provider,
            "username": login.user,
            "password": login.password.expose(),
        });
        let answer = self.ask(routes::PASSWORD_LOGIN.path, &body).await?;
        if answer.status == 401 && says(&answer.body).is_some() {
            return Err(SignInError::WrongPassword { host: self.host() });
        }
        let cookies = cookies(&answer.set_cookies);
        if !answer.is_success() || !Signed::of_cookies(&cookies).is_in {
            return Err(self.refused(&answer));
        }
        let held = Held::Cookies(cookies);
        let user = self.user(&held).await;
        Ok(SignedIn {
            held,
            method: Method::Password,
            user: user.or_else(|| Some(login.user.clone())),
        })
    }
}
