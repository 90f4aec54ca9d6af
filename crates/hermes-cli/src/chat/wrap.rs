//! Text in lines of a width, broken between words, or within one that is longer than a line.

use std::borrow::Cow;

use hermes_secret::visible_lines;
use ratatui_core::{
    style::Style,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

/// The narrowest that text is laid out for.
pub(super) const NARROWEST: usize = 8;

/// The width of a tab.
const TAB: &str = "    ";

/// A stranger's text as one piece of a line: nothing in it moves the cursor.
pub(super) fn span(text: &str, style: Style) -> Span<'static> {
    Span::styled(one_line(text), style)
}

/// A stranger's text without what a terminal acts on, on one line.
pub(super) fn one_line(text: &str) -> String {
    visible_lines(text).replace('\n', " ").replace('\t', TAB)
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// How many columns a line takes.
pub(super) fn line_width(line: &Line<'_>) -> usize {
    line.spans.iter().map(|span| width(&span.content)).sum()
}

/// What a text begins with, in at most so many columns; an ellipsis stands for the rest.
pub(super) fn shortened(text: &str, limit: usize) -> Cow<'_, str> {
    if width(text) <= limit {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 1;
    for grapheme in text.graphemes(true) {
        used += width(grapheme);
        if used > limit {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.push('…');
    Cow::Owned(kept)
}

/// What a line begins with, in at most so many columns.
pub(super) fn cut(line: Line<'static>, limit: usize) -> Line<'static> {
    if line_width(&line) <= limit {
        return line;
    }
    let mut left = limit;
    let mut spans = Vec::new();
    for span in line.spans {
        let text = shortened(&span.content, left).into_owned();
        let is_whole = text.len() == span.content.len();
        left = left.saturating_sub(width(&text));
        spans.push(Span::styled(text, span.style));
        if !is_whole || left == 0 {
            break;
        }
    }
    Line::from(spans)
}

/// One thing that a person takes for a character.
struct Piece<'a> {
    text: &'a str,
    width: usize,
    style: Style,
}

/// The text in lines of at most this width. A line feed begins another one.
pub(super) fn wrap(spans: &[Span<'_>], width_limit: usize) -> Vec<Line<'static>> {
    let limit = width_limit.max(1);
    let pieces: Vec<_> = spans.iter().flat_map(pieces).collect();
    let mut lines = Vec::new();
    let (mut start, mut at, mut used) = (0, 0, 0);
    // Where a line may end that becomes too long.
    let mut gap = None;
    while let Some(piece) = pieces.get(at) {
        if piece.text == "\n" {
            lines.push(line(&pieces[start..at]));
            at += 1;
            (start, used, gap) = (at, 0, None);
            continue;
        }
        let is_blank = piece.text == " ";
        if used + piece.width > limit && at > start && !is_blank {
            let end = match piece.width {
                2 => at,
                _ => gap.unwrap_or(at),
            };
            lines.push(line(&pieces[start..end]));
            let blanks = pieces[end..].iter().take_while(|one| one.text == " ");
            start = end + blanks.count();
            (at, used, gap) = (start, 0, None);
            continue;
        }
        used += piece.width;
        at += 1;
        if is_blank || piece.width == 2 {
            gap = Some(at);
        }
    }
    lines.push(line(&pieces[start..]));
    lines
}

/// The text in lines of this width, broken just where they are full, as code is.
pub(super) fn chop(text: &str, limit: usize, style: Style) -> Vec<Line<'static>> {
    let (mut lines, mut current, mut used) = (Vec::new(), String::new(), 0);
    for grapheme in text.graphemes(true) {
        let wide = width(grapheme);
        if used + wide > limit && used > 0 {
            lines.push(Line::styled(std::mem::take(&mut current), style));
            used = 0;
        }
        current.push_str(grapheme);
        used += wide;
    }
    lines.push(Line::styled(current, style));
    lines
}

fn pieces<'a>(span: &'a Span<'_>) -> impl Iterator<Item = Piece<'a>> {
    let style = span.style;
    span.content.graphemes(true).map(move |text| Piece {
        text,
        width: width(text),
        style,
    })
}

fn line(pieces: &[Piece<'_>]) -> Line<'static> {
    let blanks = pieces.iter().rev().take_while(|piece| piece.text == " ");
    let kept = pieces.len() - blanks.count();
    let mut spans: Vec<Span<'static>> = Vec::new();
    for piece in &pieces[..kept] {
        match spans.last_mut() {
            Some(last) if last.style == piece.style => last.content.to_mut().push_str(piece.text),
            _ => spans.push(Span::styled(piece.text.to_owned(), piece.style)),
        }
    }
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrapped(text: &str, width: usize) -> Vec<String> {
        let lines = wrap(&[Span::raw(text.to_owned())], width);
        lines.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_end_between_words_and_within_long_ones() {
        assert_eq!(wrapped("one two three", 8), ["one two", "three"]);
        assert_eq!(wrapped("abcdefghij kl", 4), ["abcd", "efgh", "ij", "kl"]);
        assert_eq!(wrapped("a\n\nb", 4), ["a", "", "b"]);
        assert_eq!(wrapped("", 4), [""]);
    }

    #[test]
    fn wide_characters_take_two_columns_and_stay_whole() {
        assert_eq!(wrapped("日本語です", 5), ["日本", "語で", "す"]);
        assert_eq!(wrapped("👨‍👩‍👧👨‍👩‍👧", 3), ["👨‍👩‍👧", "👨‍👩‍👧"]);
        assert_eq!(shortened("日本語", 5), "日本…");
        assert_eq!(shortened("abc", 3), "abc");
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_is_lost(text in "[a-z日 ]{0,80}", limit in 2usize..40) {
            let lines = wrapped(&text, limit);
            prop_assert!(lines.iter().all(|line| width(line) <= limit), "{lines:?}");
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
