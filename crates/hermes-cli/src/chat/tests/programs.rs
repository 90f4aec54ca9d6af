//! The chat of a program: one prompt, and what is printed for it.

use std::process::Stdio;

use super::*;

/// What a chat of a program prints, and how it ends.
fn printed(asked: &str) -> (String, String) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(THE_CHAT)
        .env_clear()
        .env(ROLE, format!("once {asked}"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, text) = text.split_once(&format!("{READY}\n")).unwrap();
    let (text, end) = text.split_once("ended: ").unwrap();
    let (end, _) = end.split_once('\n').unwrap();
    (text.to_owned(), end.trim().to_owned())
}

#[test]
fn a_program_gets_the_answer_and_a_status() {
    let answer = |prompt: &str| format!("You said **{prompt}**.\n\nAnd that is all.\n");
    assert_eq!(printed("text hello"), (answer("hello"), "0".to_owned()));
    let over_a_break = (answer("break"), "0".to_owned());
    assert_eq!(printed("text break"), over_a_break, "no gap, no repeat");
    let (text, end) = printed("text fail");
    assert_eq!(text, "You said **fail**.\n\nAnd that is\n");
    assert_eq!(end, "5 model.rate_limited");
    let refused = "2 cli.prompt_unusable".to_owned();
    assert_eq!(printed("text refuse"), (String::new(), refused));
}

#[test]
fn a_program_gets_objects() {
    let (text, end) = printed("json fail");
    let object: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(end, "5", "all has been said");
    assert_eq!(object["answer"], "You said **fail**.\n\nAnd that is");
    assert_eq!(object["status"], "failed");
    assert_eq!(object["conversation"], "c1");
    assert_eq!(object["model"], "sonnet");
    assert_eq!(object["error"]["code"], "model.rate_limited");
    assert_eq!(object["usage"]["total"], 3210);
    let (text, end) = printed("stream-json hello");
    assert_eq!(end, "0");
    let objects = text.lines().map(serde_json::from_str::<serde_json::Value>);
    let events: Vec<_> = objects.map(|one| one.unwrap()["event"].clone()).collect();
    assert_eq!(events, ["opened", "text", "text", "ended"]);
}

#[test]
fn a_program_that_is_stopped_has_what_came() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(THE_CHAT)
        .env_clear()
        .env(ROLE, "once text wait")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut output = child.stdout.take().unwrap();
    let mut text = Vec::new();
    while !text.ends_with(b"And that is") {
        let mut byte = [0];
        output.read_exact(&mut byte).unwrap();
        text.extend(byte);
    }
    let process = Pid::from_child(&child);
    kill_process(process, Signal::INT).unwrap();
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    child.wait().unwrap();
    assert!(
        rest.starts_with(" it.\nended: 130 cli.interrupted\n"),
        "{rest}"
    );
}
