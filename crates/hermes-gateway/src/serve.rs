//! Serving: connections with limits on their size and time, and an end that tells everybody.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;
use tracing::warn;

use crate::{gateway::Gateway, routes};

/// The most bytes of a request's head, and with it of the buffer of a connection.
const HEAD_LIMIT: usize = 16 * 1024;

/// The most headers of a request.
const HEADERS_LIMIT: usize = 100;

/// How long requests may go on after the gateway began to stop.
const GRACE: Duration = Duration::from_secs(5);

/// The pause after the system refused to accept, mostly for want of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

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

/// Serves until the gateway stops, and then until every connection has ended or the grace is over.
pub async fn serve(listener: TcpListener, gateway: Arc<Gateway>, capacity: Capacity) {
    let keeping_up = tokio::spawn({
        let gateway = Arc::clone(&gateway);
        async move { gateway.keep_up().await }
    });
    let router = routes::router(Arc::clone(&gateway));
    take_all(listener, router, &gateway, capacity).await;
    // It writes down the last uses; nothing else can come of it.
    let _ = keeping_up.await;
}

/// The most connections of those who read the numbers.
const READERS: usize = 16;

/// Serves the numbers for Prometheus on a bind of their own, until the gateway stops.
pub async fn serve_numbers(listener: TcpListener, gateway: Arc<Gateway>) {
    let router = routes::numbers(Arc::clone(&gateway));
    take_all(listener, router, &gateway, Capacity::of(READERS)).await;
}

async fn take_all(
    listener: TcpListener,
    router: Router,
    gateway: &Arc<Gateway>,
    capacity: Capacity,
) {
    let room = Arc::new(Semaphore::new(capacity.connections));
    let tasks = TaskTracker::new();
    loop {
        let (stream, peer, permit) = tokio::select! {
            () = gateway.stopping.cancelled() => break,
            accepted = accept(&listener, &room, gateway) => accepted,
        };
        let connection = connection(
            stream,
            peer,
            router.clone(),
            Arc::clone(gateway),
            capacity,
            permit,
        );
        tasks.spawn(connection);
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

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    gateway: Arc<Gateway>,
    capacity: Capacity,
    permit: OwnedSemaphorePermit,
) {
    // Without it an answer may wait for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(capacity.head_timeout)
        .max_headers(HEADERS_LIMIT)
        .max_buf_size(HEAD_LIMIT)
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
    drop(permit);
}
