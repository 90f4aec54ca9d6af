//! An OpenID Connect issuer (OpenID Connect Core 1.0, the code flow with PKCE).

mod discovery;
mod id_token;
mod logout_token;
mod userinfo;

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_machine::{BoxFuture, Clock, http::Http};
use hermes_secret::Secret;
use jiff::SignedDuration;
use sha2::{Digest as _, Sha256};
use url::Url;

use self::discovery::{Discovered, Discovery};
pub(in crate::methods) use self::logout_token::OLDEST;
use super::{
    Attempt, IdentityProvider, ProviderError, Returned, SignIn,
    identity::{Answer, Described, Kept, Logout, Renewed},
    jwt,
    keys::KeySet,
    token_endpoint::{Client, Tokens},
};
use crate::settings::{Allow, Issuer};

/// How long keys are good without being asked for again.
const KEYS_KEEP: SignedDuration = SignedDuration::from_hours(1);

/// An issuer of the settings.
pub(super) struct Oidc {
    settings: Issuer,
    http: Arc<dyn Http>,
    clock: Arc<dyn Clock>,
    discovery: Discovery,
    keys: KeySet,
}

impl Oidc {
    /// Nothing is asked before somebody signs in.
    pub(super) fn new(settings: Issuer, http: Arc<dyn Http>, clock: Arc<dyn Clock>) -> Self {
        Self {
            discovery: Discovery::new(
                settings.issuer.clone(),
                Arc::clone(&http),
                Arc::clone(&clock),
            ),
            keys: KeySet::new(Arc::clone(&http), Arc::clone(&clock), KEYS_KEEP),
            settings,
            http,
            clock,
        }
    }

    fn client(&self, place: &Discovered) -> Client<'_> {
        Client {
            http: &*self.http,
            id: &self.settings.client_id,
            secret: self.settings.client_secret.as_ref(),
            auth: place.client_auth,
        }
    }

    async fn authorization_url(&self, attempt: &Attempt) -> Result<Url, ProviderError> {
        let place = self.discovery.get().await?;
        let mut url = place.authorization.clone();
        let scopes = &self.settings.scopes;
        if scopes.iter().any(|scope| scope == OFFLINE) {
            url.query_pairs_mut().append_pair("prompt", "consent");
        }
        if let Some(age) = attempt.purpose.max_age() {
            url.query_pairs_mut()
                .append_pair("max_age", &age.as_secs().to_string());
        }
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("redirect_uri", &attempt.redirect_uri)
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", attempt.state.expose())
            .append_pair("nonce", attempt.nonce.expose())
            .append_pair("code_challenge", &challenge(&attempt.verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url)
    }

    async fn sign_in(
        &self,
        attempt: &Attempt,
        returned: Returned,
    ) -> Result<SignIn, ProviderError> {
        let place = self.discovery.get().await?;
        match &returned.issuer {
            Some(issuer) if *issuer != place.issuer => {
                return Err(ProviderError::invalid("the answer is from another issuer"));
            }
            None if place.names_itself => {
                return Err(ProviderError::invalid(
                    "the answer does not say from whom it is",
                ));
            }
            _ => {}
        }
        let form = [
            ("grant_type", "authorization_code"),
            ("code", returned.code.expose()),
            ("redirect_uri", &attempt.redirect_uri),
            ("code_verifier", attempt.verifier.expose()),
        ];
        let tokens = self.client(&place).tokens(&place.token, &form).await?;
        let Some(id_token) = &tokens.id_token else {
            return Err(ProviderError::invalid("the answer holds no ID token"));
        };
        let read = self.read(&place, id_token, Some(attempt)).await?;
        let mut person = read.person;
        self.complete(&place, &tokens, &mut person).await?;
        let refresh_at = tokens.refresh_at(self.clock.now());
        let kept = Kept {
            subject: person.subject.clone(),
            refresh_at: tokens.refresh_token.is_some().then_some(refresh_at),
            refresh_token: tokens.refresh_token,
            id_token: tokens.id_token,
        };
        Ok(SignIn {
            person,
            sid: read.sid,
            kept,
        })
    }

    async fn renewed(&self, kept: &Kept) -> Result<Renewed, ProviderError> {
        let place = self.discovery.get().await?;
        let Some(refresh_token) = &kept.refresh_token else {
            return Err(ProviderError::Refused);
        };
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token.expose()),
        ];
        let tokens = self.client(&place).tokens(&place.token, &form).await?;
        let person = match &tokens.id_token {
            Some(id_token) => {
                let mut person = self.read(&place, id_token, None).await?.person;
                self.complete(&place, &tokens, &mut person).await?;
                Some(person)
            }
            None => None,
        };
        let refresh_at = tokens.refresh_at(self.clock.now());
        Ok(Renewed {
            person,
            kept: Kept {
                subject: kept.subject.clone(),
                refresh_at: Some(refresh_at),
                refresh_token: tokens.refresh_token.or_else(|| Some(refresh_token.clone())),
                id_token: tokens.id_token.or_else(|| kept.id_token.clone()),
            },
        })
    }

    /// The claims of an ID token that holds.
    async fn read(
        &self,
        place: &Discovered,
        token: &Secret,
        attempt: Option<&Attempt>,
    ) -> Result<id_token::Read, ProviderError> {
        let head = jwt::head(token.expose(), jwt::ASYMMETRIC)?;
        let keys = self.keys.get(&place.keys, head.key.as_deref()).await?;
        let rules = id_token::Rules {
            issuer: &place.issuer,
            client_id: &self.settings.client_id,
            nonce: attempt.map(|attempt| &attempt.nonce),
            max_age: attempt.and_then(|attempt| attempt.purpose.max_age()),
            groups_claim: &self.settings.groups_claim,
            now: self.clock.now(),
        };
        id_token::read(token, &keys, &rules)
    }

    /// Asks for what an ID token did not say, where somebody may go by it.
    async fn complete(
        &self,
        place: &Discovered,
        tokens: &Tokens,
        person: &mut Described,
    ) -> Result<(), ProviderError> {
        let wants_groups = !self.settings.allow.groups.is_empty() && person.groups.is_empty();
        let lacks = person.email.is_none() || person.display_name.is_none() || wants_groups;
        match (&place.userinfo, &tokens.access_token) {
            (Some(url), Some(token)) if lacks => {
                let groups_claim = &self.settings.groups_claim;
                userinfo::complete(&*self.http, url, token, groups_claim, person).await
            }
            _ => Ok(()),
        }
    }

    async fn left(&self, kept: &Kept, home: &Url) -> Option<Url> {
        let place = self.discovery.get().await.ok()?;
        if let (Some(url), Some(token)) = (&place.revocation, &kept.refresh_token) {
            self.client(&place).revoke(url, token).await;
        }
        let mut url = place.end_session.clone()?;
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("post_logout_redirect_uri", home.as_str());
        if let Some(token) = &kept.id_token {
            query.append_pair("id_token_hint", token.expose());
        }
        drop(query);
        Some(url)
    }

    async fn ended(&self, token: &str) -> Result<Logout, ProviderError> {
        let head = jwt::head(token, jwt::ASYMMETRIC)?;
        let place = self.discovery.get().await?;
        let keys = self.keys.get(&place.keys, head.key.as_deref()).await?;
        let claims = jwt::claims(token, &head, &keys)?;
        logout_token::read(
            &claims,
            head.kind.as_deref(),
            &jwt::Expected {
                issuer: &place.issuer,
                audience: &self.settings.client_id,
                now: self.clock.now(),
            },
        )
    }
}

impl IdentityProvider for Oidc {
    fn name(&self) -> &str {
        &self.settings.name
    }

    fn display_name(&self) -> &str {
        &self.settings.display_name
    }

    fn allow(&self) -> &Allow {
        &self.settings.allow
    }

    fn speaks_for(&self, issuer: &str) -> bool {
        discovery::is_same(&self.settings.issuer, issuer)
    }

    fn authorize<'a>(&'a self, attempt: &'a Attempt) -> Answer<'a, Url> {
        Box::pin(self.authorization_url(attempt))
    }

    fn finish<'a>(&'a self, attempt: &'a Attempt, returned: Returned) -> Answer<'a, SignIn> {
        Box::pin(self.sign_in(attempt, returned))
    }

    fn renew<'a>(&'a self, kept: &'a Kept) -> Answer<'a, Renewed> {
        Box::pin(self.renewed(kept))
    }

    fn leave<'a>(&'a self, kept: &'a Kept, home: &'a Url) -> BoxFuture<'a, Option<Url>> {
        Box::pin(self.left(kept, home))
    }

    fn logout<'a>(&'a self, token: &'a str) -> Answer<'a, Logout> {
        Box::pin(self.ended(token))
    }
}

/// The scope of a refresh token. Without the person's consent, asked for each time, the provider
/// must ignore it (OpenID Connect Core 1.0 section 11).
const OFFLINE: &str = "offline_access";

/// The S256 challenge of a verifier (RFC 7636 section 4.2).
pub(super) fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose().as_bytes()))
}
