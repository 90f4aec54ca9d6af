use std::sync::Arc;

use askama::Template;
use axum::{
    Extension,
    extract::{Query, State},
    response::{IntoResponse as _, Response},
};
use http::{HeaderValue, StatusCode, header};
use serde::Deserialize;

use super::{Frame, exposed_port, passkeys_origin, render};
use crate::{
    forwarded::Seen,
    gateway::Gateway,
    landing::Landing,
    methods::{BASIC, MethodKind, Offered},
    mode::Mode,
};

/// An attempt that did not work, for the page that comes next.
pub(crate) struct Tried<'a> {
    /// The method that was tried.
    pub(crate) method: &'a str,
    /// The name that was typed.
    pub(crate) username: &'a str,
    /// What went wrong.
    pub(crate) sentence: &'a str,
}

/// The query of the page.
#[derive(Deserialize)]
pub(super) struct Asked {
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page<'a> {
    frame: Frame,
    /// The origin at which passkeys work, if somebody has one.
    passkeys: Option<String>,
    buttons: Vec<Button>,
    forms: Vec<Form<'a>>,
    next: &'a str,
    /// The port of the gateway, where others on the way can read what is typed.
    exposed: Option<u16>,
}

/// A method that sends the browser elsewhere.
struct Button {
    href: String,
    label: String,
}

/// A method that takes a name and a password.
struct Form<'a> {
    method: String,
    /// What tells it from another form; alone it needs no name.
    heading: Option<String>,
    username: &'a str,
    sentence: Option<&'a str>,
}

/// `GET /login`.
pub(super) async fn page(
    State(gateway): State<Arc<Gateway>>,
    Extension(seen): Extension<Seen>,
    Query(asked): Query<Asked>,
) -> Response {
    if gateway.mode() == Mode::Token {
        let home = HeaderValue::from_str(&seen.prefix.join("/"));
        let home = home.unwrap_or_else(|_| HeaderValue::from_static("/"));
        return (StatusCode::SEE_OTHER, [(header::LOCATION, home)]).into_response();
    }
    let next = asked.next.as_deref();
    let next = next.and_then(|next| Landing::parse(next, &seen.prefix));
    sign_in(&gateway, &seen, next.as_ref(), None)
}

/// The page of the sign-in methods, perhaps after an attempt.
pub(crate) fn sign_in(
    gateway: &Gateway,
    seen: &Seen,
    next: Option<&Landing>,
    tried: Option<&Tried<'_>>,
) -> Response {
    let offered = gateway.offered();
    let of_kind = |kind| {
        let those = offered.iter().filter(move |method| method.kind == kind);
        those.cloned()
    };
    let forms: Vec<_> = of_kind(MethodKind::Password).collect();
    let several = forms.len() > 1;
    let passkey = of_kind(MethodKind::Passkey).next();
    let page = Page {
        passkeys: passkey.map(|_| passkeys_origin(gateway)),
        buttons: of_kind(MethodKind::Provider)
            .map(|method| button(&method, seen, next))
            .collect(),
        forms: forms
            .into_iter()
            .map(|method| {
                let tried = tried.filter(|tried| tried.method == method.name);
                Form {
                    heading: several.then(|| match method.name.as_str() {
                        BASIC => "Owner".to_owned(),
                        _ => method.display_name,
                    }),
                    method: method.name,
                    username: tried.map_or("", |tried| tried.username),
                    sentence: tried.map(|tried| tried.sentence),
                }
            })
            .collect(),
        next: next.map_or("", Landing::as_str),
        exposed: exposed_port(seen),
        frame: Frame::of(seen),
    };
    let mut response = render(StatusCode::OK, &page);
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-cache, must-revalidate"),
    );
    response
}

fn button(method: &Offered, seen: &Seen, next: Option<&Landing>) -> Button {
    // A name has letters, digits and dashes: the settings see to that.
    let path = format!("/auth/login?provider={}", method.name);
    let path = match next {
        Some(next) => format!("{path}&next={}", next.as_value()),
        None => path,
    };
    Button {
        href: seen.prefix.join(&path),
        label: format!("Continue with {}", method.display_name),
    }
}
