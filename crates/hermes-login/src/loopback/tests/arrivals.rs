//! What is told of everything that comes.

use super::*;

fn kinds(open: &Open<'_>) -> Vec<&'static str> {
    let arrivals = open.arrivals.lock().unwrap();
    let kinds = arrivals.iter().map(Arrival::kind);
    kinds.filter(|kind| *kind != "ipv4").collect()
}

#[tokio::test]
async fn each_arrival_is_told_by_its_kind() {
    opened(async |open| {
        open.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
            .await;
        let port = open.attempt.redirect_uri.port().unwrap();
        let other = format!(
            "GET /callback?code=x HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n",
            port ^ 1
        );
        open.raw(other.as_bytes()).await;
        open.raw(b"GET /callback HTTP/1.1\r\nHost: evil.test\r\n\r\n")
            .await;
        let uri = open.uri("");
        open.send("OPTIONS", &uri, &[("origin", "https://auth.x.ai")])
            .await;
        open.send("OPTIONS", &uri, &[("origin", "https://evil.test")])
            .await;
        open.get(&open.uri("code=a&state=old")).await;
        open.get(&open.uri("")).await;
        open.get(&open.elsewhere("/favicon.ico")).await;
        open.send("GET", &open.valid(), &[("sec-purpose", "prefetch")])
            .await;
        open.get(&open.valid()).await;
        let expected = [
            "tls",
            "other_port",
            "wrong_host",
            "preflight",
            "unlisted_preflight",
            "old_answer",
            "not_an_answer",
            "other",
            "prefetch",
            "answer",
        ];
        assert_eq!(kinds(open), expected);
        let details: Vec<_> = open
            .arrivals
            .lock()
            .unwrap()
            .iter()
            .filter_map(Arrival::detail)
            .collect();
        assert_eq!(
            details,
            [(port ^ 1).to_string(), "https://evil.test".to_owned()]
        );
    })
    .await;
}

#[tokio::test]
async fn a_connection_that_says_nothing_is_told() {
    opened(async |open| {
        let mut stream = open.connect().await;
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        assert!(answer.is_empty());
        assert_eq!(kinds(open), ["silent"]);
    })
    .await;
}
