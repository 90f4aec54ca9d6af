//! How a person is called who looks elsewhere: by a notification of the desktop where the terminal can
//! show one, by the bell elsewhere.
//!
//! No terminal says whether it shows them, so what it is said to be decides. OSC 9 is iTerm2's, and what
//! it means to ConEmu and Windows Terminal are progress and folders, unless it is words; OSC 777 is
//! urxvt's.

use hermes_machine::Environment;

use crate::terminal::through;

/// The most of a title that is shown.
const TITLE: usize = 60;

/// Why a person is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// The answer to what they asked has ended.
    Answered,
    /// There is something to do without which nothing goes on.
    Waits,
}

impl Call {
    /// The words for it, with the conversation's title. Nothing of what was said is in them: a
    /// notification stands where others look too.
    pub(super) fn words(self, title: &str) -> String {
        let what = match self {
            Self::Answered => "the answer is there",
            Self::Waits => "you are asked for something",
        };
        // Between semicolons are the fields of what is sent.
        let title = hermes_secret::plain(title, TITLE).replace(';', ",");
        match title.trim() {
            "" => format!("Hermes: {what}"),
            title => format!("Hermes: {what} ({title})"),
        }
    }
}

/// What a terminal does with a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    /// It shows one.
    Always(Form),
    /// Some builds or settings of it show one; the others drop it.
    Perhaps(Form),
    /// It shows none, or nobody knows.
    Never,
}

/// The sequence of a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Osc9,
    Osc777,
}

/// What calls the person, for a terminal with these variables.
pub(super) fn sequence(words: &str, environment: &Environment) -> String {
    let (form, is_sure) = match shows(environment) {
        Shows::Always(form) => (form, true),
        Shows::Perhaps(form) => (form, false),
        Shows::Never => return "\x07".to_owned(),
    };
    let notification = match form {
        Form::Osc9 => format!("\x1b]9;{words}\x07"),
        Form::Osc777 => format!("\x1b]777;notify;Hermes;{words}\x07"),
    };
    let notification = through(&notification, environment);
    // tmux passes on what it was told to, and marks the window of a bell; screen may be anywhere.
    let is_within = environment.has("TMUX") || environment.has("STY");
    match is_sure && !is_within {
        true => notification,
        false => format!("{notification}\x07"),
    }
}

fn shows(environment: &Environment) -> Shows {
    let is = |name: &str, value: &str| environment.text(name) == Some(value);
    let begins = |name: &str, with: &str| {
        let value = environment.text(name);
        value.is_some_and(|value| value.starts_with(with))
    };
    // What a terminal sets for itself comes first: `TERM` is often another's.
    let osc9 = is("TERM_PROGRAM", "iTerm.app")
        || is("LC_TERMINAL", "iTerm2")
        || is("TERM_PROGRAM", "WezTerm")
        || environment.has("WEZTERM_PANE")
        || is("TERM_PROGRAM", "ghostty")
        || environment.has("GHOSTTY_RESOURCES_DIR")
        || environment.has("KITTY_WINDOW_ID")
        || ["xterm-kitty", "xterm-ghostty", "wezterm"].map(|term| is("TERM", term)) != [false; 3];
    if osc9 {
        return Shows::Always(Form::Osc9);
    }
    if begins("TERM", "foot") {
        return Shows::Always(Form::Osc777);
    }
    let perhaps = environment.has("WT_SESSION")
        || environment.has("VTE_VERSION")
        || begins("TERM", "rxvt-unicode");
    match perhaps {
        true => Shows::Perhaps(Form::Osc777),
        false => Shows::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OSC9: &str = "\x1b]9;words\x07";
    const OSC777: &str = "\x1b]777;notify;Hermes;words\x07";
    const BELL: &str = "\x07";

    #[test]
    fn a_terminal_gets_what_it_is_known_to_show() {
        let within_tmux = "\x1bPtmux;\x1b\x1b]9;words\x07\x1b\\\x07";
        let within_screen = "\x1bP\x1b]9;words\x07\x1b\\\x07";
        let both = [OSC777, BELL].concat();
        let cases = [
            ("TERM=xterm-256color", BELL),
            ("TERM=linux", BELL),
            ("TERM=alacritty", BELL),
            ("TERM_PROGRAM=Apple_Terminal", BELL),
            ("TERM_PROGRAM=vscode", BELL),
            ("TERM_PROGRAM=iTerm.app", OSC9),
            ("LC_TERMINAL=iTerm2", OSC9),
            ("TERM_PROGRAM=WezTerm", OSC9),
            ("TERM_PROGRAM=ghostty", OSC9),
            ("TERM=xterm-ghostty", OSC9),
            ("TERM=xterm-kitty", OSC9),
            ("TERM=xterm KITTY_WINDOW_ID=1", OSC9),
            ("TERM=foot-extra", OSC777),
            // Newer ones of the first, some builds of the second, an extension of the third.
            ("WT_SESSION=x", &both),
            ("VTE_VERSION=7600", &both),
            ("TERM=rxvt-unicode-256color", &both),
            ("TMUX=x TERM=tmux-256color", BELL),
            ("TMUX=x KITTY_WINDOW_ID=1", within_tmux),
            ("STY=x WEZTERM_PANE=0", within_screen),
        ];
        for (variables, sent) in cases {
            let pairs = variables.split(' ').filter_map(|pair| pair.split_once('='));
            let environment = pairs.fold(Environment::default(), |all, (name, value)| {
                all.with(name, value)
            });
            assert_eq!(sequence("words", &environment), sent, "{variables}");
        }
    }

    #[test]
    fn wb9_a_notification_holds_a_title_at_most_and_nothing_that_acts() {
        assert_eq!(Call::Answered.words(""), "Hermes: the answer is there");
        assert_eq!(
            Call::Waits.words("a\u{1b}]2;b\u{7}\n\u{202e}c"),
            "Hermes: you are asked for something (a]2,b c)"
        );
        let long = Call::Answered.words(&"x".repeat(500));
        assert!(long.chars().count() < 100, "{long}");
    }
}
