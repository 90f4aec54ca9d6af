use std::sync::Arc;

use axum::{
    Extension,
    extract::{State, WebSocketUpgrade},
    response::Response,
};
use hermes_protocol::{close::Close, limits, routes};
use hermes_storage::TokenHash;
use http::{HeaderMap, Uri};

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    mode::{self, Mode},
    person::Person,
    reach::Reach,
    request,
    serve::Seat,
    socket::{self, Surroundings},
    tickets::TicketRefused,
};

/// The library's buffer for what arrives: a held socket costs this much, so it is small, and a
/// large frame grows its own.
const READ_BUFFER: usize = 2 * 1024;

/// Why a socket is refused, for its client and for the log.
struct Refused {
    close: Close,
    reason: String,
}

/// Opens a socket. The upgrade is always accepted, so that a refusal arrives with its code: of a
/// refused upgrade a browser tells nothing.
pub(super) async fn open(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    seat: Option<Extension<Seat>>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let admitted = admit(&gateway, &seen, &uri, &headers).await;
    let id = request::current();
    let clock = Arc::clone(&gateway.ports.clock);
    match admitted {
        Ok(person) => {
            let caller = person.caller();
            let place = gateway.room.take(&caller);
            let around = Surroundings {
                clock,
                answers: Arc::clone(&gateway.ports.answers),
                conversations: Arc::clone(&gateway.conversations),
                stopping: gateway.stopping.clone(),
            };
            upgrade
                .read_buffer_size(READ_BUFFER)
                .write_buffer_size(0)
                .max_message_size(limits::FRAME_BYTES)
                .max_frame_size(limits::FRAME_BYTES)
                .on_upgrade(move |mut socket| async move {
                    let _seat = seat;
                    let Some(_place) = place else {
                        gateway.metrics.closed(Close::TooManySockets);
                        request::socket_refused(id, Close::TooManySockets, None);
                        return socket::close(&mut socket, Close::TooManySockets, &*around.clock)
                            .await;
                    };
                    request::socket_opened(id);
                    let why = socket::serve(&mut socket, &caller, &around).await;
                    // Before its client knows: whoever was told finds it in the log.
                    request::socket_closed(id, why);
                    if let Some(why) = why {
                        gateway.metrics.closed(why);
                        socket::close(&mut socket, why, &*around.clock).await;
                    }
                })
        }
        Err(close) => upgrade
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(limits::SMALL_FRAME_BYTES)
            .on_upgrade(move |mut socket| async move {
                let _seat = seat;
                socket::close(&mut socket, close, &*clock).await;
            }),
    }
}

async fn admit(
    gateway: &Gateway,
    seen: &Seen,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Person, Close> {
    let rules = gateway.rules();
    judge(gateway, &rules.reach, seen, uri, headers)
        .await
        .map_err(|refused| {
            gateway.ports.audit.record(
                Line::new(Event::WsTicketRejected, Some(seen.address))
                    .reason(&refused.reason)
                    .path(uri.path()),
            );
            gateway.metrics.closed(refused.close);
            let detail = Some(refused.reason.as_str());
            request::socket_refused(request::current(), refused.close, detail);
            refused.close
        })
}

/// Host and origin come first, so that a refusal leaves the ticket usable.
async fn judge(
    gateway: &Gateway,
    reach: &Reach,
    seen: &Seen,
    uri: &Uri,
    headers: &HeaderMap,
) -> Result<Person, Refused> {
    let refused = |close: Close| Refused {
        close,
        reason: close.reason().to_owned(),
    };
    reach.host(seen).map_err(|refusal| Refused {
        close: Close::HostNotAllowed,
        reason: refusal.to_string(),
    })?;
    reach.origin(seen, headers).map_err(|refusal| Refused {
        close: Close::OriginNotAllowed,
        reason: refusal.to_string(),
    })?;
    let query = uri.query().unwrap_or_default();
    let value = |name: &str| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    };
    match gateway.mode() {
        Mode::Unclaimed => return Err(refused(Close::Unclaimed)),
        Mode::Token if mode::came_through_a_proxy(headers) => {
            return Err(refused(Close::Forwarded));
        }
        Mode::Token | Mode::Gated => {}
    }
    if let (Some(gate), Some(token)) = (&gateway.fixed.token, value(routes::query::TOKEN)) {
        return if gate.is_token(&token) {
            Ok(Person::Holder)
        } else {
            Err(refused(Close::TokenMismatch))
        };
    }
    let ticket = value(routes::query::TICKET).ok_or_else(|| refused(Close::NoCredential))?;
    let origin = headers
        .get(http::header::ORIGIN)
        .and_then(|origin| origin.to_str().ok());
    let now = gateway.ports.clock.now();
    let hash = TokenHash::of(&ticket);
    let taken = gateway.ports.tickets.take(&hash, origin, now).await;
    let grant = taken.map_err(|error| Refused {
        close: match error {
            TicketRefused::OtherOrigin => Close::OriginNotAllowed,
            TicketRefused::Unavailable => Close::Internal,
            TicketRefused::Unknown | TicketRefused::Expired => Close::TicketInvalid,
        },
        reason: error.to_string(),
    })?;
    match &gateway.fixed.token {
        Some(gate) if gate.session() == grant.session => Ok(Person::Holder),
        Some(_) => Err(refused(Close::TicketInvalid)),
        None => {
            let live = gateway.sessions.of_ticket(grant.session).await;
            let live = live.map_err(|_| refused(Close::Internal))?;
            live.map(Person::SignedIn)
                .ok_or_else(|| refused(Close::SessionEnded))
        }
    }
}
