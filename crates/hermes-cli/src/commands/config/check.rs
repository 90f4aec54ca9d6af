use hermes_errors::Outcome;
use hermes_gateway::settings::{self, Flags, Problem};
use serde_json::json;

use super::Found;
use crate::{
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Says everything that is wrong with the settings, and what is doubtful about them.
pub(super) fn run(world: &World, output: Output) -> Done {
    let found = Found::read(world, &Flags::default())?;
    let (problems, notices) = match &found.settings {
        Ok(settings) => (Vec::new(), settings::check(settings, &world.environment)),
        Err(problems) => (problems.clone(), Vec::new()),
    };
    if output.json {
        let row = |problem: &Problem| json!({ "key": problem.key, "message": problem.to_string() });
        output.json(&json!({
            "file": found.path,
            "exists": found.exists,
            "ok": problems.is_empty(),
            "problems": problems.iter().map(row).collect::<Vec<_>>(),
            "notices": notices,
        }))?;
    } else {
        output.data(&text(world, &found, &problems, &notices))?;
    }
    if problems.is_empty() {
        return Ok(());
    }
    if !output.json {
        output.say("  next: hermes guide gateway-config");
    }
    Err(Stop::Said(Outcome::Usage))
}

fn text(world: &World, found: &Found, problems: &[Problem], notices: &[String]) -> String {
    let problems = problems.iter().map(|problem| format!("✗ {problem}\n"));
    let notices = notices.iter().map(|notice| format!("! {notice}\n"));
    let lines: String = problems.chain(notices).collect();
    let file = world.display(&found.path);
    let verdict = match (&found.settings, found.exists) {
        (Err(_), _) => "the gateway would not start".to_owned(),
        (Ok(_), true) => format!("✓ {file} and the environment are good"),
        (Ok(_), false) => format!("✓ no {file}; the defaults and the environment are good"),
    };
    format!("{lines}{verdict}\n")
}
