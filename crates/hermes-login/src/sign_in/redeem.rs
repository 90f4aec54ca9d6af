//! From an answer to a saved credential. Whatever the provider has granted is not lost on the way.

use hermes_oauth::{Attempt, Revocation, TokenKind, TokenSet};
use hermes_providers::Flow;
use url::Url;

use super::{Signing, Typed, descent::Grant};
use crate::{Event, LoginError, PlaceKind, SignedIn, loopback::Taken};

impl Signing<'_> {
    /// Makes a credential of an answer.
    pub(crate) async fn redeem(
        &self,
        attempt: &Attempt,
        answer: Typed,
        flow: Flow,
    ) -> Result<SignedIn, LoginError> {
        self.may_redeem()?;
        let (code, vouched) = match answer {
            Typed::Proven(Taken::Code(code)) => (code, false),
            Typed::Vouched(code) => (code, true),
            Typed::Proven(Taken::Denied { error, description }) => {
                return Err(LoginError::Denied {
                    name: self.name(),
                    detail: description.unwrap_or(error),
                });
            }
        };
        let _claimed = self.claim.take(Grant::Code);
        self.person.tell(Event::Exchanging);
        let tokens = self.client.exchange(attempt, &code).await?;
        let tokens = self.with_account(tokens).await;
        if vouched {
            self.confirm_account(&tokens).await?;
        }
        self.keep(tokens, flow, Some(&attempt.redirect_uri)).await
    }

    /// Makes a credential of the tokens that a device code brought.
    pub(crate) async fn keep_device(&self, tokens: TokenSet) -> Result<SignedIn, LoginError> {
        let _claimed = self.claim.take(Grant::Device);
        if let Err(void) = self.may_redeem() {
            // Unwanted tokens should not live on. If the provider cannot be asked, they expire.
            self.take_back(&tokens).await;
            return Err(void);
        }
        self.person.tell(Event::Exchanging);
        let tokens = self.with_account(tokens).await;
        self.keep(tokens, Flow::Device, None).await
    }

    /// Takes the right to make a credential of the answer, which a newer sign-in may have.
    fn may_redeem(&self) -> Result<(), LoginError> {
        match &self.request.standing {
            Some(standing) if !standing.claim() => Err(LoginError::Superseded {
                name: self.name(),
                provider: self.request.provider.id.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Names the account, where the tokens do not and the provider can be asked. Only for the plan
    /// nobody is asked: the tokens are not saved yet, and a person waits.
    async fn with_account(&self, mut tokens: TokenSet) -> TokenSet {
        if tokens.account.is_none()
            && let Ok(Some(account)) = self.client.userinfo(&tokens.access_token).await
        {
            tokens.account = Some(account.label);
            tokens.plan = tokens.plan.or(account.plan);
        }
        tokens
    }

    /// Saves the tokens. From here on nothing may be lost.
    async fn keep(
        &self,
        tokens: TokenSet,
        flow: Flow,
        redirect_uri: Option<&Url>,
    ) -> Result<SignedIn, LoginError> {
        let request = self.request;
        let label = request.label.as_deref();
        let client_id = self.client.client_id();
        let saved = self
            .credentials
            .save_sign_in(
                &request.provider,
                flow,
                client_id,
                redirect_uri,
                label,
                &tokens,
            )
            .await;
        let saved = match saved {
            Ok(saved) => saved,
            Err(source) => {
                let alive = !self.take_back(&tokens).await;
                let name = self.name();
                return Err(LoginError::NotKept {
                    name,
                    alive,
                    source,
                });
            }
        };
        Ok(SignedIn {
            saved,
            flow,
            scope_differs: self.scope_differs(&tokens),
            notice: tokens.problem().map(str::to_owned).or(tokens.notice),
            account: tokens.account,
            plan: tokens.plan,
            tunnelled: flow == Flow::Loopback && self.place.kind == PlaceKind::Ssh,
        })
    }

    /// Gives tokens that cannot be kept back to the provider; says whether it confirmed that they
    /// are dead.
    pub(crate) async fn take_back(&self, tokens: &TokenSet) -> bool {
        let (token, kind) = match &tokens.refresh_token {
            Some(token) => (token, TokenKind::Refresh),
            None => (&tokens.access_token, TokenKind::Access),
        };
        matches!(
            self.client.revoke(token, kind).await,
            Ok(Revocation::Revoked)
        )
    }

    /// The scopes asked for and granted, if the server says that they differ. Their order does not
    /// matter.
    fn scope_differs(&self, tokens: &TokenSet) -> Option<(String, String)> {
        let registration = &self.request.registration;
        let asked = registration
            .scope
            .as_ref()
            .or(self.request.provider.scope.as_ref())?;
        let granted = tokens.scope.as_ref()?;
        let sorted = |scope: &str| {
            let mut words: Vec<_> = scope.split_whitespace().map(str::to_owned).collect();
            words.sort_unstable();
            words.dedup();
            words
        };
        (sorted(asked) != sorted(granted)).then(|| (asked.clone(), granted.clone()))
    }
}
