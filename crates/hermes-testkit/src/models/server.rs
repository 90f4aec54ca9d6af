//! HTTP/1.1 on a loopback socket.

use std::{io, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt, Limited, StreamBody, combinators::UnsyncBoxBody};
use hyper::{
    Request, Response,
    body::{Frame, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::{net::TcpListener, task::JoinSet};

use super::{Answer, Content, Shared, says};
use crate::{Dialect, Recorded, Saying, hold};

/// More than a request with pictures.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Accepts until it is dropped, and takes its connections along.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { continue };
                // Each token is a packet of its own, and is to arrive as such.
                let _ = stream.set_nodelay(true);
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    let service = service_fn(move |request| {
                        let shared = Arc::clone(&shared);
                        async move { respond(shared, request).await }
                    });
                    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                    // A broken connection is the client's to notice.
                    let _ = connection.await;
                });
            }
        }
    }
}

/// An error closes the connection without an answer.
async fn respond(shared: Arc<Shared>, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, BODY_LIMIT).collect().await;
    let body = body.map_err(|_| io::Error::from(io::ErrorKind::FileTooLarge))?;
    let call = Recorded::new(
        &head.method,
        head.uri.path(),
        head.uri.query(),
        &head.headers,
        &body.to_bytes(),
    );
    hold(&shared.requests).push(call.clone());
    let scripted = hold(&shared.script).pop_front();
    shared.asked.send_modify(|count| *count += 1);
    let answer = scripted.unwrap_or_else(|| demo(&shared, &call));
    let body = match answer.content {
        Content::Hang => std::future::pending().await,
        Content::Close => return Err(io::ErrorKind::ConnectionAborted.into()),
        Content::Bytes(bytes) => whole(bytes),
        Content::Endless(bytes) => {
            let bytes = Bytes::from(bytes);
            let frames = stream::repeat_with(move || Ok(Frame::data(bytes.clone())));
            BodyExt::boxed_unsync(StreamBody::new(frames))
        }
        Content::Says(saying) => speak(shared, &call, saying),
    };
    let mut builder = Response::builder().status(answer.status);
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    let response = builder.body(body);
    response.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn whole(bytes: Vec<u8>) -> Body {
    let frame = stream::once(async { Ok(Frame::data(Bytes::from(bytes))) });
    BodyExt::boxed_unsync(StreamBody::new(frame))
}

fn speak(shared: Arc<Shared>, call: &Recorded, saying: Saying) -> Body {
    let dialect = Dialect::of_path(&call.path).unwrap_or(Dialect::ChatCompletions);
    let model = call.param("model").unwrap_or("demo");
    let frames = says::frames(dialect, &saying, model);
    let pace = saying.pace;
    let written = stream::iter(frames).then(move |frame| {
        let clock = Arc::clone(&shared.clock);
        async move {
            if frame.paced && !pace.is_zero() {
                clock.sleep(pace).await;
            }
            Ok(Frame::data(Bytes::from(frame.text)))
        }
    });
    let end = saying.end;
    let ended = stream::once(async move {
        match end {
            says::Ending::Stalls => std::future::pending().await,
            says::Ending::BreaksOff => {
                // What was said is sent while the body waits.
                tokio::task::yield_now().await;
                Some(Err(io::ErrorKind::ConnectionAborted.into()))
            }
            _ => None,
        }
    });
    BodyExt::boxed_unsync(StreamBody::new(
        written.chain(ended.filter_map(std::future::ready)),
    ))
}

/// What the demo model answers.
fn demo(shared: &Shared, call: &Recorded) -> Answer {
    if call.path.ends_with("/models") {
        let model = json!({"id": "demo", "object": "model", "context_length": 8192});
        return Answer::refuses(200, &json!({"object": "list", "data": [model]}));
    }
    if Dialect::of_path(&call.path).is_none() {
        let error =
            json!({"error": {"message": "there is nothing here", "type": "not_found_error"}});
        return Answer::refuses(404, &error);
    }
    let prompt = says::prompt(call);
    Answer::says(Saying::new(format!("You said: {prompt}")).paced(shared.pace))
}
