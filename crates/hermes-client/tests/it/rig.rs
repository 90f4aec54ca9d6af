//! A gateway that answers as a test says, and what a client has around it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use hermes_client::{
    GatewayAddress, PlainHttp, SecretAddress,
    sign_in::{News, Onlooker, SignIn},
};
use hermes_login::{Place, PlaceKind};
use hermes_machine::{
    BoxFuture,
    http::{Body, Http, HttpError, Request, Response},
};
use hermes_oauth::Ports;
use hermes_secret::Secret;
use hermes_testkit::{FixedRandom, MovedClock};
use serde_json::Value;
use tokio::sync::{mpsc, watch};

pub(crate) const NOON: &str = "2026-11-23T12:00:00Z";

/// Answers in turn, or by what it is asked, and notes what that was.
#[derive(Default)]
pub(crate) struct FakeGateway {
    answers: Mutex<VecDeque<Result<Response, HttpError>>>,
    asked: Mutex<Vec<Request>>,
}

impl FakeGateway {
    pub(crate) fn new(answers: impl IntoIterator<Item = Result<Response, HttpError>>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            asked: Mutex::default(),
        })
    }

    /// What it was asked: method, URL without its query, and JSON.
    pub(crate) fn asked(&self) -> Vec<(String, Value)> {
        let asked = self.asked.lock().unwrap();
        let row = |request: &Request| {
            let body = match &request.body {
                Body::Json(text) => serde_json::from_str(text).unwrap(),
                Body::Empty => Value::Null,
                Body::Form(_) | Body::Octets(_) => panic!("JSON alone is sent"),
            };
            (request.url.path().to_owned(), body)
        };
        asked.iter().map(row).collect()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.asked().into_iter().map(|(path, _)| path).collect()
    }

    /// The header of this name that the last request had.
    pub(crate) fn shown(&self, name: &str) -> Option<String> {
        let asked = self.asked.lock().unwrap();
        let headers = &asked.last()?.headers;
        let header = headers.iter().find(|(known, _)| *known == name);
        header.map(|(_, value)| value.clone())
    }
}

impl Http for FakeGateway {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        self.asked.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        Box::pin(async move {
            // Others have their turn meanwhile, as with a network.
            tokio::task::yield_now().await;
            answer.unwrap_or_else(nobody)
        })
    }
}

pub(crate) fn nobody() -> Result<Response, HttpError> {
    Err(HttpError::NotSent {
        host: "gw.example.com".to_owned(),
        reason: "refused".to_owned(),
    })
}

pub(crate) fn answer(status: u16, body: &Value) -> Result<Response, HttpError> {
    Ok(Response {
        status,
        media_type: Some("application/json".to_owned()),
        retry_after: None,
        date: None,
        set_cookies: Vec::new(),
        body: body.to_string().into_bytes(),
    })
}

pub(crate) fn page(status: u16) -> Result<Response, HttpError> {
    Ok(Response {
        media_type: Some("text/html".to_owned()),
        body: b"<html>Sign in</html>".to_vec(),
        ..answer(status, &Value::Null)?
    })
}

pub(crate) fn setting(
    answer: Result<Response, HttpError>,
    cookies: &[&str],
) -> Result<Response, HttpError> {
    Ok(Response {
        set_cookies: cookies.iter().map(|line| Secret::new(*line)).collect(),
        ..answer?
    })
}

pub(crate) fn later(
    answer: Result<Response, HttpError>,
    seconds: u64,
) -> Result<Response, HttpError> {
    Ok(Response {
        retry_after: Some(Duration::from_secs(seconds)),
        ..answer?
    })
}

/// Everything that a sign-in has around it.
pub(crate) struct Rig {
    pub(crate) gateway: Arc<FakeGateway>,
    pub(crate) clock: Arc<MovedClock>,
    pub(crate) ports: Ports,
    pub(crate) address: SecretAddress,
    pub(crate) place: Place,
    pub(crate) heard: Heard,
}

impl Rig {
    pub(crate) fn new(answers: impl IntoIterator<Item = Result<Response, HttpError>>) -> Self {
        let gateway = FakeGateway::new(answers);
        let clock = MovedClock::at(NOON);
        Self {
            ports: Ports {
                http: gateway.clone(),
                clock: clock.clone(),
                random: FixedRandom::seeded(7),
            },
            gateway,
            clock,
            address: secret_address("https://gw.example.com"),
            place: place(PlaceKind::Desktop),
            heard: Heard::default(),
        }
    }

    pub(crate) fn sign_in(&self) -> SignIn<'_> {
        SignIn {
            address: &self.address,
            client: "Hermes",
            place: &self.place,
            ports: &self.ports,
            opener: None,
            onlooker: &self.heard,
            retry: Some("hermes connect"),
            provider: None,
        }
    }
}

pub(crate) fn secret_address(text: &str) -> SecretAddress {
    let address = GatewayAddress::parse(text).unwrap();
    address.for_secrets(PlainHttp::Refused).unwrap()
}

pub(crate) fn place(kind: PlaceKind) -> Place {
    Place {
        kind,
        evidence: Vec::new(),
        user: "ada".to_owned(),
        host: "build7".to_owned(),
        ssh: None,
        inside: Vec::new(),
        graphical_browser: match kind {
            PlaceKind::Desktop => Ok(()),
            _ => Err("there is no display".to_owned()),
        },
    }
}

/// What was told during a sign-in, and what is pasted in it.
pub(crate) struct Heard {
    told: watch::Sender<Vec<String>>,
    paste: mpsc::UnboundedSender<String>,
    pastes: tokio::sync::Mutex<mpsc::UnboundedReceiver<String>>,
}

impl Default for Heard {
    fn default() -> Self {
        let (paste, pastes) = mpsc::unbounded_channel();
        Self {
            told: watch::Sender::default(),
            paste,
            pastes: tokio::sync::Mutex::new(pastes),
        }
    }
}

impl Heard {
    pub(crate) fn paste(&self, text: &str) {
        self.paste.send(text.to_owned()).unwrap();
    }

    pub(crate) fn all(&self) -> Vec<String> {
        self.told.borrow().clone()
    }

    /// The address that was to be opened, once it was told.
    pub(crate) async fn address(&self) -> url::Url {
        let mut heard = self.told.subscribe();
        let is_there = |heard: &Vec<String>| heard.iter().any(|line| line.starts_with("http"));
        let lines = heard.wait_for(is_there).await.unwrap();
        let line = lines.iter().find(|line| line.starts_with("http"));
        line.unwrap().parse().unwrap()
    }
}

impl Onlooker for Heard {
    fn tell(&self, news: News<'_>) {
        let line = match news {
            News::Address { url, .. } => url.to_string(),
            News::Code {
                user_code, page, ..
            } => format!("{user_code} at {page}"),
            News::Hint(hint) => hint.command.clone(),
            News::Browser(outcome) => format!("{outcome:?}"),
            News::Stray(what) => what,
            News::PasteRejected(reason) => format!("no: {reason}"),
        };
        self.told.send_modify(|lines| lines.push(line));
    }

    fn pasted(&self) -> BoxFuture<'_, String> {
        Box::pin(async {
            match self.pastes.lock().await.recv().await {
                Some(text) => text,
                None => std::future::pending().await,
            }
        })
    }
}
