//! `auth import`: other tools' logins are listed, copied after a yes, renewed, and shown nowhere.

use std::{
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use hermes_machine::file;
use hermes_testkit::Issued;
use serde_json::{Value, json};

use crate::rig::{Ended, Rig};

/// The tool, its provider, and where it keeps its login.
const STORES: [(&str, &str, &str); 3] = [
    ("codex", "openai-codex", ".codex/auth.json"),
    ("claude", "anthropic", ".claude/.credentials.json"),
    ("qwen", "qwen-oauth", ".qwen/oauth_creds.json"),
];

/// Signs the tool in with tokens of the fake provider.
pub(crate) fn sign_in(rig: &Rig, tool: &str) -> (PathBuf, Issued) {
    let (_, id, store) = STORES.into_iter().find(|(name, ..)| *name == tool).unwrap();
    let table = hermes_providers::Table::load(None).unwrap();
    let client_id = table.get(id).unwrap().client_id.clone().unwrap();
    let issued = rig.provider.issue(id, &client_id, "openid");
    // The year 2100.
    let end = 4_102_444_800_000_u64;
    let text = match tool {
        "codex" => json!({"tokens": {
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "id_token": issued.id_token,
        }}),
        "claude" => json!({"claudeAiOauth": {
            "accessToken": issued.access_token,
            "refreshToken": issued.refresh_token,
            "expiresAt": end,
        }}),
        _ => json!({
            "access_token": issued.access_token,
            "refresh_token": issued.refresh_token,
            "expiry_date": end,
        }),
    };
    let path = rig.home.user_home().join(store);
    write(&path, &text.to_string());
    (path, issued)
}

fn write(path: &Path, text: &str) {
    file::create_private_dir(path.parent().unwrap()).unwrap();
    file::write_private(path, text.as_bytes()).unwrap();
}

/// Puts a program of this name on the search path. A shell writes it: a descriptor of ours that
/// is open for writing while another test starts something would make it "busy".
pub(crate) fn fake_program(rig: &Rig, name: &str, script: &str) -> String {
    let directory = rig.home.user_home().join("bin");
    file::create_private_dir(&directory).unwrap();
    let mut shell = std::process::Command::new("/bin/sh")
        .args(["-c", "cat > \"$1\" && chmod 700 \"$1\"", "sh"])
        .arg(directory.join(name))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let text = format!("#!/bin/sh\n{script}\n");
    shell
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    assert!(shell.wait().unwrap().success());
    format!("{}:/usr/bin:/bin", directory.display())
}

fn shown(ended: &Ended) -> String {
    format!("{}{}", ended.stdout, ended.stderr)
}

fn no_secret(rig: &Rig, ended: &Ended) {
    let shown = shown(ended);
    let secrets = rig.provider.all_secrets();
    let leaked = secrets.iter().find(|secret| shown.contains(*secret));
    assert_eq!(leaked, None, "lg1: {shown}");
    assert!(!shown.contains("canary"), "lg1: {shown}");
}

#[tokio::test]
async fn nothing_there_is_no_error_and_a_named_tool_is() {
    let rig = Rig::of("openai-codex").await;
    let listed = rig.run(&["auth", "import"]).await;
    assert_eq!((listed.status, listed.stdout.as_str()), (0, ""));
    assert!(
        listed.stderr.contains("Found no login of Codex CLI"),
        "{}",
        listed.stderr
    );
    let json = rig.run(&["auth", "import", "--json"]).await;
    assert_eq!(json.stdout, "{\"logins\":[]}\n");
    for (tool, next) in [
        ("codex", "hermes auth add openai-codex"),
        ("claude", "hermes auth add anthropic"),
        ("qwen", "qwen auth qwen-oauth"),
        ("gh", "hermes auth add copilot"),
    ] {
        let ended = rig.run(&["auth", "import", tool, "--yes"]).await;
        assert_eq!(ended.status, 4, "{tool}: {}", ended.stderr);
        assert!(
            ended.stderr.starts_with("error[auth.import_missing]"),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains(&format!("next: {next}")),
            "{}",
            ended.stderr
        );
    }
    assert_eq!(rig.run(&["auth", "import", "emacs"]).await.status, 2);
    assert_eq!(rig.run(&["auth", "import", "--yes"]).await.status, 2);
    assert!(rig.home.auth_json_text().is_none());
}

#[tokio::test]
async fn logins_are_listed_with_what_importing_means() {
    let rig = Rig::of("openai-codex").await;
    sign_in(&rig, "codex");
    sign_in(&rig, "claude");
    write(
        &rig.home.user_home().join(".qwen/oauth_creds.json"),
        "{ canary",
    );
    let path = fake_program(&rig, "gh", "echo gho_canary");
    let mut command = rig.hermes(&["auth", "import"]);
    let listed = crate::rig::finish(command.env("PATH", &path)).await;
    assert_eq!(listed.status, 0, "{}", listed.stderr);
    no_secret(&rig, &listed);
    for part in [
        "codex    ada@example.org          ~/.codex/auth.json\n",
        "importing shares a single-use refresh token\n",
        "claude   (account not named)      ~/.claude/.credentials.json\n",
        "good until 2100-01-01T00:00:00Z",
        "not a login of Qwen Code: not JSON, at line 1 column 3\n",
        "gh       (account not named)      `gh auth token`\n",
        "no expiry known; nothing is shared\n",
    ] {
        assert!(
            listed.stdout.contains(part),
            "{part:?} in {}",
            listed.stdout
        );
    }
    let mut command = rig.hermes(&["auth", "import", "--json"]);
    let json = crate::rig::finish(command.env("PATH", &path)).await;
    no_secret(&rig, &json);
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    let store = rig.home.user_home().join(".claude/.credentials.json");
    assert_eq!(
        json["logins"][1],
        json!({
            "tool": "claude",
            "name": "Claude Code",
            "provider": "anthropic",
            "from": {"file": store.to_str().unwrap()},
            "account": null,
            "expires_at": "2100-01-01T00:00:00Z",
            "shares_refresh_token": true,
            "error": null,
        })
    );
    assert_eq!(json["logins"][2]["error"]["code"], "auth.import_unreadable");
    assert_eq!(
        json["logins"][3]["from"],
        json!({"command": "gh auth token"})
    );
    assert!(
        rig.home.auth_json_text().is_none(),
        "listing copies nothing"
    );
}

#[tokio::test]
async fn nothing_is_copied_without_a_yes() {
    let rig = Rig::of("openai-codex").await;
    sign_in(&rig, "codex");
    for arguments in [
        &["auth", "import", "codex"][..],
        &["--no-input", "auth", "import", "codex"],
        &["auth", "import", "codex", "--json"],
        &["auth", "import", "codex", "--access-only"],
    ] {
        let ended = rig.run_with(arguments, "y\ny\n").await;
        assert_eq!(ended.status, 2, "{arguments:?}: {}", shown(&ended));
        let text = shown(&ended);
        assert!(text.contains("cli.no_terminal"), "{text}");
        assert!(text.contains("hermes auth import codex "), "{text}");
        assert!(text.contains("--yes"), "{text}");
        no_secret(&rig, &ended);
    }
    assert!(rig.home.auth_json_text().is_none());
}

#[tokio::test]
async fn a_login_is_copied_renewed_and_never_shown() {
    for (tool, id, _) in STORES {
        let rig = Rig::of(id).await;
        let (path, issued) = sign_in(&rig, tool);
        let before = (std::fs::read(&path).unwrap(), stamp(&path));
        let imported = rig.run(&["auth", "import", tool, "--yes"]).await;
        assert_eq!(imported.status, 0, "{tool}: {}", imported.stderr);
        let label = if tool == "codex" {
            "ada@example.org"
        } else {
            "Code"
        };
        assert!(
            imported
                .stdout
                .starts_with(&format!("Added {id} credential #1: \""))
        );
        assert!(imported.stdout.contains(label), "{}", imported.stdout);
        assert!(
            imported.stderr.contains("signs the other one out"),
            "{}",
            imported.stderr
        );
        no_secret(&rig, &imported);
        let entry = &rig.home.read_auth_json()["credential_pool"][id][0];
        assert_eq!(entry["source"], "manual:imported");
        assert_eq!(entry["auth_type"], "oauth");
        assert_eq!(rig.provider.requests().len(), 0, "{tool}: nobody is asked");

        let again = rig.run(&["auth", "import", tool, "--yes", "--json"]).await;
        no_secret(&rig, &again);
        let json: Value = serde_json::from_str(&again.stdout).unwrap();
        assert_eq!(json["already"], true, "{json}");
        assert_eq!(json["from"]["file"], path.to_str().unwrap());
        assert_eq!(json["credential"]["renews"], true);

        let refreshed = rig.run(&["auth", "refresh", id]).await;
        assert_eq!(refreshed.status, 0, "{tool}: {}", refreshed.stderr);
        no_secret(&rig, &refreshed);
        let token = rig.run(&["auth", "token", id]).await;
        assert_ne!(token.stdout.trim(), issued.access_token, "{tool}");
        assert!(rig.provider.accepts_access(token.stdout.trim()), "{tool}");
        for arguments in [&["auth", "list"][..], &["auth", "status", id], &["doctor"]] {
            no_secret(&rig, &rig.run(arguments).await);
        }
        let removed = rig.run(&["auth", "remove", id, "1"]).await;
        assert_eq!(removed.status, 0, "{tool}: {}", removed.stderr);
        assert_eq!(rig.provider.refreshes(), 1, "{tool}");
        assert_eq!(
            (std::fs::read(&path).unwrap(), stamp(&path)),
            before,
            "{tool}: untouched"
        );
    }
}

fn stamp(path: &Path) -> (std::time::SystemTime, u32) {
    let meta = std::fs::metadata(path).unwrap();
    (meta.modified().unwrap(), meta.permissions().mode())
}

#[tokio::test]
async fn an_access_token_alone_holds_no_refresh_token() {
    let rig = Rig::of("anthropic").await;
    let (path, issued) = sign_in(&rig, "claude");
    let elsewhere = rig.home.user_home().join("elsewhere.json");
    std::fs::rename(&path, &elsewhere).unwrap();
    let from = elsewhere.to_str().unwrap();
    let arguments = [
        "auth",
        "import",
        "claude",
        "--access-only",
        "--yes",
        "--json",
    ];
    let missing = rig.run(&arguments).await;
    assert_eq!(missing.status, 4);
    let arguments = [&arguments[..], &["--from", from, "--label", "work"]].concat();
    let imported = rig.run(&arguments).await;
    assert_eq!(imported.status, 0, "{}", imported.stdout);
    no_secret(&rig, &imported);
    let json: Value = serde_json::from_str(&imported.stdout).unwrap();
    assert_eq!(json["access_only"], true);
    assert_eq!(json["shares_refresh_token"], false);
    assert_eq!(json["credential"]["label"], "work");
    assert_eq!(json["credential"]["renews"], false);
    let text = rig.home.auth_json_text().unwrap();
    assert!(!text.contains(issued.refresh_token.as_deref().unwrap()));

    let ended = json!({"claudeAiOauth": {"accessToken": "sk-ant-oat01-canary", "expiresAt": 1000}});
    write(&path, &ended.to_string());
    let arguments = ["auth", "import", "claude", "--access-only", "--yes"];
    let refused = rig.run(&arguments).await;
    assert_eq!(refused.status, 1, "{}", refused.stderr);
    assert!(
        refused.stderr.contains("error[auth.import_unusable]"),
        "{}",
        refused.stderr
    );
    no_secret(&rig, &refused);
}

#[tokio::test]
async fn broken_stores_have_a_clear_code_and_are_left_alone() {
    let rig = Rig::of("openai-codex").await;
    let path = rig.home.user_home().join(".codex/auth.json");
    for text in [
        "",
        "{ canary",
        "[]",
        r#"{"tokens": "canary"}"#,
        &" ".repeat(1024 * 1024 + 1),
    ] {
        write(&path, text);
        let ended = rig.run(&["auth", "import", "codex", "--yes"]).await;
        assert_eq!(ended.status, 1, "{}", ended.stderr);
        assert!(
            ended.stderr.starts_with("error[auth.import_unreadable]"),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("next: hermes guide import"),
            "{}",
            ended.stderr
        );
        no_secret(&rig, &ended);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    assert!(rig.home.auth_json_text().is_none());
}

#[tokio::test]
async fn the_github_cli_is_asked_without_our_variables_and_without_a_secret_on_argv() {
    let rig = Rig::of("copilot").await;
    let script =
        "printf '%s\\n' \"$@\" > \"$HOME/argv\"; env > \"$HOME/variables\"; echo gho_canary1";
    let path = fake_program(&rig, "gh", script);
    let mut command = rig.hermes(&["auth", "import", "gh", "--yes"]);
    command
        .env("PATH", &path)
        .env("GITHUB_TOKEN", "ghp_canary")
        .env("GH_TOKEN", "gho_canary2")
        .env("GH_CONFIG_DIR", "/kept");
    let ended = crate::rig::finish(&mut command).await;
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    no_secret(&rig, &ended);
    let read = |name: &str| std::fs::read_to_string(rig.home.user_home().join(name)).unwrap();
    assert_eq!(read("argv"), "auth\ntoken\n--hostname\ngithub.com\n");
    let variables = read("variables");
    assert!(!variables.contains("canary"), "{variables}");
    assert!(variables.contains("GH_CONFIG_DIR=/kept"), "{variables}");
    let entry = &rig.home.read_auth_json()["credential_pool"]["copilot"][0];
    assert_eq!(entry["access_token"], "gho_canary1");
    assert_eq!(entry["source"], "manual:imported");
    assert_eq!(entry["label"], "GitHub CLI");
    assert_eq!(
        (&entry["client_id"], &entry["scope"]),
        (&Value::Null, &Value::Null)
    );
    let token = rig.run(&["auth", "token", "copilot"]).await;
    assert_eq!(token.stdout, "gho_canary1\n");

    for (script, status, code) in [
        ("echo ghp_canary", 1, "auth.import_unusable"),
        ("echo canary >&2; exit 1", 4, "auth.import_missing"),
        ("yes canary", 1, "auth.import_unreadable"),
        ("printf '\\377\\376'", 4, "auth.import_missing"),
    ] {
        fake_program(&rig, "gh", script);
        let mut command = rig.hermes(&["auth", "import", "gh", "--yes"]);
        let ended = crate::rig::finish(command.env("PATH", &path)).await;
        assert_eq!(ended.status, status, "{script}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(&format!("error[{code}]")),
            "{}",
            ended.stderr
        );
        no_secret(&rig, &ended);
    }
    let from = rig
        .run(&["auth", "import", "gh", "--from", "/x", "--yes"])
        .await;
    assert_eq!(from.status, 2, "{}", from.stderr);
}

#[tokio::test]
async fn qwen_is_told_how_it_is_signed_in() {
    let rig = Rig::of("qwen-oauth").await;
    let ended = rig.run(&["auth", "add", "qwen"]).await;
    assert_eq!(ended.status, 2);
    assert!(
        ended.stderr.contains("error[auth.no_sign_in]"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.contains("next: hermes auth import qwen"),
        "{}",
        ended.stderr
    );
}
