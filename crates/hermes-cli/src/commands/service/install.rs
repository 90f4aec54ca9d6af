use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Flags;
use hermes_host::config;
use hermes_login::host::{self, Account, HostProbe as _, SystemHost};
use hermes_machine::{Environment, file};
use serde_json::json;

use super::{Found, Place, Scope, unit, unit::Unit};
use crate::{args::InstallArgs, commands::Done, output::Output, world::World};

/// The first systemd that has `Type=notify-reload`.
const NOTIFY_RELOAD: u32 = 253;

/// Writes the unit, and starts the gateway by it.
pub(super) fn run(args: &InstallArgs, world: &World, output: Output) -> Done {
    let scope = Scope::of(args.scope);
    let place = Place::of(scope, world)?;
    let account = match scope {
        Scope::System => Some(runs_as(args.run_as.as_deref(), world)?),
        Scope::User => None,
    };
    let theirs = world_of(account.as_ref(), world)?;
    let version = match (place.manager.version(), args.dry_run) {
        (Ok(version), _) => version,
        // What every systemd takes, whichever it will be.
        (Err(_), true) => 0,
        (Err(failure), false) => return Err(failure.into()),
    };
    // A gateway that would not start is not installed.
    let settings = config::Found::read(&theirs, &Flags::default())?.into_settings(&theirs)?;
    let program = program()?;
    let unit = Unit {
        name: &place.name,
        run_as: account.as_ref().map(|account| account.name.as_str()),
        home: theirs.home.path(),
        program: &program,
        low_port: (1..1024).contains(&settings.port),
        notify_reload: version >= NOTIFY_RELOAD,
    };
    let text = unit.text().ok_or_else(|| {
        let (home, program) = (theirs.home.path().display(), program.display());
        let message = format!("a unit cannot name `{home}` or `{program}`");
        Failure::new(Code::ServiceFailed, message).with_next_step("hermes help environment")
    })?;
    guard(&place, &text, args.force)?;
    let enable = ["enable", "--now", place.name.as_str()];
    let restart = ["restart", place.name.as_str()];
    let (reload, replaces) = (["daemon-reload"], !matches!(place.find()?, Found::Nothing));
    let mut steps: Vec<&[&str]> = vec![&reload, &enable];
    if replaces {
        steps.push(&restart);
    }
    let lines: Vec<_> = steps.iter().map(|step| place.manager.line(step)).collect();
    if args.dry_run {
        if output.json {
            output.json(&json!({
                "event": "service_planned", "scope": scope.as_str(), "path": place.path,
                "unit": text, "commands": lines,
            }))?;
            return Ok(());
        }
        output.say(&format!("Would write {}:", place.shown()));
        output.data(&text)?;
        for line in lines {
            output.say(&format!("Would run  {line}"));
        }
        return Ok(());
    }
    make_home(&theirs, account.as_ref())?;
    write(&place, &text)?;
    for step in steps {
        place.manager.run(step)?;
    }
    if output.json {
        output.json(&json!({
            "event": "service_installed", "scope": scope.as_str(), "path": place.path,
        }))?;
        return Ok(());
    }
    output.data(&format!("Installed {}\n", place.shown()))?;
    output.say("  How it is:  hermes service status");
    let who = account.as_ref().map(|account| account.name.as_str());
    if who == Some("root") {
        output.say("warning: it runs as root; name somebody else by --run-as NAME");
    }
    if scope == Scope::User {
        output.say("  It ends with your last session, unless you linger:  loginctl enable-linger");
    }
    Ok(())
}

/// Who is to run the gateway of the system: whoever is named, or called sudo, or calls.
fn runs_as(name: Option<&str>, world: &World) -> Result<Account, Failure> {
    let probe = &SystemHost;
    let found = match name.or_else(|| world.environment.text("SUDO_USER")) {
        Some(name) => host::account_named(probe, name),
        None => host::account(probe, probe.user_id()),
    };
    found.ok_or_else(|| {
        let name = name.map(|name| hermes_secret::plain(name, 40));
        let message = match name {
            Some(name) => format!("this machine has no user `{name}`"),
            None => "this machine has no user of your id".to_owned(),
        };
        Failure::new(Code::ServiceFailed, message)
            .with_next_step("hermes service install --run-as NAME")
    })
}

/// The world as the service will see it: with the home, and without the variables of this shell.
fn world_of(account: Option<&Account>, world: &World) -> Result<World, Failure> {
    let named = world.environment.path("HERMES_HOME").is_some();
    let home = match account {
        Some(account) if !named => {
            let environment = Environment::from([("HOME", account.home.as_str())]);
            World::new(environment, world.profile.as_deref(), true)?
                .home
                .path()
                .to_owned()
        }
        _ => world.home.path().to_owned(),
    };
    let environment = Environment::default().with("HERMES_HOME", home);
    World::new(environment, None, true)
}

/// The program itself, by the path that a service can start it with.
fn program() -> Result<std::path::PathBuf, Failure> {
    let program = std::env::current_exe().ok().filter(|path| path.is_file());
    program.ok_or_else(|| Failure::new(Code::ServiceFailed, "the program's own path is not known"))
}

/// What somebody else has written, or what is another home's, is replaced on purpose alone.
fn guard(place: &Place<'_>, text: &str, force: bool) -> Result<(), Failure> {
    let next = "hermes service install --force";
    match place.find()? {
        _ if force => Ok(()),
        Found::Nothing => Ok(()),
        Found::Foreign => Err(place.not_ours("was not written by Hermes", next)),
        Found::Ours(found) if unit::home_in(&found) == unit::home_in(text) => Ok(()),
        Found::Ours(_) => Err(place.not_ours("is that of another home", next)),
    }
}

/// The home, which has to be there before systemd lets the gateway write nowhere else.
fn make_home(theirs: &World, account: Option<&Account>) -> Result<(), Failure> {
    let home = theirs.home.path();
    let failed = |error: &dyn std::fmt::Display| {
        let message = format!("the home `{}`: {error}", home.display());
        Failure::new(Code::HomeMissing, message)
    };
    let Some(account) = account.filter(|account| account.id != SystemHost.user_id()) else {
        return file::create_private_dir(home).map_err(|error| failed(&error));
    };
    if home.is_dir() {
        return Ok(());
    }
    let next = format!(
        "sudo -u {} HERMES_HOME={} hermes config init",
        account.name,
        home.display()
    );
    Err(failed(&"it is not there yet").with_next_step(next))
}

/// Units hold no secret, and everybody reads them.
fn write(place: &Place<'_>, text: &str) -> Result<(), Failure> {
    let failed = |error| place.failed(&error);
    let folder = place.path.parent().unwrap_or_else(|| Path::new("/"));
    fs::create_dir_all(folder).map_err(failed)?;
    file::write_private(&place.path, text.as_bytes()).map_err(failed)?;
    fs::set_permissions(&place.path, Permissions::from_mode(0o644)).map_err(failed)
}
