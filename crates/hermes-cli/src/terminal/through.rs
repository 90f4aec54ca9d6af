use hermes_machine::Environment;

/// The sequence, wrapped so that tmux and screen pass it on to the terminal that they are in. tmux does
/// that only if it was told to.
pub(crate) fn through(sequence: &str, environment: &Environment) -> String {
    if environment.has("TMUX") {
        return format!("\x1bPtmux;{}\x1b\\", sequence.replace('\x1b', "\x1b\x1b"));
    }
    if !environment.has("STY") {
        return sequence.to_owned();
    }
    // screen takes strings of 768 bytes at most, and puts together what it passes on.
    let mut wrapped = String::new();
    let mut rest = sequence;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(512));
        wrapped.push_str(&format!("\x1bP{piece}\x1b\\"));
        rest = after;
    }
    wrapped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmux_and_screen_pass_a_sequence_on() {
        let plain = Environment::default();
        let copy = "\x1b]52;c;YQ==\x07";
        assert_eq!(through(copy, &plain), copy);
        let tmux = Environment::default().with("TMUX", "x").with("STY", "x");
        let wrapped = "\x1bPtmux;\x1b\x1b]52;c;YQ==\x07\x1b\\";
        assert_eq!(through(copy, &tmux), wrapped);
        let screen = Environment::default().with("STY", "x");
        let long = format!("\x1b]9;a{}\x07", "ä".repeat(600));
        let wrapped = through(&long, &screen);
        let pieces: Vec<_> = wrapped.split("\x1b\\").collect();
        assert_eq!(pieces.len(), 4, "three pieces and what is behind them");
        let inner: String = pieces
            .iter()
            .filter_map(|one| one.strip_prefix("\x1bP"))
            .collect();
        assert_eq!(inner, long);
    }
}
