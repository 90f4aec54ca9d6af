//! What signs a person in stays good: renewed once for all, kept before it is used, and given up on
//! the gateway's word alone.

use std::sync::Arc;

use hermes_client::{
    Cookie, Credential as _, Happened, Held, Minted, Outage,
    kept::{Gateways, Kept, KeychainUse, Left},
};
use hermes_machine::{
    Clock, SystemClock,
    http::{HttpError, Request, Response},
};
use hermes_oauth::Ports;
use hermes_secret::Secret;
use hermes_testkit::{MovedClock, TestHome};
use serde_json::json;

use crate::{
    kept::{FakeKeychain, pair, remembered},
    rig::{FakeGateway, NOON, Rig, answer, later, nobody, page, secret_address, setting},
};

/// Noon, in Unix seconds.
const NOW: i64 = 1_795_435_200;
const ADDRESS: &str = "https://gw.example.com";

fn tokens(access: &str, refresh: &str) -> Result<Response, HttpError> {
    answer(
        200,
        &json!({
            "access_token": access, "refresh_token": refresh, "token_type": "Bearer",
            "expires_in": 900, "expires_at": 1, "provider": "password", "user_id": "owner",
        }),
    )
}

fn over() -> Result<Response, HttpError> {
    answer(
        401,
        &json!({"error": "session_expired", "detail": "Unauthorized", "reason": "x", "login_url": "/login"}),
    )
}

/// A home that is signed in with this, and what its programs ask.
async fn signed_in(home: &TestHome, rig: &Rig, held: &Held, keychain: KeychainUse) -> Arc<Kept> {
    let gateways = Arc::new(Gateways::of(&home.home(), &rig.ports, keychain));
    let gateway = remembered("a", ADDRESS);
    gateways.remember(&gateway, Some(held)).await.unwrap();
    opened(&gateways).await
}

async fn opened(gateways: &Arc<Gateways>) -> Arc<Kept> {
    Arc::new(Kept::open(gateways, secret_address(ADDRESS)).await.unwrap())
}

async fn shown(kept: &Kept) -> Result<String, Happened> {
    Ok(kept.headers().await?.remove(0).1)
}

fn is_sign_in_needed<T>(result: &Result<T, Happened>) -> bool {
    matches!(result, Err(Happened::Minted(Minted::SignInNeeded)))
}

#[tokio::test]
async fn a_pair_that_is_good_is_shown_and_nobody_is_asked() {
    let (home, rig) = (TestHome::new(), Rig::new([]));
    let held = pair("a1", "r1", NOW + 31);
    let kept = signed_in(&home, &rig, &held, KeychainUse::Off).await;
    assert_eq!(shown(&kept).await.unwrap(), "Bearer a1");
    assert!(kept.token().is_none());
    assert!(rig.gateway.asked().is_empty());
}

#[tokio::test]
async fn a_pair_that_ends_is_renewed_before_it_is_shown() {
    let (home, rig) = (TestHome::new(), Rig::new([tokens("a2", "r2")]));
    let held = pair("a1", "r1", NOW + 30);
    let kept = signed_in(&home, &rig, &held, KeychainUse::Off).await;
    assert_eq!(shown(&kept).await.unwrap(), "Bearer a2");
    let body =
        json!({"grant_type": "refresh_token", "refresh_token": "r1", "provider": "password"});
    assert_eq!(
        rig.gateway.asked(),
        [("/auth/native/refresh".to_owned(), body)]
    );
    // It is kept: the next program asks nobody.
    assert_eq!(
        shown(&*opened(kept.gateways()).await).await.unwrap(),
        "Bearer a2"
    );
    assert_eq!(rig.gateway.asked().len(), 1);
}

#[test]
fn pc8_many_programs_renew_once() {
    let home = TestHome::new();
    let gateway = FakeGateway::new([tokens("a2", "r2")]);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ports = Ports {
        http: gateway.clone(),
        clock,
        ..Rig::new([]).ports
    };
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let open = || Arc::new(Gateways::of(&home.home(), &ports, KeychainUse::Off));
    runtime().block_on(async {
        let held = pair("a1", "r1", 0);
        open()
            .remember(&remembered("a", ADDRESS), Some(&held))
            .await
            .unwrap();
    });
    let shown = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12)
            .map(|_| {
                scope.spawn(|| {
                    // Nothing is shared but the files.
                    runtime().block_on(async { shown(&*opened(&open()).await).await.unwrap() })
                })
            })
            .collect();
        let shown = threads.into_iter().map(|thread| thread.join().unwrap());
        shown.collect::<Vec<_>>()
    });
    assert_eq!(shown, ["Bearer a2"; 12]);
    assert_eq!(gateway.asked().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_renewed_unless_somebody_has_done_so() {
    let (home, rig) = (TestHome::new(), Rig::new([tokens("a2", "r2")]));
    let held = pair("a1", "r1", NOW + 900);
    let kept = signed_in(&home, &rig, &held, KeychainUse::Off).await;
    let other = opened(kept.gateways()).await;
    assert_eq!(shown(&kept).await.unwrap(), "Bearer a1");
    assert_eq!(shown(&other).await.unwrap(), "Bearer a1");
    kept.renew().await.unwrap();
    other.renew().await.unwrap();
    assert_eq!(shown(&kept).await.unwrap(), "Bearer a2");
    assert_eq!(shown(&other).await.unwrap(), "Bearer a2");
    assert_eq!(
        rig.gateway.asked().len(),
        1,
        "one token was refused, and renewed once"
    );
}

#[tokio::test]
async fn pc8_what_fails_for_now_ends_no_sign_in() {
    let detail = |status| answer(status, &json!({"detail": "no"}));
    for canned in [
        nobody(),
        Err(HttpError::Broken {
            host: "h".to_owned(),
        }),
        page(200),
        page(401),
        page(403),
        page(502),
        detail(500),
        later(detail(429), 7),
        later(detail(503), 7),
        detail(400),
        // Somebody's no, and not the word that ends a sign-in.
        detail(401),
        answer(200, &json!({"access_token": "a2"})),
    ] {
        let about = format!("{canned:?}");
        let (home, rig) = (TestHome::new(), Rig::new([canned, tokens("a2", "r2")]));
        let kept = signed_in(&home, &rig, &pair("a1", "r1", NOW), KeychainUse::Off).await;
        let failed = shown(&kept).await.unwrap_err();
        assert!(
            matches!(failed, Happened::Unanswered | Happened::Out(_)),
            "{about}: {failed:?}"
        );
        assert!(kept.is_there());
        assert_eq!(shown(&kept).await.unwrap(), "Bearer a2", "{about}");
        assert_eq!(rig.gateway.asked()[1].1["refresh_token"], "r1");
    }
    let (home, rig) = (TestHome::new(), Rig::new([later(detail(503), 7)]));
    let kept = signed_in(&home, &rig, &pair("a1", "r1", NOW), KeychainUse::Off).await;
    let Err(Happened::Out(Outage::Status(503, Some(wait)))) = shown(&kept).await else {
        panic!("an outage");
    };
    assert_eq!(wait.as_secs(), 7);
}

#[tokio::test]
async fn the_gateways_own_word_ends_a_sign_in_for_every_program() {
    let (home, rig) = (TestHome::new(), Rig::new([over()]));
    let kept = signed_in(&home, &rig, &pair("a1", "r1", NOW), KeychainUse::Off).await;
    let other = opened(kept.gateways()).await;
    assert!(is_sign_in_needed(&shown(&kept).await));
    assert!(is_sign_in_needed(&shown(&kept).await));
    assert!(is_sign_in_needed(&shown(&other).await));
    assert!(is_sign_in_needed(&kept.renew().await));
    assert_eq!(
        rig.gateway.asked().len(),
        1,
        "what is over is not asked about"
    );
    let found = kept.gateways().read().await.unwrap();
    assert_eq!(found.gateways.len(), 1, "it is remembered all the same");
    // And a new sign-in counts at once.
    let held = pair("a9", "r9", NOW + 900);
    kept.gateways()
        .remember(&found.gateways[0], Some(&held))
        .await
        .unwrap();
    assert_eq!(shown(&kept).await.unwrap(), "Bearer a9");
}

#[tokio::test]
async fn a_pair_that_could_not_be_kept_is_not_used_and_not_lost() {
    let (home, rig) = (TestHome::new(), Rig::new([tokens("a2", "r2")]));
    let keychain = Arc::new(FakeKeychain::default());
    let choice = KeychainUse::On(keychain.clone(), MovedClock::at(NOON));
    let kept = signed_in(&home, &rig, &pair("a1", "r1", NOW), choice).await;
    shown_locked(&kept, &keychain).await;
    assert_eq!(rig.gateway.asked().len(), 1);
    keychain.open();
    assert_eq!(shown(&kept).await.unwrap(), "Bearer a2");
    assert_eq!(
        rig.gateway.asked().len(),
        1,
        "the old refresh token was spent"
    );
    assert_eq!(
        shown(&*opened(kept.gateways()).await).await.unwrap(),
        "Bearer a2"
    );
}

/// The keychain closes before the new pair can be written into it.
async fn shown_locked(kept: &Kept, keychain: &FakeKeychain) {
    keychain.lock();
    assert!(matches!(shown(kept).await, Err(Happened::Unanswered)));
    assert!(
        matches!(shown(kept).await, Err(Happened::Unanswered)),
        "and not shown after all"
    );
}

fn cookies(lines: &[(&str, &str)]) -> Held {
    let cookie = |(name, value): &(&str, &str)| Cookie {
        name: (*name).to_owned(),
        value: Secret::new(*value),
    };
    Held::Cookies(lines.iter().map(cookie).collect())
}

#[tokio::test]
async fn facts_1_14_cookies_that_a_gateway_renews_are_kept() {
    let (home, rig) = (
        TestHome::new(),
        Rig::new([
            setting(
                answer(200, &json!({"ticket": "t"})),
                &["hermes_session_at=2; Path=/", "other=x"],
            ),
            // Of somebody else, or with a no: they change nothing.
            setting(answer(200, &json!({})), &["hermes_session_at=3"]),
            setting(
                over(),
                &[
                    "hermes_session_at=; Max-Age=0",
                    "hermes_session_rt=; Max-Age=0",
                ],
            ),
        ]),
    );
    let held = cookies(&[("hermes_session_at", "1"), ("hermes_session_rt", "r")]);
    let kept = signed_in(&home, &rig, &held, KeychainUse::Off).await;
    let http = kept.http();
    let ask = |url: &str| http.send(Request::get(url.parse().unwrap()));
    ask("https://gw.example.com/api/auth/ws-ticket")
        .await
        .unwrap();
    let renewed = "hermes_session_at=2; hermes_session_rt=r";
    assert_eq!(shown(&kept).await.unwrap(), renewed);
    ask("https://other.example.com/api/auth/ws-ticket")
        .await
        .unwrap();
    ask("https://gw.example.com/api/auth/ws-ticket")
        .await
        .unwrap();
    assert_eq!(
        shown(&*opened(kept.gateways()).await).await.unwrap(),
        renewed
    );
    assert!(is_sign_in_needed(&kept.renew().await));
}

#[tokio::test]
async fn a_token_is_shown_as_one() {
    let (home, rig) = (TestHome::new(), Rig::new([]));
    let held = Held::Token(Secret::new("t"));
    let kept = signed_in(&home, &rig, &held, KeychainUse::Off).await;
    assert_eq!(
        kept.headers().await.unwrap(),
        [("x-hermes-session-token", "t".to_owned())]
    );
    assert!(kept.token().unwrap().matches("t"));
    assert_eq!(kept.leave().await, Left::Token);
    assert!(rig.gateway.asked().is_empty());
}

#[tokio::test]
async fn who_this_is_the_gateway_says() {
    let ada = || {
        answer(
            200,
            &json!({"user_id": "owner", "display_name": "Ada\u{1b} L."}),
        )
    };
    let (home, rig) = (
        TestHome::new(),
        Rig::new([ada(), over(), tokens("a2", "r2"), ada(), over(), over()]),
    );
    let kept = signed_in(&home, &rig, &pair("a1", "r1", NOW + 900), KeychainUse::Off).await;
    assert_eq!(kept.look().await.unwrap().as_deref(), Some("Ada L."));
    // A token that is refused is renewed, and if that is refused too, it is over.
    assert_eq!(kept.look().await.unwrap().as_deref(), Some("Ada L."));
    assert!(is_sign_in_needed(&kept.look().await));
    assert!(!kept.is_there());
}

#[tokio::test]
async fn sc5_leaving_ends_the_session_and_says_if_it_could_not() {
    let see_other = || page(303);
    for (answers, left) in [
        (vec![see_other(), over(), over()], Left::Ended),
        // Upstream's cookies go on being good.
        (
            vec![see_other(), answer(200, &json!({"user_id": "u"}))],
            Left::Unconfirmed,
        ),
        (vec![nobody()], Left::Unconfirmed),
        (vec![page(502)], Left::Unconfirmed),
        (vec![see_other(), page(401)], Left::Unconfirmed),
    ] {
        let (home, rig) = (TestHome::new(), Rig::new(answers));
        let kept = signed_in(&home, &rig, &pair("a1", "r1", NOW + 900), KeychainUse::Off).await;
        assert_eq!(kept.leave().await, left);
        assert_eq!(rig.gateway.paths()[0], "/auth/logout");
    }
    let (home, rig) = (TestHome::new(), Rig::new([over()]));
    let kept = signed_in(&home, &rig, &pair("a1", "r1", NOW), KeychainUse::Off).await;
    assert_eq!(kept.leave().await, Left::Ended, "it had ended before");
    assert_eq!(kept.leave().await, Left::Nothing);
}
