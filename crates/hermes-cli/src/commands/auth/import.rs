use std::{io::Read as _, sync::Arc};

use hermes_credentials::{ImportError, Imported, Login, Origin, Share, State, Tool};
use hermes_errors::{Code, Explain as _, Failure};
use hermes_secret::{LABEL_LIMIT, plain, visible};
use serde_json::{Value, json};

use super::shape;
use crate::{
    args::ImportArgs,
    commands::{Done, Stop},
    output::{self, Output},
    world::World,
};

/// The most bytes of an answer.
const ANSWER_LIMIT: u64 = 200;

/// Copies the login of another tool, or lists what could be copied.
pub(super) fn run(args: &ImportArgs, world: &World, output: Output) -> Done {
    let Some(tool) = args.tool.map(Tool::from) else {
        return list(world, output);
    };
    let table = Arc::new(world.table()?);
    let provider = table
        .find(tool.provider(), hermes_providers::Lookup::Exact)
        .map_err(|error| Failure::of(&error))?;
    let from = args.from.as_deref();
    let clock = &*world.ports.clock;
    let login = super::block_on(Login::find(tool, from, &world.environment, clock))?
        .map_err(|error| Failure::of(&error))?;
    let share = agreed(args, &login, world, output)?;
    let credentials = world.credentials(&table);
    let importing = credentials.import(provider, &login, share, args.label.as_deref());
    let imported =
        super::block_on(importing)?.map_err(|error| Stop::about(&provider.id, &error))?;
    if imported.already && matches!(imported.saved.entry.state, State::Dead { .. }) {
        let name = tool.name();
        let message = format!(
            "the provider no longer accepts the login of {name}, which was imported before"
        );
        return Err(Failure::new(Code::ImportUnusable, message)
            .with_next_step(tool.sign_in())
            .into());
    }
    told(&imported, &login, share, world, output)
}

/// How much is copied, once the person has agreed to it.
fn agreed(
    args: &ImportArgs,
    login: &Login,
    world: &World,
    output: Output,
) -> Result<Share, Failure> {
    let now = world.ports.clock.now();
    let wanted = match args.access_only || !login.has_refresh_token() {
        true => Share::AccessOnly,
        false => Share::Everything,
    };
    if wanted == Share::AccessOnly && login.is_over(now) {
        let name = login.tool.name();
        let message = format!("the access token of {name} has ended, and alone it is of no use");
        let failure = Failure::new(Code::ImportUnusable, message);
        return Err(failure.with_next_step(login.tool.sign_in()));
    }
    let asks = !args.yes && !output.json && !world.no_input && output::can_ask();
    if !args.yes && !asks {
        let id = login.tool.id();
        let message = match wanted {
            Share::Everything => format!("copying this login has to be agreed to: {WARNING}"),
            Share::AccessOnly => "copying this login has to be agreed to".to_owned(),
        };
        let next = match args.access_only {
            true => format!("hermes auth import {id} --access-only --yes"),
            false => format!("hermes auth import {id} --yes"),
        };
        return Err(Failure::new(Code::NoTerminal, message).with_next_step(next));
    }
    if !output.json {
        explain(login, wanted, world, output);
    }
    if args.yes {
        return Ok(wanted);
    }
    // Half of an expired login is nothing.
    let halves = wanted == Share::Everything && !login.is_over(now);
    ask(wanted, halves, output)
}

/// What a person should know of sharing, in one sentence.
const WARNING: &str = "its refresh token works once, so the first of the two programs to renew \
                       signs the other one out";

fn explain(login: &Login, wanted: Share, world: &World, output: Output) {
    let name = login.tool.name();
    let whose = match &login.account {
        Some(account) => format!("is signed in as {account}"),
        None => "is signed in".to_owned(),
    };
    output.say(&format!("{name} {whose}."));
    output.say(&format!(
        "  From: {}, which stays as it is",
        place(&login.origin, world)
    ));
    output.say(&format!(
        "  To:   {}, as a credential of {}",
        world.display(&world.home.auth_json()),
        login.tool.provider()
    ));
    let end = login.expires_at.map(shape::time);
    match (wanted, end) {
        (Share::Everything, _) => {
            output.say(&format!("  Mind: {WARNING}."));
        }
        (Share::AccessOnly, Some(end)) => {
            output.say(&format!("  It is good until {end} and does not renew."));
        }
        (Share::AccessOnly, None) => output.say("  It does not renew."),
    }
}

fn ask(wanted: Share, halves: bool, output: Output) -> Result<Share, Failure> {
    if halves {
        output.say("  y  copy everything, the refresh token too");
        output
            .say("  a  copy the access token alone: nothing is shared, and it ends at its expiry");
        output.say("  n  copy nothing");
        output.say("Copy? [y/a/N]");
    } else {
        output.say("Copy? [y/N]");
    }
    let mut answer = Vec::new();
    for byte in std::io::stdin().lock().take(ANSWER_LIMIT).bytes() {
        match byte {
            Ok(b'\n') | Err(_) => break,
            Ok(byte) => answer.push(byte),
        }
    }
    let answer = String::from_utf8_lossy(&answer).trim().to_lowercase();
    match answer.as_str() {
        "y" | "yes" => Ok(wanted),
        "a" | "access" if halves => Ok(Share::AccessOnly),
        _ => Err(Failure::new(Code::Cancelled, "nothing was copied")
            .with_next_step("hermes auth import")),
    }
}

fn told(imported: &Imported, login: &Login, share: Share, world: &World, output: Output) -> Done {
    let entry = &imported.saved.entry;
    let (provider, label) = (login.tool.provider(), plain(&entry.label, LABEL_LIMIT));
    if output.json {
        let shared = share == Share::Everything && login.has_refresh_token() && !imported.already;
        output.json(&json!({
            "tool": login.tool.id(),
            "provider": provider,
            "from": place_json(&login.origin),
            "access_only": share == Share::AccessOnly,
            "shares_refresh_token": shared,
            "already": imported.already,
            "credential": shape::entry(entry),
        }))?;
        return Ok(());
    }
    if imported.already {
        output.say(&format!(
            "{provider} credential #{} (\"{label}\") is as good; nothing was copied.",
            entry.index
        ));
        return Ok(());
    }
    output.data(&format!(
        "Added {provider} credential #{}: \"{label}\"\n",
        entry.index
    ))?;
    output.say(&format!(
        "  In {}. Next: hermes auth status {provider}",
        world.display(&imported.saved.path)
    ));
    Ok(())
}

/// Lists every login that is there, also those that cannot be read.
fn list(world: &World, output: Output) -> Done {
    let clock = &*world.ports.clock;
    let found: Vec<(Tool, Result<Login, ImportError>)> = super::block_on(async {
        let mut found = Vec::new();
        for tool in Tool::ALL {
            found.push((
                tool,
                Login::find(tool, None, &world.environment, clock).await,
            ));
        }
        found
    })?;
    let here = found.iter().filter(|(_, login)| {
        let absent = login.as_ref().err().map(ImportError::code);
        absent != Some(Code::ImportMissing)
    });
    let here: Vec<_> = here.collect();
    if output.json {
        let logins: Vec<_> = here
            .iter()
            .map(|(tool, login)| login_json(*tool, login, world))
            .collect();
        output.json(&json!({ "logins": logins }))?;
        return Ok(());
    }
    let mut text = String::new();
    for (tool, login) in &here {
        text.push_str(&match login {
            Ok(login) => login_text(login, world),
            Err(error) => format!("{:<8} {error}\n", tool.id()),
        });
    }
    output.data(&text)?;
    if here.is_empty() {
        let tools: Vec<_> = Tool::ALL.iter().map(|tool| tool.name()).collect();
        output.say(&format!("Found no login of {}.", tools.join(", ")));
    } else {
        output.say("Copy one: hermes auth import <tool>    More: hermes guide import");
    }
    Ok(())
}

fn login_text(login: &Login, world: &World) -> String {
    let account = login.account.as_deref().unwrap_or("(account not named)");
    let end = match login.expires_at {
        Some(at) if login.is_over(world.ports.clock.now()) => {
            format!("expired {}", shape::time(at))
        }
        Some(at) => format!("good until {}", shape::time(at)),
        None => "no expiry known".to_owned(),
    };
    let shares = match login.has_refresh_token() {
        true => "importing shares a single-use refresh token",
        false => "nothing is shared",
    };
    format!(
        "{:<8} {account:<24} {}\n         {end}; {shares}\n",
        login.tool.id(),
        place(&login.origin, world),
    )
}

fn login_json(tool: Tool, login: &Result<Login, ImportError>, world: &World) -> Value {
    let error = login
        .as_ref()
        .err()
        .map(|error| json!({ "code": error.code().as_str(), "message": error.to_string() }));
    let login = login.as_ref().ok();
    let usual = tool.store(&world.environment).map(Origin::File);
    let origin = login.map(|login| &login.origin).or(usual.as_ref());
    json!({
        "tool": tool.id(),
        "name": tool.name(),
        "provider": tool.provider(),
        "from": origin.map(place_json),
        "account": login.and_then(|login| login.account.as_deref()),
        "expires_at": login.and_then(|login| login.expires_at).map(shape::time),
        "shares_refresh_token": login.map(Login::has_refresh_token),
        "error": error,
    })
}

fn place(origin: &Origin, world: &World) -> String {
    match origin {
        Origin::File(path) => visible(&world.display(path)).into_owned(),
        Origin::Command(command) => format!("`{command}`"),
    }
}

/// A path, or a command: which of the two it is, the name of its field says.
fn place_json(origin: &Origin) -> Value {
    match origin {
        Origin::File(path) => json!({ "file": path.display().to_string() }),
        Origin::Command(command) => json!({ "command": command }),
    }
}
