use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Flags;
use hermes_host::config::Found;
use hermes_secret::Secret;
use hermes_storage::User;
use serde_json::json;

use super::{and_sessions, audit, explain, find, note, password, shape, with_users};
use crate::{commands::Done, output::Output, world::World};

/// Sets a user's password.
pub(super) fn run(name: &str, from_stdin: bool, world: &World, output: Output) -> Done {
    let settings = Found::read(world, &Flags::default())?.into_settings(world)?;
    let user = with_users(world, async |users| find(users, name).await)?;
    let Some(login) = &user.login else {
        let message = format!(
            "`{}` has no login name, and so no use for a password",
            user.id
        );
        return Err(Failure::new(Code::UserNameInvalid, message)
            .with_next_step("hermes users list")
            .into());
    };
    let again = format!("hermes users passwd {login}");
    let typed = password::read(login, from_stdin, &again, &settings, world)?;
    let audit = audit(world)?;
    let ended = set(&user, typed, world)?;
    note(&audit, user.id, "password_set", world);
    if output.json {
        output.json(&json!({
            "event": "password_set",
            "user": shape::user(&user),
            "sessions_ended": ended,
        }))?;
        return Ok(());
    }
    output.data(&format!("Set the password of {login}\n"))?;
    if ended > 0 {
        output.say(&format!(
            "  Whoever was signed in as {login} is out{}.",
            and_sessions(ended)
        ));
    }
    Ok(())
}

fn set(user: &User, password: Secret, world: &World) -> Result<usize, Failure> {
    with_users(world, async |users| {
        let hash = password::hash(password, world).await?;
        let now = world.ports.clock.now();
        let ended = users.set_password(user.id, hash, now, None).await;
        ended
            .map(|ended| ended.len())
            .map_err(|error| explain(&error))
    })
}
