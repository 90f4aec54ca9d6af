//! A conversation as a client sees it: its prompt, and when each token of the answer came.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::model;
use crate::bench::gateway::Server;
use crate::client::{self, Client, Person, Socket};

/// How long anything may take. Upstream loads for ten seconds before its first answer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A conversation with a socket of its own.
pub(super) struct Chat {
    socket: Socket,
    id: String,
}

/// How the tokens of an answer came.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Tokens {
    /// How many.
    pub(super) came: usize,
    /// From the prompt to the first one, in milliseconds.
    pub(super) first: f64,
    /// How long each of the others took from the model to here, in milliseconds.
    pub(super) delays: Vec<f64>,
}

impl Chat {
    /// Opens a socket and makes a conversation.
    pub(super) async fn open(server: &Server, person: &Person) -> Result<Self> {
        let mut client = Client::connect(server.address, person.from).await?;
        let ticket = client.ticket(server.address, person).await?;
        let socket = client::open(server.address, person.from, &ticket).await?;
        let mut chat = Self {
            socket,
            id: String::new(),
        };
        chat.send("session.create", json!({"source": "bench"}))
            .await?;
        chat.id = timeout(PATIENCE, chat.created())
            .await
            .context("no conversation was made")??;
        Ok(chat)
    }

    async fn created(&mut self) -> Result<String> {
        loop {
            let frame = self.next().await?;
            if let Some(error) = frame.get("error") {
                bail!("no conversation was made: {error}");
            }
            if let Some(id) = frame.pointer("/result/session_id").and_then(Value::as_str) {
                return Ok(id.to_owned());
            }
        }
    }

    /// Asks, and waits for the end of the answer.
    pub(super) async fn ask(&mut self, prompt: &str) -> Result<Tokens> {
        timeout(PATIENCE, self.answer(prompt))
            .await
            .with_context(|| format!("`{prompt}` was not answered"))?
    }

    async fn answer(&mut self, prompt: &str) -> Result<Tokens> {
        let begin = Instant::now();
        let params = json!({"session_id": self.id, "text": prompt});
        self.send("prompt.submit", params).await?;
        let mut tokens = Tokens::default();
        loop {
            let frame = self.next().await?;
            let came = Instant::now();
            if let Some(error) = frame.get("error") {
                bail!("the prompt was refused: {error}");
            }
            match frame.pointer("/params/type").and_then(Value::as_str) {
                Some("message.delta") => {
                    let text = frame.pointer("/params/payload/text");
                    let text = text.and_then(Value::as_str).unwrap_or_default();
                    if tokens.came == 0 {
                        tokens.first = came.duration_since(begin).as_secs_f64() * 1e3;
                    }
                    tokens.add(text, came);
                }
                Some("message.complete") => {
                    let status = frame.pointer("/params/payload/status");
                    if status.is_none_or(|status| status != "complete") {
                        bail!("the answer did not end well: {frame}");
                    }
                    return Ok(tokens);
                }
                Some("error") => bail!("the turn did not begin: {frame}"),
                _ => {}
            }
        }
    }

    async fn send(&mut self, method: &str, params: Value) -> Result<()> {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        Ok(self.socket.send(Message::text(request.to_string())).await?)
    }

    async fn next(&mut self) -> Result<Value> {
        loop {
            match self.socket.next().await.context("the socket has ended")?? {
                Message::Text(text) => return Ok(serde_json::from_str(&text)?),
                Message::Close(why) => bail!("the server closed the socket: {why:?}"),
                _ => {}
            }
        }
    }
}

impl Tokens {
    fn add(&mut self, text: &str, came: Instant) {
        for sent in model::sent(text) {
            if self.came > 0 {
                let took = came.saturating_duration_since(sent);
                self.delays.push(took.as_secs_f64() * 1e3);
            }
            self.came += 1;
        }
    }
}
