//! Sign-ins that fail for a known reason, and what `hermes doctor` says of them.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::rig::{Rig, Running, free_port};

/// Starts a loopback sign-in on a port of its own and waits until it listens.
async fn waiting(rig: &Rig) -> (Running, u16) {
    let port = free_port();
    let text = port.to_string();
    let arguments = [
        "auth",
        "add",
        "xai-oauth",
        "--json",
        "--flow",
        "loopback",
        "--port",
        &text,
    ];
    let mut running = rig.start(&arguments);
    running.until("waiting").await;
    (running, port)
}

async fn send(port: u16, bytes: &[u8]) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A connection that is reset was answered as well.
    let _ = stream.read_to_end(&mut answer).await;
}

/// What doctor finds about a subject: evidence and next step.
async fn found(rig: &Rig, subject: &str) -> Vec<(String, String)> {
    let ended = rig.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap().iter();
    let about = findings.filter(|finding| finding["subject"] == subject);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    about
        .map(|finding| (text(&finding["evidence"]), text(&finding["next"])))
        .collect()
}

#[tokio::test]
async fn nobody_came_and_the_tunnel_is_named() {
    let rig = Rig::of("xai-oauth").await;
    assert_eq!(
        found(&rig, "last sign-in").await[0].0,
        "none was tried in this home yet"
    );
    let (running, port) = waiting(&rig).await;
    let (evidence, _) = &found(&rig, "last sign-in").await[0];
    assert!(
        evidence.contains("still waiting, as process "),
        "{evidence}"
    );
    assert_eq!(running.interrupt().await, 130);

    let (evidence, next) = &found(&rig, "last sign-in").await[0];
    assert!(evidence.contains("cli.interrupted"), "{evidence}");
    let tunnel = found(&rig, "tunnel").await;
    let expected = format!("no connection at all reached port {port}: the tunnel never came");
    assert!(
        tunnel.iter().any(|(evidence, _)| *evidence == expected),
        "{tunnel:?}"
    );
    assert!(!next.is_empty());

    let path = rig.home.run().join("last-sign-in.json");
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let text = std::fs::read_to_string(&path).unwrap();
    for secret in ["state", "code_challenge", "verifier"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn tls_and_a_foreign_preflight_are_recognised() {
    let rig = Rig::of("xai-oauth").await;
    let (running, port) = waiting(&rig).await;
    send(port, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03").await;
    let preflight = format!(
        "OPTIONS /callback HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: https://evil.test\r\n\
         Access-Control-Request-Private-Network: true\r\n\r\n"
    );
    send(port, preflight.as_bytes()).await;
    // It is known before the sign-in has ended.
    assert!(found(&rig, "https-only").await[0].0.contains("TLS"));
    assert_eq!(running.interrupt().await, 130);

    let (evidence, next) = &found(&rig, "https-only").await[0];
    assert!(evidence.contains("HTTPS-only mode"), "{evidence}");
    assert!(next.contains("127.0.0.1"), "{next}");
    let (evidence, next) = &found(&rig, "local-network").await[0];
    assert!(evidence.contains("https://evil.test"), "{evidence}");
    assert_eq!(next, "hermes auth add xai-oauth --flow paste");
    let tunnel = found(&rig, "tunnel").await;
    assert!(
        !tunnel
            .iter()
            .any(|(text, _)| text.contains("no connection")),
        "{tunnel:?}"
    );
}

#[tokio::test]
async fn a_squatter_is_named() {
    let rig = Rig::of("xai-oauth").await;
    let squatter = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = squatter.local_addr().unwrap().port();
    let text = port.to_string();
    let arguments = [
        "auth",
        "add",
        "xai-oauth",
        "--flow",
        "loopback",
        "--port",
        &text,
    ];
    let ended = rig.run(&arguments).await;
    assert!(ended.stderr.contains("auth.port_busy"), "{}", ended.stderr);
    let owner = format!("(process {})", std::process::id());
    // Other ports may be in use too: other tests sign in beside this one.
    let ports = found(&rig, "ports").await;
    let named = ports.iter().find(|(evidence, _)| evidence.contains(&text));
    let (evidence, next) = named.expect("the port is told of");
    assert!(evidence.contains(&owner), "{evidence}");
    assert_eq!(next, "end that program, then: hermes auth add xai-oauth");
    drop(squatter);
    let ports = found(&rig, "ports").await;
    let free = format!("port {port} was in use then and is free now");
    assert!(
        ports.iter().any(|(evidence, _)| *evidence == free),
        "{ports:?}"
    );
}

#[tokio::test]
async fn a_completed_sign_in_and_a_broken_record_are_told() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    let (evidence, _) = &found(&rig, "last sign-in").await[0];
    assert!(evidence.ends_with(": completed"), "{evidence}");
    let path = rig.home.run().join("last-sign-in.json");
    hermes_machine::file::write_private(&path, b"{ broken").unwrap();
    let (evidence, next) = &found(&rig, "last sign-in").await[0];
    assert!(evidence.contains("cannot be read"), "{evidence}");
    assert!(next.contains("nothing depends on it"), "{next}");
    rig.sign_in("xai-oauth", &["--force"]).await;
    assert!(
        found(&rig, "last sign-in").await[0]
            .0
            .ends_with(": completed")
    );
}
