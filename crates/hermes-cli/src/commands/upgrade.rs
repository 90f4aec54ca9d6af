//! `hermes upgrade --check`: whether this version and what is on this machine fit together. Nobody
//! outside of it is asked, and nothing is changed.

use std::sync::Arc;

use hermes_errors::{Code, Failure, Outcome};
use hermes_gateway::settings::Flags;
use hermes_host::config::Found;
use hermes_secret::{LABEL_LIMIT, plain};
use hermes_storage_sqlite::SqliteStorage;
use serde_json::json;

use super::{
    Done, Stop,
    auth::block_on,
    doctor::{self, Finding},
    running,
};
use crate::{output::Output, world::World};

/// This program.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Looks at all that a version may not fit, and fails if something is to be done.
pub(super) fn run(world: &World, output: Output) -> Done {
    let findings = [
        database(world)?,
        credentials(world)?,
        settings(world),
        gateway(world),
    ];
    let to_do = findings.iter().filter(|one| !one.is_fine()).count();
    if output.json {
        output.json(&json!({
            "version": VERSION,
            "to_do": to_do,
            "findings": findings.iter().map(doctor::shape).collect::<Vec<_>>(),
        }))?;
    } else {
        let lines: String = findings.iter().map(doctor::text).collect();
        output.data(&format!("Hermes {VERSION}\n{lines}"))?;
        output.say(match to_do {
            0 => "There is nothing to do.",
            _ => "What is to be done is above; hermes guide upgrade has the whole of it.",
        });
    }
    match to_do {
        0 => Ok(()),
        _ => Err(Stop::Said(Outcome::Failed)),
    }
}

fn database(world: &World) -> Result<Finding, Failure> {
    let place = world.home.gateway_db();
    let newest = SqliteStorage::FORM;
    let form = match block_on(SqliteStorage::form_of(&place))? {
        Ok(form) => form,
        Err(error) => return Ok(refused("database", &Failure::of(&error))),
    };
    let evidence = match form {
        None => "no gateway has run in this home yet".to_owned(),
        Some(form) if form == newest => format!("has the form of this version, {form}"),
        Some(form) => format!(
            "has form {form}; the next command that opens it makes it {newest}, and keeps a copy: {}",
            world.display(&SqliteStorage::copy_of(&place, form))
        ),
    };
    Ok(Finding::fine("database", evidence))
}

fn credentials(world: &World) -> Result<Finding, Failure> {
    let path = world.display(&world.home.auth_json());
    let credentials = world.credentials(&Arc::new(world.table()?));
    Ok(match credentials.newer_format() {
        Ok(None) => Finding::fine(
            "credentials",
            format!("{path} has a form that this version writes"),
        ),
        Ok(Some(version)) => Finding::broken(
            "credentials",
            format!("{path} has the newer form {version}: it is read, and nothing can be saved"),
            "install the newer version of Hermes again",
        ),
        Err(error) => refused("credentials", &Failure::of(&error)),
    })
}

/// A newer version may know keys that this one does not, and this one keys that a newer one dropped.
fn settings(world: &World) -> Finding {
    let read = Found::read(world, &Flags::default()).and_then(|found| found.into_settings(world));
    match read {
        Ok(_) => Finding::fine("settings", "are good for this version"),
        Err(failure) => Finding::broken("settings", failure.message, "hermes config check"),
    }
}

fn gateway(world: &World) -> Finding {
    let Some(running) = running::reach(world) else {
        return Finding::fine("gateway", "does not run");
    };
    let (version, pid) = (
        plain(&running.status.version, LABEL_LIMIT),
        running.status.pid,
    );
    if version == VERSION {
        return Finding::fine("gateway", "runs in this version");
    }
    Finding::warning(
        "gateway",
        format!("runs in version {version} (process {pid}), until it is started again"),
        "systemctl restart hermes, or whatever has started it",
    )
}

/// What this version does not take.
fn refused(subject: &'static str, failure: &Failure) -> Finding {
    let next = match failure.code {
        Code::StorageNewer => "install the newer version again, or go back: hermes guide upgrade",
        _ => failure.next_step.as_str(),
    };
    Finding::broken(subject, failure.message.clone(), next)
}
