//! HTTP/1.1 on a loopback socket.

use std::{
    io,
    sync::{Arc, Mutex},
};

use http_body_util::{BodyExt as _, Limited};
use hyper::{Request, Response, body::Incoming, header, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

use super::{
    call::Recorded,
    faults::{Body, Outcome, play},
    reply::Reply,
    state::State,
};
use crate::hold;

/// More than any request of a client.
const BODY_LIMIT: usize = 256 * 1024;

/// What the server and its handle have in common.
pub(super) struct Shared {
    pub(super) state: Mutex<State>,
    /// Ticks after every request.
    pub(super) served: watch::Sender<u64>,
}

/// Accepts until it is dropped, and takes its connections along.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                // A connection that failed before it was there concerns nobody.
                let Ok((stream, _)) = accepted else { continue };
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    let service = service_fn(move |request| {
                        let shared = Arc::clone(&shared);
                        async move { respond(&shared, request).await }
                    });
                    // A broken connection is the client's to notice.
                    let _ = http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        }
    }
}

/// An error closes the connection without an answer.
async fn respond(shared: &Shared, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let outcome = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => {
            let call = Recorded::new(
                &head.method,
                head.uri.path(),
                head.uri.query(),
                &head.headers,
                &body.to_bytes(),
            );
            decide(shared, &call)
        }
        Err(_) => Reply::empty(413).into(),
    };
    shared.served.send_modify(|count| *count += 1);
    match outcome {
        Outcome::Answer(reply, body) => response(shared, &reply, body),
        Outcome::Hang => std::future::pending().await,
        Outcome::Close => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

fn decide(shared: &Shared, call: &Recorded) -> Outcome {
    let mut state = hold(&shared.state);
    state.record(call);
    match state.next_script(&call.path) {
        Some(script) => play(script, || state.answer(call)),
        None => state.answer(call).into(),
    }
}

fn response(shared: &Shared, reply: &Reply, body: Body) -> io::Result<Response<Body>> {
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    // hyper writes the machine's time; a server on a moved clock has its own.
    if let Some(now) = hold(&shared.state).now() {
        let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
        builder = builder.header(header::DATE, date);
    }
    builder
        .body(body)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}
