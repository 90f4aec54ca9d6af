//! The web app: what was built of `ui`, as browsers get it.
//!
//! `cargo xtask ui` builds the page and compresses its files; they are built into the program. A program
//! that was built without them has none, and says so on the page.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, State},
    response::{IntoResponse as _, Response},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;

use crate::{gateway::Gateway, site::Prefix};

/// The file that is the page.
const PAGE: &str = "index.html";

/// Where the files of the page are, in the folder and on the wire.
const FOLDER: &str = "app/";

/// The worker of the page, which browsers look for under the same address each time. It works for what is
/// below it, so it is above the other files.
pub(crate) const WORKER: &str = "/sw.js";

/// What a compressed file ends in.
const COMPRESSED: &str = ".gz";

/// What the page says where the prefix goes, and what its addresses begin with.
const PREFIX: (&str, &str) = ("data-prefix=\"\"", "\"./");

#[derive(RustEmbed)]
#[folder = "../../ui/dist/served"]
#[allow_missing = true]
struct Built;

/// The page and its files, each under the path by which it is asked for.
#[derive(Debug, Default)]
pub struct WebApp {
    page: Option<String>,
    files: BTreeMap<String, Bytes>,
}

impl WebApp {
    /// What is built into this program.
    pub fn built() -> Self {
        Self::of(Built::iter().filter_map(|name| {
            let file = Built::get(&name)?;
            Some((name.into_owned(), file.data))
        }))
    }

    /// The app of these files, named as they are in the folder.
    pub fn of(files: impl IntoIterator<Item = (String, Cow<'static, [u8]>)>) -> Self {
        let mut app = Self::default();
        for (name, content) in files {
            if name == PAGE {
                app.page = String::from_utf8(content.into_owned()).ok();
            } else if let Some(name) = name.strip_suffix(COMPRESSED) {
                app.files.insert(format!("/{name}"), bytes(content));
            }
        }
        app
    }

    /// The paths of the files. They hold no secret, and whoever is signed out in the middle of a visit
    /// still gets the rest of the page.
    pub(crate) fn paths(&self) -> impl Iterator<Item = String> {
        self.files.keys().cloned()
    }

    /// The page, below this prefix.
    pub(crate) fn page(&self, prefix: &Prefix) -> Option<String> {
        let page = self.page.as_deref()?;
        let (attribute, relative) = PREFIX;
        let prefix = prefix.as_str();
        let page = page.replacen(attribute, &format!("data-prefix=\"{prefix}\""), 1);
        Some(page.replace(relative, &format!("\"{prefix}/")))
    }
}

/// `GET /app/{name}`: a file of the page.
pub(crate) async fn file(
    State(gateway): State<Arc<Gateway>>,
    Path(name): Path<String>,
    asked: HeaderMap,
) -> Response {
    let path = format!("/{FOLDER}{name}");
    // Its name changes with what is in it.
    served(
        &gateway,
        &path,
        &asked,
        "public, max-age=31536000, immutable",
    )
}

/// `GET /sw.js`: the worker of the page. A browser that kept an old one would go on with it.
pub(crate) async fn worker(State(gateway): State<Arc<Gateway>>, asked: HeaderMap) -> Response {
    served(&gateway, WORKER, &asked, "no-cache")
}

fn served(gateway: &Gateway, path: &str, asked: &HeaderMap, kept: &'static str) -> Response {
    let Some(content) = gateway.fixed.web_app.files.get(path) else {
        // A page from before an update, whose files have gone with it.
        return StatusCode::NOT_FOUND.into_response();
    };
    let accepted = asked.get(header::ACCEPT_ENCODING);
    if !accepted.is_some_and(accepts_gzip) {
        let text = "this file is kept compressed alone: ask for it with `Accept-Encoding: gzip`\n";
        return (StatusCode::NOT_ACCEPTABLE, text).into_response();
    }
    let fixed = |value| HeaderValue::from_static(value);
    let headers = [
        (header::CONTENT_TYPE, fixed(kind(path))),
        (header::CONTENT_ENCODING, fixed("gzip")),
        (header::VARY, fixed("accept-encoding")),
        (header::CACHE_CONTROL, fixed(kept)),
    ];
    (headers, content.clone()).into_response()
}

fn bytes(content: Cow<'static, [u8]>) -> Bytes {
    match content {
        Cow::Borrowed(built) => Bytes::from_static(built),
        Cow::Owned(read) => Bytes::from(read),
    }
}

/// Whether a client takes gzip (RFC 9110, 12.5.3).
fn accepts_gzip(accepted: &HeaderValue) -> bool {
    let Ok(accepted) = accepted.to_str() else {
        return false;
    };
    accepted.split(',').any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default();
        let is_refused = parts.any(|part| matches!(part, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        matches!(name, "gzip" | "x-gzip" | "*") && !is_refused
    })
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        Some((_, "txt")) => "text/plain; charset=utf-8",
        Some((_, "woff2")) => "font/woff2",
        _ => "application/octet-stream",
    }
}
