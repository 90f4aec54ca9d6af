//! The documents hold together: no dead link, no page that the summary forgets, no `hermes guide`
//! that leads nowhere.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Every page of the guide.
fn pages() -> Vec<PathBuf> {
    let mut folders = vec![root().join("docs/src")];
    let mut pages = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                pages.push(path);
            }
        }
    }
    assert!(pages.len() > 15, "{} pages", pages.len());
    pages
}

/// The pages, and the documents of the root.
fn documents() -> Vec<PathBuf> {
    let names = [
        "README",
        "ARCHITECTURE",
        "CONTRIBUTING",
        "SECURITY",
        "CHANGELOG",
    ];
    let roots = names.iter().map(|name| root().join(format!("{name}.md")));
    pages().into_iter().chain(roots).collect()
}

/// The names that headings have in links, as mdBook makes them.
fn anchors(page: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(page).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let name = |heading: &str| {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter_map(|ch| match ch {
            ' ' => Some('-'),
            ch if ch.is_alphanumeric() || "-_".contains(ch) => Some(ch),
            _ => None,
        });
        kept.collect()
    };
    headings.map(name).collect()
}

#[test]
fn no_link_is_dead() {
    let mut seen = 0;
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        let links = text.split("](").skip(1);
        let images = ["src=\"", "srcset=\""]
            .into_iter()
            .flat_map(|begin| text.split(begin).skip(1));
        for link in links.chain(images) {
            let target = link.split([')', ' ', '"']).next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
            let file = match path {
                "" => document.clone(),
                path => document.parent().unwrap().join(path),
            };
            assert!(file.exists(), "{} links to {target}", document.display());
            let leads = anchor.is_empty() || anchors(&file).contains(&anchor.to_owned());
            assert!(leads, "{} links to {target}", document.display());
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} links");
}

#[test]
fn the_summary_lists_every_page() {
    let summary = std::fs::read_to_string(root().join("docs/src/SUMMARY.md")).unwrap();
    for page in pages() {
        let name = page
            .strip_prefix(root().join("docs/src"))
            .unwrap()
            .to_string_lossy()
            .into_owned();
        assert!(
            name == "SUMMARY.md" || summary.contains(&format!("({name})")),
            "{name}"
        );
    }
}

#[test]
fn every_mention_of_a_page_leads_to_one() {
    let names: Vec<String> = pages()
        .iter()
        .flat_map(|page| {
            let path = page
                .strip_prefix(root().join("docs/src"))
                .unwrap()
                .with_extension("");
            let stem = path.file_name().unwrap().to_string_lossy().into_owned();
            [path.to_string_lossy().into_owned(), stem]
        })
        .collect();
    let errors = std::fs::read_to_string(root().join("docs/src/errors.md")).unwrap();
    for document in documents() {
        let text = std::fs::read_to_string(&document).unwrap();
        for mention in text.split("hermes guide ").skip(1) {
            let word =
                mention.split(|ch: char| !(ch.is_ascii_alphanumeric() || "-_./".contains(ch)));
            let word = word
                .into_iter()
                .next()
                .unwrap_or_default()
                .trim_end_matches('.');
            // Placeholders are in capitals, options begin with a dash.
            let named = !word.is_empty() && !word.starts_with('-') && word != word.to_uppercase();
            let known =
                names.iter().any(|name| name == word) || errors.contains(&format!("## {word}\n"));
            assert!(
                !named || known,
                "{} mentions `hermes guide {word}`",
                document.display()
            );
        }
    }
}

/// Every test that SECURITY.md names is there: a row whose test was renamed proves nothing.
#[test]
fn the_tests_that_security_names_are_there() {
    let text = std::fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let table = text.split("## Verify the loopback").next().unwrap();
    let mut sources = String::new();
    let mut folders: Vec<_> = ["crates", "tests/e2e"]
        .map(|folder| root().join(folder))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                sources.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut seen = 0;
    for row in table.lines().filter(|line| line.starts_with("| ")) {
        let held = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        for name in held.split('`').skip(1).step_by(2) {
            let is_there = if name.ends_with(".mjs") {
                let file = name.rsplit('/').next().unwrap();
                root().join("tests/e2e").join(file).exists()
            } else if name.ends_with('…') {
                continue;
            } else {
                sources.contains(&format!("fn {name}("))
            };
            assert!(is_there, "`{name}` is no test");
            seen += 1;
        }
    }
    assert!(seen > 30, "{seen} tests");
}

/// The texts between quotation marks in a line of Rust.
fn quoted(line: &str) -> Vec<&str> {
    line.split('"').skip(1).step_by(2).collect()
}

#[test]
fn the_terminals_state_line_is_in_the_guide_as_it_is_shown() {
    let page = std::fs::read_to_string(root().join("docs/src/guides/connect-trouble.md")).unwrap();
    let (_, rest) = page.split_once("## In the chat's state line").unwrap();
    let table = rest.split("\n## ").next().unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| "));
    let named: Vec<String> = rows
        .skip(1)
        .map(|line| line.split('|').nth(1).unwrap().trim())
        // A number is any number.
        .map(|words| words.replace(|ch: char| ch.is_ascii_digit(), "N"))
        .collect();
    let source = root().join("crates/hermes-cli/src/chat/link.rs");
    let source = std::fs::read_to_string(source).unwrap();
    let code = source.split("#[cfg(test)]").next().unwrap();
    let shown: Vec<String> = code
        .lines()
        .filter(|line| line.contains("Shown::Waits(\"") || line.contains("Shown::Away("))
        .flat_map(quoted)
        .map(|words| words.replace("{seconds}", "N"))
        .collect();
    assert_eq!(shown.len(), 6, "{shown:?}");
    for words in &shown {
        assert!(named.contains(words), "the guide does not name `{words}`");
    }
    assert_eq!(named.len(), shown.len(), "{named:?}");
}
