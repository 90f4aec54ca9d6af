//! Down the ladder under a real terminal: what a person reads, and what each key does.

use std::net::TcpListener;

use expectrl::{Eof, Expect as _, session::OsSession};
use url::Url;

use crate::{
    rig::{Rig, Running, parse, visit},
    terminal::{expect, spawn},
};

const SSH: [(&str, &str); 1] = [("SSH_CONNECTION", "198.51.100.7 50000 203.0.113.9 22")];

/// Waits for the end of the hint and gives the address to open and the port that listens.
fn hinted(session: &mut OsSession) -> (Url, u16) {
    let text = expect(session, r"SSH/jump-box guide:[^\n]*\n");
    let url = text
        .lines()
        .find(|line| line.starts_with("http://127.0.0.1"))
        .unwrap();
    let waiting = text
        .lines()
        .find_map(|line| line.strip_prefix("Waiting for callback on "))
        .unwrap();
    let port = Url::parse(waiting).unwrap().port().unwrap();
    (Url::parse(url).unwrap(), port)
}

/// The code that is shown for another device.
fn code(session: &mut OsSession) -> String {
    let text = expect(session, r"Waiting for approval \(polling every \d+s\)");
    let code = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("2. If prompted, enter code: "));
    code.unwrap().trim().to_owned()
}

fn ends(mut session: OsSession, last: &str) {
    expect(&mut session, last);
    session.expect(Eof).unwrap();
}

/// A sign-in whose port another program has: this one.
fn squatted(rig: &Rig, extra: &[&str]) -> (TcpListener, u16, OsSession) {
    let squatter = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = squatter.local_addr().unwrap().port();
    let text = port.to_string();
    let mut arguments = vec!["auth", "add", "xai-oauth", "--port", &text];
    arguments.extend(extra);
    let session = spawn(rig, &arguments, &SSH);
    (squatter, port, session)
}

#[tokio::test(flavor = "multi_thread")]
async fn that_no_tunnel_came_is_one_line_and_a_line_of_keys() {
    let rig = Rig::of("xai-oauth").await;
    let mut session = spawn(&rig, &["auth", "add", "xai-oauth", "--timeout", "2"], &SSH);
    let (_, port) = hinted(&mut session);
    let text = expect(&mut session, r"Ctrl-C: give up\r\n");
    let lines: Vec<_> = text.lines().rev().take(2).collect();
    assert_eq!(
        lines,
        [
            "  Enter or d: device code   p: paste   t: the tunnel again   Ctrl-C: give up",
            &format!("Nothing has connected to 127.0.0.1:{port} yet; it goes on waiting."),
        ],
        "{text}"
    );
    let rest = expect(&mut session, r"auth\.callback_timeout[^\n]*\n");
    assert!(!rest.contains("Nothing has connected"), "{rest}");
    session.expect(Eof).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_key_does_its_work_and_the_listener_still_ends_it() {
    let rig = Rig::of("xai-oauth").await;
    let mut session = spawn(&rig, &["auth", "add", "xai-oauth"], &SSH);
    let (url, port) = hinted(&mut session);
    session.send_line("?").unwrap();
    expect(&mut session, "c copy the address   q QR code");
    expect(
        &mut session,
        r"\nd device code   p paste   t the tunnel again\r\n",
    );
    session.send_line("t").unwrap();
    expect(
        &mut session,
        &format!(r"  ssh -N -L {port}:127\.0\.0\.1:{port} ada@203\.0\.113\.9\r\n"),
    );
    session.send_line("p").unwrap();
    expect(
        &mut session,
        r"Paste the address of the page you end up on \(or the code it shows\), then Enter:",
    );
    session.send_line("d").unwrap();
    let text = expect(&mut session, r"Using the device flow: [^\n]*\n[^\n]*\n");
    assert!(
        text.contains("What waited before goes on beside it."),
        "{text}"
    );
    code(&mut session);
    visit(&rig.provider.authorize(&url)).await;
    ends(session, "Login successful!");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paste_ends_it_beside_a_device_code() {
    let rig = Rig::of("xai-oauth").await;
    let mut session = spawn(&rig, &["auth", "add", "xai-oauth"], &SSH);
    let (url, _) = hinted(&mut session);
    session.send_line("d").unwrap();
    code(&mut session);
    // The keys work on the newer address, and the paste is for the older one.
    session.send_line("?").unwrap();
    expect(&mut session, r"\np paste   t the tunnel again\r\n");
    let answer = rig.provider.authorize(&url);
    session.send_line(answer.as_str()).unwrap();
    ends(session, "Login successful!");
}

#[tokio::test(flavor = "multi_thread")]
async fn enter_takes_the_next_rung_after_a_busy_port() {
    let rig = Rig::of("xai-oauth").await;
    let (_squatter, port, mut session) = squatted(&rig, &[]);
    let text = expect(&mut session, r"Ctrl-C: give up\r\n");
    let failed = format!(
        "The loopback flow did not work: Could not bind xAI callback server on 127.0.0.1:{port}: \
         the port is in use"
    );
    assert!(text.contains(&failed), "{text}");
    assert!(
        text.ends_with("\n  Enter or d: device code   p: paste   Ctrl-C: give up\n"),
        "{text}"
    );
    // What is no key starts nothing.
    session.send_line("x").unwrap();
    expect(
        &mut session,
        "That is no key, and nothing is to be pasted now.",
    );
    session.send_line("d").unwrap();
    let code = code(&mut session);
    rig.provider.approve_device(&code);
    ends(session, "Login successful!");

    let rig = Rig::of("xai-oauth").await;
    let (_squatter, _, mut session) = squatted(&rig, &[]);
    expect(&mut session, r"Ctrl-C: give up\r\n");
    session.send_line("").unwrap();
    let code = self::code(&mut session);
    rig.provider.approve_device(&code);
    ends(session, "Login successful!");
}

#[tokio::test(flavor = "multi_thread")]
async fn p_takes_the_paste_after_a_busy_port() {
    let rig = Rig::of("xai-oauth").await;
    let (_squatter, _, mut session) = squatted(&rig, &[]);
    expect(&mut session, r"Ctrl-C: give up\r\n");
    session.send_line("p").unwrap();
    let text = expect(&mut session, "Paste the address of the page you end up on");
    let url = text
        .lines()
        .find(|line| line.starts_with("http://127.0.0.1"))
        .unwrap();
    let answer = rig.provider.authorize(&Url::parse(url).unwrap());
    session.send_line(answer.as_str()).unwrap();
    ends(session, "Login successful!");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_the_offer_ends_it() {
    let rig = Rig::of("xai-oauth").await;
    let (_squatter, _, mut session) = squatted(&rig, &[]);
    expect(&mut session, r"Ctrl-C: give up\r\n");
    session.send([3]).unwrap();
    ends(session, r"cli\.interrupted");
    assert!(rig.home.auth_json_text().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_device_code_is_told_and_the_listener_waits_on() {
    let rig = Rig::of("xai-oauth").await;
    rig.provider
        .next("/device/code", hermes_testkit::Scripted::Status(403));
    let mut session = spawn(&rig, &["auth", "add", "xai-oauth"], &SSH);
    let (url, _) = hinted(&mut session);
    session.send_line("d").unwrap();
    let text = expect(&mut session, r"Ctrl-C: give up\r\n");
    assert!(
        text.contains("The device flow did not work: xAI does not give device codes"),
        "{text}"
    );
    assert!(
        text.ends_with("\n  Enter or p: paste   t: the tunnel again   Ctrl-C: give up\n"),
        "{text}"
    );
    session.send_line("").unwrap();
    expect(&mut session, "Paste the address of the page you end up on");
    visit(&rig.provider.authorize(&url)).await;
    ends(session, "Login successful!");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_was_asked_for_gives_the_command_instead_of_keys() {
    let rig = Rig::of("xai-oauth").await;
    let arguments = [
        "auth",
        "add",
        "xai-oauth",
        "--flow",
        "loopback",
        "--timeout",
        "2",
    ];
    let mut session = spawn(&rig, &arguments, &SSH);
    let (_, port) = hinted(&mut session);
    let command = "hermes auth add xai-oauth --flow device";
    let said = expect(&mut session, &format!(r"Ctrl-C, then: {command}\r\n"));
    let evidence = format!("Nothing has connected to 127.0.0.1:{port} yet; it goes on waiting.");
    assert!(said.contains(&evidence), "{said}");
    ends(session, r"auth\.callback_timeout");

    let (_squatter, _, mut session) = squatted(&rig, &["--flow", "loopback"]);
    let text = expect(&mut session, &format!(r"next: {command}\r\n"));
    assert!(text.contains("error[auth.port_busy]"), "{text}");
    session.expect(Eof).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn where_questions_are_forbidden_it_steps_down_by_itself() {
    let rig = Rig::of("xai-oauth").await;
    let (_squatter, _, mut session) = squatted(&rig, &["--no-input"]);
    let text = expect(&mut session, r"Trying the device flow\.\r\n");
    assert!(!text.contains("Enter or"), "{text}");
    let code = code(&mut session);
    rig.provider.approve_device(&code);
    ends(session, "Login successful!");
}

#[tokio::test]
async fn a_program_is_told_of_each_step() {
    let rig = Rig::of("xai-oauth").await;
    let squatter = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = squatter.local_addr().unwrap().port().to_string();
    let ssh = |arguments: &[&str]| {
        let mut command = rig.hermes(arguments);
        command.env(SSH[0].0, SSH[0].1);
        Running::spawn(&mut command)
    };
    let mut running = ssh(&["auth", "add", "xai-oauth", "--json", "--port", &port]);
    let failed = running.until("rung_failed").await;
    let rung = running.until("rung").await;
    assert_eq!(failed["next"], rung["flow"]);
    assert_eq!(running.interrupt().await, 130);

    let mut running = ssh(&["auth", "add", "xai-oauth", "--json", "--timeout", "2"]);
    let waiting = running.until("waiting").await;
    let stalled = running.until("stalled").await;
    let uri = parse(&waiting["redirect_uri"]);
    let reason = format!(
        "nothing has connected to 127.0.0.1:{} yet",
        uri.port().unwrap()
    );
    assert_eq!(stalled["flow"], "loopback");
    assert_eq!(stalled["reason"], reason);
    assert!(stalled["instead"].is_null());
    assert_eq!(running.event().await["code"], "auth.callback_timeout");
    assert_eq!(running.wait().await, 3);
}
