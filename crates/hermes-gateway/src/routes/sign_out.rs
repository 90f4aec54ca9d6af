use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::{rest::Refusal, routes};
use hermes_storage::SessionKind;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use crate::{
    audit::{Event, Line},
    cookies::{self, Kind, Shape},
    credential::{self, Shown, bearer},
    csrf,
    departure::own_address,
    forwarded::Seen,
    front::was_meant,
    gateway::Gateway,
    methods::Leaving,
    pages,
    refusal::{forget, refuse},
};

/// Ends the session of these cookies, or of an app's token: here, in storage, and in the browser. Without a session it
/// is as good.
pub(super) async fn sign_out(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    headers: HeaderMap,
) -> Response {
    if let Err(refusal) = was_meant(&gateway, &seen, &headers, csrf::Body::Form) {
        return *refusal;
    }
    let shape = Shape::of(&seen);
    let read = |kind| cookies::read(&headers, kind, &shape).ok().flatten();
    let found = match (read(Kind::Short), read(Kind::Long)) {
        _ if bearer(&headers).is_some() => {
            let shown = credential::of_app(&gateway, &headers).await;
            shown.map(Shown::session)
        }
        (Some(short), _) => {
            gateway
                .sessions
                .by_access(short, SessionKind::Browser)
                .await
        }
        (None, Some(long)) => {
            let renewed = gateway.sessions.renew(long).await;
            renewed.map(|renewed| renewed.map(|(live, _)| live))
        }
        (None, None) => Ok(None),
    };
    let mut leaving = None;
    let ended = match found {
        Ok(Some(live)) => {
            leaving = Leaving::of(&gateway, live.session, &live.method).await;
            let line = Line::new(Event::Logout, Some(seen.address));
            gateway.ports.audit.record(line.live(&live));
            gateway.ports.tickets.forget(&live.session).await;
            gateway.sessions.end(live.session).await.map(|_| ())
        }
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    if ended.is_err() {
        // Saying "signed out" would be a lie: the session goes on in storage.
        return refuse(&Refusal::StorageUnavailable, None);
    }
    let mut response = match away(&gateway, &seen, &headers, leaving).await {
        Some(response) => response,
        None => home(&seen),
    };
    let answer = response.headers_mut();
    answer.insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    forget(answer, &shape);
    response
}

/// To the sign-in page.
fn home(seen: &Seen) -> Response {
    let location = HeaderValue::from_str(&seen.prefix.join(HOME));
    let location = location.unwrap_or_else(|_| HeaderValue::from_static(HOME));
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

const HOME: &str = routes::LOGIN_PAGE.path;

/// Gives the provider its tokens back and sends a browser there to end its session too, which then
/// comes home. It is a page that goes on by itself, since our policy lets no form lead elsewhere,
/// not even by a redirect.
async fn away(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    leaving: Option<Leaving>,
) -> Option<Response> {
    let home = own_address(gateway, seen, HOME)?;
    let url = leaving?.leave(&home).await?;
    if !pages::wanted(headers) {
        return None;
    }
    let refresh = HeaderValue::from_str(&format!("0; url={url}")).ok()?;
    let mut response = pages::signed_out(seen, url.authority());
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("refresh"), refresh);
    Some(response)
}
