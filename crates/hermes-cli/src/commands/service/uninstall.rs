use std::fs;

use serde_json::json;

use super::{Found, Place, Scope};
use crate::{args::UninstallArgs, commands::Done, output::Output, world::World};

/// Stops the gateway, and removes its unit.
pub(super) fn run(args: &UninstallArgs, world: &World, output: Output) -> Done {
    let scope = Scope::of(args.scope);
    let place = Place::of(scope, world)?;
    match place.find()? {
        Found::Nothing => {
            if output.json {
                output.json(&json!({ "event": "service_absent", "path": place.path }))?;
                return Ok(());
            }
            output.say(&format!("There is no unit {}", place.shown()));
            return Ok(());
        }
        Found::Foreign if !args.force => {
            let next = "hermes service uninstall --force";
            return Err(place.not_ours("was not written by Hermes", next).into());
        }
        Found::Ours(_) | Found::Foreign => {}
    }
    let disable = ["disable", "--now", place.name.as_str()];
    let reload = ["daemon-reload"];
    if args.dry_run {
        let lines = [place.manager.line(&disable), place.manager.line(&reload)];
        if output.json {
            output.json(&json!({
                "event": "service_planned", "scope": scope.as_str(), "path": place.path,
                "commands": lines,
            }))?;
            return Ok(());
        }
        let [disable, reload] = lines;
        output.say(&format!("Would run     {disable}"));
        output.say(&format!("Would remove  {}", place.shown()));
        output.say(&format!("Would run     {reload}"));
        return Ok(());
    }
    place.manager.version()?;
    place.manager.run(&disable)?;
    fs::remove_file(&place.path).map_err(|error| place.failed(&error))?;
    place.manager.run(&reload)?;
    if output.json {
        output.json(&json!({
            "event": "service_uninstalled", "scope": scope.as_str(), "path": place.path,
        }))?;
        return Ok(());
    }
    output.data(&format!("Removed {}\n", place.shown()))?;
    Ok(())
}
