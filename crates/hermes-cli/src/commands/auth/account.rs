//! Which account of a provider a command means: the flag, then a variable, then the one that comes
//! first in the pool, which is the one that `hermes auth use` chose last.

use hermes_credentials::{CredentialError, Credentials, Status};
use hermes_errors::{Code, Failure};
use hermes_machine::Environment;
use hermes_secret::{LABEL_LIMIT, plain};

use crate::commands::Stop;

/// The variable for every provider; that of one provider has its id behind it.
const VARIABLE: &str = "HERMES_ACCOUNT";

/// The account that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// The one that a flag or an argument names.
    Flag(String),
    /// The one that a variable names.
    Variable {
        /// The variable.
        variable: String,
        /// The account.
        target: String,
    },
    /// The first of the pool.
    LastUsed,
}

impl Account {
    /// What was said about the account of this provider.
    pub(crate) fn choose(provider: &str, flag: Option<&str>, environment: &Environment) -> Self {
        if let Some(target) = flag {
            return Self::Flag(target.to_owned());
        }
        let variables = [variable_of(provider), VARIABLE.to_owned()];
        let named = variables.into_iter().find_map(|variable| {
            let target = environment.text(&variable)?.to_owned();
            Some(Self::Variable { variable, target })
        });
        named.unwrap_or(Self::LastUsed)
    }

    /// The name that was given.
    pub(crate) fn target(&self) -> Option<&str> {
        match self {
            Self::Flag(target) | Self::Variable { target, .. } => Some(target),
            Self::LastUsed => None,
        }
    }

    /// Who said so, in the word of the JSON shape.
    pub(crate) const fn chosen_by(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Variable { .. } => "variable",
            Self::LastUsed => "last_used",
        }
    }

    /// The variable that said so.
    pub(crate) fn variable(&self) -> Option<&str> {
        match self {
            Self::Variable { variable, .. } => Some(variable),
            Self::Flag(_) | Self::LastUsed => None,
        }
    }

    /// What a library's error about the account is to the person: who set a variable long ago has
    /// to be told that it is the cause.
    pub(crate) fn stop(&self, provider: &str, error: &CredentialError) -> Stop {
        let mut failure = Failure::of(error).for_provider(provider);
        if matches!(
            failure.code,
            Code::CredentialUnknown | Code::CredentialAmbiguous
        ) && let Some(variable) = self.variable()
        {
            failure.message.push_str(&format!(" {variable} names it."));
        }
        failure.into()
    }

    /// What is known of the provider under this choice.
    pub(crate) fn status(
        &self,
        provider: &str,
        credentials: &Credentials,
    ) -> Result<Status, CredentialError> {
        let status = credentials.status(provider)?;
        match self.target() {
            Some(target) if !status.entries.is_empty() => status.choosing(target),
            _ => Ok(status),
        }
    }
}

/// The status of one provider among all: an account that is not there is told, and fails nothing.
pub(crate) fn status_among_all(
    provider: &str,
    credentials: &Credentials,
    environment: &Environment,
) -> Result<(Status, Account, Option<String>), CredentialError> {
    let account = Account::choose(provider, None, environment);
    match account.status(provider, credentials) {
        Err(
            CredentialError::Unknown { target, .. } | CredentialError::Ambiguous { target, .. },
        ) => {
            let status = credentials.status(provider)?.choosing_none();
            let variable = account.variable().unwrap_or(VARIABLE);
            let target = plain(&target, LABEL_LIMIT);
            let problem = format!("{variable} names \"{target}\", which is no account here");
            Ok((status, account, Some(problem)))
        }
        status => Ok((status?, account, None)),
    }
}

/// `HERMES_ACCOUNT_XAI_OAUTH` for `xai-oauth`.
fn variable_of(provider: &str) -> String {
    let id = provider.chars().map(|ch| match ch.to_ascii_uppercase() {
        ch if ch.is_ascii_alphanumeric() => ch,
        _ => '_',
    });
    format!("{VARIABLE}_{}", id.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flag_comes_before_the_variables_and_the_narrow_variable_before_the_wide_one() {
        let choose = |flag, pairs: [(&str, &str); 2]| {
            Account::choose("xai-oauth", flag, &Environment::from(pairs))
        };
        let (wide, narrow) = ("HERMES_ACCOUNT", "HERMES_ACCOUNT_XAI_OAUTH");
        let both = [(wide, "a"), (narrow, "b")];
        let variable = |variable: &str, target: &str| Account::Variable {
            variable: variable.to_owned(),
            target: target.to_owned(),
        };
        assert_eq!(choose(Some("c"), both), Account::Flag("c".to_owned()));
        assert_eq!(choose(None, both), variable(narrow, "b"));
        assert_eq!(
            choose(None, [(wide, "a"), ("HERMES_ACCOUNT_NOUS", "b")]),
            variable(wide, "a")
        );
        assert_eq!(choose(None, [(wide, ""), (narrow, "")]), Account::LastUsed);
    }
}
