//! An authorization code becomes tokens (RFC 6749 section 4.1.3).

use std::time::Duration;

use hermes_machine::http::{Request, Response};
use hermes_providers::Dialect;
use hermes_secret::Secret;
use url::Url;

use crate::{
    Attempt, AuthorizationCode, Client, OAuthError, Step, TokenSet, client::PATIENCE, dialect, jwt,
    wire::Problem,
};

/// How often a request is made in all.
const TRIES: u32 = 4;

impl Client {
    /// Exchanges a code for tokens. The code is sent once; it is sent again only if no connection
    /// was made, so that nothing can have left this machine.
    ///
    /// # Errors
    ///
    /// If the server refuses, its answer is not what the protocol allows, the id token is another
    /// sign-in's, or the code of this attempt was sent before.
    pub async fn exchange(
        &self,
        attempt: &Attempt,
        code: &AuthorizationCode,
    ) -> Result<TokenSet, OAuthError> {
        if !attempt.spend() {
            return Err(OAuthError::CodeSpent {
                provider: self.wire.name.clone(),
            });
        }
        let request = self.exchange_request(attempt, &code.0).await;
        let answer = match request {
            Ok(request) => self.send_code(request).await,
            Err(error) => Err(error),
        };
        let response = answer.inspect_err(|error| {
            if error.is_unsent() {
                attempt.unspend();
            }
        })?;
        let tokens = self.exchanged(&response)?;
        if let Some(id_token) = &tokens.id_token {
            self.check_id_token(attempt, id_token)?;
        }
        Ok(tokens)
    }

    async fn exchange_request(
        &self,
        attempt: &Attempt,
        code: &Secret,
    ) -> Result<Request, OAuthError> {
        let endpoint = self.token_endpoint(PATIENCE).await?;
        if self.provider.dialect == Dialect::Anthropic {
            return Ok(dialect::anthropic::exchange(self, endpoint, attempt, code));
        }
        let mut pairs = vec![
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", attempt.redirect_uri.as_str()),
            ("code_verifier", attempt.pkce.verifier.expose()),
        ];
        if self.provider.dialect == Dialect::Xai {
            pairs.extend(dialect::xai::challenge_again(&attempt.pkce));
        }
        Ok(Request::post(endpoint, self.form(&pairs)))
    }

    /// Sends a request that holds a code.
    pub(crate) async fn send_code(&self, request: Request) -> Result<Response, OAuthError> {
        let mut request = request;
        let mut fallback = self.endpoints.token_fallback.clone();
        let mut tries = 1;
        loop {
            let answer = self.wire.send(Step::Exchange, request.clone()).await;
            match answer {
                Ok(response) if response.status == 404 && fallback.is_some() => {
                    if let Some(next) = fallback.take() {
                        request.url = next;
                    }
                }
                Err(error) if tries < TRIES => {
                    let Some(wait) = self.wait_before_again(&error, tries) else {
                        return Err(error);
                    };
                    tries += 1;
                    self.wire.ports.clock.sleep(wait).await;
                }
                answer => return answer,
            }
        }
    }

    /// How long to wait before a code is sent again, where that is allowed at all.
    fn wait_before_again(&self, error: &OAuthError, tries: u32) -> Option<Duration> {
        match error {
            error if error.is_unsent() => Some(Duration::from_secs(1 << (tries - 1))),
            // Anthropic counts requests before it looks at them, so the code is still good.
            OAuthError::RateLimited { retry_after, .. }
                if self.provider.dialect == Dialect::Anthropic =>
            {
                Some(dialect::patience(*retry_after, tries))
            }
            _ => None,
        }
    }

    /// Judges the answer to an exchange.
    pub(crate) fn exchanged(&self, response: &Response) -> Result<TokenSet, OAuthError> {
        let step = Step::Exchange;
        if response.status == 403 && self.provider.dialect == Dialect::Xai {
            return Err(self.not_entitled(step));
        }
        let object = self.wire.object(step, response)?;
        let problem = Problem::in_object(response.status, &object);
        if problem.code.is_some() {
            // GitHub refuses with a 200.
            return Err(self.wire.rejected(step, &problem));
        }
        TokenSet::read(self, step, &object)
    }

    /// An id token that came straight from the token endpoint needs no signature check, its
    /// claims must be those of this sign-in all the same (OpenID Connect Core section 3.1.3.7).
    /// `exp` is left to the server: the token is not kept as proof of anything, and the clock of
    /// a machine may be wrong. What xAI's id tokens hold has not been seen, and nothing of theirs is
    /// used: a claim that is there must be right, one that is absent ends no sign-in.
    fn check_id_token(&self, attempt: &Attempt, id_token: &Secret) -> Result<(), OAuthError> {
        let mismatch = |claim| {
            Err(OAuthError::IdTokenMismatch {
                provider: self.wire.name.clone(),
                claim,
            })
        };
        let lenient = self.provider.dialect == Dialect::Xai;
        let Some(claims) = jwt::claims(id_token) else {
            if lenient {
                return Ok(());
            }
            let reason = "the id token is not a JWT";
            return Err(self.wire.bad_answer(Step::Exchange, reason));
        };
        let claim = |name: &str| claims.get(name).and_then(|value| value.as_str());
        let may_lack = |name: &str| lenient && !claims.contains_key(name);
        if let Some(issuer) = &attempt.issuer
            && claim("iss") != Some(issuer)
            && !may_lack("iss")
        {
            return mismatch("iss");
        }
        let for_us = claims.get("aud").is_some_and(|audience| match audience {
            serde_json::Value::Array(all) => all.iter().any(|one| one == &self.client_id),
            one => one == &self.client_id,
        });
        if !for_us && !may_lack("aud") {
            return mismatch("aud");
        }
        match &attempt.nonce {
            Some(_) if may_lack("nonce") => Ok(()),
            Some(nonce) if !claim("nonce").is_some_and(|claim| nonce.matches(claim)) => {
                mismatch("nonce")
            }
            _ => Ok(()),
        }
    }

    /// The request of a flow in which the server made the verifier.
    pub(crate) fn exchange_with(
        &self,
        endpoint: Url,
        code: &str,
        verifier: &str,
        redirect_uri: &str,
    ) -> Request {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        Request::post(endpoint, self.form(&pairs))
    }
}

#[cfg(test)]
mod tests;
