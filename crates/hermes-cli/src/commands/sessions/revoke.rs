use hermes_errors::{Code, Failure};
use hermes_gateway::audit::{Event, Line};
use hermes_host::{audit, control::asked};
use hermes_protocol::methods::{EndSessionParams, SessionEnded};
use hermes_secret::{LABEL_LIMIT, plain};
use hermes_storage::SessionId;
use serde_json::json;

use super::with_storage;
use crate::{
    commands::{Done, auth::block_on},
    output::Output,
    world::World,
};

/// Ends a session.
pub(super) fn run(id: &str, world: &World, output: Output) -> Done {
    if !block_on(end(id, world))?? {
        let id = plain(id, LABEL_LIMIT);
        let message = format!("the gateway has no session `{id}`");
        return Err(Failure::new(Code::SessionUnknown, message).into());
    }
    if output.json {
        output.json(&json!({ "event": "session_revoked", "id": id }))?;
        return Ok(());
    }
    output.data(&format!("Ended {id}\n"))?;
    Ok(())
}

async fn end(id: &str, world: &World) -> Result<bool, Failure> {
    let params = EndSessionParams { id: id.to_owned() };
    if let Some(SessionEnded { ended }) = asked(world, &params).await? {
        return Ok(ended);
    }
    let Ok(id) = id.parse::<SessionId>() else {
        return Ok(false);
    };
    with_storage(world, async |storage| {
        let explain = |error| Failure::of(&error);
        let Some(session) = storage.sessions().find(id).await.map_err(explain)? else {
            return Ok(false);
        };
        let audit = audit::open(world)?;
        let ended = storage.sessions().end(id).await.map_err(explain)?;
        let line = Line::new(Event::Revoke, None).user(session.user.as_str(), None);
        audit.record(line.session(id.as_str()));
        Ok(ended)
    })
    .await
}
