use hermes_credentials::{
    Afterwards, CredentialError, Credentials, PoolStrategy, Refusal, RefusalKind,
};
use hermes_errors::{Code, Failure};
use hermes_machine::BoxFuture;
use hermes_providers::Provider;

use super::{Access, ApiMode, BaseUrl, Cause, Grant, ModelError, Next, Refused};

/// The credentials of a provider, as this home has them.
#[derive(Clone)]
pub struct Accounts {
    credentials: Credentials,
    provider: Provider,
    mode: ApiMode,
    strategy: PoolStrategy,
}

impl Accounts {
    /// The credentials of this provider, gone through by this strategy.
    ///
    /// # Errors
    ///
    /// If the provider's API is none that is spoken here.
    pub fn new(
        credentials: Credentials,
        provider: Provider,
        strategy: PoolStrategy,
    ) -> Result<Self, ModelError> {
        let word = provider.api.as_ref().map(|api| api.mode.as_str());
        let word = word.unwrap_or_default();
        let mode = ApiMode::find(word).ok_or_else(|| {
            let cause = Cause::UnsupportedMode(word.to_owned());
            ModelError::new(&provider.id, provider.short_name(), cause)
        })?;
        Ok(Self {
            credentials,
            provider,
            mode,
            strategy,
        })
    }

    fn error(&self, cause: Cause) -> ModelError {
        ModelError::new(&self.provider.id, self.provider.short_name(), cause)
    }

    fn failed(&self, error: &CredentialError) -> ModelError {
        let failure = Failure::of(error).for_provider(&self.provider.id);
        self.error(Cause::Credential(Box::new(failure)))
    }

    async fn next(&self) -> Result<Grant, ModelError> {
        let id = &self.provider.id;
        let token = self.credentials.next_token(id, self.strategy).await;
        let token = token.map_err(|error| self.failed(&error))?;
        let base_url = token.entry.base_url.as_deref().ok_or_else(|| {
            let missing = format!("no base URL is known for {id}");
            let failure = Failure::new(Code::BaseUrlMissing, missing).for_provider(id);
            self.error(Cause::Credential(Box::new(failure)))
        })?;
        let base_url = BaseUrl::parse(base_url)
            .map_err(|error| self.error(Cause::BaseUrl(Box::new(error))))?;
        Ok(Grant {
            provider: id.clone(),
            name: self.provider.short_name().to_owned(),
            mode: self.mode,
            base_url,
            account: token.chatgpt_account(),
            kind: token.entry.kind,
            credential: token.entry.id,
            token: Some(token.token),
        })
    }

    async fn after(&self, refused: Refused<'_>) -> Next {
        let Refused {
            grant,
            error,
            before,
        } = refused;
        let Some((token, kind, until)) = grant
            .token
            .as_ref()
            .zip(kind(&error.cause))
            .map(|(token, (kind, until))| (token, kind, until))
        else {
            return Next::Never;
        };
        if matches!(kind, RefusalKind::Upstream) {
            return Next::Later;
        }
        let refusal = Refusal {
            kind,
            message: error.said.clone().unwrap_or_default().into_string(),
            until,
            before,
        };
        let id = &self.provider.id;
        match self.credentials.refused(id, token, &refusal).await {
            Ok(Afterwards::Again) => Next::Later,
            Ok(Afterwards::Renewed) => Next::Renewed,
            Ok(Afterwards::Other) => Next::Other,
            // What the provider said is worth more than that it could not be written down.
            Ok(Afterwards::Nobody) | Err(_) => Next::Never,
        }
    }
}

/// What a cause means for the credential.
fn kind(cause: &Cause) -> Option<(RefusalKind, Option<jiff::Timestamp>)> {
    Some(match cause {
        Cause::Unauthorized { reason } => {
            let reason = reason.clone();
            (RefusalKind::Unauthorized { reason }, None)
        }
        Cause::NotEntitled => (RefusalKind::NotEntitled, None),
        Cause::Billing { until } => (RefusalKind::Billing, *until),
        Cause::RateLimited { upstream: true, .. } => (RefusalKind::Upstream, None),
        Cause::RateLimited {
            until, spent: true, ..
        } => (RefusalKind::QuotaSpent, *until),
        Cause::RateLimited { until, .. } => (RefusalKind::RateLimited, *until),
        _ => return None,
    })
}

impl Access for Accounts {
    fn grant(&self) -> BoxFuture<'_, Result<Grant, ModelError>> {
        Box::pin(self.next())
    }

    fn refused<'a>(&'a self, refused: Refused<'a>) -> BoxFuture<'a, Next> {
        Box::pin(self.after(refused))
    }
}
