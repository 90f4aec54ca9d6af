//! The control socket, over a real one.

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_errors::{Code, Failure};
use hermes_protocol::{close::Close, limits, methods::Reloaded};
use hermes_storage::UserId;
use serde_json::{Value, json};
use tokio::{net::UnixStream, sync::mpsc, task::JoinHandle};
use tokio_util::codec::{Framed, LinesCodec};

use super::rig::{GATED, LOCAL, Rig, get, signed};
use crate::{
    answers::explained,
    control::{self, About, AskedToReload, Place, PlaceError},
};

/// A gateway with a control socket.
struct Controlled {
    rig: Rig,
    asked: mpsc::Receiver<AskedToReload>,
    serving: JoinHandle<Place>,
}

impl Controlled {
    async fn start(rig: Rig) -> Self {
        Self::at(Some("http://127.0.0.1:9119/".to_owned()), rig).await
    }

    async fn at(address: Option<String>, rig: Rig) -> Self {
        let place = Place::take(&rig.home(), Duration::ZERO, &*rig.clock)
            .await
            .unwrap();
        let (reloads, asked) = mpsc::channel(1);
        let about = About {
            tls: None,
            gives_way: address.is_none(),
            address,
            everywhere: true,
            reloads,
        };
        let serving = tokio::spawn(control::serve(place, Arc::clone(&rig.gateway), about));
        Self {
            rig,
            asked,
            serving,
        }
    }

    /// Somebody at the socket who has been told that it is ready.
    async fn connect(&self) -> Asking {
        let mut asking = self.knock().await;
        let ready = asking.hears().await.unwrap();
        assert_eq!(ready["params"]["type"], "gateway.ready", "{ready}");
        asking
    }

    async fn knock(&self) -> Asking {
        let path = self.rig.home().gateway_sock();
        let stream = UnixStream::connect(path).await.unwrap();
        Asking(Framed::new(stream, LinesCodec::new()))
    }
}

struct Asking(Framed<UnixStream, LinesCodec>);

impl Asking {
    async fn hears(&mut self) -> Option<Value> {
        let line = self.0.next().await?.unwrap();
        Some(serde_json::from_str(&line).unwrap())
    }

    async fn says(&mut self, line: impl Into<String>) {
        self.0.send(line.into()).await.unwrap();
    }

    async fn asks(&mut self, method: &str, params: Value) -> Value {
        let frame = json!({ "id": 1, "method": method, "params": params });
        self.says(frame.to_string()).await;
        self.hears().await.unwrap()
    }
}

#[tokio::test]
async fn rz1_the_host_has_the_owners_methods_and_its_own() {
    let at = Controlled::start(Rig::gated().await).await;
    at.rig.open(UserId::owner()).await;
    at.rig.clock.advance(Duration::from_secs(125));
    let mut asking = at.connect().await;
    let status = asking.asks("host.status", json!({})).await;
    let mut status = status["result"].clone();
    status["pid"] = 1.into();
    insta::assert_snapshot!(status, @r#"{"version":"0.1.0","pid":1,"mode":"gated","address":"http://127.0.0.1:9119/","public_url":"http://gw.example.com/","everywhere":true,"names_owner":false,"certificate":null,"not_ready":null,"uptime_seconds":125,"sockets":0,"sessions":1}"#);
    let config = asking.asks("config.get", json!({ "key": "full" })).await;
    assert_eq!(config["result"]["config"]["model"]["default"], "parrot-1");
    let unknown = asking.asks("host.shell", json!({})).await;
    assert_eq!(unknown["error"]["code"], -32601);
}

#[tokio::test]
async fn ds7_why_it_cannot_serve_is_told_to_the_host_alone() {
    let at = Controlled::start(Rig::owned(LOCAL).await).await;
    let mut asking = at.connect().await;
    let status = asking.asks("host.status", json!({})).await;
    assert_eq!(status["result"]["not_ready"], Value::Null);
    at.rig.storage.close().await;
    let status = asking.asks("host.status", json!({})).await;
    let not_ready = &status["result"]["not_ready"];
    assert_eq!(not_ready["code"], "storage.busy");
    assert!(not_ready["reason"].as_str().unwrap().len() > 10, "{status}");
    let stranger = at.rig.ask(get("/readyz"), "").await;
    assert_eq!(stranger.shown(), r#"503 {"status":"unavailable"}"#);
}

#[tokio::test]
async fn ws7_the_host_ends_a_session_and_its_sockets_hear_at_once() {
    let at = Controlled::start(Rig::gated().await).await;
    let opened = at.rig.open(UserId::owner()).await;
    let mut asking = at.connect().await;
    let listed = asking.asks("host.sessions", json!({})).await;
    let row = &listed["result"]["sessions"][0];
    let id = opened.live.session.to_string();
    assert_eq!(
        [&row["id"], &row["user"], &row["login"], &row["provider"]],
        [id.as_str(), "owner", "ada", "password"]
    );
    let ended = asking.asks("host.session.end", json!({ "id": id })).await;
    assert_eq!(ended["result"], json!({ "ended": true }));
    assert_eq!(opened.live.over().await, Close::SessionEnded);
    for gone in [id.as_str(), "no id at all"] {
        let again = asking.asks("host.session.end", json!({ "id": gone })).await;
        assert_eq!(again["result"], json!({ "ended": false }), "{gone}");
    }
    at.rig.gateway.stop();
    at.serving.await.unwrap();
    drop((asking, opened));
    let audited = at.rig.audited();
    assert_eq!(audited.matches(r#""event":"revoke""#).count(), 1);
    assert!(audited.contains(&id), "{audited}");
}

#[tokio::test]
async fn sc8_what_a_command_has_changed_holds_once_the_gateway_has_looked() {
    let at = Controlled::start(Rig::gated().await).await;
    let opened = at.rig.open(UserId::owner()).await;
    let mut asking = at.connect().await;
    let users = at.rig.storage.users();
    users.set_disabled(UserId::owner(), true).await.unwrap();
    let me = async || at.rig.ask(signed(get("/api/auth/me"), &opened), "").await;
    assert_eq!(me().await.status, 200, "it has not looked yet");
    let looked = asking.asks("host.look", json!({})).await;
    assert_eq!(looked["result"], json!({}));
    assert_eq!(opened.live.over().await, Close::SessionEnded);
    assert_eq!(me().await.status, 401);
    at.rig.storage.close().await;
    let failed = asking.asks("host.look", json!({})).await;
    assert_eq!(failed["error"]["data"]["code"], "storage.busy", "{failed}");
}

#[tokio::test]
async fn a_reload_is_answered_with_what_came_of_it() {
    let mut at = Controlled::start(Rig::with(GATED).await).await;
    let mut asking = at.connect().await;
    let outcomes = [
        Ok(Reloaded {
            waiting: vec!["gateway.port".to_owned()],
        }),
        Err(explained(
            4002,
            &Failure::new(Code::ConfigInvalid, "no such key"),
        )),
    ];
    let mut heard = Vec::new();
    for outcome in outcomes {
        let (answered, ()) = tokio::join!(asking.asks("host.reload", json!({})), async {
            at.asked.recv().await.unwrap().send(outcome).unwrap();
        });
        heard.push(answered.to_string());
    }
    insta::assert_snapshot!(heard.join("\n"), @r#"
    {"jsonrpc":"2.0","id":1,"result":{"waiting":["gateway.port"]}}
    {"jsonrpc":"2.0","id":1,"error":{"code":4002,"message":"no such key","data":{"code":"config.invalid","hint":"hermes config check","retryable":false}}}
    "#);
}

#[tokio::test]
async fn ds5_what_is_no_request_is_answered_and_too_much_of_it_ends_the_connection() {
    let at = Controlled::start(Rig::with(GATED).await).await;
    let mut asking = at.connect().await;
    for _ in 1..limits::REFUSED_FRAMES {
        asking.says("{").await;
        assert_eq!(asking.hears().await.unwrap()["error"]["code"], -32700);
    }
    asking.says("[]").await;
    let last = asking.hears().await.unwrap();
    assert_eq!(last["error"]["message"], Close::RefusedFrames.reason());
    assert_eq!(asking.hears().await, None);
}

#[tokio::test]
async fn ds5_a_line_beyond_the_limit_of_a_frame_ends_the_connection() {
    let at = Controlled::start(Rig::with(GATED).await).await;
    let mut asking = at.connect().await;
    let line = "x".repeat(limits::FRAME_BYTES + 1);
    // The gateway may hang up before it has taken all of the line.
    let _ = asking.0.send(line).await;
    let last = asking.hears().await.unwrap();
    assert_eq!(last["error"]["message"], Close::FrameTooLarge.reason());
}

#[tokio::test]
async fn ds1_connections_are_so_many_and_one_that_says_nothing_is_let_go() {
    let at = Controlled::start(Rig::with(GATED).await).await;
    let mut held = Vec::new();
    for _ in 0..limits::CONTROL_CONNECTIONS {
        held.push(at.connect().await);
    }
    let mut waits = at.knock().await;
    {
        let heard = waits.hears();
        tokio::pin!(heard);
        assert!(futures_util::poll!(&mut heard).is_pending());
        at.rig
            .clock
            .advance(Duration::from_secs(limits::CONTROL_IDLE_SECONDS));
        let ready = heard.await.unwrap();
        assert_eq!(ready["params"]["type"], "gateway.ready");
    }
    for mut asking in held {
        assert_eq!(asking.hears().await, None);
    }
}

#[tokio::test]
async fn only_a_gateway_that_nobody_else_reaches_gives_way() {
    let stays = Controlled::start(Rig::with(GATED).await).await;
    let mut asking = stays.connect().await;
    let answered = asking.asks("host.yield", json!({})).await;
    assert_eq!(answered["result"], json!({ "yields": false }));
    assert_eq!(
        asking.asks("host.yield", json!({})).await["result"],
        answered["result"],
        "it is still there"
    );

    let goes = Controlled::at(None, Rig::with(GATED).await).await;
    let mut asking = goes.connect().await;
    let answered = asking.asks("host.yield", json!({})).await;
    assert_eq!(answered["result"], json!({ "yields": true }));
    let last = asking.hears().await.unwrap();
    assert_eq!(last["error"]["message"], Close::Restart.reason());
    let clock = Arc::clone(&goes.rig.clock);
    let (home, place) = (goes.rig.home(), goes.serving.await.unwrap());
    let early = Place::take(&home, Duration::ZERO, &*clock).await;
    assert!(
        matches!(early, Err(PlaceError::Taken)),
        "it has more to write"
    );
    drop(place);
    Place::take(&home, Duration::ZERO, &*clock).await.unwrap();
}

#[tokio::test]
async fn a_gateway_that_stops_says_so_and_takes_its_socket_along() {
    let at = Controlled::start(Rig::with(GATED).await).await;
    let mut asking = at.connect().await;
    at.rig.gateway.stop();
    let last = asking.hears().await.unwrap();
    assert_eq!(last["error"]["message"], Close::Restart.reason());
    at.serving.await.unwrap();
    assert!(!at.rig.home().gateway_sock().exists());
}
