//! Both ends of `--via`, joined by a pair of pipes, with every byte between them recorded.

use std::{
    future::pending,
    sync::{Arc, Mutex},
};

use hermes_errors::{Code, Explain as _};
use hermes_login::{
    PlaceKind, SignIn, SignedIn, Surroundings, sign_in_by_relay,
    via::{self, HostHello, Laptop, Signed, ViaError, frame::HostSays},
};
use hermes_machine::{SystemClock, SystemRandom};
use hermes_oauth::Ports;
use hermes_providers::Flow;
use hermes_testkit::FakeBrowser;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, duplex, split},
    net::TcpListener,
};
use url::Url;

use crate::rig::{Rig, Told, at, free_port, param, with_param};

/// Both directions, as they went over the wire.
type Wire = Arc<Mutex<Vec<u8>>>;

pub(crate) fn hello() -> HostHello {
    HostHello {
        hermes: "0.1.0".to_owned(),
        user: "ada".to_owned(),
        host: "build7".to_owned(),
        home: "/home/ada/.hermes".to_owned(),
    }
}

/// The laptop's end of a rig.
pub(crate) async fn laptop_end<R, W>(rig: &Rig, reader: R, writer: W) -> Result<Signed, ViaError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    laptop_until(rig, reader, writer, pending()).await
}

/// The laptop's end, which somebody stops. Its clock is its own, as its machine is.
pub(crate) async fn laptop_until<R, W>(
    rig: &Rig,
    reader: R,
    writer: W,
    stop: impl Future<Output = ()>,
) -> Result<Signed, ViaError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let ports = Ports {
        clock: rig.laptop_clock.clone(),
        ..rig.ports.clone()
    };
    let laptop = Laptop {
        request: &rig.request,
        place: &rig.place,
        ports: &ports,
        opener: &rig.opener,
        person: &rig.actor,
        environment: &rig.environment,
        retry: "hermes auth add --via build7",
        hermes: "0.1.0",
    };
    via::laptop(laptop, reader, writer, stop).await
}

/// The host's end: an ordinary sign-in into the rig's home.
pub(crate) async fn host_end<R, W>(
    rig: &Rig,
    reader: R,
    writer: W,
) -> Result<Option<SignedIn>, ViaError>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let place = at(PlaceKind::Ssh);
    // The flags cross on the command line of ssh; the port is the laptop's affair.
    let request = SignIn {
        port: None,
        ..rig.request.clone()
    };
    via::host(reader, writer, hello(), async |end| {
        let around = Surroundings {
            place: &place,
            person: end,
            ..rig.around()
        };
        let result = sign_in_by_relay(&request, around, end).await;
        match result {
            Ok(signed_in) => {
                end.say(HostSays::SignedIn(Box::new(Signed {
                    provider: request.provider.id.clone(),
                    already: false,
                    file: "~/.hermes/auth.json".to_owned(),
                    remarks: Vec::new(),
                    credential: serde_json::Map::new(),
                })));
                Some(signed_in)
            }
            Err(error) => {
                end.say(HostSays::Error {
                    code: error.code().as_str().to_owned(),
                    message: error.to_string(),
                    hint: "rm -rf /".to_owned(),
                });
                None
            }
        }
    })
    .await
}

/// Passes bytes on, and remembers them.
async fn pass<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(mut from: R, mut to: W, wire: &Wire) {
    let mut buffer = vec![0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        wire.lock().unwrap().extend(&buffer[..count]);
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
    let _ = to.shutdown().await;
}

/// Runs both ends to their ends.
async fn both(
    rig: &Rig,
) -> (
    Result<Signed, ViaError>,
    Result<Option<SignedIn>, ViaError>,
    String,
) {
    let wire = Wire::default();
    let (laptop_stream, laptop_wire) = duplex(4096);
    let (host_stream, host_wire) = duplex(4096);
    let (from_laptop, to_laptop) = split(laptop_wire);
    let (from_host, to_host) = split(host_wire);
    let laptop = async {
        let (reader, writer) = split(laptop_stream);
        laptop_end(rig, reader, writer).await
    };
    let host = async {
        let (reader, writer) = split(host_stream);
        host_end(rig, reader, writer).await
    };
    let (signed, signed_in, (), ()) = tokio::join!(
        laptop,
        host,
        pass(from_laptop, to_host, &wire),
        pass(from_host, to_laptop, &wire)
    );
    let wire = String::from_utf8(wire.lock().unwrap().clone()).unwrap();
    (signed, signed_in, wire)
}

/// A rig whose time passes by itself: the end of a paste is told by a short pause.
pub(crate) async fn typing_rig(provider: &str) -> Rig {
    let mut rig = rig(provider).await;
    rig.ports.clock = Arc::new(SystemClock);
    rig
}

pub(crate) async fn rig(provider: &str) -> Rig {
    let mut rig = Rig::new(provider).await.at_port(free_port());
    // Both ends draw; equal values would prove nothing.
    rig.ports.random = Arc::new(SystemRandom);
    rig
}

#[tokio::test]
async fn rl1_the_laptop_listens_and_only_the_answer_crosses() {
    for (provider, name) in [("xai-oauth", "xAI"), ("spotify", "Spotify")] {
        let rig = rig(provider).await;
        let browse = async {
            let url = rig.actor.url().await;
            FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
        };
        let ((signed, signed_in, wire), page) = tokio::join!(both(&rig), browse);
        assert_eq!(signed.unwrap().provider, provider);
        let signed_in = signed_in.unwrap().unwrap();
        assert_eq!(signed_in.flow, Flow::Loopback);
        assert!(
            page.body.contains(&format!("You are signed in to {name}")),
            "{}",
            page.body
        );
        assert_eq!(rig.opener.opened(), [rig.actor.url().await]);
        assert_eq!(rig.exchanges(), 1);
        nothing_secret(&rig, &wire);
        // The code did cross, so the recording is one.
        assert!(
            wire.contains("\"answer\"") && wire.contains("\"open\""),
            "{wire}"
        );
    }
}

/// Searches the recording for everything that must stay on the host.
fn nothing_secret(rig: &Rig, wire: &str) {
    let file = rig.home.auth_json_text().unwrap();
    let stored: serde_json::Value = serde_json::from_str(&file).unwrap();
    let mut tokens = Vec::new();
    collect(&stored, &mut tokens);
    assert!(!tokens.is_empty(), "{file}");
    for request in rig.fake.requests() {
        for name in ["code_verifier", "device_code", "refresh_token"] {
            tokens.extend(request.param(name).map(str::to_owned));
        }
    }
    for token in tokens {
        assert!(!wire.contains(&token), "{token} crossed");
    }
    assert!(!wire.contains("code_verifier"), "{wire}");
}

fn collect(value: &serde_json::Value, tokens: &mut Vec<String>) {
    match value {
        serde_json::Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    serde_json::Value::String(text) if name.ends_with("_token") => {
                        tokens.push(text.clone());
                    }
                    value => collect(value, tokens),
                }
            }
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect(value, tokens)),
        _ => {}
    }
}

#[tokio::test]
async fn a_stray_answer_does_not_end_the_wait() {
    let rig = rig("xai-oauth").await;
    let browse = async {
        let url = rig.actor.url().await;
        let good = rig.fake.authorize(&url);
        let foreign = with_param(&good, "state", Some("of-another"));
        let page = FakeBrowser.must_visit(&foreign).await;
        assert!(!page.body.contains("signed in to"), "{}", page.body);
        FakeBrowser.must_visit(&good).await
    };
    let ((signed, signed_in, wire), page) = tokio::join!(both(&rig), browse);
    signed.unwrap();
    signed_in.unwrap().unwrap();
    assert!(page.body.contains("You are signed in"), "{}", page.body);
    assert!(!wire.contains("of-another"), "strays do not even cross");
    assert!(
        rig.actor
            .told()
            .iter()
            .any(|told| matches!(told, Told::Stray))
    );
}

#[tokio::test]
async fn a_refusal_in_the_browser_ends_it_at_both_ends() {
    let rig = rig("xai-oauth").await;
    let browse = async {
        let url = rig.actor.url().await;
        FakeBrowser.must_visit(&rig.fake.deny(&url)).await
    };
    let ((signed, signed_in, _), page) = tokio::join!(both(&rig), browse);
    let error = signed.unwrap_err();
    assert_eq!(error.code(), Code::Denied);
    assert_eq!(error.next_step(), None, "the host's advice is not shown");
    assert!(signed_in.unwrap().is_none());
    assert!(!rig.saved());
    assert!(page.status == 200, "{}", page.body);
}

#[tokio::test]
async fn the_address_may_be_pasted_at_the_laptop() {
    let rig = typing_rig("xai-oauth").await;
    let paste = async {
        let url = rig.actor.url().await;
        rig.actor.types("not the answer");
        let rejected = |told: &Told| matches!(told, Told::Rejected(_));
        rig.actor.until_count(1, rejected).await;
        rig.actor.types(rig.fake.authorize(&url).as_str());
    };
    let ((signed, signed_in, wire), ()) = tokio::join!(both(&rig), paste);
    signed.unwrap();
    assert_eq!(signed_in.unwrap().unwrap().flow, Flow::Paste);
    assert_eq!(rig.actor.rejections().len(), 1);
    nothing_secret(&rig, &wire);
}

#[tokio::test]
async fn a_busy_port_gives_way_where_the_provider_allows_it() {
    let squatter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let busy = squatter.local_addr().unwrap().port();
    let rig = rig("xai-oauth").await.at_port(busy);
    let browse = async {
        let url = rig.actor.url().await;
        let redirect = Url::parse(&param(&url, "redirect_uri")).unwrap();
        assert_ne!(redirect.port(), Some(busy));
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let ((signed, signed_in, _), _) = tokio::join!(both(&rig), browse);
    signed.unwrap();
    signed_in.unwrap().unwrap();
}

#[tokio::test]
async fn lb2_a_busy_fixed_port_is_named_and_nothing_is_opened() {
    let squatter = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let busy = squatter.local_addr().unwrap().port();
    let rig = rig("spotify").await.at_port(busy);
    let (signed, signed_in, _) = both(&rig).await;
    let error = signed.unwrap_err();
    assert_eq!(error.code(), Code::PortBusy);
    let text = error.to_string();
    assert!(text.contains(&format!("127.0.0.1:{busy}")), "{text}");
    assert!(
        text.contains(&format!("(process {})", std::process::id())),
        "{text}"
    );
    assert!(signed_in.unwrap().is_none());
    assert!(rig.opener.opened().is_empty());
}

#[tokio::test]
async fn rl1_a_device_code_appears_at_the_laptop() {
    for provider in [
        "xai-oauth",
        "nous",
        "minimax-oauth",
        "openai-codex",
        "copilot",
    ] {
        let rig = rig(provider).await.by(Flow::Device);
        let approve = async {
            let code = rig
                .actor
                .until(|told| match told {
                    Told::Device(code) => Some(code.clone()),
                    _ => None,
                })
                .await;
            rig.fake.approve_device(&code);
            rig.clock.set_automatic();
        };
        let ((signed, signed_in, wire), ()) = tokio::join!(both(&rig), approve);
        signed.unwrap_or_else(|error| panic!("{provider}: {error}"));
        assert_eq!(signed_in.unwrap().unwrap().flow, Flow::Device, "{provider}");
        assert_eq!(
            rig.opener.opened().len(),
            1,
            "{provider}: its page is opened here"
        );
        nothing_secret(&rig, &wire);
    }
}

#[tokio::test]
async fn a_shown_code_is_pasted_at_the_laptop() {
    let rig = typing_rig("anthropic").await;
    let paste = async {
        let url = rig.actor.url().await;
        rig.actor.waiting().await;
        let code = rig.fake.shown_code(&rig.fake.authorize(&url));
        rig.actor.types(&code);
    };
    let ((signed, signed_in, wire), ()) = tokio::join!(both(&rig), paste);
    signed.unwrap();
    assert_eq!(signed_in.unwrap().unwrap().flow, Flow::Paste);
    nothing_secret(&rig, &wire);
}

#[tokio::test]
async fn pa2_a_bare_code_is_asked_about_at_the_laptop() {
    let rig = typing_rig("xai-oauth").await.by(Flow::Paste);
    rig.actor.will_say(&[true, true]);
    let paste = async {
        let url = rig.actor.url().await;
        rig.actor.waiting().await;
        rig.actor.types(&param(&rig.fake.authorize(&url), "code"));
    };
    let ((signed, signed_in, wire), ()) = tokio::join!(both(&rig), paste);
    signed.unwrap();
    signed_in.unwrap().unwrap();
    assert!(!rig.actor.asked().is_empty());
    nothing_secret(&rig, &wire);
}

#[tokio::test]
async fn rl5_the_end_of_the_stream_frees_the_port_and_the_host() {
    let rig = rig("xai-oauth").await;
    let (laptop_stream, host_stream) = duplex(4096);
    let port = rig.request.provider.loopback.as_ref().unwrap().port;
    let host = async {
        let (reader, writer) = split(host_stream);
        // The host is killed as soon as the laptop waits.
        tokio::select! {
            _ = host_end(&rig, reader, writer) => panic!("the host ended by itself"),
            _ = rig.actor.url() => {}
        }
    };
    let laptop = async {
        let (reader, writer) = split(laptop_stream);
        laptop_end(&rig, reader, writer).await
    };
    let (signed, ()) = tokio::join!(laptop, host);
    assert_eq!(signed.unwrap_err().code(), Code::ViaLost);
    std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();

    let (laptop_stream, host_stream) = duplex(4096);
    let host = async {
        let (reader, writer) = split(host_stream);
        host_end(&rig, reader, writer).await
    };
    let opened = rig.actor.told().len();
    let laptop = async {
        let (reader, writer) = split(laptop_stream);
        tokio::select! {
            _ = laptop_end(&rig, reader, writer) => panic!("the laptop ended by itself"),
            () = rig.actor.until_count(2, |told| matches!(told, Told::Url(_))) => {}
        }
    };
    let (ended, ()) = tokio::join!(host, laptop);
    assert_eq!(ended.unwrap_err().code(), Code::ViaLost);
    assert!(rig.actor.told().len() > opened);
    std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    assert!(!rig.saved());
}

#[tokio::test]
async fn an_answer_that_is_being_exchanged_is_seen_through() {
    let rig = rig("xai-oauth").await;
    let (laptop_stream, host_stream) = duplex(4096);
    let host = async {
        let (reader, writer) = split(host_stream);
        host_end(&rig, reader, writer).await
    };
    let laptop = async {
        let (reader, writer) = split(laptop_stream);
        let browse = async {
            let url = rig.actor.url().await;
            FakeBrowser.visit(&rig.fake.authorize(&url)).await
        };
        let exchanging = rig
            .actor
            .until(|told| matches!(told, Told::Other(text) if text == "Exchanging").then_some(()));
        tokio::select! {
            _ = laptop_end(&rig, reader, writer) => {}
            _ = browse => {}
            () = exchanging => {}
        }
    };
    let (signed_in, ()) = tokio::join!(host, laptop);
    assert!(signed_in.unwrap().is_some());
    assert!(rig.saved());
}

#[tokio::test]
async fn another_program_of_the_name_is_recognised() {
    for greeting in [
        "",
        "usage: hermes [-h] {chat,auth,gateway} ...\nhermes: error: invalid choice: 'relay'\n",
        "Last login: Sat Nov 21\n",
    ] {
        let rig = rig("xai-oauth").await;
        let error = laptop_end(&rig, greeting.as_bytes(), tokio::io::sink())
            .await
            .unwrap_err();
        assert_eq!(error.code(), Code::ViaHermesForeign, "{greeting}");
        assert!(rig.actor.told().is_empty());
    }
}
