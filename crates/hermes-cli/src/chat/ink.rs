//! What text looks like: the terminal's own two colours, bold and dim, and four of its sixteen
//! colours, each beside a word that says the same. So it reads on dark and on light.

use std::fmt::Write as _;

use ratatui_core::style::{Color, Modifier, Style};

/// Text as it is.
pub(super) const PLAIN: Style = Style::new();

/// What is beside the matter.
pub(super) const DIM: Style = Style::new().add_modifier(Modifier::DIM);

/// A heading, a name.
pub(super) const BOLD: Style = Style::new().add_modifier(Modifier::BOLD);

/// What can be done, and where.
pub(super) const ACCENT: Style = Style::new().fg(Color::Cyan);

/// What is as it should be.
pub(super) const WELL: Style = Style::new().fg(Color::Green);

/// What waits for the person.
pub(super) const WAITS: Style = Style::new().fg(Color::Yellow);

/// What has ended badly.
pub(super) const ENDED: Style = Style::new().fg(Color::Red);

/// What is chosen among others.
pub(super) const CHOSEN: Style = Style::new().add_modifier(Modifier::REVERSED);

/// Whether colours may be used. Bold and dim stay where they may not: they are no colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// The sixteen of the terminal.
    Sixteen,
    /// None.
    None,
}

impl Colours {
    /// The sequence that makes a terminal write like this, whatever it did before.
    pub(super) fn sequence(self, style: Style) -> String {
        let mut sequence = String::from("\x1b[0");
        let marks = [
            (Modifier::BOLD, 1),
            (Modifier::DIM, 2),
            (Modifier::ITALIC, 3),
            (Modifier::UNDERLINED, 4),
            (Modifier::REVERSED, 7),
        ];
        for (mark, number) in marks {
            if style.add_modifier.contains(mark) {
                // Writing to a `String` cannot fail.
                let _ = write!(sequence, ";{number}");
            }
        }
        if let (Self::Sixteen, Some(number)) = (self, style.fg.and_then(foreground)) {
            let _ = write!(sequence, ";{number}");
        }
        sequence.push('m');
        sequence
    }
}

const fn foreground(colour: Color) -> Option<u8> {
    match colour {
        Color::Red => Some(31),
        Color::Green => Some(32),
        Color::Yellow => Some(33),
        Color::Cyan => Some(36),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_bold_stays() {
        let style = ACCENT.add_modifier(Modifier::BOLD);
        assert_eq!(Colours::Sixteen.sequence(style), "\x1b[0;1;36m");
        assert_eq!(Colours::None.sequence(style), "\x1b[0;1m");
        assert_eq!(Colours::None.sequence(PLAIN), "\x1b[0m");
    }
}
