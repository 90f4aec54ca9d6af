use hermes_machine::http::{Body, Request};
use hermes_providers::Table;
use serde_json::{Value, json};

use super::{
    REDIRECT, STATE, VERIFIER, authorize_url, exchange_form, get, param, post, post_json, read,
    refresh_form, text,
};
use crate::{FakeProvider, provider::grant::s256, provider::vendor::Vendor};

fn client(vendor: Vendor) -> String {
    vendor.provider().unwrap().client_id.unwrap()
}

#[tokio::test]
async fn an_overridden_entry_reaches_nobody_else() {
    let provider = FakeProvider::start().await;
    let ids = [
        "xai-oauth",
        "spotify",
        "anthropic",
        "openai-codex",
        "nous",
        "minimax-oauth",
        "copilot",
    ];
    let toml: String = ids.iter().map(|id| provider.table_override(id)).collect();
    let table = Table::load(Some(&toml)).unwrap();
    let host = provider.issuer().replace("http://", "");
    for id in ids {
        let entry = table.get(id).unwrap();
        assert_eq!(entry.hosts, [host.as_str()], "{id}");
        let all = [
            &entry.endpoints.authorization,
            &entry.endpoints.token,
            &entry.endpoints.token_fallback,
            &entry.endpoints.device,
            &entry.endpoints.device_token,
            &entry.endpoints.verification,
            &entry.endpoints.revocation,
            &entry.endpoints.userinfo,
            &entry.endpoints.discovery,
            &entry.hosted_redirect_uri,
        ];
        for url in all.into_iter().flatten() {
            assert!(url.as_str().starts_with(&provider.issuer()), "{id} {url}");
            let (status, _) = read(Request::get(url.clone())).await;
            assert_ne!(status, 404, "{id} {url}");
        }
    }
}

#[tokio::test]
async fn xai_wants_its_extras() {
    let provider = FakeProvider::start().await;
    let id = client(Vendor::Xai);
    let url = authorize_url(&provider, "/xai/oauth2/authorize", &[("client_id", &id)]);
    assert!(provider.try_authorize(&url).is_err(), "plan=generic");
    let mut url = url;
    url.query_pairs_mut().append_pair("plan", "generic");
    let code = param(&provider.authorize(&url), "code").unwrap();
    let mut form = exchange_form(&code).to_vec();
    form.retain(|(name, _)| *name != "client_id");
    form.push(("client_id", &id));
    let (_, answer) = post(&provider, "/xai/oauth2/token", &form).await;
    assert_eq!(
        text(&answer, "error_description"),
        "code_challenge is required"
    );
    let challenge = s256(VERIFIER);
    form.extend([
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]);
    let (status, tokens) = post(&provider, "/xai/oauth2/token", &form).await;
    assert_eq!(status, 200);
    provider.configure(|settings| settings.tier_denied = true);
    let refresh = refresh_form(&id, text(&tokens, "refresh_token"));
    assert_eq!(post(&provider, "/xai/oauth2/token", &refresh).await.0, 403);
    assert!(provider.accepts_refresh(text(&tokens, "refresh_token")));

    let path = "/.well-known/oauth-authorization-server/xai";
    let (_, metadata) = get(&provider, path, "").await;
    assert_eq!(metadata["issuer"], format!("{}/xai", provider.issuer()));
}

#[tokio::test]
async fn anthropic_speaks_json_and_binds_the_state() {
    let provider = FakeProvider::start().await;
    let id = client(Vendor::Anthropic);
    let hosted = provider.url("/anthropic/oauth/code/callback").to_string();
    let changes = [
        ("client_id", id.as_str()),
        ("redirect_uri", &hosted),
        ("code", "true"),
    ];
    let url = authorize_url(&provider, "/anthropic/oauth/authorize", &changes);
    let exchange = |shown: &str| {
        let (code, state) = shown.split_once('#').unwrap();
        json!({
            "grant_type": "authorization_code", "client_id": id, "code": code, "state": state,
            "redirect_uri": hosted, "code_verifier": VERIFIER,
        })
    };
    let token = "/anthropic/v1/oauth/token";
    let shown = provider.shown_code(&provider.authorize(&url));
    let page = crate::FakeBrowser
        .must_visit(&provider.authorize(&url))
        .await;
    assert!(page.body.contains(&format!("#{STATE}")));
    let mut wrong = exchange(&shown);
    wrong["state"] = "another".into();
    assert_eq!(post_json(&provider, token, &wrong).await.0, 400);

    let body = exchange(&provider.shown_code(&provider.authorize(&url)));
    let (status, tokens) = post_json(&provider, token, &body).await;
    assert_eq!((status, tokens["expires_in"].as_u64()), (200, Some(28_800)));
    assert!(text(&tokens, "access_token").starts_with("sk-ant-oat01-CANARY-"));
    let refresh = refresh_form(&id, text(&tokens, "refresh_token"));
    assert_eq!(post(&provider, token, &refresh).await.0, 400, "not a form");
    let refresh: serde_json::Map<_, _> = refresh
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::from(value)))
        .collect();
    assert_eq!(post_json(&provider, token, &refresh.into()).await.0, 200);
}

#[tokio::test]
async fn codex_makes_the_verifier() {
    let provider = FakeProvider::start().await;
    let id = client(Vendor::Codex);
    let (_, device) = post_json(
        &provider,
        "/codex/api/accounts/deviceauth/usercode",
        &json!({"client_id": id}),
    )
    .await;
    assert_eq!(device["interval"], "5");
    let poll =
        json!({"device_auth_id": device["device_auth_id"], "user_code": device["user_code"]});
    let path = "/codex/api/accounts/deviceauth/token";
    assert_eq!(post_json(&provider, path, &poll).await.0, 403);
    assert_eq!(post_json(&provider, path, &poll).await.0, 404);
    provider.approve_device(text(&device, "user_code"));
    let (status, grant) = post_json(&provider, path, &poll).await;
    assert_eq!(status, 200);
    let redirect = provider.url("/codex/deviceauth/callback").to_string();
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", id.as_str()),
        ("code", text(&grant, "authorization_code")),
        ("redirect_uri", redirect.as_str()),
        ("code_verifier", text(&grant, "code_verifier")),
    ];
    let (status, tokens) = post(&provider, "/codex/oauth/token", &form).await;
    assert_eq!(status, 200);
    assert_eq!(text(&tokens, "access_token").split('.').count(), 3);
    let refresh = refresh_form(&id, text(&tokens, "refresh_token"));
    assert_eq!(post(&provider, "/codex/oauth/token", &refresh).await.0, 200);
    let (_, answer) = post(&provider, "/codex/oauth/token", &refresh).await;
    assert_eq!(answer["error"]["code"], "refresh_token_reused");
}

#[tokio::test]
async fn nous_takes_the_refresh_token_from_the_header_only() {
    let provider = FakeProvider::start().await;
    let issued = provider.issue("nous", "hermes-cli", "inference:invoke");
    let token = issued.refresh_token.unwrap();
    let path = "/nous/api/oauth/token";
    let form = refresh_form("hermes-cli", &token);
    assert_eq!(post(&provider, path, &form).await.0, 400);
    assert!(provider.accepts_refresh(&token));
    let [grant, client, _] = form;
    let request = Request::post(provider.url(path), Body::form([grant, client]));
    let request = request.header("x-nous-refresh-token", token.as_str());
    let (status, tokens) = read(request).await;
    assert_eq!(status, 200);
    let base = provider.url("/nous/v1").to_string();
    assert_eq!(text(&tokens, "inference_base_url"), base);
    let access = text(&tokens, "access_token");
    let (status, account) = get(&provider, "/nous/api/oauth/account", access).await;
    assert_eq!(
        (status, &account["user"]["email"]),
        (200, &json!("ada@example.org"))
    );
    assert_eq!(
        get(&provider, "/userinfo", access).await.0,
        401,
        "another server's"
    );
}

#[tokio::test]
async fn minimax_says_200_until_it_is_done() {
    let provider = FakeProvider::start().await;
    let id = client(Vendor::Minimax);
    let challenge = s256(VERIFIER);
    let form = [
        ("response_type", "code"),
        ("client_id", id.as_str()),
        ("scope", "group_id profile model.completion"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("state", STATE),
    ];
    let (_, device) = post(&provider, "/minimax/oauth/code", &form).await;
    assert_eq!(
        (text(&device, "state"), &device["interval"]),
        (STATE, &json!(5000))
    );
    assert!(device["expired_in"].as_u64().unwrap() > 1_700_000_000_000);
    let user_code = text(&device, "user_code");
    let poll = |verifier| {
        [
            ("grant_type", "urn:ietf:params:oauth:grant-type:user_code"),
            ("client_id", id.as_str()),
            ("user_code", user_code),
            ("code_verifier", verifier),
        ]
    };
    let path = "/minimax/oauth/token";
    let (status, answer) = post(&provider, path, &poll(VERIFIER)).await;
    assert_eq!((status, text(&answer, "status")), (200, "pending"));
    provider.approve_device(user_code);
    assert_eq!(post(&provider, path, &poll(REDIRECT)).await.0, 400);
    provider.configure(|settings| settings.milliseconds = false);
    let (status, tokens) = post(&provider, path, &poll(VERIFIER)).await;
    assert_eq!((status, text(&tokens, "status")), (200, "success"));
    assert_eq!(tokens["expired_in"], 900);
    let refresh = refresh_form(&id, text(&tokens, "refresh_token"));
    assert_eq!(post(&provider, path, &refresh).await.0, 200);
    let (status, answer) = post(&provider, path, &refresh).await;
    let message = answer["base_resp"]["status_msg"].as_str().unwrap();
    assert!(status == 400 && message.contains("refresh_token_reused"));
}

#[tokio::test]
async fn github_errors_have_status_200() {
    let provider = FakeProvider::start().await;
    let id = client(Vendor::Github);
    let form = [("client_id", id.as_str()), ("scope", "read:user")];
    let (_, device) = post(&provider, "/github/login/device/code", &form).await;
    let poll = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("client_id", id.as_str()),
        ("device_code", text(&device, "device_code")),
    ];
    let path = "/github/login/oauth/access_token";
    let (status, answer) = post(&provider, path, &poll).await;
    assert_eq!(
        (status, text(&answer, "error")),
        (200, "authorization_pending")
    );
    provider.approve_device(text(&device, "user_code"));
    let (_, tokens) = post(&provider, path, &poll).await;
    assert!(text(&tokens, "access_token").starts_with("gho_"));
    assert_eq!(
        (tokens.get("refresh_token"), tokens.get("expires_in")),
        (None, None)
    );
    let (_, user) = get(&provider, "/github/user", text(&tokens, "access_token")).await;
    assert_eq!(user["login"], "ada");
}

#[tokio::test]
async fn spotify_is_standard_with_its_own_paths() {
    let provider = FakeProvider::start().await;
    let url = authorize_url(&provider, "/spotify/authorize", &[("scope", "user-read")]);
    let back = provider.authorize(&url);
    assert_eq!(param(&back, "iss"), None);
    let code = param(&back, "code").unwrap();
    let (status, tokens) = post(&provider, "/spotify/api/token", &exchange_form(&code)).await;
    assert_eq!(status, 200);
    let (_, me) = get(&provider, "/spotify/v1/me", text(&tokens, "access_token")).await;
    assert_eq!(me["product"], "premium");
}
