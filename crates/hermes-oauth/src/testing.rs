//! Answers from a list instead of a network, for the unit tests.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use hermes_machine::{
    BoxFuture,
    http::{Body, Http, HttpError, Request, Response},
};
use hermes_providers::{Provider, Table};
use hermes_testkit::{FixedRandom, MovedClock};
use serde_json::Value;
use url::Url;

use crate::{Client, Ports, Registration};

pub(crate) type Canned = Result<Response, HttpError>;

/// Gives the answers in order and remembers the requests.
pub(crate) struct CannedHttp {
    answers: Mutex<VecDeque<Canned>>,
    sent: Mutex<Vec<Request>>,
}

impl CannedHttp {
    pub(crate) fn new(answers: impl IntoIterator<Item = Canned>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            sent: Mutex::default(),
        })
    }

    pub(crate) fn sent(&self) -> Vec<Request> {
        self.sent.lock().unwrap().clone()
    }

    pub(crate) fn urls(&self) -> Vec<String> {
        let sent = self.sent();
        sent.iter().map(|request| request.url.to_string()).collect()
    }

    /// The fields of the form that was sent as the n-th request.
    pub(crate) fn form(&self, n: usize) -> Vec<(String, String)> {
        match &self.sent()[n].body {
            Body::Form(text) => url::form_urlencoded::parse(text.as_bytes())
                .into_owned()
                .collect(),
            other => panic!("not a form: {other:?}"),
        }
    }
}

impl Http for CannedHttp {
    fn send(&self, request: Request) -> BoxFuture<'_, Canned> {
        self.sent.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move { answer.expect("a request that no answer is there for") })
    }
}

pub(crate) fn json(status: u16, value: &Value) -> Canned {
    body(status, "application/json", &value.to_string())
}

pub(crate) fn body(status: u16, kind: &str, text: &str) -> Canned {
    Ok(Response {
        status,
        media_type: Some(kind.to_owned()),
        retry_after: None,
        date: None,
        set_cookies: Vec::new(),
        body: text.as_bytes().to_vec(),
    })
}

pub(crate) fn status(status: u16) -> Canned {
    body(status, "text/plain", "")
}

pub(crate) fn wait(seconds: u64) -> Canned {
    let response = status(429)?;
    Ok(Response {
        retry_after: Some(Duration::from_secs(seconds)),
        ..response
    })
}

pub(crate) fn not_sent() -> Canned {
    Err(HttpError::NotSent {
        host: "a.test".to_owned(),
        reason: "connection refused".to_owned(),
    })
}

pub(crate) fn broken() -> Canned {
    Err(HttpError::Broken {
        host: "a.test".to_owned(),
    })
}

pub(crate) fn timed_out() -> Canned {
    Err(HttpError::TimedOut {
        host: "a.test".to_owned(),
        limit: Duration::from_secs(20),
    })
}

/// Ports over these answers, with a clock on which every sleep completes at once.
pub(crate) fn ports(http: &Arc<CannedHttp>) -> (Ports, Arc<MovedClock>) {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    clock.set_automatic();
    let ports = Ports {
        http: Arc::clone(http) as _,
        clock: Arc::clone(&clock) as _,
        random: FixedRandom::seeded(7),
    };
    (ports, clock)
}

/// An entry of the built-in table.
pub(crate) fn provider(id: &str) -> Provider {
    Table::load(None).unwrap().get(id).unwrap().clone()
}

/// A standard provider at `https://a.test`, with everything in the table.
pub(crate) fn standard() -> Provider {
    let text = r#"
        [provider.acme]
        name = "Acme"
        flows = ["loopback", "paste", "device"]
        issuer = "https://a.test"
        hosts = ["a.test"]
        client_id = "c1"
        scope = "openid offline_access"
        loopback = { host = "127.0.0.1", port = 56121, path = "/callback", any_port = true }
        [provider.acme.endpoints]
        authorization = "https://a.test/authorize?tenant=7"
        token = "https://a.test/token"
        device = "https://a.test/device"
        revocation = "https://a.test/revoke"
        userinfo = "https://a.test/userinfo"
    "#;
    Table::load(Some(text))
        .unwrap()
        .get("acme")
        .unwrap()
        .clone()
}

/// A client of this provider over these answers.
pub(crate) fn client(provider: &Provider, http: &Arc<CannedHttp>) -> (Client, Arc<MovedClock>) {
    let (ports, clock) = ports(http);
    let registration = Registration {
        client_id: provider.client_id.is_none().then(|| "mine".to_owned()),
        scope: None,
    };
    let client = Client::from_table(provider, &registration, ports).unwrap();
    (client, clock)
}

pub(crate) fn callback() -> Url {
    Url::parse("http://127.0.0.1:56121/callback").unwrap()
}

/// A JWT with these claims and no signature worth the name.
pub(crate) fn jwt(claims: &Value) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    format!(
        "{}.{}.c2ln",
        part(r#"{"alg":"none"}"#),
        part(&claims.to_string())
    )
}
