use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use reqwest::Response as Answer;

use super::{
    BoundedClient, HttpError, Request,
    bounded::{self, Head},
};
use crate::{BoxFuture, Clock};

/// How much of an answer is waited for and read that comes in pieces. There is no limit for the
/// whole of its time: a model may think and write for long, as long as something comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most time until the status and the headers are there.
    pub head: Duration,
    /// The most time between two pieces of the body.
    pub idle: Duration,
    /// The most bytes of the body.
    pub bytes: u64,
}

impl Default for Limits {
    /// Five minutes for the head and for each piece, since a server on somebody's own machine may
    /// have to load a model first; 64 MiB.
    fn default() -> Self {
        Self {
            head: Duration::from_secs(300),
            idle: Duration::from_secs(300),
            bytes: 64 * 1024 * 1024,
        }
    }
}

/// An answer whose body is still coming.
pub struct Opened {
    /// The status.
    pub status: u16,
    /// The media type without parameters, in lower case.
    pub media_type: Option<String>,
    /// `Retry-After` in seconds, where it was a number or a date.
    pub retry_after: Option<Duration>,
    /// `Date` in seconds since the epoch: what the other side takes the time to be.
    pub date: Option<i64>,
    /// The body, piece by piece. After an error nothing follows.
    pub body: BoxStream<'static, Result<Bytes, HttpError>>,
}

impl Opened {
    /// Whether the status is 2xx.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The beginning of the body: at most so many bytes, and what came before it broke off. For
    /// answers that are an explanation and no stream.
    pub async fn beginning(mut self, most: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < most
            && let Some(Ok(piece)) = self.body.next().await
        {
            let room = most - bytes.len();
            bytes.extend(piece.iter().take(room));
        }
        bytes
    }
}

/// Sends one request whose answer comes in pieces.
pub trait StreamingHttp: Send + Sync {
    /// Sends the request and waits for the status and the headers, whatever they are. The time of
    /// the request itself does not count, these limits do.
    fn open(&self, request: Request, limits: Limits) -> BoxFuture<'_, Result<Opened, HttpError>>;
}

impl StreamingHttp for BoundedClient {
    fn open(&self, request: Request, limits: Limits) -> BoxFuture<'_, Result<Opened, HttpError>> {
        Box::pin(async move {
            let host = bounded::host_of(&request.url);
            let client = self.client(&request.url)?;
            let sent = bounded::prepared(client, request, "text/event-stream").send();
            let answer = tokio::select! {
                biased;
                answer = sent => answer.map_err(|error| bounded::sent_error(&error, &host))?,
                () = self.clock.sleep(limits.head) => {
                    return Err(HttpError::TimedOut { host, limit: limits.head });
                }
            };
            let Head {
                status,
                media_type,
                retry_after,
                date,
            } = Head::of(&answer);
            Ok(Opened {
                status,
                media_type,
                retry_after,
                date,
                body: pieces(answer, host, limits, Arc::clone(&self.clock)),
            })
        })
    }
}

/// What is still to be read, and how much of it may be.
struct Rest {
    answer: Answer,
    host: String,
    limits: Limits,
    left: u64,
    clock: Arc<dyn Clock>,
}

fn pieces(
    answer: Answer,
    host: String,
    limits: Limits,
    clock: Arc<dyn Clock>,
) -> BoxStream<'static, Result<Bytes, HttpError>> {
    let rest = Rest {
        answer,
        host,
        left: limits.bytes,
        limits,
        clock,
    };
    stream::unfold(Some(rest), |rest| async {
        let mut rest = rest?;
        match rest.piece().await {
            Ok(piece) => piece.map(|piece| (Ok(piece), Some(rest))),
            Err(error) => Some((Err(error), None)),
        }
    })
    .boxed()
}

impl Rest {
    async fn piece(&mut self) -> Result<Option<Bytes>, HttpError> {
        let limit = self.limits.idle;
        let piece = tokio::select! {
            biased;
            piece = self.answer.chunk() => piece,
            () = self.clock.sleep(limit) => {
                return Err(HttpError::TimedOut { host: self.host.clone(), limit });
            }
        };
        let Some(piece) = piece.map_err(|error| bounded::sent_error(&error, &self.host))? else {
            return Ok(None);
        };
        let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        let Some(left) = self.left.checked_sub(size) else {
            return Err(HttpError::TooLarge {
                host: self.host.clone(),
                mebibytes: self.limits.bytes / (1024 * 1024),
            });
        };
        self.left = left;
        Ok(Some(piece))
    }
}
