use std::ops::Range;

use hermes_storage::SNIPPET_LIMIT;

/// What SQLite is told to put before and after what was found: signs that no text has that is kept.
const MARKS: [char; 2] = ['\u{2}', '\u{3}'];

/// So many characters before the first mark are kept of a snippet that is too long.
const BEFORE: usize = 40;

/// Some words of a text, and where in them is what was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snippet {
    pub(super) text: String,
    pub(super) marks: Vec<Range<usize>>,
}

impl Snippet {
    /// Reads what SQLite answered.
    pub(super) fn read(answer: &str) -> Self {
        let mut text = String::with_capacity(answer.len());
        let mut marks = Vec::new();
        for (n, part) in answer.split(MARKS).enumerate() {
            let start = text.len();
            text.push_str(part);
            if n % 2 == 1 {
                marks.push(start..text.len());
            }
        }
        Self { text, marks }.cut()
    }

    /// Bounds it: SQLite counts words, and one word may be as long as a text.
    fn cut(self) -> Self {
        if self.text.chars().count() <= SNIPPET_LIMIT {
            return self;
        }
        let first = self.marks.first().map_or(0, |mark| mark.start);
        let before = self.text.get(..first).unwrap_or_default().char_indices();
        let start = before
            .rev()
            .take(BEFORE)
            .last()
            .map_or(0, |(start, _)| start);
        let rest = self.text.get(start..).unwrap_or_default();
        let end = rest.char_indices().nth(SNIPPET_LIMIT);
        let end = end.map_or(rest.len(), |(end, _)| end);
        let head = if start > 0 { "…" } else { "" };
        let tail = if end < rest.len() { "…" } else { "" };
        let kept = rest.get(..end).unwrap_or_default();
        let moved = |place: usize| place.saturating_sub(start).min(end) + head.len();
        let marks = self.marks.iter();
        let marks = marks.map(|mark| moved(mark.start)..moved(mark.end));
        Self {
            marks: marks.filter(|mark| !mark.is_empty()).collect(),
            text: format!("{head}{kept}{tail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(snippet: &Snippet) -> Vec<&str> {
        let marks = snippet.marks.iter().cloned();
        marks.map(|mark| &snippet.text[mark]).collect()
    }

    #[test]
    fn marks_become_ranges() {
        let snippet = Snippet::read("…the \u{2}rote Bär\u{3} and \u{2}ä\u{3}");
        assert_eq!(snippet.text, "…the rote Bär and ä");
        assert_eq!(marked(&snippet), ["rote Bär", "ä"]);
        assert_eq!(Snippet::read("").marks, []);
    }

    #[test]
    fn a_snippet_is_bounded_around_what_was_found() {
        let long = "ä".repeat(900);
        let found = Snippet::read(&format!("{long}\u{2}bär\u{3} {long}\u{2}x\u{3}"));
        assert_eq!(found.text.chars().count(), SNIPPET_LIMIT + 2);
        assert_eq!(marked(&found), ["bär"]);
        let before = format!("…{}bär ä", "ä".repeat(BEFORE));
        assert!(found.text.starts_with(&before) && found.text.ends_with("ä…"));
        let all = Snippet::read(&format!("\u{2}{long}\u{3}"));
        assert_eq!(marked(&all), ["ä".repeat(SNIPPET_LIMIT)]);
        assert_eq!(all.text.chars().count(), SNIPPET_LIMIT + 1);
    }
}
