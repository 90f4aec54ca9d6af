use std::{
    fs, io,
    path::Path,
    sync::{Mutex, OnceLock, PoisonError},
};

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_errors::Code;
use hermes_machine::{Clock as _, SystemClock, file, http::Request};
use hermes_protocol::{
    close::Close,
    methods::YieldParams,
    routes::{self, header::SESSION_TOKEN, query},
};
use hermes_storage::{NewUser, Role, UserId};
use hermes_testkit::{Answer, FakeModels, Saying, TestHome};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};
use tracing::level_filters::LevelFilter;

use super::*;
use crate::Hosted;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

fn world(home: &TestHome) -> World {
    log();
    World::new(home.environment(), None).unwrap()
}

async fn ours(world: &World) -> Running {
    match begin(world).await.unwrap() {
        Begun::Ours(running) => running,
        Begun::Theirs(theirs) => panic!("another one runs: {theirs:?}"),
    }
}

async fn theirs(world: &World) -> Theirs {
    match begin(world).await.unwrap() {
        Begun::Theirs(theirs) => theirs,
        Begun::Ours(running) => panic!("it took the place: {running:?}"),
    }
}

/// What it answers to a program with this token.
async fn get(world: &World, running: &Running, path: &str, token: Option<&str>) -> (u16, Value) {
    let url = running.address().join(path).unwrap();
    let request = Request::get(url);
    let request = match token {
        Some(token) => request.header(SESSION_TOKEN, token),
        None => request,
    };
    let answer = world.ports.http.send(request).await.unwrap();
    let body = serde_json::from_slice(&answer.body).unwrap_or_default();
    (answer.status, body)
}

/// A socket by this token, of a page of this origin if of any.
async fn socket(running: &Running, token: &str, origin: Option<&str>) -> Socket {
    let mut url = running.address().join(routes::SOCKET.path).unwrap();
    url.set_scheme("ws").unwrap();
    url.query_pairs_mut().append_pair(query::TOKEN, token);
    let mut request = url.as_str().into_client_request().unwrap();
    if let Some(origin) = origin {
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
    }
    connect_async(request).await.unwrap().0
}

async fn heard(socket: &mut Socket) -> Value {
    let Some(Ok(Message::Text(text))) = socket.next().await else {
        panic!("it says nothing");
    };
    serde_json::from_str(&text).unwrap()
}

/// Asks, and reads on until this says that it is there.
async fn ask<T>(
    socket: &mut Socket,
    method: &str,
    params: Value,
    is_it: impl Fn(&Value) -> Option<T>,
) -> T {
    let frame = json!({ "id": 1, "method": method, "params": params });
    let sent = socket.send(Message::text(frame.to_string())).await;
    sent.unwrap();
    loop {
        if let Some(found) = is_it(&heard(socket).await) {
            return found;
        }
    }
}

async fn closed(mut socket: Socket) -> u16 {
    match socket.next().await {
        Some(Ok(Message::Close(Some(frame)))) => frame.code.into(),
        other => panic!("not closed: {other:?}"),
    }
}

/// The files below this folder that hold this text, and how many there are.
fn search(folder: &Path, text: &str, found: &mut Vec<String>) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            files += search(&path, text, found);
        } else if kind.is_file() {
            files += 1;
            let bytes = fs::read(&path).unwrap();
            let holds = bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes());
            if holds {
                found.push(path.display().to_string());
            }
        }
    }
    files
}

/// The home gets an owner, as by a link that was followed.
async fn claim(world: &World) {
    let storage = assembly::storage(world).await.unwrap();
    let owner = NewUser {
        id: UserId::owner(),
        login: Some("ada".parse().unwrap()),
        display_name: None,
        email: None,
        role: Role::Owner,
        created_at: SystemClock.now(),
        password: None,
        identity: None,
    };
    storage.users().create(owner).await.unwrap();
    storage.close().await;
}

#[tokio::test]
async fn ws11_it_listens_on_loopback_alone_and_its_token_opens_it() {
    let home = TestHome::new();
    let world = world(&home);
    let running = ours(&world).await;
    assert_eq!(running.address().host_str(), Some("127.0.0.1"));
    assert!(running.token().expose().len() >= 43, "32 bytes");
    let (status, told) = get(&world, &running, "/api/status", None).await;
    assert_eq!(
        (status, &told["auth_required"]),
        (200, &json!(false)),
        "{told}"
    );
    assert_eq!(told["auth_flows"], json!(["token"]), "{told}");
    let token = running.token().expose();
    let path = routes::CONVERSATIONS.path;
    for (given, expected) in [
        (None, 401),
        (Some("another"), 401),
        (Some(""), 401),
        (Some(token), 200),
    ] {
        let (status, _) = get(&world, &running, path, given).await;
        assert_eq!(status, expected, "{given:?}");
    }
    let mut open = socket(&running, token, None).await;
    let ready = heard(&mut open).await;
    assert_eq!(ready["params"]["type"], "gateway.ready", "{ready}");
    assert_eq!(ready["params"]["payload"]["role"], "owner", "{ready}");
    let refused = socket(&running, "another", None).await;
    assert_eq!(closed(refused).await, Close::TokenMismatch.code());
    // Nor does the token help a page of somebody else's.
    let foreign = socket(&running, token, Some("https://evil.example.com")).await;
    assert_eq!(closed(foreign).await, Close::OriginNotAllowed.code());
    open.send(Message::Close(None)).await.unwrap();
    running.end().await;
}

#[tokio::test]
async fn what_the_settings_say_of_addresses_does_not_count() {
    let home = TestHome::new();
    let world = world(&home);
    let text = "[gateway]\nhost = \"0.0.0.0\"\nport = 9119\ntoken_in_page = true\n\
         [gateway.tls]\ncert = \"a.crt\"\nkey = \"a.key\"\n\
         [gateway.proxy]\npublic_url = \"https://gw.example.com\"\n\
         trusted_proxies = [\"10.0.0.0/8\"]\nallowed_hosts = [\"gw.example.com\"]\n\
         allowed_origins = [\"https://chat.example.com\"]\nnon_web_origins = false\n";
    file::write_private(&home.config_toml(), text.as_bytes()).unwrap();
    let running = ours(&world).await;
    let address = running.address();
    assert_eq!(
        (address.scheme(), address.host_str()),
        ("http", Some("127.0.0.1"))
    );
    assert_ne!(address.port(), Some(9119));
    let token = running.token().expose();
    let mut open = socket(&running, token, None).await;
    assert_eq!(
        heard(&mut open).await["params"]["type"],
        json!("gateway.ready")
    );
    let foreign = socket(&running, token, Some("https://chat.example.com")).await;
    assert_eq!(closed(foreign).await, Close::OriginNotAllowed.code());
    let page = world.ports.http.send(Request::get(address.clone())).await;
    let page = String::from_utf8(page.unwrap().body).unwrap();
    assert!(!page.contains(token), "the page holds the token");
    running.end().await;
}

#[tokio::test]
async fn the_second_one_of_a_home_is_told_of_the_first() {
    let home = TestHome::new();
    let world = world(&home);
    let first = ours(&world).await;
    let told = theirs(&world).await;
    assert_eq!(told.address, *first.address());
    assert_eq!(told.status.pid, std::process::id());
    assert!(told.status.gives_way);
    assert!(
        told.token.is_none(),
        "the first one's is in its memory alone"
    );
    // Told of it, and left as it is.
    let token = first.token().expose();
    let path = routes::CONVERSATIONS.path;
    assert_eq!(get(&world, &first, path, Some(token)).await.0, 200);
    let (address, old) = (first.address().clone(), first.token().clone());
    first.end().await;
    let next = ours(&world).await;
    assert!(!next.token().same(&old), "each has its own token");
    assert!(TcpStream::connect(address.authority()).await.is_err());
    next.end().await;
    assert!(!home.gateway_sock().exists());
}

#[tokio::test]
async fn of_two_that_begin_at_once_one_is_told_of_the_other() {
    let home = TestHome::new();
    let world = world(&home);
    let (one, other) = tokio::join!(begin(&world), begin(&world));
    match (one.unwrap(), other.unwrap()) {
        (Begun::Ours(ours), Begun::Theirs(theirs)) | (Begun::Theirs(theirs), Begun::Ours(ours)) => {
            assert_eq!(theirs.address, *ours.address());
            ours.end().await;
        }
        both => panic!("not one of each: {both:?}"),
    }
}

#[tokio::test]
async fn it_gives_way_to_one_that_is_there_for_others() {
    let home = TestHome::new();
    let world = world(&home);
    let running = ours(&world).await;
    let mut open = socket(&running, running.token().expose(), None).await;
    heard(&mut open).await;
    let yielded = asked(&world, &YieldParams {}).await.unwrap();
    assert!(yielded.unwrap().yields);
    running.wait().await;
    assert_eq!(closed(open).await, Close::Restart.code());
    // The next one stands in for `hermes serve`: it has an address as well.
    let next = ours(&world).await;
    let found = successor(&world).await.unwrap();
    assert_eq!(found.address, *next.address());
    next.end().await;
}

#[tokio::test]
async fn a_turn_that_runs_at_the_end_is_kept_as_far_as_it_came() {
    let (home, models) = (TestHome::new(), FakeModels::start().await);
    let world = world(&home);
    let text = format!(
        "[model]\nbase_url = \"{}\"\ndefault = \"demo\"\ntitles = false\n",
        models.base_url()
    );
    file::write_private(&home.config_toml(), text.as_bytes()).unwrap();
    let running = ours(&world).await;
    let mut open = socket(&running, running.token().expose(), None).await;
    let id = |frame: &Value| frame["result"]["session_id"].as_str().map(str::to_owned);
    let id = ask(&mut open, "session.create", json!({}), id).await;
    models.then(Answer::says(Saying::new("One").stalling()));
    let prompt = json!({ "session_id": id, "text": "Hello" });
    let begun = |frame: &Value| (frame["params"]["type"] == "message.delta").then_some(());
    ask(&mut open, "prompt.submit", prompt, begun).await;
    running.end().await;

    let next = ours(&world).await;
    let token = Some(next.token().expose());
    let (_, listed) = get(&world, &next, routes::CONVERSATIONS.path, token).await;
    let id = listed["sessions"][0]["id"].as_str().unwrap();
    let path = format!("/api/sessions/{id}/messages");
    let (_, kept) = get(&world, &next, &path, token).await;
    assert_eq!(kept["messages"][1]["content"], json!("One"), "{kept}");
    next.end().await;
}

#[tokio::test]
async fn a_chats_gateway_gives_way_to_it() {
    let home = TestHome::new();
    let world = world(&home);
    let chat = Hosted::begin(&world).await.unwrap().unwrap();
    let running = ours(&world).await;
    chat.end().await;
    let told = theirs(&world).await;
    assert_eq!(told.address, *running.address());
    running.end().await;
}

#[tokio::test]
async fn one_that_is_dropped_stops_and_frees_its_place() {
    let home = TestHome::new();
    let world = world(&home);
    drop(ours(&world).await);
    // It is ending by now, and the next one waits for that.
    ours(&world).await.end().await;
}

#[tokio::test]
async fn a_home_with_an_owner_opens_by_the_token_and_by_nothing_else() {
    let home = TestHome::new();
    let world = world(&home);
    claim(&world).await;
    let running = ours(&world).await;
    let (_, told) = get(&world, &running, "/api/status", None).await;
    assert_eq!(told["auth_flows"], json!(["token"]), "{told}");
    let path = routes::CONVERSATIONS.path;
    assert_eq!(get(&world, &running, path, None).await.0, 401);
    let token = running.token().expose();
    assert_eq!(get(&world, &running, path, Some(token)).await.0, 200);
    let mut open = socket(&running, token, None).await;
    let ready = heard(&mut open).await;
    assert_eq!(
        ready["params"]["payload"]["user_id"],
        json!(UserId::owner().to_string())
    );
    running.end().await;
    let storage = assembly::storage(&world).await.unwrap();
    assert_eq!(storage.users().list().await.unwrap().len(), 1);
    storage.close().await;
}

#[test]
fn identity_providers_stay_known_for_the_sessions_that_hang_on_them() {
    let home = TestHome::new();
    let world = world(&home);
    let text = "[[gateway.oidc]]\nissuer = \"https://id.example.com\"\nclient_id = \"hermes\"\n\
         allow_domains = [\"example.com\"]\n";
    let found = Found::of_text(Some(text), &world, &Flags::default());
    let settings = inside(found.into_settings(&world).unwrap());
    assert_eq!(settings.issuers.len(), 1);
}

/// What all tests of this process log, in memory.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

/// The log. A process has one, so that every test begins it.
fn log() -> &'static Log {
    static LOG: OnceLock<Log> = OnceLock::new();
    LOG.get_or_init(|| {
        let log = Log::default();
        let writer = log.clone();
        let hears = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_writer(move || writer.clone())
            .finish();
        tracing::subscriber::set_global_default(hears).unwrap();
        log
    })
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn lg1_the_token_is_in_no_file_no_log_and_no_debug_output() {
    let home = TestHome::new();
    let world = world(&home);
    claim(&world).await;
    let running = ours(&world).await;
    let token = running.token().expose().to_owned();
    let mut open = socket(&running, &token, None).await;
    heard(&mut open).await;
    let status = get(&world, &running, "/api/status", Some(&token)).await;
    let told = format!("{running:?} {status:?} {:?}", theirs(&world).await);
    assert!(!told.contains(&token), "{told}");
    let mut found = Vec::new();
    assert!(search(&home.user_home(), &token, &mut found) >= 3);
    running.end().await;
    search(&home.user_home(), &token, &mut found);
    assert_eq!(found, [""; 0]);
    let log = log().0.lock().unwrap_or_else(PoisonError::into_inner);
    let log = String::from_utf8_lossy(&log);
    assert!(log.contains("gateway ended"), "{log}");
    let ours = log.lines().filter(|line| line.contains("hermes_"));
    let telling: Vec<_> = ours.filter(|line| line.contains(&token)).collect();
    assert!(telling.is_empty(), "{telling:?}");
}

#[tokio::test]
async fn settings_that_are_not_good_are_told() {
    let home = TestHome::new();
    let world = world(&home);
    file::write_private(&home.config_toml(), b"[gateway]\nport = \"many\"\n").unwrap();
    let failure = begin(&world).await.err().unwrap();
    assert_eq!(failure.code, Code::ConfigInvalid);
    assert!(!home.gateway_sock().exists());
}
