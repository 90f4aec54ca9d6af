use hermes_credentials::RevokeOutcome;
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
            "revocation": revocation(&removed.revoked),
            "notes": removed.notes,
        }))?;
        return Ok(());
    }
    let label = plain(&entry.label, LABEL_LIMIT);
    output.data(&format!("Removed {} credential #{} ({label})\n", opened.id, entry.index))?;
    say_outcome(&removed.revoked, output);
    removed.notes.iter().for_each(|note| output.say(&format!("  {note}")));
    Ok(())
}

/// Tells what became of the tokens at the provider.
pub(super) fn say_outcome(outcome: &RevokeOutcome, output: Output) {
    match outcome {
        RevokeOutcome::Revoked => output.say("  The provider confirmed that its tokens are revoked."),
        RevokeOutcome::NoEndpoint => {
            output.say("  The provider has no way to revoke tokens: they end by themselves, or on its website.");
        }
        RevokeOutcome::Failed(reason) => {
            let reason = plain(reason, LABEL_LIMIT);
            output.say(&format!("  The provider did not confirm the revocation ({reason}): the tokens may still live."));
        }
        RevokeOutcome::NothingToRevoke => {}
    }
}

/// The same as a JSON value.
pub(super) fn revocation(outcome: &RevokeOutcome) -> Value {
    match outcome {
        RevokeOutcome::Revoked => json!("revoked"),
        RevokeOutcome::NoEndpoint => json!("no_endpoint"),
        RevokeOutcome::Failed(_) => json!("failed"),
        RevokeOutcome::NothingToRevoke => Value::Null,
    }
}
