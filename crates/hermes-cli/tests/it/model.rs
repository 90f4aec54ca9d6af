//! `hermes model`: whose model answers, and which.

use expectrl::{Eof, Expect as _};
use hermes_testkit::Answer;
use serde_json::{Value, json};

use crate::{
    rig::hermes,
    stage::{KEY, Stage},
    terminal::{expect, spawn},
};

fn settings_of(stage: &Stage) -> String {
    std::fs::read_to_string(stage.rig.home.config_toml()).unwrap()
}

#[tokio::test]
async fn what_is_chosen_is_said() {
    let stage = Stage::new().await;
    let ended = stage.asked(&["model"]).await;
    assert_eq!((ended.status, &*ended.stdout), (0, "custom demo\n"));
    let (_, told) = stage.told(&["model"]).await;
    assert_eq!(told, json!({"provider": "custom", "model": "demo"}));
    stage.settings("");
    let ended = stage.asked(&["model"]).await;
    assert_eq!(ended.status, 2);
    assert_eq!(
        ended.stderr,
        "error[model.not_chosen]: no model is chosen\n  next: hermes model list\n"
    );
}

#[tokio::test]
async fn a_choice_is_written_and_holds_and_comments_stay() {
    let stage = Stage::new().await;
    stage.sign_in().await;
    let before = settings_of(&stage);
    stage.settings(&format!("# mine\n{before}"));
    let set = ["model", "set", "openrouter", "a/b"];
    let ended = stage.asked(&set).await;
    assert_eq!((ended.status, &*ended.stdout), (0, ""), "{}", ended.stderr);
    assert_eq!(
        ended.stderr,
        "openrouter a/b answers from now on (~/.hermes/config.toml).\n  Try it: hermes -z \"Say hello\"\n"
    );
    let text = settings_of(&stage);
    assert!(text.starts_with("# mine\n[model]\n"), "{text}");
    assert!(text.contains("#base_url = \"http://127.0.0.1:"), "{text}");
    assert_eq!(stage.asked(&["model"]).await.stdout, "openrouter a/b\n");
    let (status, told) = stage.told(&["-z", "Hello"]).await;
    assert_eq!((status, &told["model"]), (0, &json!("a/b")));
    // Twice is harmless.
    assert_eq!(stage.asked(&set).await.status, 0);
    assert_eq!(settings_of(&stage), text);
}

#[tokio::test]
async fn another_model_of_the_server_is_chosen_by_its_name_alone() {
    let stage = Stage::new().await;
    let before = settings_of(&stage);
    let (status, told) = stage.told(&["model", "set", "custom", "other"]).await;
    assert_eq!((status, &told["model"]), (0, &json!("other")));
    assert_eq!(told["overridden_by"], Value::Null);
    assert_eq!(settings_of(&stage), before.replace("\"demo\"", "\"other\""));
}

#[tokio::test]
async fn a_variable_that_wins_is_named() {
    let stage = Stage::new().await;
    stage.settings("");
    stage.sign_in().await;
    let mut set = hermes(
        stage.rig.home.home().path(),
        &["model", "set", "openrouter", "a/b"],
    );
    let output = set.env("HERMES_MODEL_DEFAULT", "c/d").output().await;
    let said = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(said.contains("HERMES_MODEL_DEFAULT"), "{said}");
}

#[tokio::test]
async fn nothing_is_written_that_would_not_be_good() {
    let stage = Stage::new().await;
    for (text, arguments, code) in [
        ("", &["custom", "x"][..], "config.invalid"),
        ("", &["nobody", "x"], "auth.unknown_provider"),
        ("[model", &["openrouter", "x"], "config.invalid"),
        (
            "[gateway]\nprot = 1\n",
            &["openrouter", "x"],
            "config.invalid",
        ),
        ("", &["openrouter", " "], "config.invalid"),
        ("", &["spotify", "x"], "model.unsupported"),
    ] {
        stage.settings(text);
        let ended = stage.asked(&[&["model", "set"], arguments].concat()).await;
        assert_eq!(ended.status, 2, "{arguments:?}: {}", ended.stderr);
        assert!(
            ended.stderr.contains(code),
            "{arguments:?}: {}",
            ended.stderr
        );
        assert_eq!(settings_of(&stage), text);
    }
}

#[tokio::test]
async fn the_models_of_everybody_are_listed() {
    let stage = Stage::new().await;
    stage.sign_in().await;
    let ended = stage.asked(&["model", "list"]).await;
    assert_eq!(
        (ended.status, &*ended.stdout, &*ended.stderr),
        (0, "custom demo 8192 *\nopenrouter demo 8192\n", "")
    );
    let before = stage.models.requests().len();
    let ended = stage.asked(&["model", "list", "openrouter"]).await;
    assert_eq!(ended.stdout, "openrouter demo 8192\n");
    let asked = stage.models.requests().len() - before;
    assert_eq!(asked, 1, "nobody else is asked");
    let (_, told) = stage.told(&["model", "list"]).await;
    let told = format!("{told:#}").replace(&stage.models.base_url(), "[base URL]");
    insta::assert_snapshot!("model_list_json", told);
}

#[tokio::test]
async fn who_does_not_answer_is_named_with_the_reason() {
    let stage = Stage::new().await;
    let refused = || {
        let message = format!("{KEY} is wrong");
        Answer::refuses(401, &json!({"error": {"message": message}}))
    };
    stage.models.then(refused());
    let ended = stage.asked(&["model", "list"]).await;
    assert_eq!((ended.status, &*ended.stdout), (4, ""));
    assert!(
        ended.stderr.starts_with("error[model.unauthorized]: "),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains("canary"), "{}", ended.stderr);
    stage.models.then(refused());
    let (status, told) = stage.told(&["model", "list"]).await;
    let error = &told["sources"][0]["error"];
    assert_eq!((status, &error["code"]), (0, &json!("model.unauthorized")));
    stage.settings("");
    let ended = stage.asked(&["model", "list"]).await;
    assert_eq!(ended.status, 4, "{}", ended.stderr);
    assert!(
        ended.stderr.contains("auth.not_signed_in"),
        "{}",
        ended.stderr
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_it_asks_whose_and_which() {
    let stage = Stage::new().await;
    stage.sign_in().await;
    let mut session = spawn(&stage.rig, &["model"], &[]);
    let seen = expect(&mut session, r"Enter \[custom\]:");
    assert!(seen.contains("1 * custom"), "{seen}");
    session.send_line("nobody").unwrap();
    expect(&mut session, "Nothing has `nobody` in its name");
    expect(&mut session, r"Enter \[custom\]:");
    session.send_line("2").unwrap();
    // There is one model, so it is not asked for.
    expect(&mut session, "openrouter demo answers from now on");
    session.expect(Eof).unwrap();
    assert_eq!(stage.asked(&["model"]).await.stdout, "openrouter demo\n");

    let listed: Vec<_> = (1..=25)
        .map(|one| json!({"id": format!("m{one}")}))
        .collect();
    let listed = Answer::refuses(200, &json!({ "data": listed }));
    stage.models.then(listed);
    let mut session = spawn(&stage.rig, &["model"], &[]);
    let seen = expect(&mut session, "Enter:");
    assert!(seen.contains("… and 5 more"), "{seen}");
    session.send_line("M2").unwrap();
    let seen = expect(&mut session, "Enter:");
    assert!(seen.contains("7   m25") && !seen.contains("m19"), "{seen}");
    session.send([3]).unwrap();
    let seen = expect(&mut session, "cli.interrupted");
    assert!(!seen.contains("answers from now on"), "{seen}");
    session.expect(Eof).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_no_list_has_is_typed() {
    let stage = Stage::new().await;
    stage
        .models
        .then(Answer::refuses(404, &json!({"error": "nothing here"})));
    let mut session = spawn(&stage.rig, &["model"], &[]);
    expect(&mut session, "The name of the model, then Enter:");
    session.send_line("other").unwrap();
    expect(&mut session, "custom other answers from now on");
    session.expect(Eof).unwrap();
}
