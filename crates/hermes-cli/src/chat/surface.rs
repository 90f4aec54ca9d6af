use std::io::{self, Write};

use ratatui_core::text::Line;

use super::{
    args::Extent,
    block::Block,
    ground::Ground,
    model::Scroll,
    page::Page,
    region::{Frame, Region},
};

/// What the chat is drawn on.
#[derive(Debug)]
pub(super) enum Surface<W> {
    /// The end of the normal screen.
    Inline(Region<W>),
    /// The alternate screen.
    Full(Page<W>),
}

impl<W: Write> Surface<W> {
    /// So much of a terminal of this size.
    pub(super) fn new(extent: Extent, region: Region<W>, (width, height): (u16, u16)) -> Self {
        match extent {
            Extent::Inline => Self::Inline(region),
            Extent::Full => Self::Full(Page::new(region, width, height)),
        }
    }

    /// Takes in that the terminal was taken just now.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        match self {
            Self::Inline(_) => Ok(()),
            Self::Full(page) => page.begin(),
        }
    }

    /// Shows what is printed, and the frame. That is made of how many lines are below those that are
    /// shown.
    pub(super) fn draw(
        &mut self,
        printed: Vec<Block>,
        mut frame: impl FnMut(usize) -> Frame,
    ) -> io::Result<()> {
        match self {
            Self::Inline(region) => region.draw(&lines(printed), &frame(0)),
            Self::Full(page) => {
                page.keep(printed);
                let below = page.below(&frame(0));
                page.draw(frame(below))
            }
        }
    }

    /// Looks at another part of what was printed, where the terminal does not do that.
    pub(super) fn scroll(&mut self, scroll: Scroll) {
        match self {
            Self::Inline(_) => {}
            Self::Full(page) => page.scroll(scroll),
        }
    }

    /// Clears the screen. What was on it can still be scrolled to, if the terminal keeps it.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        match self {
            Self::Inline(region) => {
                region.clear()?;
                region.send("\x1b[2J\x1b[H")
            }
            Self::Full(page) => page.clear(),
        }
    }

    /// Shows what is printed, and takes away what is drawn again and again. The alternate screen goes as
    /// a whole, with the terminal.
    pub(super) fn withdraw(&mut self, printed: Vec<Block>) -> io::Result<()> {
        match self {
            Self::Inline(region) => {
                region.draw(&lines(printed), &Frame::default())?;
                region.clear()
            }
            Self::Full(_) => Ok(()),
        }
    }

    /// Takes in that the terminal has this size now.
    pub(super) fn resize(&mut self, width: u16, height: u16) -> io::Result<()> {
        match self {
            Self::Inline(region) => region.resize(width),
            Self::Full(page) => page.resize(width, height),
        }
    }

    /// Takes in what is behind the text.
    pub(super) fn set_ground(&mut self, ground: Ground) -> io::Result<()> {
        self.region().set_ground(ground)
    }

    /// Sends something to the terminal that moves nothing.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        self.region().send(sequence)
    }

    const fn region(&mut self) -> &mut Region<W> {
        match self {
            Self::Inline(region) => region,
            Self::Full(page) => page.region(),
        }
    }
}

fn lines(blocks: Vec<Block>) -> Vec<Line<'static>> {
    blocks.into_iter().flat_map(Block::into_lines).collect()
}
