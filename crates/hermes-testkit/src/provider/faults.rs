//! The answers that no honest server gives.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use hyper::body::Frame;

use super::{
    reply::Reply,
    script::{Script, Scripted},
};

pub(super) type Body = BoxBody<Bytes, Infallible>;

/// What goes on the wire.
pub(super) enum Outcome {
    /// Status and headers of the reply, and a body.
    Answer(Reply, Body),
    /// Nothing, ever.
    Hang,
    /// The end of the connection.
    Close,
}

impl From<Reply> for Outcome {
    fn from(mut reply: Reply) -> Self {
        let body = Full::new(Bytes::from(std::mem::take(&mut reply.body)));
        Self::Answer(reply, body.boxed())
    }
}

/// The scripted answer; `honest` is what the server itself says, asked only where it is to act.
pub(super) fn play(script: Script, honest: impl FnOnce() -> Reply) -> Outcome {
    let streamed = |reply: Reply, body| Outcome::Answer(reply, body);
    let json = || Reply::empty(200).header("Content-Type", "application/json");
    let outcome: Outcome = match script.what {
        Scripted::Status(status) => Reply::empty(status).into(),
        Scripted::StatusJson(status, value) => Reply::json(status, &value).into(),
        Scripted::Json(value) => Reply::json(200, &value).into(),
        Scripted::Html => {
            Reply::html(200, "<!doctype html><h1>Sign in to the network</h1>".into()).into()
        }
        Scripted::Huge => streamed(json(), huge()),
        Scripted::GzipBomb => {
            let reply = json().header("Content-Encoding", "gzip");
            Reply {
                body: GZIP_BOMB.to_vec(),
                ..reply
            }
            .into()
        }
        Scripted::Redirect(to) => Reply::redirect(307, to.as_str()).into(),
        Scripted::Drip => streamed(json(), drip()),
        Scripted::Hang => Outcome::Hang,
        Scripted::Reset => Outcome::Close,
        Scripted::Lost => {
            drop(honest());
            Outcome::Close
        }
    };
    match outcome {
        Outcome::Answer(mut reply, body) => {
            reply.status = script.status.unwrap_or(reply.status);
            reply.headers.extend(script.headers);
            Outcome::Answer(reply, body)
        }
        other => other,
    }
}

fn huge() -> Body {
    let opening = Bytes::from_static(br#"{"access_token":""#);
    let filler = Bytes::from(vec![b'a'; 64 * 1024]);
    let frames = stream::once(async { opening })
        .chain(stream::iter(std::iter::repeat_n(filler, 160)))
        .chain(stream::once(async { Bytes::from_static(br#""}"#) }));
    BodyExt::boxed(StreamBody::new(frames.map(|bytes| Ok(Frame::data(bytes)))))
}

fn drip() -> Body {
    // Real time on purpose: the client's limit must hold although bytes keep coming.
    let tick = tokio::time::interval(Duration::from_millis(20));
    let frames = stream::unfold(tick, |mut tick| async {
        tick.tick().await;
        Some((Ok(Frame::data(Bytes::from_static(b" "))), tick))
    });
    BodyExt::boxed(StreamBody::new(frames))
}

/// Two mebibytes of blanks and one more, twice what a client reads:
/// `head -c 2097153 /dev/zero | tr '\0' ' ' | gzip -9n`.
const GZIP_BOMB: &[u8] = include_bytes!("bomb.gz");
