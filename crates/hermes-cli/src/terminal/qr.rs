use std::io::IsTerminal as _;

use qrcode::{QrCode, render::unicode::Dense1x2};

/// What a code is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ink {
    /// Black on white, whatever the terminal's colours are: the contrast that readers want.
    BlackOnWhite,
    /// The terminal's own two colours, without an escape code. Its light is drawn, as on a dark
    /// terminal; on a light one the code is a negative, which most readers take too.
    Terminal,
}

impl Ink {
    /// What the colours of standard error allow.
    pub(super) fn of_terminal() -> Self {
        match anstream::AutoStream::choice(&std::io::stderr()) {
            anstream::ColorChoice::Never => Self::Terminal,
            _ => Self::BlackOnWhite,
        }
    }
}

/// The text as a QR code for whoever looks at a terminal; `None` where nobody does.
pub(crate) fn code(text: &str) -> Option<String> {
    let drawn = render(text, Ink::of_terminal())?;
    std::io::stderr().is_terminal().then_some(drawn)
}

/// The text as a QR code of half blocks, with its quiet zone. `None` if the text is too long for a
/// code that a phone can read.
pub(crate) fn render(text: &str, ink: Ink) -> Option<String> {
    if text.len() > 900 {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, qrcode::EcLevel::L).ok()?;
    let mut image = code.render::<Dense1x2>();
    image.quiet_zone(true);
    if ink == Ink::Terminal {
        image
            .dark_color(Dense1x2::Light)
            .light_color(Dense1x2::Dark);
    }
    let image = image.build();
    let lines = image.lines().map(|line| match ink {
        Ink::BlackOnWhite => format!("\x1b[30;107m{line}\x1b[0m\n"),
        Ink::Terminal => format!("{line}\n"),
    });
    Some(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_and_a_long_text_is_not() {
        let drawn = render(
            "https://auth.x.ai/device?user_code=ABCD-EFGH",
            Ink::BlackOnWhite,
        );
        assert!(drawn.unwrap().lines().count() > 14);
        assert!(render(&"x".repeat(901), Ink::BlackOnWhite).is_none());
    }

    #[test]
    fn without_colours_it_is_the_same_code_in_blocks_alone() {
        let text = "https://auth.x.ai/device?user_code=ABCD-EFGH";
        let coloured = render(text, Ink::BlackOnWhite).unwrap();
        let plain = render(text, Ink::Terminal).unwrap();
        assert!(plain.chars().all(|ch| " ▀▄█\n".contains(ch)), "{plain}");
        let negative: String = plain
            .chars()
            .map(|ch| match ch {
                ' ' => '█',
                '█' => ' ',
                '▀' => '▄',
                '▄' => '▀',
                other => other,
            })
            .collect();
        let bare = coloured.replace("\x1b[30;107m", "").replace("\x1b[0m", "");
        // The number of rows is odd, so nothing is drawn in the lower half of the last line.
        let rows = bare.lines().count() - 1;
        let first = |text: &str| {
            text.lines()
                .take(rows)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(first(&negative), first(&bare));
        assert!(plain.starts_with('█'), "the quiet zone is light");
    }
}
