//! What is tried before a gateway is remembered.

use std::sync::Arc;

use futures_util::SinkExt as _;
use hermes_client::{Held, Tick, Tried, Web, Words};
use hermes_errors::Code;
use hermes_machine::{BoxFuture, Environment, SystemClock, http::BoundedClient};
use hermes_secret::Secret;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use crate::{
    errands::{STATUS, says},
    web::{MINT, Server, TOKEN, answer, no, secret, yes},
};

/// What a gateway in this mode is like when it is tried with what is held.
fn trying(server: &Server, held: Held) -> BoxFuture<'static, Tried> {
    let clock = Arc::new(SystemClock);
    let http = BoundedClient::new(&Environment::default(), Arc::clone(&clock) as _);
    let web = Web::new(
        secret(&server.address),
        Arc::new(held),
        Arc::new(http),
        &Environment::default(),
        clock,
    );
    let web = web.unwrap();
    Box::pin(async move { web.test().await })
}

fn no_because(code: Code) -> impl Fn(&Tick) -> bool {
    move |tick| matches!(tick, Tick::No(Words { code: Some(said), text }) if *said == code && text.ends_with('.'))
}

#[tokio::test]
async fn facts_5_6_four_ticks_say_how_far_it_gets() {
    let cookies = || Held::Cookies(Vec::new());
    let token = || Held::Token(Secret::new(TOKEN));
    // Nobody is there.
    let mut gone = Server::new(Vec::new()).await;
    gone.address = gone.address.replace("127.0.0.1", "127.0.0.254");
    let tried = trying(&gone, cookies()).await;
    assert!(
        no_because(Code::ConnectUnreachable)(&tried.reachable),
        "{tried:?}"
    );
    assert_eq!(tried.is_hermes, Tick::NotTried);
    // Somebody else is.
    let page = vec![(STATUS, [answer("200 OK", "<html>")].into())];
    let tried = trying(&Server::new(page).await, cookies()).await;
    assert_eq!(tried.reachable, Tick::Yes);
    assert!(
        no_because(Code::ConnectNotAGateway)(&tried.is_hermes),
        "{tried:?}"
    );
    assert_eq!(
        (tried.signed_in, tried.live),
        (Tick::NotTried, Tick::NotTried)
    );
    // It is one, and nobody has signed in; or something is wrong with what gives tickets.
    for (said, code) in [
        (no(), Code::ConnectSignInNeeded),
        (answer("502 Bad Gateway", "<html>"), Code::ConnectBusy),
    ] {
        let server = Server::new(says("true", vec![(MINT, [said].into())])).await;
        let tried = trying(&server, cookies()).await;
        assert_eq!((tried.reachable, tried.is_hermes), (Tick::Yes, Tick::Yes));
        assert!(no_because(code)(&tried.signed_in), "{:?}", tried.signed_in);
        assert_eq!(tried.live, Tick::NotTried);
    }
    // Tickets are given, and the socket is another thing.
    let answers = vec![
        (MINT, [yes()].into()),
        ("/api/ws", [answer("502 Bad Gateway", "<html>")].into()),
    ];
    let tried = trying(&Server::new(says("true", answers)).await, cookies()).await;
    assert_eq!(tried.signed_in, Tick::Yes);
    assert!(no_because(Code::ConnectBusy)(&tried.live), "{tried:?}");
    // A gateway of a token that nobody has typed.
    let tried = trying(&Server::new(says("false", Vec::new())).await, cookies()).await;
    assert_eq!(tried.is_hermes, Tick::Yes);
    assert_eq!(
        (tried.signed_in, tried.live),
        (Tick::NotTried, Tick::NotTried)
    );
    // And all is well, or ends with a close code.
    let (taken, wrong, origin) = (None, Some(4401), Some(4403));
    for (mode, held, close, signed_in, live) in [
        ("true", cookies(), taken, Tick::Yes, None),
        (
            "true",
            cookies(),
            origin,
            Tick::Yes,
            Some(Code::ConnectNotAllowed),
        ),
        ("false", token(), taken, Tick::Yes, None),
        (
            "false",
            token(),
            origin,
            Tick::NotTried,
            Some(Code::ConnectNotAllowed),
        ),
    ] {
        let tried = spoken(mode, held, close).await;
        assert_eq!(tried.signed_in, signed_in, "{mode} {close:?}");
        match live {
            None => assert_eq!(tried.live, Tick::Yes),
            Some(code) => assert!(no_because(code)(&tried.live), "{tried:?}"),
        }
    }
    let tried = spoken("false", token(), wrong).await;
    assert!(
        no_because(Code::ConnectTokenWrong)(&tried.signed_in),
        "{tried:?}"
    );
    assert_eq!(tried.live, Tick::NotTried);
}

/// The same with a gateway that begins at the socket, or closes it with this code.
async fn spoken(mode: &str, held: Held, close: Option<u16>) -> Tried {
    let mut server = Server::new(says(mode, vec![(MINT, [yes()].into())])).await;
    let tried = tokio::spawn(trying(&server, held));
    let mut socket = server.sockets.recv().await.unwrap();
    let said = match close {
        None => {
            Message::text(r#"{"jsonrpc":"2.0","method":"event","params":{"type":"gateway.ready"}}"#)
        }
        Some(code) => Message::Close(Some(CloseFrame {
            code: code.into(),
            reason: "no".into(),
        })),
    };
    socket.send(said).await.unwrap();
    tried.await.unwrap()
}
