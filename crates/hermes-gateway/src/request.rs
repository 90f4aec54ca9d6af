//! One request, as logs and numbers see it.
//!
//! A request that was served is a line at `debug`, one that was refused a line at `info`, with the
//! word of the refusal and the id that its client got. A line holds a path without its query, and
//! nothing of headers or bodies. There is no span: the id is in a task-local, which costs a few
//! nanoseconds, and whatever is said while the request is served can ask for it.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use axum::{extract::Request, response::Response};
use hermes_protocol::close::Close;
use hermes_secret::plain;
use http::{HeaderName, HeaderValue, Method, Uri};
use tracing::{debug, info, warn};

use crate::{
    metrics::Metrics,
    paths::logged,
    refusal::{HINT_LIMIT, Refused},
};

/// The header by which a client can name the request that was refused.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The most characters of a path in the log.
const PATH_LIMIT: usize = 200;

/// The id of a request: the start of the gateway, and how many came before. It tells nothing to
/// its client and opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestId {
    start: u32,
    number: u64,
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}-{}", self.start, self.number)
    }
}

tokio::task_local! {
    static CURRENT: RequestId;
}

/// The id of the request that this task serves. Empty outside of requests.
pub(crate) fn current() -> Option<RequestId> {
    CURRENT.try_with(|id| *id).ok()
}

/// Gives every request its id.
#[derive(Debug)]
pub(crate) struct Requests {
    start: u32,
    numbers: AtomicU64,
}

impl Requests {
    /// Ids of a gateway that starts now: what is random keeps two starts apart in one log.
    pub(crate) fn new(random: &dyn hermes_machine::Random) -> Self {
        let mut start = [0; 4];
        random.fill(&mut start);
        Self {
            start: u32::from_be_bytes(start),
            numbers: AtomicU64::new(1),
        }
    }

    /// Gives this request the next one.
    pub(crate) fn watch(&self, request: &Request) -> Watched {
        Watched {
            id: RequestId {
                start: self.start,
                number: self.numbers.fetch_add(1, Ordering::Relaxed),
            },
            method: request.method().clone(),
            uri: request.uri().clone(),
        }
    }
}

/// A request that is being served.
#[derive(Debug)]
pub(crate) struct Watched {
    id: RequestId,
    method: Method,
    uri: Uri,
}

impl Watched {
    /// What is said meanwhile can ask for its id.
    pub(crate) fn within<F: Future>(&self, served: F) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(self.id, served)
    }

    /// Counts the answer, and says what became of the request.
    pub(crate) fn answered(self, metrics: &Metrics, mut response: Response) -> Response {
        let Self { id, method, uri } = self;
        let status = response.status();
        metrics.answered(uri.path(), status);
        if status.is_client_error() || status.is_server_error() {
            if let Ok(value) = HeaderValue::from_str(&id.to_string()) {
                response.headers_mut().insert(HEADER, value);
            }
            let refused = response.extensions_mut().remove::<Refused>();
            if let Some(refused) = &refused {
                metrics.refused(refused.word);
            }
            refusal(id, &method, &uri, status.as_u16(), refused.as_ref());
        } else {
            debug!(
                request = %id,
                %method,
                path = plain(logged(uri.path()), PATH_LIMIT),
                status = status.as_u16(),
                "request served"
            );
        }
        response
    }
}

/// A refusal is the client's matter, a failure of ours the owner's.
fn refusal(id: RequestId, method: &Method, uri: &Uri, status: u16, refused: Option<&Refused>) {
    let path = plain(logged(uri.path()), PATH_LIMIT);
    let reason = refused.map_or("status", |refused| refused.word);
    let hint = refused.and_then(|refused| refused.hint.as_deref());
    let method = plain(method.as_str(), 16);
    if status >= 500 {
        warn!(request = %id, method, path, status, reason, hint, "request failed");
    } else {
        info!(request = %id, method, path, status, reason, hint, "request refused");
    }
}

/// Says that a socket is open.
pub(crate) fn socket_opened(id: Option<RequestId>) {
    info!(request = id.map(tracing::field::display), "socket open");
}

/// Says why a socket has ended, in the words of its close frame; `None` if its client left.
pub(crate) fn socket_closed(id: Option<RequestId>, why: Option<Close>) {
    info!(
        request = id.map(tracing::field::display),
        code = why.map(Close::code),
        reason = why.map_or("client left", Close::reason),
        "socket closed"
    );
}

/// Says why a socket was refused, in the words of its close frame, and with what would change it.
pub(crate) fn socket_refused(id: Option<RequestId>, why: Close, detail: Option<&str>) {
    let detail = detail.map(|detail| plain(detail, HINT_LIMIT));
    info!(
        request = id.map(tracing::field::display),
        code = why.code(),
        reason = why.reason(),
        hint = detail.as_deref(),
        "socket refused"
    );
}
