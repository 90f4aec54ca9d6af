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
                body: gzip_bomb(),
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

/// Two million spaces, twice what a client reads. Deflate's fixed code says "258 times the last byte" in 13 bits.
fn gzip_bomb() -> Vec<u8> {
    const REPEATS: usize = 8_200;
    let mut bits = Bits::default();
    bits.push(0b1, 1); // the last block
    bits.push(0b01, 2); // in the fixed code
    bits.push_code(0x30 + u32::from(b' '), 8);
    for _ in 0..REPEATS {
        bits.push_code(0b1100_0101, 8); // length 258
        bits.push_code(0, 5); // distance 1
    }
    bits.push_code(0, 7); // the end
    let size = 1 + 258 * REPEATS;
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bytes.extend(bits.bytes);
    bytes.extend(crc32(std::iter::repeat_n(b' ', size)).to_le_bytes());
    bytes.extend(u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
    bytes
}

/// Bits from the lowest of each byte up (RFC 1951 section 3.1.1).
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    used: u32,
}

impl Bits {
    fn push(&mut self, value: u32, count: u32) {
        for index in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            let bit = u8::from(value >> index & 1 == 1) << (self.used % 8);
            if let Some(last) = self.bytes.last_mut() {
                *last |= bit;
            }
            self.used += 1;
        }
    }

    /// Huffman codes go in from their highest bit.
    fn push_code(&mut self, code: u32, count: u32) {
        for index in (0..count).rev() {
            self.push(code >> index & 1, 1);
        }
    }
}

fn crc32(bytes: impl Iterator<Item = u8>) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|index| {
        (0..8).fold(u32::try_from(index).unwrap_or(0), |crc, _| {
            if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            }
        })
    });
    !bytes.fold(u32::MAX, |crc, byte| {
        let [low, ..] = (crc ^ u32::from(byte)).to_le_bytes();
        (crc >> 8) ^ table[usize::from(low)]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_gzip() {
        assert_eq!(crc32(b"123456789".iter().copied()), 0xcbf4_3926);
        assert!(gzip_bomb().len() < 16 * 1024);
    }
}
