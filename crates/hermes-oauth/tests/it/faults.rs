//! PC6: what no honest server answers, at every endpoint.

use std::time::Duration;

use hermes_errors::{Code, Explain as _};
use hermes_oauth::TokenKind;
use hermes_testkit::{Script, Scripted};

use super::*;

const LIMIT: Duration = Duration::from_secs(9);

/// Where a fault is played.
#[derive(Clone, Copy, Debug)]
enum Place {
    Discovery,
    Exchange,
    DeviceCode,
    Refresh,
    Revocation,
    Userinfo,
}

const PLACES: [Place; 6] = [
    Place::Discovery,
    Place::Exchange,
    Place::DeviceCode,
    Place::Refresh,
    Place::Revocation,
    Place::Userinfo,
];

impl Place {
    const fn path(self) -> &'static str {
        match self {
            Self::Discovery => "/.well-known/oauth-authorization-server",
            Self::Exchange | Self::Refresh => "/token",
            Self::DeviceCode => "/device",
            Self::Revocation => "/revoke",
            Self::Userinfo => "/userinfo",
        }
    }
}

/// Plays the answer at the place and gives the error.
async fn play(rig: &Rig, place: Place, script: Script) -> OAuthError {
    let client = rig.standard().await;
    let attempt = client.begin(&redirect_uri(&client)).unwrap();
    let code = code(rig.consent(&attempt));
    let issued = rig.server.issue("acme", "c1", "openid");
    let refresh_token = secret(issued.refresh_token.as_deref().unwrap());
    rig.server.next(place.path(), script);
    let error = match place {
        Place::Discovery => {
            let provider = client.provider();
            Client::resolve(provider, &Registration::default(), rig.ports.clone())
                .await
                .err()
        }
        Place::Exchange => client.exchange(&attempt, &code).await.err(),
        Place::DeviceCode => client.start_device().await.err(),
        Place::Refresh => client.refresh(&refresh_token, LIMIT).await.err(),
        Place::Revocation => client
            .revoke(&refresh_token, TokenKind::Refresh)
            .await
            .err(),
        Place::Userinfo => client.userinfo(&secret(&issued.access_token)).await.err(),
    };
    let error = error.unwrap_or_else(|| panic!("{place:?}: no error"));
    assert!(!error.is_terminal_refresh(), "{place:?}: {error}");
    assert!(
        rig.server.accepts_refresh(refresh_token.expose()),
        "{place:?}: the token is spent"
    );
    error
}

/// The code that is expected at a place, where the general one is this.
fn expected(place: Place, general: Code) -> Code {
    match (place, general) {
        // No connection is no connection; everything else there is a document that does not help.
        (Place::Discovery, Code::ProviderUnreachable | Code::ProviderTimeout) => general,
        (Place::Revocation, _) => Code::RevokeFailed,
        _ => general,
    }
}

#[tokio::test]
async fn pc6_answers_that_are_not_the_protocols_are_errors() {
    let cases = [
        (Scripted::Html, Code::ProviderBadAnswer),
        (Scripted::Status(503), Code::ProviderServerError),
        (Scripted::Status(429), Code::ProviderRateLimited),
        (Scripted::Reset, Code::ProviderUnreachable),
    ];
    for place in PLACES {
        for (script, general) in cases.clone() {
            if matches!((place, &script), (Place::Revocation, Scripted::Html)) {
                // RFC 7009 section 2.2: a 200 is enough, whatever the body is.
                continue;
            }
            let rig = Rig::start().await;
            let shown = format!("{place:?} {script:?}");
            let error = play(&rig, place, script.into()).await;
            let code = match (place, general) {
                (Place::Discovery, Code::ProviderUnreachable) => general,
                (Place::Discovery, _) => Code::DiscoveryFailed,
                _ => expected(place, general),
            };
            assert_eq!(error.code(), code, "{shown}: {error}");
        }
    }
}

#[tokio::test]
async fn pc6_redirects_are_not_followed() {
    for place in PLACES {
        let (rig, elsewhere) = (Rig::start().await, Rig::start().await);
        let to = elsewhere.server.url(place.path());
        let error = play(&rig, place, Scripted::Redirect(to).into()).await;
        assert!(
            error.to_string().contains("redirect") || error.to_string().contains("307"),
            "{error}"
        );
        assert!(
            elsewhere.server.requests().is_empty(),
            "{place:?}: the second host was asked"
        );
    }
}

#[tokio::test]
async fn pc6_answers_have_a_greatest_size() {
    for place in PLACES {
        let rig = Rig::start().await;
        let error = play(&rig, place, Scripted::Huge.into()).await;
        assert_eq!(
            error.code(),
            expected(place, Code::ProviderBadAnswer),
            "{place:?}"
        );
        assert!(
            error.to_string().contains("more than 1 MiB"),
            "{place:?}: {error}"
        );
    }
}

#[tokio::test]
async fn pc6_a_gzip_bomb_is_no_answer() {
    for place in [Place::Exchange, Place::Refresh, Place::Userinfo] {
        let rig = Rig::start().await;
        let error = play(&rig, place, Scripted::GzipBomb.into()).await;
        assert_eq!(error.code(), Code::ProviderBadAnswer, "{place:?}: {error}");
    }
}

#[tokio::test]
async fn pc6_answers_that_never_end_are_cut_off() {
    for script in [Scripted::Hang, Scripted::Drip] {
        for (place, limit) in [
            (Place::Exchange, 20),
            (Place::Refresh, 9),
            (Place::Userinfo, 15),
        ] {
            let shown = format!("{place:?} {script:?}");
            let mut rig = Rig::start().await;
            // The HTTP client's limits run on a clock of their own, which this test moves.
            let clock = MovedClock::at("2026-11-21T12:00:00Z");
            rig.ports.http = Arc::new(BoundedClient::new(
                &Environment::default(),
                Arc::clone(&clock) as _,
            ));
            let before = rig.server.requests_to(place.path()).len();
            let played = play(&rig, place, script.clone().into());
            let moved = async {
                rig.server.until_requests(place.path(), before + 1).await;
                clock.until_sleeping(1).await;
                clock.advance(Duration::from_secs(limit));
            };
            let (error, ()) = tokio::join!(played, moved);
            assert_eq!(error.code(), Code::ProviderTimeout, "{shown}");
            assert!(
                error.to_string().contains(&format!("within {limit} s")),
                "{shown}: {error}"
            );
        }
    }
}

#[tokio::test]
async fn pc8_a_lost_answer_is_not_taken_for_a_dead_token() {
    let rig = Rig::start().await;
    let client = rig.standard().await;
    let issued = rig.server.issue("acme", "c1", "openid");
    rig.server.next("/token", Scripted::Lost);
    let spent = secret(issued.refresh_token.as_deref().unwrap());
    let error = client.refresh(&spent, LIMIT).await.unwrap_err();
    assert!(error.is_transient() && !error.is_terminal_refresh());
    assert_eq!(
        rig.server.requests_to("/token").len(),
        1,
        "it is not sent again"
    );
}
