//! Bad files, bad servers, bad places: a clear error with a stable code, and nothing lost.

use std::os::unix::fs::PermissionsExt as _;

use hermes_testkit::{Scripted, TestHome};
use serde_json::{Value, json};

use crate::{
    rig::{Rig, parse, visit},
    serve::finish_of,
};

#[tokio::test]
async fn cf2_a_file_that_is_not_valid_is_left_alone() {
    for (text, code) in [
        ("{ \"version\": 1, \"providers\": {", "store.corrupt"),
        ("", "store.corrupt"),
        ("[]", "store.corrupt"),
        (
            "{\"version\": 1, \"credential_pool\": {\"openrouter\": 5}, \"providers\": {}}",
            "store.corrupt",
        ),
    ] {
        let rig = Rig::of("xai-oauth").await;
        rig.home.write_auth_json(text);
        let add = [
            "auth",
            "add",
            "openrouter",
            "--no-check",
            "--api-key",
            "sk-0123456789",
        ];
        let list = ["auth", "list", "openrouter"];
        for arguments in [&add[..], &list[..], &["auth", "token", "openrouter"]] {
            let ended = rig.run(arguments).await;
            assert_eq!(
                ended.status, 1,
                "{text:?} {arguments:?}: {}{}",
                ended.stdout, ended.stderr
            );
            assert!(
                ended.stderr.contains(&format!("error[{code}]")),
                "{text:?}: {}",
                ended.stderr
            );
            assert!(ended.stderr.contains("\n  next: "), "{}", ended.stderr);
        }
        assert_eq!(rig.home.auth_json_text().as_deref(), Some(text));
    }
}

#[tokio::test]
async fn a_sign_in_never_starts_over_a_broken_file() {
    let rig = Rig::of("xai-oauth").await;
    rig.home.write_auth_json("{");
    let ended = rig.run(&["auth", "add", "xai-oauth", "--json"]).await;
    assert_eq!(ended.status, 1);
    let event: Value = serde_json::from_str(ended.stdout.trim()).unwrap();
    assert_eq!(
        (&event["event"], &event["code"]),
        (&json!("error"), &json!("store.corrupt"))
    );
    assert!(
        rig.provider.requests().is_empty(),
        "nothing was asked for that could not be kept"
    );
}

#[tokio::test]
async fn a_directory_in_the_place_of_the_file_is_unreadable() {
    let rig = Rig::of("xai-oauth").await;
    std::fs::create_dir_all(rig.home.home().path().join("auth.json")).unwrap();
    let ended = rig.run(&["auth", "list"]).await;
    assert_eq!(ended.status, 1);
    assert!(
        ended.stderr.contains("error[store.unreadable]"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn signed_out_is_status_4_and_names_the_command() {
    let rig = Rig::of("xai-oauth").await;
    let status = rig.run(&["auth", "status", "xai-oauth"]).await;
    assert_eq!(
        (status.status, status.stdout.as_str()),
        (4, "xai-oauth: logged out\n")
    );
    let token = rig.run(&["auth", "token", "xai-oauth"]).await;
    assert_eq!(token.status, 4);
    assert!(
        token.stderr.ends_with("next: hermes auth add xai-oauth\n"),
        "{}",
        token.stderr
    );
    let json = rig.run(&["auth", "status", "xai-oauth", "--json"]).await;
    let status: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((json.status, &status["signed_in"]), (4, &json!(false)));
}

#[tokio::test]
async fn a_failing_provider_deletes_nothing_and_says_whose_fault_it_is() {
    for (fault, status, code) in [
        (Scripted::Status(500), 5, "provider.server_error"),
        (Scripted::Status(503), 5, "provider.server_error"),
        (Scripted::Status(429), 5, "provider.rate_limited"),
        (Scripted::Html, 1, "provider.bad_answer"),
        (Scripted::Huge, 1, "provider.bad_answer"),
        (
            Scripted::Redirect(parse(&json!("http://127.0.0.1:9/"))),
            1,
            "provider.bad_answer",
        ),
        (Scripted::Reset, 5, "provider.unreachable"),
    ] {
        let rig = Rig::of("xai-oauth").await;
        rig.sign_in("xai-oauth", &[]).await;
        let before = rig.home.read_auth_json()["credential_pool"]["xai-oauth"][0].clone();
        let name = format!("{fault:?}");
        rig.provider.next("/token", fault);
        let ended = rig.run(&["auth", "refresh", "xai-oauth"]).await;
        assert_eq!(ended.status, status, "{name}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(&format!("error[{code}]")),
            "{name}: {}",
            ended.stderr
        );
        let after = rig.home.read_auth_json()["credential_pool"]["xai-oauth"][0].clone();
        assert_eq!(after["refresh_token"], before["refresh_token"], "{name}");
        assert_eq!(after["access_token"], before["access_token"], "{name}");
    }
}

#[tokio::test]
async fn a_dead_refresh_token_asks_for_a_sign_in_and_nothing_else_does() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    let token =
        rig.home.read_auth_json()["credential_pool"]["xai-oauth"][0]["refresh_token"].clone();
    rig.provider.end_grant(token.as_str().unwrap());
    let ended = rig.run(&["auth", "refresh", "xai-oauth"]).await;
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error[auth.refresh_rejected]"),
        "{}",
        ended.stderr
    );
    let status = rig.run(&["auth", "status", "xai-oauth"]).await;
    assert_eq!(status.status, 4, "{}", status.stdout);
    // Signing in again mends it, in the same place of the list.
    rig.sign_in("xai-oauth", &[]).await;
    assert_eq!(rig.run(&["auth", "status", "xai-oauth"]).await.status, 0);
    let pool = rig.home.read_auth_json()["credential_pool"]["xai-oauth"].clone();
    assert_eq!(pool.as_array().unwrap().len(), 1, "{pool}");
}

#[tokio::test]
async fn a_provider_that_is_down_is_status_5() {
    let rig = Rig::of("openai-codex").await;
    rig.provider.stop();
    let ended = rig.run(&["auth", "add", "codex"]).await;
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error[provider.unreachable]"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn a_busy_fixed_port_names_its_owner_and_another_way() {
    let rig = Rig::of("spotify").await;
    let squatter = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = squatter.local_addr().unwrap().port().to_string();
    let arguments = [
        "auth",
        "add",
        "spotify",
        "--client-id",
        "mine",
        "--flow",
        "loopback",
        "--port",
        &port,
    ];
    let ended = rig.run(&arguments).await;
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error[auth.port_busy]"),
        "{}",
        ended.stderr
    );
    assert!(
        ended
            .stderr
            .contains("next: hermes auth add spotify --flow paste"),
        "{}",
        ended.stderr
    );
}

#[tokio::test]
async fn wrong_pastes_are_told_apart_and_the_right_one_still_wins() {
    let rig = Rig::of("xai-oauth").await;
    let mut running = rig.start(&["auth", "add", "xai-oauth", "--json", "--flow", "paste"]);
    let url = running.until("authorize_url").await;
    running.until("waiting").await;
    let right = rig.provider.authorize(&parse(&url["url"]));
    for wrong in [
        "http://127.0.0.1:56121/callback?code=x&state=y".to_owned(),
        "http://evil.test/callback?code=x&state=y".to_owned(),
        "#access_token=abc".to_owned(),
        right.as_str().replace("/callback", "/elsewhere"),
    ] {
        running.type_line(&wrong).await;
        running.until("paste_rejected").await;
    }
    running.type_line(&format!("  <{right}>  ")).await;
    running.until("signed_in").await;
    assert_eq!(running.wait().await, 0);
}

#[tokio::test]
async fn nothing_that_strays_to_the_listener_ends_the_sign_in() {
    let rig = Rig::of("xai-oauth").await;
    let mut running = rig.start(&["auth", "add", "xai-oauth", "--json", "--flow", "loopback"]);
    let url = running.until("authorize_url").await;
    running.until("waiting").await;
    let redirect = parse(&url["redirect_uri"]);
    for stray in [
        "/favicon.ico",
        "/callback",
        "/callback?code=x&state=wrong",
        "/callback?error=denied",
        "/x",
    ] {
        visit(&redirect.join(stray).unwrap()).await;
    }
    visit(&rig.provider.authorize(&parse(&url["url"]))).await;
    running.until("signed_in").await;
    assert_eq!(running.wait().await, 0);
}

#[tokio::test]
async fn cf1_everything_that_is_written_is_private() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    for entry in std::fs::read_dir(rig.home.home().path()).unwrap() {
        let entry = entry.unwrap();
        // The test wrote this one itself.
        if entry.file_name() == "providers.toml" {
            continue;
        }
        let mode = entry.metadata().unwrap().permissions().mode() & 0o077;
        assert_eq!(mode, 0, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn a_gateway_on_an_address_of_another_machine_is_told_what_to_listen_on() {
    let home = TestHome::new();
    let ended = finish_of(&home, &["serve", "--host", "203.0.113.7", "--port", "0"]).await;
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    let told = [
        "gateway.cannot_listen",
        "next: hermes serve --host 127.0.0.1",
    ];
    assert!(
        told.iter().all(|it| ended.stderr.contains(it)),
        "{}",
        ended.stderr
    );
}
