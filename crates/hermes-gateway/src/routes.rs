//! The routes behind the gate.

mod accounts;
mod back_channel;
mod claim;
mod claim_passkey;
mod conversations;
mod device;
mod device_code;
mod external;
mod health;
mod link;
mod me;
mod native;
mod native_token;
mod numbers;
mod open;
mod passkey_login;
mod passkeys;
mod password;
mod password_add;
mod password_login;
mod profiles;
mod push;
mod sessions;
mod shares;
mod sign_out;
mod socket;
mod status;
mod strangers;
mod ticket;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    response::{IntoResponse as _, Response},
    routing::{get, patch, post},
};
use hermes_protocol::{rest::Refusal, routes};
use http::StatusCode;

use crate::{gateway::Gateway, pages, refusal::refuse};

/// Every route of the gateway. The [gate](crate::front) is around all of them, what is not found
/// included.
pub(crate) fn router(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route(routes::STATUS.path, get(status::status))
        .route(routes::PROVIDERS.path, get(status::providers))
        .route(routes::HEALTH.path, get(health::health))
        .route(routes::READY.path, get(health::ready))
        .route(routes::ME.path, get(me::me))
        .route(routes::WS_TICKET.path, post(ticket::mint))
        .route(
            routes::PASSWORD.path,
            post(password::change).layer(DefaultBodyLimit::max(password_login::BODY_LIMIT)),
        )
        .route(
            routes::PASSWORD_ADD.path,
            post(password_add::add).layer(DefaultBodyLimit::max(password_login::BODY_LIMIT)),
        )
        .route(
            routes::PASSKEYS.path,
            get(passkeys::list)
                .post(passkeys::add)
                .layer(DefaultBodyLimit::max(password_login::BODY_LIMIT)),
        )
        .route(routes::PASSKEY_START.path, post(passkeys::start))
        .route(
            routes::PASSKEY_RENAME.path,
            patch(passkeys::rename).delete(passkeys::remove),
        )
        .route(routes::LINK.path, post(link::make))
        .route(routes::SESSIONS.path, get(sessions::list))
        .route(
            routes::SESSION_RENAME.path,
            patch(sessions::rename).delete(sessions::end),
        )
        .route(routes::SESSIONS_END_OTHERS.path, post(sessions::end_others))
        .route(
            routes::PASSWORD_LOGIN.path,
            post(password_login::sign_in).layer(DefaultBodyLimit::max(password_login::BODY_LIMIT)),
        )
        .route(
            routes::NATIVE_AUTHORIZE.path,
            get(native::ask).post(native::decide),
        )
        .route(
            routes::NATIVE_TOKEN.path,
            post(native_token::redeem).layer(DefaultBodyLimit::max(native_token::BODY_LIMIT)),
        )
        .route(
            routes::NATIVE_REFRESH.path,
            post(native_token::refresh).layer(DefaultBodyLimit::max(native_token::BODY_LIMIT)),
        )
        .merge(token::router())
        .route(routes::OPEN.path, post(open::open))
        .merge(claim::router())
        .route(routes::STRANGERS.path, get(strangers::list))
        .route(routes::STRANGER_ALLOW.path, post(strangers::allow))
        .route(routes::STRANGER_DISMISS.path, post(strangers::dismiss))
        .route(
            routes::DEVICE_PAGE.path,
            get(device::page).post(device::decide),
        )
        .merge(device_code::router())
        .merge(passkey_login::router())
        .merge(conversations::router())
        .merge(shares::router())
        .merge(profiles::router())
        .merge(push::router())
        .merge(accounts::router())
        .route(routes::LOGOUT.path, post(sign_out::sign_out))
        .route(routes::LOGIN_START.path, get(external::begin))
        .route(routes::CALLBACK.path, get(external::finish))
        .route(routes::BACK_CHANNEL_LOGOUT.path, post(back_channel::hear))
        .route(routes::SOCKET.path, get(socket::open))
        .merge(pages::router())
        .fallback(not_found)
        .with_state(gateway)
}

/// What the bind for Prometheus serves, and nothing else.
pub(crate) fn numbers(gateway: Arc<Gateway>) -> Router {
    Router::new()
        .route(routes::METRICS_PATH, get(numbers::numbers))
        .with_state(gateway)
}

async fn not_found(request: Request) -> Response {
    let path = request.uri().path();
    if path.starts_with(routes::API_PREFIX) {
        return refuse(&Refusal::NoSuchEndpoint { path: path.into() }, None);
    }
    (StatusCode::NOT_FOUND, pages::not_found(&request)).into_response()
}
