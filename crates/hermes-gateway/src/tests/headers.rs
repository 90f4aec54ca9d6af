//! The headers that every answer has.

use hermes_protocol::routes;
use http::{Request, header};

use super::rig::{PASSWORD, Rig};

const EVERY: [&str; 6] = [
    "content-security-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "referrer-policy",
    "x-content-type-options",
    "cache-control",
];

/// Every route, and what is none.
fn paths() -> Vec<(&'static str, String)> {
    let mut all: Vec<_> = routes::ALL
        .iter()
        .map(|(_, route)| (route.verb.as_str(), route.path.replace("{id}", "x")))
        .collect();
    for path in crate::ASSETS {
        all.push(("GET", path.to_owned()));
    }
    for path in [
        "/",
        "/account",
        "/app/index-X.js",
        "/sw.js",
        "/nothing",
        "/api/nothing",
        "/login?next=%2Fx",
    ] {
        all.push(("GET", path.to_owned()));
    }
    all.push(("PUT", "/login".to_owned()));
    all
}

#[tokio::test]
async fn wb1_wb5_every_answer_of_every_route_has_them() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    for (verb, path) in paths() {
        for cookie in ["", cookies.as_str()] {
            let request = Request::builder().method(verb).uri(&path);
            let answer = rig.ask(request.header(header::COOKIE, cookie), "").await;
            for name in EVERY {
                let count = answer.headers.get_all(name).iter().count();
                assert_eq!(count, 1, "{verb} {path}: {name}");
            }
            assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
            assert_eq!(answer.header("strict-transport-security"), "", "{path}");
        }
    }
    let page = rig.get("/login", "").await;
    let shown: Vec<_> = EVERY
        .iter()
        .map(|name| format!("{name}: {}", page.header(name)))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r"
    content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'
    cross-origin-opener-policy: same-origin
    cross-origin-resource-policy: same-origin
    referrer-policy: no-referrer
    x-content-type-options: nosniff
    cache-control: no-store, no-cache, must-revalidate
    ");
}

#[tokio::test]
async fn wb5_over_https_the_browser_is_told_to_stay_there() {
    let settings = "[gateway.proxy]\npublic_url = \"https://gw.example.com\"\n";
    let rig = Rig::with(settings).await;
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("owner", "ada", &hash).await;
    let rig = rig.again(settings).await;
    for path in ["/login", "/api/auth/me", "/nothing"] {
        let answer = rig.get(path, "").await;
        assert_eq!(
            answer.header("strict-transport-security"),
            "max-age=31536000"
        );
    }
}

#[tokio::test]
async fn wb1_no_page_has_a_script_or_a_style_of_its_own() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let local = Rig::with("").await;
    let link = local.gateway.new_link().unwrap();
    let body = serde_json::json!({ "secret": link.expose() }).to_string();
    let opened = local.ask(super::rig::json("/auth/open"), &body).await;
    for page in [
        rig.get("/login", "").await,
        rig.get("/", &cookies).await,
        rig.get("/account", &cookies).await,
        rig.get("/nothing", &cookies).await,
        local.get("/", "").await,
        local.get("/", &opened.cookies()).await,
        local.get("/account", &opened.cookies()).await,
    ] {
        let page = page.body;
        assert!(!page.contains("<style") && !page.contains(" style="));
        assert!(!page.contains("javascript:"));
        for rest in page.split(" on").skip(1) {
            let word = rest.split([' ', '>']).next().unwrap();
            assert!(!word.contains('='), "on{word}");
        }
        for script in page.split("<script").skip(1) {
            let ours = script.starts_with(" src=\"/assets/")
                || script.starts_with(" type=\"module\" crossorigin src=\"/app/");
            assert!(ours, "{script}");
        }
    }
    let script = rig.get("/assets/gateway.js", "").await.body;
    for sink in [
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "eval(",
        "document.write",
    ] {
        assert!(!script.contains(sink), "{sink}");
    }
}
