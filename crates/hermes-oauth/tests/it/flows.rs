use std::time::Duration;

use hermes_errors::{Code, Explain as _};
use hermes_oauth::{Revocation, TokenKind};
use hermes_testkit::Scripted;
use serde_json::json;

use super::*;

const LIMIT: Duration = Duration::from_secs(9);

/// Signs in, asks for the account, refreshes twice, revokes, and finds the token dead.
async fn whole_life(rig: &Rig, client: &Client, tokens: TokenSet) {
    let id = &client.provider().id;
    assert_eq!(tokens.problem(), None, "{id}");
    if client.provider().endpoints.userinfo.is_some() {
        let account = client
            .userinfo(&tokens.access_token)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(account.label, "ada@example.org", "{id}");
    }
    let mut refresh_token = tokens.refresh_token.unwrap();
    for _ in 0..2 {
        let fresh = client.refresh(&refresh_token, LIMIT).await.unwrap();
        assert!(!fresh.access_token.same(&tokens.access_token), "{id}");
        refresh_token = fresh.refresh_token.unwrap();
    }
    assert_eq!(rig.server.refreshes(), 2, "{id}");
    match client
        .revoke(&refresh_token, TokenKind::Refresh)
        .await
        .unwrap()
    {
        Revocation::Revoked => assert!(!rig.server.accepts_refresh(refresh_token.expose()), "{id}"),
        Revocation::NoEndpoint => rig.server.end_grant(refresh_token.expose()),
    }
    let error = client.refresh(&refresh_token, LIMIT).await.unwrap_err();
    assert!(error.is_terminal_refresh(), "{id}: {error}");
    assert_eq!(error.code(), Code::RefreshRejected);
}

#[tokio::test]
async fn pc1_code_flows_run_in_every_dialect() {
    for id in ["xai-oauth", "spotify", "anthropic"] {
        let rig = Rig::start().await;
        rig.server
            .configure(|settings| settings.require_nonce = true);
        let client = rig.client(id).await;
        let tokens = rig.sign_in(&client).await;
        assert_eq!(tokens.token_type, "Bearer", "{id}");
        assert!(tokens.expires_at.is_some(), "{id}");
        whole_life(&rig, &client, tokens).await;
    }
    let rig = Rig::start().await;
    rig.server
        .configure(|settings| settings.require_nonce = true);
    let client = rig.standard().await;
    let tokens = rig.sign_in(&client).await;
    assert_eq!(tokens.account.as_deref(), Some("ada@example.org"));
    whole_life(&rig, &client, tokens).await;
}

#[tokio::test]
async fn pc1_device_flows_run_in_every_dialect() {
    for id in ["xai-oauth", "openai-codex", "nous", "minimax-oauth"] {
        let rig = Rig::start().await;
        rig.server
            .configure(|settings| settings.approve_at_poll = Some(3));
        let client = rig.client(id).await;
        let device = client.start_device().await.unwrap();
        assert!(
            rig.server.pending_user_codes().contains(&device.user_code),
            "{id}"
        );
        let tokens = client.wait_for_device(&device).await.unwrap();
        assert_eq!(rig.clock.slept(), [Duration::from_secs(5); 3], "{id}");
        whole_life(&rig, &client, tokens).await;
    }
}

#[tokio::test]
async fn githubs_device_flow_gives_a_token_without_end() {
    let rig = Rig::start().await;
    rig.server
        .configure(|settings| settings.approve_at_poll = Some(2));
    let client = rig.client("copilot").await;
    let device = client.start_device().await.unwrap();
    let tokens = client.wait_for_device(&device).await.unwrap();
    assert!(tokens.refresh_token.is_none() && tokens.expires_at.is_none());
    assert_eq!(tokens.problem(), None);
    let account = client
        .userinfo(&tokens.access_token)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(account.label, "ada@example.org");
}

#[tokio::test]
async fn anthropics_page_shows_code_and_state() {
    let rig = Rig::start().await;
    let client = rig.client("anthropic").await;
    let attempt = client.begin(&redirect_uri(&client)).unwrap();
    let redirected = rig.server.authorize(&attempt.authorize_url);
    let shown = rig.server.shown_code(&redirected);
    let (shown_code, state) = shown.split_once('#').unwrap();
    let pasted = |state: &str| Answer {
        code: Some(secret(shown_code)),
        state: Some(secret(state)),
        ..Answer::default()
    };
    assert_eq!(
        not_ours(attempt.judge(&pasted("other"))),
        NotOurs::WrongState
    );
    let code = code(attempt.judge(&pasted(state)));
    client.exchange(&attempt, &code).await.unwrap();
}

#[tokio::test]
async fn pa4_anthropics_code_survives_a_429() {
    let rig = Rig::start().await;
    let client = rig.client("anthropic").await;
    rig.server
        .next("/token", Scripted::Status(429).header("Retry-After", "7"));
    rig.sign_in(&client).await;
    assert_eq!(rig.clock.slept(), [Duration::from_secs(7)]);
    rig.server.next("/v1/oauth/token", Scripted::Status(404));
    rig.sign_in(&client).await;
    assert_eq!(rig.server.requests_to("/fallback/v1/oauth/token").len(), 1);
}

#[tokio::test]
async fn pc2_answers_of_other_attempts_cause_no_token_request() {
    let rig = Rig::start().await;
    let client = rig.standard().await;
    let (mine, other) = (
        client.begin(&redirect_uri(&client)).unwrap(),
        client.begin(&redirect_uri(&client)).unwrap(),
    );
    assert_eq!(
        not_ours(mine.judge(&answer(&rig.server.authorize(&other.authorize_url)))),
        NotOurs::WrongState
    );
    let right = rig.server.authorize(&mine.authorize_url);
    let without = |name: &str| {
        let mut url = right.clone();
        let pairs: Vec<(String, String)> = right
            .query_pairs()
            .into_owned()
            .filter(|(key, _)| key != name)
            .collect();
        url.query_pairs_mut().clear().extend_pairs(pairs);
        url
    };
    assert_eq!(
        not_ours(mine.judge(&answer(&without("state")))),
        NotOurs::NoState
    );
    assert_eq!(
        not_ours(mine.judge(&answer(&without("code")))),
        NotOurs::NoCode
    );
    // The server promised `iss`, so an answer without it is not the server's.
    assert_eq!(
        not_ours(mine.judge(&answer(&without("iss")))),
        NotOurs::MissingIssuer
    );
    assert!(rig.server.requests_to("/token").is_empty());
}

#[tokio::test]
async fn pc3_another_servers_code_reaches_nobody() {
    let (ours, theirs) = (Rig::start().await, Rig::start().await);
    let client = ours.standard().await;
    let attempt = client.begin(&redirect_uri(&client)).unwrap();
    // The attacker sent the browser to the other server, with the parameters of this attempt.
    let mut elsewhere = theirs.server.url("/authorize");
    elsewhere.set_query(attempt.authorize_url.query());
    let redirected = theirs.server.authorize(&elsewhere);
    assert_eq!(
        not_ours(attempt.judge(&answer(&redirected))),
        NotOurs::WrongIssuer
    );
    assert!(ours.server.requests_to("/token").is_empty());
    assert!(theirs.server.requests_to("/token").is_empty());
}

#[tokio::test]
async fn pc3_an_id_token_of_another_sign_in_is_refused() {
    for (claim, value) in [
        ("nonce", json!("another")),
        ("aud", json!("another")),
        ("iss", json!("https://another.test")),
    ] {
        let rig = Rig::start().await;
        let client = rig.standard().await;
        rig.server.configure(|settings| {
            settings.claims.insert(claim.to_owned(), value);
        });
        let attempt = client.begin(&redirect_uri(&client)).unwrap();
        let code = code(rig.consent(&attempt));
        let error = client.exchange(&attempt, &code).await.unwrap_err();
        assert_eq!(error.code(), Code::IssuerMismatch, "{claim}");
        assert!(error.to_string().contains(&format!("`{claim}`")), "{error}");
    }
}

#[tokio::test]
async fn a_no_is_told_with_its_reason() {
    let rig = Rig::start().await;
    let client = rig.client("xai-oauth").await;
    let attempt = client.begin(&redirect_uri(&client)).unwrap();
    let denied = attempt.judge(&answer(&rig.server.deny(&attempt.authorize_url)));
    let Verdict::Denied { error, description } = denied else {
        panic!("{denied:?}")
    };
    assert_eq!(error, "access_denied");
    assert_eq!(description.as_deref(), Some("the person said no"));
}

#[tokio::test]
async fn xai_without_a_plan_is_said_to_be_that() {
    let rig = Rig::start().await;
    rig.server.configure(|settings| settings.tier_denied = true);
    let client = rig.client("xai-oauth").await;
    let attempt = client.begin(&redirect_uri(&client)).unwrap();
    let code = code(rig.consent(&attempt));
    let error = client.exchange(&attempt, &code).await.unwrap_err();
    assert_eq!(error.code(), Code::NotEntitled);
    let error = client.refresh(&secret("rt"), LIMIT).await.unwrap_err();
    assert_eq!(
        error.code(),
        Code::NotEntitled,
        "and the refresh token is not given up for it"
    );
}

#[tokio::test]
async fn pc8_reuse_is_terminal_in_every_dialect() {
    let providers = [
        "xai-oauth",
        "spotify",
        "anthropic",
        "openai-codex",
        "nous",
        "minimax-oauth",
    ];
    for id in providers {
        let rig = Rig::start().await;
        let client = rig.client(id).await;
        let issued = rig.server.issue(id, client.client_id(), "inference:invoke");
        let spent = secret(issued.refresh_token.as_deref().unwrap());
        client.refresh(&spent, LIMIT).await.unwrap();
        let error = client.refresh(&spent, LIMIT).await.unwrap_err();
        assert!(error.is_terminal_refresh(), "{id}: {error}");
        assert_eq!(rig.server.ended_grants(), 1, "{id}");
    }
}

#[tokio::test]
async fn pc11_a_scope_that_differs_is_reported() {
    let rig = Rig::start().await;
    rig.server
        .configure(|settings| settings.granted_scope = Some("openid".to_owned()));
    let client = rig.standard().await;
    let tokens = rig.sign_in(&client).await;
    assert_eq!(client.scope(), Some("openid email offline_access"));
    assert_eq!(tokens.scope.as_deref(), Some("openid"));
}

#[tokio::test]
async fn a_spent_nous_token_is_not_lost_for_a_bad_access_token() {
    let rig = Rig::start().await;
    let client = rig.client("nous").await;
    let issued = rig.server.issue("nous", client.client_id(), "other");
    rig.server
        .configure(|settings| settings.granted_scope = Some("other".to_owned()));
    let spent = secret(issued.refresh_token.as_deref().unwrap());
    let tokens = client.refresh(&spent, LIMIT).await.unwrap();
    assert!(
        tokens
            .problem()
            .unwrap()
            .contains("missing_inference_invoke_scope")
    );
    assert!(
        rig.server
            .accepts_refresh(tokens.refresh_token.unwrap().expose())
    );
}

#[tokio::test]
async fn minimax_gives_its_message_and_both_kinds_of_time() {
    for milliseconds in [true, false] {
        let rig = Rig::start().await;
        rig.server.configure(|settings| {
            settings.milliseconds = milliseconds;
            settings.approve_at_poll = Some(1);
        });
        let client = rig.client("minimax-oauth").await;
        let device = client.start_device().await.unwrap();
        assert_eq!(device.expires_in, Duration::from_secs(900));
        let tokens = client.wait_for_device(&device).await.unwrap();
        assert_eq!(tokens.expires_in, Some(900));
        assert_eq!(tokens.notice.as_deref(), Some("Welcome to MiniMax"));
        let sent = rig.server.requests_to("/oauth/code");
        assert_eq!(sent[0].header("x-request-id").unwrap().len(), 36);
    }
}

#[tokio::test]
async fn lg1_no_secret_is_in_any_error_or_debug_text() {
    let rig = Rig::start().await;
    let client = rig.standard().await;
    let attempt = client.begin(&redirect_uri(&client)).unwrap();
    let code = code(rig.consent(&attempt));
    let tokens = client.exchange(&attempt, &code).await.unwrap();
    let spent = client.exchange(&attempt, &code).await.unwrap_err();
    let echo = json!({"error": "invalid_grant", "error_description": format!(
        "bad token {}", tokens.refresh_token.as_ref().unwrap().expose()
    )});
    rig.server.next("/token", Scripted::StatusJson(400, echo));
    let echoed = client
        .refresh(tokens.refresh_token.as_ref().unwrap(), LIMIT)
        .await
        .unwrap_err();
    let shown =
        format!("{client:?}{attempt:?}{code:?}{tokens:?}{spent:?}{spent}{echoed:?}{echoed}");
    for secret in rig.server.all_secrets() {
        assert!(!shown.contains(&secret), "{secret} in {shown}");
    }
}
