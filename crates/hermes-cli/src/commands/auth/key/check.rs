use hermes_credentials::{Credentials, KeyVerdict};
use hermes_errors::{Code, Failure};
use hermes_providers::Provider;
use hermes_secret::Secret;

use crate::{args::AddArgs, commands::Stop, output::Output};

/// What is known about a key that is going to be saved.
pub(super) enum Checked {
    /// The provider says that it is good.
    Accepted,
    /// The person did not want it asked.
    Skipped,
    /// No request is known that would tell.
    NotAsked,
    /// The provider was to be asked, and there is no answer that tells.
    Unclear {
        /// Why.
        reason: String,
    },
}

/// Asks the provider, unless the person said not to.
///
/// # Errors
///
/// If the provider refuses the key, or it is none.
pub(super) async fn ask(
    provider: &Provider,
    key: &Secret,
    args: &AddArgs,
    credentials: &Credentials,
) -> Result<Checked, Stop> {
    if args.no_check {
        return Ok(Checked::Skipped);
    }
    let asked = credentials.check_key(provider, key, args.base_url.as_ref());
    let verdict = asked
        .await
        .map_err(|error| Stop::about(&provider.id, &error))?;
    match verdict {
        KeyVerdict::Accepted => Ok(Checked::Accepted),
        KeyVerdict::NotAsked => Ok(Checked::NotAsked),
        KeyVerdict::Unclear { reason } => Ok(Checked::Unclear { reason }),
        KeyVerdict::Refused { status, detail } => Err(refused(provider, status, detail).into()),
    }
}

fn refused(provider: &Provider, status: u16, detail: Option<String>) -> Failure {
    let detail = detail
        .map(|detail| format!(": {detail}"))
        .unwrap_or_default();
    let name = provider.short_name();
    let message = format!("{name} refuses the key (HTTP {status}{detail}), so it was not saved");
    let id = &provider.id;
    Failure::new(Code::ApiKeyRefused, message).with_next_step(format!(
        "hermes auth add {id} --type api-key (with --no-check it is saved unasked)"
    ))
}

impl Checked {
    /// The word of the JSON event.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Skipped => "skipped",
            Self::NotAsked => "not_asked",
            Self::Unclear { .. } => "unclear",
        }
    }

    /// Why the provider's answer is not known, if it was to be asked.
    pub(super) fn problem(&self) -> Option<&str> {
        match self {
            Self::Unclear { reason } => Some(reason),
            Self::Accepted | Self::Skipped | Self::NotAsked => None,
        }
    }

    /// Says it to the person.
    pub(super) fn say(&self, provider: &Provider, output: Output) {
        let name = provider.short_name();
        output.say(&match self {
            Self::Accepted => format!("  {name} accepts it."),
            Self::Skipped => "  Nobody was asked whether it is good.".to_owned(),
            Self::NotAsked => format!(
                "  Nobody was asked whether it is good: no question to {name} is known that tells."
            ),
            Self::Unclear { reason } => {
                format!("warning: the key is saved, and could not be checked: {reason}")
            }
        });
    }
}
