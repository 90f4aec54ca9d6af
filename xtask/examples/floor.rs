//! The floor of `cargo xtask bench gateway` and `bench stream`: the routes that are measured on a bare
//! axum server, which asks nobody who they are. What it takes is what HTTP, the sockets and the kernel
//! take.
//!
//! `floor ADDRESS [MODEL]` listens there on a free port, and says which, as the gateway does. A prompt on
//! a socket goes to the model server at the other address, and its tokens come back as they are.

#[path = "floor/relay.rs"]
mod relay;

use std::collections::VecDeque;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result, anyhow};
use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Json, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;

/// The most tickets that are open at once.
const TICKETS: usize = 64;

/// The buffer of a socket for what arrives, as the gateway has it.
const BUFFER: usize = 2 * 1024;

type Tickets = Arc<Mutex<VecDeque<String>>>;

/// What the routes share.
#[derive(Clone)]
struct Floor {
    tickets: Tickets,
    model: Option<SocketAddr>,
}

#[derive(Serialize)]
struct Me {
    user_id: &'static str,
    email: &'static str,
    display_name: &'static str,
    org_id: &'static str,
    provider: &'static str,
    expires_at: u64,
}

#[derive(Serialize)]
struct Ticket {
    ticket: String,
    ttl_seconds: u32,
}

#[derive(Deserialize)]
struct Asked {
    ticket: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().context("usage: floor ADDRESS [MODEL]")?;
    let address: IpAddr = address.parse()?;
    let model = arguments.next().map(|model| model.parse()).transpose()?;
    let listener = TcpListener::bind((address, 0)).await?;
    let port = listener.local_addr()?.port();
    // Without it the first frame may wait for an acknowledgement of the upgrade.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let router = Router::new()
        .route("/api/status", get(status))
        .route("/api/auth/me", get(me))
        .route("/api/auth/ws-ticket", post(mint))
        .route("/api/ws", get(open))
        .with_state(Floor {
            tickets: Tickets::default(),
            model,
        });
    writeln!(std::io::stdout(), "HERMES_BACKEND_READY port={port}")?;
    Ok(axum::serve(listener, router).await?)
}

async fn status() -> Json<serde_json::Value> {
    Json(json!({ "version": env!("CARGO_PKG_VERSION"), "auth_required": false }))
}

async fn me() -> Json<Me> {
    Json(Me {
        user_id: "owner",
        email: "",
        display_name: "owner",
        org_id: "",
        provider: "password",
        expires_at: 1_790_000_000,
    })
}

async fn mint(State(Floor { tickets, .. }): State<Floor>) -> Response {
    let Ok(ticket) = random() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut open = tickets.lock().unwrap_or_else(PoisonError::into_inner);
    if open.len() >= TICKETS {
        open.pop_front();
    }
    open.push_back(ticket.clone());
    drop(open);
    let ttl_seconds = 30;
    Json(Ticket {
        ticket,
        ttl_seconds,
    })
    .into_response()
}

fn random() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

async fn open(
    State(Floor { tickets, model }): State<Floor>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let mut open = tickets.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(index) = open.iter().position(|known| *known == asked.ticket) else {
        return StatusCode::FORBIDDEN.into_response();
    };
    open.remove(index);
    drop(open);
    // With the library's own choice of 128 KiB a held socket would be that buffer and little else.
    let upgrade = upgrade.read_buffer_size(BUFFER).write_buffer_size(0);
    upgrade.on_upgrade(move |mut socket| async move {
        let ready = json!({
            "jsonrpc": "2.0",
            "method": "event",
            "params": { "type": "gateway.ready", "payload": { "user_id": "owner" } },
        });
        if socket.send(Message::text(ready.to_string())).await.is_ok() {
            // It ends when either side does.
            let _ = relay::serve(&mut socket, model).await;
        }
    })
}
