use std::time::Duration;

use hermes_errors::{Code, Explain as _};
use hermes_machine::{Clock as _, Environment, FileLock, file};
use hermes_testkit::Scripted;
use serde_json::{Value, json};

use super::rig::{Rig, open, web_by};
use crate::{Checked, State};

/// Every provider with tokens that can be refreshed, and its token endpoint.
const ALL: [(&str, &str); 6] = [
    ("xai-oauth", "/oauth2/token"),
    ("spotify", "/api/token"),
    ("anthropic", "/v1/oauth/token"),
    ("openai-codex", "/oauth/token"),
    ("nous", "/api/oauth/token"),
    ("minimax-oauth", "/oauth/token"),
];

/// Every text in the document.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_provider_refreshes_when_it_is_due_and_leaves_no_old_token() {
    for (id, path) in ALL {
        let rig = Rig::new(&[id]).await;
        let (_, issued) = rig.sign_in(id, None).await;
        assert_eq!(rig.token(id).await, issued.access_token, "{id}: fresh");
        assert_eq!(rig.fake.requests_to(path).len(), 0, "{id}");
        let active = rig.home.read_auth_json()["active_provider"].clone();
        rig.a_day_later();
        let token = rig.token(id).await;
        assert_eq!(rig.fake.requests_to(path).len(), 1, "{id}");
        assert!(rig.fake.accepts_access(&token), "{id}");
        let file = rig.home.read_auth_json();
        for text in texts(&file) {
            assert_ne!(text, issued.access_token, "{id}");
            assert_ne!(Some(text), issued.refresh_token.as_deref(), "{id}");
        }
        assert_eq!(
            file["active_provider"], active,
            "{id}: a refresh chooses nothing"
        );
        assert_eq!(
            rig.another().access_token(id).await.unwrap().token.expose(),
            token
        );
        assert_eq!(rig.fake.requests_to(path).len(), 1, "{id}: not due again");
        let records = rig.home.run().join("refresh");
        assert_eq!(std::fs::read_dir(records).unwrap().count(), 0, "{id}");
    }
}

#[tokio::test]
async fn every_provider_refreshes_on_demand_and_checks() {
    for (id, path) in ALL {
        let rig = Rig::new(&[id]).await;
        let (saved, _) = rig.sign_in(id, Some("work")).await;
        let entry = rig.credentials.refresh(id, Some("WORK")).await.unwrap();
        assert_eq!(entry.id, saved.entry.id, "{id}");
        assert_eq!(rig.fake.requests_to(path).len(), 1, "{id}");
        rig.credentials.refresh(id, None).await.unwrap();
        assert_eq!(rig.fake.requests_to(path).len(), 2, "{id}");
        let check = rig.credentials.check(id, None).await.unwrap();
        let asks = rig.provider(id).endpoints.userinfo.is_some();
        assert_eq!(check.how == Checked::Account, asks, "{id}");
    }
}

#[tokio::test]
async fn pc8_what_may_pass_deletes_nothing() {
    for (script, code) in [
        (
            Scripted::Status(429).header("Retry-After", "7"),
            Code::ProviderRateLimited,
        ),
        (Scripted::Status(500).into(), Code::ProviderServerError),
        (Scripted::Reset.into(), Code::ProviderUnreachable),
        (Scripted::Html.into(), Code::ProviderBadAnswer),
        (Scripted::Huge.into(), Code::ProviderBadAnswer),
        (
            Scripted::Redirect("http://127.0.0.1:9/".parse().unwrap()).into(),
            Code::ProviderBadAnswer,
        ),
    ] {
        for (id, path) in ALL {
            let rig = Rig::new(&[id]).await;
            let (_, issued) = rig.sign_in(id, None).await;
            rig.a_day_later();
            rig.fake.next(path, script.clone());
            let before = rig.home.auth_json_text();
            let error = rig.credentials.access_token(id).await.unwrap_err();
            assert_eq!(error.code(), code, "{id} {error}");
            assert_eq!(rig.home.auth_json_text(), before, "{id} {code}");
            // Nobody asks again for five seconds, and then it works.
            let again = rig.another().access_token(id).await.unwrap_err();
            assert_eq!(again.code(), code, "{id}");
            assert_eq!(rig.fake.requests_to(path).len(), 1, "{id} {code}");
            rig.clock.advance(Duration::from_secs(5));
            let token = rig.token(id).await;
            assert!(rig.fake.accepts_access(&token), "{id} {code}");
            assert_ne!(token, issued.access_token);
        }
    }
}

#[tokio::test]
async fn a_passing_failure_does_not_hide_a_token_that_is_good() {
    let rig = Rig::new(&["nous"]).await;
    let (_, issued) = rig.sign_in("nous", None).await;
    rig.clock.advance(Duration::from_secs(3600 - 60));
    rig.fake.next("/api/oauth/token", Scripted::Status(503));
    assert_eq!(rig.token("nous").await, issued.access_token);
    assert_eq!(rig.fake.requests_to("/api/oauth/token").len(), 1);
    assert_eq!(
        rig.token("nous").await,
        issued.access_token,
        "and is not asked for again at once"
    );
    assert_eq!(rig.fake.requests_to("/api/oauth/token").len(), 1);
}

#[tokio::test]
async fn pc8_invalid_grant_ends_the_sign_in_and_is_said_once() {
    for (id, path) in ALL {
        let rig = Rig::new(&[id]).await;
        let (_, issued) = rig.sign_in(id, None).await;
        rig.fake.end_grant(&issued.access_token);
        rig.a_day_later();
        // What upstream refreshes without a lock is looked at again after half a second.
        rig.clock.set_automatic();
        let error = rig.credentials.access_token(id).await.unwrap_err();
        assert_eq!(error.code(), Code::RefreshRejected, "{id}: {error}");
        assert_eq!(error.next_step().unwrap(), format!("hermes auth add {id}"));
        let again = rig.another().access_token(id).await.unwrap_err();
        assert_eq!(again.code(), Code::RefreshRejected, "{id}: {again}");
        assert_eq!(
            rig.fake.requests_to(path).len(),
            1,
            "{id}: a dead token is not sent again"
        );
        let status = rig.credentials.status(id).unwrap();
        assert!(!status.signed_in, "{id}");
        assert!(
            matches!(status.entries[0].state, State::Dead { .. }),
            "{id}: {status:?}"
        );

        // A new sign-in takes the dead one's place.
        let (saved, _) = rig.sign_in(id, None).await;
        assert_eq!(rig.credentials.status(id).unwrap().entries.len(), 1, "{id}");
        assert_eq!(saved.entry.state, State::Ready, "{id}");
        rig.token(id).await;
    }
}

#[tokio::test]
async fn the_next_account_takes_over_from_a_dead_one() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let (_, first) = rig.sign_in("xai-oauth", Some("one")).await;
    rig.sign_in("xai-oauth", Some("two")).await;
    rig.fake.end_grant(&first.access_token);
    rig.a_day_later();
    let token = rig.credentials.access_token("xai-oauth").await.unwrap();
    assert_eq!(token.entry.label, "two");
    let status = rig.credentials.status("xai-oauth").unwrap();
    assert!(matches!(status.entries[0].state, State::Dead { .. }));
    assert_eq!(status.current.unwrap().label, "two");
    assert_eq!(rig.credentials.reset("xai-oauth").await.unwrap(), 1);
    assert_eq!(rig.credentials.reset("xai-oauth").await.unwrap(), 0);
}

#[tokio::test]
async fn a_newer_token_in_the_file_is_taken_instead_of_asking() {
    let rig = Rig::new(&["xai-oauth"]).await;
    rig.sign_in("xai-oauth", None).await;
    rig.a_day_later();
    let first = rig.another();
    let stale = rig.another();
    // Both have seen the old token; the second comes to the lock later.
    let seen = stale.inner.found("xai-oauth").unwrap().remove(0);
    let new = first.refresh("xai-oauth", None).await.unwrap();
    let why = super::super::refresh::Why::Asked;
    let found = stale.renewed("xai-oauth", &seen, why).await.unwrap();
    assert_eq!(found.entry.expires_at, new.expires_at);
    assert_eq!(rig.fake.requests_to("/oauth2/token").len(), 1);
}

#[tokio::test]
async fn every_place_that_holds_the_token_changes_with_it() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let issued = rig
        .fake
        .issue("xai-oauth", &rig.client_id("xai-oauth"), "openid");
    let (access, refresh) = (&issued.access_token, issued.refresh_token.as_ref().unwrap());
    // As upstream 0.16 left it: a state with nested tokens, its copy, and one that was added since.
    rig.home.write_auth_json(
        &json!({"version": 1, "active_provider": "nous", "providers": {"xai-oauth": {
                "tokens": {"access_token": access, "refresh_token": refresh, "id_token": "i", "expires_in": 21600, "token_type": "Bearer"},
                "last_refresh": "2026-11-20T00:00:00.000000Z", "auth_mode": "oauth_pkce"}},
            "credential_pool": {"xai-oauth": [
                {"id": "aaaaaa", "label": "a", "auth_type": "oauth", "priority": 0, "source": "loopback_pkce", "access_token": access, "refresh_token": refresh},
                {"id": "bbbbbb", "label": "b", "auth_type": "oauth", "priority": 1, "source": "manual:device_code", "access_token": access, "refresh_token": refresh},
                {"id": "cccccc", "label": "c", "auth_type": "oauth", "priority": 2, "source": "manual:device_code", "access_token": "other", "refresh_token": "other-rt"},
            ]}})
        .to_string(),
    );
    let token = rig.token("xai-oauth").await;
    assert_ne!(token, *access);
    let file = rig.home.read_auth_json();
    assert_eq!(
        file["providers"]["xai-oauth"]["tokens"]["access_token"],
        token
    );
    assert!(file["providers"]["xai-oauth"]["tokens"]["id_token"].is_string());
    for position in [0, 1] {
        assert_eq!(rig.entry("xai-oauth", position)["access_token"], token);
    }
    assert_eq!(rig.entry("xai-oauth", 2)["access_token"], "other");
    assert_eq!(file["active_provider"], "nous");
    let new: Vec<_> = texts(&file)
        .into_iter()
        .filter(|text| text == refresh)
        .collect();
    assert!(new.is_empty());
}

#[tokio::test]
async fn after_upstream_has_rewritten_the_file_everything_still_refreshes() {
    for (id, path) in ALL {
        let rig = Rig::new(&[id]).await;
        rig.sign_in(id, None).await;
        let mut file = rig.home.read_auth_json();
        if let Some(entries) = file["credential_pool"][id].as_array_mut() {
            for entry in entries {
                upstream_keeps(entry);
            }
        }
        rig.home.write_auth_json(&file.to_string());
        rig.a_day_later();
        let token = rig.token(id).await;
        assert!(rig.fake.accepts_access(&token), "{id}");
        assert_eq!(rig.fake.requests_to(path).len(), 1, "{id}");
    }
}

/// Drops what upstream 0.19 drops from an entry.
fn upstream_keeps(entry: &mut Value) {
    const KEYS: [&str; 32] = [
        "id",
        "label",
        "auth_type",
        "priority",
        "source",
        "access_token",
        "request_count",
        "last_status",
        "last_status_at",
        "last_error_code",
        "last_error_reason",
        "last_error_message",
        "last_error_reset_at",
        "refresh_token",
        "base_url",
        "expires_at",
        "expires_at_ms",
        "last_refresh",
        "inference_base_url",
        "agent_key",
        "agent_key_expires_at",
        "token_type",
        "scope",
        "client_id",
        "portal_base_url",
        "obtained_at",
        "expires_in",
        "agent_key_id",
        "agent_key_expires_in",
        "agent_key_reused",
        "agent_key_obtained_at",
        "tls",
    ];
    entry
        .as_object_mut()
        .unwrap()
        .retain(|key, _| KEYS.contains(&key.as_str()));
}

#[tokio::test]
async fn the_file_that_profiles_share_goes_along() {
    let rig = Rig::new(&["nous"]).await;
    let (_, issued) = rig.sign_in("nous", None).await;
    let state = rig.home.read_auth_json()["providers"]["nous"].clone();
    let path = rig.home.path().join("shared/nous_auth.json");
    file::create_private_dir(path.parent().unwrap()).unwrap();
    let shared = json!({"_schema": 1, "access_token": issued.access_token, "refresh_token": issued.refresh_token,
        "token_type": "Bearer", "scope": "inference:invoke", "client_id": "hermes-cli", "portal_base_url": state["portal_base_url"],
        "inference_base_url": state["inference_base_url"], "obtained_at": state["obtained_at"], "expires_at": state["expires_at"],
        "updated_at": state["obtained_at"]});
    file::write_private(&path, shared.to_string().as_bytes()).unwrap();
    rig.a_day_later();
    let token = rig.token("nous").await;
    let text = String::from_utf8(file::read_bounded(&path, 1 << 20).unwrap().unwrap()).unwrap();
    let after: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(after["access_token"], token);
    assert_eq!(after["_schema"], 1);
    assert!(!text.ends_with('\n'));
    let keys: Vec<_> = after.as_object().unwrap().keys().collect();
    assert!(keys.is_sorted());

    // Another profile has refreshed since: its token is taken, ours is not sent.
    let before = rig.home.auth_json_text().unwrap();
    rig.a_day_later();
    let newer = rig.token("nous").await;
    rig.home.write_auth_json(&before);
    assert_eq!(rig.token("nous").await, newer);
    assert_eq!(rig.fake.requests_to("/api/oauth/token").len(), 2);
    assert_eq!(
        rig.home.read_auth_json()["providers"]["nous"]["access_token"],
        newer
    );
    assert_eq!(rig.fake.ended_grants(), 0);
}

#[tokio::test]
async fn there_is_an_answer_for_everything_that_cannot_be_used() {
    let environment = Environment::from([("XAI_API_KEY", "sk-env-1")]);
    let rig = Rig::with(&["xai-oauth"], environment).await;
    let code = async |id: &str| rig.credentials.access_token(id).await.unwrap_err().code();
    assert_eq!(code("xai-oauth").await, Code::NotSignedIn);
    assert_eq!(code("unheard-of").await, Code::NotSignedIn);
    assert_eq!(rig.token("xai").await, "sk-env-1");
    let entry = |more: Value| {
        let mut entry = json!({"id": "aaaaaa", "label": "a", "auth_type": "oauth", "priority": 0, "source": "manual:device_code", "access_token": "at"});
        entry
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        rig.home
            .write_auth_json(&json!({"credential_pool": {"xai-oauth": [entry]}}).to_string());
    };
    entry(json!({"expires_at": "2026-11-21T11:00:00Z"}));
    assert_eq!(code("xai-oauth").await, Code::NoRefreshToken);
    entry(
        json!({"last_status": "exhausted", "last_error_code": 429, "last_error_reset_at": "2026-11-21T13:00:00Z"}),
    );
    assert_eq!(code("xai-oauth").await, Code::CoolingDown);
    entry(json!({}));
    let refused = rig
        .credentials
        .refresh("xai-oauth", None)
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NoRefreshToken);
    let refused = rig.credentials.refresh("xai", None).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotRefreshable);
    assert!(rig.fake.requests().is_empty());
}

#[tokio::test]
async fn pc7_a_provider_whose_endpoint_is_not_pinned_gets_no_token() {
    let rig = Rig::new(&["xai-oauth"]).await;
    rig.sign_in("xai-oauth", None).await;
    let text = rig
        .fake
        .table_override("xai-oauth")
        .replace("127.0.0.1", "localhost");
    // The endpoints are at `localhost`, the pin says 127.0.0.1.
    let moved = text.replacen("hosts = [\"localhost", "hosts = [\"127.0.0.1", 1);
    rig.home.write_providers_toml(&moved);
    rig.a_day_later();
    let error = rig.another().access_token("xai-oauth").await.unwrap_err();
    assert_eq!(error.code(), Code::UnsafeUrl, "{error}");
    assert!(rig.fake.requests().is_empty());
}

#[tokio::test]
async fn cf3_a_provider_that_hangs_holds_nobody_up_for_long() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let (_, issued) = rig.sign_in("xai-oauth", None).await;
    rig.a_day_later();
    rig.fake.next("/oauth2/token", Scripted::Hang);
    let http = web_by(rig.clock.clone());
    let slow = open(&rig.home, &Environment::default(), rig.clock.clone(), http);
    let work = tokio::spawn(async move { slow.access_token("xai-oauth").await });
    rig.fake.until_requests("/oauth2/token", 1).await;
    // Readers do not wait, though the lock is held.
    let listed = rig.another().list(None).unwrap();
    assert_eq!(listed[0].entries.len(), 1);
    rig.clock.advance(Duration::from_secs(10));
    let error = work.await.unwrap().unwrap_err();
    assert_eq!(error.code(), Code::ProviderTimeout);
    assert!(error.is_transient());
    assert!(
        rig.fake
            .accepts_refresh(issued.refresh_token.as_ref().unwrap())
    );
    rig.clock.advance(Duration::from_secs(5));
    rig.token("xai-oauth").await;
}

#[tokio::test]
async fn upstream_may_have_been_faster_without_the_lock() {
    let rig = Rig::new(&["anthropic"]).await;
    let (_, issued) = rig.sign_in("anthropic", None).await;
    rig.a_day_later();
    rig.fake.end_grant(&issued.access_token);
    let credentials = rig.credentials.clone();
    let work = tokio::spawn(async move { credentials.access_token("anthropic").await });
    // We were refused. The other program got the next token and waits for the lock to save it.
    rig.clock.until_sleeping(1).await;
    let next = rig
        .fake
        .issue("anthropic", &rig.client_id("anthropic"), "user:inference");
    let mut file = rig.home.read_auth_json();
    let entry = &mut file["credential_pool"]["anthropic"][0];
    entry["access_token"] = json!(next.access_token);
    entry["refresh_token"] = json!(next.refresh_token);
    entry["expires_at_ms"] = json!(
        "2026-11-23T12:00:00Z"
            .parse::<jiff::Timestamp>()
            .unwrap()
            .as_millisecond()
    );
    rig.home.write_auth_json(&file.to_string());
    rig.clock.advance(Duration::from_millis(500));
    let token = work.await.unwrap().unwrap();
    assert_eq!(token.token.expose(), next.access_token);
    assert_eq!(token.entry.state, State::Ready);
    assert_eq!(rig.fake.requests_to("/v1/oauth/token").len(), 1);
}

#[tokio::test]
async fn the_dashboards_file_goes_along() {
    let rig = Rig::new(&["anthropic"]).await;
    let (_, issued) = rig.sign_in("anthropic", None).await;
    let path = rig.home.path().join(".anthropic_oauth.json");
    let own = json!({"accessToken": issued.access_token, "refreshToken": issued.refresh_token, "expiresAt": 1, "x": 2});
    file::write_private(&path, own.to_string().as_bytes()).unwrap();
    rig.a_day_later();
    let token = rig.token("anthropic").await;
    let bytes = file::read_bounded(&path, 1 << 20).unwrap().unwrap();
    let after: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(after["accessToken"], token);
    assert_eq!(
        after["refreshToken"],
        rig.entry("anthropic", 0)["refresh_token"]
    );
    assert_eq!(
        after["expiresAt"],
        rig.entry("anthropic", 0)["expires_at_ms"]
    );
    assert_eq!(after["x"], 2);
}

#[tokio::test]
async fn a_token_that_the_provider_does_not_know_is_renewed_by_a_check() {
    let rig = Rig::new(&["nous"]).await;
    rig.sign_in("nous", None).await;
    let mut file = rig.home.read_auth_json();
    file["providers"]["nous"]["access_token"] = json!("unknown-to-the-provider");
    rig.home.write_auth_json(&file.to_string());
    let check = rig.credentials.check("nous", None).await.unwrap();
    assert_eq!(check.how, Checked::Account);
    assert_eq!(rig.fake.refreshes(), 1);
}

#[tokio::test]
async fn pc8_whoever_waited_in_vain_for_the_lock_takes_what_was_done_meanwhile() {
    let rig = Rig::new(&["xai-oauth"]).await;
    rig.sign_in("xai-oauth", None).await;
    rig.a_day_later();
    let lock = rig.home.home().auth_lock();
    let held = FileLock::acquire(&lock, Duration::ZERO, &*rig.clock)
        .await
        .unwrap();
    let credentials = rig.credentials.clone();
    let work = tokio::spawn(async move { credentials.access_token("xai-oauth").await });
    rig.clock.until_sleeping(1).await;

    // Another has refreshed; still others hold the lock one after the other.
    let next = rig
        .fake
        .issue("xai-oauth", &rig.client_id("xai-oauth"), "openid");
    let mut file = rig.home.read_auth_json();
    let entry = &mut file["credential_pool"]["xai-oauth"][0];
    entry["access_token"] = json!(next.access_token);
    entry["refresh_token"] = json!(next.refresh_token);
    entry["last_refresh"] = json!(rig.clock.now().to_string());
    entry["obtained_at"] = json!(rig.clock.now().to_string());
    entry["expires_at"] = json!(
        rig.clock
            .now()
            .saturating_add(Duration::from_secs(21_600))
            .unwrap()
            .to_string()
    );
    rig.home.write_auth_json(&file.to_string());
    rig.clock.set_automatic();
    rig.clock.advance(Duration::from_millis(50));

    let token = work.await.unwrap().unwrap();
    assert_eq!(token.token.expose(), next.access_token);
    assert!(rig.fake.requests_to("/oauth2/token").is_empty());
    drop(held);
}
