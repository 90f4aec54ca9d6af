use std::process::Stdio;

use hermes_errors::{Code, Failure};
use tokio::process::{Child, Command};

use super::destination::Destination;
use crate::args::AddArgs;

/// What the host's shell says when every `hermes` that it found is a program in Python.
pub(super) const FOREIGN: i32 = 97;
/// What a shell says when there is no such program.
pub(super) const MISSING: i32 = 127;
/// What ssh says when it could not connect.
pub(super) const NO_CONNECTION: i32 = 255;

/// Finds `hermes` on the host and becomes it: on the PATH, then where installers put it. Upstream's
/// program of the same name is a script for Python, and is passed over. Not a quote and no
/// backslash is in it, so that every login shell hands it on as it is.
const PROBE: &str = "found=127; for h in hermes \"$HOME/.local/bin/hermes\" \
    \"$HOME/.cargo/bin/hermes\"; do p=$(command -v \"$h\" 2>/dev/null) || continue; \
    if head -c 256 \"$p\" | grep -aq python; then found=97; continue; fi; \
    exec \"$p\" \"$@\"; done; exit $found";
/// The same for a program that the person named.
const NAMED: &str = "h=$1; shift; case $h in \"~/\"*) h=$HOME/${h#??};; esac; \
    command -v \"$h\" >/dev/null 2>&1 || exit 127; exec \"$h\" \"$@\"";

/// The arguments of ssh: the person's own options, and nothing that changes what ssh checks or
/// forwards. What is typed on the host is one argument.
pub(super) fn arguments(
    destination: &Destination,
    options: &[String],
    command: String,
) -> Vec<String> {
    let mut arguments = vec!["-T".to_owned()];
    if let Some(port) = destination.port {
        arguments.extend(["-p".to_owned(), port.to_string()]);
    }
    arguments.extend_from_slice(options);
    arguments.extend(["--".to_owned(), destination.target.clone(), command]);
    arguments
}

/// The line for the host's shell.
pub(super) fn remote_command(
    args: &AddArgs,
    client_id: Option<&str>,
    profile: Option<&str>,
) -> Result<String, Failure> {
    let mut words: Vec<String> = vec!["sh".into(), "-c".into()];
    match &args.via.remote_hermes {
        Some(path) => words.extend([NAMED.into(), "hermes".into(), path.clone()]),
        None => words.extend([PROBE.into(), "hermes".into()]),
    }
    words.extend(["auth".into(), "relay".into(), "--protocol".into()]);
    words.push(hermes_login::via::frame::PROTOCOL.to_string());
    let sign_in = &args.sign_in;
    let flow = sign_in.wanted_flow().map(|flow| flow.as_str().to_owned());
    let values = [
        ("--profile", profile.map(str::to_owned)),
        ("--flow", flow),
        ("--label", sign_in.label.clone()),
        ("--scope", sign_in.scope.clone()),
        ("--client-id", client_id.map(str::to_owned)),
        ("--issuer", args.issuer.clone()),
        (
            "--redirect-uri",
            sign_in.redirect_uri.as_ref().map(ToString::to_string),
        ),
        (
            "--timeout",
            sign_in.timeout.map(|seconds| seconds.to_string()),
        ),
    ];
    for (name, value) in values {
        // One word, so that a value with a leading dash is no option.
        words.extend(value.map(|value| format!("{name}={value}")));
    }
    if sign_in.force {
        words.push("--force".into());
    }
    words.extend(["--".into(), args.provider.clone()]);
    let quoted: Result<Vec<_>, _> = words.iter().map(|word| quote(word)).collect();
    Ok(quoted?.join(" "))
}

/// A word that every shell takes as it is.
pub(super) fn quote(word: &str) -> Result<String, Failure> {
    if word.chars().any(char::is_control) || word.contains('\\') {
        return Err(Failure::new(
            Code::ViaDestination,
            "a value with control characters or backslashes cannot be handed to the host",
        ));
    }
    let bare = |ch: char| ch.is_ascii_alphanumeric() || "-_./:=@%+,".contains(ch);
    if !word.is_empty() && word.chars().all(bare) {
        return Ok(word.to_owned());
    }
    Ok(format!("'{}'", word.replace('\'', "'\"'\"'")))
}

/// Starts ssh. What it has to say, and to ask, goes to the terminal as ever.
pub(super) fn start(arguments: &[String]) -> Result<Child, Failure> {
    let started = Command::new("ssh")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn();
    started.map_err(|error| {
        Failure::new(
            Code::ViaSshFailed,
            format!("`ssh` cannot be started: {error}"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rl6_quoted_words_arrive_as_they_are() {
        for word in [
            "plain",
            "",
            "two words",
            "it's",
            "$(id)",
            "`id`",
            "a;b|c&d>e",
            "*?~!",
            "é",
        ] {
            let script = format!("printf %s {}", quote(word).unwrap());
            let output = std::process::Command::new("sh")
                .args(["-c", &script])
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
        for word in ["a\nb", "a\\b", "\u{1b}"] {
            assert!(quote(word).is_err(), "{word:?}");
        }
    }
}
