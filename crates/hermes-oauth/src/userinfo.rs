//! Who a token belongs to (OpenID Connect Core section 5.3, and the vendors' equals).

use hermes_machine::http::Request;
use hermes_providers::Dialect;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use serde_json::{Map, Value};

use crate::{Client, OAuthError, Step, dialect, jwt::label, wire::text};

/// Who a token belongs to, in the provider's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// E-mail or name, safe to show.
    pub label: String,
    /// The plan, safe to show.
    pub plan: Option<String>,
}

impl Client {
    /// Asks the provider whose access token this is; `None` if it has no endpoint for that, or
    /// answers without a name.
    ///
    /// # Errors
    ///
    /// If there is no answer, or the token is not accepted.
    pub async fn userinfo(&self, access_token: &Secret) -> Result<Option<Account>, OAuthError> {
        let Some(endpoint) = self.endpoints.userinfo.clone() else {
            return Ok(None);
        };
        let bearer = format!("Bearer {}", access_token.expose());
        let request = Request::get(endpoint).header("Authorization", bearer);
        let response = self.wire.send(Step::Userinfo, request).await?;
        if response.status == 401 {
            return Err(OAuthError::AccessTokenRejected {
                provider: self.wire.name.clone(),
            });
        }
        let object = self.wire.object(Step::Userinfo, &response)?;
        Ok(match self.provider.dialect {
            Dialect::Nous => dialect::nous::account(&object),
            Dialect::Spotify => dialect::spotify::account(&object),
            _ => account(&object),
        })
    }
}

/// Standard claims, and at the end what GitHub calls the account.
fn account(object: &Map<String, Value>) -> Option<Account> {
    let names = ["email", "preferred_username", "upn", "login", "name", "sub"];
    Some(Account {
        label: label(object, &names)?,
        plan: None,
    })
}

/// A member that names a plan.
pub(crate) fn plan(object: &Map<String, Value>, name: &str) -> Option<String> {
    Some(plain(text(object, name)?, LABEL_LIMIT)).filter(|plan| !plan.is_empty())
}

#[cfg(test)]
mod tests;
