//! A gateway whose host is signed in to a provider by a client.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_protocol::routes::{self, Access, Verb};
use hermes_testkit::{Answer, FakeModels, Saying};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};

use crate::{
    rig::Rig,
    serve::{Running, TOKEN},
};

/// Beyond any time that anything here may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The head and the body of an answer of the gateway, in token mode.
async fn answer(port: u16, verb: &str, path: &str, body: &Value) -> (String, String) {
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let request = format!(
        "{verb} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\
         X-Hermes-Session-Token: {TOKEN}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = timeout(PATIENCE, stream.read_to_string(&mut answer));
    read.await.unwrap().unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Asks about accounts of the host.
async fn ask(port: u16, verb: &str, path: &str, body: &Value) -> Value {
    let path = format!("/api/providers/oauth{path}");
    let (head, body) = answer(port, verb, &path, body).await;
    assert!(body.starts_with('{'), "{head} {body}");
    serde_json::from_str(&body).unwrap()
}

/// Waits until a sign-in has ended, as it should.
async fn approved(port: u16, poll: &str) -> Value {
    let ended = async {
        loop {
            let polled = ask(port, "GET", poll, &Value::Null).await;
            if polled["status"] != "pending" {
                return polled;
            }
        }
    };
    let ended = timeout(PATIENCE, ended).await.unwrap();
    assert_eq!(ended["status"], "approved", "{ended}");
    ended
}

/// How the host stands with a provider, as clients are told.
async fn standing(port: u16, provider: &str) -> Value {
    let listed = ask(port, "GET", "", &Value::Null).await;
    let providers = listed["providers"].as_array().unwrap();
    let found = providers.iter().find(|row| row["id"] == provider);
    found.unwrap().clone()
}

#[tokio::test]
async fn a_client_signs_the_host_in_by_a_device_code_and_out_again() {
    let rig = Rig::of("nous").await;
    let gateway = Running::start(&rig.home, &[]).await;
    let before = standing(gateway.port, "nous").await;
    assert_eq!(before["flow"], "device_code");
    assert_eq!(before["status"]["logged_in"], false);
    let begun = ask(gateway.port, "POST", "/nous/start", &Value::Null).await;
    assert_eq!(begun["flow"], "device_code", "{begun}");
    let id = begun["session_id"].as_str().unwrap();
    let poll = format!("/nous/poll/{id}");
    let polled = ask(gateway.port, "GET", &poll, &Value::Null).await;
    assert_eq!(polled["status"], "pending");
    rig.provider
        .approve_device(begun["user_code"].as_str().unwrap());
    let end = approved(gateway.port, &poll).await;
    let after = standing(gateway.port, "nous").await;
    assert_eq!(after["status"]["logged_in"], true);
    let listed = rig.run(&["auth", "list", "nous", "--json"]).await.stdout;
    assert!(listed.contains("\"oauth\""), "{listed}");
    let out = ask(gateway.port, "DELETE", "/nous", &Value::Null).await;
    assert_eq!(out["ok"], true, "{out}");
    let gone = standing(gateway.port, "nous").await;
    assert_eq!(gone["status"]["logged_in"], false);
    let said = [begun, end, after, out]
        .map(|answer| answer.to_string())
        .concat();
    let said = said + &gateway.end().await.concat();
    for secret in rig.provider.all_secrets() {
        assert!(
            !said.contains(&secret),
            "a secret is in an answer or the log"
        );
    }
}

#[tokio::test]
async fn a_client_signs_the_host_in_by_a_paste() {
    let rig = Rig::of("anthropic").await;
    let gateway = Running::start(&rig.home, &[]).await;
    let begun = ask(gateway.port, "POST", "/anthropic/start", &Value::Null).await;
    assert_eq!(begun["flow"], "pkce", "{begun}");
    let submit = async |code: &str| {
        let body = json!({"session_id": begun["session_id"], "code": code});
        ask(gateway.port, "POST", "/anthropic/submit", &body).await
    };
    let wrong = submit("https://example.org/?code=x&state=y").await;
    assert_eq!(wrong["status"], "error", "{wrong}");
    let url = begun["auth_url"].as_str().unwrap().parse().unwrap();
    let answer = rig.provider.authorize(&url);
    let right = submit(answer.as_str()).await;
    assert_eq!(right, json!({"ok": true, "status": "approved"}));
    let after = standing(gateway.port, "anthropic").await;
    assert_eq!(after["status"]["logged_in"], true);
    let unknown = ask(gateway.port, "POST", "/nobody/start", &Value::Null).await;
    assert_eq!(unknown["error"], "auth.unknown_provider", "{unknown}");
    gateway.end().await;
}

/// A pool of three, of which one rests and one is another program's.
async fn pool() -> Rig {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &["--label", "one"]).await;
    rig.sign_in("xai-oauth", &["--label", "two"]).await;
    let mut file = rig.home.read_auth_json();
    let pool = file["credential_pool"]["xai-oauth"].as_array_mut().unwrap();
    let token = pool[0]["access_token"].as_str().unwrap().to_owned();
    let marks = json!({"last_status": "exhausted", "last_status_at": "2126-11-21T12:00:00Z",
        "last_error_code": 429, "last_error_reason": "rate_limit",
        "last_error_reset_at": "2126-11-21T12:04:00Z",
        "last_error_message": format!("Too many requests by {token}")});
    let first = pool[0].as_object_mut().unwrap();
    first.extend(marks.as_object().unwrap().clone());
    pool.push(
        json!({"id": "0d0e0f", "label": "theirs", "auth_type": "oauth", "priority": 9,
        "source": "grok_cli", "access_token": "canary-of-another-program"}),
    );
    rig.home.write_auth_json(&file.to_string());
    rig
}

#[tokio::test]
async fn a_client_sees_the_pool_of_a_provider_and_changes_one_credential_of_it() {
    let rig = pool().await;
    let mut secrets = rig.provider.all_secrets();
    secrets.push("canary-of-another-program".to_owned());
    let gateway = Running::start(&rig.home, &[]).await;
    let before = standing(gateway.port, "xai-oauth").await;
    let credentials = before["credentials"].as_array().unwrap();
    let told = |it: &Value| {
        let facts = [
            "label",
            "state",
            "reason",
            "retry_at",
            "current",
            "disconnectable",
        ];
        facts
            .map(|fact| it[fact].to_string().replace('"', ""))
            .join(" ")
    };
    assert_eq!(
        credentials.iter().map(told).collect::<Vec<_>>(),
        [
            "one cooling_down 429 2126-11-21T12:04:00Z false true",
            "two ready null null true true",
            "theirs ready null null false false",
        ]
    );
    assert_eq!(credentials[0]["message"], "Too many requests by …");
    assert_eq!(before["status"]["source_label"], "two", "it answers next");
    let listed = rig
        .run(&["auth", "list", "xai-oauth", "--json"])
        .await
        .stdout;
    let listed: Value = serde_json::from_str(&listed).unwrap();
    for (row, ours) in credentials
        .iter()
        .zip(listed["providers"][0]["credentials"].as_array().unwrap())
    {
        for fact in [
            "id",
            "label",
            "type",
            "source",
            "state",
            "reason",
            "retry_at",
            "expires_at",
        ] {
            assert_eq!(row[fact], ours[fact], "{fact}");
        }
    }
    let (one, two) = (&credentials[0]["id"], &credentials[1]["id"]);
    let path = |id: &Value| format!("/xai-oauth/{}", id.as_str().unwrap());
    let reset = ask(
        gateway.port,
        "POST",
        &format!("{}/reset", path(one)),
        &Value::Null,
    )
    .await;
    assert_eq!(
        reset,
        json!({"ok": true, "provider": "xai-oauth", "reset": true})
    );
    let ready = standing(gateway.port, "xai-oauth").await;
    assert_eq!(ready["credentials"][0]["state"], "ready");
    let removed = ask(gateway.port, "DELETE", &path(two), &Value::Null).await;
    assert_eq!(removed["ok"], true, "{removed}");
    let theirs = ask(gateway.port, "DELETE", "/xai-oauth/0d0e0f", &Value::Null).await;
    assert_eq!(theirs["error"], "auth.credential_borrowed", "{theirs}");
    let all = "/api/providers/oauth";
    for id in [two.as_str().unwrap(), "1", "one"] {
        let path = format!("{all}/xai-oauth/{id}");
        let (head, body) = answer(gateway.port, "DELETE", &path, &Value::Null).await;
        assert!(head.starts_with("HTTP/1.1 404"), "{head}");
        assert!(body.contains("auth.credential_unknown"), "{body}");
    }
    let file = rig.home.read_auth_json();
    let left = file["credential_pool"]["xai-oauth"].as_array().unwrap();
    let left: Vec<&Value> = left.iter().map(|entry| &entry["label"]).collect();
    assert_eq!(left, ["one", "theirs"]);
    let said = [before, reset, ready, removed, theirs].map(|it| it.to_string());
    let said = said.concat() + &gateway.end().await.concat();
    for secret in secrets {
        assert!(
            !said.contains(&secret),
            "a secret is in an answer or the log"
        );
    }
}

/// Neither a token of an account, nor a key of the settings, nor the gateway's own token.
#[tokio::test]
async fn rz4_no_route_answers_with_a_secret_of_the_host() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    let settings = "[model]\nbase_url = \"http://127.0.0.1:9/v1\"\ndefault = \"small\"\n\
                    api_key = \"canary-key-of-the-model\"\n";
    let place = rig.home.home().config_toml();
    hermes_machine::file::write_private(&place, settings.as_bytes()).unwrap();
    let gateway = Running::start(&rig.home, &[]).await;
    let mut secrets = rig.provider.all_secrets();
    secrets.extend(["canary-key-of-the-model".to_owned(), TOKEN.to_owned()]);
    let mut answered = 0;
    for (name, route) in routes::ALL {
        if route.verb != Verb::Get || route.access == Access::Ticket {
            continue;
        }
        let path = route.path.replace("{id}", "xai-oauth");
        let path = path.replace("{session}", "none");
        let path = path.replace("{credential}", "none");
        let (head, body) = answer(gateway.port, "GET", &path, &Value::Null).await;
        answered += u32::from(head.starts_with("HTTP/1.1 200"));
        for secret in &secrets {
            let is_there = head.contains(secret) || body.contains(secret);
            assert!(!is_there, "{name} tells a secret");
        }
    }
    assert!(answered > 10, "{answered}");
    gateway.end().await;
}

/// A client of conversations, in token mode.
pub(crate) struct Client {
    socket: WebSocketStream<TcpStream>,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
        let url = format!("ws://127.0.0.1:{port}/api/ws?token={TOKEN}");
        let (socket, _) = client_async(url, stream).await.unwrap();
        Self { socket }
    }

    pub(crate) async fn send(&mut self, method: &str, params: &Value) {
        let request = json!({"id": method, "method": method, "params": params});
        let sent = self.socket.send(Message::text(request.to_string())).await;
        sent.unwrap();
    }

    /// The next frame for which this says something.
    pub(crate) async fn until(&mut self, what: impl Fn(&Value) -> Option<Value>) -> Value {
        let found = async {
            loop {
                let Message::Text(text) = self.socket.next().await.unwrap().unwrap() else {
                    continue;
                };
                if let Some(found) = what(&serde_json::from_str(&text).unwrap()) {
                    return found;
                }
            }
        };
        timeout(PATIENCE, found).await.unwrap()
    }

    /// What a call answers.
    pub(crate) async fn call(&mut self, method: &str, params: &Value) -> Value {
        self.send(method, params).await;
        self.until(|frame| frame.get("result").cloned()).await
    }

    /// The next event of this kind in a conversation.
    pub(crate) async fn event(&mut self, id: &Value, kind: &str) -> Value {
        let is_it = |params: &Value| params["type"] == kind && params["session_id"] == *id;
        let payload = |params: &Value| is_it(params).then(|| params["payload"].clone());
        self.until(|frame| payload(&frame["params"])).await
    }

    /// Begins a conversation.
    pub(crate) async fn begin(&mut self) -> Value {
        self.call("session.create", &json!({})).await["session_id"].clone()
    }

    /// Asks in a conversation, and says how the turn ended.
    pub(crate) async fn turn_in(&mut self, id: &Value, text: &str) -> Value {
        let prompt = json!({"session_id": id, "text": text});
        self.send("prompt.submit", &prompt).await;
        self.event(id, "message.complete").await
    }

    /// Begins a conversation, asks in it, and says how the turn ended.
    async fn turn(&mut self, text: &str) -> Value {
        let id = self.begin().await;
        self.turn_in(&id, text).await
    }
}

#[tokio::test]
async fn a_model_is_asked_at_once_after_a_client_has_signed_the_host_in() {
    let rig = Rig::of("xai-oauth").await;
    let models = FakeModels::start().await;
    let mut table = rig.provider.table_override("xai-oauth");
    let base_url = models.base_url();
    table.push_str(&format!(
        "api = {{ mode = \"chat_completions\", base_url = {base_url:?} }}\n"
    ));
    rig.home.write_providers_toml(&table);
    let settings = "[model]\nprovider = \"xai-oauth\"\ndefault = \"small\"\n";
    let place = rig.home.home().config_toml();
    hermes_machine::file::write_private(&place, settings.as_bytes()).unwrap();
    let gateway = Running::start(&rig.home, &[]).await;
    let mut client = Client::connect(gateway.port).await;
    let before = client.turn("Hello").await;
    assert_eq!(before["status"], "error", "{before}");
    let begun = ask(gateway.port, "POST", "/xai-oauth/start", &Value::Null).await;
    let code = begun["user_code"].as_str().unwrap_or_default();
    rig.provider.approve_device(code);
    let poll = format!("/xai-oauth/poll/{}", begun["session_id"].as_str().unwrap());
    approved(gateway.port, &poll).await;
    models.then(Answer::says(Saying::new("Hello yourself")));
    let after = client.turn("Hello").await;
    assert_eq!(after["text"], "Hello yourself", "{after}");
    gateway.end().await;
}
