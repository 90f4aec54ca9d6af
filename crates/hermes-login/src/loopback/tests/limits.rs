//! Slow clients, garbage, and the end of the listener.

use super::*;

#[tokio::test]
async fn lb6_slow_clients_do_not_keep_the_browser_out() {
    for count in [15, 16, 40] {
        opened(async |open| {
            let mut slow = Vec::new();
            for _ in 0..count {
                let mut stream = open.connect().await;
                stream.write_all(b"GET /callback?code=").await.unwrap();
                slow.push(stream);
            }
            assert_eq!(open.get(&open.valid()).await.status, 303, "{count}");
            assert!(!open.is_open());
        })
        .await;
    }
}

#[tokio::test]
async fn lb6_a_head_has_ten_seconds_and_eight_kibibytes() {
    opened(async |open| {
        let mut stream = open.connect().await;
        stream.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
        open.clock.until_sleeping(1).await;
        open.clock.advance(Duration::from_secs(10));
        let mut rest = Vec::new();
        let closed = stream.read_to_end(&mut rest).await;
        assert!(closed.is_err() || rest.is_empty(), "closed without a word");

        let port = open.attempt.redirect_uri.port().unwrap();
        let state = open.state();
        let long = "x".repeat(9000);
        for request in [
            format!("GET /callback?code=c&state={state}&x={long} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"),
            format!("GET /callback?code=c&state={state} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX: {long}\r\n\r\n"),
        ] {
            let answer = open.raw(request.as_bytes()).await;
            assert!(!answer.contains(" 303 "), "{answer}");
            assert!(open.is_open());
        }
        let body = "x".repeat(200_000);
        let request = format!(
            "POST /callback HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        open.raw(request.as_bytes()).await;
        assert!(open.is_open());
    })
    .await;
}

#[tokio::test]
async fn lb6_garbage_does_not_end_it() {
    opened(async |open| {
        for bytes in [
            &b""[..],
            b"\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"GET\r\n\r\n",
            b"GET /callback HTTP/9.9\r\n\r\n",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"GET /callback?code=\xff\xfe HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
            b"CONNECT 127.0.0.1:1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
            b"OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
        ] {
            let mut stream = open.connect().await;
            stream.write_all(bytes).await.unwrap();
            stream.shutdown().await.unwrap();
            let mut rest = Vec::new();
            let _ = stream.read_to_end(&mut rest).await;
            assert!(open.is_open(), "{bytes:?}");
        }
        assert_eq!(open.get(&open.valid()).await.status, 303);
    })
    .await;
}

#[tokio::test]
async fn lb6_the_last_page_is_delivered_before_the_port_is_free() {
    let port = opened(async |open| {
        let visit = open.valid();
        let flow = async {
            open.callback.answered().await;
            open.callback.finish(signed_in());
            open.callback.delivered().await;
        };
        let (page, ()) = tokio::join!(FakeBrowser.must_visit(&visit), flow);
        assert!(page.body.contains("You are signed in to xAI"));
        open.attempt.redirect_uri.port().unwrap()
    })
    .await;
    let again = Listener::bind("127.0.0.1", PortChoice::Exactly(port));
    assert!(again.is_ok(), "free at once");
}

#[tokio::test]
async fn lb6_a_browser_that_does_not_follow_is_not_waited_for_long() {
    opened(async |open| {
        assert_eq!(open.get(&open.valid()).await.status, 303);
        open.callback.finish(signed_in());
        let later = async {
            open.clock.until_sleeping(1).await;
            open.clock.advance(Duration::from_secs(5));
        };
        tokio::join!(open.callback.delivered(), later);
    })
    .await;
}
