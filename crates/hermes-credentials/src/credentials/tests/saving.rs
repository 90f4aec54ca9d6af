use hermes_errors::{Code, Explain as _};
use hermes_machine::Environment;
use hermes_oauth::jwt_label;
use hermes_providers::Flow;
use hermes_secret::Secret;
use serde_json::{Value, json};

use super::rig::{NOON, Rig, token_set};
use crate::{Kind, State};

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn sign_ins_are_where_upstream_looks_for_them() {
    let expected = [
        ("xai-oauth", "manual:loopback_pkce", false),
        ("anthropic", "manual:hermes_pkce", false),
        ("openai-codex", "manual:device_code", false),
        ("nous", "device_code", true),
        ("minimax-oauth", "oauth", true),
    ];
    for (id, source, has_state) in expected {
        let rig = Rig::new(&[id]).await;
        let (saved, issued) = rig.sign_in(id, None).await;
        assert!(!saved.replaced);
        assert_eq!(saved.path, rig.home.auth_json());
        let file = rig.home.read_auth_json();
        let entry = rig.entry(id, 0);
        assert_eq!(entry["source"], source, "{id}");
        assert_eq!(entry["access_token"], issued.access_token, "{id}");
        assert_eq!(
            entry["refresh_token"].as_str(),
            issued.refresh_token.as_deref(),
            "{id}"
        );
        assert_eq!(entry["auth_type"], "oauth", "{id}");
        assert_eq!(entry["last_status"], Value::Null, "{id}");
        assert_eq!(entry["id"].as_str().unwrap().len(), 6, "{id}");
        assert_eq!(file["providers"].get(id).is_some(), has_state, "{id}");
        assert_eq!(file["active_provider"], id);
        assert_eq!(
            entry.get("expires_at_ms").is_some(),
            id == "anthropic",
            "{id}"
        );
        assert_eq!(entry.get("expires_at").is_some(), id != "anthropic", "{id}");
        assert!(saved.entry.current && saved.entry.renews, "{id}");
        assert!(saved.entry.expires_at.is_some(), "{id}");
    }
}

#[tokio::test]
async fn spotify_has_a_state_and_is_never_active() {
    let rig = Rig::new(&["spotify"]).await;
    let (saved, _) = rig.sign_in("spotify", Some("music")).await;
    let file = rig.home.read_auth_json();
    let state = &file["providers"]["spotify"];
    assert_eq!(
        keys(state),
        [
            "access_token",
            "accounts_base_url",
            "api_base_url",
            "auth_type",
            "client_id",
            "expires_at",
            "expires_in",
            "granted_scope",
            "label",
            "obtained_at",
            "redirect_uri",
            "refresh_token",
            "scope",
            "token_type"
        ]
    );
    assert_eq!(state["client_id"], "my-app");
    assert_eq!(state["obtained_at"], "2026-11-21T12:00:00.000000+00:00");
    assert!(file.get("credential_pool").is_none() && file.get("active_provider").is_none());
    assert_eq!(
        (saved.entry.label.as_str(), saved.entry.id.as_str()),
        ("music", "spotify")
    );
    assert_eq!(
        saved.entry.redirect_uri.as_deref(),
        Some("http://127.0.0.1:56121/callback")
    );
    // The next sign-in keeps what somebody else put there.
    let mut file = rig.home.read_auth_json();
    file["providers"]["spotify"]["theirs"] = json!(1);
    rig.home.write_auth_json(&file.to_string());
    let (saved, _) = rig.sign_in("spotify", None).await;
    assert!(saved.replaced);
    assert_eq!(saved.entry.label, "music");
    assert_eq!(
        rig.home.read_auth_json()["providers"]["spotify"]["theirs"],
        1
    );
}

#[tokio::test]
async fn the_same_account_is_replaced_and_another_is_added() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let id = "xai-oauth";
    let issue = || rig.fake.issue(id, &rig.client_id(id), "openid");
    let ada = rig.save(id, &issue(), Some("ada@example.org"), None).await;
    assert_eq!(ada.entry.label, "ada@example.org");
    let bob = rig.save(id, &issue(), Some("bob@example.org"), None).await;
    assert_eq!((bob.entry.index, bob.replaced), (2, false));
    let mut file = rig.home.read_auth_json();
    file["credential_pool"][id][0]["unknown"] = json!("kept");
    file["credential_pool"][id][0]["last_status"] = json!("dead");
    rig.home.write_auth_json(&file.to_string());
    let again = rig.save(id, &issue(), Some("ADA@example.org"), None).await;
    assert!(again.replaced);
    assert_eq!(again.entry.id, ada.entry.id);
    assert_eq!(again.entry.state, State::Ready);
    assert_eq!(rig.entry(id, 0)["unknown"], "kept");
    let unknown = rig.save(id, &issue(), None, None).await;
    assert_eq!(
        (unknown.entry.label.as_str(), unknown.replaced),
        ("xai-oauth-oauth-3", false)
    );
    let labelled = rig.save(id, &issue(), None, Some("Work")).await;
    let relabelled = rig.save(id, &issue(), None, Some("work")).await;
    assert_eq!(labelled.entry.id, relabelled.entry.id);
    assert_eq!(rig.credentials.status(id).unwrap().entries.len(), 4);
}

#[tokio::test]
async fn accounts_are_told_apart_by_their_tokens_too() {
    let rig = Rig::new(&["xai-oauth"]).await;
    rig.fake.configure(|settings| settings.jwt = true);
    let id = "xai-oauth";
    let issued = rig.fake.issue(id, &rig.client_id(id), "openid");
    let account = jwt_label(&Secret::new(issued.access_token.as_str()));
    assert_eq!(account.as_deref(), Some("ada@example.org"));
    rig.save(id, &issued, account.as_deref(), Some("work"))
        .await;
    let again = rig.fake.issue(id, &rig.client_id(id), "openid");
    let saved = rig.save(id, &again, account.as_deref(), None).await;
    assert!(saved.replaced);
    assert_eq!(saved.entry.label, "work", "what the person called it stays");
    // Another person under the same label is another credential.
    rig.fake
        .configure(|settings| settings.email = "bob@example.org".to_owned());
    let other = rig.fake.issue(id, &rig.client_id(id), "openid");
    let saved = rig
        .save(id, &other, Some("bob@example.org"), Some("work"))
        .await;
    assert!(!saved.replaced);
}

#[tokio::test]
async fn an_issuer_of_ones_own_needs_nothing_that_upstream_drops() {
    let rig = Rig::new(&[]).await;
    let origin = rig.fake.origin();
    let host = origin
        .as_str()
        .trim_start_matches("http://")
        .trim_end_matches('/');
    let section = format!(
        "[provider.mine]\nname = \"Mine\"\nflows = [\"loopback\", \"paste\"]\nhosts = [\"{host}\"]\nclient_id = \"table-id\"\n\
         endpoints = {{ token = \"{origin}token\", authorization = \"{origin}authorize\" }}\n\
         loopback = {{ host = \"127.0.0.1\", port = 0, path = \"/callback\", any_port = true }}\n"
    );
    let table = hermes_providers::Table::load(Some(&section)).unwrap();
    let found = table.get("mine").unwrap();
    rig.credentials.save_provider(found).await.unwrap();
    let provider = rig.provider("mine");
    let issued = rig.fake.issue("mine", "own-id", "openid offline_access");
    let tokens = token_set(&issued, NOON.parse().unwrap());
    // The table of this process was read before the provider was in it.
    let saved = rig
        .credentials
        .save_sign_in(&provider, Flow::Paste, "own-id", None, None, &tokens)
        .await
        .unwrap();
    assert_eq!(saved.entry.source, "manual:paste");
    assert!(rig.home.read_auth_json().get("active_provider").is_none());
    rig.a_day_later();
    let token = rig.token("mine").await;
    assert!(rig.fake.accepts_access(&token));
    let form = &rig.fake.requests_to("/token")[0].form;
    assert!(
        form.contains(&("client_id".into(), "own-id".into())),
        "{form:?}"
    );
    rig.a_day_later();
    rig.another().access_token("mine").await.unwrap();
}

#[tokio::test]
async fn keys_are_checked_and_kept() {
    let environment = Environment::default();
    let rig = Rig::with(&[], environment).await;
    let provider = rig.provider("openrouter");
    let add = async |key: &str| {
        rig.credentials
            .add_key(&provider, Secret::new(key), None, None)
            .await
    };
    for (key, code) in [
        ("", Code::ApiKeyMissing),
        ("  \n", Code::ApiKeyMissing),
        ("abc", Code::ApiKeyInvalid),
        ("changeme", Code::ApiKeyInvalid),
        ("sk 12345", Code::ApiKeyInvalid),
        ("sk-1\u{1b}[2J", Code::ApiKeyInvalid),
    ] {
        assert_eq!(add(key).await.unwrap_err().code(), code, "{key:?}");
    }
    assert_eq!(rig.home.auth_json_text(), None, "nothing was written");
    let saved = add(" sk-or-1\n").await.unwrap();
    assert_eq!(
        (saved.entry.label.as_str(), saved.entry.kind),
        ("api-key-1", Kind::ApiKey)
    );
    let entry = rig.entry("openrouter", 0);
    assert_eq!(
        entry,
        json!({"id": entry["id"], "label": "api-key-1", "auth_type": "api_key", "priority": 0, "source": "manual", "access_token": "sk-or-1",
            "last_status": null, "last_status_at": null, "last_error_code": null, "last_error_reason": null, "last_error_message": null,
            "last_error_reset_at": null, "base_url": "https://openrouter.ai/api/v1", "request_count": 0})
    );
    assert!(add("sk-or-1").await.unwrap().replaced);
    assert_eq!(add("sk-or-2").await.unwrap().entry.label, "api-key-2");
    assert_eq!(rig.token("openrouter").await, "sk-or-1");
    rig.credentials.prefer("openrouter", "2").await.unwrap();
    assert_eq!(rig.token("openrouter").await, "sk-or-2");
    assert!(rig.fake.requests().is_empty());

    let claude = rig.provider("anthropic");
    let saved = rig
        .credentials
        .add_key(&claude, Secret::new("sk-ant-oat01-x"), None, None)
        .await
        .unwrap();
    assert_eq!(saved.entry.kind, Kind::OAuth);
    let azure = rig.provider("azure-foundry");
    let error = rig
        .credentials
        .add_key(&azure, Secret::new("sk-az"), None, None)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("--base-url"), "{error}");
    let url = "http://azure.test/v1".parse().unwrap();
    let error = rig
        .credentials
        .add_key(&azure, Secret::new("sk-az"), None, Some(&url))
        .await
        .unwrap_err();
    assert_eq!(error.code(), Code::UnsafeUrl);
    let url = "https://mine.azure.test/v1".parse().unwrap();
    let saved = rig
        .credentials
        .add_key(&azure, Secret::new("sk-az"), None, Some(&url))
        .await
        .unwrap();
    assert_eq!(
        saved.entry.base_url.as_deref(),
        Some("https://mine.azure.test/v1")
    );
    assert!(!saved.entry.base_url_overridden);
}

#[tokio::test]
async fn pc7_an_override_shows_and_an_account_does_not_follow_it() {
    let environment = Environment::from([
        ("XAI_BASE_URL", "https://elsewhere.test/v1"),
        ("OPENAI_BASE_URL", "https://elsewhere.test/v1"),
    ]);
    let rig = Rig::with(&[], environment).await;
    let entry = rig.sign_in("xai-oauth", None).await.0.entry;
    assert_eq!(entry.base_url.as_deref(), Some("https://api.x.ai/v1"));
    assert_eq!(
        entry.refused_base_url.as_deref(),
        Some("https://elsewhere.test/v1")
    );
    assert!(entry.base_url_overridden);
    let provider = rig.provider("openai-api");
    let saved = rig
        .credentials
        .add_key(&provider, Secret::new("sk-1234"), None, None)
        .await
        .unwrap();
    assert_eq!(
        saved.entry.base_url.as_deref(),
        Some("https://elsewhere.test/v1")
    );
    assert!(saved.entry.base_url_overridden && saved.entry.refused_base_url.is_none());
}

#[tokio::test]
async fn a_sign_in_brings_back_what_was_hidden() {
    let rig = Rig::with(&["nous"], Environment::default()).await;
    rig.home.write_auth_json(
        r#"{"providers": {}, "suppressed_sources": {"nous": ["device_code"], "xai": ["env:XAI_API_KEY"]}}"#,
    );
    rig.sign_in("nous", None).await;
    assert_eq!(
        rig.home.read_auth_json()["suppressed_sources"],
        json!({"xai": ["env:XAI_API_KEY"]})
    );
}
