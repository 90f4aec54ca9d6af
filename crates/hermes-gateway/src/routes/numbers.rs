use std::{net::SocketAddr, sync::Arc};

use axum::{
    extract::{ConnectInfo, State},
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::Refusal;
use http::{HeaderMap, HeaderValue, header};

use crate::{gateway::Gateway, refusal::refuse};

/// The numbers. They have no gate but their bind, and `Host`, so that no page of the web reads them
/// through a name of its own.
pub(super) async fn numbers(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let rules = gateway.rules();
    let seen = rules.trust.see(peer.ip(), &headers);
    if let Err(refusal) = rules.reach.host(&seen) {
        return refuse(&Refusal::HostNotAllowed, Some(&refusal.to_string()));
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], gateway.numbers()).into_response()
}
