//! What the person types: text, a cursor between two characters, and how both stand in lines.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;

use super::wrap;

/// The most bytes that are taken: what a gateway takes of a prompt.
const LIMIT: usize = 1024 * 1024;

/// A text that is being written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Composer {
    text: String,
    /// A byte between two graphemes.
    cursor: usize,
    /// What was cut last.
    cut: String,
    /// The column that Up and Down keep to.
    column: Option<usize>,
}

/// Where the cursor goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motion {
    Left,
    Right,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    Start,
    End,
}

/// A text in lines of a width.
#[derive(Debug)]
pub(super) struct Layout {
    /// Each line as a range of the text.
    pub(super) rows: Vec<Range<usize>>,
    /// The line of the cursor.
    pub(super) row: usize,
    /// Its column.
    pub(super) column: usize,
}

impl Composer {
    /// What is written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// What is before the cursor.
    pub(super) fn before(&self) -> &str {
        &self.text[..self.cursor]
    }

    /// Whether nothing is written.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Puts another text in its place, with the cursor behind it.
    pub(super) fn set(&mut self, text: &str) {
        self.text.clear();
        self.cursor = 0;
        self.insert(text);
    }

    /// Takes the text away.
    pub(super) fn take(&mut self) -> String {
        self.cursor = 0;
        self.column = None;
        std::mem::take(&mut self.text)
    }

    /// Writes at the cursor. Line ends of any kind are line feeds, and other control characters but
    /// tabs are no text.
    pub(super) fn insert(&mut self, text: &str) {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let mut text: String = text
            .chars()
            .filter(|ch| matches!(ch, '\n' | '\t') || !ch.is_control())
            .collect();
        let mut room = LIMIT.saturating_sub(self.text.len()).min(text.len());
        while !text.is_char_boundary(room) {
            room -= 1;
        }
        text.truncate(room);
        self.text.insert_str(self.cursor, &text);
        self.cursor += text.len();
        // What was typed may have joined what is behind it.
        self.cursor = self.boundary_at(self.cursor);
        self.column = None;
    }

    /// Writes in place of what stands between there and the cursor.
    pub(super) fn replace(&mut self, from: usize, text: &str) {
        if from <= self.cursor && self.text.is_char_boundary(from) {
            self.text.drain(from..self.cursor);
            self.cursor = from;
        }
        self.insert(text);
    }

    /// Takes away what is between the cursor and where the motion leads.
    pub(super) fn delete(&mut self, motion: Motion) {
        let to = self.target(motion);
        let range = self.cursor.min(to)..self.cursor.max(to);
        if range.is_empty() {
            return;
        }
        self.cursor = range.start;
        let gone: String = self.text.drain(range).collect();
        if !matches!(motion, Motion::Left | Motion::Right) {
            self.cut = gone;
        }
        self.column = None;
    }

    /// Writes what was cut last.
    pub(super) fn paste_cut(&mut self) {
        self.insert(&self.cut.clone());
    }

    /// Moves the cursor.
    pub(super) fn go(&mut self, motion: Motion) {
        self.cursor = self.target(motion);
        self.column = None;
    }

    /// Moves the cursor a line up; `false` if it is in the first one.
    pub(super) fn up(&mut self, width: usize) -> bool {
        self.vertical(width, |row| row.checked_sub(1))
    }

    /// Moves the cursor a line down; `false` if it is in the last one.
    pub(super) fn down(&mut self, width: usize) -> bool {
        self.vertical(width, |row| Some(row + 1))
    }

    /// The text in lines of this width, as they stand on the screen.
    pub(super) fn layout(&self, width: usize) -> Layout {
        let width = width.max(2);
        let mut rows = Vec::new();
        let mut begin = 0;
        for line in self.text.split('\n') {
            let end = begin + line.len();
            rows.extend(self.broken(begin..end, width));
            begin = end + 1;
        }
        // At the end of a line that is broken, the cursor is at the beginning of the next.
        let row = rows.iter().rposition(|row| row.start <= self.cursor);
        let row = row.unwrap_or(0);
        let before = rows
            .get(row)
            .map_or("", |row| &self.text[row.start..self.cursor]);
        let column = shown_width(before);
        Layout { rows, row, column }
    }

    fn broken(&self, line: Range<usize>, width: usize) -> Vec<Range<usize>> {
        let (mut rows, mut start, mut used) = (Vec::new(), line.start, 0);
        let mut gap = None;
        for (at, grapheme) in self.text[line.clone()].grapheme_indices(true) {
            let at = line.start + at;
            let wide = shown_width(grapheme);
            // The last column is the cursor's, which stands behind what is typed.
            if used + wide >= width && at > start {
                let end = gap.filter(|gap| *gap > start).unwrap_or(at);
                rows.push(start..end);
                used = shown_width(&self.text[end..at]);
                start = end;
                gap = None;
            }
            used += wide;
            if grapheme == " " {
                gap = Some(at + 1);
            }
        }
        rows.push(start..line.end);
        rows
    }

    fn vertical(&mut self, width: usize, to: impl Fn(usize) -> Option<usize>) -> bool {
        let layout = self.layout(width);
        let Some(row) = to(layout.row).and_then(|row| layout.rows.get(row)) else {
            return false;
        };
        let wanted = self.column.unwrap_or(layout.column);
        let mut column = 0;
        let mut cursor = row.start;
        for (at, grapheme) in self.text[row.clone()].grapheme_indices(true) {
            if column >= wanted {
                break;
            }
            column += shown_width(grapheme);
            cursor = row.start + at + grapheme.len();
        }
        // The end of a broken line is the beginning of the next one.
        let is_broken = self.text[row.end..]
            .chars()
            .next()
            .is_some_and(|ch| ch != '\n');
        if cursor == row.end && is_broken && cursor > row.start {
            let last = self.text[row.clone()].graphemes(true).next_back();
            cursor -= last.map_or(0, str::len);
        }
        self.cursor = cursor;
        self.column = Some(wanted);
        true
    }

    fn target(&self, motion: Motion) -> usize {
        let (before, after) = self.text.split_at(self.cursor);
        match motion {
            Motion::Left => {
                let last = before.graphemes(true).next_back();
                self.cursor - last.map_or(0, str::len)
            }
            Motion::Right => self.cursor + after.graphemes(true).next().map_or(0, str::len),
            Motion::WordLeft => {
                let words = before.trim_end_matches(|ch: char| !ch.is_alphanumeric());
                words.trim_end_matches(char::is_alphanumeric).len()
            }
            Motion::WordRight => {
                let word = after.trim_start_matches(|ch: char| !ch.is_alphanumeric());
                let rest = word.trim_start_matches(char::is_alphanumeric);
                self.text.len() - rest.len()
            }
            Motion::LineStart => before.rfind('\n').map_or(0, |at| at + 1),
            Motion::LineEnd => after
                .find('\n')
                .map_or(self.text.len(), |at| self.cursor + at),
            Motion::Start => 0,
            Motion::End => self.text.len(),
        }
    }

    /// The first boundary of graphemes at or behind this byte.
    fn boundary_at(&self, byte: usize) -> usize {
        let boundaries = self.text.grapheme_indices(true).map(|(at, _)| at);
        let mut rest = boundaries.skip_while(|at| *at < byte);
        rest.next().unwrap_or(self.text.len())
    }
}

/// How wide a piece of a line is, as it is shown.
fn shown_width(text: &str) -> usize {
    // Nearly every text, and it is asked for each character.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return text.len();
    }
    wrap::width(&wrap::one_line(text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn composer(text: &str) -> Composer {
        let mut composer = Composer::default();
        composer.set(text);
        composer
    }

    fn rows(composer: &Composer, width: usize) -> Vec<&str> {
        let rows = composer.layout(width).rows;
        rows.into_iter().map(|row| &composer.text()[row]).collect()
    }

    #[test]
    fn what_a_person_takes_for_a_character_goes_as_one() {
        let mut composer = composer("e\u{301}👨‍👩‍👧日");
        composer.delete(Motion::Left);
        assert_eq!(composer.text(), "e\u{301}👨‍👩‍👧");
        composer.delete(Motion::Left);
        assert_eq!(composer.text(), "e\u{301}");
        composer.go(Motion::Left);
        assert_eq!(composer.before(), "");
        composer.delete(Motion::Right);
        assert!(composer.is_empty());
    }

    #[test]
    fn words_and_lines_are_cut_and_come_back() {
        let mut composer = composer("one two\nthree four");
        composer.delete(Motion::WordLeft);
        assert_eq!(composer.text(), "one two\nthree ");
        composer.paste_cut();
        assert_eq!(composer.text(), "one two\nthree four");
        composer.delete(Motion::LineStart);
        assert_eq!(composer.text(), "one two\n");
        composer.go(Motion::Start);
        composer.delete(Motion::WordRight);
        assert_eq!(composer.text(), " two\n");
        composer.delete(Motion::LineEnd);
        assert_eq!(composer.text(), "\n");
    }

    #[test]
    fn long_lines_are_broken_between_words() {
        let composer = composer("one two three\n\nlonglonglong");
        assert_eq!(
            rows(&composer, 9),
            ["one two ", "three", "", "longlong", "long"]
        );
        let layout = composer.layout(9);
        assert_eq!((layout.row, layout.column), (4, 4));
    }

    #[test]
    fn up_and_down_keep_to_their_column() {
        let mut composer = composer("abcdef\nab\nabcdef");
        assert!(composer.up(80));
        assert_eq!(composer.before(), "abcdef\nab");
        assert!(composer.up(80));
        assert_eq!(composer.before(), "abcdef");
        assert!(!composer.up(80));
        assert!(composer.down(80) && composer.down(80) && !composer.down(80));
        assert_eq!(composer.before(), composer.text());
    }

    #[test]
    fn what_is_pasted_has_line_feeds_and_no_other_control() {
        let composer = composer("a\r\nb\rc\u{1b}[2J\td");
        assert_eq!(composer.text(), "a\nb\nc[2J\td");
    }

    proptest! {
        #[test]
        fn nothing_done_to_a_text_breaks_it(
            text in "[ab 日👨\u{200d}\u{301}\n\t]{0,30}",
            steps in prop::collection::vec(0usize..14, 0..30),
            width in 2usize..20,
        ) {
            let mut composer = composer(&text);
            for step in steps {
                match step {
                    0 => composer.go(Motion::Left),
                    1 => composer.go(Motion::Right),
                    2 => composer.go(Motion::WordLeft),
                    3 => composer.go(Motion::WordRight),
                    4 => composer.delete(Motion::Left),
                    5 => composer.delete(Motion::Right),
                    6 => composer.delete(Motion::WordLeft),
                    7 => composer.delete(Motion::LineEnd),
                    8 => composer.go(Motion::LineStart),
                    9 => composer.go(Motion::End),
                    10 => { composer.up(width); }
                    11 => { composer.down(width); }
                    12 => composer.insert("\u{301}"),
                    _ => composer.insert("x\n"),
                }
                let layout = composer.layout(width);
                prop_assert!(layout.row < layout.rows.len());
                let shown: String = layout.rows.iter().map(|row| &composer.text[row.clone()]).collect();
                prop_assert_eq!(shown, composer.text.replace('\n', ""));
            }
        }
    }
}
