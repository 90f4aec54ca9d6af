use std::{fmt::Write as _, sync::Arc};

use hermes_credentials::{Entry, Pool, State};
use hermes_errors::Failure;
use hermes_secret::{LABEL_LIMIT, plain};
use jiff::Timestamp;
use serde_json::json;

use super::{account::Account, shape};
use crate::{commands::Done, output::Output, world::World};

/// `hermes auth` without a command.
pub(super) fn all(world: &World, output: Output) -> Done {
    run(None, world, output)?;
    if !output.json {
        output.say("More: hermes auth --help    Providers: hermes auth providers");
    }
    Ok(())
}

/// Lists credentials. One file is read, nothing is asked.
pub(super) fn run(provider: Option<&str>, world: &World, output: Output) -> Done {
    let pools = match provider {
        Some(name) => {
            let opened = super::open(name, world)?;
            opened.credentials.list(Some(&opened.id))
        }
        None => world.credentials(&Arc::new(world.table()?)).list(None),
    };
    let mut pools = pools.map_err(|error| Failure::of(&error))?;
    for pool in &mut pools {
        let account = Account::choose(&pool.provider, None, &world.environment);
        if let Some(target) = account.target() {
            pool.choose(target);
        }
    }
    if output.json {
        let providers: Vec<_> = pools.iter().map(pool_json).collect();
        output.json(&json!({ "providers": providers }))?;
        return Ok(());
    }
    let now = world.ports.clock.now();
    output.data(
        &pools
            .iter()
            .map(|pool| pool_text(pool, now))
            .collect::<String>(),
    )?;
    if pools.iter().all(|pool| pool.entries.is_empty()) {
        output.say("No credentials yet. Sign in: hermes auth add <provider>");
    }
    Ok(())
}

fn pool_json(pool: &Pool) -> serde_json::Value {
    let entries: Vec<_> = pool.entries.iter().map(shape::entry).collect();
    json!({ "provider": pool.provider, "credentials": entries })
}

fn pool_text(pool: &Pool, now: Timestamp) -> String {
    if pool.entries.is_empty() {
        return String::new();
    }
    // "1 credentials" is how upstream has it, and others match on it.
    let mut text = format!("{} ({} credentials):\n", pool.provider, pool.entries.len());
    for entry in &pool.entries {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{}", line(entry, now).trim_end());
    }
    text
}

/// The columns that upstream prints, which scripts split at white space.
fn line(entry: &Entry, now: Timestamp) -> String {
    let source = entry
        .source
        .strip_prefix("manual:")
        .unwrap_or(&entry.source);
    let arrow = if entry.current { "←" } else { "" };
    format!(
        "  #{}  {:<20} {:<7} {} {} {arrow}",
        entry.index,
        plain(&entry.label, LABEL_LIMIT),
        entry.kind.as_str(),
        plain(source, LABEL_LIMIT),
        remarks(entry, now),
    )
}

fn remarks(entry: &Entry, now: Timestamp) -> String {
    let mut remarks = Vec::new();
    match &entry.state {
        State::Ready => {}
        State::CoolingDown { code, until } => {
            let word = if *code == Some(429) {
                "rate-limited"
            } else {
                "exhausted"
            };
            let code = code.map(|code| format!(" ({code})")).unwrap_or_default();
            let left = match until.as_second() - now.as_second() {
                seconds @ 1.. => format!(" ({} left)", left(seconds)),
                _ => " (ready to retry)".to_owned(),
            };
            remarks.push(format!("{word}{code}{left}"));
        }
        State::Dead { reason } => {
            remarks.push(format!(
                "auth failed ({}; sign in again)",
                plain(reason, LABEL_LIMIT)
            ));
        }
        State::Expired => remarks.push("expired (sign in again)".to_owned()),
        State::Missing => remarks.push("missing (the variable is not set)".to_owned()),
    }
    if entry.base_url_overridden {
        let base = entry.base_url.as_deref().unwrap_or_default();
        remarks.push(format!("sent to {}", plain(base, LABEL_LIMIT)));
    }
    if let Some(refused) = &entry.refused_base_url {
        remarks.push(format!("not sent to {}", plain(refused, LABEL_LIMIT)));
    }
    if entry.interrupted_refresh.is_some() {
        remarks.push("a refresh was cut off".to_owned());
    }
    remarks.join(", ")
}

/// `1h 5m`, `5m`, `40s`.
fn left(seconds: i64) -> String {
    match seconds {
        seconds @ 3600.. => format!("{}h {}m", seconds / 3600, seconds % 3600 / 60),
        seconds @ 60.. => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}
