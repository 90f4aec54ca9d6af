mod arrivals;
mod binding;
mod limits;
mod requests;
mod shown;

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::join_all;
use hermes_machine::{
    BoxFuture,
    http::{Http, HttpError, Request, Response},
};
use hermes_oauth::{Answer, Attempt, Client, Ports, Registration, Verdict};
use hermes_providers::Table;
use hermes_testkit::{FakeBrowser, FixedRandom, MovedClock, Page};
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
};
use url::Url;

use super::{request::Received, *};
use crate::Arrival;

/// These tests never ask the provider.
struct NoNetwork;

impl Http for NoNetwork {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async { Err(HttpError::Setup("no network".to_owned())) })
    }
}

/// An xAI sign-in whose listener is open.
struct Open<'a> {
    attempt: &'a Attempt,
    callback: &'a Callback<'a>,
    clock: &'a MovedClock,
    strays: &'a Mutex<Vec<String>>,
    arrivals: &'a Mutex<Vec<Arrival>>,
}

impl Open<'_> {
    fn uri(&self, query: &str) -> Url {
        let mut uri = self.attempt.redirect_uri.clone();
        uri.set_query(Some(query));
        uri
    }

    fn elsewhere(&self, path: &str) -> Url {
        self.attempt.redirect_uri.join(path).unwrap()
    }

    fn state(&self) -> &str {
        self.attempt.state().expose()
    }

    fn valid(&self) -> Url {
        self.uri(&format!("code=the-code&state={}", self.state()))
    }

    async fn get(&self, url: &Url) -> Page {
        self.send("GET", url, &[]).await
    }

    async fn send(&self, method: &str, url: &Url, headers: &[(&str, &str)]) -> Page {
        FakeBrowser.send(method, url, headers).await.unwrap()
    }

    /// Sends these bytes and reads what comes, until the other side closes.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        // A connection that is reset has been refused as well.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    async fn connect(&self) -> TcpStream {
        let port = self.attempt.redirect_uri.port().unwrap();
        TcpStream::connect(("127.0.0.1", port)).await.unwrap()
    }

    fn is_open(&self) -> bool {
        use futures_util::FutureExt as _;
        self.callback.answered().now_or_never().is_none()
    }
}

/// Opens a listener and runs the test beside it.
async fn opened<T>(test: impl AsyncFnOnce(&Open<'_>) -> T) -> T {
    let table = Table::load(None).unwrap();
    let provider = table.get("xai-oauth").unwrap();
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let random = FixedRandom::seeded(1);
    let ports = Ports {
        http: Arc::new(NoNetwork),
        clock: clock.clone(),
        random: random.clone(),
    };
    let listener = Listener::bind("127.0.0.1", PortChoice::Exactly(0)).unwrap();
    let uri = format!("http://127.0.0.1:{}/callback", listener.port());
    let uri = Url::parse(&uri).unwrap();
    let attempt = Client::from_table(provider, &Registration::default(), ports)
        .unwrap()
        .begin(&uri)
        .unwrap();
    let strays = Mutex::new(Vec::new());
    let judge = |answer: &Answer| -> Verdict { attempt.judge(answer) };
    let stray = |what| strays.lock().unwrap().push(what);
    let names = pages::Names {
        provider: "xAI".to_owned(),
        host: "build7".to_owned(),
        retry: Some("hermes auth add xai-oauth".to_owned()),
    };
    let door = door(&uri, provider);
    let arrivals = Mutex::new(Vec::new());
    let arrived = |arrival| arrivals.lock().unwrap().push(arrival);
    let ears = Ears {
        stray: &stray,
        arrived: &arrived,
    };
    let callback = Callback::new(door, names, &judge, ears, &*clock, &*random);
    let open = Open {
        attempt: &attempt,
        callback: &callback,
        clock: &clock,
        strays: &strays,
        arrivals: &arrivals,
    };
    tokio::select! {
        result = test(&open) => result,
        never = listener.serve(&callback) => match never {},
    }
}

fn code(taken: &Taken) -> String {
    match taken {
        Taken::Code(code) => format!("{code:?}"),
        Taken::Denied { error, .. } => format!("denied {error}"),
    }
}

fn signed_in() -> Ending {
    Ending::SignedIn {
        account: Some("ada@example.org".to_owned()),
    }
}

/// Method, address, headers, and the status of the answer.
type Row = (&'static str, Url, Vec<(&'static str, &'static str)>, u16);

/// Requests that must never end, change or corrupt the sign-in.
fn strays(open: &Open<'_>) -> Vec<Row> {
    let state = open.state();
    let plain = |query: &str| ("GET", open.uri(query), Vec::new(), 400);
    let mut rows = vec![
        plain(""),
        plain("code=the-code"),
        plain(&format!("state={state}")),
        plain(&format!("code=&state={state}")),
        plain("code=the-code&state="),
        plain("code=the-code&state=wrong"),
        plain(&format!("code=the-code&state={}", &state[1..])),
        plain(&format!("code=the-code&state={state}x")),
        plain(&format!("code=the-code&state={state}&state={state}")),
        plain(&format!("code=the-code&code=other&state={state}")),
        plain("error=access_denied"),
        plain("error=access_denied&state=wrong"),
        plain(&format!(
            "code=the-code&state={state}&iss=https://evil.test"
        )),
        plain(&format!("access_token=at&code=c&state={state}")),
        ("GET", open.elsewhere("/favicon.ico"), Vec::new(), 404),
        ("GET", open.elsewhere("/"), Vec::new(), 404),
        ("GET", open.elsewhere("/callback/?code=x"), Vec::new(), 404),
        ("GET", open.elsewhere("/Callback?code=x"), Vec::new(), 404),
        ("GET", open.elsewhere("/done/guess"), Vec::new(), 404),
        ("GET", open.elsewhere("/done/"), Vec::new(), 404),
    ];
    for method in ["POST", "PUT", "DELETE", "PATCH", "TRACE"] {
        rows.push((method, open.valid(), Vec::new(), 405));
    }
    rows.push(("HEAD", open.valid(), Vec::new(), 200));
    rows.push(("HEAD", open.elsewhere("/x"), Vec::new(), 404));
    rows.push(("OPTIONS", open.valid(), Vec::new(), 204));
    rows.push(("POST", open.elsewhere("/x"), Vec::new(), 404));
    for header in [
        ("sec-purpose", "prefetch"),
        ("sec-purpose", "prefetch;prerender"),
        ("purpose", "prefetch"),
        ("x-moz", "prefetch"),
        ("x-purpose", "preview"),
    ] {
        rows.push(("GET", open.valid(), vec![header], 503));
    }
    rows.push(("GET", open.valid(), vec![("host", "evil.test")], 421));
    rows
}
