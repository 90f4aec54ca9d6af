use hermes_gateway::settings::schema;

use crate::{commands::Done, output::Output};

/// Prints what the file of settings may hold, as editors want to know it.
pub(super) fn run(output: Output) -> Done {
    output.data(&format!("{:#}\n", schema()))?;
    Ok(())
}
