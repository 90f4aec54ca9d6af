use hermes_errors::{Code, Failure};
use hermes_storage::{Role, User};
use serde_json::json;

use super::{and_sessions, audit, explain, find, note, shape, with_users};
use crate::{args::UserArgs, commands::Done, output::Output, world::World};

/// Removes a user.
pub(super) fn remove(args: &UserArgs, world: &World, output: Output) -> Done {
    let user = with_users(world, async |users| find(users, &args.name).await)?;
    let means = "the gateway then has no owner and serves nobody, until the next user is added";
    guard(&user, args, "remove", means)?;
    let audit = audit(world)?;
    let ended = with_users(world, async |users| {
        let ended = users.remove(user.id).await;
        ended
            .map(|ended| ended.len())
            .map_err(|error| explain(&error))
    })?;
    note(&audit, user.id, "removed", world);
    if output.json {
        return say_json(output, "user_removed", &user, ended);
    }
    output.data(&format!(
        "Removed {}{}\n",
        shape::name(&user),
        and_sessions(ended)
    ))?;
    if user.role == Role::Owner {
        output.say("  The gateway has no owner now. Next: hermes users add NAME");
    }
    Ok(())
}

/// Shuts a user out.
pub(super) fn disable(args: &UserArgs, world: &World, output: Output) -> Done {
    let user = with_users(world, async |users| find(users, &args.name).await)?;
    let means = "nobody can change the gateway then, until `hermes users enable` lets them in";
    guard(&user, args, "disable", means)?;
    let (user, ended) = set(user, true, "disabled", world)?;
    if output.json {
        return say_json(output, "user_disabled", &user, ended);
    }
    let name = shape::name(&user);
    output.data(&format!("Disabled {name}{}\n", and_sessions(ended)))?;
    output.say(&format!(
        "  To let them in again: hermes users enable {name}"
    ));
    Ok(())
}

/// Lets a user in again.
pub(super) fn enable(name: &str, world: &World, output: Output) -> Done {
    let user = with_users(world, async |users| find(users, name).await)?;
    let (user, ended) = set(user, false, "enabled", world)?;
    if output.json {
        return say_json(output, "user_enabled", &user, ended);
    }
    output.data(&format!("Enabled {}\n", shape::name(&user)))?;
    Ok(())
}

fn set(user: User, disabled: bool, what: &str, world: &World) -> Result<(User, usize), Failure> {
    let audit = audit(world)?;
    let ended = with_users(world, async |users| {
        let ended = users.set_disabled(user.id, disabled).await;
        ended
            .map(|ended| ended.len())
            .map_err(|error| explain(&error))
    })?;
    note(&audit, user.id, what, world);
    Ok((User { disabled, ..user }, ended))
}

/// The owner is shut out on purpose alone.
fn guard(user: &User, args: &UserArgs, verb: &str, means: &str) -> Result<(), Failure> {
    if user.role != Role::Owner || args.force {
        return Ok(());
    }
    let name = shape::name(user);
    let message = format!("{name} is the owner: {means}");
    let next = format!("hermes users {verb} {name} --force");
    Err(Failure::new(Code::OwnerProtected, message).with_next_step(next))
}

fn say_json(output: Output, event: &str, user: &User, ended: usize) -> Done {
    output.json(&json!({
        "event": event,
        "user": shape::user(user),
        "sessions_ended": ended,
    }))?;
    Ok(())
}
