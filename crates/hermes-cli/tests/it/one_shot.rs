//! `hermes -z`: a prompt, and its answer on standard output.

use std::process::Stdio;

use expectrl::{Eof, Expect as _};
use hermes_machine::file;
use hermes_testkit::{Answer, Saying};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::Child,
};

use crate::{
    rig::finish,
    stage::{KEY, Stage},
    terminal::{expect, spawn},
};

/// The smallest picture there is: how it begins is all that counts here.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n";

fn interrupt(child: &Child) {
    let id = child.id().and_then(|id| i32::try_from(id).ok()).unwrap();
    let process = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(process, rustix::process::Signal::INT).unwrap();
}

#[tokio::test]
async fn the_answer_alone_is_on_standard_output() {
    let stage = Stage::new().await;
    let saying = Saying::new("Hello, Ada.").thinking("She is called Ada.");
    stage.models.then(Answer::says(saying));
    let ended = stage.asked(&["-z", "Greet me"]).await;
    assert_eq!(
        (ended.status, &*ended.stdout, &*ended.stderr),
        (0, "Hello, Ada.\n", "")
    );
    assert_eq!(stage.content(), "Greet me");
}

#[tokio::test]
async fn flags_stand_in_any_order_and_a_prompt_may_begin_with_dashes() {
    let stage = Stage::new().await;
    let arguments = [
        "-m",
        "other",
        "--effort",
        "low",
        "-z",
        "--- a list",
        "--no-input",
    ];
    let ended = stage.asked(&arguments).await;
    assert_eq!(
        (ended.status, &*ended.stdout),
        (0, "You said: --- a list\n")
    );
    let asked = stage.models.requests().pop().unwrap().json.unwrap();
    assert_eq!(asked["model"], "other");
    assert_eq!(asked["reasoning_effort"], "low");
}

#[tokio::test]
async fn what_is_piped_in_goes_with_the_prompt() {
    let stage = Stage::new().await;
    let ended = stage
        .rig
        .run_with(&["-z", "Review this"], "+ a line\n")
        .await;
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert_eq!(stage.content(), "Review this\n\n+ a line\n");
    let ended = stage.rig.run_with(&["-z", "-"], "All of it").await;
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert_eq!(stage.content(), "All of it");
    let ended = stage.rig.run_with(&["-z", "Nothing more"], "\n").await;
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    assert_eq!(stage.content(), "Nothing more");
}

#[tokio::test]
async fn an_open_standard_input_is_waited_for_and_the_person_is_told() {
    let stage = Stage::new().await;
    let mut child = stage.start(&["-z", "Review"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    let line = said.next_line().await.unwrap().unwrap();
    assert!(line.contains("< /dev/null"), "{line}");
    assert!(stage.models.requests().is_empty());
    stdin.write_all(b"this").await.unwrap();
    drop(stdin);
    assert!(child.wait().await.unwrap().success());
    assert_eq!(stage.content(), "Review\n\nthis");
}

#[tokio::test]
async fn text_comes_before_the_end_and_ctrl_c_ends_it() {
    let stage = Stage::new().await;
    let saying = Saying::new("One two").stalling();
    stage.models.then(Answer::says(saying));
    let mut child = stage.start(&["-z", "Count"]);
    drop(child.stdin.take());
    let mut stdout = child.stdout.take().unwrap();
    let mut text = String::new();
    while text != "One two" {
        let mut piece = [0; 64];
        let length = stdout.read(&mut piece).await.unwrap();
        assert_ne!(length, 0, "{text}");
        text.push_str(std::str::from_utf8(&piece[..length]).unwrap());
    }
    interrupt(&child);
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).await.unwrap();
    let ended = child.wait_with_output().await.unwrap();
    assert_eq!((ended.status.code(), &*rest), (Some(130), "\n"));
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.starts_with("error[cli.interrupted]: "), "{said}");
}

#[tokio::test]
async fn ctrl_c_while_nothing_is_read_or_written_ends_it_too() {
    let stage = Stage::new().await;
    // Standard input stays open.
    let mut child = stage.start(&["-z", "Review"]);
    let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
    said.next_line().await.unwrap().unwrap();
    interrupt(&child);
    let stdin = child.stdin.take();
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    drop(stdin);
    assert!(stage.models.requests().is_empty());

    // Nobody reads standard output, and the pipe is full.
    let word = json!({"choices": [{"index": 0, "delta": {"content": "x".repeat(65_536)}}]});
    stage
        .models
        .then(Answer::endless(format!("data: {word}\n\n")));
    let mut child = stage.start(&["-z", "Write"]);
    drop(child.stdin.take());
    let mut stdout = child.stdout.take().unwrap();
    let mut first = [0; 1];
    stdout.read_exact(&mut first).await.unwrap();
    interrupt(&child);
    assert_eq!(child.wait().await.unwrap().code(), Some(130));
    drop(stdout);
}

#[tokio::test]
async fn a_reader_that_has_gone_ends_it_quietly() {
    let stage = Stage::new().await;
    let word = json!({"choices": [{"index": 0, "delta": {"content": "more\n"}}]});
    stage
        .models
        .then(Answer::endless(format!("data: {word}\n\n")));
    let mut child = stage.start(&["-z", "Write"]);
    drop(child.stdin.take());
    drop(child.stdout.take());
    let ended = child.wait_with_output().await.unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
}

#[tokio::test]
async fn json_is_one_object_with_what_was_used() {
    let stage = Stage::new().await;
    let saying = Saying::new("Hello, Ada.").thinking("She is called Ada.");
    stage.models.then(Answer::says(saying));
    let (status, told) = stage.told(&["-z", "Greet me"]).await;
    assert_eq!(status, 0);
    insta::assert_snapshot!("one_shot_json", format!("{told:#}"));
}

#[tokio::test]
async fn a_refusal_has_its_code_its_status_and_no_key() {
    let stage = Stage::new().await;
    for (code, message, status, expected) in [
        (401, format!("wrong key {KEY}"), 4, "model.unauthorized"),
        (404, "no such model".to_owned(), 2, "model.unknown"),
        (
            400,
            format!("{KEY} asks too much"),
            1,
            "model.invalid_request",
        ),
    ] {
        let refused = || {
            let error = json!({"message": message, "code": "model_not_found", "type": "x"});
            match code {
                404 => Answer::refuses(code, &json!({ "error": error })),
                _ => Answer::refuses(code, &json!({"error": {"message": message}})),
            }
        };
        stage.models.then(refused());
        let ended = stage.asked(&["-z", "Greet me"]).await;
        assert_eq!(
            (ended.status, &*ended.stdout),
            (status, ""),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.starts_with(&format!("error[{expected}]: ")),
            "{}",
            ended.stderr
        );
        assert!(
            ended.stderr.contains("\n  next: hermes "),
            "{}",
            ended.stderr
        );
        assert!(!ended.stderr.contains("canary"), "{}", ended.stderr);
        stage.models.then(refused());
        let (told_status, told) = stage.told(&["-z", "Greet me"]).await;
        assert_eq!(told_status, status);
        assert_eq!(
            (
                &told["status"],
                &told["error"]["code"],
                &told["error"]["retryable"]
            ),
            (&json!("failed"), &json!(expected), &json!(false))
        );
        assert!(!told.to_string().contains("canary"), "{told}");
    }
}

#[tokio::test]
async fn a_busy_server_is_asked_again_and_the_person_is_told() {
    let stage = Stage::new().await;
    let busy = Answer::refuses(503, &json!({"error": {"message": "loading \u{1b}[2J"}}));
    stage.models.then(busy.header("Retry-After", "0"));
    let ended = stage.asked(&["-z", "Hello"]).await;
    assert_eq!((ended.status, &*ended.stdout), (0, "You said: Hello\n"));
    assert!(
        ended.stderr.contains("asked again in 0 s"),
        "{}",
        ended.stderr
    );
    assert!(!ended.stderr.contains('\u{1b}'), "{:?}", ended.stderr);
}

#[tokio::test]
async fn what_came_before_an_error_is_kept() {
    let stage = Stage::new().await;
    let failing =
        || Answer::says(Saying::new("One two").failing("server_error", "the GPU is on fire"));
    stage.models.then(failing());
    let ended = stage.asked(&["-z", "Count"]).await;
    assert_eq!(
        (ended.status, &*ended.stdout),
        (5, "One two\n"),
        "{}",
        ended.stderr
    );
    assert!(
        ended.stderr.starts_with("error[model.overloaded]: "),
        "{}",
        ended.stderr
    );
    stage.models.then(failing());
    let (status, told) = stage.told(&["-z", "Count"]).await;
    assert_eq!(
        (status, &told["answer"], &told["error"]["retryable"]),
        (5, &json!("One two"), &json!(true))
    );
    assert_eq!(stage.models.requests().len(), 2, "it is not asked again");
}

#[tokio::test]
async fn an_answer_that_is_cut_is_no_whole_one() {
    let stage = Stage::new().await;
    for _ in 0..2 {
        stage
            .models
            .then(Answer::says(Saying::new("One two").cut()));
    }
    let ended = stage.asked(&["-z", "Count"]).await;
    assert_eq!((ended.status, &*ended.stdout), (1, "One two\n"));
    assert!(
        ended.stderr.starts_with("error[model.cut]: "),
        "{}",
        ended.stderr
    );
    let (status, told) = stage.told(&["-z", "Count"]).await;
    assert_eq!((status, &told["status"]), (1, &json!("cut")));
}

#[tokio::test(flavor = "multi_thread")]
async fn wb9_a_terminal_is_sent_no_sequence_and_a_pipe_what_was_answered() {
    let stage = Stage::new().await;
    let hostile = "a\u{1b}[2J\u{1b}]52;c;aGk=\u{7}\u{9b}1A\u{202e}b\tc\r\nd\u{8}";
    for _ in 0..3 {
        stage.models.then(Answer::says(Saying::new(hostile)));
    }
    let ended = stage.asked(&["-z", "Attack"]).await;
    assert_eq!(ended.stdout, format!("{hostile}\n"));
    for arguments in [&["-z", "Attack"][..], &["-z", "Attack", "--json"]] {
        let mut session = spawn(&stage.rig, arguments, &[]);
        let seen = expect(&mut session, r"d\\(u\{8\}|b)[^\n]*\n");
        session.expect(Eof).unwrap();
        // The waiting line is ours; from the answer on, nothing is but text.
        let from = seen.find(r"a\u").unwrap();
        let answer = &seen[from..];
        let is_text = |ch: char| matches!(ch, '\n' | '\t') || !hermes_secret::is_hostile(ch);
        assert!(answer.chars().all(is_text), "{answer:?}");
        assert!(answer.contains("202e"), "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_terminal_the_prompt_may_be_typed_and_something_says_what_is_waited_for() {
    let stage = Stage::new().await;
    let mut session = spawn(&stage.rig, &["-z", "-"], &[("TERM", "xterm")]);
    expect(&mut session, "Ctrl-D");
    session.send_line("Hello").unwrap();
    session.send([4]).unwrap();
    let seen = expect(&mut session, "You said: Hello");
    assert!(seen.contains("Waiting for demo"), "{seen:?}");
    session.expect(Eof).unwrap();
}

#[tokio::test]
async fn a_picture_goes_with_the_prompt() {
    let stage = Stage::new().await;
    let path = stage.rig.home.user_home().join("picture.png");
    file::write_private(&path, PICTURE).unwrap();
    let path = path.to_str().unwrap();
    let ended = stage.asked(&["-z", "What is this?", "--image", path]).await;
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let content = stage.content().to_string();
    assert!(content.contains("data:image/png;base64,"), "{content}");
    for (image, code) in [
        ("/nowhere.png", "cli.input_unreadable"),
        ("/dev/zero", "cli.input_unreadable"),
        ("/etc/passwd", "cli.prompt_unusable"),
    ] {
        let ended = stage
            .asked(&["-z", "What is this?", "--image", image])
            .await;
        assert_eq!((ended.status, &*ended.stdout), (2, ""));
        assert!(ended.stderr.contains(code), "{}", ended.stderr);
    }
}

#[tokio::test]
async fn a_prompt_that_is_none_is_refused() {
    let stage = Stage::new().await;
    let long = "x".repeat(1024 * 1024);
    for (prompt, input) in [(" ", ""), ("-", "\n"), ("Read", &*long)] {
        let ended = stage.rig.run_with(&["-z", prompt], input).await;
        assert_eq!(ended.status, 2, "{}", ended.stderr);
        assert!(
            ended.stderr.contains("cli.prompt_unusable"),
            "{}",
            ended.stderr
        );
    }
    let ended = stage.rig.run_with(&["-z", "What is this?"], "a\0b").await;
    assert_eq!(ended.status, 2);
    assert!(ended.stderr.contains("--image FILE"), "{}", ended.stderr);
    assert!(stage.models.requests().is_empty());
}

#[tokio::test]
async fn somebody_has_to_be_there_who_answers() {
    let stage = Stage::new().await;
    stage.settings("");
    let (status, told) = stage.told(&["-z", "Hello"]).await;
    assert_eq!(
        (status, &told["error"]["code"]),
        (2, &json!("model.not_chosen"))
    );
    assert_eq!(
        (&told["answer"], &told["model"]),
        (&json!(""), &Value::Null)
    );
    let (status, told) = stage.told(&["-z", "Hello", "--provider", "nobody"]).await;
    assert_eq!(
        (status, &told["error"]["code"]),
        (2, &json!("auth.unknown_provider"))
    );
    let (status, told) = stage
        .told(&["-z", "Hello", "--provider", "openrouter"])
        .await;
    assert_eq!(
        (status, &told["error"]["code"]),
        (4, &json!("auth.not_signed_in"))
    );
    stage.settings("[model]\nprovider = 5\n");
    let (status, told) = stage.told(&["-z", "Hello"]).await;
    assert_eq!(
        (status, &told["error"]["code"]),
        (2, &json!("config.invalid"))
    );
}

#[tokio::test]
async fn a_provider_answers_with_its_credential() {
    let stage = Stage::new().await;
    stage.sign_in().await;
    let asked = ["-z", "Hello", "--provider", "openrouter"];
    // The model of the settings is another server's.
    let (status, told) = stage.told(&asked).await;
    assert_eq!(
        (status, &told["error"]["code"]),
        (2, &json!("model.not_chosen"))
    );
    let (status, told) = stage.told(&[&asked[..], &["-m", "a/b"]].concat()).await;
    assert_eq!((status, &told["answer"]), (0, &json!("You said: Hello")));
    assert_eq!(
        (&told["provider"], &told["model"]),
        (&json!("openrouter"), &json!("a/b"))
    );
    let request = stage.models.requests().pop().unwrap();
    let bearer = format!("Bearer {KEY}");
    assert_eq!(request.header("authorization"), Some(&*bearer));
    stage.settings("[model]\nprovider = \"openrouter\"\ndefault = \"c/d\"\n");
    let (status, told) = stage.told(&asked).await;
    assert_eq!((status, &told["model"]), (0, &json!("c/d")));
}

#[tokio::test]
async fn its_flags_belong_to_it_and_it_takes_no_command() {
    let stage = Stage::new().await;
    for (arguments, word) in [
        (&["-z", "Hello", "status"][..], "takes no command"),
        (&["--model", "x"], "--oneshot <PROMPT>"),
        (&["--json", "status"], "--oneshot <PROMPT>"),
        (&["-p", "work"], "a command is missing"),
        (&["-z", "Hello", "--effort", "enormous"], "xhigh"),
    ] {
        let ended = stage.asked(arguments).await;
        assert_eq!((ended.status, &*ended.stdout), (2, ""), "{arguments:?}");
        assert!(
            ended.stderr.contains(word),
            "{arguments:?}: {}",
            ended.stderr
        );
    }
    let mut closed = stage.rig.hermes(&["-z", "-", "--no-input"]);
    let ended = finish(closed.stdin(Stdio::null())).await;
    assert!(
        ended.stderr.contains("cli.prompt_unusable"),
        "{}",
        ended.stderr
    );
}
