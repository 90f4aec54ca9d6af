use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use http::StatusCode;
use serde_json::json;

use crate::{gateway::Gateway, readiness::Readiness};

/// Whether the process lives.
pub(super) async fn health() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

/// Whether it can serve. The reason is for whoever has the host, and told at the control socket: where
/// storage does not answer, nobody can be known as the owner.
pub(super) async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    let readiness = Readiness::of(&gateway).await;
    let status = match readiness {
        Readiness::Ready => StatusCode::OK,
        Readiness::Stopping | Readiness::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
    };
    (status, Json(json!({"status": readiness.word()}))).into_response()
}
