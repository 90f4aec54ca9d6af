//! The rules of ARCHITECTURE.md that a program can check: which crate may use which, which library
//! may appear where, and how long a file may be.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on has failed"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

type Edges = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn packages() -> Vec<Value> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The normal dependencies of each crate of ours.
fn dependencies() -> Edges {
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let normal = |dependency: &&Value| dependency["kind"].is_null();
    packages()
        .iter()
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap();
            (name(package), all.iter().filter(normal).map(name).collect())
        })
        .collect()
}

/// The block of ARCHITECTURE.md that starts with a line "```edges": `crate -> crate, crate`.
fn documented() -> Edges {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let block = text
        .split("```edges\n")
        .nth(1)
        .expect("ARCHITECTURE.md has a block of edges");
    let block = block.split("```").next().unwrap();
    let edge = |line: &str| {
        let (from, to) = line.split_once("->").expect("crate -> crates");
        let names = to.split(',').map(str::trim).filter(|name| !name.is_empty());
        (from.trim().to_owned(), names.map(str::to_owned).collect())
    };
    block
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(edge)
        .collect()
}

#[test]
fn crates_use_each_other_as_documented() {
    let all = dependencies();
    let ours: Edges = all
        .iter()
        .map(|(name, uses)| {
            (
                name.clone(),
                uses.iter()
                    .filter(|name| all.contains_key(*name))
                    .cloned()
                    .collect(),
            )
        })
        .collect();
    assert_eq!(
        ours,
        documented(),
        "left: the manifests, right: ARCHITECTURE.md"
    );
}

#[test]
fn libraries_stay_where_they_belong() {
    let allowed: [(&str, &[&str]); 10] = [
        ("clap", &["hermes-cli", "xtask"]),
        ("mdns-sd", &["hermes-machine"]),
        ("reqwest", &["hermes-machine"]),
        ("rustls", &["hermes-gateway", "hermes-machine"]),
        ("getrandom", &["hermes-machine"]),
        ("ring", &["hermes-gateway", "hermes-storage"]),
        ("sqlx", &["hermes-storage-sqlite"]),
        ("tauri", &["hermes-desktop"]),
        ("webbrowser", &["hermes-login"]),
        (
            "hyper",
            &["hermes-gateway", "hermes-login", "hermes-testkit", "xtask"],
        ),
    ];
    for (library, homes) in allowed {
        for (name, uses) in dependencies() {
            assert!(
                !uses.contains(library) || homes.contains(&name.as_str()),
                "{name} uses {library}"
            );
        }
    }
}

#[test]
fn su3_no_release_holds_the_test_kit() {
    for (name, uses) in dependencies() {
        assert!(
            !uses.contains("hermes-testkit"),
            "{name} needs the test kit outside its tests"
        );
    }
}

#[test]
fn files_are_small() {
    let mut folders = ["apps", "crates", "xtask"]
        .map(|name| root().join(name))
        .to_vec();
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let lines = std::fs::read_to_string(&path).unwrap().lines().count();
                assert!(
                    lines <= 600,
                    "{} has {lines} lines: split it",
                    path.display()
                );
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen} files");
}

#[test]
fn su5_unsafe_is_forbidden_and_every_parser_of_outside_bytes_is_fuzzed() {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("unsafe_code = \"forbid\""));
    for package in packages() {
        // `fuzz_target!` writes an exported C function, which is `unsafe` by that word alone.
        if package["name"] == "hermes-fuzz" {
            continue;
        }
        let manifest = package["manifest_path"].as_str().unwrap();
        let manifest = std::fs::read_to_string(manifest).unwrap();
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{}",
            package["name"]
        );
    }
    for parser in [
        "app_request",
        "auth_file",
        "callback_query",
        "callback_request",
        "cookie_header",
        "foreign_login",
        "forwarded_headers",
        "gateway_frame",
        "landing",
        "model_answer",
        "pasted_text",
        "provider_table",
        "relay_frame",
        "rpc_frame",
        "settings",
        "terminal_text",
    ] {
        let target = root().join(format!("fuzz/src/bin/{parser}.rs"));
        assert!(target.is_file(), "`{parser}` has no fuzz target");
    }
}
