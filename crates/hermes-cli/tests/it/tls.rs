//! A gateway with a certificate of its own, as the commands of its host meet it.

use std::path::PathBuf;

use hermes_machine::file;
use hermes_testkit::{Authority, Certified, TestHome};
use rustix::process::Signal;
use serde_json::Value;

use crate::{
    rig::{Ended, finish, hermes},
    serve::Running,
};

/// A home whose gateway has a certificate for a name that is not this machine's.
struct Kept {
    home: TestHome,
    authority: Authority,
}

impl Kept {
    fn new() -> Self {
        let kept = Self {
            home: TestHome::new(),
            authority: Authority::new(),
        };
        kept.write(&kept.certify());
        file::write_private(
            &kept.path("config.toml"),
            b"[gateway.tls]\ncert = \"gw.crt\"\nkey = \"gw.key\"\n",
        )
        .unwrap();
        kept
    }

    fn certify(&self) -> Certified {
        self.authority.certify(&["gw.example.com"])
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.home().path().join(name)
    }

    fn write(&self, certified: &Certified) {
        file::write_private(&self.path("gw.crt"), certified.cert.as_bytes()).unwrap();
        file::write_private(&self.path("gw.key"), certified.key.as_bytes()).unwrap();
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = hermes(self.home.home().path(), arguments);
        finish(&mut command).await
    }

    /// The certificate of the gateway that runs.
    async fn shown(&self) -> Value {
        let status = self.run(&["status", "--json"]).await;
        let status: Value = serde_json::from_str(&status.stdout).unwrap();
        status["gateway"]["certificate"]["sha256"].clone()
    }
}

#[tokio::test]
async fn the_commands_of_the_host_know_the_gateway_by_its_certificate() {
    let kept = Kept::new();
    let gateway = Running::start(&kept.home, &[]).await;
    let port = gateway.port.to_string();
    let ended = kept.run(&["health"]).await;
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "ready\n"));
    let token = [("HERMES_GATEWAY_TOKEN", crate::serve::TOKEN)];
    let mut command = hermes(kept.home.home().path(), &["link", "--port", &port]);
    let link = finish(command.envs(token)).await;
    let address = format!("https://127.0.0.1:{port}/#");
    assert!(link.stdout.starts_with(&address), "{link:?}");
    let status = kept.run(&["status"]).await;
    assert!(
        status
            .stdout
            .contains("TLS      its own, ends on 2096-01-01"),
        "{}",
        status.stdout
    );
    // Any other client wants the name, and the authority.
    let url = format!("https://127.0.0.1:{port}/");
    let stranger = kept.run(&["health", "--url", &url]).await;
    assert_eq!(stranger.status, 1, "{stranger:?}");

    // What is in the files by now does not matter to who asks the gateway that runs.
    file::write_private(&kept.path("gw.key"), b"no key").unwrap();
    let ended = kept.run(&["health"]).await;
    assert_eq!(ended.status, 0, "{ended:?}");
    gateway.end().await;
}

#[tokio::test]
async fn what_flags_say_of_the_gateway_that_runs_is_what_commands_go_by() {
    let kept = Kept::new();
    file::write_private(&kept.path("config.toml"), b"[gateway]\nport = 1\n").unwrap();
    let flags = [
        "--tls-cert=gw.crt",
        "--tls-key=gw.key",
        "--limits-sockets-per-user=2",
        "--proxy-allowed-hosts=gw.lan",
        "--proxy-allowed-hosts=gw.home",
        "--token-file=token",
    ];
    file::write_private(&kept.path("token"), crate::serve::TOKEN.as_bytes()).unwrap();
    let gateway = Running::start_by(&kept.home, &flags, &[("HERMES_GATEWAY_TOKEN", "")]).await;
    assert!(kept.shown().await.is_string());
    let ended = kept.run(&["health"]).await;
    assert_eq!((ended.status, ended.stdout.as_str()), (0, "ready\n"));
    // Neither port nor certificate is in the settings; the token is the caller's to know.
    let token = [("HERMES_GATEWAY_TOKEN", crate::serve::TOKEN)];
    let port = gateway.port.to_string();
    for arguments in [&["link"][..], &["link", "--port", &port]] {
        let mut command = hermes(kept.home.home().path(), arguments);
        let link = finish(command.envs(token)).await;
        let address = format!("https://127.0.0.1:{port}/#");
        assert!(link.stdout.starts_with(&address), "{link:?}");
    }
    gateway.end().await;
}

#[tokio::test]
async fn a_reload_takes_a_new_certificate_or_keeps_the_old_one() {
    let kept = Kept::new();
    let mut gateway = Running::start(&kept.home, &[]).await;
    let old = kept.shown().await;
    assert!(old.is_string(), "{old}");

    file::write_private(&kept.path("gw.key"), kept.certify().key.as_bytes()).unwrap();
    let refused = kept.run(&["reload"]).await;
    assert_eq!(refused.status, 1, "{refused:?}");
    assert!(
        refused.stderr.contains("error[gateway.tls_unusable]"),
        "{refused:?}"
    );
    assert!(
        refused.stderr.contains("is not the key of the certificate"),
        "{refused:?}"
    );
    gateway.says("is not the key of the certificate").await;
    assert_eq!(kept.shown().await, old);

    kept.write(&kept.certify());
    gateway.signal(Signal::HUP);
    gateway.says("a new certificate is shown").await;
    assert_ne!(kept.shown().await, old);
    assert_eq!(kept.run(&["health"]).await.status, 0);
    gateway.end().await;
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_told_before_the_start_and_at_it() {
    let kept = Kept::new();
    let good = kept.run(&["config", "check"]).await;
    assert_eq!(good.status, 0, "{good:?}");
    assert!(
        good.stdout.contains("! `gateway.tls` is set without"),
        "{good:?}"
    );

    let ending = kept
        .authority
        .certify_until(&["gw.example.com"], (2021, 1, 1));
    kept.write(&ending);
    for arguments in [["config", "check"].as_slice(), &["doctor"]] {
        let ended = kept.run(arguments).await;
        assert!(
            ended.stdout.contains("has ended on 2021-01-01"),
            "{ended:?}"
        );
    }
    let mut gateway = Running::start(&kept.home, &[]).await;
    gateway.says("has ended on 2021-01-01").await;
    gateway.end().await;

    file::write_private(&kept.path("gw.crt"), b"").unwrap();
    let checked = kept.run(&["config", "check"]).await;
    assert_eq!(checked.status, 2, "{checked:?}");
    assert!(
        checked.stdout.contains("holds no certificate in PEM"),
        "{checked:?}"
    );
    let doctor = kept.run(&["doctor"]).await;
    assert!(doctor.stdout.contains("✗ tls"), "{}", doctor.stdout);
    let started = kept.run(&["serve", "--no-open", "--port", "0"]).await;
    assert_eq!(started.status, 1, "{started:?}");
    assert!(
        started.stderr.contains("error[gateway.tls_unusable]"),
        "{started:?}"
    );
}
