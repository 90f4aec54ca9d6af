use std::borrow::Cow;

/// The most characters of a stranger's label or message that we show.
pub const LABEL_LIMIT: usize = 200;

/// Makes one line of text from a provider, a server or a file safe to print: control characters
/// (escape sequences among them) and bidirectional marks are dropped, runs of white space become
/// one blank, and at most `limit` characters remain, the last one an ellipsis if text was cut.
pub fn plain(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    let mut gap = false;
    for ch in text.chars() {
        if ch.is_whitespace() {
            gap = true;
            continue;
        }
        if is_hostile(ch) {
            continue;
        }
        let blank = std::mem::take(&mut gap) && length > 0;
        if length + usize::from(blank) + 1 >= limit {
            line.push('…');
            return line;
        }
        if blank {
            line.push(' ');
            length += 1;
        }
        line.push(ch);
        length += 1;
    }
    line
}

/// As [`plain`], but invisible and control characters are shown as `\u{..}` instead of dropped:
/// for text in which a person has to see that something was hidden, such as a path or a host.
pub fn visible(text: &str) -> Cow<'_, str> {
    // Nearly every text, and a log that writes a line for each ticket notices.
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(escaped(text.chars(), is_hostile))
}

/// As [`visible`], for text of many lines in any language, such as a model's answer: line feeds,
/// tabs, and the joiners that words and pictures are put together with stay. Carriage returns are
/// dropped. Pieces of a text come out as the whole does.
///
/// ```
/// let text = hermes_secret::visible_lines("one\r\n\ttwo\x1b[2J");
/// assert_eq!(text, "one\n\ttwo\\u{1b}[2J");
/// ```
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let stays = |ch: char| matches!(ch, '\n' | '\t' | '\u{200c}' | '\u{200d}');
    let chars = text.chars().filter(|ch| *ch != '\r');
    Cow::Owned(escaped(chars, |ch| is_hostile(ch) && !stays(ch)))
}

fn escaped(chars: impl Iterator<Item = char>, hides: impl Fn(char) -> bool) -> String {
    chars
        .flat_map(|ch| {
            let escaped = hides(ch).then(|| ch.escape_unicode());
            let kept = escaped.is_none().then_some(ch);
            escaped.into_iter().flatten().chain(kept)
        })
        .collect()
}

/// Whether a character moves the cursor, changes the terminal, or reorders or hides text. Line feed
/// and tab are such, too.
pub fn is_hostile(ch: char) -> bool {
    ch.is_control()
        || matches!(ch,
            '\u{00ad}' | '\u{061c}' | '\u{180e}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn pc10_hostile_text_is_cleaned() {
        assert_eq!(
            plain("\x1b]8;;http://evil\x07click\x1b[2J", 200),
            "]8;;http://evilclick[2J"
        );
        assert_eq!(plain("user\u{202e}moc.elgoog", 200), "usermoc.elgoog");
        assert_eq!(plain("  two\r\n\tlines ", 200), "two lines");
        assert_eq!(plain("abcdef", 4), "abc…");
        assert_eq!(plain("abc d", 4), "abc…");
        assert_eq!(visible("a\u{202e}b\x1b"), "a\\u{202e}b\\u{1b}");
    }

    #[test]
    fn wb9_an_answer_keeps_its_lines_and_joiners_and_moves_no_cursor() {
        let family = "\u{1f468}\u{200d}\u{1f469}";
        let text = format!("a\r\n\tb {family}\x1b]52;c;aGk=\x07\u{9b}2J\u{202e}\r");
        assert_eq!(
            visible_lines(&text),
            format!("a\n\tb {family}\\u{{1b}}]52;c;aGk=\\u{{7}}\\u{{9b}}2J\\u{{202e}}")
        );
    }

    proptest! {
        #[test]
        fn wb9_pieces_come_out_as_the_whole_and_nothing_hostile_does(
            text in any::<String>(),
            at in any::<prop::sample::Index>(),
        ) {
            let ends: Vec<_> = text.char_indices().map(|(index, _)| index).chain([text.len()]).collect();
            let (first, second) = text.split_at(ends[at.index(ends.len())]);
            let whole = visible_lines(&text);
            prop_assert_eq!(&whole, &(visible_lines(first) + visible_lines(second)));
            let stays = |ch| matches!(ch, '\n' | '\t' | '\u{200c}' | '\u{200d}');
            prop_assert!(whole.chars().all(|ch| stays(ch) || !is_hostile(ch)));
        }

        #[test]
        fn pc10_never_control_never_longer(text in any::<String>(), limit in 1usize..300) {
            let line = plain(&text, limit);
            prop_assert!(line.chars().count() <= limit);
            prop_assert!(!line.chars().any(|ch| is_hostile(ch) || ch == '\n'));
        }
    }
}
