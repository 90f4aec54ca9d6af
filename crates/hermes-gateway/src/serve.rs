//! Serving: connections with limits on their size and time, and an end that tells everybody.

mod patience;

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use axum::{
    body::Body,
    extract::{ConnectInfo, Request},
    response::Response,
};
use futures_util::FutureExt as _;
use hermes_machine::BoxFuture;
use http::header;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::task::TaskTracker;
use tower::Service as _;
use tracing::warn;

use self::patience::Patience;
use crate::{Front, forwarded::Peer, gateway::Gateway, routes, site::Scheme, tls::Tls};

/// The most bytes of a request's head, and with it of the buffer of a connection.
const HEAD_LIMIT: usize = 16 * 1024;

/// The most headers of a request.
const HEADERS_LIMIT: usize = 100;

/// How long requests may go on after the gateway began to stop.
pub(crate) const GRACE: Duration = Duration::from_secs(5);

/// The pause after the system refused to accept, mostly for want of descriptors.
pub(crate) const PAUSE: Duration = Duration::from_millis(100);

/// How much at once, and how patiently.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// How many connections are served at once; the next ones wait.
    pub connections: usize,
    /// How long a client may take to send the head of its next request.
    pub head_timeout: Duration,
}

impl Capacity {
    /// So many connections, with the patience that suits clients over any network.
    pub const fn of(connections: usize) -> Self {
        Self {
            connections,
            head_timeout: Duration::from_secs(10),
        }
    }
}

/// Where connections come in.
pub struct Door {
    /// Who takes them.
    pub listener: TcpListener,
    /// The certificate, where the gateway itself speaks TLS.
    pub tls: Option<Arc<Tls>>,
}

/// A door without TLS.
impl From<TcpListener> for Door {
    fn from(listener: TcpListener) -> Self {
        Self {
            listener,
            tls: None,
        }
    }
}

/// Serves until the gateway stops, and then until every connection has ended or the grace is over.
///
/// It is boxed so that all of it is compiled with this crate, which is made for speed: what is awaited
/// elsewhere is compiled there, with the settings of a program whose other parts are made small.
pub fn serve(door: Door, gateway: Arc<Gateway>, capacity: Capacity) -> BoxFuture<'static, ()> {
    Box::pin(serve_all(door, gateway, capacity))
}

async fn serve_all(door: Door, gateway: Arc<Gateway>, capacity: Capacity) {
    let keeping_up = tokio::spawn({
        let gateway = Arc::clone(&gateway);
        let tls = door.tls.clone();
        async move {
            let following = async {
                if let Some(tls) = tls {
                    tls.follow(&*gateway.ports.clock).await;
                }
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = gateway.keep_up() => {}
                () = following => {}
            }
        }
    });
    let front = Front::new(Arc::clone(&gateway));
    let scheme = match door.tls {
        Some(_) => Scheme::Https,
        None => Scheme::Http,
    };
    let answer = move |peer: SocketAddr, request| {
        let front = front.clone();
        let address: IpAddr = peer.ip();
        async move { front.answer(Peer { address, scheme }, request).await }
    };
    take_all(door, answer, &gateway, capacity).await;
    // It writes down the last uses; nothing else can come of it.
    let _ = keeping_up.await;
}

/// The most connections of those who read the numbers.
const READERS: usize = 16;

/// Serves the numbers for Prometheus on a bind of their own, until the gateway stops.
pub async fn serve_numbers(listener: TcpListener, gateway: Arc<Gateway>) {
    let router = routes::numbers(Arc::clone(&gateway));
    let answer = move |peer: SocketAddr, mut request: Request| {
        request.extensions_mut().insert(ConnectInfo(peer));
        let mut router = router.clone();
        async move {
            let Ok(response) = router.call(request).await;
            response
        }
    };
    take_all(listener.into(), answer, &gateway, Capacity::of(READERS)).await;
}

async fn take_all<A, F>(door: Door, answer: A, gateway: &Arc<Gateway>, capacity: Capacity)
where
    A: Fn(SocketAddr, Request) -> F + Clone + Send + 'static,
    F: Future<Output = Response> + Send + 'static,
{
    let Door { listener, tls } = door;
    let room = Arc::new(Semaphore::new(capacity.connections));
    let tasks = TaskTracker::new();
    loop {
        let (stream, peer, permit) = tokio::select! {
            () = gateway.stopping.cancelled() => break,
            accepted = accept(&listener, &room, gateway) => accepted,
        };
        // Without it an answer may wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        let visit = Visit {
            peer,
            answer: answer.clone(),
            gateway: Arc::clone(gateway),
            capacity,
            permit,
        };
        // Two tasks rather than one that can be both: it would be as large as the larger.
        match &tls {
            None => tasks.spawn(visit.served(stream)),
            Some(tls) => tasks.spawn(visit.secured(stream, Arc::clone(tls))),
        };
    }
    drop(listener);
    tasks.close();
    tokio::select! {
        () = tasks.wait() => {}
        () = gateway.ports.clock.sleep(GRACE) => {}
    }
}

/// The next connection, once there is room for it.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    gateway: &Gateway,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    loop {
        let Ok(permit) = Arc::clone(room).acquire_owned().await else {
            // The semaphore is never closed.
            std::future::pending().await
        };
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            // A client that has left already, or no descriptors: others go on.
            Err(error) => {
                warn!(%error, "cannot accept a connection");
                gateway.ports.clock.sleep(PAUSE).await;
            }
        }
    }
}

/// The place of a connection among those that are served at once. A socket takes it along, since it
/// goes on after its connection has been handed over.
#[derive(Clone)]
pub(crate) struct Seat(
    #[expect(dead_code, reason = "held, and given back when dropped")] Arc<OwnedSemaphorePermit>,
);

/// A connection, and what it is served with.
struct Visit<A> {
    peer: SocketAddr,
    answer: A,
    gateway: Arc<Gateway>,
    capacity: Capacity,
    permit: OwnedSemaphorePermit,
}

impl<A, F> Visit<A>
where
    A: Fn(SocketAddr, Request) -> F,
    F: Future<Output = Response> + Send + 'static,
{
    /// Serves it once hands are shaken, in the time that a head may take. Meanwhile it has its place
    /// already, so that whoever dawdles takes none of somebody else's.
    async fn secured(self, stream: TcpStream, tls: Arc<Tls>) {
        let secured = tokio::select! {
            secured = tls.secure(stream) => secured,
            () = self.gateway.ports.clock.sleep(self.capacity.head_timeout) => None,
            () = self.gateway.stopping.cancelled() => None,
        };
        if let Some(stream) = secured {
            self.served(stream).await;
        }
    }

    async fn served<S>(self, stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let Self {
            peer,
            answer,
            gateway,
            capacity,
            permit,
        } = self;
        let place = Seat(Arc::new(permit));
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            let mut request = request.map(Body::new);
            if request.headers().contains_key(header::UPGRADE) {
                request.extensions_mut().insert(place.clone());
            }
            answer(peer, request).map(Ok::<_, Infallible>)
        });
        let connection = http1::Builder::new()
            .timer(Patience::new())
            .header_read_timeout(capacity.head_timeout)
            // Otherwise it looks for the end of a client while it answers it, and takes a new buffer
            // for what might come.
            .half_close(true)
            .max_headers(HEADERS_LIMIT)
            .max_buf_size(HEAD_LIMIT)
            // Answers are small: for the kernel one piece is less work than two.
            .writev(false)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::pin!(connection);
        tokio::select! {
            // What went wrong was the client's, or the network's.
            _ = connection.as_mut() => {}
            () = gateway.stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                let _ = connection.await;
            }
        }
    }
}
