//! A client of a gateway, for what measures it and what shows it: requests on kept connections, sign-ins,
//! tickets, sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use futures_util::StreamExt as _;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// A socket to a server.
pub(crate) type Socket = WebSocketStream<TcpStream>;

/// Somebody who asks: from where, and with what.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// The address on loopback that their connections come from.
    pub(crate) from: Ipv4Addr,
    credential: Option<(HeaderName, HeaderValue)>,
}

/// A name, its password, and the sign-in method.
pub(crate) struct Login<'a> {
    pub(crate) method: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
}

impl Person {
    /// Somebody without a credential.
    pub(crate) const fn nobody(from: Ipv4Addr) -> Self {
        let credential = None;
        Self { from, credential }
    }

    /// The holder of token mode's token.
    pub(crate) fn holder(from: Ipv4Addr, token: &str) -> Result<Self> {
        let name = HeaderName::from_static("x-hermes-session-token");
        let credential = Some((name, HeaderValue::from_str(token)?));
        Ok(Self { from, credential })
    }

    /// Somebody with these cookies.
    pub(crate) fn with_cookies(from: Ipv4Addr, cookies: &str) -> Result<Self> {
        let credential = Some((header::COOKIE, HeaderValue::from_str(cookies)?));
        Ok(Self { from, credential })
    }

    /// An app with this token.
    pub(crate) fn with_bearer(from: Ipv4Addr, token: &str) -> Result<Self> {
        let value = HeaderValue::from_str(&format!("Bearer {token}"))?;
        let credential = Some((header::AUTHORIZATION, value));
        Ok(Self { from, credential })
    }

    /// The same person at another address.
    pub(crate) fn at(&self, from: Ipv4Addr) -> Self {
        let credential = self.credential.clone();
        Self { from, credential }
    }

    /// Signs somebody in by a password. Who is told to wait, waits, and tries again.
    pub(crate) async fn sign_in(
        server: SocketAddr,
        from: Ipv4Addr,
        login: &Login<'_>,
    ) -> Result<Self> {
        let body = json!({
            "provider": login.method,
            "username": login.name,
            "password": login.password,
            "next": "/",
        });
        let nobody = Self::nobody(from);
        loop {
            let mut client = Client::connect(server, from).await?;
            let mut request = ask(&Method::POST, "/auth/password-login", server, &nobody)?;
            put(&mut request, &body);
            let answer = client.ask(request).await?;
            if let Some(seconds) = answer.retry_after() {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                continue;
            }
            let answer = answer.good()?;
            return Self::with_cookies(from, &answer.cookies()?);
        }
    }
}

/// A request without a body.
pub(crate) fn ask(
    method: &Method,
    path: &str,
    server: SocketAddr,
    person: &Person,
) -> Result<Request<Full<Bytes>>> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, server.to_string());
    if let Some((name, value)) = &person.credential {
        request = request.header(name, value);
    }
    Ok(request.body(Full::default())?)
}

/// Gives a request this body.
pub(crate) fn put(request: &mut Request<Full<Bytes>>, body: &Value) {
    *request.body_mut() = Full::from(body.to_string());
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert(header::CONTENT_TYPE, json);
}

/// One connection, which is kept.
pub(crate) struct Client {
    sender: SendRequest<Full<Bytes>>,
}

impl Client {
    /// Connects from this address.
    pub(crate) async fn connect(server: SocketAddr, from: Ipv4Addr) -> Result<Self> {
        let stream = TokioIo::new(connect(server, from).await?);
        let (sender, connection) = http1::handshake(stream).await?;
        // It ends with its sender, or with an error that the next request meets too.
        tokio::spawn(connection);
        Ok(Self { sender })
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn ask(&mut self, request: Request<Full<Bytes>>) -> Result<Answer> {
        self.sender.ready().await?;
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: body.collect().await?.to_bytes(),
        })
    }

    /// A ticket for a socket of this person.
    pub(crate) async fn ticket(&mut self, server: SocketAddr, person: &Person) -> Result<String> {
        let request = ask(&Method::POST, TICKETS, server, person)?;
        let answer = self.ask(request).await?.good()?;
        let answer: Value = serde_json::from_slice(&answer.body)?;
        let ticket = answer.get("ticket").and_then(Value::as_str);
        ticket.map(str::to_owned).context("no ticket in the answer")
    }
}

/// Where tickets are made.
pub(crate) const TICKETS: &str = "/api/auth/ws-ticket";

/// An answer, read.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// The answer, if it is the one that was hoped for.
    pub(crate) fn good(self) -> Result<Self> {
        let body = String::from_utf8_lossy(&self.body);
        ensure!(self.status.is_success(), "{}: {body}", self.status);
        Ok(self)
    }

    /// Its body.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// How large its body is.
    pub(crate) fn bytes(&self) -> usize {
        self.body.len()
    }

    fn retry_after(&self) -> Option<u64> {
        if self.status != StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        let value = self.headers.get(header::RETRY_AFTER);
        let seconds = value.and_then(|value| value.to_str().ok()?.parse().ok());
        // Upstream does not say how long.
        Some(seconds.unwrap_or(5))
    }

    /// The cookies that it sets, as a client sends them back.
    pub(crate) fn cookies(&self) -> Result<String> {
        let mut pairs = Vec::new();
        for line in self.headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str()?.split(';').next().unwrap_or_default();
            if !pair.ends_with('=') {
                pairs.push(pair);
            }
        }
        ensure!(!pairs.is_empty(), "the sign-in set no cookie");
        Ok(pairs.join("; "))
    }
}

async fn connect(server: SocketAddr, from: Ipv4Addr) -> Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    // With one address for all, the ports of this side would run out.
    socket.bind((from, 0).into())?;
    socket.set_nodelay(true)?;
    Ok(socket.connect(server).await?)
}

/// The buffer of a socket for what arrives. The library's own choice is for servers of a few.
const BUFFER: usize = 1024;

/// Opens a socket with a ticket, and waits until the server says that it is ready.
pub(crate) async fn open(server: SocketAddr, from: Ipv4Addr, ticket: &str) -> Result<Socket> {
    let stream = connect(server, from).await?;
    let request = format!("ws://{server}/api/ws?ticket={ticket}").into_client_request()?;
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(0);
    let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config)).await;
    let (mut socket, _) = opened?;
    match socket.next().await {
        Some(Ok(Message::Text(text))) if text.contains("gateway.ready") => Ok(socket),
        Some(Ok(other)) => bail!("the socket is not ready but says {other}"),
        Some(Err(error)) => Err(error.into()),
        None => bail!("the socket has ended"),
    }
}
