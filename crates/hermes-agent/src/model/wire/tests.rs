use hermes_credentials::Kind;
use hermes_secret::Secret;
use hermes_testkit::{Dialect, Saying};
use proptest::prelude::*;

use super::*;
use crate::{
    Part,
    model::{BaseUrl, Effort, Finish},
};

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

fn grant(provider: &str, mode: ApiMode, kind: Kind) -> Grant {
    Grant {
        provider: provider.to_owned(),
        name: provider.to_owned(),
        mode,
        base_url: BaseUrl::parse("https://api.test/v1").unwrap(),
        token: Some(Secret::new("TOKEN")),
        kind,
        credential: "1".to_owned(),
        account: (provider == "openai-codex").then(|| "acc-1".to_owned()),
    }
}

fn ask(effort: Option<Effort>) -> Ask {
    Ask {
        model: "a-model".to_owned(),
        conversation: "conversation-1".to_owned(),
        messages: vec![
            Message::System("Be brief.".to_owned()),
            Message::User(vec![Part::Text("Hello".to_owned())]),
            Message::Assistant("Hi.".to_owned()),
            Message::User(vec![
                Part::Text("What is this?".to_owned()),
                Part::Image(Image::new(PNG).unwrap()),
            ]),
        ],
        effort,
    }
}

/// Path, headers and body, as they are sent.
fn sent(grant: &Grant, ask: &Ask) -> String {
    let request = request(grant, ask);
    let mut text = format!("POST {}\n", request.url.path());
    for (name, value) in &request.headers {
        text.push_str(&format!("{name}: {value}\n"));
    }
    let Body::Json(body) = &request.body else {
        panic!("not JSON")
    };
    let body: Value = serde_json::from_str(body).unwrap();
    text.push_str(&serde_json::to_string_pretty(&body).unwrap());
    text
}

#[test]
fn requests_are_what_each_provider_wants() {
    use ApiMode::{ChatCompletions, Messages, Responses};
    use Kind::{ApiKey, OAuth};
    for (name, provider, mode, kind, effort) in [
        ("chat_plain", "custom", ChatCompletions, ApiKey, None),
        (
            "chat_effort",
            "openai-api",
            ChatCompletions,
            ApiKey,
            Some(Effort::High),
        ),
        (
            "chat_nous",
            "nous",
            ChatCompletions,
            OAuth,
            Some(Effort::Low),
        ),
        (
            "chat_openrouter",
            "openrouter",
            ChatCompletions,
            ApiKey,
            Some(Effort::None),
        ),
        ("responses_xai", "xai-oauth", Responses, OAuth, None),
        (
            "responses_codex",
            "openai-codex",
            Responses,
            OAuth,
            Some(Effort::Xhigh),
        ),
        (
            "messages_key",
            "anthropic",
            Messages,
            ApiKey,
            Some(Effort::Medium),
        ),
        ("messages_account", "anthropic", Messages, OAuth, None),
        (
            "messages_minimax",
            "minimax-oauth",
            Messages,
            OAuth,
            Some(Effort::High),
        ),
    ] {
        insta::assert_snapshot!(name, sent(&grant(provider, mode, kind), &ask(effort)));
    }
}

#[test]
fn codex_is_given_instructions_where_there_are_none_and_nobody_else_is() {
    let mut ask = ask(None);
    ask.messages.remove(0);
    let of = |provider: &str, mode| sent(&grant(provider, mode, Kind::OAuth), &ask);
    assert!(of("openai-codex", ApiMode::Responses).contains("\"instructions\""));
    assert!(!of("xai-oauth", ApiMode::Responses).contains("\"instructions\""));
    assert!(!of("anthropic", ApiMode::Messages).contains("\"system\""));
}

#[test]
fn an_answer_that_was_stopped_before_its_first_word_is_not_sent() {
    let mut ask = ask(None);
    ask.messages.insert(2, Message::Assistant(" ".to_owned()));
    for mode in ApiMode::ALL {
        let body = |ask: &Ask| sent(&grant("custom", mode, Kind::ApiKey), ask);
        let with = body(&ask);
        let mut without = ask.clone();
        without.messages.remove(2);
        assert_eq!(with, body(&without), "{mode:?}");
    }
}

#[test]
fn models_that_think_by_numbers_get_a_number() {
    let body = |model: &str, effort| {
        let ask = Ask {
            model: model.to_owned(),
            ..ask(Some(effort))
        };
        messages::body(&ask, manner::of("anthropic"))
    };
    let old = body("claude-haiku-4-5-20251001", Effort::Low);
    assert_eq!(
        old["thinking"],
        serde_json::json!({"type": "enabled", "budget_tokens": 2048})
    );
    assert_eq!(old["max_tokens"], 16_384 + 2048);
    for model in ["claude-opus-4-8", "claude-sonnet-5", "claude-fable-5"] {
        let new = body(model, Effort::Low);
        assert_eq!(new["thinking"]["type"], "adaptive", "{model}");
        assert_eq!(new["output_config"]["effort"], "low", "{model}");
        let none = body(model, Effort::None);
        assert_eq!(none["thinking"]["type"], "disabled", "{model}");
    }
}

#[test]
fn requests_are_built_under_every_form_of_a_base_url() {
    let mut grant = grant("minimax", ApiMode::Messages, Kind::ApiKey);
    grant.base_url = BaseUrl::parse("https://api.test/anthropic").unwrap();
    assert_eq!(
        request(&grant, &ask(None)).url.path(),
        "/anthropic/v1/messages"
    );
    assert_eq!(listing(&grant).url.path(), "/anthropic/v1/models");
    grant.mode = ApiMode::ChatCompletions;
    assert_eq!(listing(&grant).url.path(), "/anthropic/models");
}

const fn mode(dialect: Dialect) -> ApiMode {
    match dialect {
        Dialect::ChatCompletions => ApiMode::ChatCompletions,
        Dialect::Responses => ApiMode::Responses,
        Dialect::Messages => ApiMode::Messages,
    }
}

/// The pieces and how it ended, pieces of the same kind put together.
fn read<'a>(
    dialect: Dialect,
    parts: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Piece>, Result<(), String>) {
    let (mut decoder, mut out) = (Decoder::new(mode(dialect)), Vec::new());
    let ended = parts
        .into_iter()
        .try_for_each(|part| decoder.push(part, &mut out))
        .and_then(|()| decoder.finish(&mut out));
    (out, ended.map_err(|trouble| format!("{trouble:?}")))
}

fn sayings() -> Vec<Saying> {
    let text = "Grüße, \"world\" – twice.\nYes";
    vec![
        Saying::new(text).thinking("Hm. Ja?"),
        Saying::new(text).cut(),
        Saying::new(text).refused(),
        Saying::new("").failing("overloaded_error", "busy"),
        Saying::new(text).failing("server_error", "broke"),
        Saying::new(text).breaking_off(),
    ]
}

#[test]
fn a_whole_answer_is_read_in_every_dialect() {
    for dialect in Dialect::ALL {
        let stream = Saying::new("One two").thinking("Hm").stream(dialect);
        let (pieces, ended) = read(dialect, [stream.as_bytes()]);
        assert_eq!(ended, Ok(()), "{dialect:?}");
        // Messages does not count the thoughts by themselves.
        let reasoning = u64::from(dialect != Dialect::Messages);
        let expected = [
            Piece::Reasoning("Hm".to_owned()),
            Piece::Text("One ".to_owned()),
            Piece::Text("two".to_owned()),
            Piece::Usage(usage(7, 2, 3, reasoning)),
            Piece::Done(Finish::Complete),
        ];
        assert_eq!(pieces, expected, "{dialect:?}");
        let cut = Saying::new("One").cut().stream(dialect);
        let (pieces, _) = read(dialect, [cut.as_bytes()]);
        assert_eq!(
            pieces.last(),
            Some(&Piece::Done(Finish::Cut)),
            "{dialect:?}"
        );
        let refused = Saying::new("One").refused().stream(dialect);
        assert_eq!(
            read(dialect, [refused.as_bytes()]).1,
            Err("Refused".to_owned())
        );
    }
}

#[test]
fn it_does_not_matter_where_a_stream_is_cut_into_two() {
    for dialect in Dialect::ALL {
        for saying in sayings() {
            let stream = saying.stream(dialect);
            let bytes = stream.as_bytes();
            let whole = read(dialect, [bytes]);
            for cut in 0..=bytes.len() {
                let parts = [&bytes[..cut], &bytes[cut..]];
                assert_eq!(
                    read(dialect, parts),
                    whole,
                    "{dialect:?} at {cut}: {stream}"
                );
            }
        }
    }
}

#[test]
fn a_stream_that_ends_early_is_never_taken_for_a_whole_one() {
    for dialect in Dialect::ALL {
        let stream = Saying::new("One two three").stream(dialect);
        let bytes = stream.as_bytes();
        let (whole, _) = read(dialect, [bytes]);
        let texts = |pieces: &[Piece]| {
            let texts = pieces
                .iter()
                .filter(|piece| matches!(piece, Piece::Text(_)));
            texts.cloned().collect::<Vec<_>>()
        };
        for end in 0..bytes.len() {
            let (pieces, ended) = read(dialect, [&bytes[..end]]);
            let said = texts(&pieces);
            assert!(texts(&whole).starts_with(&said), "{dialect:?} at {end}");
            let over = matches!(pieces.last(), Some(Piece::Done(_)));
            assert_eq!(over, ended.is_ok(), "{dialect:?} at {end}");
            if over {
                assert_eq!(said, texts(&whole), "{dialect:?} at {end}");
            }
        }
    }
}

#[test]
fn servers_that_differ_are_read_as_well() {
    let chat = |stream: &str| read(Dialect::ChatCompletions, [stream.as_bytes()]);
    let (pieces, ended) = chat(concat!(
        ": OPENROUTER PROCESSING\n\n",
        "data: {\"choices\":[{\"delta\":{\"reasoning\":\"Hm\"}}]}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"},\"finish_reason\":\"stop\"}]}\n\n",
    ));
    assert_eq!(ended, Ok(()), "the reason to stop is enough");
    assert_eq!(
        pieces,
        [
            Piece::Reasoning("Hm".to_owned()),
            Piece::Text("Hi".to_owned()),
            Piece::Done(Finish::Complete),
        ]
    );
    let (pieces, ended) = chat(concat!(
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\n",
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2}}\n\n",
        "data: [DONE]\n\n",
    ));
    let last = [
        Piece::Usage(usage(7, 0, 2, 0)),
        Piece::Done(Finish::Complete),
    ];
    assert_eq!(
        (pieces.as_slice(), ended),
        (&last[..], Ok(())),
        "counts are not added up"
    );
    let (_, ended) = chat("data: {\"error\":{\"code\":502,\"message\":\"gone\"}}\n\n");
    assert!(ended.unwrap_err().contains("502"));
    let (_, ended) = chat("data: {oops\n\n");
    assert_eq!(
        ended,
        Err("Malformed(\"an event that is not JSON\")".to_owned())
    );
    let (pieces, ended) = chat("data: [DONE]\n\ndata: {oops\n\n");
    assert_eq!(
        (pieces.len(), ended),
        (1, Ok(())),
        "what follows does not count"
    );
    let responses = |stream: &str| read(Dialect::Responses, [stream.as_bytes()]);
    let (_, ended) = responses("data: {\"type\":\"error\",\"code\":\"server_error\"}\n\n");
    assert!(ended.unwrap_err().contains("server_error"));
    let (_, ended) = responses("data: [DONE]\n\n");
    assert_eq!(ended, Err("BrokenOff".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn it_does_not_matter_into_how_many_parts_a_stream_is_cut(
        which in 0usize..18,
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        let dialect = Dialect::ALL[which % 3];
        let stream = sayings()[which / 3].stream(dialect);
        let bytes = stream.as_bytes();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let parts = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]);
        prop_assert_eq!(read(dialect, parts), read(dialect, [bytes]));
    }

    #[test]
    fn no_bytes_bring_a_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        for mode in ApiMode::ALL {
            let pieces = read_all(mode, [bytes.as_slice()]);
            let over = pieces.iter().position(|piece| matches!(piece, Piece::Done(_)));
            prop_assert!(over.is_none_or(|over| over + 1 == pieces.len()));
        }
    }
}
