use super::rig::{ONE, Rig};

#[tokio::test]
async fn facts_1_7_one_method_needs_no_click_and_is_tried_once() {
    let rig = Rig::owned(ONE).await;
    let mut browser = rig.browser();
    let first = browser.get("/chat?x=1").await;
    assert_eq!(first.status, 302);
    assert_eq!(
        first.location(),
        "/auth/login?provider=acme&next=%2Fchat%3Fx%3D1"
    );
    assert_eq!(browser.cookies["hermes_sso_attempt"], "1");
    let second = browser.get("/chat?x=1").await;
    assert_eq!(second.location(), "/login?next=%2Fchat%3Fx%3D1");
    assert!(!browser.cookies.contains_key("hermes_sso_attempt"));

    browser.get("/chat").await;
    browser.sign_in().await;
    assert!(
        !browser.cookies.contains_key("hermes_sso_attempt"),
        "a sign-in forgets it"
    );

    let api = rig.browser().get("/api/auth/me").await;
    assert_eq!(api.status, 401);
}

#[tokio::test]
async fn facts_1_7_two_methods_are_a_choice() {
    let two = format!("{ONE}{}", ONE.replace("acme", "other"));
    let rig = Rig::owned(&two).await;
    let answer = rig.browser().get("/chat").await;
    assert_eq!(answer.location(), "/login?next=%2Fchat");
}

#[tokio::test]
async fn rp11_another_site_signs_no_browser_in() {
    let rig = Rig::owned(ONE).await;
    for (headers, at_once) in [
        (
            &[("sec-fetch-site", "none"), ("sec-fetch-dest", "document")][..],
            true,
        ),
        (
            &[
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-dest", "document"),
            ],
            true,
        ),
        (
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-dest", "document"),
            ],
            false,
        ),
        (
            &[
                ("sec-fetch-site", "same-site"),
                ("sec-fetch-dest", "document"),
            ],
            false,
        ),
        (
            &[("sec-fetch-site", "none"), ("sec-fetch-dest", "iframe")],
            false,
        ),
        (
            &[
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-dest", "image"),
            ],
            false,
        ),
    ] {
        for (path, to) in [
            ("/chat", "/auth/login?provider=acme&next=%2Fchat"),
            (
                "/auth/login?provider=acme",
                "https://id.example.com/authorize",
            ),
        ] {
            let mut browser = rig.browser();
            browser.headers.extend(headers);
            let answer = browser.get(path).await;
            let location = answer.location();
            assert_eq!(location.starts_with(to), at_once, "{headers:?} {path}");
            assert!(at_once || location.starts_with("/login"), "{location}");
        }
    }
}
