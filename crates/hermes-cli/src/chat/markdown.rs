//! Markdown as lines of a width.
//!
//! A text is shown block by block, and each block without the others. So what has come of an answer
//! can be printed while the rest is on its way, and reads as the whole does. The price: a link whose
//! address is defined in another block stands there as it was written, and so does the definition.

mod table;
mod writer;

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser};
use ratatui_core::text::Line;

use self::writer::Writer;
use super::{ink::DIM, wrap};

const OPTIONS: Options = Options::ENABLE_TABLES;

/// The whole text in lines of this width, to compare with what its pieces come to.
#[cfg(test)]
pub(super) fn lines(source: &str, width: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for part in parts(source) {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(part.lines(source, width));
    }
    lines
}

/// A part of a text that is shown for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A block, from the beginning of its first line.
    Block(Range<usize>),
    /// What is between blocks and is none: definitions.
    Between(Range<usize>),
}

impl Part {
    /// Where it is.
    pub(super) const fn range(&self) -> &Range<usize> {
        match self {
            Self::Block(range) | Self::Between(range) => range,
        }
    }

    /// The part in lines of this width.
    pub(super) fn lines(&self, source: &str, width: usize) -> Vec<Line<'static>> {
        let width = width.max(wrap::NARROWEST);
        match self {
            Self::Block(range) => {
                let source = &source[range.clone()];
                Writer::new(width).lines(Parser::new_ext(source, OPTIONS))
            }
            Self::Between(range) => {
                let lines = source[range.clone()].trim().lines();
                let wrapped = lines.map(|line| wrap::wrap(&[wrap::span(line, DIM)], width));
                wrapped.flatten().collect()
            }
        }
    }
}

/// The parts of a text, in their order.
pub(super) fn parts(source: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let between = |parts: &mut Vec<Part>, range: Range<usize>| {
        if !source[range.clone()].trim().is_empty() {
            parts.push(Part::Between(range));
        }
    };
    let mut end = 0;
    let mut depth = 0_usize;
    for (event, range) in Parser::new_ext(source, OPTIONS).into_offset_iter() {
        let is_outermost = depth == 0;
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => {
                depth = depth.saturating_sub(1);
                continue;
            }
            _ => {}
        }
        if !is_outermost {
            continue;
        }
        let begin = source[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let begin = begin.max(end);
        between(&mut parts, end..begin);
        end = range.end.max(begin);
        parts.push(Part::Block(begin..end));
    }
    between(&mut parts, end..source.len());
    parts
}

#[cfg(test)]
mod tests;
