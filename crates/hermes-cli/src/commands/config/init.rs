use hermes_errors::{Code, Failure};
use hermes_gateway::settings::default_file;
use hermes_machine::file;
use serde_json::json;

use crate::{commands::Done, output::Output, world::World};

/// Writes the file of settings where there is none, or prints it.
pub(super) fn run(print: bool, world: &World, output: Output) -> Done {
    let text = default_file();
    if print {
        output.data(&text)?;
        return Ok(());
    }
    let path = world.home.config_toml();
    let shown = world.display(&path);
    if path.symlink_metadata().is_ok() {
        let message = format!("`{shown}` is there already, and was left as it is");
        return Err(Failure::new(Code::ConfigExists, message).into());
    }
    // It may come to hold secrets, so nobody else may read it.
    file::create_private_dir(world.home.path())
        .and_then(|()| file::write_private(&path, text.as_bytes()))
        .map_err(|error| {
            let message = format!("`{shown}` cannot be written: {error}");
            Failure::new(Code::ConfigUnwritable, message)
        })?;
    if output.json {
        output.json(&json!({ "file": path, "written": true }))?;
    } else {
        output.say(&format!("Wrote {shown}; as it stands, it changes nothing."));
    }
    Ok(())
}
