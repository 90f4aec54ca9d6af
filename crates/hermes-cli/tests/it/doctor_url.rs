//! `hermes doctor --url` against gateways and others that listen on this machine. What proxies do is
//! in `tests/e2e/gateway-doctor.test.mjs`.

use hermes_machine::file;
use hermes_testkit::{Authority, TestHome};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::{
    rig::{Ended, finish, hermes},
    serve::Running,
};

/// A gateway with a certificate for these names.
struct Outside {
    home: TestHome,
    gateway: Running,
}

impl Outside {
    async fn start(names: &[&str], end: (i32, u8, u8)) -> Self {
        let home = TestHome::new();
        let authority = Authority::new();
        let certified = authority.certify_until(names, end);
        for (name, text) in [
            ("gw.crt", certified.cert.as_str()),
            ("gw.key", &certified.key),
            ("ca.crt", &authority.pem),
        ] {
            file::write_private(&home.home().path().join(name), text.as_bytes()).unwrap();
        }
        let gateway = Running::start(
            &home,
            &[
                ("HERMES_GATEWAY_TLS_CERT", "gw.crt"),
                ("HERMES_GATEWAY_TLS_KEY", "gw.key"),
            ],
        )
        .await;
        Self { home, gateway }
    }

    fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.gateway.port)
    }

    /// Asks from outside, with the authority of the gateway among those that are trusted.
    async fn doctor(&self, url: &str, more: &[&str]) -> Ended {
        let arguments = [&["doctor", "--url", url], more].concat();
        let mut command = hermes(self.home.home().path(), &arguments);
        let bundle = self.home.home().path().join("ca.crt");
        finish(command.env("HERMES_CA_BUNDLE", bundle)).await
    }
}

async fn doctor(url: &str) -> Ended {
    let home = TestHome::new();
    finish(&mut hermes(home.home().path(), &["doctor", "--url", url])).await
}

/// Asserts that it failed, with this as the last thing that it found.
fn found(ended: &Ended, subject: &str, evidence: &str, next: &str) {
    assert_eq!(ended.status, 1, "{ended:?}");
    let (_, last) = ended.stdout.rsplit_once('✗').unwrap();
    assert!(last.starts_with(&format!(" {subject} ")), "{ended:?}");
    assert!(last.contains(evidence), "{ended:?}");
    assert!(last.contains(next), "{ended:?}");
}

#[tokio::test]
async fn a_gateway_with_a_good_certificate_has_nothing_wrong() {
    let outside = Outside::start(&["127.0.0.1"], (2096, 1, 1)).await;
    let ended = outside.doctor(&outside.url(), &["--json"]).await;
    assert_eq!(ended.status, 0, "{ended:?}");
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let subjects: Vec<_> = findings.iter().map(|it| it["subject"].as_str()).collect();
    let expected = [
        "name", "port", "tls", "clock", "gateway", "scheme", "socket",
    ];
    assert_eq!(subjects, expected.map(Some));
    assert!(findings.iter().all(|it| it["weight"] == "fine"), "{report}");
    assert_eq!(report["summary"]["broken"], 0);

    // It says nothing about this machine, and is no way to change it.
    let both = outside.doctor(&outside.url(), &["--fix"]).await;
    assert_eq!(both.status, 2, "{both:?}");
    outside.gateway.end().await;
}

#[tokio::test]
async fn a_certificate_that_no_browser_takes_is_told_with_the_reason() {
    let outside = Outside::start(&["gw.example.com"], (2096, 1, 1)).await;
    let ended = outside.doctor(&outside.url(), &[]).await;
    found(
        &ended,
        "tls",
        "is not for `127.0.0.1`",
        "get one for `127.0.0.1`",
    );
    let ended = doctor(&outside.url()).await;
    found(&ended, "tls", "leads to no authority", "HERMES_CA_BUNDLE=");
    assert!(ended.stdout.contains("`ssl_certificate`"), "{ended:?}");
    outside.gateway.end().await;

    let outside = Outside::start(&["127.0.0.1"], (2021, 1, 1)).await;
    let ended = outside.doctor(&outside.url(), &[]).await;
    found(&ended, "tls", "the certificate has ended", "renew it");
    outside.gateway.end().await;
}

#[tokio::test]
async fn whatever_is_no_gateway_is_told_apart() {
    let home = TestHome::new();
    let plain = Running::start(&home, &[]).await;
    let ended = doctor(&format!("https://127.0.0.1:{}", plain.port)).await;
    found(&ended, "tls", "speaks no TLS", "listen 443 ssl");
    // At this machine it needs none.
    let near = doctor(&format!("http://127.0.0.1:{}/", plain.port)).await;
    assert_eq!(near.status, 0, "{near:?}");
    assert!(!near.stdout.contains("scheme"), "{near:?}");
    let below = doctor(&format!("http://127.0.0.1:{}/agent", plain.port)).await;
    found(&below, "path", "`/agent`", "`handle_path /agent/*`");
    plain.end().await;

    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let ended = doctor(&format!("https://127.0.0.1:{port}")).await;
    found(
        &ended,
        "port",
        &format!("port {port} does not answer"),
        "firewall",
    );
    let ended = doctor("https://hermes.invalid").await;
    found(&ended, "name", "`hermes.invalid` leads nowhere", "the DNS");
    let ended = doctor("http://192.0.2.1:9119").await;
    found(
        &ended,
        "tls",
        "begins with http://",
        "hermes guide gateway-proxy",
    );
    let ended = doctor("ftp://127.0.0.1").await;
    found(&ended, "url", "does not begin with https://", "--url");
}
