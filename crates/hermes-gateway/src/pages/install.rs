//! What a browser installs the page by: the manifest and the icons.
//!
//! Browsers ask for them without cookies, so they are public as the other files are, and say nothing
//! of anybody.

use std::sync::Arc;

use axum::{
    Extension, Router,
    response::{IntoResponse as _, Response},
    routing::get,
};
use http::{HeaderValue, header};

use super::{KEPT, file};
use crate::{forwarded::Seen, gateway::Gateway};

/// The paths of the manifest and of the icons. [`ASSETS`](super::ASSETS) has them too.
pub(super) const MANIFEST: &str = "/assets/hermes.webmanifest";
pub(super) const ICONS: [(&str, &[u8]); 4] = [
    (
        "/assets/icon-180.png",
        include_bytes!("install/icon-180.png"),
    ),
    (
        "/assets/icon-192.png",
        include_bytes!("install/icon-192.png"),
    ),
    (
        "/assets/icon-512.png",
        include_bytes!("install/icon-512.png"),
    ),
    (
        "/assets/icon-maskable.png",
        include_bytes!("install/icon-maskable.png"),
    ),
];

const WRITTEN: &str = include_str!("install/hermes.webmanifest");

/// What its addresses begin with where the prefix goes. What names the installed page is compared by
/// its origin and this path, so two gateways below one name are two.
const RELATIVE: &str = "\"./";

pub(super) fn router() -> Router<Arc<Gateway>> {
    let router = Router::new().route(MANIFEST, get(manifest));
    ICONS.into_iter().fold(router, |router, (path, content)| {
        router.route(path, get(async move || file("image/png", content)))
    })
}

async fn manifest(Extension(seen): Extension<Seen>) -> Response {
    let text = WRITTEN.replace(RELATIVE, &format!("\"{}/", seen.prefix.as_str()));
    let kind = HeaderValue::from_static("application/manifest+json");
    ([(header::CONTENT_TYPE, kind), KEPT], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The paper of the light look, as the tokens have it.
    #[test]
    fn the_manifest_has_the_colour_of_the_look() {
        let tokens = include_str!("../../../../ui/tokens.css");
        let paper = tokens.split("--paper: ").nth(1).unwrap();
        let paper = paper.split(';').next().unwrap();
        let manifest: serde_json::Value = serde_json::from_str(WRITTEN).unwrap();
        assert_eq!(manifest["theme_color"], paper);
        assert_eq!(manifest["background_color"], paper);
    }

    #[test]
    fn every_file_is_public() {
        let icons = ICONS.into_iter().map(|(path, _)| path);
        for path in icons.chain([MANIFEST]) {
            assert!(crate::ASSETS.contains(&path), "{path}");
        }
    }
}
