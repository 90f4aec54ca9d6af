use serde_json::{Value, json};

use super::{Found, Place, Scope};
use crate::{args::ScopeArgs, commands::Done, output::Output, world::World};

/// Shows the unit, and what systemd says of it.
pub(super) fn run(scope: ScopeArgs, world: &World, output: Output) -> Done {
    let scope = Scope::of(scope);
    let place = Place::of(scope, world)?;
    let (installed, ours) = match place.find()? {
        Found::Nothing => (false, false),
        Found::Ours(_) => (true, true),
        Found::Foreign => (true, false),
    };
    let version = place.manager.version();
    let properties = match version {
        Ok(_) => place.manager.properties(&place.name),
        Err(_) => Vec::new(),
    };
    let said = |name: &str| {
        let found = properties.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    };
    if output.json {
        let pid = said("MainPID").and_then(|id| id.parse::<u32>().ok());
        output.json(&json!({
            "scope": scope.as_str(),
            "path": place.path,
            "installed": installed,
            "ours": ours,
            "active": said("ActiveState"),
            "enabled": said("UnitFileState"),
            "pid": pid.filter(|id| *id != 0),
            "systemd": version.as_ref().map_or(Value::Null, |version| (*version).into()),
        }))?;
        return Ok(());
    }
    let whose = match (installed, ours) {
        (false, _) => "not installed; hermes service install",
        (true, true) => "written by Hermes",
        (true, false) => "not written by Hermes",
    };
    output.data(&format!("Unit     {}: {whose}\n", place.shown()))?;
    match version {
        Ok(_) => {
            let active = said("ActiveState").unwrap_or("unknown");
            let detail = said("SubState").map(|detail| format!(" ({detail})"));
            let enabled = said("UnitFileState").unwrap_or("not enabled");
            let detail = detail.unwrap_or_default();
            output.data(&format!("systemd  {active}{detail}, {enabled}\n"))?;
        }
        Err(failure) => output.say(&format!("systemd  {failure}")),
    }
    output.say("  How the gateway itself is:  hermes status");
    Ok(())
}
