use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Flags;
use hermes_host::config::Found;
use hermes_secret::Secret;
use hermes_storage::{Label, LoginName, NewUser, Role, StorageError, UserId, Users};
use serde_json::json;

use super::{audit, explain, note, password, shape, with_users};
use crate::{
    args::AddUserArgs,
    commands::{Done, destination::Destination},
    output::Output,
    world::World,
};

/// Adds a user.
pub(super) fn run(args: &AddUserArgs, world: &World, output: Output) -> Done {
    let login: LoginName = args.name.parse().map_err(|error| {
        let name = hermes_secret::plain(&args.name, LoginName::LIMIT);
        Failure::new(
            Code::UserNameInvalid,
            format!("`{name}` is no login name: {error}"),
        )
    })?;
    let settings = Found::read(world, &Flags::default())?.into_settings(world)?;
    let names_owner = Destination::of_home(None, world)?.names_owner;
    with_users(world, async |users| {
        may_add(users, &login, args.owner).await
    })?;
    let again = format!("hermes users add {login}");
    let typed = password::read(&login, args.password_stdin, &again, &settings, world)?;
    let audit = audit(world)?;
    let added = with_users(world, async |users| {
        add(users, &login, args, typed, names_owner, world).await
    })?;
    note(&audit, added.id, "added", world);
    if output.json {
        output.json(&json!({ "event": "user_added", "user": shape::new_user(&added) }))?;
        return Ok(());
    }
    output.data(&format!("Added {login}\n"))?;
    if added.role == Role::Owner {
        output.say(&format!(
            "  {login} is the owner of this gateway, since it had none."
        ));
    }
    output.say("  A gateway that runs knows it. Next: hermes serve");
    Ok(())
}

/// Fails before a password is asked for in vain.
async fn may_add(users: &dyn Users, login: &LoginName, owner: bool) -> Result<(), Failure> {
    let taken = users.by_login(login).await;
    if taken.map_err(|error| explain(&error))?.is_some() {
        return Err(explain(&StorageError::LoginTaken));
    }
    let there = users.find(UserId::owner()).await;
    if owner && there.map_err(|error| explain(&error))?.is_some() {
        let message = "the gateway has its owner already, and can have one alone";
        return Err(Failure::new(Code::UserExists, message));
    }
    Ok(())
}

async fn add(
    users: &dyn Users,
    login: &LoginName,
    args: &AddUserArgs,
    password: Secret,
    names_owner: bool,
    world: &World,
) -> Result<NewUser, Failure> {
    let owner = users.find(UserId::owner()).await;
    let is_free = owner.map_err(|error| explain(&error))?.is_none();
    // Where the settings name the owner, that person is the one who will have the owner's id.
    let role = match args.owner || (is_free && !args.member && !names_owner) {
        true => Role::Owner,
        false => Role::Member,
    };
    let hash = password::hash(password, world).await?;
    // Until they say otherwise, people are called what they sign in with.
    let called = args.display_name.as_deref().unwrap_or(login.as_str());
    let new = NewUser {
        id: match role {
            Role::Owner => UserId::owner(),
            Role::Member => UserId::new(&*world.ports.random),
        },
        login: Some(login.clone()),
        display_name: Label::new(called),
        email: None,
        role,
        created_at: world.ports.clock.now(),
        password: Some(hash),
        identity: None,
    };
    let created = users.create(new.clone()).await;
    created.map_err(|error| explain(&error))?;
    Ok(new)
}
