//! The last lines of the normal screen, which are drawn again and again; what is finished is printed
//! above them once, and belongs to the terminal from then on.
//!
//! The terminal is never asked where its cursor is. It would answer among the keys, late over a slow
//! line, and not at all where nobody thought of it. So everything here is relative to the first line of
//! the region. For the same reason it is no `Viewport::Inline` of ratatui's, whose height is fixed too.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use ratatui_core::{buffer::Buffer, layout::Rect, style::Style, text::Line};

use super::{
    ground::Ground,
    ink::{Colours, PLAIN},
    wrap,
};

/// What the region is to show.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Frame {
    /// Its lines, none of them wider than the terminal.
    pub(super) lines: Vec<Line<'static>>,
    /// How many of them, at the end, are always shown.
    pub(super) foot: usize,
    /// The column and the line of the cursor; none hides it.
    pub(super) cursor: Option<(u16, u16)>,
}

impl Frame {
    /// The frame in so many lines. Where there is no room for all of it, its end is what is looked at.
    pub(super) fn fitted(mut self, height: usize) -> Self {
        let surplus = self.lines.len().saturating_sub(height);
        let surplus = surplus.min(self.lines.len().saturating_sub(self.foot));
        self.lines.drain(..surplus);
        let surplus = u16::try_from(surplus).unwrap_or(u16::MAX);
        self.cursor = self
            .cursor
            .map(|(column, row)| (column, row.saturating_sub(surplus)));
        self
    }
}

/// What becomes of lines that are wider than a terminal has become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Narrowing {
    /// They are broken, as nearly everywhere.
    Breaks,
    /// They are cut off, as by xterm, screen and the console of Linux.
    Cuts,
}

/// The region, and the terminal that it is at the end of.
#[derive(Debug)]
pub(super) struct Region<W> {
    out: W,
    colours: Colours,
    narrowing: Narrowing,
    width: u16,
    shown: Buffer,
    /// The column and the line where the terminal's cursor is.
    at: (u16, u16),
    is_cursor_shown: bool,
    style: Style,
}

impl<W: Write> Region<W> {
    /// An empty region, which begins where the cursor is.
    pub(super) fn new(out: W, colours: Colours, narrowing: Narrowing, width: u16) -> Self {
        Self {
            out,
            colours,
            narrowing,
            width,
            shown: Buffer::empty(Rect::new(0, 0, width, 0)),
            at: (0, 0),
            is_cursor_shown: true,
            style: PLAIN,
        }
    }

    /// Prints these lines above the region, and shows the frame in it. Where nothing differs, nothing
    /// is written.
    pub(super) fn draw(&mut self, above: &[Line<'_>], frame: &Frame) -> io::Result<()> {
        let mut bytes = String::new();
        if !above.is_empty() {
            self.wipe(&mut bytes);
            for line in above {
                self.print(&mut bytes, line);
            }
        }
        self.change(&mut bytes, frame);
        self.place_cursor(&mut bytes, frame.cursor);
        if bytes.is_empty() {
            return Ok(());
        }
        self.send(&format!("\x1b[?2026h{bytes}\x1b[?2026l"))
    }

    /// Takes the region away. What is written next stands in its place.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        let mut bytes = String::new();
        self.wipe(&mut bytes);
        self.place_cursor(&mut bytes, Some((0, 0)));
        self.send(&bytes)
    }

    /// Sends something to the terminal that moves nothing.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.out.write_all(sequence.as_bytes())?;
        self.out.flush()
    }

    /// Takes in that the terminal is this wide now: the next frame is drawn from nothing.
    pub(super) fn resize(&mut self, width: u16) -> io::Result<()> {
        if width == self.width || width == 0 {
            return Ok(());
        }
        if self.narrowing == Narrowing::Breaks && width < self.width {
            let rows = 0..self.at.1;
            let broken = rows.map(|row| used(&self.shown, row).div_ceil(width).max(1));
            self.at.1 = broken.sum::<u16>() + self.at.0 / width;
        }
        let mut bytes = String::new();
        self.wipe(&mut bytes);
        self.width = width;
        self.shown = Buffer::empty(Rect::new(0, 0, width, 0));
        self.send(&bytes)
    }

    /// Begins at the first cell of a screen of this width, on which nothing is to stay.
    pub(super) fn begin(&mut self, width: u16) -> io::Result<()> {
        self.width = width;
        self.shown = Buffer::empty(Rect::new(0, 0, width, 0));
        (self.at, self.style, self.is_cursor_shown) = ((0, 0), PLAIN, true);
        self.send("\x1b[0m\x1b[?25h\x1b[H\x1b[2J")
    }

    /// Takes in what is behind the text: the next frame is drawn from nothing.
    pub(super) fn set_ground(&mut self, ground: Ground) -> io::Result<()> {
        let colours = self.colours.on(ground);
        if colours == self.colours {
            return Ok(());
        }
        let mut bytes = String::new();
        if self.shown.area.height > 0 {
            self.wipe(&mut bytes);
        }
        self.colours = colours;
        self.send(&bytes)
    }

    fn wipe(&mut self, bytes: &mut String) {
        self.go(bytes, 0, 0);
        if self.shown.area.height > 1 {
            // Not all of it at once: tmux takes what is cleared from the first line of a screen for
            // something that was read, and keeps it.
            bytes.push_str("\x1b[K");
            self.go(bytes, 0, 1);
            bytes.push_str("\x1b[J");
            self.go(bytes, 0, 0);
        } else {
            bytes.push_str("\x1b[J");
        }
        self.shown.resize(Rect::new(0, 0, self.width, 0));
    }

    fn print(&mut self, bytes: &mut String, line: &Line<'_>) {
        for span in &line.spans {
            self.put_on(bytes, line.style.patch(span.style));
            bytes.push_str(&span.content);
        }
        self.put_on(bytes, PLAIN);
        bytes.push_str("\r\n");
    }

    fn change(&mut self, bytes: &mut String, frame: &Frame) {
        let height = u16::try_from(frame.lines.len()).unwrap_or(u16::MAX);
        let area = Rect::new(0, 0, self.width, height);
        let mut next = Buffer::empty(area);
        for (row, line) in (0..height).zip(&frame.lines) {
            next.set_line(0, row, line, self.width);
        }
        if height < self.shown.area.height {
            self.go(bytes, 0, height);
            bytes.push_str("\x1b[J");
        }
        let mut shown = std::mem::replace(&mut self.shown, Buffer::empty(area));
        // Lines that are new are empty so far, and those that are gone were cleared.
        let former = shown.area.height;
        shown.resize(area);
        for row in 0..height {
            let (before, after) = (used(&shown, row), used(&next, row));
            if row >= former {
                // It has to be there, be it empty.
                self.go(bytes, 0, row);
            }
            if after < before {
                self.go(bytes, after, row);
                self.put_on(bytes, PLAIN);
                bytes.push_str("\x1b[K");
            }
        }
        for (column, row, cell) in shown.diff(&next) {
            if column >= used(&next, row) {
                continue;
            }
            self.go(bytes, column, row);
            self.put_on(bytes, cell.style());
            bytes.push_str(cell.symbol());
            let wide = u16::try_from(wrap::width(cell.symbol())).unwrap_or(1);
            self.at.0 = column + wide.max(1);
        }
        self.put_on(bytes, PLAIN);
        self.shown = next;
    }

    fn place_cursor(&mut self, bytes: &mut String, cursor: Option<(u16, u16)>) {
        if let Some((column, row)) = cursor {
            self.go(bytes, column.min(self.width.saturating_sub(1)), row);
        }
        if cursor.is_some() != self.is_cursor_shown {
            self.is_cursor_shown = cursor.is_some();
            bytes.push_str(match cursor {
                Some(_) => "\x1b[?25h",
                None => "\x1b[?25l",
            });
        }
    }

    fn go(&mut self, bytes: &mut String, column: u16, row: u16) {
        // Writing to a `String` cannot fail.
        if row < self.at.1 {
            let _ = write!(bytes, "\x1b[{}A", self.at.1 - row);
        }
        // A line feed makes the line where there is none yet.
        let down = usize::from(row.saturating_sub(self.at.1));
        bytes.push_str(&"\n".repeat(down));
        // Behind the last column a terminal is in doubt where its cursor is.
        if column != self.at.0 || column >= self.width || row != self.at.1 {
            match column {
                0 => bytes.push('\r'),
                _ => {
                    let _ = write!(bytes, "\x1b[{}G", column + 1);
                }
            }
        }
        self.at = (column, row);
    }

    fn put_on(&mut self, bytes: &mut String, style: Style) {
        let (now, next) = (
            self.colours.sequence(self.style),
            self.colours.sequence(style),
        );
        if now != next {
            bytes.push_str(&next);
        }
        self.style = style;
    }
}

/// How many columns of a line are not blank.
fn used(buffer: &Buffer, row: u16) -> u16 {
    let columns = 0..buffer.area.width;
    let blank = |column: &u16| {
        let cell = buffer.cell((*column, row));
        cell.is_none_or(|cell| cell.symbol() == " " && cell.modifier.is_empty())
    };
    let last = columns.rev().find(|column| !blank(column));
    last.map_or(0, |last| {
        let wide = buffer
            .cell((last, row))
            .map_or(1, |cell| wrap::width(cell.symbol()));
        last + u16::try_from(wide).unwrap_or(1).max(1)
    })
}

#[cfg(test)]
impl Region<Vec<u8>> {
    /// What was sent since the last call.
    pub(super) fn take_sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Screen {
        terminal: avt::Vt,
        region: Region<Vec<u8>>,
    }

    impl Screen {
        fn new(columns: u16, rows: u16) -> Self {
            let narrowing = Narrowing::Breaks;
            Self {
                terminal: avt::Vt::new(columns.into(), rows.into()),
                region: Region::new(
                    Vec::new(),
                    Colours::Sixteen(Ground::Dark),
                    narrowing,
                    columns,
                ),
            }
        }

        /// What the terminal was sent.
        fn sent(&mut self) -> String {
            let bytes = self.region.take_sent();
            let text = String::from_utf8(bytes).unwrap();
            self.terminal.feed_str(&text);
            text
        }

        fn draw(&mut self, above: &[&str], lines: &[&str], cursor: (u16, u16)) -> String {
            let line = |text: &&str| Line::from((*text).to_owned());
            let above: Vec<_> = above.iter().map(line).collect();
            let frame = Frame {
                lines: lines.iter().map(line).collect(),
                foot: lines.len(),
                cursor: Some(cursor),
            };
            self.region.draw(&above, &frame).unwrap();
            self.sent()
        }

        fn text(&self) -> Vec<String> {
            let mut text: Vec<_> = self.terminal.lines().map(avt::Line::text).collect();
            let kept = text.iter().rposition(|line| !line.trim().is_empty());
            text.truncate(kept.map_or(0, |at| at + 1));
            text.iter().map(|line| line.trim_end().to_owned()).collect()
        }
    }

    #[test]
    fn what_is_printed_stays_and_the_region_moves_down() {
        let mut screen = Screen::new(20, 5);
        screen.draw(&[], &["> ", "state"], (2, 0));
        assert_eq!(screen.text(), [">", "state"]);
        for index in 0..6 {
            let line = format!("line {index}");
            screen.draw(&[&line], &["> typed", "", "state"], (7, 0));
        }
        let all = [
            "line 0", "line 1", "line 2", "line 3", "line 4", "line 5", "> typed", "", "state",
        ];
        assert_eq!(screen.text(), all);
        let cursor = screen.terminal.cursor();
        assert_eq!((cursor.col, cursor.row), (7, 2));
        screen.draw(&[], &["state"], (0, 0));
        assert_eq!(screen.text().last().unwrap(), "state");
        screen.region.clear().unwrap();
        screen.sent();
        assert_eq!(screen.text(), &all[..6]);
    }

    #[test]
    fn only_what_differs_is_written() {
        let mut screen = Screen::new(20, 5);
        screen.draw(&[], &["one two", "state 1"], (0, 0));
        assert_eq!(screen.draw(&[], &["one two", "state 1"], (0, 0)), "");
        let sent = screen.draw(&[], &["one two", "state 2"], (0, 0));
        assert_eq!(sent, "\x1b[?2026h\n\x1b[7G2\x1b[1A\r\x1b[?2026l");
        screen.draw(&[], &["on", "state 2"], (2, 0));
        assert_eq!(screen.text(), ["on", "state 2"]);
        screen.draw(&[], &["日本語", "state 2"], (2, 0));
        screen.draw(&[], &["日x", "state 2"], (2, 0));
        assert_eq!(screen.text(), ["日x", "state 2"]);
    }

    #[test]
    fn a_terminal_that_becomes_narrow_or_wide_keeps_what_was_printed() {
        let mut screen = Screen::new(40, 8);
        let long = "a line of the region that is forty wide.";
        let printed = ["1", "2", "3", "4", "5", "6", "7", "8"];
        screen.draw(&printed, &["", long, "> typed"], (7, 2));
        for columns in [30, 12, 25, 60] {
            screen.terminal.resize(columns.into(), 8);
            screen.region.resize(columns).unwrap();
            screen.sent();
            let state = &long[..usize::from(columns).min(40)];
            screen.draw(&[], &["", state, "> typed"], (7, 2));
            let shown = ["", state.trim_end(), "> typed"];
            assert_eq!(screen.text(), [&printed[..], &shown].concat(), "{columns}");
        }
    }

    #[test]
    fn a_full_line_and_a_cursor_behind_it_are_no_trouble() {
        let mut screen = Screen::new(10, 4);
        screen.draw(&["0123456789"], &["abcdefghij", "klmnopqrst"], (10, 0));
        screen.draw(&[], &["abcdefghiX", "klmnopqrsY"], (10, 1));
        assert_eq!(screen.text(), ["0123456789", "abcdefghiX", "klmnopqrsY"]);
    }
}
