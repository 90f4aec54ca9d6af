use std::fmt::Write as _;

use hermes_errors::Failure;
use hermes_gateway::{control, sessions::program, settings::Flags};
use hermes_host::{config::Found, control::asked};
use hermes_protocol::methods::{HostSession, HostSessions, HostSessionsParams};
use hermes_secret::{LABEL_LIMIT, plain};
use hermes_storage::Horizon;
use jiff::Timestamp;
use serde_json::json;

use super::with_storage;
use crate::{
    commands::{Done, auth::block_on},
    output::Output,
    world::World,
};

/// Shows everybody's sessions.
pub(super) fn run(world: &World, output: Output) -> Done {
    let sessions = block_on(read(world))??;
    if output.json {
        output.json(&json!({ "sessions": sessions }))?;
        return Ok(());
    }
    if sessions.is_empty() {
        output.say("Nobody is signed in.");
        return Ok(());
    }
    let whose =
        |session: &HostSession| plain(session.login.as_deref().unwrap_or(&session.user), 64);
    let width = sessions
        .iter()
        .map(|session| whose(session).chars().count());
    let width = width.max().unwrap_or_default();
    let mut text = String::new();
    for session in &sessions {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            text,
            "{}  {:<width$}  {}",
            session.id,
            whose(session),
            details(session)
        );
    }
    output.data(&text)?;
    Ok(())
}

async fn read(world: &World) -> Result<Vec<HostSession>, Failure> {
    if let Some(HostSessions { sessions }) = asked(world, &HostSessionsParams {}).await? {
        return Ok(sessions);
    }
    let settings = Found::read(world, &Flags::default())?.into_settings(world)?;
    let at = Horizon {
        now: world.ports.clock.now(),
        idle: settings.lifetimes.idle,
    };
    with_storage(world, async |storage| {
        let rows = control::sessions(storage, at, |_| 0).await;
        rows.map_err(|error| Failure::of(&error))
    })
    .await
}

/// By what, when, from where, and on what.
fn details(session: &HostSession) -> String {
    let used = i64::try_from(session.last_seen_at).ok();
    let used = used.and_then(|second| Timestamp::from_second(second).ok());
    let sockets = match session.open_sockets {
        0 => None,
        1 => Some("1 socket".to_owned()),
        more => Some(format!("{more} sockets")),
    };
    let named = session.name.clone();
    let program = named.or_else(|| session.user_agent.as_deref().map(program));
    let parts = [
        Some(plain(&session.provider, LABEL_LIMIT)),
        used.map(|used| format!("used {used}")),
        Some(format!("from {}", plain(&session.address, LABEL_LIMIT))),
        sockets,
        program.map(|program| plain(&program, LABEL_LIMIT)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join("  ")
}
