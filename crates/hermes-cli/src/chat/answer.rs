//! An answer while it comes: what of it is finished, and what may still change.

use ratatui_core::text::Line;

use super::{
    block::Block,
    ink::PLAIN,
    markdown::{self, Part},
    model::Form,
    wrap,
};

/// An answer, as far as it came.
#[derive(Debug)]
pub(super) struct Answer {
    form: Form,
    /// What came, free of what a terminal acts on.
    text: String,
    /// How much of it has been printed.
    printed: usize,
    /// How much of it was looked through for the ends of blocks.
    searched: usize,
    /// Whether lines have been printed, from which the next block is set off.
    is_begun: bool,
}

impl Answer {
    /// An answer of which nothing has come.
    pub(super) const fn new(form: Form) -> Self {
        Self {
            form,
            text: String::new(),
            printed: 0,
            searched: 0,
            is_begun: false,
        }
    }

    /// Whether a part of it has been printed.
    pub(super) const fn is_begun(&self) -> bool {
        self.is_begun
    }

    /// More of it.
    pub(super) fn push(&mut self, text: &str) {
        self.text.push_str(&hermes_secret::visible_lines(text));
    }

    /// What came.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Takes the whole answer in, as it is told at the end: what did not come before is in it.
    pub(super) fn complete(&mut self, whole: &str) {
        let whole = hermes_secret::visible_lines(whole);
        match whole.strip_prefix(&self.text) {
            Some(rest) => self.text.push_str(rest),
            None if self.printed == 0 && !whole.is_empty() => {
                (self.text, self.searched) = (whole.into_owned(), 0);
            }
            // What was printed stays; another text in its place would contradict it.
            None => {}
        }
    }

    /// What is finished since the last call. Where another block has begun, those before it are; and
    /// only whole lines tell that one has.
    pub(super) fn finished(&mut self, width: usize) -> Block {
        let nothing = Block::of_lines(Vec::new(), width);
        let open = &self.text[self.printed..];
        let whole = open.rfind('\n').map_or(0, |at| at + 1);
        if self.printed + whole <= self.searched {
            return nothing;
        }
        self.searched = self.printed + whole;
        let open = &open[..whole];
        if self.form == Form::Lines {
            let block = Block::of_lines(as_written(open), width);
            self.printed += whole;
            self.is_begun |= !block.is_empty();
            return block;
        }
        let mut parts = markdown::parts(open);
        // The last block may go on, and what is behind it may become part of it.
        let last = parts
            .iter()
            .rposition(|part| matches!(part, Part::Block(_)));
        parts.truncate(last.unwrap_or(0));
        let Some(end) = parts.last().map(|part| part.range().end) else {
            return nothing;
        };
        let block = Block::markdown(&open[..end], parts, self.is_begun, width);
        self.printed += end;
        self.is_begun |= !block.is_empty();
        block
    }

    /// What may still change.
    pub(super) fn tail(&self, width: usize) -> Block {
        let open = &self.text[self.printed..];
        if self.form == Form::Lines {
            return Block::of_lines(as_written(open), width);
        }
        Block::markdown(open, markdown::parts(open), self.is_begun, width)
    }

    /// All that was not printed yet, now that nothing follows.
    pub(super) fn rest(&mut self, width: usize) -> Block {
        let block = self.tail(width);
        self.printed = self.text.len();
        self.is_begun |= !block.is_empty();
        block
    }
}

fn as_written(text: &str) -> Vec<Line<'static>> {
    let lines = text.lines();
    lines
        .map(|line| Line::from(wrap::span(line, PLAIN)))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::chat::markdown::lines;

    const EVERYTHING: &str = "# Title\n\nOne *two* **three** `four`,\nand [a link](http://x.test).\n\
        \n- a\n- b\n  1. c\n\n     d\n- e\n\nSetext\n---\n> quoted\n> - list\n\n```rust\nfn main() {}\n\n\
        // end\n```\n\n| a | b |\n|---|--:|\n| 1 | 日本 |\n\n[ref]: http://x.test\n\nlast [ref]\n    \
        not code\n\n    code\n\n* * *\n<div>\nhtml\n</div>\n\ntail";

    /// What is printed of a text that comes in these pieces.
    fn streamed<'a>(pieces: impl IntoIterator<Item = &'a str>, width: usize) -> Vec<Line<'static>> {
        let mut answer = Answer::new(Form::Drawn);
        let mut printed = Vec::new();
        for piece in pieces {
            answer.push(piece);
            printed.extend(answer.finished(width).into_lines());
        }
        printed.extend(answer.rest(width).into_lines());
        printed
    }

    #[test]
    fn however_a_text_is_cut_the_same_is_printed() {
        for width in [40, 80, 200] {
            let whole = lines(EVERYTHING, width);
            for cut in (0..EVERYTHING.len()).filter(|at| EVERYTHING.is_char_boundary(*at)) {
                let (head, tail) = EVERYTHING.split_at(cut);
                assert_eq!(streamed([head, tail], width), whole, "cut at {cut}");
            }
            let letters = EVERYTHING.split_inclusive(|_| true);
            assert_eq!(streamed(letters, width), whole, "letter by letter");
        }
    }

    #[test]
    fn what_is_finished_is_printed_before_the_end() {
        let mut answer = Answer::new(Form::Drawn);
        answer.push("one\n\ntw");
        assert_eq!(
            answer.finished(80).lines(),
            [],
            "`tw` may become anything yet"
        );
        answer.push("o\n");
        assert_eq!(answer.finished(80).lines(), [Line::from("one")]);
        assert_eq!(
            answer.tail(80).lines(),
            [Line::default(), Line::from("two")]
        );
    }

    #[test]
    fn the_end_brings_what_was_missed_and_contradicts_nothing() {
        let mut answer = Answer::new(Form::Drawn);
        answer.push("one");
        answer.complete("one two");
        assert_eq!(answer.text(), "one two");
        answer.complete("another");
        assert_eq!(answer.text(), "another", "nothing of it was printed");
        answer.rest(80);
        answer.complete("a third");
        assert_eq!(answer.text(), "another");
    }

    proptest! {
        #[test]
        fn any_text_in_any_pieces(
            pieces in prop::collection::vec("[-a#>`|: \n\\[\\]()*1.<&;]{0,12}", 0..12),
            width in 8usize..60,
        ) {
            let whole = lines(&pieces.concat(), width);
            prop_assert_eq!(streamed(pieces.iter().map(String::as_str), width), whole);
        }
    }
}
