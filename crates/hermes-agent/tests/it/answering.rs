use std::time::Duration;

use futures_util::StreamExt as _;
use hermes_agent::{Access as _, BaseUrl};
use hermes_agent::{
    Agent as _, ApiMode, ChatModel as _, End, FixedAccess, Image, Message, ModelInfo, Part, Step,
};
use hermes_machine::http::Limits;
use hermes_testkit::{Answer, Saying};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::rig::{KEY, Only, Rig, prompt, whole};

#[tokio::test]
async fn a_prompt_is_answered_in_every_dialect() {
    for mode in ApiMode::ALL {
        let rig = Rig::new().await;
        let saying = Saying::new("Hello, you there.").thinking("A greeting.");
        rig.models.then(Answer::says(saying));
        let turn = whole(rig.ask(rig.fixed(mode))).await;
        assert_eq!(turn.end, Some(End::Complete), "{mode:?}");
        assert_eq!(turn.models, ["a-model"]);
        assert_eq!(turn.text, "Hello, you there.");
        assert_eq!(turn.reasoning, "A greeting.");
        assert_eq!(turn.tokens, 7 + 5);
        let sent = rig.models.requests();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].header("accept"), Some("text/event-stream"));
        assert_eq!(sent[0].param("model"), Some("a-model"));
        let agent = sent[0].header("user-agent").unwrap();
        assert!(agent.starts_with("hermes/"), "{agent}");
    }
}

#[tokio::test]
async fn the_demo_model_says_back_what_it_is_told() {
    for mode in ApiMode::ALL {
        let rig = Rig::new().await;
        let turn = whole(rig.ask(rig.fixed(mode))).await;
        assert_eq!(turn.text, "You said: Hello", "{mode:?}");
        let access = rig.fixed(mode);
        let grant = access.grant().await.unwrap();
        let models = rig.remote().models(&grant).await.unwrap();
        let demo = ModelInfo {
            id: "demo".to_owned(),
            context: Some(8192),
            images: None,
            price: None,
        };
        assert_eq!(models, [demo]);
    }
}

#[tokio::test]
async fn pictures_and_choices_of_a_conversation_arrive() {
    let rig = Rig::new().await;
    let agent = rig.agent(rig.fixed(ApiMode::ChatCompletions));
    let mut asked = prompt("What is this?");
    asked.model = Some("another".to_owned());
    asked.effort = Some("high".to_owned());
    let picture = Image::new(&b"\xff\xd8\xff\xe0"[..]).unwrap();
    asked.messages = vec![Message::User(vec![Part::Image(picture)])];
    whole(agent.answer(asked, CancellationToken::new())).await;
    let sent = rig.models.requests().remove(0).json.unwrap();
    assert_eq!(sent["model"], "another");
    assert_eq!(sent["reasoning_effort"], "high");
    let url = &sent["messages"][0]["content"][0]["image_url"]["url"];
    assert_eq!(url, "data:image/jpeg;base64,/9j/4A==");
}

#[tokio::test]
async fn who_cannot_be_asked_is_told_with_what_to_do() {
    let rig = Rig::new().await;
    let agent = rig.agent_of(Only(None));
    let nobody = whole(agent.answer(prompt("Hello"), CancellationToken::new())).await;
    assert_eq!(nobody.failure().code, "model.not_chosen");
    assert_eq!(nobody.failure().message, "no model has been chosen");
    assert!(nobody.failure().hint.starts_with("hermes "));
    let agent = rig.agent(rig.fixed(ApiMode::ChatCompletions));
    let mut other = prompt("Hello");
    other.provider = Some("other".to_owned());
    let unknown = whole(agent.answer(other, CancellationToken::new())).await;
    assert_eq!(unknown.failure().code, "auth.unknown_provider");
    assert_eq!(unknown.failure().hint, "hermes auth providers");
    assert!(rig.models.requests().is_empty());
}

#[tokio::test]
async fn a_provider_that_is_busy_is_asked_again_before_the_first_word() {
    let rig = Rig::new().await;
    let busy = json!({"error": {"message": "Overloaded.", "type": "overloaded_error"}});
    rig.models.then(Answer::refuses(529, &busy));
    let named = Answer::refuses(503, &json!({})).header("Retry-After", "17");
    rig.models.then(named);
    rig.models.then(Answer::says(Saying::new("At last.")));
    let turn = whole(rig.ask(rig.fixed(ApiMode::Messages))).await;
    assert_eq!(turn.end, Some(End::Complete));
    assert_eq!(turn.text, "At last.");
    assert_eq!(turn.notices.len(), 2, "{turn:?}");
    assert!(turn.notices[0].contains("cannot serve `a-model` just now: Overloaded"));
    assert!(turn.notices[1].ends_with("asked again in 17 s"));
    let slept = rig.clock.slept();
    let first = Duration::from_millis(500)..=Duration::from_secs(1);
    assert!(first.contains(&slept[0]), "{slept:?}");
    assert_eq!(slept[1], Duration::from_secs(17));
}

#[tokio::test]
async fn three_tries_are_enough_and_an_hour_is_too_long() {
    let rig = Rig::new().await;
    for _ in 0..4 {
        rig.models.then(Answer::close());
    }
    let turn = whole(rig.ask(rig.fixed(ApiMode::Responses))).await;
    let failure = turn.failure();
    assert_eq!(
        (failure.code.as_str(), failure.retryable),
        ("model.unreachable", true)
    );
    assert_eq!(rig.models.requests().len(), 3);
    let rig = Rig::new().await;
    let later = Answer::refuses(503, &json!({})).header("Retry-After", "3600");
    rig.models.then(later);
    let turn = whole(rig.ask(rig.fixed(ApiMode::Responses))).await;
    assert_eq!(turn.failure().code, "model.overloaded");
    assert_eq!(rig.models.requests().len(), 1);
}

#[tokio::test]
async fn after_the_first_word_nothing_is_asked_again() {
    for mode in ApiMode::ALL {
        for (saying, code) in [
            (
                Saying::new("One two").failing("overloaded_error", "busy"),
                "model.overloaded",
            ),
            (Saying::new("One two").breaking_off(), "model.broken_off"),
            (Saying::new("One two").refused(), "model.content_refused"),
        ] {
            let rig = Rig::new().await;
            rig.models.then(Answer::says(saying));
            let turn = whole(rig.ask(rig.fixed(mode))).await;
            assert_eq!(turn.failure().code, code, "{mode:?}");
            assert_eq!(turn.text, "One two", "{mode:?} {code}");
            assert_eq!(rig.models.requests().len(), 1, "{mode:?} {code}");
        }
        let rig = Rig::new().await;
        rig.models.then(Answer::says(
            Saying::new("").failing("overloaded_error", "busy"),
        ));
        let turn = whole(rig.ask(rig.fixed(mode))).await;
        assert_eq!(
            turn.text, "You said: Hello",
            "before the first word: {mode:?}"
        );
    }
}

#[tokio::test]
async fn what_no_honest_server_sends_is_an_error_of_its_own() {
    let page = Answer::bytes("<html>Sign in to the network</html>");
    let json = Answer::bytes(r#"{"choices":[]}"#).header("Content-Type", "application/json");
    let redirect = Answer::refuses(307, &json!({})).header("Location", "http://127.0.0.1:9/");
    for (answer, code) in [
        (page.header("Content-Type", "text/html"), "model.malformed"),
        (json, "model.malformed"),
        (redirect, "model.malformed"),
        (Answer::bytes("data: {\"oops\n\n"), "model.malformed"),
        (Answer::bytes("data: [1]\n\n"), "model.broken_off"),
        (
            Answer::endless("data: {}\n\n".repeat(1000)),
            "model.malformed",
        ),
        (Answer::endless("x".repeat(10_000)), "model.malformed"),
    ] {
        let mut rig = Rig::new().await;
        rig.limits = Limits {
            bytes: 1024 * 1024,
            ..Limits::default()
        };
        for _ in 0..3 {
            rig.models.then(answer.clone());
        }
        let turn = whole(rig.ask(rig.fixed(ApiMode::ChatCompletions))).await;
        assert_eq!(turn.failure().code, code, "{answer:?}");
    }
}

#[tokio::test]
async fn a_model_that_falls_silent_is_left_after_a_while() {
    let rig = Rig::new().await;
    rig.models.then(Answer::says(Saying::new("One").stalling()));
    let mut steps = rig.ask(rig.fixed(ApiMode::Messages));
    let model = Step::Model("a-model".to_owned());
    assert_eq!(steps.next().await, Some(model));
    assert_eq!(steps.next().await, Some(Step::Text("One".to_owned())));
    let moved = async {
        // What the server has sent behind the word may still be on its way.
        rig.patience.until_sleeping(1).await;
        rig.patience.set_automatic();
    };
    let (turn, ()) = tokio::join!(whole(steps), moved);
    assert_eq!(turn.failure().code, "model.broken_off");
}

#[tokio::test]
async fn a_server_that_never_answers_is_left_after_a_while() {
    let rig = Rig::new().await;
    rig.models.then(Answer::hang());
    let moved = async {
        rig.models.until_asked(1).await;
        rig.patience.until_sleeping(1).await;
        rig.patience.advance(Limits::default().head);
    };
    let (turn, ()) = tokio::join!(whole(rig.ask(rig.fixed(ApiMode::Messages))), moved);
    assert_eq!(turn.text, "You said: Hello", "it is asked once more");
}

#[tokio::test]
async fn who_wants_no_more_gets_no_more() {
    for answer in [Answer::says(Saying::new("One").stalling()), Answer::hang()] {
        let rig = Rig::new().await;
        rig.models.then(answer);
        let cancel = CancellationToken::new();
        let agent = rig.agent(rig.fixed(ApiMode::ChatCompletions));
        let steps = agent.answer(prompt("Hello"), cancel.clone());
        let stop = async {
            rig.models.until_asked(1).await;
            cancel.cancel();
        };
        let (turn, ()) = tokio::join!(whole(steps), stop);
        assert_eq!(turn.end, Some(End::Interrupted));
    }
}

#[tokio::test]
async fn su_no_token_is_in_an_error_or_in_what_is_shown_for_debugging() {
    let rig = Rig::new().await;
    let echo = json!({"error": {"message": format!("bad key {KEY}"), "code": "invalid_api_key"}});
    rig.models.then(Answer::refuses(401, &echo));
    // `whole` looks for the key in everything that comes of it.
    let turn = whole(rig.ask(rig.fixed(ApiMode::ChatCompletions))).await;
    let failure = turn.failure();
    assert_eq!(failure.code, "model.unauthorized");
    assert!(
        failure.message.ends_with("for `a-model`: bad key …"),
        "{failure:?}"
    );
    assert_eq!(failure.hint, "hermes guide model.unauthorized");
    assert!(!failure.retryable);
    let access = rig.fixed(ApiMode::ChatCompletions);
    let grant = access.grant().await.unwrap();
    assert!(!format!("{access:?} {grant:?}").contains("CANARY"));
    let sent = rig.models.requests().remove(0);
    let bearer = format!("Bearer {KEY}");
    assert_eq!(sent.header("authorization"), Some(bearer.as_str()));
}

#[tokio::test]
async fn a_server_without_a_key_and_one_that_is_not_there() {
    let rig = Rig::new().await;
    let base = BaseUrl::parse(&rig.models.base_url()).unwrap();
    let access = FixedAccess::new(base, ApiMode::ChatCompletions, None);
    whole(rig.ask(access)).await;
    assert_eq!(rig.models.requests()[0].header("authorization"), None);
    let base = BaseUrl::parse("http://127.0.0.1:1/v1").unwrap();
    let nowhere = FixedAccess::new(base, ApiMode::ChatCompletions, None);
    let turn = whole(rig.ask(nowhere)).await;
    let failure = turn.failure();
    assert_eq!(failure.code, "model.unreachable");
    assert!(
        failure.message.contains("no connection to `127.0.0.1:1`"),
        "{failure:?}"
    );
}
