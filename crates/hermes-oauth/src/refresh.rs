//! A refresh token becomes an access token (RFC 6749 section 6).

use std::time::Duration;

use hermes_machine::http::{Request, Response};
use hermes_providers::Dialect;
use hermes_secret::Secret;
use jiff::Timestamp;
use url::Url;

use crate::{Client, OAuthError, Step, TokenSet, dialect, wire::Problem};

impl Client {
    /// Refreshes, in `limit` of time for everything. The refresh token is sent once: most servers
    /// let it be used once, and take a second use for theft.
    ///
    /// # Errors
    ///
    /// If there is no answer, or not tokens. [`OAuthError::is_terminal_refresh`] says whether the
    /// refresh token is dead; after every other error it may be as good as before.
    pub async fn refresh(
        &self,
        refresh_token: &Secret,
        limit: Duration,
    ) -> Result<TokenSet, OAuthError> {
        let clock = &self.wire.ports.clock;
        let started_at = clock.now();
        let left = || limit.saturating_sub(elapsed(started_at, clock.now()));
        let endpoint = self.token_endpoint(limit).await?;
        let request = self.refresh_request(endpoint, refresh_token).within(left());
        let mut response = self.wire.send(Step::Refresh, request.clone()).await?;
        if response.status == 404
            && let Some(url) = self.endpoints.token_fallback.clone()
        {
            let again = Request { url, ..request }.within(left());
            response = self.wire.send(Step::Refresh, again).await?;
        }
        self.refreshed(&response)
    }

    fn refresh_request(&self, endpoint: Url, refresh_token: &Secret) -> Request {
        match self.provider.dialect {
            Dialect::Anthropic => dialect::anthropic::refresh(self, endpoint, refresh_token),
            Dialect::Nous => dialect::nous::refresh(self, endpoint, refresh_token),
            _ => {
                let pairs = [
                    ("grant_type", "refresh_token"),
                    ("refresh_token", refresh_token.expose()),
                ];
                Request::post(endpoint, self.form(&pairs))
            }
        }
    }

    fn refreshed(&self, response: &Response) -> Result<TokenSet, OAuthError> {
        let step = Step::Refresh;
        let dialect = self.provider.dialect;
        let problem = Problem::of(response);
        if let Some(error) = dialect::dead_refresh_token(dialect, &problem) {
            return Err(OAuthError::RefreshRejected {
                provider: self.wire.name.clone(),
                error,
            });
        }
        if response.status == 403 && dialect == Dialect::Xai {
            return Err(self.not_entitled(step));
        }
        let object = self.wire.object(step, response)?;
        if problem.code.is_some() {
            return Err(self.wire.rejected(step, &problem));
        }
        if dialect == Dialect::Minimax {
            return dialect::minimax::tokens(self, step, response.status, &object);
        }
        TokenSet::read(self, step, &object)
    }
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
