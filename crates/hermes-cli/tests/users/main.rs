//! Two users of one machine: one signs in, the other runs the service. A binary of its own, since
//! every command on the machine sees the service while it runs.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

#[expect(dead_code, reason = "the other tests use the rest")]
#[path = "../it/rig.rs"]
mod rig;

use std::{
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    process::{Command, Stdio},
};

use serde_json::Value;

/// `nobody`, whom every machine has.
const NOBODY: u32 = 65534;

#[tokio::test]
async fn a_service_of_another_user_is_named_with_the_line_to_type() {
    let rig = rig::Rig::of("xai-oauth").await;
    let directory = tempfile::tempdir().unwrap();
    fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let script = directory.path().join("hermes");
    hermes_machine::file::write_private(&script, b"#!/bin/sh\necho up\nread line\n").unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    let home = directory.path().join("service");
    let mut command = Command::new("/bin/sh");
    command
        .arg(&script)
        .arg("serve")
        .env_clear()
        .env("HERMES_HOME", &home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let home = home.display();
    let root = rustix::process::geteuid().is_root();
    let line = match root {
        // Nobody's shell refuses logins, so `-i` would not do.
        true => format!("sudo -u nobody -H env HERMES_HOME={home} hermes auth add xai-oauth"),
        false => format!("HERMES_HOME={home} hermes auth add xai-oauth"),
    };
    if root {
        command.uid(NOBODY).gid(NOBODY);
    }
    let mut service = command.spawn().unwrap();
    let mut up = [0; 3];
    std::io::Read::read_exact(service.stdout.as_mut().unwrap(), &mut up).unwrap();

    let arguments = ["auth", "add", "xai-oauth", "--json", "--flow", "loopback"];
    let mut running = rig.start(&arguments);
    let before = running.until("other_user").await;
    assert_eq!(before["services"][0]["command"], line);
    let url = running.until("authorize_url").await;
    rig::visit(&rig.provider.authorize(&rig::parse(&url["url"]))).await;
    let signed_in = running.until("signed_in").await;
    assert_eq!(signed_in["services"][0]["command"], line);
    assert_eq!(running.wait().await, 0);

    let ended = rig.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let user = findings.iter().find(|finding| finding["subject"] == "user");
    let user = user.expect("doctor names the service");
    assert_eq!(user["next"], line);
    let evidence = user["evidence"].as_str().unwrap();
    let process = format!("`hermes serve` (process {})", service.id());
    assert!(evidence.starts_with(&process), "{evidence}");

    // From another machine, at the end.
    let ssh = directory.path().join("ssh");
    let script = b"#!/bin/sh\nfor command; do :; done\nexec sh -c \"$command\"\n";
    hermes_machine::file::write_private(&ssh, script).unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    let binary = env!("CARGO_BIN_EXE_hermes");
    let via = ["--via", "h", "--remote-hermes", binary, "--force", "--json"];
    let mut command = rig.hermes(&[&["auth", "add", "xai-oauth"], &via[..]].concat());
    let path = format!("{}:/usr/bin:/bin", directory.path().display());
    let mut running = rig::Running::spawn(command.env("PATH", path));
    let url = running.until("authorize_url").await;
    rig::visit(&rig.provider.authorize(&rig::parse(&url["url"]))).await;
    let signed_in = running.until("signed_in").await;
    let remarks = signed_in["remarks"].as_array().unwrap();
    assert_eq!(remarks.last().unwrap(), &line, "{signed_in}");
    assert_eq!(running.wait().await, 0);

    // For a person, on standard error, before it starts and after it is done.
    let key = [
        "auth",
        "add",
        "openrouter",
        "--type",
        "api-key",
        "--no-check",
        "--api-key-stdin",
    ];
    let ended = rig.run_with(&key, "sk-canary-0123456789\n").await;
    let line = line.replace("xai-oauth", "openrouter --type api-key");
    assert_eq!(ended.stderr.matches(&line).count(), 2, "{}", ended.stderr);

    drop(service.stdin.take());
    service.wait().unwrap();
    let ended = rig.run(&["doctor"]).await;
    assert!(!ended.stdout.contains("hermes serve"), "{}", ended.stdout);
}
