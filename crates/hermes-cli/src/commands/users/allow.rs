use hermes_errors::{Code, Failure};
use hermes_gateway::vouch;
use serde_json::json;

use super::{audit, explain, is_not_shut_out, note, shape, with_storage};
use crate::{commands::Done, output::Output, world::World};

/// Lets somebody in whom no list of the settings names.
pub(super) fn run(word: &str, world: &World, output: Output) -> Done {
    let identity = vouch::read(word).ok_or_else(|| {
        let word = hermes_secret::plain(word, 120);
        let message = format!("`{word}` is no identity: it has the form `ISSUER#SUBJECT`");
        Failure::new(Code::IdentityInvalid, message)
    })?;
    let audit = audit(world)?;
    let user = with_storage(world, async |storage| {
        let users = storage.users();
        let known = users.by_identity(&identity).await;
        if let Some(user) = known.map_err(|error| explain(&error))? {
            is_not_shut_out(&user)?;
        }
        let (clock, random) = (&*world.ports.clock, &*world.ports.random);
        let vouching = vouch::vouch(storage, identity.clone(), clock, random);
        let id = vouching.await.map_err(|error| explain(&error))?;
        let user = users.find(id).await.map_err(|error| explain(&error))?;
        user.ok_or_else(|| explain(&hermes_storage::StorageError::UserUnknown))
    })?;
    note(&audit, user.id, "allowed", world);
    if output.json {
        output.json(&json!({ "event": "user_allowed", "user": shape::user(&user) }))?;
        return Ok(());
    }
    let name = shape::name(&user);
    output.data(&format!("Allowed {name}\n"))?;
    output.say("  They are let in when they sign in again.");
    output.say(&format!("  To shut them out: hermes users disable {name}"));
    Ok(())
}
