use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use serde_json::json;

use crate::gateway::Gateway;

/// Whether the process lives.
pub(super) async fn health() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// Whether it can serve: storage answers, and it is not stopping. Reasons are for the owner, who
/// finds them in the log; anybody else learns that there is one.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    let stopping = gateway.stopping.is_cancelled();
    if !stopping && gateway.ports.storage.check().await.is_ok() {
        return Json(json!({"status": "ready"})).into_response();
    }
    let body = Json(json!({"status": if stopping { "stopping" } else { "unavailable" }}));
    (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
}
