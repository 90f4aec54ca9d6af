use std::time::Duration;

use crossterm::event::KeyCode;
use hermes_client::{
    Needed, State, Trouble,
    talk::{Fate, Problem, Told},
};
use hermes_protocol::{
    methods::{ConversationRow, Speaker, WaitingPrompt},
    rpc::StatusKind,
};

use super::*;
use crate::chat::{
    block::Block,
    ground::Ground,
    ink::Colours,
    model::{
        Form, Input,
        tests::{Stage, ended, info, opened, said},
    },
    region::{Narrowing, Region},
};

/// A chat on a terminal.
struct Shown {
    stage: Stage,
    region: Region<Vec<u8>>,
    terminal: avt::Vt,
    sent: String,
}

impl Shown {
    fn new(mut stage: Stage, columns: u16, rows: u16) -> Self {
        stage.on(Input::Resized(columns, rows));
        Self {
            stage,
            region: Region::new(
                Vec::new(),
                Colours::Sixteen(Ground::Unknown),
                Narrowing::Breaks,
                columns,
            ),
            terminal: avt::Vt::new(columns.into(), rows.into()),
            sent: String::new(),
        }
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.stage.on(Input::Resized(columns, rows));
        self.terminal.resize(columns.into(), rows.into());
        self.region.resize(columns).unwrap();
    }

    /// The screen with what scrolled off it, and a mark where the cursor is.
    fn text(&mut self) -> String {
        let above = std::mem::take(&mut self.stage.blocks).into_iter();
        let above: Vec<_> = above.flat_map(Block::into_lines).collect();
        self.region.draw(&above, &frame(&self.stage.model)).unwrap();
        let sent = String::from_utf8(self.region.take_sent()).unwrap();
        self.terminal.feed_str(&sent);
        self.sent.push_str(&sent);
        let scrolled = self.terminal.lines().count() - self.terminal.view().count();
        let cursor = self.terminal.cursor();
        let lines = self.terminal.lines().enumerate().map(|(row, line)| {
            let mut line = line.text();
            if cursor.visible && row == scrolled + cursor.row {
                let before = |at: &usize| wrap::width(&line[..*at]) < cursor.col;
                let at = line.char_indices().map(|(at, _)| at).find(|at| !before(at));
                line.insert(at.unwrap_or(line.len()), '▏');
            }
            format!("{}\n", line.trim_end())
        });
        let text: String = lines.collect();
        format!("{}\n", text.trim_end())
    }
}

fn began(text: &str) -> Told {
    let text = text.to_owned();
    let prompts = Vec::new();
    Told::Began { text, prompts }
}

const ANSWER: &str = "# Tides\n\nThe moon **pulls** at the water, and the earth turns under it: twice a day \
    each shore passes through the bulge.\n\n| sea | metres |\n|---|--:|\n| Fundy | 16 |\n\n- spring tides\n\
    - neap tides, when sun and moon pull at right angles\n";

/// A chat in mid-answer, with a prompt behind it and a draft.
fn busy(columns: u16, rows: u16) -> Shown {
    let mut shown = Shown::new(Stage::live(), columns, rows);
    shown.stage.told(began("Why are there tides?"));
    shown.stage.told(Told::Said(ANSWER.to_owned()));
    shown.stage.send("and the wind?");
    shown
        .stage
        .told(Told::Prompt("seed-1".to_owned(), Fate::Queued));
    shown
        .stage
        .type_in("a draft that is long enough for two lines on a narrow terminal");
    shown.stage.control('j');
    shown.stage.type_in("日本語");
    shown
}

#[test]
fn what_others_have_asked_is_counted_with_what_waits() {
    let mut shown = busy(80, 24);
    let waiting = vec![WaitingPrompt::default(); 2];
    shown.stage.told(Told::Waiting(waiting));
    assert!(shown.text().contains("· 2 queued ·"));
    shown.stage.told(Told::Waiting(Vec::new()));
    assert!(shown.text().contains("· 1 queued ·"), "what is young");
}

#[test]
fn in_mid_answer_at_80_by_24() {
    insta::assert_snapshot!(busy(80, 24).text());
}

#[test]
fn in_mid_answer_at_40_by_12() {
    insta::assert_snapshot!(busy(40, 12).text());
}

#[test]
fn a_terminal_that_is_made_narrow_in_mid_answer() {
    let mut shown = busy(80, 24);
    shown.text();
    shown.resize(40, 12);
    shown.text();
    shown.stage.told(ended(ANSWER));
    insta::assert_snapshot!(shown.text());
}

/// What is sent for an answer with code, a state and a failure.
fn inked(colours: Colours) -> String {
    let mut shown = Shown::new(Stage::live(), 80, 24);
    shown.region = Region::new(Vec::new(), colours, Narrowing::Breaks, 80);
    shown.stage.told(began("how?"));
    shown.stage.told(ended("So: `run`\n\n```rust\nmain\n```\n"));
    let problem = Problem {
        code: Some("a".to_owned()),
        message: "b".to_owned(),
    };
    shown.stage.told(Told::Problem(problem));
    shown
        .stage
        .told(Told::State(State::NeedsSignIn(Needed::SignIn)));
    shown.text();
    shown.sent
}

#[test]
fn code_and_states_have_inks_that_read_on_their_ground() {
    let texts = ["`run`", "  main", "○", "error", "› "];
    let grounds = [
        (Ground::Unknown, ["36", "", "33", "31", "1;36"]),
        (Ground::Dark, ["36", "36", "33", "91", "1;36"]),
        (Ground::Light, ["34", "34", "35", "31", "1;34"]),
    ];
    for (ground, inks) in grounds {
        let sent = inked(Colours::Sixteen(ground));
        for (ink, text) in inks.into_iter().zip(texts) {
            let inked = match ink {
                "" => format!("\r\n{text}"),
                ink => format!("\x1b[0;{ink}m{text}"),
            };
            assert!(sent.contains(&inked), "{ground:?} {inked:?} in {sent:?}");
        }
    }
    let none = inked(Colours::None);
    assert!(
        !none.contains("\x1b[0;3") && !none.contains("\x1b[0;9"),
        "{none:?}"
    );
}

#[test]
fn what_is_drawn_is_drawn_again_when_the_ground_is_known() {
    let mut shown = busy(80, 24);
    let before = shown.text();
    shown.region.set_ground(Ground::Light).unwrap();
    assert_eq!(shown.text(), before);
    assert!(shown.sent.ends_with("\x1b[?2026l") && shown.sent.contains("\x1b[0;1;34m› "));
}

#[test]
fn nothing_to_do_yet() {
    let mut shown = Shown::new(Stage::new(Form::Drawn, &[]), 80, 24);
    let text = "\n› ▏Ask anything. ? shows the keys.\n○ home connecting\n";
    assert_eq!(shown.text(), text);
}

#[test]
fn what_waits_is_said_on_one_line() {
    let mut shown = Shown::new(Stage::live(), 80, 24);
    shown.stage.told(Told::Info(Box::new(info("About tides"))));
    shown.stage.told(began("why?"));
    shown
        .stage
        .told(Told::Thought("The moon?\nThe sun?".to_owned()));
    shown.stage.now = Duration::from_secs(12);
    shown.stage.control('t');
    let pause = Duration::from_secs(4);
    shown
        .stage
        .told(Told::State(State::Waiting(pause, Trouble::Network)));
    insta::assert_snapshot!(shown.text(), @"
    › why?

    The moon?
    The sun?
    thinking… 12 s

    › ▏Ask anything. ? shows the keys.
    thoughts are shown · ● home connected · sonnet · About tides
    ");
    shown.stage.now += Duration::from_secs(2);
    shown.stage.press(KeyCode::Esc);
    insta::assert_snapshot!(shown.text(), @"
    › why?

    The moon?
    The sun?
    stopping…

    › ▏Ask anything. ? shows the keys.
    ○ home reconnecting in 2 s · sonnet · About tides
    ");
    shown
        .stage
        .told(Told::State(State::NeedsSignIn(Needed::SignIn)));
    let text = shown.text();
    assert!(
        text.contains("\n○ home signed out: Enter signs in · sonnet"),
        "{text}"
    );
}

#[test]
fn keys_and_commands_and_conversations_are_listed() {
    let mut shown = Shown::new(Stage::live(), 80, 24);
    shown.stage.type_in("?");
    insta::assert_snapshot!("keys", shown.text());
    shown.stage.press(KeyCode::Esc);
    shown.stage.type_in("/re");
    insta::assert_snapshot!("commands", shown.text());
    shown.stage.control('u');
    shown.stage.send("/sessions");
    let row = |id: &str, title: &str, preview: &str, ago: f64| ConversationRow {
        id: id.to_owned(),
        title: title.to_owned(),
        preview: preview.to_owned(),
        started_at: 0.0,
        last_active: 1_000_000.0 - ago,
        message_count: 1,
        model: None,
        input_tokens: 0,
        output_tokens: 0,
        source: String::new(),
        running: false,
        pinned: false,
    };
    shown.stage.told(Told::List(vec![
        row(
            "a",
            "Tides",
            "Why are there tides, and why twice a day rather than once?",
            90.0,
        ),
        row("b", "", "how do I cook fish soup", 90_000.0),
        row(
            "c",
            "A title that is longer than a terminal of eighty columns has room for, by far",
            "x",
            9e5,
        ),
    ]));
    shown.stage.press(KeyCode::Down);
    insta::assert_snapshot!("conversations", shown.text());
    shown.stage.press(KeyCode::Esc);
    assert!(shown.text().ends_with("tokens\n") || shown.text().contains("● home connected"));
}

#[test]
fn going_back_says_what_it_takes_back() {
    let mut shown = Shown::new(Stage::live(), 72, 24);
    for prompt in ["Why are there tides?", "And why\ntwice a day?"] {
        shown.stage.told(began(prompt));
        shown.stage.told(ended("So."));
    }
    shown.text();
    shown.stage.press(KeyCode::Esc);
    let text = shown.text();
    assert!(
        text.contains("\nEsc again goes back to an earlier prompt · ●"),
        "{text}"
    );
    shown.stage.press(KeyCode::Esc);
    let text = shown.text();
    let list = "Go back to: ▏\n▸ And why twice a day?\n  Why are there tides?\n  Enter writes it anew, Esc goes back\n";
    assert!(text.contains(list), "{text}");
    shown.stage.press(KeyCode::Down);
    shown.stage.press(KeyCode::Enter);
    let text = shown.text();
    let written =
        "› Why are there tides?▏\nsending replaces 2 prompts from here; Esc keeps them · ●";
    assert!(text.contains(written), "{text}");
}

#[test]
fn a_long_draft_shows_the_lines_around_its_cursor() {
    let mut shown = Shown::new(Stage::live(), 40, 12);
    let lines: Vec<_> = (0..20).map(|index| format!("line {index}")).collect();
    shown.stage.on(Input::Pasted(lines.join("\n")));
    insta::assert_snapshot!(shown.text());
    (0..15).for_each(|_| shown.stage.press(KeyCode::Up));
    let text = shown.text();
    assert!(
        text.contains("› line 0\n") && text.contains("  line 4▏\n"),
        "{text}"
    );
}

const HOSTILE: &str = "a\u{1b}]52;c;QUFB\u{7}b\u{1b}]0;t\u{1b}\\c\u{9d}8;;http://x\u{9c}d\u{1b}[2J\u{1b}[1;1H\
    e\u{9b}31mf\u{202e}g\u{200b}h\u{1b}P+q\u{1b}\\i\rj\u{8}k\u{1b}c\u{85}l&#27;[5m\u{feff}m";

/// Everything that somebody else says, through these two.
fn everything(text: impl Fn(&str) -> String, label: impl Fn(&str) -> String) -> Shown {
    let (text, label) = (text(HOSTILE), label(HOSTILE));
    // What was asked before is the person's own, and no less cleaned.
    let mut stage = Stage::new(Form::Drawn, &[HOSTILE]);
    stage.model.setting.gateway = label.clone();
    let mut shown = Shown::new(stage, 60, 20);
    let mut told = |told: Told| {
        shown.stage.told(told);
        shown.text();
    };
    told(Told::State(State::Live));
    let messages = vec![said(Speaker::User, &text), said(Speaker::Assistant, &text)];
    told(opened(messages));
    let mut set = info(&label);
    set.model = label.clone();
    told(Told::Info(Box::new(set)));
    told(Told::Commands(vec![(label.clone(), label.clone())]));
    told(began(&text));
    told(Told::Thought(text.clone()));
    told(Told::Said(format!(
        "{text}\n\n```{text}\n{text}\n```\n\n| {text} |\n|--|\n"
    )));
    told(Told::Note(StatusKind::Lifecycle, text.clone()));
    told(Told::Titled(label.clone()));
    told(ended(&text));
    told(Told::Cut(0));
    told(Told::Output(text.clone()));
    told(Told::Problem(Problem {
        code: Some(label.clone()),
        message: text.clone(),
    }));
    shown.stage.type_in("/");
    shown.text();
    shown.stage.press(KeyCode::Up);
    shown.text();
    shown.stage.control('c');
    shown.stage.press(KeyCode::Up);
    shown.stage.press(KeyCode::Up);
    assert!(shown.text().contains("]52;c;QUFB"));
    shown.stage.control('c');
    shown.stage.send("/sessions");
    shown.stage.told(Told::List(vec![ConversationRow {
        id: label.clone(),
        title: label.clone(),
        preview: label.clone(),
        started_at: 0.0,
        last_active: f64::NAN,
        message_count: 1,
        model: None,
        input_tokens: 0,
        output_tokens: 0,
        source: String::new(),
        running: false,
        pinned: false,
    }]));
    shown.text();
    shown
}

#[test]
fn wb9_what_others_say_changes_no_terminal() {
    let hostile = everything(str::to_owned, str::to_owned);
    let plain = everything(
        |text| hermes_secret::visible_lines(text).into_owned(),
        |label| hermes_secret::plain(label, hermes_secret::LABEL_LIMIT),
    );
    assert_eq!(hostile.terminal.dump(), plain.terminal.dump());
    assert_eq!(hostile.sent, plain.sent);
    // What is sent beside text is ours: moves, styles, the frame and the cursor.
    let is_ours = |sequence: &str| {
        let end = sequence.find(|ch: char| ch.is_ascii_alphabetic());
        sequence.starts_with('[') && end.is_some_and(|at| "ABGJKmhl".contains(&sequence[at..=at]))
    };
    for sequence in hostile.sent.split('\u{1b}').skip(1) {
        assert!(is_ours(sequence), "{sequence:?}");
        let text = sequence.trim_start_matches(|ch: char| !ch.is_ascii_alphabetic());
        let is_hostile = |ch: char| !matches!(ch, '\r' | '\n') && hermes_secret::is_hostile(ch);
        assert!(!text.chars().any(is_hostile), "{sequence:?}");
    }
}
