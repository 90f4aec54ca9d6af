use hermes_errors::{Code, Failure};
use rust_embed::RustEmbed;

use super::Done;
use crate::{args::GuideArgs, output::Output};

/// The pages of the guide, built into the binary so that they can be read where help is needed:
/// on a host with no way out.
#[derive(RustEmbed)]
#[folder = "../../docs/src"]
struct Pages;

/// Prints a page, the contents, or the lines that hold a text.
pub(crate) fn run(args: &GuideArgs, output: Output) -> Done {
    match (&args.page, &args.search) {
        (Some(name), _) => output.data(&page(name)?)?,
        (None, Some(text)) => output.data(&search(text)?)?,
        (None, None) => output.data(&contents())?,
    }
    Ok(())
}

fn page(name: &str) -> Result<String, Failure> {
    // `hermes guide auth.denied` shows the section of that code.
    if Code::ALL.iter().any(|code| code.as_str() == name) {
        return Ok(section(&text("errors.md")?, name));
    }
    let wanted = name.trim_end_matches(".md");
    let found = Pages::iter().find(|path| {
        let stem = path.trim_end_matches(".md");
        stem == wanted || stem.rsplit('/').next() == Some(wanted)
    });
    match found {
        Some(path) => text(&path),
        None => Err(unknown(name)),
    }
}

fn text(path: &str) -> Result<String, Failure> {
    let file = Pages::get(path).ok_or_else(|| unknown(path))?;
    Ok(without_marks(&String::from_utf8_lossy(&file.data)))
}

/// The page without what stands behind the fence of a block: how the tests run it.
fn without_marks(page: &str) -> String {
    const FENCE: &str = "```";
    let plain = |line| match str::starts_with(line, FENCE) {
        true => FENCE,
        false => line,
    };
    page.lines().flat_map(|line| [plain(line), "\n"]).collect()
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

fn contents() -> String {
    let mut lines = vec!["Pages of the guide, to read with `hermes guide PAGE`:\n\n".to_owned()];
    for path in Pages::iter().filter(|path| path != "SUMMARY.md") {
        let text = text(&path).unwrap_or_default();
        let title = text
            .lines()
            .find_map(|line| line.strip_prefix("# "))
            .unwrap_or_default();
        lines.push(format!("  {:<32} {title}\n", path.trim_end_matches(".md")));
    }
    lines.push("\nSearch it: hermes guide --search TEXT\n".to_owned());
    lines.concat()
}

fn search(wanted: &str) -> Result<String, Failure> {
    let lowered = wanted.to_lowercase();
    let mut hits = Vec::new();
    for path in Pages::iter() {
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
    use super::*;

    #[test]
    fn how_the_tests_run_a_block_is_not_shown() {
        let page = "```sh run: fresh\nhermes doctor\n```\n";
        assert_eq!(without_marks(page), "```\nhermes doctor\n```\n");
    }

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
