//! The gate: what every request passes, in this order.
//!
//! 1. Who asks, as the proxies that are trusted tell it ([`forwarded`](crate::forwarded)).
//! 2. `Host`: is it a name of this gateway ([`reach`](crate::reach))?
//! 3. The path: does it need a credential in this mode ([`paths`](crate::paths))?
//! 4. The credential: the token, or a session by its cookies or an app's token.
//! 5. With a cookie, a request that changes something: was it meant ([`csrf`](crate::csrf))?
//!
//! Whatever fails on the way is a refusal: nobody gets further by something being broken.

use std::{
    pin::pin,
    sync::{Arc, LazyLock},
    time::Duration,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    response::{IntoResponse as _, Response},
};
use hermes_protocol::{
    rest::Refusal,
    routes::{LOGIN_PAGE, SOCKET},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header, request::Parts};
use tower::Service as _;

use crate::{
    audit::{Event, Line},
    cookies::{self, Kind, Shape},
    credential::{self, Renewed, Shown},
    csrf,
    forwarded::{Peer, Seen},
    gateway::Gateway,
    landing::{self, Landing},
    mode::{self, Mode},
    pages,
    paths::{Class, logged},
    person::Person,
    reach::Reach,
    refusal::{forget, refuse},
    routes,
    site::Scheme,
    sso,
    token::TokenGate,
};

/// How long a request with a body may take, from its head to the answer: whoever sends it drop by
/// drop holds a connection that others wait for.
const BODY_TIME: Duration = Duration::from_secs(30);

/// The gateway as its connections see it: the gate, and the routes behind it.
///
/// The gate is around the router and not one of its layers, which would box each request twice.
#[derive(Clone)]
pub struct Front {
    gateway: Arc<Gateway>,
    routes: Router,
}

impl Front {
    /// The front of this gateway.
    pub fn new(gateway: Arc<Gateway>) -> Self {
        Self {
            routes: routes::router(Arc::clone(&gateway)),
            gateway,
        }
    }

    /// Answers a request of this peer. The route gets it with `Seen` and, where one is needed,
    /// `Person` in its extensions.
    pub async fn answer(&self, peer: impl Into<Peer>, request: Request) -> Response {
        let watched = self.gateway.requests.watch(&request);
        let response = watched.within(self.pass(peer.into(), request)).await;
        watched.answered(&self.gateway.metrics, response)
    }

    async fn pass(&self, peer: Peer, request: Request) -> Response {
        let gateway = &*self.gateway;
        let (mut head, body) = request.into_parts();
        let rules = gateway.rules();
        let seen = rules.trust.see(peer, &head.headers);
        let secure = seen.scheme == Scheme::Https;
        let mut response = match admit(gateway, &rules.reach, &seen, &head).await {
            Ok(Admitted { person, renewed }) => {
                if let Some(person) = person {
                    head.extensions.insert(person);
                }
                head.extensions.insert(seen);
                let mut request = Request::from_parts(head, body);
                let has_body = csrf::has_body(request.headers());
                if has_body {
                    DefaultBodyLimit::max(gateway.fixed.limits.body_bytes).apply(&mut request);
                }
                // A router is always ready, and always answers. It is pinned where it is: a future
                // that is handed on is copied, and every request would pay for it.
                let route = pin!(self.routes.clone().call(request));
                let Ok(mut response) = match has_body {
                    true => tokio::select! {
                        answer = route => answer,
                        () = gateway.ports.clock.sleep(BODY_TIME) => {
                            Ok(StatusCode::REQUEST_TIMEOUT.into_response())
                        }
                    },
                    false => route.await,
                };
                if let Some(renewed) = renewed {
                    renewed.hand_out(&mut response);
                }
                response
            }
            Err(refusal) => *refusal,
        };
        guard(&mut response, secure);
        response
    }
}

/// A request that may go on.
struct Admitted {
    person: Option<Person>,
    renewed: Option<Renewed>,
}

async fn admit(
    gateway: &Gateway,
    reach: &Reach,
    seen: &Seen,
    head: &Parts,
) -> Result<Admitted, Box<Response>> {
    let path = head.uri.path();
    let mode = gateway.mode();
    let note = |event, reason: &str| {
        let line = Line::new(event, Some(seen.address))
            .reason(reason)
            .path(logged(path));
        gateway.ports.audit.record(line);
    };
    if path == SOCKET.path {
        return Ok(Admitted::nobody());
    }
    if let Err(refusal) = reach.host(seen) {
        note(Event::RequestRefused, "host_not_allowed");
        return Err(Box::new(refuse(
            &Refusal::HostNotAllowed,
            Some(&refusal.to_string()),
        )));
    }
    if mode == Mode::Token && mode::came_through_a_proxy(&head.headers) {
        note(Event::RequestRefused, "forwarded_in_token_mode");
        return Err(Box::new(refuse(
            &Refusal::Forbidden,
            Some(mode::TOKEN_BEHIND_PROXY),
        )));
    }
    let class = gateway.paths.class(mode, path);
    if class == Class::Public {
        return Ok(Admitted::nobody());
    }
    let admitted = match (&gateway.fixed.token, mode) {
        (Some(token), _) => holder(token, seen, &head.headers, note)?,
        (None, Mode::Unclaimed) => {
            return Err(Box::new(match class {
                Class::Api | Class::Public => refuse(&Refusal::Unclaimed, None),
                Class::Page => pages::unclaimed(seen),
            }));
        }
        (None, Mode::Gated | Mode::Token) => {
            // An app's token decides alone, also beside cookies. No page can make a browser send one
            // here, so that no request with one is forged.
            if let Some(admitted) = app(gateway, seen, &head.headers, note).await? {
                return Ok(admitted);
            }
            signed_in(gateway, seen, head, class, note).await?
        }
    };
    let body = csrf::Body::Json;
    if let Err(forged) = csrf::check(&head.method, &head.headers, body, reach, seen) {
        note(Event::RequestRefused, "forged");
        let why = forged.to_string();
        return Err(Box::new(refuse(&Refusal::Forbidden, Some(&why))));
    }
    Ok(admitted)
}

/// The same check for a route that the gate lets everybody to: such a route may change something
/// too, and some of them take a form.
pub(crate) fn was_meant(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    body: csrf::Body,
) -> Result<(), Box<Response>> {
    let reach = &gateway.rules().reach;
    csrf::check(&Method::POST, headers, body, reach, seen).map_err(|forged| {
        let line = Line::new(Event::RequestRefused, Some(seen.address));
        gateway.ports.audit.record(line.reason("forged"));
        Box::new(refuse(&Refusal::Forbidden, Some(&forged.to_string())))
    })
}

impl Admitted {
    const fn nobody() -> Self {
        Self {
            person: None,
            renewed: None,
        }
    }

    const fn as_person(person: Person) -> Self {
        Self {
            person: Some(person),
            renewed: None,
        }
    }
}

/// Token mode: the token in a header, or the cookie of a browser that followed the printed link.
fn holder(
    token: &TokenGate,
    seen: &Seen,
    headers: &HeaderMap,
    note: impl Fn(Event, &str),
) -> Result<Admitted, Box<Response>> {
    let shape = Shape::of(seen);
    let browser = || {
        let value = cookies::read(headers, Kind::Short, &shape).ok().flatten()?;
        Some(token.is_browser(value))
    };
    match token.header(headers).or_else(browser) {
        Some(true) => Ok(Admitted::as_person(Person::Holder)),
        shown => {
            match shown {
                Some(_) => note(Event::TokenAuthFailure, "token_mismatch"),
                None => note(Event::MissingCredential, "no_credential"),
            }
            Err(Box::new(refuse(&Refusal::TokenRequired, None)))
        }
    }
}

/// Gated mode: a browser with cookies.
async fn signed_in(
    gateway: &Gateway,
    seen: &Seen,
    head: &Parts,
    class: Class,
    note: impl Fn(Event, &str),
) -> Result<Admitted, Box<Response>> {
    match credential::of_browser(gateway, seen, &head.headers).await {
        Ok(Shown::Session(live, renewed)) => Ok(Admitted {
            person: Some(Person::SignedIn(live)),
            renewed,
        }),
        Ok(Shown::Nothing) => {
            if class == Class::Api {
                note(Event::MissingCredential, "no_cookie");
            }
            Err(Box::new(nobody(gateway, seen, head, class)))
        }
        Ok(Shown::Nobodys(reason)) => {
            note(Event::SessionVerifyFailure, reason);
            Err(Box::new(expired(seen, head, class)))
        }
        Err(_) => Err(Box::new(refuse(&Refusal::StorageUnavailable, None))),
    }
}

/// Gated mode: an app with its token. `None` if there is no token.
async fn app(
    gateway: &Gateway,
    seen: &Seen,
    headers: &HeaderMap,
    note: impl Fn(Event, &str),
) -> Result<Option<Admitted>, Box<Response>> {
    match credential::of_app(gateway, headers).await {
        Ok(Shown::Session(live, _)) => Ok(Some(Admitted::as_person(Person::SignedIn(live)))),
        Ok(Shown::Nothing) => Ok(None),
        Ok(Shown::Nobodys(reason)) => {
            note(Event::SessionVerifyFailure, reason);
            let login_url = seen.prefix.join(LOGIN_PAGE.path).into();
            let mut response = refuse(&Refusal::SessionExpired { login_url }, None);
            // RFC 6750 section 3.1.
            let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, challenge);
            Err(Box::new(response))
        }
        Err(_) => Err(Box::new(refuse(&Refusal::StorageUnavailable, None))),
    }
}

/// No credential at all.
pub(crate) fn nobody(gateway: &Gateway, seen: &Seen, head: &Parts, class: Class) -> Response {
    match class {
        Class::Page => {
            let at_once = sso::without_a_click(&gateway.offered(), seen, head);
            at_once.unwrap_or_else(|| to_sign_in(seen, head))
        }
        Class::Api | Class::Public => {
            let login_url = seen.prefix.join(LOGIN_PAGE.path).into();
            refuse(&Refusal::NoCookie { login_url }, None)
        }
    }
}

/// A credential that opens nothing: the client forgets it.
pub(crate) fn expired(seen: &Seen, head: &Parts, class: Class) -> Response {
    let mut response = match class {
        Class::Page => to_sign_in(seen, head),
        Class::Api | Class::Public => {
            let login_url = seen.prefix.join(LOGIN_PAGE.path).into();
            refuse(&Refusal::SessionExpired { login_url }, None)
        }
    };
    forget(response.headers_mut(), &Shape::of(seen));
    response
}

/// To the sign-in page, and from there back here; a request that changes something has no way
/// back.
fn to_sign_in(seen: &Seen, head: &Parts) -> Response {
    let target = head
        .uri
        .path_and_query()
        .map(http::uri::PathAndQuery::as_str);
    let landing = target
        .filter(|_| head.method == Method::GET)
        .and_then(|target| Landing::parse(target, &seen.prefix));
    let location = landing::sign_in_page(&seen.prefix, landing.as_ref());
    let Ok(location) = HeaderValue::from_str(&location) else {
        return refuse(&Refusal::Forbidden, None);
    };
    let headers = [(header::LOCATION, location)];
    (StatusCode::FOUND, headers).into_response()
}

/// The policy of every page, error and redirect: nothing but our own files, and no frame.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; \
    manifest-src 'self'; worker-src 'self'; base-uri 'none'; \
    form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

/// The headers that every answer has, and a place for the two that nearly each has of its own.
static FIXED: LazyLock<HeaderMap> = LazyLock::new(|| {
    HeaderMap::from_iter([
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(POLICY),
        ),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (OWN[0].clone(), HeaderValue::from_static("")),
        (OWN[1].clone(), HeaderValue::from_static("")),
    ])
});

/// What nearly every answer says itself. A map that has to grow for them is copied once more.
static OWN: [HeaderName; 2] = [header::CONTENT_TYPE, header::CONTENT_LENGTH];

/// Puts the fixed headers around those of an answer, which may say otherwise about one of them. A
/// copy of the map costs less than as many insertions.
fn guard(response: &mut Response, secure: bool) {
    let own = std::mem::replace(response.headers_mut(), FIXED.clone());
    let headers = response.headers_mut();
    for name in OWN.iter().filter(|name| !own.contains_key(*name)) {
        headers.remove(name);
    }
    headers.extend(own);
    if secure {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
}
