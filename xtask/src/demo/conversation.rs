//! A gateway, and a client of it that asks something.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::transcript;
use crate::process::{self, Owned};
use crate::say::say;

/// Nothing here waits for a person, so anything slow is stuck.
const LIMIT: Duration = Duration::from_secs(60);

/// A gateway that runs, and what opens it.
pub(super) struct Gateway {
    port: u16,
    token: String,
    /// It ends with this.
    _process: Owned,
}

impl Gateway {
    /// Starts it and waits until it takes connections.
    pub(super) async fn start(hermes: &Path, home: &Path) -> Result<Self> {
        let arguments = ["serve", "--port", "0", "--no-open"];
        transcript::show(&arguments);
        let mut command = process::command(hermes, arguments);
        command
            .env("HERMES_HOME", home)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = Owned::start(command)?;
        let stdout = process.stdout().context("the gateway has no stdout")?;
        let mut line = String::new();
        timeout(LIMIT, BufReader::new(stdout).read_line(&mut line))
            .await
            .context("the gateway did not say where it is")??;
        let port = line.trim().strip_prefix("HERMES_BACKEND_READY port=");
        let port = port.with_context(|| format!("the gateway said {line:?}"))?;
        let port = port.parse().context("the gateway has no port")?;
        // A program of the same user finds the token where the gateway has put it.
        let token = home.join("gateway.token");
        let token = std::fs::read_to_string(token).context("the gateway has no token")?;
        say!("It takes connections at http://127.0.0.1:{port}/");
        Ok(Self {
            port,
            token: token.trim().to_owned(),
            _process: process,
        })
    }

    /// Where it takes connections.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Asks something over a socket, and shows the answer as it comes.
    pub(super) async fn ask(&self, prompt: &str) -> Result<()> {
        timeout(LIMIT, self.converse(prompt))
            .await
            .context("the prompt was not answered")?
    }

    async fn converse(&self, prompt: &str) -> Result<()> {
        let Self { port, token, .. } = self;
        let stream = TcpStream::connect(("127.0.0.1", *port)).await?;
        let url = format!("ws://127.0.0.1:{port}/api/ws?token={token}");
        let (mut socket, _) = tokio_tungstenite::client_async(url, stream).await?;
        send(&mut socket, 1, "session.create", json!({"source": "demo"})).await?;
        let mut conversation = None;
        loop {
            let frame = next(&mut socket).await?;
            if let Some(error) = frame.get("error") {
                bail!("the gateway refused: {error}");
            }
            if conversation.is_none()
                && let Some(id) = frame.pointer("/result/session_id").and_then(Value::as_str)
            {
                say!("you    {prompt}");
                let params = json!({"session_id": id, "text": prompt, "prompt_id": "demo-1"});
                send(&mut socket, 2, "prompt.submit", params).await?;
                conversation = Some(id.to_owned());
            }
            let text = frame
                .pointer("/params/payload/text")
                .and_then(Value::as_str);
            match frame.pointer("/params/type").and_then(Value::as_str) {
                Some("message.start") => write("agent  ")?,
                Some("message.delta") => write(text.unwrap_or_default())?,
                Some("message.complete") => {
                    write("\n")?;
                    return match frame.pointer("/params/payload/status") {
                        Some(status) if status == "complete" => Ok(()),
                        _ => bail!("the turn did not end well: {frame}"),
                    };
                }
                _ => {}
            }
        }
    }
}

async fn send(
    socket: &mut WebSocketStream<TcpStream>,
    id: u64,
    method: &str,
    params: Value,
) -> Result<()> {
    let request = json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    Ok(socket.send(Message::text(request.to_string())).await?)
}

async fn next(socket: &mut WebSocketStream<TcpStream>) -> Result<Value> {
    loop {
        match socket.next().await.context("the socket has ended")?? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Close(why) => bail!("the gateway closed the socket: {why:?}"),
            _ => {}
        }
    }
}

/// Shows a part of a line.
fn write(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    Ok(stdout.flush()?)
}
