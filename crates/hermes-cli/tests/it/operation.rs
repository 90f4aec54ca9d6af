//! What an operator copies: the container file, the unit, the settings in the guide.

use std::{collections::BTreeSet, path::PathBuf};

use hermes_testkit::TestHome;

use crate::rig::{finish, hermes};

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// Asserts that a command takes these words: it knows the command, and each flag.
async fn takes(words: &[&str]) {
    let home = TestHome::new();
    let command = words.first().unwrap();
    let help = finish(&mut hermes(home.home().path(), &[command, "--help"])).await;
    assert_eq!(help.status, 0, "{}", help.stderr);
    for flag in words.iter().filter(|word| word.starts_with("--")) {
        let known = help.stdout.split_whitespace().any(|word| word == *flag);
        assert!(known, "`hermes {command}` has no {flag}");
    }
}

/// The strings of the JSON array that ends this line.
fn array(line: &str) -> Vec<String> {
    let (_, array) = line.split_once('[').unwrap();
    serde_json::from_str(&format!("[{array}")).unwrap()
}

/// The instructions of the container file, each on one line.
fn instructions() -> Vec<String> {
    let text = read("Containerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn the_container_file_names_what_there_is() {
    let instructions = instructions();
    let of = |name: &str| -> Vec<&str> {
        let rest = |line| str::strip_prefix(line, name)?.strip_prefix(' ');
        instructions.iter().filter_map(|line| rest(line)).collect()
    };
    let version = read("Cargo.toml");
    let version = version.split("rust-version = \"").nth(1).unwrap();
    let version = version.split('"').next().unwrap();
    let builder = format!("docker.io/library/rust:{version}-slim-bookworm AS build");
    assert!(of("FROM").contains(&builder.as_str()), "{:?}", of("FROM"));

    let entry = array(of("ENTRYPOINT").first().unwrap());
    assert_eq!(entry, ["hermes"]);
    let serve = array(of("CMD").first().unwrap());
    takes(&serve.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let health = array(of("HEALTHCHECK").first().unwrap());
    let health: Vec<&str> = health.iter().map(String::as_str).collect();
    assert_eq!(health.first(), Some(&"hermes"));
    takes(health.get(1..).unwrap()).await;

    // What is set is read: a name that is no setting's is a notice.
    let home = TestHome::new();
    let mut check = hermes(home.home().path(), &["config", "check", "--json"]);
    for pair in of("ENV") {
        let (name, value) = pair.split_once('=').unwrap();
        if name != "HERMES_HOME" {
            check.env(name, value);
        }
    }
    let checked = finish(&mut check).await;
    let checked: serde_json::Value = serde_json::from_str(&checked.stdout).unwrap();
    assert_eq!(
        (&checked["ok"], &checked["notices"]),
        (&true.into(), &serde_json::json!([]))
    );

    let volume = of("VOLUME");
    let home = of("ENV")
        .into_iter()
        .find_map(|pair| pair.strip_prefix("HERMES_HOME="));
    assert_eq!(volume.first().copied(), home, "the home is the volume");
    let user = of("USER");
    assert!(user.first().is_some_and(|user| *user != "root"), "{user:?}");
    let built = "/source/target/release/hermes /usr/local/bin/hermes";
    assert!(of("COPY").iter().any(|copy| copy.ends_with(built)));
    let ignored: BTreeSet<String> = read(".containerignore")
        .lines()
        .map(str::to_owned)
        .collect();
    assert!(ignored.contains("target") && ignored.contains(".git"));
}

/// The blocks of a page behind this fence.
fn blocks(page: &str, fence: &str) -> Vec<String> {
    let text = read(&format!("docs/src/{page}.md"));
    let start = format!("\n```{fence}\n");
    let blocks = text.split(&start).skip(1);
    let blocks = blocks.map(|rest| rest.split("```").next().unwrap_or_default().to_owned());
    blocks.collect()
}

#[tokio::test]
async fn the_unit_starts_what_there_is() {
    let home = TestHome::new();
    let planned = ["service", "install", "--user", "--dry-run"];
    let unit = finish(&mut hermes(home.home().path(), &planned))
        .await
        .stdout;
    for (line, told) in [("ExecStart=", "serve"), ("ExecReload=", "reload")] {
        let Some(line) = unit.lines().find_map(|found| found.strip_prefix(line)) else {
            // A newer systemd reloads by the signal that the gateway reloads at.
            assert!(unit.contains("Type=notify-reload\n"), "{unit}");
            continue;
        };
        let words: Vec<&str> = line.split(' ').collect();
        assert!(words.first().unwrap().ends_with("/hermes\""), "{words:?}");
        assert_eq!(words.get(1), Some(&told));
        takes(words.get(1..).unwrap()).await;
    }
}

#[tokio::test]
async fn the_settings_in_the_guide_are_good() {
    let mut count = 0;
    for page in [
        "gateway/gateway",
        "gateway/gateway-proxy",
        "gateway/gateway-sign-in",
        "reference/gateway-identity-providers",
    ] {
        for block in blocks(page, "toml") {
            count += 1;
            let home = TestHome::new();
            std::fs::create_dir_all(home.home().path()).unwrap();
            // The files that a block names are the reader's.
            let secret = home.home().path().join("secret");
            hermes_machine::file::write_private(&secret, b"not a real secret").unwrap();
            let block: String = block
                .lines()
                .map(|line| match line.split_once("_file = ") {
                    Some((key, _)) => format!("{key}_file = \"secret\"\n"),
                    None => format!("{line}\n"),
                })
                .collect();
            let path = home.home().config_toml();
            hermes_machine::file::write_private(&path, block.as_bytes()).unwrap();
            let checked = finish(&mut hermes(home.home().path(), &["config", "check"])).await;
            assert_eq!(checked.status, 0, "{page}: {}{block}", checked.stdout);
            assert!(
                !checked.stdout.contains('!'),
                "{page}: {}{block}",
                checked.stdout
            );
        }
    }
    assert!(count >= 5, "{count} blocks");
}

/// The text of every file of ours in Rust.
fn sources(folder: &std::path::Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn each_test_that_the_security_page_names_is_there() {
    let page = read("SECURITY.md");
    let rows = page.split("## Weak points").nth(1).unwrap();
    let rows = rows.split("\n## ").next().unwrap();
    let mut text = String::new();
    sources(&repository().join("crates"), &mut text);
    let mut count = 0;
    for row in rows.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let holds = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let names: Vec<&str> = holds.split('`').skip(1).step_by(2).collect();
        assert!(!names.is_empty(), "nothing holds `{row}`");
        for name in names.into_iter().filter(|name| !name.contains(['.', ' '])) {
            assert!(text.contains(&format!("fn {name}(")), "no test `{name}`");
            count += 1;
        }
    }
    assert!(count > 15, "{count} tests");
}
