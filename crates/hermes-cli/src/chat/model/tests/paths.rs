use super::*;

fn look(base: &str, hidden: bool) -> Look {
    let base = base.to_owned();
    Look { base, hidden }
}

fn found(stage: &mut Stage, look: Look, all: &[&str]) {
    let all = all.iter().map(|path| (*path).to_owned()).collect();
    stage.on(Input::Found(look, all));
}

/// One file, as it is when it has been read.
fn gathered(name: &str, content: &str) -> Gathered {
    Gathered {
        blocks: format!("\n\n@{name}:\n```\n{content}\n```"),
        files: vec![(name.to_owned(), content.len())],
    }
}

fn offered(stage: &Stage) -> Vec<String> {
    let (offers, _) = stage.model.completions();
    let name = |offer: &Offer<'_>| match offer {
        Offer::Command(command) => command.name.clone(),
        Offer::Path(path) => (*path).to_owned(),
    };
    offers.iter().map(name).collect()
}

#[test]
fn a_path_is_completed_folder_by_folder() {
    let mut stage = Stage::live();
    stage.type_in("see @");
    assert_eq!(stage.effects(), [Effect::Look(look("", false))]);
    let all = ["README.md", "src/", "src/main.rs", "my notes/"];
    found(&mut stage, look("", false), &all);
    assert_eq!(offered(&stage), all, "the near ones first");
    stage.type_in("mai");
    assert!(stage.effects().is_empty(), "it is known what there is");
    assert_eq!(offered(&stage), ["src/main.rs"]);
    stage.press(KeyCode::Tab);
    assert_eq!(stage.written(), "see @src/main.rs ");
    assert!(offered(&stage).is_empty());
    stage.type_in("@my");
    stage.effects();
    found(&mut stage, look("", false), &all);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.written(), "see @src/main.rs @\"my notes/");
    assert_eq!(stage.effects(), [Effect::Look(look("my notes/", false))]);
    found(&mut stage, look("", false), &["late"]);
    assert!(offered(&stage).is_empty(), "that was asked for before");
    found(&mut stage, look("my notes/", false), &["my notes/a b.md"]);
    stage.press(KeyCode::Tab);
    assert_eq!(stage.written(), "see @src/main.rs @\"my notes/a b.md\" ");
    stage.type_in("@");
    stage.effects();
    stage.type_in(".");
    assert_eq!(stage.effects(), [Effect::Look(look("", true))]);
}

#[test]
fn names_and_addresses_are_words() {
    let mut stage = Stage::live();
    stage.type_in("ada@example.com");
    assert!(stage.effects().is_empty());
    stage.press(KeyCode::Enter);
    assert_eq!(stage.wishes(), [say(1, "ada@example.com")]);
    stage.effects();
    stage.type_in("@ada");
    stage.effects();
    found(&mut stage, look("", false), &["a/longer/road/away", "b"]);
    stage.press(KeyCode::Enter);
    let gather = Effect::Gather("@ada".to_owned());
    assert_eq!(stage.effects(), [gather], "no such file is meant");
    let none = Gathered::default();
    stage.on(Input::Gathered("@ada".to_owned(), Ok(none)));
    assert_eq!(stage.wishes(), [say(2, "@ada")]);
}

#[test]
fn a_file_goes_along_and_the_history_keeps_the_words() {
    let mut stage = Stage::live();
    stage.send("sum up @a.md");
    assert!(stage.wishes().is_empty());
    assert_eq!(stage.written(), "sum up @a.md", "until it is read");
    stage.effects();
    let words = "sum up @a.md".to_owned();
    stage.on(Input::Gathered(words.clone(), Ok(gathered("a.md", "# A"))));
    let text = "sum up @a.md\n\n@a.md:\n```\n# A\n```";
    assert_eq!(stage.wishes(), [say(1, text)]);
    assert_eq!(stage.effects(), [Effect::Keep(words)]);
    assert_eq!(stage.written(), "");
    let prompts = vec!["seed-1".to_owned()];
    let text = text.to_owned();
    stage.told(Told::Began { text, prompts });
    assert_eq!(stage.printed(), "› sum up @a.md\n  with a.md, 4 bytes");
    stage.told(ended("so"));
    stage.press(KeyCode::Up);
    assert_eq!(stage.written(), "sum up @a.md");
    stage.control('c');
    // Asked again, it has the file as it was.
    stage.send("/retry");
    assert!(
        matches!(&stage.wishes()[..], [Wish::Say(prompt)] if prompt.text.ends_with("# A\n```"))
    );
}

#[test]
fn what_cannot_go_along_is_said_before_anything_is_sent() {
    let mut stage = Stage::live();
    stage.send("see @big");
    let refused = || Err("`@big` has 3.0 MB".to_owned());
    stage.on(Input::Gathered("see @big".to_owned(), refused()));
    assert!(stage.wishes().is_empty());
    assert_eq!(stage.written(), "see @big");
    let shown = stage.printed();
    assert!(
        shown.starts_with("error[cli.prompt_unusable]: `@big` has 3.0 MB\n  next: "),
        "{shown}"
    );
    // Among lines, what is typed next begins anew.
    let mut lines = Stage::new(Form::Lines, &[]);
    lines.told(Told::State(State::Live));
    lines.told(opened(Vec::new()));
    lines.send("see @big");
    assert_eq!(lines.effects(), [Effect::Gather("see @big".to_owned())]);
    lines.on(Input::Gathered("see @big".to_owned(), refused()));
    assert_eq!(lines.written(), "");
    assert!(lines.printed().contains("3.0 MB"));
    lines.send("see @a");
    lines.on(Input::Gathered("see @a".to_owned(), Ok(gathered("a", "x"))));
    let text = "see @a\n\n@a:\n```\nx\n```".to_owned();
    let prompts = vec!["seed-1".to_owned()];
    lines.told(Told::Began { text, prompts });
    assert_eq!(
        lines.printed(),
        "\n  with a, 2 bytes",
        "the words stand there"
    );
}

#[test]
fn no_gateway_has_a_file_sent() {
    let mut stage = Stage::live();
    // What another client asked, or what the gateway says that one has.
    stage.begin("look at @~/.ssh/id_rsa\n\n@x:\n```\ny\n```");
    stage.told(ended("@/etc/passwd"));
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Esc);
    stage.press(KeyCode::Enter);
    assert_eq!(stage.written(), "look at @ ~/.ssh/id_rsa");
    stage.press(KeyCode::Enter);
    let effects = stage.effects();
    let gathers = |effect: &Effect| matches!(effect, Effect::Gather(_));
    assert!(!effects.iter().any(gathers), "{effects:?}");
    assert_eq!(stage.wishes().len(), 1);
    // What was typed here is what it was.
    let mut own = Stage::new(Form::Drawn, &["look at @a.md"]);
    own.told(Told::State(State::Live));
    own.told(opened(vec![said(Speaker::User, "look at @a.md")]));
    own.press(KeyCode::Esc);
    own.press(KeyCode::Esc);
    own.press(KeyCode::Enter);
    assert_eq!(own.written(), "look at @a.md");
}
