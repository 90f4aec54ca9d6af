use serde_json::json;

use super::{account::Account, shape};
use crate::{args::AccountArgs, commands::Done, output::Output, world::World};

/// Prints an access token, refreshed if it is about to end. The one command that prints a secret:
/// its standard output is the program that asked for it.
pub(super) fn run(args: &AccountArgs, world: &World, output: Output) -> Done {
    let opened = super::open(&args.provider, world)?;
    let account = Account::choose(&opened.id, args.named(), &world.environment);
    let token = super::block_on(async {
        match account.target() {
            Some(target) => opened.credentials.access_token_of(&opened.id, target).await,
            None => opened.credentials.access_token(&opened.id).await,
        }
    })?
    .map_err(|error| account.stop(&opened.id, &error))?;
    if output.json {
        output.json(&json!({
            "provider": opened.id,
            "access_token": token.token.expose(),
            "expires_at": token.expires_at.map(shape::time),
            "credential": shape::entry(&token.entry),
        }))?;
    } else {
        output.data(&format!("{}\n", token.token.expose()))?;
    }
    Ok(())
}
