//! Sign-in by Nous Research: plain OAuth 2.0 whose access token is the proof.
//!
//! There is no discovery and no ID token. The addresses follow from that of the portal, and the
//! access token is a JWT under the portal's one key set, made for this gateway alone.

use std::sync::Arc;

use hermes_machine::{BoxFuture, Clock, http::Http};
use hermes_secret::Secret;
use jiff::SignedDuration;
use jsonwebtoken::Algorithm;
use serde_json::Value;
use url::Url;

use super::{
    Attempt, IdentityProvider, ProviderError, Returned, SignIn,
    identity::{Answer, Described, Kept, Logout, Renewed},
    jwt::{self, Expected},
    keys::KeySet,
    oidc::challenge,
    token_endpoint::{Client, ClientAuth, Tokens},
};
use crate::settings::{self, Allow};

/// How long the portal's keys are good without being asked for again.
const KEYS_KEEP: SignedDuration = SignedDuration::from_secs(300);

/// The one scope.
const SCOPE: &str = "agent_dashboard:access";

/// The version of the contract between portal and gateway that is spoken here.
const CONTRACT: i64 = 1;

/// The portal of the settings.
pub(super) struct Nous {
    settings: settings::Nous,
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
    keys: KeySet,
}

impl Nous {
    /// Nothing is asked before somebody signs in.
    pub(super) fn new(
        settings: settings::Nous,
        http: Arc<dyn Http>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            keys: KeySet::new(Arc::clone(&http), Arc::clone(&clock), KEYS_KEEP),
            settings,
            http,
            clock,
        }
    }

    /// The portal as it names itself: without a final slash.
    fn issuer(&self) -> &str {
        self.settings.portal_url.as_str().trim_end_matches('/')
    }

    /// An address of the portal.
    fn at(&self, path: &str) -> Url {
        let mut url = self.settings.portal_url.clone();
        let base = url.path().trim_end_matches('/');
        url.set_path(&format!("{base}{path}"));
        url
    }

    async fn tokens(&self, form: &[(&str, &str)]) -> Result<Tokens, ProviderError> {
        let client = Client {
            http: &*self.http,
            id: &self.settings.client_id,
            secret: None,
            auth: ClientAuth::Body,
        };
        client.tokens(&self.at("/api/oauth/token"), form).await
    }

    /// Who an access token is about.
    async fn read(&self, tokens: &Tokens) -> Result<Described, ProviderError> {
        let token = tokens.access_token.as_ref();
        let token = token.ok_or_else(|| ProviderError::invalid("the answer holds no token"))?;
        let head = jwt::head(token.expose(), &[Algorithm::RS256])?;
        let url = self.at("/.well-known/jwks.json");
        let keys = self.keys.get(&url, head.key.as_deref()).await?;
        let claims = jwt::claims(token.expose(), &head, &keys)?;
        let expected = Expected {
            issuer: self.issuer(),
            audience: &self.settings.client_id,
            now: self.clock.now(),
        };
        expected.check(&claims)?;
        let invalid = |why: &str| Err(ProviderError::invalid(why));
        if ["exp", "iat"]
            .iter()
            .any(|name| !claims.contains_key(*name))
        {
            return invalid("the token does not say how long it is good");
        }
        match claims.get("oauth_contract_version") {
            None => {}
            Some(version) if version.as_i64() == Some(CONTRACT) => {}
            Some(_) => return invalid("the portal speaks another version of the contract"),
        }
        let instance = self.settings.client_id.strip_prefix("agent:");
        match claims.get("agent_instance_id").map(Value::as_str) {
            None => {}
            Some(stated) if stated == instance => {}
            Some(_) => return invalid("the token is for another agent"),
        }
        let Some(subject) = jwt::text(&claims, "sub") else {
            return invalid("the token names nobody");
        };
        Ok(Described {
            issuer: self.issuer().to_owned(),
            subject: subject.to_owned(),
            ..Described::default()
        })
    }

    fn kept(&self, tokens: Tokens, subject: &str) -> Kept {
        let refresh_at = tokens.refresh_at(self.clock.now());
        Kept {
            subject: subject.to_owned(),
            refresh_at: tokens.refresh_token.is_some().then_some(refresh_at),
            refresh_token: tokens.refresh_token,
            id_token: None,
        }
    }

    fn authorization_url(&self, attempt: &Attempt) -> Url {
        let mut url = self.at("/oauth/authorize");
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &attempt.redirect_uri)
            .append_pair("scope", SCOPE)
            .append_pair("state", attempt.state.expose())
            .append_pair("code_challenge", &challenge(&attempt.verifier))
            .append_pair("code_challenge_method", "S256");
        url
    }

    async fn sign_in(
        &self,
        attempt: &Attempt,
        returned: Returned,
    ) -> Result<SignIn, ProviderError> {
        if returned
            .issuer
            .is_some_and(|issuer| issuer != self.issuer())
        {
            return Err(ProviderError::invalid("the answer is from another issuer"));
        }
        if attempt.purpose.max_age().is_some() {
            return Err(ProviderError::Undated);
        }
        let form = [
            ("grant_type", "authorization_code"),
            ("code", returned.code.expose()),
            ("redirect_uri", &attempt.redirect_uri),
            ("code_verifier", attempt.verifier.expose()),
        ];
        let tokens = self.tokens(&form).await?;
        let person = self.read(&tokens).await?;
        let kept = self.kept(tokens, &person.subject);
        Ok(SignIn {
            person,
            sid: None,
            kept,
        })
    }

    async fn renewed(&self, refresh_token: Option<&Secret>) -> Result<Renewed, ProviderError> {
        let refresh_token = refresh_token.ok_or(ProviderError::Refused)?;
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
        ];
        let tokens = self.tokens(&form).await.map_err(|error| match error {
            // The portal says no to a spent token in more than one way; each means to sign in
            // again.
            ProviderError::Invalid(_) => ProviderError::Refused,
            other => other,
        })?;
        let person = self.read(&tokens).await?;
        let kept = self.kept(tokens, &person.subject);
        Ok(Renewed {
            person: Some(person),
            kept,
        })
    }
}

impl IdentityProvider for Nous {
    fn name(&self) -> &str {
        "nous"
    }

    fn display_name(&self) -> &str {
        "Nous Research"
    }

    fn allow(&self) -> &Allow {
        &self.settings.allow
    }

    fn speaks_for(&self, issuer: &str) -> bool {
        issuer == self.issuer()
    }

    fn authorize<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Url> {
        Box::pin(std::future::ready(Ok(self.authorization_url(attempt))))
    }

    fn finish<'a>(&'a self, attempt: &'a Attempt, returned: Returned) -> Answer<'a, SignIn> {
        Box::pin(self.sign_in(attempt, returned))
    }

    fn renew<'a>(&'a self, kept: &'a Kept) -> Answer<'a, Renewed> {
        Box::pin(self.renewed(kept.refresh_token.as_ref()))
    }

    fn leave<'a>(&'a self, _: &'a Kept, _: &'a Url) -> BoxFuture<'a, Option<Url>> {
        // The portal takes no tokens back and ends no sessions; its refresh token dies in a day.
        Box::pin(std::future::ready(None))
    }

    fn logout<'a>(&'a self, _: &'a str) -> Answer<'a, Logout> {
        let error = ProviderError::invalid("the portal sends no logout tokens");
        Box::pin(std::future::ready(Err(error)))
    }
}
