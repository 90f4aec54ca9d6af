//! What text looks like: the terminal's own two colours, bold and dim, and few of its sixteen colours,
//! each beside a word that says the same. Which of the sixteen depends on what is behind them: yellow,
//! green and cyan cannot be read on white, nor blue on black.

use std::fmt::Write as _;

use ratatui_core::style::{Color, Modifier, Style};

use super::ground::Ground;

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

/// A block of code.
pub(super) const CODE: Style = Style::new().fg(Color::Blue);

/// What is chosen among others.
pub(super) const CHOSEN: Style = Style::new().add_modifier(Modifier::REVERSED);

/// Whether colours may be used. Bold and dim stay where they may not: they are no colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// Those of the sixteen of the terminal that can be read on this.
    Sixteen(Ground),
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
        if let Some(number) = style.fg.and_then(|colour| self.number(colour)) {
            let _ = write!(sequence, ";{number}");
        }
        sequence.push('m');
        sequence
    }

    /// The same on another ground.
    pub(super) const fn on(self, ground: Ground) -> Self {
        match self {
            Self::Sixteen(_) => Self::Sixteen(ground),
            Self::None => Self::None,
        }
    }

    /// The number of a foreground: a colour of ours stands for what it says.
    fn number(self, colour: Color) -> Option<u8> {
        let Self::Sixteen(ground) = self else {
            return None;
        };
        let [unknown, dark, light] = match colour {
            Color::Cyan => [Some(36), Some(36), Some(34)],
            Color::Green => [Some(32), Some(32), Some(34)],
            Color::Yellow => [Some(33), Some(33), Some(35)],
            Color::Red => [Some(31), Some(91), Some(31)],
            Color::Blue => [None, Some(36), Some(34)],
            _ => [None; 3],
        };
        match ground {
            Ground::Unknown => unknown,
            Ground::Dark => dark,
            Ground::Light => light,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_bold_stays() {
        let style = ACCENT.add_modifier(Modifier::BOLD);
        assert_eq!(
            Colours::Sixteen(Ground::Unknown).sequence(style),
            "\x1b[0;1;36m"
        );
        assert_eq!(Colours::None.sequence(style), "\x1b[0;1m");
        assert_eq!(Colours::None.sequence(PLAIN), "\x1b[0m");
    }

    /// What these terminals show as the sixteen colours, and as their ground.
    const TERMINALS: &[(&str, [u32; 16], u32, u32)] = &[
        (
            "xterm",
            [
                0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
                0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
            ],
            0x000000,
            0xffffff,
        ),
        (
            "VGA",
            [
                0x000000, 0xaa0000, 0x00aa00, 0xaa5500, 0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
                0x555555, 0xff5555, 0x55ff55, 0xffff55, 0x5555ff, 0xff55ff, 0x55ffff, 0xffffff,
            ],
            0x000000,
            0xffffff,
        ),
        (
            "Solarized",
            [
                0x073642, 0xdc322f, 0x859900, 0xb58900, 0x268bd2, 0xd33682, 0x2aa198, 0xeee8d5,
                0x002b36, 0xcb4b16, 0x586e75, 0x657b83, 0x839496, 0x6c71c4, 0x93a1a1, 0xfdf6e3,
            ],
            0x002b36,
            0xfdf6e3,
        ),
    ];

    fn luminance(colour: u32) -> f64 {
        let part = |shift: u32| {
            let value = f64::from((colour >> shift) & 0xff) / 255.0;
            match value <= 0.04045 {
                true => value / 12.92,
                false => ((value + 0.055) / 1.055).powf(2.4),
            }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }

    /// How far two colours are from each other, by WCAG.
    fn contrast(one: u32, other: u32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn each_ink_can_be_read_on_its_ground() {
        for (name, colours, dark, light) in TERMINALS {
            for (ground, behind) in [(Ground::Dark, *dark), (Ground::Light, *light)] {
                for ink in [ACCENT, WELL, WAITS, ENDED, CODE] {
                    let number = Colours::Sixteen(ground).number(ink.fg.unwrap()).unwrap();
                    let index = match number {
                        30..=37 => number - 30,
                        _ => number - 90 + 8,
                    };
                    let contrast = contrast(colours[usize::from(index)], behind);
                    assert!(contrast >= 3.0, "{name} {ground:?} {number}: {contrast:.1}");
                }
            }
        }
    }
}
