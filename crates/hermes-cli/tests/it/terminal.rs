//! The same under a real terminal.

use std::{process::Command, time::Duration};

use expectrl::{Eof, Expect as _, Regex, session::OsSession};

use crate::rig::{Rig, visit};

pub(crate) fn spawn(rig: &Rig, arguments: &[&str], variables: &[(&str, &str)]) -> OsSession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hermes"));
    command
        .args(arguments)
        .env_clear()
        .env("HOME", rig.home.user_home())
        .env("HERMES_HOME", rig.home.home().path())
        .env("PATH", "/usr/bin:/bin")
        .env("USER", "ada")
        .env("NO_COLOR", "1")
        .env("TERM", "dumb");
    for (name, value) in variables {
        command.env(name, value);
    }
    let mut session = OsSession::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(30)));
    session
}

/// The text before and in the match.
pub(crate) fn expect(session: &mut OsSession, pattern: &str) -> String {
    let found = session.expect(Regex(pattern)).unwrap();
    let mut text = String::from_utf8_lossy(found.before()).into_owned();
    text.push_str(&String::from_utf8_lossy(found.get(0).unwrap()));
    text.replace('\r', "")
}

#[tokio::test(flavor = "multi_thread")]
async fn over_ssh_the_tunnel_is_printed_and_the_callback_ends_it() {
    let rig = Rig::of("xai-oauth").await;
    let ssh = [("SSH_CONNECTION", "198.51.100.7 50000 203.0.113.9 2222")];
    let mut session = spawn(&rig, &["auth", "add", "xai-oauth", "--no-browser"], &ssh);
    let text = expect(&mut session, r"SSH/jump-box guide:[^\n]*\n");
    let url = text
        .lines()
        .find(|line| line.starts_with("http://127.0.0.1"))
        .expect("the address alone on its line");
    let waiting = text
        .lines()
        .find_map(|line| line.strip_prefix("Waiting for callback on "))
        .unwrap();
    let port = url::Url::parse(waiting).unwrap().port().unwrap();
    let tunnel = format!("  ssh -N -L {port}:127.0.0.1:{port} -p 2222 ada@203.0.113.9");
    assert!(text.contains(&tunnel), "{text}");
    visit(&rig.provider.authorize(&url::Url::parse(url).unwrap())).await;
    let rest = expect(&mut session, "You can close the tunnel now");
    assert!(rest.contains("Login successful!"), "{rest}");
    session.expect(Eof).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_wins_the_race_against_the_listener() {
    let rig = Rig::of("xai-oauth").await;
    let ssh = [("SSH_CONNECTION", "198.51.100.7 50000 203.0.113.9 22")];
    let mut session = spawn(&rig, &["auth", "add", "xai-oauth"], &ssh);
    let text = expect(&mut session, r"SSH/jump-box guide:[^\n]*\n");
    let url = text
        .lines()
        .find(|line| line.starts_with("http://127.0.0.1"))
        .unwrap();
    let redirected = rig.provider.authorize(&url::Url::parse(url).unwrap());
    session
        .send_line("http://127.0.0.1:1/callback?code=a&state=b")
        .unwrap();
    expect(&mut session, "That is not the answer");
    session.send_line(redirected.as_str()).unwrap();
    expect(&mut session, "Login successful!");
    session.expect(Eof).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn lb6_ctrl_c_frees_the_port_and_changes_nothing() {
    let rig = Rig::of("xai-oauth").await;
    let ssh = [("SSH_CONNECTION", "198.51.100.7 50000 203.0.113.9 22")];
    let mut session = spawn(&rig, &["auth", "add", "xai-oauth"], &ssh);
    let text = expect(&mut session, r"Waiting for callback on [^\n]*\n");
    let waiting = text
        .lines()
        .find_map(|line| line.strip_prefix("Waiting for callback on "))
        .unwrap();
    let port = url::Url::parse(waiting).unwrap().port().unwrap();
    session.send([3]).unwrap();
    expect(&mut session, "cli.interrupted");
    session.expect(Eof).unwrap();
    std::net::TcpListener::bind(("127.0.0.1", port)).expect("the port is free again");
    assert!(rig.home.auth_json_text().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_asked_for_and_masked() {
    let rig = Rig::of("xai-oauth").await;
    let mut session = spawn(
        &rig,
        &["auth", "add", "openrouter", "--type", "api-key"],
        &[],
    );
    expect(&mut session, "Paste your API key: ");
    session.send_line("sk-canary-0123456789").unwrap();
    let text = expect(&mut session, "Added openrouter credential #1");
    assert!(text.contains("****"), "{text}");
    assert!(!text.contains("canary"), "{text}");
    session.expect(Eof).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_code_is_shown_with_a_qr_code() {
    let rig = Rig::of("minimax-oauth").await;
    let mut session = spawn(&rig, &["auth", "add", "minimax"], &[]);
    let text = expect(
        &mut session,
        r"Waiting for approval \(polling every \d+s\)\.\.\.",
    );
    assert!(text.contains('█') || text.contains('▀'), "{text}");
    assert!(!text.contains('\u{1b}'), "NO_COLOR: {text:?}");
    let code = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("2. If prompted, enter code: "))
        .unwrap();
    rig.provider.approve_device(code.trim());
    expect(&mut session, "Login successful!");
    session.expect(Eof).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_colours_the_qr_code_is_black_on_white() {
    let rig = Rig::of("minimax-oauth").await;
    let colours = [("NO_COLOR", ""), ("TERM", "xterm-256color")];
    let mut session = spawn(&rig, &["auth", "add", "minimax"], &colours);
    let text = expect(&mut session, "Waiting for approval");
    assert!(text.contains("\u{1b}[30;107m"), "{text:?}");
    session.send([3]).unwrap();
    expect(&mut session, "cli.interrupted");
    session.expect(Eof).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_asked_about_and_no_is_the_default() {
    let rig = Rig::of("openai-codex").await;
    let (_, issued) = crate::import::sign_in(&rig, "codex");
    let import = |answer: &str, end: &str| {
        let mut session = spawn(&rig, &["auth", "import", "codex"], &[]);
        let text = expect(&mut session, r"Copy\? \[y/a/N\]");
        assert!(
            text.contains("Codex CLI is signed in as ada@example.org."),
            "{text}"
        );
        assert!(
            text.contains("~/.codex/auth.json, which stays as it is"),
            "{text}"
        );
        assert!(text.contains("signs the other one out"), "{text}");
        session.send_line(answer).unwrap();
        expect(&mut session, end);
        session.expect(Eof).unwrap();
    };
    for answer in ["", "n", "maybe"] {
        import(answer, "auth.cancelled");
        assert!(rig.home.auth_json_text().is_none());
    }
    let refresh = issued.refresh_token.unwrap();
    import("a", "Added openai-codex credential #1");
    assert!(!rig.home.auth_json_text().unwrap().contains(&refresh));
    import("y", "Added openai-codex credential #1");
    assert!(rig.home.auth_json_text().unwrap().contains(&refresh));
}
