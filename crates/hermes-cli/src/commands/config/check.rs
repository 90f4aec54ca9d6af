use hermes_errors::Outcome;
use hermes_gateway::{
    settings::{self, Flags, Problem, Settings},
    tls::Pair,
};
use hermes_host::{certificate, config::Found};
use serde_json::json;

use crate::{
    commands::{Done, Stop},
    output::Output,
    world::World,
};

/// Says everything that is wrong with the settings, and what is doubtful about them.
pub(super) fn run(flags: &Flags, world: &World, output: Output) -> Done {
    let found = Found::read(world, flags)?;
    let (problems, notices) = match &found.settings {
        Ok(settings) => {
            let mut notices = settings::check(settings, &world.environment);
            match doubts(settings, world) {
                Ok(doubts) => {
                    notices.extend(doubts);
                    (Vec::new(), notices)
                }
                Err(problem) => (vec![problem], notices),
            }
        }
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
        output.data(&text(world, flags, &found, &problems, &notices))?;
    }
    if problems.is_empty() {
        return Ok(());
    }
    if !output.json {
        output.say("  next: hermes guide gateway-config");
    }
    Err(Stop::Said(Outcome::Usage))
}

/// What is doubtful about the certificate, or why the gateway would not start with it.
fn doubts(settings: &Settings, world: &World) -> Result<Vec<String>, Problem> {
    let Some(files) = certificate::files(settings, world) else {
        return Ok(Vec::new());
    };
    match Pair::read(&files) {
        Ok(pair) => Ok(pair.doubts(&files, world.ports.clock.now())),
        Err(error) => {
            let key = "gateway.tls.cert";
            let origin = settings.origin(key).cloned();
            Err(Problem {
                key: key.to_owned(),
                origin: origin.unwrap_or(settings::Origin::Default),
                reason: format!("and its key cannot be used: {error}"),
            })
        }
    }
}

fn text(
    world: &World,
    flags: &Flags,
    found: &Found,
    problems: &[Problem],
    notices: &[String],
) -> String {
    let is_good = problems.is_empty();
    let problems = problems.iter().map(|problem| format!("✗ {problem}\n"));
    let notices = notices.iter().map(|notice| format!("! {notice}\n"));
    let lines: String = problems.chain(notices).collect();
    let file = world.display(&found.path);
    let rest = match flags.is_empty() {
        true => " and the environment",
        false => ", the environment and the flags",
    };
    let verdict = match (is_good, found.exists) {
        (false, _) => "the gateway would not start".to_owned(),
        (true, true) => format!("✓ {file}{rest} are good"),
        (true, false) => format!("✓ no {file}; the defaults{rest} are good"),
    };
    format!("{lines}{verdict}\n")
}
