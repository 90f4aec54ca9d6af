//! Prompts of a socket, and the tokens that a model server answers: nothing is kept, and nobody is asked.

use std::net::SocketAddr;

use anyhow::{Context as _, Result};
use axum::extract::ws::{Message, WebSocket};
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// Until the client leaves.
pub(crate) async fn serve(socket: &mut WebSocket, model: Option<SocketAddr>) -> Result<()> {
    while let Some(frame) = socket.recv().await {
        let Message::Text(text) = frame? else {
            continue;
        };
        let request: Value = serde_json::from_str(&text)?;
        let answer =
            |result: Value| json!({"jsonrpc": "2.0", "id": request["id"], "result": result});
        if request["method"] == "session.create" {
            let created = answer(json!({"session_id": "1"}));
            socket.send(Message::text(created.to_string())).await?;
        }
        if request["method"] == "prompt.submit" {
            let taken = answer(json!({"status": "streaming"}));
            socket.send(Message::text(taken.to_string())).await?;
            let model = model.context("there is no model")?;
            let text = request["params"]["text"].as_str();
            relay(socket, model, text.unwrap_or_default()).await?;
            let complete = event("message.complete", &json!({"status": "complete"}));
            socket.send(complete).await?;
        }
    }
    Ok(())
}

/// Asks the model, and hands its tokens on, each by itself.
async fn relay(socket: &mut WebSocket, model: SocketAddr, prompt: &str) -> Result<()> {
    let stream = TcpStream::connect(model).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let messages = json!([{"role": "user", "content": prompt}]);
    let body = json!({"model": "bench", "stream": true, "messages": messages});
    let request = Request::post("/v1/chat/completions")
        .header(header::HOST, model.to_string())
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::<Bytes>::from(body.to_string()))?;
    let mut answer = sender.send_request(request).await?.into_body();
    let mut gathered = String::new();
    while let Some(frame) = answer.frame().await {
        let Ok(bytes) = frame?.into_data() else {
            continue;
        };
        gathered.push_str(std::str::from_utf8(&bytes)?);
        while let Some(end) = gathered.find("\n\n") {
            let line: String = gathered.drain(..end + 2).collect();
            let Some(data) = line.trim_end().strip_prefix("data: {") else {
                continue;
            };
            let chunk: Value = serde_json::from_str(&format!("{{{data}"))?;
            if let Some(text) = chunk["choices"][0]["delta"]["content"].as_str() {
                socket
                    .send(event("message.delta", &json!({"text": text})))
                    .await?;
            }
        }
    }
    Ok(())
}

fn event(kind: &str, payload: &Value) -> Message {
    let params = json!({"type": kind, "session_id": "1", "payload": payload});
    let event = json!({"jsonrpc": "2.0", "method": "event", "params": params});
    Message::text(event.to_string())
}
