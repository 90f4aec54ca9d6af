//! `hermes owner`: how the gateway gets its owner, and the owner comes back in.

use hermes_errors::{Code, Failure};
use hermes_storage::{Role, Storage, StorageError, UserId};

use super::{
    Done,
    destination::Destination,
    invitation::{self, Invited},
    users::{audit, explain, note, with_storage},
};
use crate::{
    args::{OwnerArgs, OwnerCommand},
    output::Output,
    world::World,
};

/// The owner, who is there or is to be.
const OWNER: fn() -> Invited = || Invited {
    user: UserId::owner(),
    role: Role::Owner,
    display_name: None,
};

/// Runs the command that was typed.
pub(crate) fn run(args: &OwnerArgs, world: &World, output: Output) -> Done {
    match &args.command {
        OwnerCommand::Invite(form) => invite(form.port.as_deref(), world, output),
        OwnerCommand::Reset { force: false, .. } => Err(unforced().into()),
        OwnerCommand::Reset { form, .. } => reset(form.port.as_deref(), world, output),
    }
}

/// Makes a link by which the owner gets a way in.
fn invite(port: Option<&str>, world: &World, output: Output) -> Done {
    let destination = Destination::of_home(port, world)?;
    let audit = audit(world)?;
    let link = with_storage(world, async |storage| {
        invitation::needs_sign_in(storage, &destination).await?;
        let owner = storage.users().find(UserId::owner()).await;
        if let Some(owner) = owner.map_err(|error| explain(&error))? {
            super::users::is_not_shut_out(&owner)?;
        }
        invitation::make(OWNER(), storage, &destination, world).await
    })?;
    note(&audit, UserId::owner(), "invited", world);
    link.show(output)?;
    Ok(())
}

fn unforced() -> Failure {
    let message = "all ways in of the owner go, and everywhere they are signed in ends; what they \
                   have stays";
    Failure::new(Code::OwnerProtected, message).with_next_step("hermes owner reset --force")
}

/// Takes all the owner's ways in away, ends their sessions, and makes a link to begin anew.
fn reset(port: Option<&str>, world: &World, output: Output) -> Done {
    let destination = Destination::of_home(port, world)?;
    let audit = audit(world)?;
    let (ended, link) = with_storage(world, async |storage| {
        invitation::needs_sign_in(storage, &destination).await?;
        let ended = take_ways_in(storage)
            .await
            .map_err(|error| explain(&error))?;
        let link = invitation::make(OWNER(), storage, &destination, world).await?;
        Ok((ended, link))
    })?;
    note(&audit, UserId::owner(), "reset", world);
    if !output.json {
        let sessions = match ended {
            1 => "1 session has ended".to_owned(),
            more => format!("{more} sessions have ended"),
        };
        output.say(&format!("The owner has no way in now; {sessions}."));
        if destination.names_owner {
            output.say("  The settings name an owner too, who can sign in as before.");
        }
        output.say("  By this link the owner chooses a new one:");
    }
    link.show(output)?;
    Ok(())
}

/// How many sessions ended. An owner who was shut out is let in again.
async fn take_ways_in(storage: &dyn Storage) -> Result<usize, StorageError> {
    let ended = match storage.users().take_ways_in(UserId::owner()).await {
        Ok(ended) => ended.len(),
        // There is none yet: the link makes one.
        Err(StorageError::UserUnknown) => return Ok(0),
        Err(error) => return Err(error),
    };
    storage.users().set_disabled(UserId::owner(), false).await?;
    Ok(ended)
}
