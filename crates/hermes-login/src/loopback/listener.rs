use std::{
    collections::VecDeque,
    convert::Infallible,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt as _, future::poll_fn, stream::FuturesUnordered};
use http_body_util::{BodyExt as _, Limited};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::oneshot,
};

use super::{callback::Callback, owner, request::Head};
use crate::Arrival;

/// The most bytes of a head.
const HEAD_LIMIT: usize = 8 * 1024;
/// The most bytes of a body that are read in order to answer in peace; no body is looked at.
const BODY_LIMIT: usize = 64 * 1024;
/// The time for a head to arrive.
const HEAD_TIME: Duration = Duration::from_secs(10);
/// The time for the rest: the page that follows waits for the exchange.
const REPLY_TIME: Duration = Duration::from_secs(30);
/// The most connections at once.
const CONNECTIONS: usize = 16;
/// How often another port is drawn, when both families need the same.
const DRAWS: usize = 16;
/// The pause after a failed accept: the machine has no descriptors left, most likely.
const PAUSE: Duration = Duration::from_millis(100);

/// Which port to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PortChoice {
    /// This one: the redirect URI is registered with it, or the person named it.
    Exactly(u16),
    /// This one, or one that the system chooses.
    Preferably(u16),
}

/// Why nothing listens.
#[derive(Debug)]
pub(crate) enum BindError {
    /// Another process has the port.
    Busy {
        /// Host and port.
        address: String,
        /// The process, where the system tells.
        owner: Option<String>,
    },
    /// Anything else.
    Failed {
        /// Host and port.
        address: String,
        /// What the system said.
        source: io::Error,
    },
}

/// A socket on this machine's loopback, and nowhere else. Dropping it frees the port.
#[derive(Debug)]
pub(crate) struct Listener {
    sockets: Vec<TcpListener>,
    port: u16,
}

impl Listener {
    /// Takes the port on 127.0.0.1, on ::1 if the host says so, or on both for `localhost`, of
    /// which nobody knows what a browser makes of it.
    pub(crate) fn bind(host: &str, choice: PortChoice) -> Result<Self, BindError> {
        let families = families(host);
        match choice {
            PortChoice::Exactly(port) => {
                take(families, port).map_err(|error| explain(host, port, error))
            }
            PortChoice::Preferably(port) => take(families, port)
                .or_else(|_| draw(families))
                .map_err(|error| explain(host, port, error)),
        }
    }

    /// The port that was taken.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Serves until it is dropped, and every connection with it. It never ends by itself.
    pub(crate) async fn serve(&self, callback: &Callback<'_>) -> Infallible {
        let mut connections = FuturesUnordered::new();
        let mut open = VecDeque::<Open>::new();
        let mut next = 0_u64;
        loop {
            tokio::select! {
                accepted = self.accept() => match accepted {
                    Ok(stream) => {
                        if open.len() >= CONNECTIONS {
                            make_room(&mut open);
                        }
                        let (close, closed) = oneshot::channel();
                        let complete = Arc::new(AtomicBool::new(false));
                        next += 1;
                        open.push_back(Open { id: next, complete: Arc::clone(&complete), _close: close });
                        let id = next;
                        connections.push(async move {
                            converse(stream, callback, &complete, closed).await;
                            id
                        });
                    }
                    Err(_) => callback.clock().sleep(PAUSE).await,
                },
                Some(id) = connections.next(), if !connections.is_empty() => {
                    open.retain(|connection| connection.id != id);
                }
            }
        }
    }

    #[cfg(test)]
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        let addresses = self.sockets.iter().map(TcpListener::local_addr);
        addresses.map(Result::unwrap).collect()
    }

    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        poll_fn(|context| {
            for socket in &self.sockets {
                if let std::task::Poll::Ready(accepted) = socket.poll_accept(context) {
                    return std::task::Poll::Ready(accepted.map(|(stream, _)| stream));
                }
            }
            std::task::Poll::Pending
        })
        .await
    }
}

/// A connection that is open. Dropping it closes the connection.
struct Open {
    id: u64,
    /// Whether its head has arrived.
    complete: Arc<AtomicBool>,
    _close: oneshot::Sender<Infallible>,
}

/// Closes the oldest connection that has said nothing yet, so that slow clients cannot keep the
/// browser out; the oldest at all if every one is being answered.
fn make_room(open: &mut VecDeque<Open>) {
    let silent = open
        .iter()
        .position(|connection| !connection.complete.load(Ordering::Relaxed));
    open.remove(silent.unwrap_or(0));
}

/// One request, one answer.
async fn converse(
    stream: TcpStream,
    callback: &Callback<'_>,
    complete: &AtomicBool,
    closed: oneshot::Receiver<Infallible>,
) {
    let busy = Mutex::new(None);
    let service = service_fn(|request: Request<Incoming>| {
        complete.store(true, Ordering::Relaxed);
        let mut guard = callback.begin();
        let busy = &busy;
        async move {
            let (parts, body) = request.into_parts();
            if parts.method != hyper::Method::GET {
                // Unread bytes would make the system cut the connection before the answer is read.
                // Whether that works is the client's affair.
                let _ = Limited::new(body, BODY_LIMIT).collect().await;
            }
            let headers = parts.headers.iter().map(|(name, value)| {
                // A value that is no text matches nothing that we look for.
                (name.as_str(), value.to_str().unwrap_or("\u{fffd}"))
            });
            let head = Head {
                method: parts.method.as_str(),
                authority: parts
                    .uri
                    .authority()
                    .map(hyper::http::uri::Authority::as_str),
                path: parts.uri.path(),
                query: parts.uri.query(),
                headers: headers.collect(),
            };
            let reply = callback.reply(&head, &mut guard).await;
            // Kept until the connection has ended, when the answer has left.
            if let Ok(mut busy) = busy.lock() {
                *busy = Some(guard);
            }
            Ok::<_, Infallible>(reply)
        }
    });
    let opening = Opening::new(&stream, callback);
    let exchange = async {
        if opening.heard(&stream).await {
            let exchange = http1::Builder::new()
                .keep_alive(false)
                .half_close(true)
                .max_buf_size(HEAD_LIMIT)
                .header_read_timeout(None)
                .serve_connection(TokioIo::new(stream), service);
            // A client that breaks off needs nothing from us.
            let _ = exchange.await;
        }
    };
    let deadline = async {
        callback.clock().sleep(HEAD_TIME).await;
        if complete.load(Ordering::Relaxed) {
            callback.clock().sleep(REPLY_TIME).await;
        }
    };
    tokio::select! {
        () = exchange => {}
        () = deadline => {}
        _ = closed => {}
    }
}

/// The first moments of a connection. If it ends before a byte has come, that is told as well,
/// whatever ended it.
struct Opening<'a> {
    callback: &'a Callback<'a>,
    spoke: AtomicBool,
}

impl<'a> Opening<'a> {
    fn new(stream: &TcpStream, callback: &'a Callback<'a>) -> Self {
        let ipv6 = stream.local_addr().is_ok_and(|address| address.is_ipv6());
        callback.arrived(Arrival::Connected { ipv6 });
        Self {
            callback,
            spoke: AtomicBool::new(false),
        }
    }

    /// Waits for the first byte and leaves it where it is. `false` if none will come.
    async fn heard(&self, stream: &TcpStream) -> bool {
        let mut first = [0; 2];
        match stream.peek(&mut first).await {
            Ok(0) | Err(_) => return false,
            // A TLS record of the handshake, version 3.x. What the browser gets is an answer in
            // plain text all the same, at which it may fall back to http.
            Ok(_) if first[0] == 0x16 && matches!(first[1], 0 | 3) => {
                self.callback.arrived(Arrival::Tls);
            }
            Ok(_) => {}
        }
        self.spoke.store(true, Ordering::Relaxed);
        true
    }
}

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        if !self.spoke.load(Ordering::Relaxed) {
            self.callback.arrived(Arrival::Silent);
        }
    }
}

/// The families that a host stands for; the first is indispensable.
fn families(host: &str) -> &'static [SocketAddr] {
    const V4: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    const V6: SocketAddr = SocketAddr::new(IpAddr::V6(Ipv6Addr::LOCALHOST), 0);
    match host {
        "localhost" => &[V4, V6],
        "[::1]" | "::1" => &[V6],
        _ => &[V4],
    }
}

/// Takes one port in every family that the machine has.
fn take(families: &[SocketAddr], port: u16) -> io::Result<Listener> {
    let mut sockets = Vec::new();
    let mut port = port;
    for address in families {
        let mut address = *address;
        address.set_port(port);
        match socket(address) {
            Ok(socket) => {
                port = socket.local_addr()?.port();
                sockets.push(socket);
            }
            // A machine without IPv6 has no browser that would try it.
            Err(error) if !sockets.is_empty() && is_absent(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(Listener { sockets, port })
}

/// Lets the system choose. A second family may find the port taken; then another one is drawn.
fn draw(families: &[SocketAddr]) -> io::Result<Listener> {
    let mut drawn = take(families, 0);
    for _ in 1..DRAWS {
        match &drawn {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => drawn = take(families, 0),
            _ => break,
        }
    }
    drawn
}

/// A socket of its own: neither address nor port is shared, so nobody else can listen there before
/// or while we do.
///
/// One thing stands in the way: connections of the last sign-in linger in the system for a minute
/// and count as users of the port. Where the system tells that nobody listens there, the address is
/// taken in spite of them; for that our own connections must allow it, which they inherit. On Linux
/// none of this admits a second listener; elsewhere it may, so it is not done there.
fn socket(address: SocketAddr) -> io::Result<TcpListener> {
    let new = || match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    };
    let socket = new()?;
    let bound = match socket.bind(address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            if owner::is_listening(address.port()) != Some(false) {
                return Err(error);
            }
            let socket = new()?;
            socket.set_reuseaddr(true)?;
            socket.bind(address)?;
            socket
        }
        Err(error) => return Err(error),
        Ok(()) => socket,
    };
    let listener = bound.listen(64)?;
    if std::env::consts::OS == "linux" {
        rustix::net::sockopt::set_socket_reuseaddr(&listener, true)?;
    }
    Ok(listener)
}

fn is_absent(error: &io::Error) -> bool {
    // EAFNOSUPPORT has no kind of its own.
    matches!(
        error.kind(),
        io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported
    ) || error.raw_os_error() == Some(rustix::io::Errno::AFNOSUPPORT.raw_os_error())
}

fn explain(host: &str, port: u16, error: io::Error) -> BindError {
    let address = format!("{host}:{port}");
    if error.kind() == io::ErrorKind::AddrInUse {
        let owner = owner::of(port);
        BindError::Busy { address, owner }
    } else {
        BindError::Failed {
            address,
            source: error,
        }
    }
}
