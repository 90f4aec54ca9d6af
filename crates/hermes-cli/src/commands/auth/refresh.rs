use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::{account::Account, shape};
use crate::{args::AccountArgs, commands::Done, output::Output, world::World};

/// Refreshes a credential now, due or not.
pub(super) fn run(args: &AccountArgs, world: &World, output: Output) -> Done {
    let opened = super::open(&args.provider, world)?;
    let account = Account::choose(&opened.id, args.named(), &world.environment);
    let entry = super::block_on(opened.credentials.refresh(&opened.id, account.target()))?
        .map_err(|error| account.stop(&opened.id, &error))?;
    if output.json {
        output.json(&json!({ "provider": opened.id, "credential": shape::entry(&entry) }))?;
        return Ok(());
    }
    let until = entry
        .expires_at
        .map(|at| format!(", good until {}", shape::time(at)));
    let label = plain(&entry.label, LABEL_LIMIT);
    output.say(&format!(
        "Refreshed {} \"{label}\"{}.",
        opened.id,
        until.unwrap_or_default()
    ));
    Ok(())
}
