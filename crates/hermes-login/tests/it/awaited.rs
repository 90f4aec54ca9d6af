//! One answer for a sign-in that no table knows.

use std::{future::pending, sync::Mutex, time::Duration};

use hermes_login::loopback::{Awaited, Ending, Taken, pages::Names};
use hermes_oauth::{Answer, judge};
use hermes_secret::Secret;
use hermes_testkit::{FakeBrowser, FixedRandom, MovedClock};
use url::Url;

const LIMIT: Duration = Duration::from_secs(600);

fn names() -> Names {
    Names {
        provider: "gw.example.com".to_owned(),
        host: "here".to_owned(),
        retry: Some("hermes connect".to_owned()),
    }
}

fn with(uri: &Url, query: &str) -> Url {
    let mut url = uri.clone();
    url.set_query(Some(query));
    url
}

#[tokio::test]
async fn lb4_the_first_valid_answer_is_redeemed_and_the_page_says_how_it_went() {
    let (clock, random) = (
        MovedClock::at("2026-11-21T12:00:00Z"),
        FixedRandom::seeded(1),
    );
    let awaited = Awaited::listen("/callback").unwrap();
    let uri = awaited.redirect_uri().clone();
    assert_eq!(
        (uri.host_str(), uri.path()),
        (Some("127.0.0.1"), "/callback")
    );
    let state = Secret::new("right");
    let judged = |answer: &Answer| judge(answer, &state, Some("https://gw.example.com"), false);
    let strays = Mutex::new(Vec::new());
    let stray = |what| strays.lock().unwrap().push(what);
    let redeem = async |taken| match taken {
        Taken::Code(code) => {
            let account = Some("ada".to_owned());
            (
                code.secret().expose().to_owned(),
                Ending::SignedIn { account },
            )
        }
        Taken::Denied { error, .. } => (error, Ending::Declined),
    };
    let browse = async {
        for query in [
            "code=c&state=wrong",
            "code=c",
            "code=c&state=right&iss=https%3A%2F%2Fevil.test",
            "error=access_denied&state=wrong",
        ] {
            let page = FakeBrowser.must_visit(&with(&uri, query)).await;
            assert_eq!(page.status, 400, "{query}");
        }
        let good = "code=c1&state=right&iss=https%3A%2F%2Fgw.example.com";
        FakeBrowser.must_visit(&with(&uri, good)).await
    };
    let around = (LIMIT, &*clock as _, &*random as _);
    let redeemed = awaited.redeemed(&judged, &stray, names(), around, pending(), redeem);
    let (code, page) = tokio::join!(redeemed, browse);
    assert_eq!(code.as_deref(), Some("c1"));
    assert!(
        page.body.contains("As <strong>ada</strong>"),
        "{}",
        page.body
    );
    assert!(!page.url.as_str().contains("c1"), "{}", page.url);
    assert_eq!(strays.lock().unwrap().len(), 4);
}

#[tokio::test]
async fn lb6_an_answer_that_never_comes_frees_the_port() {
    let (clock, random) = (
        MovedClock::at("2026-11-21T12:00:00Z"),
        FixedRandom::seeded(1),
    );
    let awaited = Awaited::listen("/callback").unwrap();
    let uri = awaited.redirect_uri().clone();
    let state = Secret::new("right");
    let judged = |answer: &Answer| judge(answer, &state, None, false);
    let redeem = async |_| ((), Ending::Failed);
    let around = (LIMIT, &*clock as _, &*random as _);
    let redeemed = awaited.redeemed(&judged, &|_| {}, names(), around, pending(), redeem);
    let wait = async {
        clock.until_sleeping(1).await;
        clock.advance(LIMIT);
    };
    let (nothing, ()) = tokio::join!(redeemed, wait);
    assert_eq!(nothing, None);
    drop(awaited);
    assert!(FakeBrowser.visit(&uri).await.is_err());
}
