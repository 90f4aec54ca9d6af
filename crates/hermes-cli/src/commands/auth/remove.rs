use hermes_credentials::{Revoke, RevokeOutcome};
use hermes_errors::{Code, Failure, Outcome};
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::{Value, json};

use super::shape;
use crate::{
    args::TargetArgs,
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Removes one credential.
pub(super) fn run(args: &TargetArgs, world: &World, output: Output) -> Done {
    let opened = super::open(&args.provider, world)?;
    let removed = super::block_on(opened.credentials.remove(&opened.id, &args.target))?
        .map_err(|error| Stop::about(&opened.id, &error))?;
    let entry = &removed.entry;
    if output.json {
        output.json(&json!({
            "provider": opened.id,
            "removed": shape::entry(entry),
            "revocations": removed.revoked.iter().map(revocation).collect::<Vec<_>>(),
            "cleanup": removed.cleanup.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }))?;
        return confirmed(&removed.revoked, &opened.id, output);
    }
    let label = plain(&entry.label, LABEL_LIMIT);
    output.data(&format!(
        "Removed {} credential #{} ({label})\n",
        opened.id, entry.index
    ))?;
    removed
        .revoked
        .iter()
        .for_each(|outcome| say_outcome(outcome, output));
    removed
        .cleanup
        .iter()
        .for_each(|step| output.say(&format!("  {step}")));
    confirmed(&removed.revoked, &opened.id, output)
}

/// Tells what became of the tokens at the provider.
pub(super) fn say_outcome(outcome: &RevokeOutcome, output: Output) {
    let label = plain(&outcome.label, LABEL_LIMIT);
    output.say(&match &outcome.result {
        Revoke::Done => {
            format!("  The provider confirmed that the tokens of \"{label}\" are dead.")
        }
        Revoke::NoEndpoint => format!(
            "  The provider cannot revoke tokens: those of \"{label}\" live until they expire, or \
             until you end them on its website."
        ),
        Revoke::Failed(failure) => format!(
            "  The provider did not confirm that the tokens of \"{label}\" are dead: {failure}."
        ),
    });
}

/// Fails if the provider did not confirm a revocation: whoever signs out because a machine was
/// lost has to know. The credentials are gone here in any case.
pub(super) fn confirmed(outcomes: &[RevokeOutcome], provider: &str, output: Output) -> Done {
    let failed = outcomes
        .iter()
        .any(|outcome| matches!(outcome.result, Revoke::Failed(_)));
    match (failed, output.json) {
        (false, _) => Ok(()),
        // The JSON that is out already says which.
        (true, true) => Err(Stop::Said(Outcome::Failed)),
        (true, false) => {
            let message = format!("tokens of `{provider}` may still be alive at the provider");
            Err(Failure::new(Code::RevokeFailed, message).into())
        }
    }
}

/// The same as JSON.
pub(super) fn revocation(outcome: &RevokeOutcome) -> Value {
    let result = match &outcome.result {
        Revoke::Done => "revoked",
        Revoke::NoEndpoint => "no_endpoint",
        Revoke::Failed(_) => "failed",
    };
    json!({ "label": outcome.label, "result": result })
}
