use std::time::Duration;

use hermes_errors::{Code, Explain as _};
use hermes_login::BrowserOutcome;
use hermes_oauth::{Registration, discover};
use hermes_providers::{Flow, Table};
use hermes_testkit::{FakeBrowser, FakeProvider, Scripted};
use tokio::net::{TcpListener, TcpStream};

use crate::rig::{Recorder, Rig, Told, free_port, param, with_param};

#[tokio::test]
async fn a_desktop_opens_its_browser_and_is_signed_in() {
    let rig = Rig::new("xai-oauth").await;
    let browse = async {
        let url = rig.actor.url().await;
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, page) = tokio::join!(rig.signs_in(), browse);
    let signed_in = signed_in.unwrap();
    assert_eq!(signed_in.flow, Flow::Loopback);
    assert_eq!(signed_in.account.as_deref(), Some("ada@example.org"));
    assert!(!signed_in.tunnelled);
    assert_eq!(rig.opener.opened(), [rig.actor.url().await]);
    assert!(
        page.body.contains("You are signed in to xAI"),
        "{}",
        page.body
    );
    assert!(page.body.contains("ada@example.org"));
    assert!(page.url.path().starts_with("/done/") && page.url.query().is_none());
    let file = rig.home.read_auth_json();
    let entry = &file["credential_pool"]["xai-oauth"][0];
    assert_eq!(entry["source"], "manual:loopback_pkce");
    assert_eq!(rig.exchanges(), 1);
    assert_eq!(rig.actor.rungs(), [Flow::Loopback]);
}

#[tokio::test]
async fn over_ssh_the_hint_names_the_port_that_was_really_bound() {
    let squatter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let busy = squatter.local_addr().unwrap().port();
    let mut rig = Rig::new("xai-oauth").await.over_ssh().at_port(busy);
    rig.environment = rig
        .environment
        .with("HERMES_DOCS_URL", "https://docs.example.org/h/");
    let browse = async {
        let (flow, redirect_uri, limit) = rig.actor.waiting().await;
        assert_eq!((flow, limit), (Flow::Loopback, Duration::from_secs(180)));
        let hint = rig
            .actor
            .until(|told| match told {
                Told::Hint(text) => Some(text.clone()),
                _ => None,
            })
            .await;
        let port = redirect_uri.unwrap().port().unwrap();
        assert_ne!(port, busy);
        assert!(hint.contains(&format!(
            "ssh -N -L {port}:127.0.0.1:{port} ada@203.0.113.7"
        )));
        assert!(hint.contains("https://docs.example.org/h/guides/oauth-over-ssh"));
        let url = rig.actor.url().await;
        assert!(param(&url, "redirect_uri").contains(&port.to_string()));
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await;
    };
    let (signed_in, ()) = tokio::join!(rig.signs_in(), browse);
    let signed_in = signed_in.unwrap();
    assert!(signed_in.tunnelled, "the tunnel can be closed now");
    assert!(rig.opener.opened().is_empty(), "no browser on the server");
}

#[tokio::test]
async fn a_browser_that_does_not_start_changes_nothing() {
    let mut rig = Rig::new("xai-oauth").await;
    rig.opener = Recorder::refusing();
    let browse = async {
        let url = rig.actor.url().await;
        rig.actor
            .until(|told| matches!(told, Told::Browser(BrowserOutcome::Failed(_))).then_some(()))
            .await;
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), browse);
    assert!(signed_in.is_ok());
}

#[tokio::test]
async fn no_browser_is_opened_when_none_is_wanted() {
    let mut rig = Rig::new("xai-oauth").await;
    rig.request.open_browser = false;
    let browse = async {
        let url = rig.actor.url().await;
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), browse);
    assert!(signed_in.is_ok());
    assert!(rig.opener.opened().is_empty());
}

#[tokio::test]
async fn pc2_no_wrong_state_reaches_the_token_endpoint() {
    // The answer of another attempt: right in everything but its state.
    let foreign = {
        let other = Rig::new("xai-oauth").await;
        let ask = async { param(&other.actor.url().await, "state") };
        tokio::select! {
            _ = other.signs_in() => panic!("nobody answered"),
            state = ask => format!("{state}-of-another-seed"),
        }
    };
    let rig = Rig::new("xai-oauth").await.over_ssh();
    let attack = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        let state = param(&answer, "state");
        let doubled = format!("{answer}&state={state}");
        let wrong = [
            with_param(&answer, "state", Some(&foreign)).to_string(),
            with_param(&answer, "state", Some(&state[..42])).to_string(),
            with_param(&answer, "state", Some("")).to_string(),
            with_param(&answer, "state", None).to_string(),
            doubled,
        ];
        for url in &wrong {
            let page = FakeBrowser.must_visit(&url.parse().unwrap()).await;
            assert_eq!(page.status, 400, "{url}");
        }
        for (count, text) in wrong.iter().enumerate() {
            rig.actor.types(text);
            // Lines that come at once are one paste, so each has to be judged first.
            rig.clock.until_sleeping(2).await;
            rig.clock.advance(Duration::from_millis(500));
            let is = |told: &Told| matches!(told, Told::Rejected(_));
            rig.actor.until_count(count + 1, is).await;
        }
        assert_eq!(rig.exchanges(), 0);
        FakeBrowser.must_visit(&answer).await;
        // Used once: the same answer again is an old one.
        answer
    };
    let (signed_in, answer) = tokio::join!(rig.signs_in(), attack);
    assert!(signed_in.is_ok());
    assert_eq!(rig.exchanges(), 1);
    assert!(
        FakeBrowser.visit(&answer).await.is_err(),
        "the listener is gone"
    );
}

#[tokio::test]
async fn pc3_an_answer_of_another_server_is_not_taken() {
    let rig = Rig::new("xai-oauth").await;
    let attack = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        let forged = with_param(&answer, "iss", Some("https://evil.test"));
        assert_eq!(FakeBrowser.must_visit(&forged).await.status, 400);
        assert_eq!(rig.exchanges(), 0);
        FakeBrowser.must_visit(&answer).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), attack);
    assert!(signed_in.is_ok());
}

#[tokio::test]
async fn a_denial_ends_it_with_the_providers_reason() {
    let rig = Rig::new("xai-oauth").await;
    let browse = async {
        let url = rig.actor.url().await;
        FakeBrowser.must_visit(&rig.fake.deny(&url)).await
    };
    let (signed_in, page) = tokio::join!(rig.signs_in(), browse);
    let error = signed_in.unwrap_err();
    assert_eq!(error.code(), Code::Denied);
    assert!(
        error.to_string().starts_with("xAI authorization failed: "),
        "{error}"
    );
    assert!(page.body.contains("did not grant access"), "{}", page.body);
    assert!(!rig.saved());
    assert_eq!(rig.exchanges(), 0);
}

#[tokio::test]
async fn lb5_a_failed_exchange_shows_failure() {
    let rig = Rig::new("xai-oauth").await;
    rig.fake.next("/token", Scripted::Status(500));
    let browse = async {
        let url = rig.actor.url().await;
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, page) = tokio::join!(rig.signs_in(), browse);
    assert_eq!(signed_in.unwrap_err().code(), Code::ProviderServerError);
    assert!(
        page.body.contains("the sign-in did not finish"),
        "{}",
        page.body
    );
    assert!(!page.body.contains("You are signed in"));
    assert!(!rig.saved());
}

#[tokio::test]
async fn pa4_a_code_is_sent_once() {
    for script in [
        Scripted::Reset,
        Scripted::Lost,
        Scripted::Status(429),
        Scripted::Status(503),
    ] {
        let name = format!("{script:?}");
        let rig = Rig::new("xai-oauth").await;
        rig.fake.next("/token", script);
        let browse = async {
            let url = rig.actor.url().await;
            FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
        };
        let (signed_in, _) = tokio::join!(rig.signs_in(), browse);
        assert!(signed_in.is_err(), "{name}");
        assert_eq!(rig.exchanges(), 1, "{name}");
    }
}

#[tokio::test]
async fn pa4_a_code_that_never_left_is_sent_again() {
    let rig = Rig::new("xai-oauth").await;
    let port = rig.fake.origin().port().unwrap();
    let browse = async {
        let url = rig.actor.url().await;
        let answer = rig.fake.authorize(&url);
        rig.fake.stop();
        // The port closes when the server's task has ended.
        while TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            tokio::task::yield_now().await;
        }
        let pause = Duration::from_secs(1);
        tokio::select! {
            _ = FakeBrowser.visit(&answer) => panic!("the page waits for the end"),
            () = async {
                while !rig.clock.slept().contains(&pause) {
                    tokio::task::yield_now().await;
                }
            } => {}
        }
    };
    tokio::select! {
        _ = rig.signs_in() => panic!("it tries again, for nobody can have seen the code"),
        () = browse => {}
    }
}

#[tokio::test]
async fn the_time_out_has_the_words_that_others_match_on() {
    let rows = [
        (
            "xai-oauth",
            None,
            180,
            "xAI authorization timed out waiting for the local callback.",
        ),
        (
            "spotify",
            None,
            180,
            "Spotify authorization timed out waiting for the local callback.",
        ),
        (
            "xai-oauth",
            Some(7),
            7,
            "xAI authorization timed out waiting for the local callback.",
        ),
        // LB6: a listener is open for ten minutes, whatever was asked for.
        (
            "xai-oauth",
            Some(86_400),
            600,
            "xAI authorization timed out waiting for the local callback.",
        ),
    ];
    for (provider, timeout, expected, text) in rows {
        let mut rig = Rig::new(provider).await.over_ssh().at_port(free_port());
        rig.request.timeout = timeout.map(Duration::from_secs);
        let wait = async {
            let (_, redirect_uri, limit) = rig.actor.waiting().await;
            assert_eq!(limit, Duration::from_secs(expected));
            rig.clock.until_sleeping(1).await;
            rig.clock.advance(limit);
            redirect_uri.unwrap().port().unwrap()
        };
        let (signed_in, port) = tokio::join!(rig.signs_in(), wait);
        let error = signed_in.unwrap_err();
        assert_eq!(error.to_string(), text);
        assert_eq!(error.code(), Code::CallbackTimeout);
        assert!(
            TcpListener::bind(("127.0.0.1", port)).await.is_ok(),
            "the port is free"
        );
        assert_eq!(
            rig.actor.rungs(),
            [Flow::Loopback],
            "time is up for the next rung as well"
        );
    }
}

#[tokio::test]
async fn lb6_giving_up_frees_the_port_at_once() {
    let rig = Rig::new("spotify").await.at_port(free_port());
    let port = tokio::select! {
        _ = rig.signs_in() => panic!("nobody answered"),
        (_, redirect_uri, _) = rig.actor.waiting() => redirect_uri.unwrap().port().unwrap(),
    };
    // Dropping the future is what Ctrl-C does.
    assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_ok());
}

#[tokio::test]
async fn a_fixed_port_serves_one_sign_in_after_another() {
    let port = free_port();
    for _ in 0..3 {
        let rig = Rig::new("spotify").await.at_port(port);
        let browse = async {
            let url = rig.actor.url().await;
            FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
        };
        let (signed_in, _) = tokio::join!(rig.signs_in(), browse);
        assert_eq!(signed_in.unwrap().flow, Flow::Loopback);
    }
}

#[tokio::test]
async fn spotify_keeps_the_path_and_port_that_people_registered() {
    let rig = Rig::new("spotify").await.at_port(free_port());
    let port = rig.request.provider.loopback.as_ref().unwrap().port;
    let browse = async {
        let url = rig.actor.url().await;
        let uri = format!("http://127.0.0.1:{port}/spotify/callback");
        assert_eq!(param(&url, "redirect_uri"), uri);
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), browse);
    signed_in.unwrap();
    let file = rig.home.read_auth_json();
    assert!(file["providers"]["spotify"]["access_token"].is_string());
}

#[tokio::test]
async fn a_registered_redirect_uri_is_used_as_it_is() {
    for host in ["localhost", "127.0.0.1"] {
        let mut rig = Rig::new("spotify").await;
        let uri = format!("http://{host}:{}/my/callback", free_port());
        rig.environment = rig.environment.with("HERMES_SPOTIFY_REDIRECT_URI", &uri);
        let browse = async {
            let url = rig.actor.url().await;
            assert_eq!(param(&url, "redirect_uri"), uri);
            FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
        };
        let (signed_in, page) = tokio::join!(rig.signs_in(), browse);
        assert!(signed_in.is_ok(), "{host}");
        assert!(page.body.contains("You are signed in to Spotify"));
    }
    for uri in [
        "https://127.0.0.1:43827/cb",
        "http://example.org:43827/cb",
        "http://0.0.0.0:43827/cb",
        "http://127.0.0.1/cb",
        "http://127.0.0.1:0/cb",
        "http://me@127.0.0.1:43827/cb",
        "http://127.0.0.1:43827/cb?x=1",
        "not a url",
    ] {
        let mut rig = Rig::new("spotify").await;
        rig.environment = rig.environment.with("SPOTIFY_REDIRECT_URI", uri);
        let error = rig.signs_in().await.unwrap_err();
        assert_eq!(error.code(), Code::RedirectInvalid, "{uri}");
    }
}

#[tokio::test]
async fn an_issuer_of_ones_own_is_signed_in_to() {
    let fake = FakeProvider::start().await;
    let mut table = Table::load(None).unwrap();
    let registration = Registration {
        client_id: Some("my-client".to_owned()),
        scope: Some("openid profile email offline_access".to_owned()),
    };
    let ports = Rig::new("xai-oauth").await.ports;
    let mut provider = discover("mine", &fake.issuer(), &registration, &ports)
        .await
        .unwrap();
    if let Some(loopback) = &mut provider.loopback {
        loopback.port = free_port();
    }
    table.insert(provider.clone());
    let mut rig = Rig::with(fake, table, provider);
    rig.request.registration = registration;
    rig.fake.configure(|settings| {
        settings.granted_scope = Some("profile openid".to_owned());
    });
    let browse = async {
        let url = rig.actor.url().await;
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), browse);
    let signed_in = signed_in.unwrap();
    let (asked, granted) = signed_in.scope_differs.unwrap();
    assert_eq!(asked, "openid profile email offline_access");
    assert_eq!(granted, "profile openid");
    assert_eq!(signed_in.account.as_deref(), Some("ada@example.org"));
}

#[tokio::test]
async fn lg1_no_event_holds_a_secret() {
    let rig = Rig::new("xai-oauth").await.over_ssh();
    let browse = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        let wrong = with_param(&answer, "state", Some("wrong"));
        FakeBrowser.must_visit(&wrong).await;
        FakeBrowser.must_visit(&answer).await
    };
    let (signed_in, page) = tokio::join!(rig.signs_in(), browse);
    let signed_in = signed_in.unwrap();
    let told: Vec<_> = rig
        .actor
        .told()
        .into_iter()
        .filter(|told| !matches!(told, Told::Url(_)))
        .collect();
    let seen = format!("{told:?} {signed_in:?} {}", page.body);
    for secret in rig.fake.all_secrets() {
        assert!(!seen.contains(&secret), "a secret was shown");
    }
    assert!(seen.contains("Stray"));
}

#[tokio::test]
async fn a_flood_of_strays_is_told_of_in_few_lines() {
    let rig = Rig::new("xai-oauth").await;
    let browse = async {
        let answer = rig.fake.authorize(&rig.actor.url().await);
        let wrong = with_param(&answer, "state", Some("wrong"));
        for _ in 0..40 {
            FakeBrowser.must_visit(&wrong).await;
        }
        FakeBrowser.must_visit(&answer).await
    };
    let (signed_in, _) = tokio::join!(rig.signs_in(), browse);
    assert!(signed_in.is_ok());
    let told = rig.actor.told();
    let strays = told.iter().filter(|told| matches!(told, Told::Stray));
    assert_eq!(strays.count(), 6);
}
