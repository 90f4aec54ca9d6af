use hermes_agent::{FixedAccess, Pick};
use hermes_errors::{Code, Failure};
use hermes_gateway::settings::{Flags, Origin, Settings};
use hermes_host::{
    config::{self, Found},
    control::asked,
    models::Models,
};
use hermes_machine::file;
use hermes_protocol::methods::HostStatusParams;
use serde_json::json;

use super::{section, shape};
use crate::{
    commands::{Done, auth::block_on},
    output::Output,
    world::World,
};

/// What may say otherwise than the file.
const KEYS: [&str; 3] = ["model.provider", "model.default", "model.base_url"];

/// Chooses what was typed.
pub(super) fn run(provider: &str, model: &str, world: &World, output: Output) -> Done {
    let choice = Pick {
        source: super::source(provider, world)?,
        model: Some(model.to_owned()),
    };
    save(&choice, world, output)
}

/// Writes the choice into the file of settings, and says what comes of it.
pub(super) fn save(choice: &Pick, world: &World, output: Output) -> Done {
    let settings = write(choice, world)?;
    let wins = KEYS
        .into_iter()
        .find_map(|key| match settings.origin(key)? {
            Origin::Variable(name) => Some(name.clone()),
            _ => None,
        });
    let running = block_on(asked(world, &HostStatusParams {})).flatten();
    let runs = matches!(running, Ok(Some(_)));
    if output.json {
        let mut shape = shape(choice);
        shape["file"] = json!(world.home.config_toml());
        shape["overridden_by"] = json!(wins);
        shape["waits_for_reload"] = json!(runs);
        shape["waits_for_restart"] = json!(false);
        output.json(&shape)?;
        return Ok(());
    }
    let model = choice.model.as_deref().unwrap_or("-");
    let file = world.display(&world.home.config_toml());
    output.say(&format!(
        "{} {model} answers from now on ({file}).",
        choice.source
    ));
    if let Some(name) = wins {
        output.say(&format!(
            "  But the variable {name} is set here, and wins over the file."
        ));
    }
    if runs {
        output.say("  The gateway that runs asks it after: hermes reload");
    }
    output.say("  Try it: hermes -z \"Say hello\"");
    Ok(())
}

/// Writes it, if the settings are good with it; they as they hold now.
fn write(choice: &Pick, world: &World) -> Result<Settings, Failure> {
    let text = config::text(world)?.unwrap_or_default();
    let model = choice.model.as_deref().unwrap_or_default();
    let changed = match &*choice.source {
        FixedAccess::ID => section::with_model(&text, model),
        provider => section::with_provider(&text, provider, model),
    };
    let path = world.home.config_toml();
    let shown = world.display(&path);
    let changed = changed.map_err(|_| {
        // The parser's own words quote the line, in which there may be a secret.
        Failure::new(Code::ConfigInvalid, format!("`{shown}` does not parse"))
    })?;
    let settings = Found::of_text(Some(&changed), world, &Flags::default()).into_settings(world)?;
    // Nobody is asked, but a provider whose models cannot be asked at all is told here.
    Models::open(settings.model.as_ref(), world)?;
    file::create_private_dir(world.home.path())
        .and_then(|()| file::write_private(&path, changed.as_bytes()))
        .map_err(|error| {
            let message = format!("`{shown}` cannot be written: {error}");
            Failure::new(Code::ConfigUnwritable, message)
        })?;
    Ok(settings)
}
