//! The control socket: how whoever has the host speaks to the gateway that runs.
//!
//! It takes the frames of the WebSocket, one JSON object a line, from the user that runs the gateway
//! and from root, and from nobody else: the folder and the socket keep others away, and the kernel is
//! asked who is at the other end before anything is read. Who is let in has the owner's rights, and the
//! methods of the host besides ([`HostCall`](hermes_protocol::methods::HostCall)).

mod desk;
mod place;
mod sessions;

use std::{sync::Arc, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_machine::BoxFuture;
use hermes_protocol::{
    close::Close,
    limits,
    methods::{Reloaded, Role},
    rpc::{Event, GatewayReady, Id, RpcError, answer, code},
};
use hermes_storage::UserId;
use tokio::{
    net::UnixStream,
    sync::{Semaphore, mpsc, oneshot},
};
use tokio_util::{
    codec::{Framed, LinesCodec, LinesCodecError},
    task::TaskTracker,
};
use tracing::warn;

use self::desk::Host;
pub use self::{
    place::{Place, PlaceError},
    sessions::sessions,
};
use crate::{
    gateway::Gateway,
    serve::{GRACE, PAUSE},
    socket::{Allowance, Desk as _, STALL, reply},
    tls::Tls,
};

/// How long the other side may say nothing.
const IDLE: Duration = Duration::from_secs(limits::CONTROL_IDLE_SECONDS);

/// Who is told what came of a reload that was asked for.
pub type AskedToReload = oneshot::Sender<Result<Reloaded, RpcError>>;

/// What the gateway does not know of itself.
pub struct About {
    /// Where this machine reaches it; none if it is there for the control socket alone.
    pub address: Option<String>,
    /// Whether a program runs it for itself, and it gives way to a gateway that is there for others.
    pub gives_way: bool,
    /// Whether it listens on all addresses of this machine.
    pub everywhere: bool,
    /// The certificate of its own, if it has one.
    pub tls: Option<Arc<Tls>>,
    /// Who reads the settings again.
    pub reloads: mpsc::Sender<AskedToReload>,
}

/// Answers at the control socket until the gateway stops, and gives the place back: whoever keeps it
/// keeps the next gateway away until the last word of this one is written. Boxed for the reason that
/// [`serve`](crate::serve::serve) has.
pub fn serve(place: Place, gateway: Arc<Gateway>, about: About) -> BoxFuture<'static, Place> {
    Box::pin(answer_all(place, gateway, about))
}

async fn answer_all(place: Place, gateway: Arc<Gateway>, about: About) -> Place {
    let host = Arc::new(Host::new(gateway, about));
    let room = Arc::new(Semaphore::new(limits::CONTROL_CONNECTIONS));
    let tasks = TaskTracker::new();
    let clock = Arc::clone(&host.gateway.ports.clock);
    loop {
        let accepted = async {
            // The semaphore is never closed.
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, place.accept().await)
        };
        let (permit, stream) = tokio::select! {
            () = host.gateway.stopping.cancelled() => break,
            accepted = accepted => accepted,
        };
        match stream {
            Ok(stream) => {
                let host = Arc::clone(&host);
                tasks.spawn(async move {
                    let _permit = permit;
                    admit(stream, &host).await;
                });
            }
            Err(error) => {
                warn!(%error, "cannot accept a connection at the control socket");
                clock.sleep(PAUSE).await;
            }
        }
    }
    tasks.close();
    tokio::select! {
        () = tasks.wait() => {}
        () = clock.sleep(GRACE) => {}
    }
    place
}

/// Asks the kernel who it is, and then serves them.
async fn admit(stream: UnixStream, host: &Host) {
    let peer = stream.peer_cred().map(|peer| peer.uid());
    let own = rustix::process::geteuid().as_raw();
    let may = peer.as_ref().is_ok_and(|peer| may_ask(*peer, own));
    let codec = LinesCodec::new_with_max_length(limits::FRAME_BYTES);
    let mut lines = Framed::new(stream, codec);
    let clock = &*host.gateway.ports.clock;
    let last = if may {
        converse(&mut lines, host)
            .await
            .map(|why| RpcError::new(code::INVALID_REQUEST, why.reason()))
    } else {
        warn!(
            uid = peer.ok(),
            "another user was refused at the control socket"
        );
        let whose = "the control socket is for the user that runs the gateway";
        Some(RpcError::new(code::NOT_ALLOWED, whose))
    };
    let Some(last) = last else { return };
    let farewell = async {
        // Who is gone needs no reason.
        let _ = lines.send(answer::<()>(&Id::NULL, Err(last))).await;
    };
    tokio::select! {
        () = farewell => {}
        () = clock.sleep(STALL) => {}
    }
}

/// Whether a process of this user may speak to a gateway that runs as this one.
const fn may_ask(peer: u32, own: u32) -> bool {
    peer == own || peer == 0
}

/// Until something ends it: `None` if the other side did.
async fn converse(lines: &mut Framed<UnixStream, LinesCodec>, host: &Host) -> Option<Close> {
    let Gateway {
        ports, stopping, ..
    } = &*host.gateway;
    let ready = Event::of_socket(GatewayReady {
        user_id: UserId::owner().to_string(),
        role: Role::Owner,
        max_frame_bytes: limits::FRAME_BYTES,
        replay_epoch: host.gateway.conversations.epoch(),
    });
    let mut desk = host.desk();
    let mut allowance = Allowance::default();
    let mut next = Some(ready.to_frame());
    loop {
        if let Some(frame) = next.take() {
            tokio::select! {
                sent = lines.send(frame) => sent.ok()?,
                () = ports.clock.sleep(STALL) => return Some(Close::SlowReader),
            }
        }
        let frame = tokio::select! {
            biased;
            () = stopping.cancelled() => return Some(Close::Restart),
            frame = lines.next() => match frame? {
                Ok(frame) => frame,
                Err(LinesCodecError::MaxLineLengthExceeded) => return Some(Close::FrameTooLarge),
                Err(LinesCodecError::Io(_)) => return None,
            },
            event = desk.next() => {
                next = Some(event);
                continue;
            }
            () = ports.clock.sleep(IDLE) => return None,
        };
        match reply(&frame, &mut desk, &mut allowance, ports.clock.now()).await {
            Ok(reply) => next = reply,
            Err(why) => return Some(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::may_ask;

    #[test]
    fn only_the_gateways_own_user_and_root_may_ask() {
        assert!(may_ask(1000, 1000) && may_ask(0, 1000) && may_ask(0, 0));
        assert!(!may_ask(1001, 1000) && !may_ask(1000, 0) && !may_ask(65_534, 1000));
    }
}
