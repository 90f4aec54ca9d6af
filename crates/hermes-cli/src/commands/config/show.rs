use std::fmt::Write as _;

use hermes_gateway::settings::{Flags, Row, Shown};
use hermes_host::config::Found;
use hermes_secret::visible;
use serde_json::json;

use crate::{commands::Done, output::Output, world::World};

/// Shows every key with its value and its origin.
pub(super) fn run(flags: &Flags, world: &World, output: Output) -> Done {
    let found = Found::read(world, flags)?;
    let (path, exists) = (found.path.clone(), found.exists);
    let settings = found.into_settings(world)?;
    let rows = settings.rows();
    if output.json {
        let settings: Vec<_> = rows.iter().map(Row::to_json).collect();
        output.json(&json!({ "file": path, "exists": exists, "settings": settings }))?;
        return Ok(());
    }
    let lines: Vec<_> = rows
        .iter()
        .map(|row| (row.key.as_str(), value(row), row.origin.to_string()))
        .collect();
    let width = |text: fn(&(&str, String, String)) -> usize| lines.iter().map(text).max();
    let keys = width(|line| line.0.chars().count()).unwrap_or_default();
    let values = width(|line| line.1.chars().count()).unwrap_or_default();
    let mut text = String::new();
    for (key, value, origin) in &lines {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{key:<keys$}  {value:<values$}  {origin}");
    }
    let note = if exists {
        ""
    } else {
        " (not there; `hermes config init` writes one)"
    };
    let _ = writeln!(text, "\nSettings file: {}{note}", world.display(&path));
    output.data(&text)?;
    Ok(())
}

/// The value as the file would have it.
fn value(row: &Row) -> String {
    match &row.value {
        Shown::Unset => "-".to_owned(),
        Shown::Secret => "set".to_owned(),
        Shown::Value(value) => visible(&value.to_string()).into_owned(),
    }
}
