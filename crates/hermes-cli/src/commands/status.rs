mod gateway;

use std::{fmt::Write as _, sync::Arc};

use hermes_errors::Failure;
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;

use super::{
    Done,
    auth::{account, status::signed_out_because},
};
use crate::{output::Output, world::World};

/// Shows every provider with accounts, signed in or not, every key that is there, and the gateway.
pub(crate) fn run(world: &World, output: Output) -> Done {
    let table = Arc::new(world.table()?);
    let credentials = world.credentials(&table);
    let explain = |error| Failure::of(&error);
    let mut rows = Vec::new();
    for provider in table.iter() {
        let (status, _, problem) =
            account::status_among_all(&provider.id, &credentials, &world.environment)
                .map_err(explain)?;
        if provider.has_sign_in() || status.signed_in || problem.is_some() {
            let reason = problem.or_else(|| signed_out_because(&status));
            rows.push((provider, status, reason));
        }
    }
    let file = world.display(&world.home.auth_json());
    let gateway = gateway::look(world);
    if output.json {
        let providers: Vec<_> = rows
            .iter()
            .map(|(provider, status, reason)| {
                json!({
                    "provider": provider.id,
                    "name": provider.name,
                    "signed_in": status.signed_in,
                    "label": status.current.as_ref().map(|entry| entry.label.as_str()),
                    "reason": reason,
                })
            })
            .collect();
        output.json(&json!({
            "auth_file": world.home.auth_json(),
            "providers": providers,
            "gateway": gateway::to_json(&gateway),
        }))?;
        return Ok(());
    }
    let mut text = String::from("Auth Providers\n");
    for (provider, status, reason) in &rows {
        let mark = if status.signed_in { "✓" } else { "✗" };
        let detail = match (&status.current, reason) {
            (Some(entry), _) if status.signed_in => {
                format!("signed in ({})", plain(&entry.label, 60))
            }
            (_, Some(reason)) => format!("signed out: {}", plain(reason, LABEL_LIMIT)),
            _ => "signed out".to_owned(),
        };
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "  {mark} {:<40} {detail}", provider.name);
    }
    let _ = writeln!(text, "\nAuth file: {file}");
    let _ = writeln!(text, "\nGateway\n{}", gateway::text(&gateway));
    output.data(&text)?;
    Ok(())
}
