use super::*;

/// A chat in which these were asked and answered.
fn asked(prompts: &[&str]) -> Stage {
    let mut stage = Stage::live();
    for prompt in prompts {
        stage.begin(prompt);
        stage.told(ended("so"));
    }
    stage.printed();
    stage
}

fn twice(stage: &mut Stage) {
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Esc);
}

fn instead(count: u64, text: &str, from: u32, of: u32) -> Wish {
    let prompt = Prompt::new(format!("seed-{count}"), text);
    let instead = Some(Instead { from, of });
    Wish::Say(Prompt { instead, ..prompt })
}

fn is_going_back(stage: &Stage) -> bool {
    matches!(stage.model.mode, Mode::GoingBack(_))
}

#[test]
fn an_earlier_prompt_is_asked_anew_in_place_of_what_followed() {
    let mut stage = asked(&["one", "two", "three"]);
    twice(&mut stage);
    assert!(is_going_back(&stage));
    stage.press(KeyCode::Down);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.written(), "two");
    let says = stage.model.replaces().unwrap();
    assert_eq!(says, "sending replaces 2 prompts from here; Esc keeps them");
    stage.type_in(" and more");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [instead(1, "two and more", 1, 3)]);
    assert_eq!(stage.model.replaces(), None);
    stage.told(Told::Cut(1));
    assert_eq!(stage.printed(), "\n… taken back to before: two");
    let text = "two and more".to_owned();
    let prompts = vec!["seed-1".to_owned()];
    stage.told(Told::Began { text, prompts });
    stage.told(ended("so"));
    stage.send("next");
    assert_eq!(stage.wishes(), [say(2, "next")], "that was for one prompt");
}

#[test]
fn the_newest_is_first_and_typing_finds_one() {
    let mut stage = asked(&["why is the sky blue", "fish soup", "bread"]);
    twice(&mut stage);
    stage.type_in("sky");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.written(), "why is the sky blue");
    assert!(stage.model.replaces().unwrap().contains("3 prompts"));
    stage.press(KeyCode::Esc);
    assert_eq!(stage.model.replaces(), None, "they are kept");
    assert_eq!(stage.written(), "why is the sky blue", "and so is this");
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [say(1, "why is the sky blue")]);
}

#[test]
fn a_draft_is_put_aside_and_one_escape_is_none() {
    let mut stage = asked(&["one"]);
    stage.type_in("draft");
    stage.press(KeyCode::Esc);
    assert_eq!(stage.model.stops_next(), Some("puts the draft aside"));
    stage.now += TWICE * 2;
    stage.press(KeyCode::Esc);
    assert_eq!(stage.written(), "draft", "the first one was long ago");
    stage.type_in("!");
    stage.press(KeyCode::Esc);
    assert_eq!(stage.written(), "draft!", "something was done in between");
    stage.press(KeyCode::Esc);
    assert_eq!(stage.written(), "");
    assert!(!is_going_back(&stage));
    twice(&mut stage);
    assert!(is_going_back(&stage));
    stage.press(KeyCode::Esc);
    stage.control('s');
    assert_eq!(stage.written(), "draft!");
}

#[test]
fn while_a_turn_runs_or_waits_nothing_is_gone_back_to() {
    let mut stage = asked(&["one"]);
    stage.begin("two");
    twice(&mut stage);
    assert_eq!(stage.wishes(), [Wish::Stop]);
    assert!(!is_going_back(&stage));
    stage.told(ended("half"));
    stage.send("three");
    twice(&mut stage);
    assert!(!is_going_back(&stage));
    assert!(stage.model.notice.as_ref().unwrap().contains("on its way"));
    let mut new = asked(&[]);
    twice(&mut new);
    assert_eq!(new.model.notice.as_deref(), Some("nothing was asked yet"));
}

#[test]
fn what_another_client_does_meanwhile_is_never_taken_back() {
    let mut stage = asked(&["one", "two"]);
    twice(&mut stage);
    stage.begin("from the page");
    assert!(!is_going_back(&stage), "the list is not what it was");
    stage.told(ended("so"));
    twice(&mut stage);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.written(), "from the page");
    stage.told(Told::Cut(1));
    assert_eq!(stage.model.replaces(), None);
    assert!(stage.model.notice.as_ref().unwrap().contains("went on"));
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [say(1, "from the page")]);
}

#[test]
fn a_prompt_that_comes_back_still_replaces_what_it_did() {
    let mut stage = asked(&["one", "two"]);
    twice(&mut stage);
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [instead(1, "two", 1, 2)]);
    let problem = Problem {
        code: None,
        message: "a turn is running".to_owned(),
    };
    stage.told(Told::Prompt("seed-1".to_owned(), Fate::Refused(problem)));
    assert_eq!(stage.written(), "two");
    assert!(stage.model.replaces().unwrap().contains("1 prompt"));
    // In another conversation it means nothing.
    stage.told(Told::Opened(Box::new(Opened {
        id: "c2".to_owned(),
        messages: vec![said(Speaker::User, "a"), said(Speaker::User, "b")],
        running: None,
        info: info(""),
    })));
    assert_eq!(stage.model.replaces(), None);
}

#[test]
fn the_prompts_are_counted_as_the_conversation_has_them() {
    let mut stage = asked(&["one", "two", "three"]);
    // Taken back and asked otherwise while nobody was there to be told.
    stage.told(opened(vec![
        said(Speaker::User, "one"),
        said(Speaker::Assistant, "so"),
        said(Speaker::User, "else"),
        said(Speaker::Assistant, "so"),
    ]));
    twice(&mut stage);
    stage.press(KeyCode::Enter);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [instead(1, "else", 1, 2)]);
}

#[test]
fn another_version_is_printed_from_where_it_differs() {
    let mut stage = Stage::live();
    for text in ["one", "two"] {
        stage.begin(text);
        stage.told(ended(&format!("answer to {text}")));
    }
    stage.printed();
    stage.told(Told::Shown(1));
    let both = |user, assistant| {
        [
            said(Speaker::User, user),
            said(Speaker::Assistant, assistant),
        ]
    };
    let first = both("one", "answer to one");
    stage.told(opened([first, both("2", "another answer")].concat()));
    let shown = stage.printed();
    assert!(shown.contains("another version is shown"), "{shown}");
    assert!(shown.ends_with("› 2\n\nanother answer"), "{shown}");
    assert!(!shown.contains("one"), "{shown}");
    stage.effects();
    stage.send("/copy 2");
    let copy = Effect::Copy("answer to one".to_owned());
    assert!(stage.effects().contains(&copy));
}
