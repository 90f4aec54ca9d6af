//! `--via` with an `ssh` of our own: it remembers its arguments, and runs the host's command here,
//! in a home of the host's own.

use std::{os::unix::fs::PermissionsExt as _, path::PathBuf, process::Stdio};

use hermes_testkit::TestHome;
use serde_json::Value;
use tokio::process::Command;

use crate::rig::{Ended, Rig, Running, finish, hermes, parse, visit};

/// A laptop, whose rig it is, and a host behind a fake ssh.
struct Hosts {
    laptop: Rig,
    host: TestHome,
    folder: tempfile::TempDir,
}

impl Hosts {
    async fn of(provider: &str) -> Self {
        let laptop = Rig::of(provider).await;
        let host = TestHome::new();
        host.write_providers_toml(&laptop.provider.table_override(provider));
        let hosts = Self {
            laptop,
            host,
            folder: tempfile::tempdir().unwrap(),
        };
        let bin = hosts.path("host/.local/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_hermes"), bin.join("hermes")).unwrap();
        hosts.ssh("exec sh -c \"$command\"");
        hosts
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes `ssh` a script that ends so; `$command` is what the host's shell would get.
    fn ssh(&self, end: &str) {
        let script = format!(
            "#!/bin/sh\nprintf '%s\\0' \"$@\" >> '{log}'\nenv >> '{env}'\n\
             for command; do :; done\n\
             export HOME='{home}' HERMES_HOME='{hermes}' PATH=/usr/bin:/bin\n{end}\n",
            log = self.path("argv").display(),
            env = self.path("env").display(),
            home = self.path("host").display(),
            hermes = self.host.home().path().display(),
        );
        let path = self.path("ssh");
        write(&path, &script);
    }

    fn argv(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("argv")).unwrap_or_default();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hermes(self.laptop.home.home().path(), arguments);
        command.env(
            "PATH",
            format!("{}:/usr/bin:/bin", self.folder.path().display()),
        );
        command
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        finish(self.command(arguments).stdin(Stdio::null())).await
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a script of the test, which nobody reads before it is whole"
)]
fn write(path: &std::path::Path, script: &str) {
    std::fs::write(path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn the_credential_ends_up_on_the_host_alone() {
    let hosts = Hosts::of("xai-oauth").await;
    let arguments = [
        "auth",
        "add",
        "grok",
        "--via",
        "ada@build7",
        "--json",
        "--label",
        "it's $(mine)",
        "--timeout",
        "60",
    ];
    let mut running = Running::spawn(&mut hosts.command(&arguments));
    assert_eq!(running.event().await["host"], "ada@build7");
    let url = running.until("authorize_url").await;
    let waiting = running.until("waiting").await;
    assert_eq!(waiting["redirect_uri"], url["redirect_uri"]);
    let page = visit(&hosts.laptop.provider.authorize(&parse(&url["url"]))).await;
    assert!(page.contains("You are signed in"), "{page}");
    let signed_in = running.until("signed_in").await;
    assert_eq!(signed_in["via"], "ada@build7");
    assert_eq!(signed_in["credential"]["label"], "it's $(mine)");
    assert_eq!(running.wait().await, 0);
    assert_eq!(hosts.laptop.home.auth_json_text(), None);
    let stored = hosts.host.read_auth_json();
    let entry = &stored["credential_pool"]["xai-oauth"][0];
    let token = entry["access_token"].as_str().unwrap();
    assert!(hosts.laptop.provider.accepts_access(token));

    let again = hosts
        .run(&["auth", "add", "xai-oauth", "--via", "build7"])
        .await;
    assert_eq!(again.status, 0, "{}", again.stderr);
    assert!(
        again
            .stderr
            .contains("Already signed in to xai-oauth on build7"),
        "{}",
        again.stderr
    );
}

#[tokio::test]
async fn device_codes_and_any_server_work_through_it() {
    let hosts = Hosts::of("nous").await;
    let mut running =
        Running::spawn(&mut hosts.command(&["auth", "add", "nous", "--via", "h", "--json"]));
    let device = running.until("device_code").await;
    hosts
        .laptop
        .provider
        .approve_device(device["user_code"].as_str().unwrap());
    running.until("signed_in").await;
    assert_eq!(running.wait().await, 0);

    let issuer = hosts.laptop.provider.issuer();
    let mut running = Running::spawn(&mut hosts.command(&[
        "auth",
        "add",
        "work",
        "--via",
        "h",
        "--json",
        "--issuer",
        &issuer,
        "--client-id",
        "my-client",
        "--scope",
        "openid offline_access",
        "--flow",
        "loopback",
    ]));
    let url = running.until("authorize_url").await;
    running.until("waiting").await;
    visit(&hosts.laptop.provider.authorize(&parse(&url["url"]))).await;
    assert_eq!(running.until("signed_in").await["provider"], "work");
    assert_eq!(running.wait().await, 0);
    assert!(hosts.host.read_auth_json()["credential_pool"]["work"][0].is_object());
}

#[tokio::test]
async fn several_hosts_are_signed_in_one_after_another() {
    let hosts = Hosts::of("nous").await;
    hosts.ssh("case \"$*\" in *broken*) exit 255;; esac; exec sh -c \"$command\"");
    let mut running = Running::spawn(&mut hosts.command(&[
        "auth",
        "add",
        "nous",
        "--via",
        "a,broken,c",
        "--json",
    ]));
    let device = running.until("device_code").await;
    hosts
        .laptop
        .provider
        .approve_device(device["user_code"].as_str().unwrap());
    running.until("signed_in").await;
    let mut events = Vec::new();
    let summary = loop {
        let event = running.event().await;
        if event["event"] == "via_summary" {
            break event;
        }
        events.push(event);
    };
    let codes: Vec<&Value> = summary["hosts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|host| &host["code"])
        .collect();
    assert_eq!(
        codes,
        [&Value::Null, &Value::from("via.ssh_failed"), &Value::Null]
    );
    assert!(
        events.iter().any(|event| event["already"] == true),
        "{events:?}"
    );
    assert_eq!(running.wait().await, 5);
}

#[tokio::test]
async fn rl7_ssh_gets_what_was_typed_and_no_switch_of_ours() {
    let hosts = Hosts::of("nous").await;
    hosts.ssh("exit 255");
    let ended = hosts
        .run(&[
            "-p",
            "work",
            "auth",
            "add",
            "nous",
            "--via",
            "ada@build7:2222",
            "--label",
            "it's",
            "--",
            "-J",
            "jump",
        ])
        .await;
    assert_eq!(ended.status, 5, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("error[via.ssh_failed]"),
        "{}",
        ended.stderr
    );
    let argv = hosts.argv();
    assert_eq!(
        argv[..7],
        ["-T", "-p", "2222", "-J", "jump", "--", "ada@build7"]
    );
    assert_eq!(argv.len(), 8);
    insta::assert_snapshot!("rl7_remote_command", argv[7]);
}

#[tokio::test]
async fn rl6_hostile_destinations_never_reach_ssh() {
    let hosts = Hosts::of("nous").await;
    let long = "a".repeat(254);
    let destinations = [
        "-oProxyCommand=touch /tmp/owned",
        "--",
        "-J",
        "-",
        "",
        " ",
        "a b",
        " a",
        "a ",
        "a\tb",
        "a\nb",
        "a\r",
        "a\u{7f}",
        "\u{1b}[2J",
        "a;id",
        "a|id",
        "a&id",
        "a`id`",
        "$(id)",
        "a$b",
        "a>b",
        "a<b",
        "a'b",
        "a\"b",
        "a\\b",
        "a*b",
        "a?b",
        "~",
        "~root",
        "a(b)",
        "a{b}",
        "a!b",
        "a#b",
        "a%h",
        "a=b",
        "a/b",
        "ssh://a",
        "user@",
        "@host",
        "-l@host",
        "u@-host",
        "u@h@i",
        "u:p@h",
        "a:",
        "a:0",
        "a:65536",
        "a:22x",
        "a:-1",
        "a:22:23",
        "[::1",
        "[x]",
        "[::1]22",
        "a,",
        ",a",
        "a,-b",
        "a\u{202e}b",
        "höst",
        ".",
        "..",
        &long,
    ];
    assert!(destinations.len() >= 50);
    for destination in destinations {
        let via = format!("--via={destination}");
        let ended = hosts.run(&["auth", "add", "nous", &via]).await;
        assert_eq!(ended.status, 2, "{destination:?}: {}", ended.stderr);
        assert_eq!(hosts.argv(), Vec::<String>::new(), "{destination:?}");
        assert!(!ended.stderr.contains('\u{1b}'), "{destination:?}");
    }
    let options = hosts
        .run(&["auth", "add", "nous", "--via", "a", "--", "b"])
        .await;
    assert_eq!(
        (options.status, hosts.argv().len()),
        (2, 0),
        "{}",
        options.stderr
    );
}

#[tokio::test]
async fn cf4_ssh_gets_no_secret_by_argument_or_variable() {
    let hosts = Hosts::of("xai-oauth").await;
    // One account that is on the laptop already, and one that comes to the host.
    hosts.laptop.sign_in("xai-oauth", &[]).await;
    let arguments = ["auth", "add", "xai-oauth", "--via", "build7", "--json"];
    let mut running = Running::spawn(&mut hosts.command(&arguments));
    let url = running.until("authorize_url").await;
    running.until("waiting").await;
    visit(&hosts.laptop.provider.authorize(&parse(&url["url"]))).await;
    running.until("signed_in").await;
    assert_eq!(running.wait().await, 0);
    let env = std::fs::read_to_string(hosts.path("env")).unwrap();
    assert!(env.contains("HERMES_HOME="), "{env}");
    let given = format!("{env}{}", hosts.argv().join(" "));
    let secrets = hosts.laptop.provider.all_secrets();
    assert!(secrets.len() > 2);
    for secret in &secrets {
        assert!(!given.contains(secret), "{given}");
    }
}

#[tokio::test]
async fn of_two_sign_ins_on_a_host_the_laptop_is_told_which_counts() {
    let hosts = Hosts::of("xai-oauth").await;
    let via = ["auth", "add", "xai-oauth", "--via", "build7", "--json"];
    let on_the_host = [
        "auth",
        "add",
        "xai-oauth",
        "--flow",
        "paste",
        "--no-wait",
        "--json",
    ];
    let begin = async || {
        let ended = finish(&mut hermes(hosts.host.home().path(), &on_the_host)).await;
        let last = ended.stdout.lines().last().unwrap();
        serde_json::from_str::<Value>(last).unwrap()
    };

    let begun = begin().await;
    let mut running = Running::spawn(&mut hosts.command(&via));
    let voided = running.until("voided").await;
    assert_eq!(voided["id"], begun["id"], "the newer one says so");
    running.until("waiting").await;

    begin().await;
    let error = running.until("error").await;
    assert_eq!(error["code"], "auth.superseded", "the older one is told");
    assert_eq!(error["hint"], "on build7: hermes auth status xai-oauth");
    assert_eq!(running.wait().await, 3);
}

#[tokio::test]
async fn what_failed_on_a_host_is_tried_again_on_that_host() {
    let hosts = Hosts::of("xai-oauth").await;
    let arguments = [
        "auth",
        "add",
        "xai-oauth",
        "--via",
        "build7",
        "--json",
        "--",
        "-o",
        "SetEnv=A='b c'",
    ];
    let mut running = Running::spawn(&mut hosts.command(&arguments));
    let url = running.until("authorize_url").await;
    running.until("waiting").await;
    visit(&hosts.laptop.provider.deny(&parse(&url["url"]))).await;
    let error = running.until("error").await;
    assert_eq!(error["code"], "auth.denied");
    assert_eq!(
        error["hint"],
        r#"hermes auth add xai-oauth --via build7 -- -o 'SetEnv=A='"'"'b c'"'"''"#
    );
    assert_eq!(running.wait().await, 1);
    assert!(hosts.host.auth_json_text().is_none());
}

#[tokio::test]
async fn what_is_wrong_with_the_host_is_said() {
    let hosts = Hosts::of("nous").await;
    let local = hosts.path("host/.local/bin/hermes");
    let add = ["auth", "add", "nous", "--via", "build7"];

    std::fs::remove_file(&local).unwrap();
    let missing = hosts.run(&add).await;
    assert_eq!(missing.status, 1);
    assert!(
        missing
            .stderr
            .contains("error[via.hermes_missing]: there is no `hermes` on build7"),
        "{}",
        missing.stderr
    );
    assert!(
        missing.stderr.contains("on build7: hermes auth add nous"),
        "{}",
        missing.stderr
    );

    write(&local, "#!/usr/bin/python3\nprint('usage: hermes')\n");
    let upstream = hosts.run(&add).await;
    assert!(
        upstream
            .stderr
            .contains("error[via.hermes_foreign]: the `hermes` on build7 is upstream's"),
        "{}",
        upstream.stderr
    );

    write(
        &local,
        "#!/bin/sh\necho 'error: unrecognized subcommand' >&2; exit 2\n",
    );
    let old = hosts.run(&add).await;
    assert!(old.stderr.contains("too old for --via"), "{}", old.stderr);
    assert_eq!(old.status, 1);

    // A program that was named is run whatever it is, and one in the next place is found.
    std::fs::create_dir_all(hosts.path("host/.cargo/bin")).unwrap();
    write(&local, "#!/usr/bin/python3\n");
    std::os::unix::fs::symlink(
        env!("CARGO_BIN_EXE_hermes"),
        hosts.path("host/.cargo/bin/hermes"),
    )
    .unwrap();
    for extra in [&[][..], &["--remote-hermes", "~/.cargo/bin/hermes"]] {
        let arguments: Vec<&str> = add
            .iter()
            .chain(extra)
            .chain(&["--json", "--force"])
            .copied()
            .collect();
        let mut running = Running::spawn(&mut hosts.command(&arguments));
        running.until("device_code").await;
        running.kill().await;
    }
}

#[tokio::test]
async fn rl5_a_connection_that_is_cut_leaves_nothing_behind() {
    let hosts = Hosts::of("xai-oauth").await;
    hosts.ssh(&format!(
        "echo $$ > '{}'; eval \"exec $command\"",
        hosts.path("pid").display()
    ));
    let mut running =
        Running::spawn(&mut hosts.command(&["auth", "add", "xai-oauth", "--via", "h", "--json"]));
    let url = running.until("authorize_url").await;
    let port = parse(&url["redirect_uri"]).port().unwrap();
    let pid = std::fs::read_to_string(hosts.path("pid")).unwrap();
    let killed = Command::new("kill")
        .args(["-9", pid.trim()])
        .status()
        .await
        .unwrap();
    assert!(killed.success());
    let error = loop {
        let event = running.event().await;
        if event["event"] == "error" {
            break event;
        }
    };
    assert_eq!(error["code"], "via.connection_lost");
    assert_eq!(running.wait().await, 5);
    std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
}
