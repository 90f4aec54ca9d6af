//! Every flow of every provider, as a script drives it.

use std::process::Stdio;

use hermes_providers::{Flow, Table};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};

use crate::rig::{Rig, free_port, parse, visit};

#[tokio::test]
async fn loopback_signs_in_and_says_so_on_the_page() {
    let rig = Rig::of("xai-oauth").await;
    let mut running = rig.start(&["auth", "add", "grok", "--json", "--flow", "loopback"]);
    let url = running.until("authorize_url").await;
    let waiting = running.until("waiting").await;
    assert_eq!(waiting["flow"], "loopback");
    assert_eq!(waiting["redirect_uri"], url["redirect_uri"]);
    let page = visit(&rig.provider.authorize(&parse(&url["url"]))).await;
    assert!(page.contains("xAI"), "{page}");
    let signed_in = running.until("signed_in").await;
    assert_eq!(signed_in["provider"], "xai-oauth");
    assert_eq!(signed_in["credential"]["source"], "manual:loopback_pkce");
    assert_eq!(signed_in["credential"]["state"], "ready");
    assert_eq!(running.wait().await, 0);

    let stored = rig.home.read_auth_json();
    let entry = &stored["credential_pool"]["xai-oauth"][0];
    assert_eq!(entry["auth_type"], "oauth");
    assert!(
        rig.provider
            .accepts_access(entry["access_token"].as_str().unwrap())
    );
}

#[tokio::test]
async fn every_flow_of_every_provider_in_the_table_signs_in() {
    let table = Table::load(None).unwrap();
    let mut tried = 0;
    for provider in table.iter() {
        for flow in &provider.flows {
            sign_in_by(&provider.id, *flow).await;
            tried += 1;
        }
    }
    assert!(tried >= 10, "{tried} flows");
}

async fn sign_in_by(provider: &str, flow: Flow) {
    let rig = Rig::of(provider).await;
    let flow_name = flow.as_str();
    let mut arguments = vec!["auth", "add", provider, "--json", "--flow", flow_name];
    if provider == "spotify" {
        arguments.extend(["--client-id", "my-own-app"]);
    }
    // A port of this test's own: whoever has Spotify's fixed one may be another sign-in.
    let port = free_port().to_string();
    if flow == Flow::Loopback {
        arguments.extend(["--timeout", "60", "--port", &port]);
    }
    let mut running = rig.start(&arguments);
    match flow {
        Flow::Loopback => {
            let url = running.until("authorize_url").await;
            running.until("waiting").await;
            visit(&rig.provider.authorize(&parse(&url["url"]))).await;
        }
        Flow::Paste => {
            let url = running.until("authorize_url").await;
            running.until("waiting").await;
            let redirected = rig.provider.authorize(&parse(&url["url"]));
            let answer = match provider {
                "anthropic" => rig.provider.shown_code(&redirected),
                _ => redirected.to_string(),
            };
            running.type_line(&answer).await;
        }
        Flow::Device => {
            let device = running.until("device_code").await;
            rig.provider
                .approve_device(device["user_code"].as_str().unwrap());
        }
    }
    let signed_in = running.until("signed_in").await;
    assert_eq!(signed_in["provider"], provider, "{flow}");
    // Of the id token, and of the page that is asked for the name anyway. Nous would tell too, if it
    // were asked: its tokens have the name.
    let plan = match provider {
        "openai-codex" => json!("plus"),
        "spotify" => json!("premium"),
        _ => json!(null),
    };
    assert_eq!(signed_in["plan"], plan, "{provider} by {flow}");
    assert_eq!(running.wait().await, 0, "{provider} by {flow}");
    let status = rig.run(&["auth", "status", provider]).await;
    assert_eq!(status.status, 0, "{provider} by {flow}: {}", status.stdout);
    let token = rig.run(&["auth", "token", provider]).await;
    assert_eq!(token.status, 0, "{provider} by {flow}: {}", token.stderr);
    assert!(
        rig.provider.accepts_access(token.stdout.trim()),
        "{provider} by {flow}"
    );
}

#[tokio::test]
async fn a_denied_consent_ends_it_with_the_reason() {
    let rig = Rig::of("xai-oauth").await;
    let mut running = rig.start(&["auth", "add", "xai-oauth", "--json", "--flow", "loopback"]);
    let url = running.until("authorize_url").await;
    running.until("waiting").await;
    visit(&rig.provider.deny(&parse(&url["url"]))).await;
    let error = loop {
        let event = running.event().await;
        if event["event"] == "error" {
            break event;
        }
    };
    assert_eq!(error["code"], "auth.denied");
    assert!(
        error["message"]
            .as_str()
            .unwrap()
            .starts_with("xAI authorization failed: "),
        "{error}"
    );
    assert_eq!(running.wait().await, 1);
    assert_eq!(rig.home.auth_json_text(), None);
}

#[tokio::test]
async fn any_server_is_discovered_and_kept_under_its_name() {
    let rig = Rig::of("xai-oauth").await;
    let issuer = rig.provider.issuer();
    let arguments = [
        "--issuer",
        &issuer,
        "--client-id",
        "my-client",
        "--scope",
        "openid offline_access",
    ];
    let signed_in = rig.sign_in("work", &arguments).await;
    assert_eq!(signed_in["provider"], "work");

    let refreshed = rig.run(&["auth", "refresh", "work", "--json"]).await;
    assert_eq!(refreshed.status, 0, "{}", refreshed.stderr);
    let token = rig.run(&["auth", "token", "work"]).await;
    assert!(
        rig.provider.accepts_access(token.stdout.trim()),
        "{}",
        token.stderr
    );
    let checked = rig
        .run(&["auth", "status", "work", "--check", "--json"])
        .await;
    assert_eq!(checked.status, 0, "{}", checked.stderr);
    let gone = rig.run(&["auth", "logout", "work", "--json"]).await;
    assert_eq!(gone.status, 0, "{}", gone.stderr);
    assert!(
        !rig.provider.accepts_access(token.stdout.trim()),
        "the token is revoked"
    );
    let status = rig.run(&["auth", "status", "work"]).await;
    assert_eq!(
        (status.status, status.stdout.as_str()),
        (4, "work: logged out\n")
    );
}

#[tokio::test]
async fn signing_in_twice_says_so_and_asks_nobody() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    let requests = rig.provider.requests().len();
    let again = rig.run(&["auth", "add", "xai-oauth", "--json"]).await;
    assert_eq!(again.status, 0);
    let event: serde_json::Value = serde_json::from_str(again.stdout.trim()).unwrap();
    assert_eq!(
        (&event["event"], &event["already"]),
        (&json!("signed_in"), &json!(true))
    );
    assert_eq!(rig.provider.requests().len(), requests);
}

#[tokio::test]
async fn a_bumped_port_is_the_one_that_is_printed() {
    let rig = Rig::of("xai-oauth").await;
    // The table's port is this test's own, so that it is certainly taken, and by nobody else.
    let squatter = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let taken = squatter.local_addr().unwrap().port();
    let table = rig.provider.table_override("xai-oauth");
    let port = format!("\n[provider.xai-oauth.loopback]\nport = {taken}\n");
    rig.home.write_providers_toml(&(table + &port));
    let mut running = rig.start(&["auth", "add", "xai-oauth", "--json", "--flow", "loopback"]);
    let url = running.until("authorize_url").await;
    let redirect = parse(&url["redirect_uri"]);
    assert_ne!(redirect.port(), Some(taken));
    running.until("waiting").await;
    visit(&rig.provider.authorize(&parse(&url["url"]))).await;
    running.until("signed_in").await;
    assert_eq!(running.wait().await, 0);
}

#[tokio::test]
async fn a_lost_connection_ends_the_wait() {
    let rig = Rig::of("xai-oauth").await;
    let mut command = rig.hermes(&["auth", "add", "xai-oauth", "--flow", "loopback"]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let waiting = loop {
        let line = lines
            .next_line()
            .await
            .unwrap()
            .expect("it says where it waits");
        if let Some(uri) = line.strip_prefix("Waiting for callback on ") {
            break url::Url::parse(uri).unwrap();
        }
    };
    // As sshd does when its client is gone: both pipes close, and no signal comes.
    drop((lines, child.stdin.take()));
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    let port = waiting.port().unwrap();
    std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free again");
}
