//! A token is made worthless at the server (RFC 7009).

use hermes_machine::http::Request;
use hermes_secret::Secret;

use crate::{Client, OAuthError, Step, client::PATIENCE, wire::Problem};

/// Which token it is (RFC 7009 section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// An access token.
    Access,
    /// A refresh token.
    Refresh,
}

impl TokenKind {
    /// The value of `token_type_hint`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access_token",
            Self::Refresh => "refresh_token",
        }
    }
}

/// What came of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The token is dead, or was unknown to the server, which is as good.
    Revoked,
    /// The provider has no revocation endpoint.
    NoEndpoint,
}

impl Client {
    /// Revokes a token at the provider, if it has an endpoint for that.
    ///
    /// # Errors
    ///
    /// Only [`OAuthError::RevokeFailed`]: the provider did not confirm, so the token may live.
    pub async fn revoke(&self, token: &Secret, hint: TokenKind) -> Result<Revocation, OAuthError> {
        let endpoint = self
            .endpoint(PATIENCE, |endpoints| endpoints.revocation.as_ref())
            .await;
        let Some(endpoint) = endpoint.map_err(|error| self.unconfirmed(&error))? else {
            return Ok(Revocation::NoEndpoint);
        };
        let pairs = [
            ("token", token.expose()),
            ("token_type_hint", hint.as_str()),
        ];
        let request = Request::post(endpoint, self.form(&pairs));
        let answer = self.wire.send(Step::Revocation, request).await;
        let response = answer.map_err(|error| self.unconfirmed(&error))?;
        if response.is_success() {
            return Ok(Revocation::Revoked);
        }
        let error = self
            .wire
            .rejected(Step::Revocation, &Problem::of(&response));
        Err(self.unconfirmed(&error))
    }

    fn unconfirmed(&self, error: &OAuthError) -> OAuthError {
        let reason = match error {
            OAuthError::ServerError { status, .. } => format!("HTTP {status}"),
            OAuthError::Rejected { status, detail, .. } => match detail {
                Some(detail) => format!("HTTP {status}, {detail}"),
                None => format!("HTTP {status}"),
            },
            OAuthError::RateLimited { .. } => "HTTP 429".to_owned(),
            OAuthError::Http { source, .. } => source.to_string(),
            other => other.to_string(),
        };
        OAuthError::RevokeFailed {
            provider: self.wire.name.clone(),
            reason,
            transient: error.is_transient(),
        }
    }
}

#[cfg(test)]
mod tests;
