use std::{sync::Arc, time::Duration};

use hermes_machine::{BoxFuture, Clock};
use hermes_protocol::{
    close::Close,
    rpc::{Frame, GatewayReady, Payload as _, code},
};
use hermes_secret::Secret;

use crate::{Door, Ended, Happened, Outage, Wire};

/// How long a step may take, whatever it consists of. Each question of it has less time.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long the gateway may take to say something at an open socket (facts 5.6).
const READY: Duration = Duration::from_secs(15);

/// How many frames before the first word of a gateway are passed over.
const BEFORE: usize = 64;

/// What a step came to.
pub(super) enum Came {
    Happened(Happened),
    /// A socket, and the frame with which the gateway has begun there.
    Open(Box<dyn Wire>, String),
}

/// A step, which may take a while.
pub(super) type Attempt = BoxFuture<'static, Came>;

/// Asks how people get in.
pub(super) fn probe(door: Arc<dyn Door>, clock: Arc<dyn Clock>) -> Attempt {
    Box::pin(async move { within(&*clock, door.probe()).await })
}

/// Asks for a ticket.
pub(super) fn mint(door: Arc<dyn Door>, clock: Arc<dyn Clock>) -> Attempt {
    Box::pin(async move { within(&*clock, door.mint()).await })
}

/// Opens a socket, and waits for the gateway's first word.
pub(super) fn open(door: Arc<dyn Door>, clock: Arc<dyn Clock>, ticket: Option<Secret>) -> Attempt {
    Box::pin(async move {
        let opened = tokio::select! {
            opened = door.open(ticket) => opened,
            () = clock.sleep(PATIENCE) => Err(Happened::Unanswered),
        };
        let mut wire = match opened {
            Ok(wire) => wire,
            Err(happened) => return Came::Happened(happened),
        };
        let first = tokio::select! {
            first = first_word(&mut *wire) => first,
            () = clock.sleep(READY) => Err(Happened::Closed(None)),
        };
        match first {
            Ok(ready) => Came::Open(wire, ready),
            Err(happened) => Came::Happened(happened),
        }
    })
}

async fn within(clock: &dyn Clock, happens: BoxFuture<'_, Happened>) -> Came {
    Came::Happened(tokio::select! {
        happened = happens => happened,
        () = clock.sleep(PATIENCE) => Happened::Unanswered,
    })
}

/// The gateway's first word, as it came.
pub(crate) async fn first_word(wire: &mut dyn Wire) -> Result<String, Happened> {
    for _ in 0..BEFORE {
        let frame = wire.next().await;
        let frame = frame.map_err(|Ended(code)| Happened::Closed(code))?;
        match Frame::parse(&frame) {
            Ok(Frame::Event(event)) if event.kind == GatewayReady::TYPE => {
                return Ok(frame);
            }
            // At the control socket this is how another user is told.
            Ok(Frame::Answer(answer)) => match answer.outcome {
                Err(no) if no.number == i64::from(code::NOT_ALLOWED) => {
                    return Err(Happened::Closed(Some(Close::HostNotAllowed.code())));
                }
                Ok(_) | Err(_) => {}
            },
            Ok(Frame::Event(_)) => {}
            Err(_) => break,
        }
    }
    Err(Happened::Out(Outage::NotTheGateway))
}
