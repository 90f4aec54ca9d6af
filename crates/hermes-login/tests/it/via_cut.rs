//! The connection of `--via`, cut after each message in turn: the port is free, the credential is
//! whole or not there, and what the laptop says of it is true.

use std::{
    future::pending,
    net::TcpListener,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use hermes_errors::{Code, Explain as _};
use hermes_login::{
    SignedIn,
    via::{Signed, Standing, ViaError},
};
use hermes_providers::Flow;
use hermes_testkit::FakeBrowser;
use serde_json::Value;
use tokio::{
    io::{
        AsyncBufReadExt as _, AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, duplex, split,
    },
    sync::Notify,
};

use crate::{
    rig::{Rig, Told},
    via::{host_end, laptop_end, laptop_until, rig, typing_rig},
};

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaker {
    Laptop,
    Host,
}
use Speaker::{Host, Laptop};

/// A message, and what is the case if it is the last one that crosses: what the laptop knows, and
/// whether the host has saved the credential in the end.
type Row = (Speaker, &'static str, Option<Standing>, bool);

const UNKNOWN: Option<Standing> = Some(Standing::Unknown);
const NOT_SAVED: Option<Standing> = Some(Standing::NotSaved);
const SAVED: Option<Standing> = Some(Standing::Saved);

const LOOPBACK: &[Row] = &[
    // Without a hello there is no host that could have done anything.
    (Laptop, "hello", None, false),
    (Host, "hello", NOT_SAVED, false),
    (Host, "rung", NOT_SAVED, false),
    (Host, "listen", NOT_SAVED, false),
    (Laptop, "listening", NOT_SAVED, false),
    (Host, "open", NOT_SAVED, false),
    (Laptop, "answer", UNKNOWN, true),
    (Host, "exchanging", UNKNOWN, true),
    (Host, "ended", SAVED, true),
    (Host, "signed_in", None, true),
];
const DEVICE: &[Row] = &[
    (Laptop, "hello", None, false),
    (Host, "hello", NOT_SAVED, false),
    (Host, "rung", NOT_SAVED, false),
    (Host, "device", UNKNOWN, false),
    (Host, "waiting", UNKNOWN, false),
    (Host, "exchanging", UNKNOWN, true),
    (Host, "signed_in", None, true),
];
const PASTE: &[Row] = &[
    (Laptop, "hello", None, false),
    (Host, "hello", NOT_SAVED, false),
    (Host, "rung", NOT_SAVED, false),
    (Host, "address", NOT_SAVED, false),
    (Host, "waiting", NOT_SAVED, false),
    // The host had not yet seen that nothing more was typed.
    (Laptop, "line", UNKNOWN, false),
    (Host, "exchanging", UNKNOWN, true),
    (Host, "signed_in", None, true),
];

/// The wire between the two ends.
#[derive(Default)]
struct Wire {
    /// After which message it is cut.
    last: Option<(Speaker, &'static str)>,
    crossed: Mutex<Vec<(Speaker, String)>>,
    is_cut: AtomicBool,
    cut: Notify,
}

impl Wire {
    /// Passes one direction on, a message at a time.
    async fn pass<R: AsyncRead + Unpin, W: AsyncWrite + Unpin>(
        &self,
        who: Speaker,
        from: R,
        mut to: W,
    ) {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if self.is_cut.load(Ordering::Relaxed) {
                return pending().await;
            }
            let frame: Value = serde_json::from_str(&line).unwrap();
            let kind = frame["body"].as_object().unwrap().keys().next().unwrap();
            self.crossed.lock().unwrap().push((who, kind.clone()));
            if to.write_all(format!("{line}\n").as_bytes()).await.is_err() {
                break;
            }
            if self.last == Some((who, kind.as_str())) {
                self.is_cut.store(true, Ordering::Relaxed);
                self.cut.notify_one();
                return pending().await;
            }
        }
        let _ = to.shutdown().await;
    }

    async fn join<L: AsyncRead + AsyncWrite, H: AsyncRead + AsyncWrite>(&self, laptop: L, host: H) {
        let (from_laptop, to_laptop) = split(laptop);
        let (from_host, to_host) = split(host);
        let both = async {
            tokio::join!(
                self.pass(Laptop, from_laptop, to_host),
                self.pass(Host, from_host, to_laptop)
            )
        };
        tokio::select! {
            _ = both => {}
            () = self.cut.notified() => {}
        }
    }
}

type Ends = (Result<Signed, ViaError>, Result<Option<SignedIn>, ViaError>);

/// Runs both ends over the wire, with a person who does what they are asked.
async fn over(rig: &Rig, wire: &Wire, person: impl Future<Output = ()>) -> Ends {
    let (laptop_stream, laptop_wire) = duplex(64 * 1024);
    let (host_stream, host_wire) = duplex(64 * 1024);
    let laptop = async {
        let (reader, writer) = split(laptop_stream);
        laptop_end(rig, reader, writer).await
    };
    let host = async {
        let (reader, writer) = split(host_stream);
        host_end(rig, reader, writer).await
    };
    let ends = async {
        let (signed, signed_in, ()) = tokio::join!(laptop, host, wire.join(laptop_wire, host_wire));
        (signed, signed_in)
    };
    let never = async {
        person.await;
        pending::<()>().await;
    };
    tokio::select! {
        ends = ends => ends,
        () = never => unreachable!(),
    }
}

async fn by_browser(rig: &Rig) {
    let url = rig.actor.url().await;
    // A laptop that was cut off does not listen any more.
    let _ = FakeBrowser.visit(&rig.fake.authorize(&url)).await;
}

async fn by_code(rig: &Rig) {
    let code = rig.actor.until(device_code).await;
    rig.fake.approve_device(&code);
    rig.clock.set_automatic();
}

async fn by_paste(rig: &Rig) {
    let url = rig.actor.url().await;
    rig.actor.waiting().await;
    rig.actor
        .types(&rig.fake.shown_code(&rig.fake.authorize(&url)));
}

fn device_code(told: &Told) -> Option<String> {
    match told {
        Told::Device(code) => Some(code.clone()),
        _ => None,
    }
}

/// The sign-in with the wire cut there, or not at all.
async fn cut(flow: Flow, last: Option<(Speaker, &'static str)>) -> (Rig, Wire, Ends) {
    let wire = Wire {
        last,
        ..Wire::default()
    };
    let rig = match flow {
        Flow::Loopback => rig("xai-oauth").await.by(flow),
        Flow::Device => rig("xai-oauth").await.by(flow),
        Flow::Paste => typing_rig("anthropic").await,
    };
    let ends = match flow {
        Flow::Loopback => over(&rig, &wire, by_browser(&rig)).await,
        Flow::Device => over(&rig, &wire, by_code(&rig)).await,
        Flow::Paste => over(&rig, &wire, by_paste(&rig)).await,
    };
    (rig, wire, ends)
}

async fn after_each_message(flow: Flow, rows: &[Row]) {
    let (_, wire, (signed, _)) = cut(flow, None).await;
    signed.unwrap();
    let crossed = wire.crossed.into_inner().unwrap();
    let expected: Vec<_> = rows.iter().map(|row| (row.0, row.1.to_owned())).collect();
    assert_eq!(crossed, expected, "the table has every message");

    for (from, last, standing, saved) in rows {
        let at = format!("{flow:?}, cut after {last} of {from:?}");
        let (rig, _, (signed, signed_in)) = cut(flow, Some((*from, last))).await;
        match (&signed, standing) {
            (Err(ViaError::Lost { standing: said }), Some(standing)) => {
                assert_eq!(said, standing, "{at}");
            }
            (Err(ViaError::NoHello), None) => assert_eq!(*last, "hello", "{at}"),
            (Ok(_), None) => assert_eq!(*last, "signed_in", "{at}"),
            (other, _) => panic!("{at}: {other:?}"),
        }
        assert_eq!(rig.saved(), *saved, "{at}");
        assert_eq!(signed_in.is_ok_and(|done| done.is_some()), *saved, "{at}");
        // Whatever the provider gave is kept.
        let granted = rig.fake.requests_to("/token").len();
        assert_eq!(granted > 0, *saved, "{at}");
        if *saved {
            let file: Value = serde_json::from_str(&rig.home.auth_json_text().unwrap()).unwrap();
            let [entry] = file["credential_pool"][&rig.request.provider.id]
                .as_array()
                .unwrap()
                .as_slice()
            else {
                panic!("{at}: {file}");
            };
            assert!(
                rig.fake
                    .accepts_access(entry["access_token"].as_str().unwrap()),
                "{at}"
            );
            assert!(
                rig.fake
                    .accepts_refresh(entry["refresh_token"].as_str().unwrap()),
                "{at}"
            );
        }
        if let Some(loopback) = &rig.request.provider.loopback {
            TcpListener::bind((loopback.host.as_str(), loopback.port)).unwrap();
        }
    }
}

#[tokio::test]
async fn rl5_cut_after_each_message_of_a_loopback_sign_in() {
    after_each_message(Flow::Loopback, LOOPBACK).await;
}

#[tokio::test]
async fn rl5_cut_after_each_message_of_a_device_sign_in() {
    after_each_message(Flow::Device, DEVICE).await;
}

#[tokio::test]
async fn rl5_cut_after_each_message_of_a_pasted_sign_in() {
    after_each_message(Flow::Paste, PASTE).await;
}

#[tokio::test]
async fn a_code_that_is_approved_at_the_moment_of_the_cut_is_not_said_to_be_unsaved() {
    // The provider has the poll, which it will answer with tokens, when the connection ends.
    let rig = rig("xai-oauth").await.by(Flow::Device);
    let wire = Wire::default();
    let person = async {
        let code = rig.actor.until(device_code).await;
        rig.fake.approve_device(&code);
        rig.clock.set_automatic();
        rig.fake.until_requests("/token", 1).await;
        wire.is_cut.store(true, Ordering::Relaxed);
        wire.cut.notify_one();
    };
    let (signed, signed_in) = over(&rig, &wire, person).await;
    let error = signed.unwrap_err();
    assert!(
        matches!(
            error,
            ViaError::Lost {
                standing: Standing::Unknown
            }
        ),
        "{error:?}"
    );
    assert_eq!(signed_in.is_ok_and(|done| done.is_some()), rig.saved());
}

#[tokio::test]
async fn rl5_stopped_at_the_laptop_it_says_what_the_host_may_have_done() {
    let shown = |told: &Told| matches!(told, Told::Url(_) | Told::Device(_)).then_some(());
    let exchanging =
        |told: &Told| matches!(told, Told::Other(what) if what == "Exchanging").then_some(());
    type When = fn(&Told) -> Option<()>;
    let rows: [(Flow, When, Standing, bool); 3] = [
        (Flow::Loopback, shown, Standing::NotSaved, false),
        (Flow::Loopback, exchanging, Standing::Unknown, true),
        (Flow::Device, shown, Standing::Unknown, false),
    ];
    for (flow, when, standing, saved) in rows {
        let rig = rig("xai-oauth").await.by(flow);
        let (laptop_stream, host_stream) = duplex(64 * 1024);
        let laptop = async {
            let (reader, writer) = split(laptop_stream);
            laptop_until(&rig, reader, writer, rig.actor.until(when)).await
        };
        let host = async {
            let (reader, writer) = split(host_stream);
            host_end(&rig, reader, writer).await
        };
        let person = async {
            if saved {
                by_browser(&rig).await;
            }
        };
        let (signed, _, ()) = tokio::join!(laptop, host, person);
        let error = signed.unwrap_err();
        assert!(
            matches!(error, ViaError::Stopped { standing: said } if said == standing),
            "{error:?}"
        );
        assert_eq!(error.code(), Code::Interrupted);
        assert_eq!(rig.saved(), saved);
        if let Some(loopback) = &rig.request.provider.loopback {
            TcpListener::bind((loopback.host.as_str(), loopback.port)).unwrap();
        }
    }
}

#[tokio::test]
async fn rl5_words_of_no_protocol_do_not_lose_what_is_being_exchanged() {
    let rig = rig("xai-oauth").await;
    let (laptop_stream, laptop_wire) = duplex(64 * 1024);
    let (host_stream, mut host_wire) = duplex(64 * 1024);
    let wire = Wire {
        last: Some((Laptop, "answer")),
        ..Wire::default()
    };
    let laptop = async {
        let (reader, writer) = split(laptop_stream);
        laptop_end(&rig, reader, writer).await
    };
    let host = async {
        let (reader, writer) = split(host_stream);
        host_end(&rig, reader, writer).await
    };
    let between = async {
        wire.join(laptop_wire, &mut host_wire).await;
        host_wire.write_all(b"what?\n").await.unwrap();
        host_wire
    };
    let (_, signed_in, host_wire, ()) = tokio::join!(laptop, host, between, by_browser(&rig));
    drop(host_wire);
    assert!(signed_in.unwrap().is_some());
    assert!(rig.saved());
}
