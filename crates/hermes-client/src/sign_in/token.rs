//! By the token of a gateway where nobody signs in.

use hermes_machine::http::Request;
use hermes_protocol::routes;
use hermes_secret::Secret;

use super::{Method, PATIENCE, SignIn, SignInError, SignedIn, says};
use crate::Held;

impl SignIn<'_> {
    /// Takes a token that the gateway takes. It is asked for something that only its people may read,
    /// and changes nothing.
    ///
    /// # Errors
    ///
    /// If the token is another one, or nobody could be asked.
    pub async fn by_token(&self, token: &Secret) -> Result<SignedIn, SignInError> {
        let held = Held::Token(token.clone());
        let mut url = self.address.at(routes::CONVERSATIONS.path);
        url.set_query(Some("limit=1"));
        let mut request = Request::get(url).within(PATIENCE);
        request.headers = held.headers();
        let answer = self.ports.http.send(request).await?;
        match answer.status {
            200..=299 if says(&answer.body).is_some() => Ok(SignedIn {
                held,
                method: Method::Token,
                user: None,
            }),
            401 | 403 if says(&answer.body).is_some() => {
                Err(SignInError::WrongToken { host: self.host() })
            }
            _ => Err(self.refused(&answer)),
        }
    }
}
