//! The life of one socket: ready, then requests and answers, until either side or the session
//! ends it.
//!
//! One task serves a socket. While an answer is being sent nothing is read, so a client that does
//! not read its answers stops being served, and is let go after ten seconds; what waits for it is one
//! frame. The others notice nothing.

mod calls;
mod room;

use std::{sync::Arc, time::Duration};

use axum::extract::ws::{CloseFrame, Message};
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use hermes_machine::Clock;
use hermes_protocol::{
    close::Close,
    limits,
    rpc::{Event, GatewayReady},
};
use tokio_util::sync::CancellationToken;

pub(crate) use self::calls::{Allowance, Desk, Late, People, reply};
pub use self::{
    calls::{Answers, Caller},
    room::{Place, Room},
};
use crate::{
    conversations::{Attached, Conversations},
    sessions::Live,
};

/// How long a frame may take on its way to the client.
pub(crate) const STALL: Duration = Duration::from_secs(10);

/// How often the client is asked whether it is there, and how long it may take to say so.
pub const PING_EVERY: Duration = Duration::from_secs(20);

/// A text frame that is larger than this is refused by the library while it is read.
pub const FRAME_LIMIT: usize = limits::FRAME_BYTES;

/// What a socket needs of its gateway.
#[derive(Clone)]
pub struct Surroundings {
    /// For pings and the stall.
    pub clock: Arc<dyn Clock>,
    /// The answers to calls.
    pub answers: Arc<dyn Answers>,
    /// What people talk about here.
    pub(crate) conversations: Arc<Conversations>,
    /// When the gateway ends.
    pub stopping: CancellationToken,
}

/// Why nothing more can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The client, or the network.
    Gone,
    /// The frame, for its size.
    TooLarge,
}

impl From<axum::Error> for Lost {
    fn from(error: axum::Error) -> Self {
        let inner = error.into_inner();
        match inner.downcast_ref::<tungstenite::Error>() {
            Some(tungstenite::Error::Capacity(_)) => Self::TooLarge,
            _ => Self::Gone,
        }
    }
}

/// Serves a socket that has been let in until something ends it, and says what: the socket is to be
/// closed with that. `None` if the client has left.
pub async fn serve<S, E>(socket: &mut S, caller: &Caller, around: &Surroundings) -> Option<Close>
where
    S: Stream<Item = Result<Message, E>> + Sink<Message> + Unpin,
    E: Into<Lost>,
{
    let ready = Event::of_socket(GatewayReady {
        user_id: caller.user.to_string(),
        role: caller.role,
        max_frame_bytes: FRAME_LIMIT,
        replay_epoch: around.conversations.epoch(),
    });
    let over = over(caller.session.as_deref(), &around.stopping);
    tokio::pin!(over);
    let mut desk = People {
        role: caller.role,
        user: caller.user,
        answers: &*around.answers,
        conversations: &around.conversations,
        attached: Attached::new(Arc::clone(&around.conversations)),
        late: Late::new(),
    };
    let mut allowance = Allowance::default();
    let mut next = Some(Message::text(ready.to_frame()));
    let mut tick = around.clock.sleep(PING_EVERY);
    let mut is_there = true;
    loop {
        if let Some(frame) = next.take() {
            tokio::select! {
                biased;
                why = &mut over => return Some(why),
                sent = socket.send(frame) => sent.ok()?,
                () = around.clock.sleep(STALL) => return Some(Close::SlowReader),
            }
        }
        tokio::select! {
            biased;
            why = &mut over => return Some(why),
            received = socket.next() => {
                is_there = true;
                let text = match received?.map_err(Into::into) {
                    Ok(Message::Text(text)) => text,
                    Ok(Message::Ping(_) | Message::Pong(_)) => continue,
                    Ok(Message::Binary(_)) => return Some(Close::TextOnly),
                    Ok(Message::Close(_)) | Err(Lost::Gone) => return None,
                    Err(Lost::TooLarge) => return Some(Close::FrameTooLarge),
                };
                let now = around.clock.now();
                caller.seen(now);
                match reply(&text, &mut desk, &mut allowance, now).await {
                    Ok(reply) => next = reply.map(Message::text),
                    Err(why) => return Some(why),
                }
            }
            frame = desk.next() => next = Some(Message::text(frame)),
            () = &mut tick => {
                if !std::mem::take(&mut is_there) {
                    return Some(Close::NoPong);
                }
                tick = around.clock.sleep(PING_EVERY);
                next = Some(Message::Ping(axum::body::Bytes::new()));
            }
        }
    }
}

/// Closes a socket with a reason, within ten seconds.
pub async fn close<S: Sink<Message> + Unpin>(socket: &mut S, why: Close, clock: &dyn Clock) {
    let frame = CloseFrame {
        code: why.code(),
        reason: why.reason().into(),
    };
    let close = async {
        // A client that is gone needs no reason.
        let _ = socket.send(Message::Close(Some(frame))).await;
        let _ = socket.close().await;
    };
    tokio::select! {
        () = close => {}
        () = clock.sleep(STALL) => {}
    }
}

/// Completes with the reason when the session or the gateway ends.
async fn over(session: Option<&Live>, stopping: &CancellationToken) -> Close {
    let ended = async {
        match session {
            Some(session) => session.over().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        why = ended => why,
        () = stopping.cancelled() => Close::Restart,
    }
}

#[cfg(test)]
mod tests;
