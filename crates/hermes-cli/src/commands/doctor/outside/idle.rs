//! How long a proxy lets a socket be silent. It takes a socket of somebody who is signed in, so this
//! runs on the gateway's host: it signs itself in as the owner, in the gateway's own database and for as
//! long as it looks, and brings that to the one address that the settings name, where people bring
//! theirs.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use hermes_errors::Failure;
use hermes_gateway::{
    audit::{Audit, Event, Line as AuditLine},
    socket::PING_EVERY,
};
use hermes_machine::{
    Environment,
    http::{Body, HttpError, Request, Visitor},
};
use hermes_protocol::routes;
use hermes_secret::Secret;
use hermes_storage::{
    Access, Label, LongLived, NewSession, RefreshHash, Role, SessionId, Storage, TokenHash, UserId,
};
use jiff::Timestamp;
use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;
use url::Url;

use super::{
    super::Finding,
    PATIENCE, answer, below,
    proxy::{Line, Proxy, change},
    socket::{self, Opened},
};
use crate::{
    commands::{
        destination::Destination,
        users::{audit, explain, with_storage},
    },
    world::World,
};

/// As what it signs in.
const METHOD: &str = "doctor";

/// Holds a socket for so long.
pub(in crate::commands::doctor) fn look(
    url: &Url,
    span: Duration,
    world: &World,
    environment: &Environment,
) -> Finding {
    let held = match is_own(url, world) {
        Ok(true) => hold_as_owner(url, span, world, environment),
        Ok(false) => {
            let evidence =
                "this home has no gateway at that address, so nothing is signed in there";
            let next = format!(
                "run it on the gateway's host, as its user, and {}",
                answer::public_url(url)
            );
            return Finding::broken("idle", evidence, next);
        }
        Err(failure) => Err(failure),
    };
    held.unwrap_or_else(|failure| Finding::broken("idle", failure.message, failure.next_step))
}

/// Whether the gateway of this home says that people type this address.
fn is_own(url: &Url, world: &World) -> Result<bool, Failure> {
    let public = Destination::of_home(None, world)?.public;
    Ok(public.is_some_and(|public| public == below(url, "/")))
}

fn hold_as_owner(
    url: &Url,
    span: Duration,
    world: &World,
    environment: &Environment,
) -> Result<Finding, Failure> {
    let (before, after) = (audit(world)?, audit(world)?);
    let note = |audit: &Audit, event, id: SessionId| {
        let line = AuditLine::new(event, None).provider(METHOD);
        let owner = UserId::owner();
        audit.record(line.session(id.as_str()).user(owner.as_str(), None));
    };
    with_storage(world, async |storage| {
        let (id, token) = sign_in(storage, span, world).await?;
        note(&before, Event::LoginSuccess, id);
        // The gateway writes into the same log what becomes of the session, so this line is on the disk
        // before the session is used.
        drop(before);
        let held = hold(url, span, &token, world, environment).await;
        let ended = storage.sessions().end(id).await;
        note(&after, Event::Logout, id);
        ended.map_err(|error| explain(&error))?;
        Ok(held.unwrap_or_else(|error| super::silent(&error)))
    })
}

/// A session that ends by itself soon after the look, whatever becomes of this process. Its refresh
/// token is nobody's.
async fn sign_in(
    storage: &dyn Storage,
    span: Duration,
    world: &World,
) -> Result<(SessionId, Secret), Failure> {
    let random = &*world.ports.random;
    let now = world.ports.clock.now();
    let after = |span| now.checked_add(span).unwrap_or(Timestamp::MAX);
    let token = random.token(32);
    let id = SessionId::new(random);
    let session = NewSession {
        id,
        user: UserId::owner(),
        // A silent socket needs no more.
        at_most: Role::Member,
        method: METHOD.to_owned(),
        name: None,
        client: Label::new("hermes doctor"),
        address: Ipv4Addr::LOCALHOST.into(),
        at: now,
        authenticated_at: now,
        ends_at: after(span + 3 * PATIENCE),
        long_lived: LongLived::Refresh(RefreshHash {
            family: TokenHash::of_secret(&random.token(32)),
            turn: TokenHash::of_secret(&random.token(32)),
        }),
        access: Access {
            hash: TokenHash::of_secret(&token),
            ends_at: after(2 * PATIENCE),
        },
        provider: None,
        passkey: None,
    };
    let opened = storage.sessions().open(session).await;
    opened.map_err(|error| explain(&error))?;
    Ok((id, token))
}

async fn hold(
    url: &Url,
    span: Duration,
    token: &Secret,
    world: &World,
    environment: &Environment,
) -> Result<Finding, HttpError> {
    let clock = Arc::clone(&world.ports.clock);
    let visitor = Visitor::new(url, environment, Arc::clone(&clock))?;
    let minting = Request::post(below(url, routes::WS_TICKET.path), Body::Empty)
        .header("authorization", format!("Bearer {}", token.expose()))
        .header("origin", url.origin().ascii_serialization())
        .within(PATIENCE);
    let minted = visitor.ask(minting).await?;
    let proxy = Proxy::of(&minted.headers);
    let body: Value = serde_json::from_slice(&minted.body).unwrap_or_default();
    let Some(ticket) = body["ticket"].as_str() else {
        let evidence = format!(
            "the gateway there makes no ticket: status {}",
            minted.status
        );
        let next = "see that it is the one of this home: hermes status";
        return Ok(Finding::broken("idle", evidence, next));
    };
    let query = [(routes::query::TICKET, ticket)];
    let mut socket = match socket::open(&visitor, url, &query).await? {
        Opened::Socket(socket) => socket,
        Opened::No(met) => return Ok(socket::finding(&met, true, url, proxy)),
    };
    let began = clock.now();
    let cut = async {
        loop {
            match socket.next().await {
                // Pings among them, which are answered while the next frame is read.
                Some(Ok(frame)) if !matches!(frame, Message::Close(_)) => {}
                Some(Ok(_)) => return "the gateway has closed it",
                Some(Err(_)) | None => return "it was cut",
            }
        }
    };
    let ping = PING_EVERY.as_secs();
    Ok(tokio::select! {
        how = cut => {
            let after = clock.now().duration_since(began).as_secs();
            let evidence = format!(
                "a socket was to be held for {} s, and after {after} s {how}; the gateway sends a \
                 ping every {ping} s",
                span.as_secs()
            );
            Finding::broken("idle", evidence, change(proxy, Line::Idle, ""))
        }
        () = clock.sleep(span) => Finding::fine(
            "idle",
            format!("a socket is held for {} s, with a ping every {ping} s", span.as_secs()),
        ),
    })
}
