//! `GET /` and the files of the page.

use std::borrow::Cow;

use http::{Request, header};

use super::rig::{LOCAL, PASSWORD, Rig};
use crate::web_app::WebApp;

const PAGE: &str = r#"<!doctype html><html lang="en" data-prefix=""><head>
<link rel="icon" type="image/svg+xml" href="./assets/mark.svg">
<script type="module" crossorigin src="./app/index-X.js"></script>
<link rel="stylesheet" crossorigin href="./app/index-Y.css"></head></html>"#;

/// A page as Vite writes it; what is in its files matters to nobody here.
pub(super) fn sample() -> WebApp {
    WebApp::of([
        ("index.html".to_owned(), Cow::Borrowed(PAGE.as_bytes())),
        (
            "app/index-X.js.gz".to_owned(),
            Cow::Borrowed(&b"script"[..]),
        ),
        (
            "app/index-Y.css.gz".to_owned(),
            Cow::Borrowed(&b"style"[..]),
        ),
        (
            "app/face-Z.woff2.gz".to_owned(),
            Cow::Borrowed(&b"face"[..]),
        ),
        (
            "app/face-Z.txt.gz".to_owned(),
            Cow::Borrowed(&b"licence"[..]),
        ),
        ("sw.js.gz".to_owned(), Cow::Borrowed(&b"worker"[..])),
    ])
}

#[tokio::test]
async fn the_page_is_below_the_prefix_with_all_its_addresses() {
    let settings = "[gateway.proxy]\npublic_url = \"https://gw.example.com/hermes\"\n";
    let rig = Rig::with(settings).await;
    rig.add_login("owner", "ada", &rig.hash(PASSWORD).await)
        .await;
    let rig = rig.again(settings).await;
    let page = rig.get("/", &rig.signed_in("ada").await).await;
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(page.header("cache-control").contains("no-store"));
    let expected = PAGE
        .replace("data-prefix=\"\"", "data-prefix=\"/hermes\"")
        .replace("\"./", "\"/hermes/");
    assert_eq!(page.body, expected);
}

#[tokio::test]
async fn wb8_nobody_gets_the_page_without_a_sign_in_and_everybody_its_files() {
    let rig = Rig::gated().await;
    let page = rig.get("/", "").await;
    assert_eq!((page.status, page.location()), (302, "/login?next=%2F"));
    for (path, kind) in [
        ("/app/index-X.js", "text/javascript; charset=utf-8"),
        ("/app/index-Y.css", "text/css; charset=utf-8"),
        ("/app/face-Z.woff2", "font/woff2"),
        ("/app/face-Z.txt", "text/plain; charset=utf-8"),
    ] {
        let asked = Request::get(path).header(header::ACCEPT_ENCODING, "br, gzip;q=0.8");
        let file = rig.ask(asked, "").await;
        assert_eq!(file.status, 200);
        assert_eq!(file.header("content-type"), kind);
        assert_eq!(file.header("content-encoding"), "gzip");
        assert_eq!(
            file.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
    }
    // The worker's name stays, so a browser asks each time whether there is another.
    let asked = Request::get("/sw.js").header(header::ACCEPT_ENCODING, "gzip");
    let worker = rig.ask(asked, "").await;
    assert_eq!(worker.status, 200);
    assert_eq!(
        worker.header("content-type"),
        "text/javascript; charset=utf-8"
    );
    assert_eq!(worker.header("cache-control"), "no-cache");
    for path in [
        "/sw.js.gz",
        "/app/sw.js",
        "/app/other.js",
        "/app/index-X.js.gz",
        "/app/../index.html",
    ] {
        let missing = rig.get(path, "").await;
        assert_eq!(missing.status, 302, "{path}");
    }
}

#[tokio::test]
async fn wb8_what_installs_the_page_is_there_for_everybody_and_below_the_prefix() {
    let settings = "[gateway.proxy]\npublic_url = \"https://gw.example.com/hermes\"\n";
    let rig = Rig::with(settings).await;
    rig.add_login("owner", "ada", &rig.hash(PASSWORD).await)
        .await;
    let rig = rig.again(settings).await;
    let told = rig.get("/assets/hermes.webmanifest", "").await;
    assert_eq!(told.status, 200);
    assert_eq!(told.header("content-type"), "application/manifest+json");
    assert_eq!(told.header("cache-control"), "public, max-age=60");
    let manifest: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    for field in ["id", "start_url", "scope"] {
        assert_eq!(manifest[field], "/hermes/", "{field}");
    }
    for icon in manifest["icons"].as_array().unwrap() {
        let path = icon["src"]
            .as_str()
            .unwrap()
            .strip_prefix("/hermes")
            .unwrap();
        let file = rig.get(path, "").await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("content-type"), "image/png");
    }
}

#[tokio::test]
async fn a_program_that_takes_no_gzip_is_told_so() {
    let rig = Rig::gated().await;
    for accepted in ["", "identity", "br", "gzip;q=0", "gzip; q=0.0, deflate"] {
        let asked = Request::get("/app/index-X.js").header(header::ACCEPT_ENCODING, accepted);
        let answer = rig.ask(asked, "").await;
        assert_eq!(answer.status, 406, "{accepted}");
        assert!(answer.body.contains("Accept-Encoding: gzip"));
    }
}

#[tokio::test]
async fn a_program_without_the_page_says_how_it_is_built() {
    let rig = Rig::without_web_app(LOCAL).await;
    rig.add_login("owner", "ada", &rig.hash(PASSWORD).await)
        .await;
    rig.gateway.look_for_owner().await.unwrap();
    let page = rig.get("/", &rig.signed_in("ada").await).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("cargo xtask ui"));
    assert!(page.body.contains("href=\"/account\""));
}
