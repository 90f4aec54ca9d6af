//! The gateway as an authorization server that programs know from its metadata: what it says of itself
//! (RFC 8414), and one endpoint for every grant (RFC 6749). No cookie counts here, and no page of another
//! origin may read an answer.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use hermes_protocol::{
    rest::{DeviceToken, NativeToken, Refusal, ServerMetadata, TokenRequest},
    routes,
};
use hermes_secret::Secret;

use super::{
    device_code::{self, by_device_code},
    native_token::{self, BODY_LIMIT, agent, by_code, by_refresh_token, read},
};
use crate::{
    departure::own_address, forwarded::Seen, gateway::Gateway, mode::Mode, refusal::refuse,
};

/// The grants of apps.
const CODE: &str = "authorization_code";
const REFRESH: &str = "refresh_token";

pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::METADATA.path, get(metadata))
        .route(routes::TOKEN.path, post(token))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
}

/// What the gateway says of itself, where apps can sign in.
async fn metadata(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
) -> Response {
    if gateway.mode() != Mode::Gated {
        return refuse(&Refusal::NoProviders, None);
    }
    let at = |path| own_address(&gateway, &seen, path);
    let described = || {
        let devices = device_code::is_on(&gateway);
        let mut grants = vec![CODE, REFRESH];
        grants.extend(devices.then_some(DeviceToken::GRANT_TYPE));
        Some(ServerMetadata {
            issuer: at("")?,
            authorization_endpoint: at(routes::NATIVE_AUTHORIZE.path)?,
            token_endpoint: at(routes::TOKEN.path)?,
            device_authorization_endpoint: devices.then(|| at(routes::DEVICE_CODE.path)).flatten(),
            response_types_supported: ["code"],
            response_modes_supported: ["query"],
            grant_types_supported: grants,
            code_challenge_methods_supported: ["S256"],
            token_endpoint_auth_methods_supported: ["none"],
            authorization_response_iss_parameter_supported: true,
        })
    };
    match described() {
        Some(described) => Json(described).into_response(),
        None => refuse(&Refusal::HostNotAllowed, None),
    }
}

/// Gives tokens for a code, a refresh token or a device code.
async fn token(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    request: Request,
) -> Response {
    let agent = agent(request.headers());
    let Some(asked) = read::<TokenRequest>(request).await else {
        let what = "the body must be a form or JSON, with `grant_type`, and each name once";
        return refuse(&Refusal::AppRequestInvalid { what: what.into() }, None);
    };
    if asked.grant_type == DeviceToken::GRANT_TYPE {
        let token = DeviceToken {
            grant_type: asked.grant_type,
            device_code: asked.device_code.unwrap_or_default(),
            client_id: asked.client_id,
        };
        return by_device_code(&gateway, &seen, token).await;
    }
    if let Err(refusal) = native_token::in_time(&gateway, &seen) {
        return *refusal;
    }
    match asked.grant_type.as_str() {
        CODE => {
            let token = asked.code.map(|code| NativeToken {
                code,
                code_verifier: asked.code_verifier,
                redirect_uri: asked.redirect_uri,
                client_id: asked.client_id,
                grant_type: Some(CODE.to_owned()),
            });
            by_code(&gateway, &seen, token, agent).await
        }
        REFRESH => {
            let token = asked.refresh_token.map(Secret::new);
            by_refresh_token(&gateway, &seen, token, &Refusal::GrantInvalid).await
        }
        _ => {
            let what =
                format!("`grant_type` must be `{CODE}`, `{REFRESH}` or that of a device code");
            refuse(&Refusal::GrantUnsupported { what: what.into() }, None)
        }
    }
}
