//! The way to a gateway over the network: by the one HTTP client, so that proxies, authorities and what
//! may go without TLS are the same for a socket as for everything else. Nothing follows a redirect, and
//! what signs somebody in goes to the gateway's own address alone (checklist WS12).

mod errand;
mod socket;
mod trial;

use std::{sync::Arc, time::Duration};

use hermes_machine::{
    BoxFuture, Clock, Environment,
    http::{Body, HeaderMap, Http, HttpError, Request, Response, Visit, Visitor},
};
use hermes_protocol::{close::Close, routes};
use hermes_secret::Secret;
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};
use url::Url;

use self::socket::Socket;
pub use self::{
    errand::{Answered, Errand, ErrandError},
    trial::{Tick, Tried},
};
use crate::{
    Credential, Door, Happened, Minted, Outage, ProbeError, SecretAddress, Shown, Wire, minted,
    probe,
};

/// How long the gateway may take to give a ticket (facts 5.6).
const MINT: Duration = Duration::from_secs(8);

/// How long it may take to open a socket (facts 5.6).
const OPEN: Duration = Duration::from_secs(15);

/// The way to a gateway over the network.
pub struct Web {
    address: SecretAddress,
    credential: Arc<dyn Credential>,
    http: Arc<dyn Http>,
    visitor: Visitor,
    clock: Arc<dyn Clock>,
}

impl Web {
    /// The way to the gateway at this address, with what signs somebody in there.
    ///
    /// # Errors
    ///
    /// [`HttpError::Setup`], mostly for a CA bundle that cannot be read.
    pub fn new(
        address: SecretAddress,
        credential: Arc<dyn Credential>,
        http: Arc<dyn Http>,
        environment: &Environment,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HttpError> {
        let url = address.at(routes::SOCKET.path);
        Ok(Self {
            visitor: Visitor::new(&url, environment, Arc::clone(&clock))?,
            address,
            credential,
            http,
            clock,
        })
    }

    async fn look(&self) -> Happened {
        match probe(&*self.http, self.address.address()).await {
            Ok(probed) => Happened::Probed(probed.mode),
            Err(error) => unlike(&error),
        }
    }

    /// Asks for a ticket, and once more with what is renewed.
    async fn ask_for_ticket(&self) -> Result<Minted, Happened> {
        let first = self.asked_for_ticket().await?;
        if first.status != 401 {
            return Ok(meant(&first));
        }
        match meant(&first) {
            Minted::SignInNeeded => {}
            other => return Ok(other),
        }
        self.credential.renew().await?;
        Ok(meant(&self.asked_for_ticket().await?))
    }

    async fn asked_for_ticket(&self) -> Result<Response, Happened> {
        let url = self.address.at(routes::WS_TICKET.path);
        let mut request = Request::post(url, Body::Empty).within(MINT);
        request.headers = self.credential.headers().await?;
        let answer = self.http.send(request).await;
        answer.map_err(|error| unanswered(&error))
    }

    async fn open_socket(&self, ticket: Option<Secret>) -> Result<Box<dyn Wire>, Happened> {
        let token = match &ticket {
            Some(_) => None,
            None => Some(self.credential.token().ok_or_else(token_needed)?),
        };
        let shown = match (&ticket, &token) {
            (Some(ticket), _) => Shown::Ticket(ticket),
            (None, Some(token)) => Shown::Token(token),
            (None, None) => return Err(token_needed()),
        };
        let key = generate_key();
        // The client asks by HTTP: `ws` is `http` after the upgrade, and `wss` is `https`.
        let socket = self.address.socket(shown);
        let rest = socket.expose().strip_prefix("ws").unwrap_or_default();
        let url = Url::parse(&format!("http{rest}"));
        let url = url.map_err(|_| Happened::Out(Outage::NotTheGateway))?;
        let request = Request::get(url)
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", key.as_str())
            .within(OPEN);
        let visit = self.visitor.ask(request).await;
        let visit = visit.map_err(|error| unanswered(&error))?;
        let accept = visit.headers.get("sec-websocket-accept");
        let is_ours =
            accept.is_some_and(|accept| *accept == derive_accept_key(key.as_bytes()).as_str());
        match visit {
            Visit {
                upgraded: Some(connection),
                ..
            } if is_ours => {
                let clock = Arc::clone(&self.clock);
                Ok(Box::new(Socket::new(connection, clock).await))
            }
            Visit { status: 403, .. } if self.refuses(token.as_ref()).await => Err(token_needed()),
            visit => Err(not_opened(&visit)),
        }
    }

    /// Whether the gateway takes no such token. Upstream refuses an upgrade with one status whatever it
    /// has against it; a route that wants the token tells a wrong one from a wrong address.
    async fn refuses(&self, token: Option<&Secret>) -> bool {
        let Some(token) = token else {
            return false;
        };
        let mut url = self.address.at(routes::CONVERSATIONS.path);
        url.set_query(Some("limit=1"));
        let request = Request::get(url)
            .header(routes::header::SESSION_TOKEN, token.expose())
            .within(MINT);
        let answer = self.http.send(request).await;
        answer.is_ok_and(|answer| answer.status == 401 && answer.is_json())
    }
}

impl Door for Web {
    fn probe(&self) -> BoxFuture<'_, Happened> {
        Box::pin(self.look())
    }

    fn mint(&self) -> BoxFuture<'_, Happened> {
        Box::pin(async move {
            match self.ask_for_ticket().await {
                Ok(minted) => Happened::Minted(minted),
                Err(happened) => happened,
            }
        })
    }

    fn open(&self, ticket: Option<Secret>) -> BoxFuture<'_, Result<Box<dyn Wire>, Happened>> {
        Box::pin(self.open_socket(ticket))
    }
}

/// There is no token, or it is another one: as if the gateway had said so at the socket.
fn token_needed() -> Happened {
    Happened::Closed(Some(Close::TokenMismatch.code()))
}

fn meant(answer: &Response) -> Minted {
    minted(answer.status, answer.retry_after, &answer.body)
}

/// What it means that nobody has answered as a gateway does.
fn unlike(error: &ProbeError) -> Happened {
    match error {
        ProbeError::Http(error) => unanswered(error),
        ProbeError::Other { status, .. } if *status >= 400 => {
            Happened::Out(Outage::Status(*status, None))
        }
        ProbeError::Page { .. } | ProbeError::Other { .. } => Happened::Out(Outage::NotTheGateway),
    }
}

fn unanswered(error: &HttpError) -> Happened {
    match error {
        HttpError::TooLarge { .. } => Happened::Out(Outage::NotTheGateway),
        _ => Happened::Unanswered,
    }
}

/// What an answer means that opens no socket. A refusal says nothing about who has signed in: that the
/// gateway is asked for with each ticket.
fn not_opened(visit: &Visit) -> Happened {
    // What a proxy says while its gateway is away is no JSON.
    let kind = visit.headers.get("content-type");
    let is_json = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if visit.status == 404 && is_json {
        return Happened::TooOld;
    }
    Happened::Out(match visit.status {
        status @ 400.. => Outage::Status(status, pause(&visit.headers)),
        _ => Outage::NotTheGateway,
    })
}

fn pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
