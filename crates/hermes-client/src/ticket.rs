//! What the answer to `POST /api/auth/ws-ticket` means: "sign in again" when that is true, and
//! only then.

use std::time::Duration;

use hermes_protocol::rest::Refusal;
use hermes_secret::Secret;
use serde_json::Value;

/// The most characters of a ticket.
const TICKET_LIMIT: usize = 4096;

/// What came of asking for a ticket.
#[derive(Clone, Debug)]
pub enum Minted {
    /// A ticket for one socket.
    Ticket(Secret),
    /// The session is over: the person signs in again. Trying again does not help.
    SignInNeeded,
    /// The gateway does not let this client in, whoever has signed in: what it says about that.
    Refused(Option<String>),
    /// The gateway knows of no tickets: it is from before them.
    TooOld,
    /// The way there, or the gateway, is out of order for now: it is tried again.
    Out(Outage),
}

/// Why there is no ticket just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outage {
    /// Something else than the gateway has answered, such as the sign-in page of a proxy.
    NotTheGateway,
    /// The gateway, or a proxy before it, is overloaded or broken, and may have said until when.
    Status(u16, Option<Duration>),
}

/// What an answer means: its status, its `Retry-After` and its body. What never arrived is no answer.
pub fn minted(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Minted {
    // A gateway answers with an object, and what stands before it does not.
    let body: Option<Value> = serde_json::from_slice(body).ok();
    let body = body.as_ref().and_then(Value::as_object);
    let text = |name: &str| body.and_then(|body| body.get(name)?.as_str());
    match (status, body) {
        (200..=299, Some(_)) => match text("ticket") {
            Some(ticket) if !ticket.is_empty() && ticket.len() <= TICKET_LIMIT => {
                Minted::Ticket(Secret::new(ticket.to_owned()))
            }
            Some(_) | None => Minted::Out(Outage::NotTheGateway),
        },
        // Somebody who has signed in may be refused for another reason, and it would be a lie to
        // send them back to the sign-in.
        (403, Some(_)) if text("detail") == Some(Refusal::Forbidden.body().detail()) => {
            Minted::Refused(text("hint").map(str::to_owned))
        }
        // One that serves a page at every path knows the path, and not the verb. What a proxy says while its
        // gateway is away is no object, and passes.
        (404 | 405, Some(_)) => Minted::TooOld,
        (400, Some(_)) => Minted::Refused(text("detail").map(str::to_owned)),
        (401 | 403, Some(_)) => Minted::SignInNeeded,
        (200..=399 | 401 | 403, _) => Minted::Out(Outage::NotTheGateway),
        (status, _) => Minted::Out(Outage::Status(status, retry_after)),
    }
}
