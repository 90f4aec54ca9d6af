use std::time::Duration;

use hermes_client::{
    Held, Mode, Probed,
    sign_in::{Login, Method, SignInError, SignedIn, is_unclaimed},
};
use hermes_errors::{Code, Explain as _};
use hermes_login::PlaceKind;
use hermes_machine::http::{HttpError, Response};
use hermes_protocol::rest::Provider;
use hermes_secret::Secret;
use hermes_testkit::FakeBrowser;
use serde_json::{Value, json};

use crate::rig::{Rig, answer, later, nobody, page, place, secret_address, setting};

type Canned = Result<Response, HttpError>;

fn tokens() -> Canned {
    let body = json!({
        "access_token": "canary-a", "refresh_token": "canary-r", "token_type": "Bearer",
        "expires_in": 900, "expires_at": 1, "provider": "password", "user_id": "owner",
    });
    answer(200, &body)
}

fn me() -> Canned {
    let body = json!({"user_id": "owner", "email": "", "display_name": "Ada\u{1b}[2J L.", "provider": "password"});
    answer(200, &body)
}

fn error(status: u16, error: &str) -> Canned {
    answer(
        status,
        &json!({"error": error, "detail": format!("it says\u{7} {error}")}),
    )
}

fn ends_at(signed_in: &SignedIn) -> i64 {
    match &signed_in.held {
        Held::Pair(pair) => pair.ends_at.unwrap(),
        other => panic!("{other:?}"),
    }
}

fn param(url: &url::Url, name: &str) -> String {
    let found = url.query_pairs().find(|(known, _)| known == name);
    found.unwrap().1.into_owned()
}

fn back(url: &url::Url, rest: &str) -> url::Url {
    let redirect = param(url, "redirect_uri");
    format!("{redirect}?{rest}").parse().unwrap()
}

#[tokio::test]
async fn the_browser_comes_back_with_a_code_that_the_verifier_redeems() {
    let rig = Rig::new([tokens(), me()]);
    let browse = async {
        let url = rig.heard.address().await;
        assert!(
            url.as_str()
                .starts_with("https://gw.example.com/auth/native/authorize?")
        );
        assert_eq!(param(&url, "code_challenge_method"), "S256");
        assert_eq!(
            (param(&url, "client_id"), param(&url, "device")),
            ("Hermes".to_owned(), "build7".to_owned())
        );
        let state = param(&url, "state");
        let iss = "iss=https%3A%2F%2Fgw.example.com";
        for stray in [
            format!("code=c&state=other&{iss}"),
            // A code of another gateway, which must not be shown to this one (RFC 9207).
            format!("code=c&state={state}&iss=https%3A%2F%2Fother.example.com"),
        ] {
            assert_eq!(
                FakeBrowser.must_visit(&back(&url, &stray)).await.status,
                400
            );
        }
        assert_eq!(rig.gateway.asked().len(), 0);
        let page = FakeBrowser
            .must_visit(&back(&url, &format!("code=c1&state={state}&{iss}")))
            .await;
        assert!(
            page.body.contains("You are signed in to gw.example.com"),
            "{}",
            page.body
        );
        url
    };
    let sign_in = rig.sign_in();
    let (signed_in, url) = tokio::join!(sign_in.by_browser(), browse);
    let signed_in = signed_in.unwrap();
    assert_eq!(
        (signed_in.method, signed_in.user.as_deref()),
        (Method::Browser, Some("Ada[2J L."))
    );
    assert_eq!(ends_at(&signed_in), 1_795_435_200 + 900, "by our clock");
    let asked = rig.gateway.asked();
    assert_eq!(rig.gateway.paths(), ["/auth/native/token", "/api/auth/me"]);
    assert_eq!(asked[0].1["code"], "c1");
    assert_eq!(asked[0].1["redirect_uri"], param(&url, "redirect_uri"));
    assert_eq!(asked[0].1["code_verifier"].as_str().unwrap().len(), 43);
    assert_eq!(
        rig.gateway.shown("authorization").unwrap(),
        "Bearer canary-a"
    );
    assert!(!format!("{signed_in:?}").contains("canary"));
    assert!(
        rig.heard
            .all()
            .iter()
            .any(|line| line.contains("`https://other.example.com`"))
    );
}

#[tokio::test]
async fn a_gateway_that_names_no_issuer_is_believed_by_its_state() {
    let upstream = json!({
        "access_token": "a", "refresh_token": "r", "token_type": "Bearer",
        "expires_at": 1_795_435_200 + 60, "provider": "nous", "user_id": "u",
    });
    let rig = Rig::new([answer(200, &upstream), nobody()]);
    let browse = async {
        let url = rig.heard.address().await;
        let state = param(&url, "state");
        FakeBrowser
            .must_visit(&back(&url, &format!("code=c1&state={state}")))
            .await;
    };
    let sign_in = rig.sign_in();
    let signed_in = tokio::join!(sign_in.by_browser(), browse).0.unwrap();
    assert_eq!(ends_at(&signed_in), 1_795_435_200 + 60);
    assert_eq!(signed_in.user, None, "nobody has said it");
}

#[tokio::test]
async fn what_the_browser_does_not_bring_is_told() {
    let rig = Rig::new([]);
    let browse = async {
        let url = rig.heard.address().await;
        let state = param(&url, "state");
        let page = FakeBrowser
            .must_visit(&back(&url, &format!("error=access_denied&state={state}")))
            .await;
        assert!(page.body.contains("did not grant access"), "{}", page.body);
    };
    let sign_in = rig.sign_in();
    let declined = tokio::join!(sign_in.by_browser(), browse).0.unwrap_err();
    assert_eq!(declined.code(), Code::ConnectRefused);

    let rig = Rig::new([]);
    let sign_in = rig.sign_in();
    let wait = async {
        rig.heard.address().await;
        rig.clock.until_sleeping(1).await;
        rig.clock.advance(Duration::from_secs(600));
    };
    let late = tokio::join!(sign_in.by_browser(), wait).0.unwrap_err();
    assert_eq!(late.code(), Code::ConnectTimedOut);

    let rig = Rig::new([error(400, "invalid_grant")]);
    let browse = async {
        let url = rig.heard.address().await;
        let state = param(&url, "state");
        FakeBrowser
            .must_visit(&back(&url, &format!("code=c1&state={state}")))
            .await
    };
    let sign_in = rig.sign_in();
    let (refused, page) = tokio::join!(sign_in.by_browser(), browse);
    let refused = refused.unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the sign-in at `gw.example.com` was refused: it says invalid_grant"
    );
    assert!(!page.body.contains("You are signed in"), "{}", page.body);
}

#[tokio::test]
async fn pa1_an_answer_may_be_pasted_and_is_judged_as_one_that_came() {
    let rig = Rig::new([tokens(), me()]);
    let paste = async {
        let url = rig.heard.address().await;
        let state = param(&url, "state");
        for wrong in [
            "hello".to_owned(),
            "a-code-alone-that-nobody-can-place".to_owned(),
            url.to_string(),
            format!("http://127.0.0.1:1/callback?code=c&state={state}"),
            back(&url, "code=c&state=other").to_string(),
            back(
                &url,
                &format!("code=c&state={state}&iss=https://other.example.com"),
            )
            .to_string(),
        ] {
            rig.heard.paste(&wrong);
        }
        rig.heard
            .paste(back(&url, &format!("code=c1&state={state}")).as_str());
    };
    let sign_in = rig.sign_in();
    let signed_in = tokio::join!(sign_in.by_browser(), paste).0.unwrap();
    assert_eq!(signed_in.method, Method::Browser);
    let heard = rig.heard.all();
    let rejected = heard.iter().filter(|line| line.starts_with("no: "));
    assert_eq!(rejected.count(), 6, "{heard:?}");
    assert_eq!(rig.gateway.asked()[0].1["code"], "c1");
}

#[tokio::test]
async fn over_ssh_the_way_to_the_listener_is_told() {
    let mut rig = Rig::new([]);
    rig.place = place(PlaceKind::Ssh);
    let sign_in = rig.sign_in();
    tokio::select! {
        _ = sign_in.by_browser() => panic!("nobody answered"),
        _ = rig.heard.address() => {}
    }
    assert!(
        rig.heard
            .all()
            .iter()
            .any(|line| line.starts_with("ssh -N -L ")),
        "{:?}",
        rig.heard.all()
    );
}

fn code(over: &Value) -> Canned {
    let mut body = json!({
        "device_code": "canary-d", "user_code": "BCDF-GHJK",
        "verification_uri": "https://gw.example.com/device",
        "verification_uri_complete": "https://gw.example.com/device?user_code=BCDF-GHJK",
        "expires_in": 600, "interval": 5,
    });
    for (name, value) in over.as_object().unwrap() {
        body[name] = value.clone();
    }
    answer(200, &body)
}

/// Polls through these answers; how long it slept between them.
async fn device(
    polls: impl IntoIterator<Item = Canned>,
) -> (Result<SignedIn, SignInError>, Vec<u64>, Rig) {
    let rig = Rig::new([code(&json!({}))].into_iter().chain(polls));
    rig.clock.set_automatic();
    let result = rig.sign_in().by_device().await;
    let slept = rig.clock.slept();
    let slept = slept.iter().map(Duration::as_secs).collect();
    (result, slept, rig)
}

#[tokio::test]
async fn dv1_a_code_is_polled_for_as_the_gateway_wants_it() {
    let polls = [
        error(400, "authorization_pending"),
        error(400, "slow_down"),
        error(400, "authorization_pending"),
        error(400, "slow_down"),
        nobody(),
        later(error(429, "too_many"), 90),
        page(502),
        error(400, "authorization_pending"),
        tokens(),
        me(),
    ];
    let (signed_in, slept, rig) = device(polls).await;
    let signed_in = signed_in.unwrap();
    assert_eq!(signed_in.method, Method::Device);
    assert_eq!(slept, [5, 5, 10, 10, 15, 30, 90, 60, 15]);
    let asked = rig.gateway.asked();
    assert_eq!(
        asked[0],
        (
            "/auth/device/code".to_owned(),
            json!({"client_id": "Hermes", "device": "build7"})
        )
    );
    assert_eq!(
        asked[1].1,
        json!({
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
            "device_code": "canary-d", "client_id": "Hermes",
        })
    );
    let heard = rig.heard.all();
    assert_eq!(
        heard[0],
        "BCDF-GHJK at https://gw.example.com/device?user_code=BCDF-GHJK"
    );
    assert!(heard.iter().all(|line| !line.contains("canary")));
}

#[tokio::test]
async fn dv1_the_end_of_a_code_is_the_end_of_the_wait() {
    for (polls, code) in [
        (vec![error(400, "access_denied")], Code::ConnectRefused),
        (vec![error(400, "expired_token")], Code::ConnectTimedOut),
        (vec![error(400, "invalid_grant")], Code::ConnectRefused),
        (vec![page(200)], Code::ConnectNotAGateway),
        (
            (0..200)
                .map(|_| error(400, "authorization_pending"))
                .collect(),
            Code::ConnectTimedOut,
        ),
    ] {
        let failed = device(polls).await.0.unwrap_err();
        assert_eq!(failed.code(), code, "{failed}");
    }
}

#[tokio::test]
async fn pc5_a_page_of_somebody_else_is_not_shown() {
    let page =
        |url: &str| code(&json!({"verification_uri": url, "verification_uri_complete": null}));
    for (url, may) in [
        ("https://gw.example.com/device", true),
        // What the gateway calls itself in public, behind a tunnel.
        ("https://public.example.com/device", true),
        ("http://gw.example.com/device", false),
        ("http://other.example.com/device", false),
        ("https://ada:x@gw.example.com/", false),
        ("javascript:alert(1)", false),
        ("file:///etc/passwd", false),
    ] {
        let rig = Rig::new([page(url), error(400, "access_denied")]);
        rig.clock.set_automatic();
        let failed = rig.sign_in().by_device().await.unwrap_err();
        let code = if may {
            Code::ConnectRefused
        } else {
            Code::UnsafeUrl
        };
        assert_eq!(failed.code(), code, "{url}");
        assert_eq!(rig.heard.all().is_empty(), !may, "{url}");
    }
    for odd in [
        json!({"user_code": "AB\u{1b}[2J"}),
        json!({"user_code": ""}),
        json!({"device_code": null}),
        json!({"expires_in": "x"}),
    ] {
        let rig = Rig::new([code(&odd)]);
        let failed = rig.sign_in().by_device().await.unwrap_err();
        assert_eq!(failed.code(), Code::ConnectNotAGateway, "{odd}");
    }
}

fn login(password: &str) -> Login {
    Login {
        provider: "basic".to_owned(),
        user: "ada".to_owned(),
        password: Secret::new(password),
    }
}

#[tokio::test]
async fn facts_1_6_a_password_brings_the_cookies_of_a_session() {
    let landed = || answer(200, &json!({"ok": true, "next": "/"}));
    let cookies = [
        "__Host-hermes_session_at=\"a=\"; Path=/; Secure",
        "__Host-hermes_session_rt=r; Max-Age=9",
        "hermes_sso_attempt=1",
    ];
    let rig = Rig::new([setting(landed(), &cookies), me()]);
    let signed_in = rig.sign_in().by_password(&login("canary")).await.unwrap();
    assert_eq!(
        (signed_in.method, signed_in.user.as_deref()),
        (Method::Password, Some("Ada[2J L."))
    );
    assert_eq!(
        rig.gateway.asked()[0].1,
        json!({"provider": "basic", "username": "ada", "password": "canary"})
    );
    assert_eq!(
        rig.gateway.shown("cookie").unwrap(),
        "__Host-hermes_session_at=\"a=\"; __Host-hermes_session_rt=r"
    );

    for (canned, code) in [
        (
            error(401, "invalid_credentials"),
            Code::ConnectPasswordWrong,
        ),
        (page(401), Code::ConnectNotAGateway),
        (error(429, "too_many_attempts"), Code::ConnectBusy),
        (unclaimed(), Code::ConnectUnclaimed),
        (error(404, "unknown"), Code::ConnectRefused),
        (nobody(), Code::ConnectUnreachable),
        // Cookies of something else are no sign-in.
        (
            setting(page(200), &["cf_clearance=1"]),
            Code::ConnectNotAGateway,
        ),
        (
            setting(page(302), &["hermes_session_rt=only"]),
            Code::ConnectNotAGateway,
        ),
    ] {
        let rig = Rig::new([canned]);
        let failed = rig
            .sign_in()
            .by_password(&login("canary"))
            .await
            .unwrap_err();
        assert_eq!(failed.code(), code, "{failed}");
        assert!(!format!("{failed:?} {failed}").contains("canary"));
    }
}

fn unclaimed() -> Canned {
    answer(503, &json!({"detail": "This gateway has no owner yet"}))
}

#[tokio::test]
async fn a_gateway_that_nobody_owns_says_so() {
    for (canned, is) in [
        (unclaimed(), true),
        (answer(401, &json!({"detail": "Unauthorized"})), false),
        (page(503), false),
        (nobody(), false),
    ] {
        let rig = Rig::new([canned]);
        let address = rig.address.address();
        assert_eq!(is_unclaimed(&*rig.ports.http, address).await, is);
    }
}

#[test]
fn the_method_that_takes_passwords_is_named_as_the_gateway_names_it() {
    let provider = |name: &str, supports_password| Provider {
        name: name.to_owned(),
        display_name: String::new(),
        supports_password,
    };
    let mut probed = Probed {
        mode: Mode::SignIn,
        version: None,
        flows: Vec::new(),
        methods: vec![provider("company", false), provider("basic", true)],
    };
    assert_eq!(Login::provider(&probed), "basic");
    probed.methods.clear();
    assert_eq!(Login::provider(&probed), "password");
}

#[tokio::test]
async fn a_token_is_tried_before_it_is_taken() {
    let rig = Rig::new([answer(200, &json!({"sessions": []}))]);
    let signed_in = rig
        .sign_in()
        .by_token(&Secret::new("canary"))
        .await
        .unwrap();
    assert_eq!(signed_in.method, Method::Token);
    assert_eq!(rig.gateway.paths(), ["/api/sessions"]);
    assert_eq!(
        rig.gateway.shown("x-hermes-session-token").unwrap(),
        "canary"
    );
    for (canned, code) in [
        (
            answer(401, &json!({"detail": "Unauthorized"})),
            Code::ConnectTokenWrong,
        ),
        (page(401), Code::ConnectNotAGateway),
        (page(200), Code::ConnectNotAGateway),
        (answer(503, &json!({"detail": "later"})), Code::ConnectBusy),
        (nobody(), Code::ConnectUnreachable),
    ] {
        let rig = Rig::new([canned]);
        let failed = rig
            .sign_in()
            .by_token(&Secret::new("canary"))
            .await
            .unwrap_err();
        assert_eq!(failed.code(), code, "{failed}");
    }
}

#[tokio::test]
async fn ws12_a_sign_in_stays_under_the_prefix_of_its_gateway() {
    let mut rig = Rig::new([answer(200, &json!({"sessions": []}))]);
    rig.address = secret_address("https://gw.example.com/hermes/");
    rig.sign_in().by_token(&Secret::new("t")).await.unwrap();
    assert_eq!(rig.gateway.paths(), ["/hermes/api/sessions"]);
}
