//! What the log of a gateway says of sockets, beside what their clients are told.

use std::collections::HashSet;

use futures_util::{SinkExt as _, StreamExt as _};
use hermes_protocol::close::Close;
use hermes_testkit::TestHome;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderName},
};

use crate::serve::{Running, TOKEN};

const JSON: (&str, &str) = ("HERMES_GATEWAY_LOG_FORMAT", "json");

/// A socket at the gateway, whose upgrade is always accepted.
async fn socket(
    gateway: &Running,
    host: &str,
    query: &str,
    headers: &[(&'static str, &str)],
) -> WebSocketStream<TcpStream> {
    let url = format!("ws://{host}:{}/api/ws?{query}", gateway.port);
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        let name = HeaderName::from_static(name);
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let stream = TcpStream::connect((host, gateway.port)).await.unwrap();
    client_async(request, stream).await.unwrap().0
}

/// The code and the reason of the close frame.
async fn closed(mut socket: WebSocketStream<TcpStream>) -> (u64, String) {
    while let Some(frame) = socket.next().await {
        if let Message::Close(close) = frame.unwrap() {
            let close = close.unwrap();
            return (u16::from(close.code).into(), close.reason.to_string());
        }
    }
    unreachable!("the socket ended without a close frame");
}

/// What the log says of sockets that were refused or closed, in order.
fn logged(said: &[String], message: &str) -> Vec<(u64, String)> {
    let lines = said
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok());
    let mut requests = HashSet::new();
    let of_sockets = lines.filter(|line: &Value| line["message"] == message);
    of_sockets
        .map(|line| {
            let request = line["request"].as_str().unwrap().to_owned();
            let (start, number) = request.split_once('-').unwrap();
            assert_eq!(start.len(), 8, "{line}");
            number.parse::<u64>().unwrap();
            assert!(requests.insert(request), "one line for a request: {line}");
            let reason = line["reason"].as_str().unwrap();
            (line["code"].as_u64().unwrap(), reason.to_owned())
        })
        .collect()
}

fn words(close: Close) -> (u64, String) {
    (close.code().into(), close.reason().to_owned())
}

#[tokio::test]
async fn a_refused_socket_has_a_line_in_the_words_of_its_close_frame() {
    let home = TestHome::new();
    let gateway = Running::start(&home, &[JSON]).await;
    let mut expected = Vec::new();
    for (query, headers, close) in [
        ("", [].as_slice(), Close::NoCredential),
        ("ticket=canary-ticket", &[], Close::TicketInvalid),
        ("token=canary-wrong-token", &[], Close::TokenMismatch),
        ("", &[("host", "evil.example")], Close::HostNotAllowed),
        (
            "",
            &[("origin", "https://evil.example")],
            Close::OriginNotAllowed,
        ),
        ("", &[("x-forwarded-for", "192.0.2.1")], Close::Forwarded),
    ] {
        let told = closed(socket(&gateway, "127.0.0.1", query, headers).await).await;
        assert_eq!(told, words(close));
        expected.push(told);
    }
    assert_eq!(logged(&gateway.end().await, "socket refused"), expected);

    let home = TestHome::new();
    let unclaimed = [JSON, ("HERMES_GATEWAY_HOST", "127.0.0.2")];
    let gateway = Running::start(&home, &unclaimed).await;
    let told = closed(socket(&gateway, "127.0.0.2", "", &[]).await).await;
    assert_eq!(told, words(Close::Unclaimed));
    assert_eq!(logged(&gateway.end().await, "socket refused"), [told]);
}

#[tokio::test]
async fn so_has_one_that_the_gateway_closes() {
    let home = TestHome::new();
    let gateway = Running::start(&home, &[JSON]).await;
    let query = format!("token={TOKEN}");
    let mut binary = socket(&gateway, "127.0.0.1", &query, &[]).await;
    binary.send(Message::binary(vec![0])).await.unwrap();
    let first = closed(binary).await;
    assert_eq!(first, words(Close::TextOnly));
    let held = socket(&gateway, "127.0.0.1", &query, &[]).await;
    let (said, last) = tokio::join!(gateway.end(), closed(held));
    assert_eq!(last, words(Close::Restart));
    assert_eq!(logged(&said, "socket closed"), [first, last]);
}
