//! A gateway with conversations, whose time goes on, and clients with a socket.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_machine::{Clock as _, SystemClock};
use hermes_storage::UserId;
use serde_json::{Value, json};
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::Message;

use super::{
    rig::{LOCAL, Rig},
    sockets::{Listening, Socket},
};
use crate::sessions::Opened;

/// The most real time for anything; nothing that works takes it.
const PATIENCE: Duration = Duration::from_secs(30);

/// A gateway whose time goes on by itself, ten times as fast as it does here.
pub(super) struct Stage {
    pub(super) gateway: Listening,
    pub(super) owner: Opened,
    time: Time,
}

/// Ends with whoever holds it.
struct Time(AbortHandle);

impl Drop for Time {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Stage {
    /// A gateway with an owner.
    pub(super) async fn new() -> Self {
        Self::over(Rig::owned(LOCAL).await).await
    }

    /// The same over what a test has prepared.
    pub(super) async fn over(rig: Rig) -> Self {
        let owner = rig.open(UserId::owner()).await;
        Self::of(rig, owner).await
    }

    async fn of(rig: Rig, owner: Opened) -> Self {
        let clock = Arc::clone(&rig.clock);
        let time = tokio::spawn(async move {
            loop {
                SystemClock.sleep(Duration::from_millis(1)).await;
                clock.advance(Duration::from_millis(10));
            }
        });
        let gateway = Listening::over(rig).await;
        Self {
            gateway,
            owner,
            time: Time(time.abort_handle()),
        }
    }

    /// A client of the owner.
    pub(super) async fn client(&self) -> Client {
        self.client_of(&self.owner).await
    }

    /// A client of this session.
    pub(super) async fn client_of(&self, opened: &Opened) -> Client {
        self.client_by(&self.gateway.ticket(opened).await).await
    }

    /// A client that has this ticket.
    pub(super) async fn client_by(&self, ticket: &str) -> Client {
        let target = format!("/api/ws?ticket={ticket}");
        let socket = self.gateway.connect(&target, &[]).await;
        let mut client = Client {
            socket,
            events: Vec::new(),
            looked_at: 0,
            asked: 0,
        };
        client.event("gateway.ready").await;
        client
    }

    /// Waits until the log of a conversation has so many entries.
    pub(super) async fn kept(&self, id: &str, entries: u64) {
        let id = id.parse().unwrap();
        let kept = async {
            loop {
                let conversations = self.gateway.rig.storage.conversations();
                let found = conversations.find(id).await.unwrap();
                if found.is_some_and(|found| found.last_seq == entries) {
                    return;
                }
            }
        };
        soon(kept).await;
    }

    /// The same home after the gateway has ended in order.
    pub(super) async fn restarted(self) -> Self {
        let rig = self.gateway.stop().await;
        drop(self.time);
        Self::of(rig.again(LOCAL).await, self.owner).await
    }

    /// The same home after the gateway was killed.
    pub(super) async fn killed(self) -> Self {
        drop(self.time);
        self.gateway.kill();
        Self::of(self.gateway.rig.again(LOCAL).await, self.owner).await
    }
}

/// A client with one socket.
pub(super) struct Client {
    socket: Socket,
    /// Everything that it was told, by event.
    pub(super) events: Vec<Value>,
    /// How many of them a test has waited for, with those before.
    looked_at: usize,
    asked: u64,
}

impl Client {
    /// The next frame.
    pub(super) async fn frame(&mut self) -> Value {
        let text = async {
            loop {
                match self.socket.next().await.unwrap().unwrap() {
                    Message::Text(text) => return text,
                    Message::Ping(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        let text = soon(text).await;
        serde_json::from_str(&text).unwrap()
    }

    /// Asks, and keeps the events that come before the answer.
    pub(super) async fn ask(
        &mut self,
        method: &str,
        params: Value,
    ) -> Result<Value, (i64, String)> {
        let frame = self.answer(method, params).await;
        let error = &frame["error"];
        match error["code"].as_i64() {
            Some(code) => Err((code, error["message"].as_str().unwrap().to_owned())),
            None => Ok(frame["result"].clone()),
        }
    }

    /// The whole frame that answers.
    pub(super) async fn answer(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params).await;
        self.answered(id).await
    }

    /// Asks, and waits for nothing: the number of the request.
    pub(super) async fn send(&mut self, method: &str, params: Value) -> u64 {
        self.asked += 1;
        let request = json!({"id": self.asked, "method": method, "params": params});
        let sent = self.socket.send(Message::text(request.to_string())).await;
        sent.unwrap();
        self.asked
    }

    /// The frame that answers the request of this number; answers before it are passed over.
    pub(super) async fn answered(&mut self, id: u64) -> Value {
        loop {
            let frame = self.frame().await;
            if frame["method"] == "event" {
                self.events.push(frame["params"].clone());
            } else if frame["id"] == id {
                return frame;
            }
        }
    }

    /// The answer, which there has to be.
    pub(super) async fn must(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    /// The next event of this type; those before are passed over.
    pub(super) async fn event(&mut self, kind: &str) -> Value {
        loop {
            while let Some(event) = self.events.get(self.looked_at) {
                self.looked_at += 1;
                if event["type"] == kind {
                    return event["payload"].clone();
                }
            }
            let frame = self.frame().await;
            if frame["method"] == "event" {
                self.events.push(frame["params"].clone());
            }
        }
    }

    /// A new conversation.
    pub(super) async fn create(&mut self) -> String {
        let created = self.must("session.create", json!({"source": "test"})).await;
        created["session_id"].as_str().unwrap().to_owned()
    }

    /// Asks, and says what became of it.
    pub(super) async fn submit(&mut self, id: &str, text: &str) -> Value {
        let params = json!({"session_id": id, "text": text});
        self.must("prompt.submit", params).await["status"].clone()
    }
}

/// Something that happens, or the test fails.
pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::select! {
        result = what => result,
        () = SystemClock.sleep(PATIENCE) => panic!("it does not happen"),
    }
}
