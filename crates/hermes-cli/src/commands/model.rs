//! `hermes model`: whose model answers, and which.

mod list;
mod picker;
mod section;
mod set;

use std::sync::Arc;

use hermes_agent::{FixedAccess, Pick};
use hermes_errors::{Code, Failure};
use hermes_gateway::settings::Flags;
use hermes_host::{config::Found, models::Models};
use serde_json::{Value, json};

use super::{
    Done,
    auth::{self, block_on},
};
use crate::{
    args::{ModelArgs, ModelCommand},
    output::{self, Output},
    world::World,
};

/// Runs the command that was typed.
pub(crate) fn run(args: &ModelArgs, world: &World, output: Output) -> Done {
    match &args.command {
        Some(ModelCommand::List { provider, .. }) => {
            block_on(list::run(provider.as_deref(), world, output))?
        }
        Some(ModelCommand::Set {
            provider, model, ..
        }) => set::run(provider, model, world, output),
        None if output.json || world.no_input || !output::can_ask() => show(world, output),
        None => {
            let choice = block_on(picker::run(world, output))??;
            set::save(&choice, world, output)
        }
    }
}

/// Says what is chosen.
fn show(world: &World, output: Output) -> Done {
    let chosen = open(world)?.catalogue.pick(None, None).ok_or_else(|| {
        let failure = Failure::new(Code::ModelNotChosen, "no model is chosen");
        failure.with_next_step("hermes model list")
    })?;
    if output.json {
        output.json(&shape(&chosen))?;
    } else {
        let model = chosen.model.as_deref().unwrap_or("-");
        output.data(&format!("{} {model}\n", chosen.source))?;
    }
    Ok(())
}

/// The models of this home, under its settings.
pub(super) fn open(world: &World) -> Result<Models, Failure> {
    let settings = Found::read(world, &Flags::default())?.into_settings(world)?;
    Models::open(settings.model.as_ref(), world)
}

/// The source that a name on the command line stands for.
pub(super) fn source(name: &str, world: &World) -> Result<String, Failure> {
    if name == FixedAccess::ID {
        return Ok(name.to_owned());
    }
    let table = Arc::new(world.table()?);
    auth::pick(name, &table, &world.credentials(&table))
}

fn shape(pick: &Pick) -> Value {
    json!({ "provider": pick.source, "model": pick.model })
}
