//! `cargo xtask picture`: the recording of a sign-in over SSH that README begins with.
//!
//! It is drawn from the blocks of the quick start, which the end-to-end tests compare with what
//! `hermes` prints. So it is as true as they are, and a test fails when it is stale.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context, Result};

use crate::say::say;
use crate::workspace::Workspace;

const QUICK_START: &str = "docs/src/quick-start.md";
const PICTURE: &str = "docs/src/images/sign-in.svg";

/// Pixels: the height of a line, the width of a character, the space around.
const LINE: usize = 19;
const CHARACTER: usize = 8;
const MARGIN: usize = 20;

/// Seconds until the host has printed its hint, the laptop has its tunnel, the answer is there.
const HINT: u8 = 1;
const TUNNEL: u8 = 6;
const ANSWER: u8 = 11;

/// Light and dark, as the reader's browser is set; still for whoever wants no motion.
const STYLE: &str = "
  text { font: 13px ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace; white-space: pre }
  .paper { fill: #fbfaf7; stroke: #e4e0d8 } .rule { stroke: #e4e0d8 }
  text { fill: #1d1b18 } .prompt { fill: #7a746a } .typed { fill: #0f6e63 }
  text { animation: appear 1ms both } @keyframes appear { from { opacity: 0 } }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #141311; stroke: #2f2c28 } .rule { stroke: #2f2c28 }
    text { fill: #edeae3 } .prompt { fill: #8f897e } .typed { fill: #5cc4b3 }
  }
  @media (prefers-reduced-motion: reduce) { text { animation: none } }
";

/// Draws it anew.
pub(crate) async fn run() -> Result<()> {
    let workspace = Workspace::find().await?;
    let guide = fs::read_to_string(workspace.root.join(QUICK_START))
        .with_context(|| format!("could not read `{QUICK_START}`"))?;
    fs::write(workspace.root.join(PICTURE), draw(&guide)?)
        .with_context(|| format!("could not write `{PICTURE}`"))?;
    say!("wrote {PICTURE}");
    Ok(())
}

/// Two terminals, one above the other: the host's and the laptop's.
fn draw(guide: &str) -> Result<String> {
    let hint: Vec<&str> = block(guide, "Signing in to")?.lines().collect();
    let answer: Vec<&str> = block(guide, "Login successful!")?.lines().collect();
    let widest = hint.iter().chain(&answer).map(|line| line.chars().count());
    let width = widest.max().unwrap_or_default() * CHARACTER + 2 * MARGIN;
    let rule = (hint.len() + answer.len() + 1) * LINE + 2 * MARGIN;
    let height = rule + LINE + 2 * MARGIN;

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\">\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" x=\".5\" y=\".5\" width=\"{}\" height=\"{}\" rx=\"10\"/>\n\
         <path class=\"rule\" d=\"M0 {rule}H{width}\"/>\n",
        width - 1,
        height - 1,
    );
    let mut line = |top: usize, at: u8, prompt: &str, text: &str| {
        let baseline = MARGIN + top + 2 * LINE / 3;
        let class = if prompt.is_empty() { "said" } else { "typed" };
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            svg,
            "<text x=\"{MARGIN}\" y=\"{baseline}\" style=\"animation-delay:{at}s\">\
             <tspan class=\"prompt\">{prompt}</tspan><tspan class=\"{class}\">{}</tspan></text>",
            escaped(text),
        );
    };
    line(0, 0, "build7 $ ", block(guide, "hermes auth add")?);
    let said = hint.iter().map(|text| (HINT, text));
    let said = said.chain(answer.iter().map(|text| (ANSWER, text)));
    for (row, (at, text)) in said.enumerate() {
        line((row + 1) * LINE, at, "", text);
    }
    line(rule, TUNNEL, "laptop $ ", block(guide, "ssh -N -L")?);
    svg.push_str("</svg>\n");
    Ok(svg)
}

/// The block of the page that begins so.
fn block<'a>(page: &'a str, begin: &str) -> Result<&'a str> {
    // What is fenced is every second part.
    let mut fenced = page.split("\n```").skip(1).step_by(2);
    let found = fenced.find_map(|part| {
        let (_mark, text) = part.split_once('\n')?;
        text.starts_with(begin).then_some(text)
    });
    found.with_context(|| format!("`{QUICK_START}` has no block that begins with `{begin}`"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn it_shows_what_the_quick_start_shows() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let guide = fs::read_to_string(root.join(QUICK_START)).unwrap();
        let picture = fs::read_to_string(root.join(PICTURE)).unwrap();
        let stale = picture != draw(&guide).unwrap();
        assert!(!stale, "`{PICTURE}` is stale: run `cargo xtask picture`");
    }
}
