use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use hermes_protocol::{
    rest::{PushAnswer, PushSubscribe, Refusal},
    routes,
};
use http::StatusCode;

use crate::{
    audit::{Event, Line},
    forwarded::Seen,
    gateway::Gateway,
    person::Person,
    push::{self, Push},
    refusal::refuse,
    sessions::Live,
};

/// Whether a sign-in's browser is told while it is closed. The three are one path.
pub(super) fn router() -> Router<Arc<Gateway>> {
    let routes = get(state).post(subscribe).delete(unsubscribe);
    Router::new().route(routes::PUSH.path, routes)
}

async fn state(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
) -> Response {
    let (push, live) = match may(&gateway, &person) {
        Ok(found) => found,
        Err(refusal) => return refuse(&refusal, None),
    };
    let subscriptions = gateway.ports.storage.subscriptions();
    match subscriptions.is_subscribed(live.session).await {
        Ok(told) => Json(PushAnswer {
            public_key: push.identity.public().to_owned(),
            told,
        })
        .into_response(),
        Err(_) => refuse(&Refusal::StorageUnavailable, None),
    }
}

async fn subscribe(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Json(body): Json<PushSubscribe>,
) -> Response {
    let live = match may(&gateway, &person) {
        Ok((_, live)) => live,
        Err(refusal) => return refuse(&refusal, None),
    };
    let PushSubscribe { endpoint, keys } = body;
    let subscription = match push::subscription(&endpoint, &keys.p256dh, &keys.auth) {
        Ok(subscription) => subscription,
        Err(refused) => {
            let what = refused.to_string().into();
            return refuse(&Refusal::Unprocessable { what }, None);
        }
    };
    let (subscriptions, now) = (
        gateway.ports.storage.subscriptions(),
        gateway.ports.clock.now(),
    );
    match subscriptions
        .subscribe(live.session, subscription, now)
        .await
    {
        Ok(true) => {
            note(&gateway, &seen, live, "subscribed");
            StatusCode::NO_CONTENT.into_response()
        }
        // It has ended since the request was let in.
        Ok(false) => refuse(&Refusal::NoSuchSession, None),
        Err(_) => refuse(&Refusal::StorageUnavailable, None),
    }
}

async fn unsubscribe(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
) -> Response {
    let live = match may(&gateway, &person) {
        Ok((_, live)) => live,
        Err(refusal) => return refuse(&refusal, None),
    };
    let subscriptions = gateway.ports.storage.subscriptions();
    match subscriptions.unsubscribe(live.session).await {
        Ok(was_told) => {
            if was_told {
                note(&gateway, &seen, live, "unsubscribed");
            }
            StatusCode::NO_CONTENT.into_response()
        }
        Err(_) => refuse(&Refusal::StorageUnavailable, None),
    }
}

/// Where browsers may be told, and only for a sign-in, with which it ends: token mode has none.
fn may<'a>(
    gateway: &'a Gateway,
    person: &'a Person,
) -> Result<(&'a Push, &'a Live), Refusal<'static>> {
    let live = person.session().map(|live| &**live);
    gateway
        .push
        .as_ref()
        .zip(live)
        .ok_or_else(|| Refusal::NoSuchEndpoint {
            path: routes::PUSH.path.into(),
        })
}

fn note(gateway: &Gateway, seen: &Seen, live: &Live, reason: &str) {
    let line = Line::new(Event::PushChanged, Some(seen.address));
    gateway.ports.audit.record(line.live(live).reason(reason));
}
