//! The whole of the alternate screen: the conversation, in which the chat scrolls, and the foot below it.
//! It is drawn as the region is that stands at the end of the normal screen; this one is as high as the
//! terminal, and what is printed above the other is kept here.

use std::{
    collections::VecDeque,
    io::{self, Write},
};

use ratatui_core::text::Line;

use super::{
    block::Block,
    model::Scroll,
    region::{Frame, Region},
};

/// The most lines that are kept. Beyond them the oldest block goes; the newest stays however long it is.
const KEPT: usize = 20_000;

/// The conversation as far as it is kept, and the part of it that is looked at.
#[derive(Debug)]
pub(super) struct Page<W> {
    region: Region<W>,
    width: u16,
    height: u16,
    blocks: VecDeque<Block>,
    /// How many blocks were kept once and are no more.
    gone: usize,
    /// How many lines the blocks have.
    count: usize,
    /// The first line that is shown to whoever has scrolled; the others see the end.
    top: Option<Spot>,
    /// Where the end begins at the earliest: what is before was cleared away.
    floor: Spot,
    /// What of the last frame may change or scroll.
    last: Extents,
}

/// A line, wherever lines are broken: a block, counted from the first that was kept, and a line of it.
#[derive(Clone, Copy, Debug, Default)]
struct Spot {
    block: usize,
    line: usize,
}

/// How many lines there are, and how many of them are shown.
#[derive(Clone, Copy, Debug, Default)]
struct Extents {
    total: usize,
    view: usize,
}

impl<W: Write> Page<W> {
    /// A page of this size on a region that is as wide.
    pub(super) fn new(region: Region<W>, width: u16, height: u16) -> Self {
        Self {
            region,
            width,
            height,
            blocks: VecDeque::new(),
            gone: 0,
            count: 0,
            top: None,
            floor: Spot::default(),
            last: Extents::default(),
        }
    }

    /// Keeps these blocks below those that there are.
    pub(super) fn keep(&mut self, blocks: Vec<Block>) {
        for mut block in blocks {
            block.resize(self.width.into());
            self.count += block.lines().len();
            self.blocks.push_back(block);
        }
        self.forget();
    }

    /// How many lines would be below those that are shown with this frame.
    pub(super) fn below(&self, frame: &Frame) -> usize {
        let extents = self.extents(frame);
        let shown = self.start(extents) + extents.view;
        match self.top {
            Some(_) => extents.total.saturating_sub(shown),
            None => 0,
        }
    }

    /// Shows the frame, and above its foot what is looked at.
    pub(super) fn draw(&mut self, mut frame: Frame) -> io::Result<()> {
        let extents = self.extents(&frame);
        let start = self.start(extents);
        let foot = frame.lines.split_off(frame.lines.len() - frame.foot);
        let live = frame.lines;
        let (cursor, view) = (frame.cursor, extents.view);
        let kept = self.blocks.iter().flat_map(Block::lines);
        let mut lines: Vec<_> = kept.skip(start).take(view).cloned().collect();
        let missing = view - lines.len();
        let from = start.saturating_sub(self.count);
        let surplus = live.len();
        lines.extend(live.into_iter().skip(from).take(missing));
        lines.resize(view, Line::default());
        lines.extend(foot);
        self.last = extents;
        let row = |row: u16| usize::from(row).saturating_sub(surplus) + view;
        let frame = Frame {
            foot: lines.len(),
            lines,
            cursor: cursor.map(|(column, at)| (column, u16::try_from(row(at)).unwrap_or(u16::MAX))),
        };
        self.region.draw(&[], &frame)
    }

    /// Looks at another part.
    pub(super) fn scroll(&mut self, scroll: Scroll) {
        let now = self.start(self.last);
        let page = self.last.view.saturating_sub(1).max(1);
        let end = self.end(self.last);
        let start = match scroll {
            Scroll::LineUp => now.saturating_sub(1),
            Scroll::LineDown => now + 1,
            Scroll::PageUp => now.saturating_sub(page),
            Scroll::PageDown => now + page,
            Scroll::Start => 0,
            Scroll::End => end,
        };
        self.top = (start < end).then(|| self.spot(start));
    }

    /// Has the end begin here: what there is so far is scrolled to.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.top = None;
        self.floor = self.spot(self.count);
        self.begin()
    }

    /// Takes in that the screen is empty, since it was taken just now.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.region.begin(self.width)
    }

    /// Takes in that the terminal has this size now. All is broken into lines again.
    pub(super) fn resize(&mut self, width: u16, height: u16) -> io::Result<()> {
        if (width, height) == (self.width, self.height) {
            return Ok(());
        }
        (self.width, self.height) = (width, height);
        for block in &mut self.blocks {
            block.resize(width.into());
        }
        self.count = self.blocks.iter().map(|block| block.lines().len()).sum();
        self.forget();
        self.begin()
    }

    /// Where it is drawn.
    pub(super) const fn region(&mut self) -> &mut Region<W> {
        &mut self.region
    }

    fn forget(&mut self) {
        while self.count > KEPT && self.blocks.len() > 1 {
            let oldest = self.blocks.pop_front();
            self.count -= oldest.map_or(0, |block| block.lines().len());
            self.gone += 1;
        }
    }

    fn extents(&self, frame: &Frame) -> Extents {
        let live = frame.lines.len() - frame.foot;
        Extents {
            total: self.count + live,
            view: usize::from(self.height).saturating_sub(frame.foot),
        }
    }

    /// The first line of the end.
    fn end(&self, extents: Extents) -> usize {
        let end = extents.total.saturating_sub(extents.view);
        end.max(self.number(self.floor).min(extents.total))
    }

    /// The first line that is shown.
    fn start(&self, extents: Extents) -> usize {
        let end = self.end(extents);
        self.top.map_or(end, |top| self.number(top).min(end))
    }

    /// Where a line is that has this number among those that are kept.
    fn spot(&self, number: usize) -> Spot {
        let mut line = number;
        for (index, block) in self.blocks.iter().enumerate() {
            let lines = block.lines().len();
            if line < lines {
                let block = self.gone + index;
                return Spot { block, line };
            }
            line -= lines;
        }
        let block = self.gone + self.blocks.len();
        Spot { block, line }
    }

    /// The number of a line among those that are kept.
    fn number(&self, spot: Spot) -> usize {
        let Some(index) = spot.block.checked_sub(self.gone) else {
            return 0;
        };
        let before = self.blocks.iter().take(index);
        let before: usize = before.map(|block| block.lines().len()).sum();
        match self.blocks.get(index) {
            // Where it is broken into fewer lines now, its last one is the nearest.
            Some(block) => before + spot.line.min(block.lines().len().saturating_sub(1)),
            None => before + spot.line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::{ink::Colours, region::Narrowing};

    struct Screen {
        terminal: avt::Vt,
        page: Page<Vec<u8>>,
        live: Vec<&'static str>,
    }

    impl Screen {
        fn new(columns: u16, rows: u16) -> Self {
            let region = Region::new(Vec::new(), Colours::None, Narrowing::Breaks, columns);
            let mut screen = Self {
                terminal: avt::Vt::new(columns.into(), rows.into()),
                page: Page::new(region, columns, rows),
                live: Vec::new(),
            };
            screen.terminal.feed_str("\x1b[?1049h");
            screen.page.begin().unwrap();
            screen
        }

        /// A screen with so many lines said.
        fn with(lines: usize, columns: u16, rows: u16) -> Self {
            let mut screen = Self::new(columns, rows);
            (0..lines).for_each(|index| screen.say(&format!("line {index}")));
            screen
        }

        fn say(&mut self, text: &str) {
            let block = Block::of_lines(vec![Line::from(text.to_owned())], 80);
            self.page.keep(vec![block]);
        }

        fn resize(&mut self, columns: u16, rows: u16) {
            self.terminal.resize(columns.into(), rows.into());
            self.page.resize(columns, rows).unwrap();
        }

        fn scroll(&mut self, scroll: Scroll) -> String {
            self.page.scroll(scroll);
            self.text()
        }

        /// Draws, and says what was sent for it.
        fn draw(&mut self) -> String {
            let frame = || {
                let lines = self.live.iter().copied().chain(["> ", "state"]);
                Frame {
                    lines: lines.map(Line::from).collect(),
                    foot: 2,
                    cursor: Some((2, u16::try_from(self.live.len()).unwrap())),
                }
            };
            self.page.draw(frame()).unwrap();
            let sent = String::from_utf8(self.page.region().take_sent()).unwrap();
            self.terminal.feed_str(&sent);
            sent
        }

        /// What is on the screen, line by line, and how much is below.
        fn text(&mut self) -> String {
            self.draw();
            let lines = self.terminal.view().map(avt::Line::text);
            let lines: Vec<_> = lines.map(|line| line.trim_end().to_owned()).collect();
            let frame = Frame {
                lines: vec![Line::default(); self.live.len() + 2],
                foot: 2,
                cursor: None,
            };
            format!("{} +{}", lines.join("|"), self.page.below(&frame))
        }
    }

    #[test]
    fn what_is_said_is_above_and_the_foot_is_at_the_bottom() {
        let mut screen = Screen::with(1, 20, 5);
        assert_eq!(screen.text(), "line 0|||>|state +0");
        screen.live = vec!["live"];
        assert_eq!(screen.text(), "line 0|live||>|state +0");
        let cursor = screen.terminal.cursor();
        assert_eq!((cursor.col, cursor.row), (2, 3));
        assert_eq!(screen.draw(), "", "nothing has changed");
        screen.say("line 1");
        screen.say("line 2");
        assert_eq!(screen.text(), "line 1|line 2|live|>|state +0");
    }

    #[test]
    fn whoever_scrolls_is_left_alone_by_what_comes() {
        let mut screen = Screen::with(9, 20, 5);
        assert_eq!(screen.text(), "line 6|line 7|line 8|>|state +0");
        assert_eq!(
            screen.scroll(Scroll::PageUp),
            "line 4|line 5|line 6|>|state +2"
        );
        screen.say("line 9");
        screen.live = vec!["a", "b"];
        assert_eq!(screen.text(), "line 4|line 5|line 6|>|state +5");
        assert_eq!(
            screen.scroll(Scroll::LineUp),
            "line 3|line 4|line 5|>|state +6"
        );
        assert_eq!(
            screen.scroll(Scroll::Start),
            "line 0|line 1|line 2|>|state +9"
        );
        assert_eq!(
            screen.scroll(Scroll::LineUp),
            "line 0|line 1|line 2|>|state +9"
        );
        assert_eq!(
            screen.scroll(Scroll::PageDown),
            "line 2|line 3|line 4|>|state +7"
        );
        assert_eq!(screen.scroll(Scroll::End), "line 9|a|b|>|state +0");
        screen.live = Vec::new();
        assert_eq!(screen.text(), "line 7|line 8|line 9|>|state +0");
        // At the end again, by steps, it follows again.
        screen.scroll(Scroll::LineUp);
        screen.scroll(Scroll::LineDown);
        screen.say("line 10");
        assert_eq!(screen.text(), "line 8|line 9|line 10|>|state +0");
    }

    #[test]
    fn what_may_still_change_can_be_scrolled_to() {
        let mut screen = Screen::with(1, 20, 4);
        screen.live = vec!["a", "b", "c", "d"];
        assert_eq!(screen.text(), "c|d|>|state +0");
        assert_eq!(screen.scroll(Scroll::LineUp), "b|c|>|state +1");
        assert_eq!(screen.scroll(Scroll::Start), "line 0|a|>|state +3");
    }

    #[test]
    fn another_width_breaks_the_lines_again_and_stays_where_it_was() {
        let mut screen = Screen::new(20, 5);
        for index in 0..5 {
            screen.say(&format!("sentence {index} of some"));
        }
        screen.text();
        screen.scroll(Scroll::Start);
        screen.scroll(Scroll::LineDown);
        screen.resize(12, 6);
        assert_eq!(
            screen.text(),
            "sentence 1|of some|sentence 2|of some|>|state +4"
        );
        screen.resize(20, 5);
        let text = "sentence 1 of some|sentence 2 of some|sentence 3 of some|>|state +1";
        assert_eq!(screen.text(), text);
    }

    #[test]
    fn what_is_cleared_away_can_be_scrolled_to() {
        let mut screen = Screen::with(9, 20, 5);
        screen.page.clear().unwrap();
        assert_eq!(screen.text(), "|||>|state +0");
        screen.say("new");
        assert_eq!(screen.text(), "new|||>|state +0");
        assert_eq!(
            screen.scroll(Scroll::PageUp),
            "line 7|line 8|new|>|state +0"
        );
    }

    #[test]
    fn the_oldest_lines_go_and_the_view_stays_in_what_is_kept() {
        let mut screen = Screen::with(KEPT, 20, 5);
        screen.text();
        assert!(screen.scroll(Scroll::Start).starts_with("line 0|line 1|"));
        screen.say("one more");
        assert!(screen.text().starts_with("line 1|line 2|"));
        assert_eq!(screen.page.count, KEPT);
        let long: Vec<_> = (0..2 * KEPT)
            .map(|index| Line::from(index.to_string()))
            .collect();
        screen.page.keep(vec![Block::of_lines(long, 80)]);
        assert!(screen.text().starts_with("0|1|2|"));
        assert_eq!(screen.page.blocks.len(), 1);
    }
}
