use hermes_errors::{Code, Explain as _};
use hermes_machine::http::{Body, HttpError};
use serde_json::{Value, json};

use super::*;
use crate::testing::{
    Canned, CannedHttp, body, broken, callback, client, json as answer, jwt, not_sent, provider,
    standard, status, timed_out, wait,
};

fn tokens() -> Canned {
    answer(
        200,
        &json!({"access_token": "at", "refresh_token": "rt", "expires_in": 3600}),
    )
}

struct Outcome {
    result: Result<TokenSet, OAuthError>,
    urls: Vec<String>,
    slept: Vec<u64>,
}

async fn exchange(id: &str, answers: Vec<Canned>) -> Outcome {
    let provider = if id == "acme" {
        standard()
    } else {
        provider(id)
    };
    let redirect = match id {
        "spotify" => Url::parse("http://127.0.0.1:43827/spotify/callback").unwrap(),
        _ => provider
            .hosted_redirect_uri
            .clone()
            .unwrap_or_else(callback),
    };
    let http = CannedHttp::new(answers);
    let (client, clock) = client(&provider, &http);
    let attempt = client.begin(&redirect).unwrap();
    let code = attempt.accept_bare_code(Secret::new("code-canary"));
    let result = client.exchange(&attempt, &code).await;
    let slept = clock.slept().iter().map(Duration::as_secs).collect();
    Outcome {
        result,
        urls: http.urls(),
        slept,
    }
}

#[tokio::test]
async fn pa4_a_code_is_sent_again_only_if_it_was_not_sent() {
    let again = exchange("acme", vec![not_sent(), not_sent(), not_sent(), tokens()]).await;
    again.result.unwrap();
    assert_eq!((again.urls.len(), again.slept), (4, vec![1, 2, 4]));

    let given_up = exchange("acme", vec![not_sent(), not_sent(), not_sent(), not_sent()]).await;
    assert!(given_up.result.unwrap_err().is_unsent());
    assert_eq!(given_up.urls.len(), 4);

    for lost in [
        broken(),
        timed_out(),
        status(500),
        status(503),
        wait(1),
        status(404),
    ] {
        let once = exchange("acme", vec![lost]).await;
        assert!(once.result.is_err());
        assert_eq!((once.urls.len(), once.slept.len()), (1, 0));
    }
}

#[tokio::test]
async fn pa4_an_attempt_is_good_for_one_exchange() {
    let http = CannedHttp::new([broken()]);
    let (client, _) = client(&standard(), &http);
    let attempt = client.begin(&callback()).unwrap();
    let code = attempt.accept_bare_code(Secret::new("c"));
    client.exchange(&attempt, &code).await.unwrap_err();
    let error = client.exchange(&attempt, &code).await.unwrap_err();
    assert!(matches!(error, OAuthError::CodeSpent { .. }));
    assert_eq!(http.sent().len(), 1);
}

#[tokio::test]
async fn pa4_a_code_that_never_left_may_be_tried_later() {
    let http = CannedHttp::new([not_sent(), not_sent(), not_sent(), not_sent(), tokens()]);
    let (client, _) = client(&standard(), &http);
    let attempt = client.begin(&callback()).unwrap();
    let code = attempt.accept_bare_code(Secret::new("c"));
    client.exchange(&attempt, &code).await.unwrap_err();
    client.exchange(&attempt, &code).await.unwrap();
}

#[tokio::test]
async fn pa4_anthropics_429_does_not_burn_the_code() {
    let patient = exchange("anthropic", vec![wait(7), status(429), tokens()]).await;
    patient.result.unwrap();
    assert_eq!(patient.slept, [7, 4]);
    let host = "https://platform.claude.com/v1/oauth/token";
    assert_eq!(patient.urls, [host; 3], "the same host is asked again");

    let given_up = exchange("anthropic", vec![wait(1), wait(1), wait(1), wait(1)]).await;
    assert_eq!(
        given_up.result.unwrap_err().code(),
        Code::ProviderRateLimited
    );
}

#[tokio::test]
async fn anthropics_404_goes_to_the_other_host_once() {
    let moved = exchange("anthropic", vec![status(404), tokens()]).await;
    moved.result.unwrap();
    assert_eq!(
        moved.urls[1],
        "https://console.anthropic.com/v1/oauth/token"
    );
    let gone = exchange("anthropic", vec![status(404), status(404)]).await;
    assert!(matches!(
        gone.result,
        Err(OAuthError::Rejected { status: 404, .. })
    ));
    let refused = exchange(
        "anthropic",
        vec![answer(400, &json!({"error": "invalid_grant"}))],
    )
    .await;
    assert_eq!(refused.urls.len(), 1);
}

#[tokio::test]
async fn requests_hold_what_the_vendor_wants() {
    let names = |http: &CannedHttp| -> Vec<String> {
        http.form(0).into_iter().map(|(name, _)| name).collect()
    };
    for (id, expected) in [
        (
            "acme",
            vec![
                "grant_type",
                "code",
                "redirect_uri",
                "code_verifier",
                "client_id",
            ],
        ),
        (
            "xai-oauth",
            vec![
                "grant_type",
                "code",
                "redirect_uri",
                "code_verifier",
                "code_challenge",
                "code_challenge_method",
                "client_id",
            ],
        ),
    ] {
        let provider = if id == "acme" {
            standard()
        } else {
            provider(id)
        };
        let http = CannedHttp::new([tokens()]);
        let (client, _) = client(&provider, &http);
        let attempt = client.begin(&callback()).unwrap();
        let code = attempt.accept_bare_code(Secret::new("c"));
        client.exchange(&attempt, &code).await.unwrap();
        assert_eq!(names(&http), expected, "{id}");
    }
    let http = CannedHttp::new([tokens()]);
    let (client, _) = client(&provider("anthropic"), &http);
    let page = client.provider().hosted_redirect_uri.clone().unwrap();
    let attempt = client.begin(&page).unwrap();
    client
        .exchange(&attempt, &attempt.accept_bare_code(Secret::new("c")))
        .await
        .unwrap();
    let Body::Json(text) = &http.sent()[0].body else {
        panic!("not JSON")
    };
    let sent: Value = serde_json::from_str(text).unwrap();
    assert_eq!(sent["state"], attempt.state.expose());
    assert_eq!(sent["code_verifier"], attempt.pkce.verifier.expose());
    assert_eq!(sent["redirect_uri"], page.as_str());
}

#[tokio::test]
async fn pc6_every_fault_has_its_own_error_and_shows_no_body() {
    let canary = "canary-0123456789";
    let large = || {
        Err(HttpError::TooLarge {
            host: "a.test".to_owned(),
            mebibytes: 1,
        })
    };
    let setup = || {
        Err(HttpError::Setup(
            "the CA bundle `/x` does not exist".to_owned(),
        ))
    };
    let refused = json!({"error": "invalid_grant", "error_description": "no", "secret": canary});
    let cases: Vec<(Canned, Code, bool, &str)> = vec![
        (
            status(307),
            Code::ProviderBadAnswer,
            false,
            "redirect (HTTP 307)",
        ),
        (status(302), Code::ProviderBadAnswer, false, "redirect"),
        (
            wait(7),
            Code::ProviderRateLimited,
            true,
            "asks to wait before another token exchange (7 s)",
        ),
        (status(500), Code::ProviderServerError, true, "HTTP 500"),
        (status(503), Code::ProviderServerError, true, "HTTP 503"),
        (
            body(200, "text/html", canary),
            Code::ProviderBadAnswer,
            false,
            "text/html, not JSON",
        ),
        (
            body(200, "application/json", canary),
            Code::ProviderBadAnswer,
            false,
            "not a JSON object",
        ),
        (
            body(200, "application/json", "[]"),
            Code::ProviderBadAnswer,
            false,
            "not a JSON object",
        ),
        (
            answer(200, &json!({"canary": canary})),
            Code::ProviderBadAnswer,
            false,
            "no `access_token`",
        ),
        (
            body(400, "text/html", canary),
            Code::ExchangeRejected,
            false,
            "(HTTP 400).",
        ),
        (
            answer(400, &refused),
            Code::ExchangeRejected,
            false,
            "(HTTP 400). invalid_grant: no",
        ),
        (
            answer(200, &refused),
            Code::ExchangeRejected,
            false,
            "invalid_grant",
        ),
        (large(), Code::ProviderBadAnswer, false, "more than 1 MiB"),
        (setup(), Code::InputUnreadable, false, "CA bundle"),
        (broken(), Code::ProviderUnreachable, true, "broke"),
        (
            timed_out(),
            Code::ProviderTimeout,
            true,
            "did not answer within 20 s",
        ),
    ];
    for (canned, code, transient, text) in cases {
        let error = exchange("acme", vec![canned]).await.result.unwrap_err();
        let shown = format!("{error}");
        assert_eq!(error.code(), code, "{shown}");
        assert_eq!(error.is_transient(), transient, "{shown}");
        assert!(shown.contains(text), "{shown}");
        assert!(!error.is_terminal_refresh(), "{shown}");
        assert!(!format!("{error:?}{shown}").contains(canary), "{shown}");
    }
}

#[tokio::test]
async fn a_plan_that_is_missing_is_said_with_what_helps() {
    let error = exchange("xai-oauth", vec![status(403)])
        .await
        .result
        .unwrap_err();
    assert_eq!(error.code(), Code::NotEntitled);
    assert!(
        error
            .to_string()
            .starts_with("xAI token exchange failed (HTTP 403): "),
        "{error}"
    );
    assert!(error.to_string().contains("XAI_API_KEY"), "{error}");
    assert_eq!(
        error.next_step().as_deref(),
        Some("hermes auth add xai --type api-key")
    );
    let plain = exchange("xai-oauth", vec![status(400)])
        .await
        .result
        .unwrap_err();
    assert_eq!(plain.to_string(), "xAI token exchange failed (HTTP 400).");
}

async fn with_id_token(claims: impl Fn(&Attempt) -> Value) -> Result<TokenSet, OAuthError> {
    let http = CannedHttp::new([]);
    let (asking, _) = client(&standard(), &http);
    let attempt = asking.begin(&callback()).unwrap();
    let id_token = jwt(&claims(&attempt));
    let http = CannedHttp::new([answer(
        200,
        &json!({"access_token": "at", "id_token": id_token}),
    )]);
    let (client, _) = client(&standard(), &http);
    client
        .exchange(&attempt, &attempt.accept_bare_code(Secret::new("c")))
        .await
}

#[tokio::test]
async fn pc3_an_id_token_must_be_of_this_sign_in() {
    let nonce = |attempt: &Attempt| attempt.nonce.as_ref().unwrap().expose().to_owned();
    let good = |attempt: &Attempt| json!({"iss": "https://a.test", "aud": ["other", "c1"], "nonce": nonce(attempt)});
    with_id_token(good).await.unwrap();
    for (claim, value) in [
        ("iss", json!("https://b.test")),
        ("iss", json!(null)),
        ("aud", json!("c2")),
        ("aud", json!(["c2"])),
        ("aud", json!(null)),
        ("nonce", json!("another")),
        ("nonce", json!(null)),
    ] {
        let error = with_id_token(|attempt| {
            let mut claims = good(attempt);
            claims[claim] = value.clone();
            claims
        })
        .await
        .unwrap_err();
        assert!(
            matches!(&error, OAuthError::IdTokenMismatch { claim: named, .. } if *named == claim),
            "{claim} {value}: {error}"
        );
    }
}

#[tokio::test]
async fn an_id_token_that_is_no_jwt_is_refused() {
    let answers = vec![answer(
        200,
        &json!({"access_token": "at", "id_token": "opaque"}),
    )];
    let error = exchange("acme", answers).await.result.unwrap_err();
    assert!(matches!(error, OAuthError::BadAnswer { .. }));
}

#[tokio::test]
async fn an_id_token_of_xai_may_lack_claims_but_not_name_others() {
    let with = |id_token: String| {
        let body = json!({"access_token": "at", "refresh_token": "rt", "id_token": id_token});
        exchange("xai-oauth", vec![answer(200, &body)])
    };
    with("opaque".to_owned()).await.result.unwrap();
    with(jwt(&json!({"sub": "ada"}))).await.result.unwrap();
    for claims in [
        json!({"nonce": "another"}),
        json!({"aud": "another"}),
        json!({"iss": "https://b.test"}),
    ] {
        let error = with(jwt(&claims)).await.result.unwrap_err();
        assert_eq!(error.code(), Code::IssuerMismatch, "{claims}");
    }
}
