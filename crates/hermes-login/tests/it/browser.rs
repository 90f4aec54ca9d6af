use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use hermes_login::{Opener as _, SystemOpener};
use hermes_machine::{Environment, file};
use url::Url;

/// Says to the child what to open: the opener looks at the environment of its own process, so the
/// test runs itself once more in another one.
const OPEN: &str = "HERMES_TEST_OPEN";

/// A browser that writes its arguments into a pipe, a line each, and chatters.
const SCRIPT: &str = "#!/bin/sh\n\
    echo chatter; echo chatter >&2\n\
    { echo \"$#\"; for argument in \"$@\"; do printf '%s\\n' \"$argument\"; done; } > \"$0.pipe\"\n";

#[test]
fn pc5_the_address_is_one_argument_of_a_program() {
    if let Some(text) = Environment::of_process().text(OPEN) {
        SystemOpener.open(&Url::parse(text).unwrap()).unwrap();
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let browser = program(&directory, SCRIPT);
    let pipe = directory.path().join("browser.pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    for text in [
        "https://auth.x.ai/oauth2/authorize?a=b&state=c",
        "https://auth.x.ai/?q=$(touch%20x)&r=%60id%60;reboot|cat'x'",
        "https://auth.x.ai/?q=\"quoted\" and blank",
        "https://auth.x.ai/?q=%s%c%%25&--flag",
        "http://127.0.0.1:4010/authorize?x=*?[a]~!",
    ] {
        let expected = Url::parse(text).unwrap();
        let name = "browser::pc5_the_address_is_one_argument_of_a_program";
        let output = open_in_child(name, &browser, expected.as_str());
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{text}: {said}");
        assert!(!said.contains("chatter"), "{text}");
        // The browser stays until somebody reads what it has written.
        let written = std::fs::read_to_string(&pipe).unwrap();
        let lines: Vec<_> = written.lines().collect();
        assert_eq!(lines, ["2", "--new", expected.as_str()], "{text}");
    }
}

#[test]
fn a_browser_that_ends_with_an_error_has_not_opened() {
    if let Some(text) = Environment::of_process().text(OPEN) {
        let url = Url::parse(text).unwrap();
        let reason = SystemOpener.open(&url).unwrap_err();
        assert_eq!(reason, "the browser ended with exit status 3");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let browser = program(&directory, "#!/bin/sh\nexit 3\n");
    let name = "browser::a_browser_that_ends_with_an_error_has_not_opened";
    let output = open_in_child(name, &browser, "https://auth.x.ai/");
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{said}");
}

/// A program that the desktop may take for a browser.
fn program(directory: &tempfile::TempDir, script: &str) -> PathBuf {
    let path = directory.path().join("browser");
    file::write_private(&path, script.as_bytes()).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).unwrap();
    path
}

fn open_in_child(test: &str, browser: &Path, url: &str) -> std::process::Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("BROWSER", format!("{} --new %s", browser.display()))
        .env(OPEN, url)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}
