use std::time::Duration;

use bytes::Bytes;
use hermes_machine::{Clock, Random};
use hermes_oauth::{Answer, AuthorizationCode, NotOurs, Verdict};
use http_body_util::Full;
use hyper::{Response, StatusCode, header};
use tokio::sync::watch;

use crate::Arrival;

use super::{
    pages::{Names, Page},
    request::{self, DONE, Door, Head, Received},
};

/// How long the page that follows the answer waits for the exchange.
const PATIENCE: Duration = Duration::from_secs(25);

/// How long the last page may take to reach the browser before the listener closes anyway. It is
/// another connection, through the tunnel; only a browser that never asks for it is waited for.
const DELIVERY: Duration = Duration::from_secs(5);

/// What the answer was.
#[derive(Clone, Debug)]
pub enum Taken {
    /// A code of this attempt.
    Code(AuthorizationCode),
    /// A refusal of this attempt.
    Denied {
        /// The error code.
        error: String,
        /// The description.
        description: Option<String>,
    },
}

/// How the sign-in ended, for the page.
#[derive(Clone, Debug)]
pub enum Ending {
    /// The credential is saved.
    SignedIn {
        /// Whose it is.
        account: Option<String>,
    },
    /// It is not.
    Failed,
    /// The provider or the person said no.
    Declined,
    /// The machine that would know is out of reach.
    Unknown,
}

#[derive(Clone, Debug, Default)]
struct State {
    /// Set once, by whichever answer is first: the listener's or the paste.
    taken: bool,
    /// What the listener took.
    answer: Option<Taken>,
    /// The id of the page that follows.
    done: Option<String>,
    /// Whether that page was delivered.
    delivered: bool,
    /// How it ended.
    ending: Option<Ending>,
    /// Requests that are being answered.
    busy: usize,
}

/// Who is told of what comes.
#[derive(Clone, Copy)]
pub(crate) struct Ears<'a> {
    /// Of what a person may want to know, in words.
    pub(crate) stray: &'a (dyn Fn(String) + Send + Sync),
    /// Of everything, by kind.
    pub(crate) arrived: &'a (dyn Fn(Arrival) + Send + Sync),
}

/// The one answer that is awaited.
pub(crate) struct Callback<'a> {
    door: Door,
    names: Names,
    judge: &'a (dyn Fn(&Answer) -> Verdict + Send + Sync),
    ears: Ears<'a>,
    clock: &'a dyn Clock,
    random: &'a dyn Random,
    state: watch::Sender<State>,
}

pub(super) type Reply = Response<Full<Bytes>>;

impl<'a> Callback<'a> {
    pub(crate) fn new(
        door: Door,
        names: Names,
        judge: &'a (dyn Fn(&Answer) -> Verdict + Send + Sync),
        ears: Ears<'a>,
        clock: &'a dyn Clock,
        random: &'a dyn Random,
    ) -> Self {
        Self {
            door,
            names,
            judge,
            ears,
            clock,
            random,
            state: watch::Sender::new(State::default()),
        }
    }

    /// Waits for the answer.
    pub(crate) async fn answered(&self) -> Taken {
        loop {
            let mut state = self.state.subscribe();
            if let Ok(state) = state.wait_for(|state| state.answer.is_some()).await
                && let Some(answer) = &state.answer
            {
                return answer.clone();
            }
        }
    }

    /// Takes the answer for another way that was faster. `false` if the listener has it already.
    pub(crate) fn take(&self) -> bool {
        self.state
            .send_if_modified(|state| !std::mem::replace(&mut state.taken, true))
    }

    /// Says how the sign-in ended; the page that waits for it is sent.
    pub(crate) fn finish(&self, ending: Ending) {
        self.state.send_modify(|state| state.ending = Some(ending));
    }

    /// Waits until the browser has what it asked for, the page that follows the answer included,
    /// but not long.
    pub(crate) async fn delivered(&self) {
        let mut state = self.state.subscribe();
        let settled = |state: &State| state.busy == 0 && (state.done.is_none() || state.delivered);
        tokio::select! {
            biased;
            _ = state.wait_for(settled) => {}
            () = self.clock.sleep(DELIVERY) => {}
        }
    }

    pub(super) fn clock(&self) -> &dyn Clock {
        self.clock
    }

    /// Something has come.
    pub(super) fn arrived(&self, arrival: Arrival) {
        (self.ears.arrived)(arrival);
    }

    /// A request has come; the guard is dropped when its answer has left.
    pub(super) fn begin(&self) -> Busy<'_> {
        self.state.send_modify(|state| state.busy += 1);
        Busy {
            state: &self.state,
            done: false,
        }
    }

    /// Answers a request.
    pub(super) async fn reply(&self, head: &Head<'_>, busy: &mut Busy<'_>) -> Reply {
        let origin = request::listed_origin(head, &self.door).map(str::to_owned);
        let received = request::parse(head, &self.door);
        if let Some(arrival) = request::arrival(&received, head, &self.door) {
            self.arrived(arrival);
        }
        let reply = match received {
            Received::Answer(answer) => self.judged(&answer),
            Received::Malformed(error) => self.refused(error.to_string()),
            Received::Empty => self.refused(NotOurs::NoCode.to_string()),
            Received::Done(id) => self.done(&id, busy).await,
            Received::Prefetch => {
                let mut reply = self.page(StatusCode::SERVICE_UNAVAILABLE, &Page::Ahead);
                set(&mut reply, header::RETRY_AFTER, "1");
                reply
            }
            Received::Options => self.options(head),
            Received::Head => self.page(StatusCode::OK, &Page::Nothing),
            Received::WrongMethod => {
                let mut reply = self.page(StatusCode::METHOD_NOT_ALLOWED, &Page::Nothing);
                set(&mut reply, header::ALLOW, "GET, HEAD, OPTIONS");
                reply
            }
            Received::Elsewhere => self.page(StatusCode::NOT_FOUND, &Page::Nothing),
            Received::WrongHost => {
                (self.ears.stray)("a request for another host".to_owned());
                self.page(StatusCode::MISDIRECTED_REQUEST, &Page::NotForUs)
            }
        };
        with_origin(reply, origin.as_deref())
    }

    /// The judge decides, and the first valid answer is taken.
    fn judged(&self, answer: &Answer) -> Reply {
        let (taken, ending) = match (self.judge)(answer) {
            Verdict::Code(code) => (Taken::Code(code), None),
            Verdict::Denied { error, description } => {
                (Taken::Denied { error, description }, Some(Ending::Declined))
            }
            Verdict::NotOurs(reason) => {
                self.arrived(match reason {
                    NotOurs::WrongState => Arrival::OldAnswer,
                    _ => Arrival::NotAnAnswer,
                });
                return self.refused(reason.to_string());
            }
        };
        let id = self.random.token(16).expose().to_owned();
        let first = self.state.send_if_modified(|state| {
            if state.taken {
                return false;
            }
            state.taken = true;
            state.answer = Some(taken);
            state.ending = ending;
            state.done = Some(id.clone());
            true
        });
        if !first {
            return self.page(StatusCode::GONE, &Page::AlreadyUsed);
        }
        self.arrived(Arrival::Answer);
        // Another address, so that neither history nor a reload holds the code.
        let mut reply = self.respond(StatusCode::SEE_OTHER, String::new(), "");
        set(&mut reply, header::LOCATION, &format!("{DONE}{id}"));
        reply
    }

    /// Something on our path that is not the answer: once there is one, it is a late second hit.
    fn refused(&self, what: String) -> Reply {
        if self.state.borrow().taken {
            return self.page(StatusCode::GONE, &Page::AlreadyUsed);
        }
        (self.ears.stray)(what);
        self.page(StatusCode::BAD_REQUEST, &Page::NotForUs)
    }

    /// The page that follows waits for the end, so that it says what is true.
    async fn done(&self, id: &str, busy: &mut Busy<'_>) -> Reply {
        let expected = self.state.borrow().done.clone();
        if !expected.is_some_and(|expected| hermes_secret::Secret::new(expected).matches(id)) {
            return self.page(StatusCode::NOT_FOUND, &Page::Nothing);
        }
        busy.done = true;
        let mut state = self.state.subscribe();
        let ending = tokio::select! {
            biased;
            state = state.wait_for(|state| state.ending.is_some()) => {
                state.ok().and_then(|state| state.ending.clone())
            }
            () = self.clock.sleep(PATIENCE) => None,
        };
        let page = match ending {
            Some(Ending::SignedIn { account }) => Page::SignedIn { account },
            Some(Ending::Failed) => Page::Failed,
            Some(Ending::Declined) => Page::Declined,
            Some(Ending::Unknown) => Page::Unknown,
            None => Page::Unfinished,
        };
        self.page(StatusCode::OK, &page)
    }

    /// A page of the provider asks whether it may send the answer to a private network; the
    /// provider's own origins may.
    fn options(&self, head: &Head<'_>) -> Reply {
        let mut reply = self.respond(StatusCode::NO_CONTENT, String::new(), "");
        if head.path == self.door.path && request::listed_origin(head, &self.door).is_some() {
            let headers = [
                ("access-control-allow-methods", "GET, OPTIONS"),
                ("access-control-allow-headers", "Content-Type"),
                ("access-control-allow-private-network", "true"),
            ];
            for (name, value) in headers {
                set(&mut reply, header::HeaderName::from_static(name), value);
            }
        } else {
            set(&mut reply, header::ALLOW, "GET, HEAD, OPTIONS");
        }
        reply
    }

    fn page(&self, status: StatusCode, page: &Page) -> Reply {
        let nonce = self.random.token(16);
        let html = page.html(&self.names, nonce.expose());
        let mut reply = self.respond(status, html, nonce.expose());
        set(&mut reply, header::CONTENT_TYPE, "text/html; charset=utf-8");
        reply
    }

    fn respond(&self, status: StatusCode, body: String, nonce: &str) -> Reply {
        let mut reply = Response::new(Full::new(Bytes::from(body)));
        *reply.status_mut() = status;
        let style = if nonce.is_empty() {
            String::new()
        } else {
            format!("style-src 'nonce-{nonce}'; ")
        };
        let policy = format!(
            "default-src 'none'; {style}frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
        );
        let headers = [
            (header::CONTENT_SECURITY_POLICY, policy.as_str()),
            (header::CACHE_CONTROL, "no-store"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::X_FRAME_OPTIONS, "DENY"),
            (header::CONNECTION, "close"),
        ];
        for (name, value) in headers {
            set(&mut reply, name, value);
        }
        reply
    }
}

fn with_origin(mut reply: Reply, origin: Option<&str>) -> Reply {
    set(&mut reply, header::VARY, "Origin");
    if let Some(origin) = origin {
        set(&mut reply, header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    reply
}

/// All values are ours and printable; one that is not is left out rather than sent broken.
fn set(reply: &mut Reply, name: header::HeaderName, value: &str) {
    if let Ok(value) = header::HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// A request that is being answered.
pub(super) struct Busy<'a> {
    state: &'a watch::Sender<State>,
    done: bool,
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.state.send_modify(|state| {
            state.busy -= 1;
            state.delivered |= self.done;
        });
    }
}
