//! The JSON vectors, which the page's tests read too: what both sides must agree about.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "these are tests, though not each function has the attribute"
)]

use hermes_protocol::limits::FRAME_BYTES;
use hermes_protocol::methods::{
    BusyMode, Call, ConfigGetAnswer, ConfigKey, Declared, PublicConfig, PublicDisplay, PublicModel,
    Role, SetupStatusAnswer, SetupStatusParams,
};
use hermes_protocol::rpc::{
    ErrorData, Event, GatewayReady, Id, Payload, Request, RpcError, answer,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Vectors<T> {
    cases: Vec<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FromClient {
    name: String,
    frame: String,
    #[serde(flatten)]
    read: Read,
}

#[derive(Deserialize, Debug, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Read {
    Request {
        id: String,
        method: String,
        params: String,
    },
    Ignored(bool),
    Answer(String),
}

#[test]
fn frames_of_clients_are_read_as_the_vectors_say() {
    let text = include_str!("../../vectors/requests.json");
    let vectors: Vectors<FromClient> = serde_json::from_str(text).unwrap();
    for case in vectors.cases {
        let read = match Request::parse(&case.frame) {
            Ok(None) => Read::Ignored(true),
            Ok(Some(request)) => Read::Request {
                id: request.id.as_json().to_owned(),
                method: request.method.into_owned(),
                params: request.params.as_json().to_owned(),
            },
            Err(reply) => Read::Answer(reply.to_frame()),
        };
        assert_eq!(read, case.read, "{}", case.name);
    }
}

#[derive(Serialize)]
struct Said {
    text: &'static str,
}

impl Payload for Said {
    const TYPE: &'static str = "test.started";
}

/// A request with this id, and what comes back.
fn exchange(id: &str, method: &str, params: &Value, done: impl Fn(Call) -> Answered) -> String {
    let frame = format!(r#"{{"id":{id},"method":"{method}","params":{params}}}"#);
    let request = Request::parse(&frame).unwrap().unwrap();
    let outcome = Call::read(&request, Role::User);
    match outcome {
        Ok(call) => done(call)(&request.id),
        Err(error) => answer::<()>(&request.id, Err(error)),
    }
}

type Answered = Box<dyn Fn(&Id<'_>) -> String>;

/// What a gateway does that knows all methods.
fn done(call: Call) -> Answered {
    match call {
        Call::SetupStatus(SetupStatusParams {}) => {
            let result: <SetupStatusParams as Declared>::Answer = SetupStatusAnswer {
                provider_configured: false,
            };
            Box::new(move |id| answer(id, Ok(result)))
        }
        Call::ConfigGet(params) => Box::new(move |id| {
            let found = params.key().map(|key| match key {
                ConfigKey::Full => ConfigGetAnswer::Full {
                    config: PublicConfig {
                        model: PublicModel {
                            provider: "p".to_owned(),
                            default: "m".to_owned(),
                        },
                        display: PublicDisplay {
                            busy_input_mode: BusyMode::Interrupt,
                        },
                    },
                },
                ConfigKey::Mtime => ConfigGetAnswer::Mtime {
                    mtime: 1_795_300_000.5,
                },
                other => panic!("no case asks for {other:?}"),
            });
            answer(id, found)
        }),
        other => panic!("no case asks for {:?}", other.method()),
    }
}

fn of_conversation(payload: Option<Said>, seq: u64) -> String {
    let event = Event {
        session_id: Some("d5cf7da9"),
        payload,
        seq: Some(seq),
    };
    event.to_frame()
}

/// The frame of a case, made as the gateway makes it.
fn made(name: &str) -> String {
    let get = |id, key| exchange(id, "config.get", &json!({"key": key}), done);
    match name {
        "ready" => Event::of_socket(GatewayReady {
            user_id: "owner".to_owned(),
            role: Role::Owner,
            max_frame_bytes: FRAME_BYTES,
            replay_epoch: "e1".to_owned(),
        })
        .to_frame(),
        "an event without a payload" => of_conversation(None, 3),
        "an event of a conversation" => of_conversation(Some(Said { text: "é \"1\"" }), 4),
        "setup.status" => exchange(r#""r1""#, "setup.status", &json!({}), done),
        "config.get full" => get("2", "full"),
        "config.get mtime" => get("3", "mtime"),
        "unknown method" => exchange(r#""w1""#, "pet.hatch", &json!({}), done),
        "unknown config key" => get("4", "api_key"),
        "an error with a stable code" => exchange("5", "setup.status", &json!({}), |_| {
            let error = RpcError::too_many_calls().with_data(ErrorData {
                code: "test.code".into(),
                hint: "hermes help".into(),
                retryable: true,
            });
            Box::new(move |id| answer::<()>(id, Err(error.clone())))
        }),
        "no JSON" => Request::parse("{").unwrap_err().to_frame(),
        unknown => panic!("no code makes the case `{unknown}`"),
    }
}

#[test]
fn frames_of_the_gateway_are_those_of_the_vectors() {
    let text = include_str!("../../vectors/frames.json");
    let vectors: Vectors<Value> = serde_json::from_str(text).unwrap();
    for case in vectors.cases {
        let name = case["name"].as_str().unwrap();
        assert_eq!(made(name), case["frame"].as_str().unwrap(), "{name}");
        let frame: Value = serde_json::from_str(case["frame"].as_str().unwrap()).unwrap();
        let read = if frame["method"] == "event" {
            json!({"event": frame["params"]})
        } else if frame.get("result").is_some() {
            json!({"result": {"id": frame["id"], "result": frame["result"]}})
        } else {
            json!({"error": {"id": frame["id"], "error": frame["error"]}})
        };
        for (kind, parts) in read.as_object().unwrap() {
            assert_eq!(&case[kind], parts, "{name}");
        }
    }
}
