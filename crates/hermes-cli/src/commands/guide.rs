mod plain;
mod table;

use std::borrow::Cow;

use hermes_errors::{Code, Failure};
use rust_embed::RustEmbed;

use self::{
    plain::{Link, plain},
    table::laid_out,
};
use super::Done;
use crate::{args::GuideArgs, output::Output};

/// The pages of the guide, built into the binary so that they can be read where help is needed:
/// on a host with no way out.
#[derive(RustEmbed)]
#[folder = "../../docs/src"]
#[include = "*.md"]
struct Pages;

/// The list of pages, which is none itself.
const SUMMARY: &str = "SUMMARY.md";

/// Prints a page, the contents, or the lines that hold a text.
pub(crate) fn run(args: &GuideArgs, output: Output) -> Done {
    match (&args.page, &args.search) {
        (Some(name), _) => output.data(&page(name)?)?,
        (None, Some(text)) => output.data(&search(text)?)?,
        (None, None) => output.data(&contents()?)?,
    }
    Ok(())
}

fn page(name: &str) -> Result<String, Failure> {
    // `hermes guide auth.denied` shows the section of that code.
    if Code::ALL.iter().any(|code| code.as_str() == name) {
        return Ok(section(&text("errors.md")?, name));
    }
    let wanted = name.trim_end_matches(".md");
    let found = pages().find(|path| {
        let stem = path.trim_end_matches(".md");
        stem == wanted || stem.rsplit('/').next() == Some(wanted)
    });
    match found {
        Some(path) => Ok(laid_out(&text(&path)?)),
        None => Err(unknown(name)),
    }
}

/// The paths of all pages.
fn pages() -> impl Iterator<Item = Cow<'static, str>> {
    Pages::iter().filter(|path| path != SUMMARY)
}

/// The page, with its tables as they were written: a row is a line.
fn text(path: &str) -> Result<String, Failure> {
    Ok(plain(&source(path)?))
}

fn source(path: &str) -> Result<String, Failure> {
    let file = Pages::get(path).ok_or_else(|| unknown(path))?;
    Ok(String::from_utf8_lossy(&file.data).into_owned())
}

fn unknown(name: &str) -> Failure {
    let name = hermes_secret::plain(name, 60);
    Failure::new(
        Code::GuideUnknown,
        format!("the guide has no page `{name}`"),
    )
}

/// The lines from the heading of this name up to the next heading of its level.
fn section(page: &str, heading: &str) -> String {
    let start = format!("## {heading}");
    let mut lines = page.lines().skip_while(|line| line.trim_end() != start);
    let first = lines.next().into_iter();
    let rest = lines.take_while(|line| !line.starts_with("## "));
    first.chain(rest).map(|line| format!("{line}\n")).collect()
}

/// The pages in the order of the book, under the headings of its parts.
fn contents() -> Result<String, Failure> {
    let summary = source(SUMMARY)?;
    let mut shown = "Pages of the guide, to read with `hermes guide PAGE`:\n\n".to_owned();
    for line in summary.lines().skip(1) {
        if let Some(link) = Link::first(line) {
            let page = link.target.trim_end_matches(".md");
            shown.push_str(&format!("  {page:<36} {}\n", link.words));
        } else if let Some(part) = line.strip_prefix("# ") {
            shown.push_str(&format!("\n{part}\n"));
        }
    }
    shown.push_str(
        "\nThe part of a name before the last `/` may be left out.\n\
         Search the guide: hermes guide --search TEXT\n",
    );
    Ok(shown)
}

fn search(wanted: &str) -> Result<String, Failure> {
    let lowered = wanted.to_lowercase();
    let mut hits = Vec::new();
    for path in pages() {
        let text = text(&path)?;
        let name = path.trim_end_matches(".md");
        let found = text
            .lines()
            .filter(|line| line.to_lowercase().contains(&lowered));
        hits.extend(found.map(|line| format!("{name}: {}\n", line.trim())));
    }
    if hits.is_empty() {
        let wanted = hermes_secret::plain(wanted, 60);
        return Err(Failure::new(
            Code::GuideUnknown,
            format!("the guide does not say `{wanted}`"),
        ));
    }
    Ok(hits.concat())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_code_has_its_section_with_sentence_status_cause_fix_and_check() {
        let page = text("errors.md").unwrap();
        for code in Code::ALL {
            let section = section(&page, code.as_str());
            let words: Vec<_> = section.split_whitespace().collect();
            let status = code.outcome().exit_status();
            let begin = format!("## {code} {} Exit status {status}.", code.summary());
            assert!(words.join(" ").starts_with(&begin), "{begin}\n{section}");
            for part in ["\n- Cause: ", "\n- Fix: ", "\n- Check: "] {
                assert!(section.contains(part), "`{code}` has no {part}");
            }
        }
        for heading in page.lines().filter_map(|line| line.strip_prefix("## ")) {
            let known = Code::ALL.iter().any(|code| code.as_str() == heading.trim());
            assert!(known, "`{heading}` in docs/src/errors.md is no code");
        }
    }

    #[test]
    fn the_guide_holds_the_file_of_settings_as_it_is_written() {
        let page = text("reference/gateway-config.md").unwrap();
        let file = hermes_gateway::settings::default_file();
        assert!(
            page.contains(&format!("```\n{file}```\n")),
            "put what `hermes config init --print` prints into the page"
        );
    }

    #[test]
    fn pages_are_told_apart_by_the_last_part_of_their_names() {
        let mut names = BTreeSet::new();
        for path in pages() {
            let name = path.rsplit('/').next().unwrap().to_owned();
            assert!(names.insert(name), "{path}");
        }
    }

    #[test]
    fn the_contents_name_every_page_and_show_no_markdown() {
        let contents = contents().unwrap();
        for path in pages() {
            let name = format!("  {} ", path.trim_end_matches(".md"));
            assert!(contents.contains(&name), "{name}");
        }
        assert!(!contents.contains("]("), "{contents}");
    }

    #[test]
    fn the_page_of_providers_has_every_name_and_variable_of_the_table() {
        let page = text("providers.md").unwrap();
        let has = |row: &str, words: &[String]| {
            let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
            let row = format!("| `{row}` | {} |\n", words.join(", "));
            assert!(words.is_empty() || page.contains(&row), "{row}");
        };
        for provider in hermes_providers::Table::load(None).unwrap().iter() {
            has(&provider.id, &provider.aliases);
            has(&provider.id, &provider.key_env);
        }
    }

    #[test]
    fn the_guide_of_every_provider_exists() {
        let table = hermes_providers::Table::load(None).unwrap();
        for provider in table.iter() {
            let Some(guide) = &provider.guide else {
                continue;
            };
            assert!(Pages::get(&format!("{guide}.md")).is_some(), "{guide}");
        }
    }
}
