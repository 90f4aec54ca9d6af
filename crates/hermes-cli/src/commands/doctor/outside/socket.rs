use futures_util::StreamExt as _;
use hermes_machine::http::{Connection, HttpError, Request, Visitor};
use hermes_protocol::{close::Close, routes};
use hermes_secret::{LABEL_LIMIT, plain};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        handshake::{client::generate_key, derive_accept_key},
        protocol::Role,
    },
};
use url::Url;

use super::{
    super::Finding,
    PATIENCE, answer, below, header, prefix,
    proxy::{Line, Proxy, change},
};

/// What became of the request for a socket.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// The gateway closed it, with this code and reason.
    Closed(u16, String),
    /// There was an answer, and no socket.
    Status(u16),
    /// The socket opened, and then there was nothing that a gateway says.
    Odd(String),
}

/// What became of an upgrade.
pub(super) enum Opened {
    /// It is open, as far as that can be told.
    Socket(Box<WebSocketStream<Box<dyn Connection>>>),
    /// It is not.
    No(Met),
}

/// Asks for a socket without a ticket, and listens to its first word. Whoever gets as far as the gateway
/// is told so: it takes every upgrade, and refuses by the code of its close frame.
pub(super) async fn first(visitor: &Visitor, url: &Url) -> Met {
    let first = async {
        let mut socket = match open(visitor, url, &[]).await? {
            Opened::Socket(socket) => socket,
            Opened::No(met) => return Ok(met),
        };
        Ok(match visitor.within(url, PATIENCE, socket.next()).await? {
            Some(Ok(Message::Close(Some(close)))) => {
                Met::Closed(close.code.into(), plain(close.reason.as_str(), LABEL_LIMIT))
            }
            Some(Err(error)) => Met::Odd(plain(&error.to_string(), LABEL_LIMIT)),
            Some(Ok(_)) => Met::Odd("it speaks before it knows who is there".to_owned()),
            None => Met::Odd("it ends without a word".to_owned()),
        })
    };
    first
        .await
        .unwrap_or_else(|error: HttpError| Met::Odd(error.to_string()))
}

/// Asks for a socket as a page of the gateway does.
pub(super) async fn open(
    visitor: &Visitor,
    url: &Url,
    query: &[(&str, &str)],
) -> Result<Opened, HttpError> {
    let key = generate_key();
    let mut address = below(url, routes::SOCKET.path);
    if !query.is_empty() {
        address.query_pairs_mut().extend_pairs(query);
    }
    let request = Request::get(address)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", key.as_str())
        .header("origin", url.origin().ascii_serialization())
        .within(PATIENCE);
    let visit = visitor.ask(request).await?;
    let accepted =
        header(&visit, "sec-websocket-accept") == Some(&derive_accept_key(key.as_bytes()));
    let Some(connection) = visit.upgraded else {
        return Ok(Opened::No(Met::Status(visit.status)));
    };
    if !accepted {
        let why = "the answer is to another request";
        return Ok(Opened::No(Met::Odd(why.to_owned())));
    }
    let socket = WebSocketStream::from_raw_socket(connection, Role::Client, None).await;
    Ok(Opened::Socket(Box::new(socket)))
}

/// What that means.
pub(super) fn finding(met: &Met, knows_scheme: bool, url: &Url, proxy: Option<Proxy>) -> Finding {
    let line = |line| change(proxy, line, prefix(url));
    let (code, reason) = match met {
        Met::Closed(code, reason) => (*code, reason.as_str()),
        Met::Status(status) => {
            let evidence = format!(
                "a WebSocket does not get through: the request for one is answered with status {status}"
            );
            return Finding::broken("socket", evidence, line(Line::Upgrade));
        }
        Met::Odd(why) => {
            let evidence = format!("a WebSocket does not get through: {why}");
            return Finding::broken("socket", evidence, line(Line::Upgrade));
        }
    };
    let evidence = format!("the gateway closes a WebSocket with {code} `{reason}`");
    let known = Close::ALL.iter().copied();
    let why = known
        .clone()
        .find(|it| (it.code(), it.reason()) == (code, reason));
    match why {
        Some(Close::NoCredential | Close::Unclaimed) => Finding::fine(
            "socket",
            format!("a WebSocket gets through: it is closed with {code} `{reason}`, as it should"),
        ),
        Some(Close::OriginNotAllowed) if !knows_scheme => {
            Finding::broken("socket", evidence, answer::scheme_line(url, proxy))
        }
        Some(Close::OriginNotAllowed | Close::HostNotAllowed) => {
            let next = format!("{}\nor {}", line(Line::Host), answer::public_url(url));
            Finding::broken("socket", evidence, next)
        }
        Some(_) => Finding::warning("socket", evidence, "hermes guide gateway-security"),
        None => Finding::broken(
            "socket",
            format!("something closes a WebSocket with {code} `{reason}`, and not the gateway"),
            line(Line::Upgrade),
        ),
    }
}
