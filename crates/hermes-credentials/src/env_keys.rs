//! API keys that are borrowed from `.env` and from the environment of the process.

use std::{fs, io, path::Path};

use hermes_machine::{Environment, Home, file};
use hermes_secret::Secret;

/// The most bytes of `.env` that are read.
const LIMIT: u64 = 1024 * 1024;
/// What people leave in a template; upstream's list.
const PLACEHOLDERS: [&str; 12] = [
    "*",
    "**",
    "***",
    "changeme",
    "your_api_key",
    "your_api_key_here",
    "your-api-key",
    "placeholder",
    "example",
    "dummy",
    "null",
    "none",
];

/// The variables of `.env` and of the process.
pub(crate) struct EnvKeys {
    dot_env: Vec<(String, Secret)>,
    environment: Environment,
}

impl EnvKeys {
    /// Reads `.env`. One that cannot be read gives nothing: it is somebody else's file, and what
    /// is in our own can still be shown.
    pub(crate) fn read(home: &Home, environment: &Environment) -> Self {
        let bytes = file::read_bounded(&home.dot_env(), LIMIT).ok().flatten();
        let text = bytes.unwrap_or_default();
        let lines = String::from_utf8_lossy(&text);
        Self {
            dot_env: lines
                .trim_start_matches('\u{feff}')
                .lines()
                .filter_map(assignment)
                .collect(),
            environment: environment.clone(),
        }
    }

    /// A setting: `.env` wins over the process, as for provider keys upstream.
    pub(crate) fn text(&self, variable: &str) -> Option<&str> {
        let named = |(name, value): &&(String, Secret)| name == variable && !value.is_empty();
        match self.dot_env.iter().rev().find(named) {
            Some((_, value)) => Some(value.expose()),
            None => self.environment.text(variable),
        }
    }

    /// A setting for which the process wins over `.env`, as upstream has it for Spotify.
    pub(crate) fn process_first(&self, variable: &str) -> Option<&str> {
        self.environment
            .text(variable)
            .or_else(|| self.text(variable))
    }

    /// An API key that can be used with this provider.
    pub(crate) fn key(&self, provider: &str, variable: &str) -> Option<Secret> {
        self.text(variable)
            .map(str::trim)
            .filter(|key| unusable(provider, key).is_none())
            .map(Secret::new)
    }

    /// Whether the process itself was started with the variable.
    pub(crate) fn exported(&self, variable: &str) -> bool {
        self.environment.has(variable)
    }
}

/// Why a text is no API key of this provider, if it is none.
pub(crate) fn unusable(provider: &str, key: &str) -> Option<&'static str> {
    // They sit in the same variables, and GitHub itself accepts them.
    if provider == "copilot" && key.starts_with("ghp_") {
        return Some("Copilot does not take GitHub's classic tokens (`ghp_…`)");
    }
    if key.chars().any(|ch| ch.is_whitespace() || ch.is_control()) {
        return Some("there is white space or a control character in it");
    }
    if key.chars().count() < 4 {
        return Some("it has fewer than 4 characters");
    }
    let lower = key.to_lowercase();
    PLACEHOLDERS
        .contains(&lower.as_str())
        .then_some("it is a placeholder")
}

/// Deletes the variable's lines and nothing else; whether there was one. The credential file's lock
/// is held by whoever deletes, so what a killed deleter left beside `.env` is nobody's any more.
pub(crate) fn delete_line(path: &Path, variable: &str) -> io::Result<bool> {
    let Some(bytes) = file::read_bounded(path, LIMIT)? else {
        return Ok(false);
    };
    let mark: &[u8] = "\u{feff}".as_bytes();
    let (mark, body) = match bytes.strip_prefix(mark) {
        Some(body) => (mark, body),
        None => (&[][..], &bytes[..]),
    };
    let is_ours = |line: &&[u8]| {
        let line = String::from_utf8_lossy(line);
        assignment(&line).is_some_and(|(name, _)| name == variable)
    };
    let kept: Vec<&[u8]> = body
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !is_ours(line))
        .collect();
    let kept = [mark, &kept.concat()].concat();
    if kept.len() == bytes.len() {
        return Ok(false);
    }
    // The file is the person's: its mode stays as they set it.
    let mode = fs::metadata(path)?.permissions();
    file::sweep_beside(path);
    file::write_private(path, &kept)?;
    fs::set_permissions(path, mode)?;
    Ok(true)
}

/// `KEY=value`, with or without `export` and quotes.
fn assignment(line: &str) -> Option<(String, Secret)> {
    let line = line.trim();
    let line = line.strip_prefix("export ").map_or(line, str::trim_start);
    let (name, value) = line.split_once('=')?;
    let name = name.trim_end();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.is_empty() || !name.bytes().all(plain) {
        return None;
    }
    Some((name.to_owned(), Secret::new(unquoted(value.trim()))))
}

fn unquoted(value: &str) -> &str {
    for quote in ['"', '\''] {
        let rest = value.strip_prefix(quote);
        if let Some((inner, _)) = rest.and_then(|rest| rest.split_once(quote)) {
            return inner;
        }
    }
    match value.find(" #") {
        Some(comment) => value[..comment].trim_end(),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use proptest::prelude::*;

    use super::*;

    fn keys(text: &str, environment: &Environment) -> EnvKeys {
        let directory = tempfile::tempdir().unwrap();
        file::write_private(&directory.path().join(".env"), text.as_bytes()).unwrap();
        EnvKeys::read(&Home::at(directory.path()), environment)
    }

    #[test]
    fn lines_are_read_as_shells_and_upstream_do() {
        let found = keys(
            "\u{feff}A_KEY=plain\nexport B_KEY = \"quoted # not a comment\" # one\r\nC_KEY='single'\n# D_KEY=no\nE_KEY=\nF_KEY=x=y # said\nnot a line\nA_KEY=later\n",
            &Environment::from([("E_KEY", "from-process"), ("A_KEY", "process")]),
        );
        assert_eq!(found.text("A_KEY"), Some("later"), ".env wins");
        assert_eq!(found.process_first("A_KEY"), Some("process"));
        assert_eq!(found.text("B_KEY"), Some("quoted # not a comment"));
        assert_eq!(found.text("C_KEY"), Some("single"));
        assert_eq!(found.text("D_KEY"), None);
        assert_eq!(found.text("E_KEY"), Some("from-process"));
        assert_eq!(found.text("F_KEY"), Some("x=y"));
    }

    #[test]
    fn placeholders_are_no_keys() {
        for bad in [
            "abc",
            "CHANGEME",
            "***",
            "your_api_key_here",
            "sk 123",
            "sk-\u{1b}1234",
            "",
        ] {
            assert!(unusable("openrouter", bad).is_some(), "{bad:?}");
        }
        assert_eq!(unusable("openrouter", "sk-1"), None);
        assert!(unusable("copilot", "ghp_classic").is_some());
        assert_eq!(unusable("copilot", "gho_fine"), None);
    }

    #[test]
    fn deleting_a_line_keeps_the_rest_and_the_mode() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join(".env");
        assert!(!delete_line(&path, "A").unwrap());
        file::write_private(
            &path,
            b"\xef\xbb\xbfX=1\r\n\xff\xfe\nexport A=2\n # A=3\nAA=4\nA=5",
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(delete_line(&path, "A").unwrap());
        let left = fs::read(&path).unwrap();
        assert_eq!(left, b"\xef\xbb\xbfX=1\r\n\xff\xfe\n # A=3\nAA=4\n");
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o640
        );
        assert!(!delete_line(&path, "A").unwrap());
    }

    #[test]
    fn deleting_a_line_sweeps_what_killed_deleters_left() {
        let mut child = std::process::Command::new("true").spawn().unwrap();
        child.wait().unwrap();
        let directory = tempfile::tempdir().unwrap();
        let place = |name: &str| directory.path().join(name);
        let left = place(&format!(".env.tmp.{}.0123abcd", child.id()));
        let alive = place(&format!(".env.tmp.{}.0123abcd", std::process::id()));
        for path in [&left, &alive, &place(".env")] {
            file::write_private(path, b"A=secret\n").unwrap();
        }
        assert!(delete_line(&place(".env"), "A").unwrap());
        assert!(!left.exists(), "it holds every key of the file");
        assert!(alive.exists());
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_edited_without_harm(text in ".{0,200}", name in "[A-Z]{1,3}") {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join(".env");
            file::write_private(&path, text.as_bytes()).unwrap();
            let before = EnvKeys::read(&Home::at(directory.path()), &Environment::default());
            let there = before.dot_env.iter().any(|(one, _)| *one == name);
            prop_assert_eq!(delete_line(&path, &name).unwrap(), there);
            let after = EnvKeys::read(&Home::at(directory.path()), &Environment::default());
            prop_assert!(after.dot_env.iter().all(|(one, _)| *one != name));
        }
    }
}
