use qrcode::{QrCode, render::unicode::Dense1x2};

/// The text as a QR code of half blocks, dark on light whatever the terminal's colours are, with
/// its quiet zone. `None` if the text is too long for a code that a phone can read.
pub(crate) fn render(text: &str) -> Option<String> {
    if text.len() > 900 {
        return None;
    }
    let code = QrCode::with_error_correction_level(text, qrcode::EcLevel::L).ok()?;
    let image = code.render::<Dense1x2>().quiet_zone(true).build();
    // Black on white explicitly: a reader needs the contrast that way round.
    let lines = image
        .lines()
        .map(|line| format!("\x1b[30;107m{line}\x1b[0m\n"));
    Some(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_drawn_and_a_long_text_is_not() {
        let drawn = render("https://auth.x.ai/device?user_code=ABCD-EFGH").unwrap();
        assert!(drawn.lines().count() > 14);
        assert!(render(&"x".repeat(901)).is_none());
    }
}
