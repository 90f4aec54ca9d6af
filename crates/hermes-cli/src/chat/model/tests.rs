use crossterm::event::{KeyCode, KeyModifiers};
use hermes_client::{
    Needed, State, Trouble,
    talk::{Ended, Fate, Opened, Problem, Prompt, Which},
};
use hermes_protocol::{
    methods::{
        ConversationInfo, ConversationRow, ConversationUsage, HistoryMessage, Inflight, Nothing,
        Speaker, TurnStatus,
    },
    rpc::TurnError,
};

use super::*;

mod back;
mod keys;
mod paths;

/// How a conversation is set, by this title.
pub(in crate::chat) fn info(title: &str) -> ConversationInfo {
    ConversationInfo {
        stored_session_id: "c1".to_owned(),
        model: "sonnet".to_owned(),
        provider: "anthropic".to_owned(),
        reasoning_effort: String::new(),
        title: title.to_owned(),
        running: false,
        usage: usage(0),
        tools: Nothing {},
        skills: Nothing {},
        cwd: String::new(),
        branch: String::new(),
        profile_name: Default::default(),
        desktop_contract: 1,
        version: Default::default(),
    }
}

fn usage(total: u64) -> ConversationUsage {
    ConversationUsage {
        total,
        context_percent: (total > 0).then_some(12),
        ..ConversationUsage::default()
    }
}

pub(in crate::chat) fn said(role: Speaker, text: &str) -> HistoryMessage {
    HistoryMessage {
        role,
        text: text.to_owned(),
        reasoning: None,
        images: Vec::new(),
        status: None,
        error: None,
        tokens: None,
        model: None,
        version: None,
        versions: None,
    }
}

pub(in crate::chat) fn opened(messages: Vec<HistoryMessage>) -> Told {
    Told::Opened(Box::new(Opened {
        id: "c1".to_owned(),
        messages,
        running: None,
        info: info(""),
    }))
}

pub(in crate::chat) fn ended(text: &str) -> Told {
    Told::Ended(Box::new(Ended {
        text: text.to_owned(),
        status: TurnStatus::Complete,
        warning: None,
        error: None,
        usage: usage(3210),
    }))
}

/// The chat, a clock that is moved by hand, and what was printed and wanted.
pub(in crate::chat) struct Stage {
    pub(in crate::chat) model: Model,
    pub(in crate::chat) now: Duration,
    /// What is to be printed, for a test that draws.
    pub(in crate::chat) blocks: Vec<Block>,
    printed: Vec<String>,
    wishes: Vec<Wish>,
    effects: Vec<Effect>,
}

impl Stage {
    pub(in crate::chat) fn new(form: Form, prompts: &[&str]) -> Self {
        let setting = Setting {
            gateway: "home".to_owned(),
            form,
            extent: Extent::Inline,
            seed: "seed".to_owned(),
            epoch: 1_000_000.0,
            prompts: prompts.iter().map(|one| (*one).to_owned()).collect(),
            keys: Keys::default(),
        };
        Self {
            model: Model::new(setting, 80, 24),
            now: Duration::ZERO,
            blocks: Vec::new(),
            printed: Vec::new(),
            wishes: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// A chat that is connected, in a conversation that is new.
    pub(in crate::chat) fn live() -> Self {
        let mut stage = Self::new(Form::Drawn, &["first", "second"]);
        stage.told(Told::State(State::Live));
        stage.told(opened(Vec::new()));
        stage.printed.clear();
        stage.blocks.clear();
        stage
    }

    pub(in crate::chat) fn on(&mut self, input: Input) {
        self.model.on(input, self.now);
        let printed = self.model.take_printed();
        let lines = printed.iter().flat_map(Block::lines);
        self.printed.extend(lines.map(ToString::to_string));
        self.blocks.extend(printed);
        for effect in self.model.take_effects() {
            match effect {
                Effect::Wish(wish) => self.wishes.push(wish),
                other => self.effects.push(other),
            }
        }
    }

    pub(in crate::chat) fn told(&mut self, told: Told) {
        self.on(Input::Told(told));
    }

    pub(in crate::chat) fn press(&mut self, code: KeyCode) {
        self.on(Input::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }

    pub(in crate::chat) fn control(&mut self, ch: char) {
        let key = KeyEvent::new(KeyCode::Char(ch), KeyModifiers::CONTROL);
        self.on(Input::Key(key));
    }

    pub(in crate::chat) fn type_in(&mut self, text: &str) {
        for ch in text.chars() {
            self.press(KeyCode::Char(ch));
        }
    }

    pub(in crate::chat) fn send(&mut self, text: &str) {
        self.type_in(text);
        self.press(KeyCode::Enter);
    }

    fn begin(&mut self, text: &str) {
        let text = text.to_owned();
        let prompts = Vec::new();
        self.told(Told::Began { text, prompts });
    }

    fn printed(&mut self) -> String {
        std::mem::take(&mut self.printed).join("\n")
    }

    fn wishes(&mut self) -> Vec<Wish> {
        std::mem::take(&mut self.wishes)
    }

    fn effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn written(&self) -> &str {
        self.model.composer.text()
    }
}

fn say(count: u64, text: &str) -> Wish {
    Wish::Say(Prompt::new(format!("seed-{count}"), text))
}

#[test]
fn enter_sends_and_other_enters_begin_a_line() {
    let mut stage = Stage::live();
    stage.type_in("one");
    stage.control('j');
    stage.type_in("two\\");
    stage.press(KeyCode::Enter);
    stage.type_in("three");
    for modifier in [KeyModifiers::ALT, KeyModifiers::SHIFT] {
        stage.on(Input::Key(KeyEvent::new(KeyCode::Enter, modifier)));
    }
    assert_eq!(stage.written(), "one\ntwo\nthree\n\n");
    stage.on(Input::Pasted("four\r\nfive\r\n".to_owned()));
    assert!(stage.wishes().is_empty(), "a paste sends nothing");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [say(1, "one\ntwo\nthree\n\nfour\nfive")]);
    assert_eq!(stage.written(), "");
}

#[test]
fn an_answer_is_printed_as_it_is_finished() {
    let mut stage = Stage::live();
    stage.send("why?");
    assert_eq!(stage.printed(), "", "it is not asked yet");
    let (text, prompts) = ("why?".to_owned(), vec!["seed-1".to_owned()]);
    stage.told(Told::Began { text, prompts });
    assert!(stage.model.pending.is_empty());
    assert_eq!(stage.printed(), "› why?");
    stage.told(Told::Thought("hm".to_owned()));
    stage.now = Duration::from_secs(12);
    stage.told(Told::Said("Because **it".to_owned()));
    assert_eq!(stage.printed(), "\nthought for 12 s");
    stage.told(Told::Said("** is.\n\n- so\n".to_owned()));
    assert_eq!(stage.printed(), "\nBecause it is.");
    stage.told(ended("Because **it** is.\n\n- so\n- and so\n"));
    assert_eq!(stage.printed(), "\n• so\n• and so");
    assert_eq!(stage.model.conversation.usage.total, 3210);
    stage.send("/copy");
    let source = "Because **it** is.\n\n- so\n- and so\n".to_owned();
    let copied = |effect: &Effect| *effect == Effect::Copy(source.clone());
    assert!(
        stage.effects().iter().any(copied),
        "the source, not what is shown"
    );
}

#[test]
fn what_came_of_a_turn_that_failed_says_what_helps() {
    let mut stage = Stage::live();
    stage.begin("why?");
    stage.printed();
    let error = TurnError {
        code: "model.rate_limited".to_owned(),
        message: "no more for now".to_owned(),
        hint: "hermes auth status xai".to_owned(),
        retryable: true,
    };
    stage.told(Told::Ended(Box::new(Ended {
        text: "no more for now".to_owned(),
        status: TurnStatus::Error,
        warning: None,
        error: Some(error),
        usage: usage(0),
    })));
    let shown = "\nerror[model.rate_limited]: no more for now\n  next: hermes auth status xai";
    assert_eq!(stage.printed(), shown);
}

#[test]
fn escape_stops_once_and_ctrl_c_clears_and_leaves() {
    let mut stage = Stage::live();
    stage.begin("why?");
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Esc);
    stage.control('c');
    assert_eq!(stage.wishes(), [Wish::Stop]);
    stage.told(Told::Said("half".to_owned()));
    stage.told(Told::Ended(Box::new(Ended {
        text: "half".to_owned(),
        status: TurnStatus::Interrupted,
        warning: None,
        error: None,
        usage: usage(0),
    })));
    assert!(stage.printed().ends_with("\n\nhalf\n\n— stopped here"));
    stage.type_in("draft");
    stage.control('c');
    assert_eq!(stage.written(), "");
    stage.press(KeyCode::Up);
    assert_eq!(stage.written(), "draft", "what was cleared is kept");
    stage.control('c');
    stage.control('c');
    assert!(stage.effects().is_empty());
    stage.now += Duration::from_secs(5);
    stage.control('c');
    assert!(stage.effects().is_empty(), "the first one was long ago");
    stage.control('c');
    assert_eq!(stage.effects(), [Effect::Leave]);
}

#[test]
fn nothing_that_was_typed_is_lost() {
    let mut stage = Stage::live();
    stage.type_in("draft");
    stage.press(KeyCode::Up);
    stage.press(KeyCode::Up);
    assert_eq!(stage.written(), "first");
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Down);
    assert_eq!(stage.written(), "draft");
    stage.press(KeyCode::Up);
    stage.type_in("!");
    assert_eq!(stage.written(), "second!");
    stage.press(KeyCode::Enter);
    stage.control('s');
    assert_eq!(stage.written(), "draft", "it was put aside");
    stage.press(KeyCode::Up);
    stage.press(KeyCode::Enter);
    assert_eq!(
        stage.written(),
        "draft",
        "a prompt that was asked again is no draft"
    );
    stage.control('s');
    assert_eq!(stage.written(), "");
    stage.on(Input::Edited(Ok("from the editor\n".to_owned())));
    assert_eq!(stage.written(), "from the editor");
}

#[test]
fn an_earlier_prompt_is_found_by_its_words() {
    let mut stage = Stage::live();
    stage.type_in("draft");
    stage.control('r');
    stage.type_in("s");
    assert_eq!(stage.written(), "second");
    stage.control('r');
    assert_eq!(stage.written(), "first");
    stage.press(KeyCode::Esc);
    assert_eq!(stage.written(), "draft");
    stage.control('r');
    stage.type_in("sec");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.written(), "second");
    assert!(stage.wishes().is_empty(), "it is taken, not sent");
    stage.press(KeyCode::Enter);
    stage.control('s');
    assert_eq!(stage.written(), "draft");
}

#[test]
fn a_sign_in_that_ends_keeps_the_draft_and_sends_nothing_by_itself() {
    let mut stage = Stage::live();
    stage.type_in("a long draft");
    let needed = Told::State(State::NeedsSignIn(Needed::SignIn));
    stage.told(needed.clone());
    stage.told(needed);
    assert_eq!(stage.printed().matches("sign-in has ended").count(), 1);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.effects(), [Effect::SignIn(Needed::SignIn)]);
    assert!(stage.wishes().is_empty());
    stage.on(Input::SignedIn(Ok(())));
    stage.told(Told::State(State::Live));
    assert_eq!(stage.wishes(), [Wish::SignedIn]);
    assert_eq!(stage.written(), "a long draft");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [say(1, "a long draft")]);
}

#[test]
fn a_prompt_waits_for_the_connection_and_comes_back_when_it_is_refused() {
    let mut stage = Stage::live();
    let pause = Duration::from_secs(4);
    stage.told(Told::State(State::Waiting(pause, Trouble::Network)));
    assert_eq!(stage.printed(), "", "a break is no wall of words");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [Wish::Retry]);
    stage.send("one");
    stage.told(Told::Prompt("seed-1".to_owned(), Fate::Waits));
    assert_eq!(stage.model.pending[0].fate, Some(Fate::Waits));
    let problem = Problem {
        code: Some("cli.prompt_unusable".to_owned()),
        message: "too long".to_owned(),
    };
    stage.told(Told::Prompt("seed-1".to_owned(), Fate::Refused(problem)));
    assert_eq!(stage.written(), "one");
    assert!(
        stage
            .printed()
            .contains("error[cli.prompt_unusable]: too long\n  next: ")
    );
}

#[test]
fn what_was_taken_back_elsewhere_is_not_on_its_way_any_more() {
    let mut stage = Stage::live();
    stage.begin("one");
    stage.send("two");
    let gone = |id: &str| Told::Withdrawn(vec![id.to_owned()]);
    stage.told(gone("another"));
    assert_eq!(stage.model.pending.len(), 1);
    stage.told(gone("seed-1"));
    assert_eq!((stage.model.pending.len(), stage.written()), (0, ""));
    assert!(stage.printed().contains("taken back elsewhere"));
}

#[test]
fn after_a_break_only_what_is_new_is_printed() {
    let mut stage = Stage::live();
    stage.begin("one");
    stage.told(Told::Said("First.\n\nSec".to_owned()));
    stage.printed();
    let running = |user: &str, assistant: &str, messages| {
        Told::Opened(Box::new(Opened {
            id: "c1".to_owned(),
            messages,
            running: Some(Inflight {
                user: user.to_owned(),
                assistant: assistant.to_owned(),
                streaming: true,
                ..Inflight::default()
            }),
            info: info(""),
        }))
    };
    stage.told(running("one", "First.\n\nSecond.\n\nTh", Vec::new()));
    assert_eq!(stage.printed(), "\nFirst.");
    let first = || said(Speaker::User, "one");
    let answer = || said(Speaker::Assistant, "First.\n\nSecond.\n\nThird.");
    stage.told(opened(vec![first(), answer()]));
    assert_eq!(stage.printed(), "\nSecond.\n\nThird.");
    stage.told(opened(vec![first(), answer()]));
    assert_eq!(stage.printed(), "", "nothing is new");
    let more = vec![first(), answer(), said(Speaker::User, "two")];
    stage.told(running("three", "x", more));
    assert_eq!(stage.printed(), "\n› two\n\n› three");
    let another = vec![
        said(Speaker::User, "other"),
        said(Speaker::Assistant, "words"),
    ];
    stage.told(opened(another));
    let shown = stage.printed();
    assert!(
        shown.contains("changed meanwhile") && shown.ends_with("› other\n\nwords"),
        "{shown}"
    );
}

#[test]
fn an_answer_that_failed_is_not_repeated_in_other_words() {
    let mut stage = Stage::live();
    stage.begin("one");
    stage.told(ended("told so"));
    stage.printed();
    let kept = vec![
        said(Speaker::User, "one"),
        said(Speaker::Assistant, "kept so"),
    ];
    stage.told(opened(kept));
    assert_eq!(stage.printed(), "");
}

#[test]
fn of_a_long_conversation_the_end_is_shown() {
    let mut stage = Stage::new(Form::Drawn, &[]);
    let messages = (0..30).map(|index| match index % 2 {
        0 => said(Speaker::User, &format!("question {index}")),
        _ => said(Speaker::Assistant, &format!("answer {index}")),
    });
    stage.told(opened(messages.collect()));
    let shown = stage.printed();
    assert!(
        shown.starts_with("— a conversation\n\n… 20 earlier messages\n\n› question 20"),
        "{shown}"
    );
    assert!(shown.ends_with("answer 29"), "{shown}");
    stage.send("/copy 15");
    assert_eq!(stage.effects()[1], Effect::Copy("answer 1".to_owned()));
}

#[test]
fn what_another_client_asks_and_takes_back_is_seen() {
    let mut stage = Stage::live();
    stage.begin("from the page");
    stage.told(ended("yes"));
    assert_eq!(stage.printed(), "› from the page\n\nyes");
    stage.told(Told::Cut(0));
    assert!(stage.printed().contains("taken back"));
    stage.send("/copy");
    assert!(stage.printed().contains("no such answer"));
}

#[test]
fn a_conversation_is_chosen_from_the_list() {
    let mut stage = Stage::live();
    stage.send("/resume");
    assert_eq!(stage.wishes(), [Wish::List]);
    let row = |id: &str, title: &str| ConversationRow {
        id: id.to_owned(),
        title: title.to_owned(),
        preview: String::new(),
        started_at: 0.0,
        last_active: 0.0,
        message_count: 1,
        model: None,
        input_tokens: 0,
        output_tokens: 0,
        source: String::new(),
        running: false,
        pinned: false,
    };
    stage.told(Told::List(vec![
        row("a", "Fish"),
        row("b", "Bread"),
        row("c", "Soup"),
    ]));
    stage.press(KeyCode::Down);
    stage.type_in("ou");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [Wish::Open(Which::Named("c".to_owned()))]);
    stage.send("/resume an exact title");
    let named = Which::Named("an exact title".to_owned());
    assert_eq!(stage.wishes(), [Wish::Open(named)]);
}

#[test]
fn commands_complete_before_they_run() {
    let mut stage = Stage::live();
    stage.told(Told::Commands(vec![(
        "title".to_owned(),
        "name it".to_owned(),
    )]));
    stage.send("/ti");
    assert_eq!(stage.written(), "/title", "a part of a name runs nothing");
    stage.type_in(" Fish");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [Wish::Command("/title Fish".to_owned())]);
    stage.send("/new");
    assert_eq!(stage.wishes(), [Wish::Open(Which::New)]);
    stage.send("/quit");
    assert!(stage.effects().contains(&Effect::Leave));
    stage.send("/etc/passwd?");
    assert_eq!(stage.wishes(), [say(1, "/etc/passwd?")]);
}

#[test]
fn a_long_answer_calls_whoever_looks_elsewhere() {
    let mut stage = Stage::live();
    for (is_focused, seconds, calls) in [(true, 20, 0), (false, 5, 0), (false, 20, 1)] {
        stage.on(Input::Focus(is_focused));
        stage.begin("why?");
        stage.now += Duration::from_secs(seconds);
        stage.told(ended("so"));
        let called = vec![Effect::Call(Call::Answered); calls];
        assert_eq!(stage.effects(), called, "{is_focused} {seconds}");
        // What waits for the person calls them at once, and once.
        for state in [State::NeedsSignIn(Needed::SignIn); 2] {
            stage.told(Told::State(state));
        }
        let called = vec![Effect::Call(Call::Waits); usize::from(!is_focused)];
        assert_eq!(stage.effects(), called);
        stage.told(Told::State(State::Live));
    }
}

#[test]
fn whoever_looks_again_need_not_wait_for_the_connection() {
    let mut stage = Stage::live();
    stage.on(Input::Focus(true));
    assert!(stage.wishes().is_empty());
    let pause = Duration::from_secs(60);
    stage.told(Told::State(State::Waiting(pause, Trouble::Network)));
    stage.on(Input::Focus(false));
    stage.on(Input::Focus(true));
    assert_eq!(stage.wishes(), [Wish::Retry]);
}

#[test]
fn lines_are_what_was_written() {
    let mut stage = Stage::new(Form::Lines, &[]);
    stage.told(Told::State(State::Live));
    stage.told(opened(Vec::new()));
    stage.send("why?");
    let (text, prompts) = ("why?".to_owned(), vec!["seed-1".to_owned()]);
    stage.told(Told::Began { text, prompts });
    stage.told(Told::Said("# A\n\nlong **li".to_owned()));
    stage.told(ended("# A\n\nlong **line**"));
    assert_eq!(
        stage.printed(),
        "# A\n\nlong **line**",
        "what was typed is there"
    );
    stage.begin("from the page");
    assert_eq!(stage.printed(), "\n› from the page");
    let pause = Duration::from_secs(4);
    stage.told(Told::State(State::Waiting(pause, Trouble::Network)));
    stage.told(Told::State(State::Live));
    assert_eq!(
        stage.printed(),
        "\nNo connection to the gateway. It is tried again in 4 s.\n\nConnected."
    );
}
