//! What is printed once, kept so that it can stand in lines of another width too.

use ratatui_core::{
    style::Style,
    text::{Line, Span},
};

use super::{
    ink::{ACCENT, BOLD, PLAIN},
    markdown::Part,
    wrap::{self, NARROWEST},
};

/// A piece of what is printed, and its lines.
#[derive(Clone, Debug)]
pub(super) struct Block {
    source: Source,
    width: usize,
    lines: Vec<Line<'static>>,
}

/// What the lines are made of.
#[derive(Clone, Debug)]
enum Source {
    /// Lines, of which those are broken that are too wide.
    Lines(Vec<Line<'static>>),
    /// What somebody asked.
    Prompt(String),
    /// Parts of an answer.
    Markdown {
        text: String,
        parts: Vec<Part>,
        /// Whether more of the answer stands before them.
        follows: bool,
    },
}

impl Block {
    /// Lines as they are, where there is room for them.
    pub(super) fn of_lines(lines: Vec<Line<'static>>, width: usize) -> Self {
        Self::new(Source::Lines(lines), width)
    }

    /// What somebody asked.
    pub(super) fn prompt(text: &str, width: usize) -> Self {
        Self::new(Source::Prompt(text.to_owned()), width)
    }

    /// These parts of a text; whether they follow others, from which they are set off.
    pub(super) fn markdown(text: &str, parts: Vec<Part>, follows: bool, width: usize) -> Self {
        let text = text.to_owned();
        let source = Source::Markdown {
            text,
            parts,
            follows,
        };
        Self::new(source, width)
    }

    fn new(source: Source, width: usize) -> Self {
        Self {
            lines: source.lines(width),
            source,
            width,
        }
    }

    /// Its lines.
    pub(super) fn lines(&self) -> &[Line<'static>] {
        &self.lines
    }

    /// Its lines, for whoever keeps no more than those.
    pub(super) fn into_lines(self) -> Vec<Line<'static>> {
        self.lines
    }

    /// Whether there is nothing in it.
    pub(super) const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Whether its last line is blank.
    pub(super) fn ends_blank(&self) -> bool {
        let last = self.lines.last();
        last.is_some_and(|line| line.spans.iter().all(|span| span.content.is_empty()))
    }

    /// Lays it out for this width.
    pub(super) fn resize(&mut self, width: usize) {
        if width != self.width {
            self.lines = self.source.lines(width);
            self.width = width;
        }
    }
}

impl Source {
    fn lines(&self, width: usize) -> Vec<Line<'static>> {
        match self {
            Self::Lines(lines) => lines.iter().flat_map(|line| broken(line, width)).collect(),
            Self::Prompt(text) => {
                let mark = Span::styled("› ", ACCENT.patch(BOLD));
                marked(mark, text, PLAIN, width)
            }
            Self::Markdown {
                text,
                parts,
                follows,
            } => {
                let mut lines = Vec::new();
                for part in parts {
                    if *follows || !lines.is_empty() {
                        lines.push(Line::default());
                    }
                    lines.extend(part.lines(text, width));
                }
                lines
            }
        }
    }
}

fn broken(line: &Line<'static>, width: usize) -> Vec<Line<'static>> {
    if wrap::line_width(line) <= width {
        return vec![line.clone()];
    }
    let spans = line.spans.iter().cloned();
    let spans: Vec<_> = spans.map(|span| span.patch_style(line.style)).collect();
    wrap::wrap(&spans, width)
}

/// A text with a mark before its first line, and as much room before the others.
fn marked(mark: Span<'static>, text: &str, style: Style, width: usize) -> Vec<Line<'static>> {
    let indent = wrap::width(&mark.content);
    let room = width.saturating_sub(indent).max(NARROWEST);
    let text = hermes_secret::visible_lines(text);
    let lines = text.trim_end().split('\n');
    let lines = lines.flat_map(|line| wrap::wrap(&[wrap::span(line, style)], room));
    let mut mark = Some(mark);
    let lines = lines.map(|mut line| {
        let before = mark.take().unwrap_or_else(|| Span::raw(" ".repeat(indent)));
        if !line.spans.is_empty() {
            line.spans.insert(0, before);
        }
        line
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{ink::DIM, markdown};

    fn text(block: &Block) -> Vec<String> {
        block.lines().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_kind_stands_in_another_width() {
        let mut prompt = Block::prompt("one two three", 80);
        prompt.resize(10);
        assert_eq!(text(&prompt), ["› one two", "  three"]);
        let source = "- one two three\n";
        let mut answer = Block::markdown(source, markdown::parts(source), true, 80);
        answer.resize(10);
        assert_eq!(text(&answer), ["", "• one two", "  three"]);
        let line = Line::styled("one two three", DIM);
        let mut lines = Block::of_lines(vec![line, Line::default()], 80);
        lines.resize(10);
        assert_eq!(text(&lines), ["one two", "three", ""]);
        assert_eq!(lines.lines()[1].spans[0].style, DIM);
        lines.resize(80);
        assert_eq!(text(&lines), ["one two three", ""]);
        assert!(lines.ends_blank() && !prompt.ends_blank());
    }
}
