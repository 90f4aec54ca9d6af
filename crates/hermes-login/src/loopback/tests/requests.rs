//! What counts as the answer, and what is merely answered.

use super::*;

#[tokio::test]
async fn lb3_only_a_loopback_host_with_the_port_is_heard() {
    opened(async |open| {
        let port = open.attempt.redirect_uri.port().unwrap();
        let path = format!("/callback?code=the-code&state={}", open.state());
        let refused = [
            "Host: evil.test\r\n".to_owned(),
            format!("Host: evil.test:{port}\r\n"),
            format!("Host: 127.0.0.1.evil.test:{port}\r\n"),
            format!("Host: localhost.evil.test:{port}\r\n"),
            format!("Host: 127.0.0.1:{port}@evil.test\r\n"),
            format!("Host: 127.0.0.2:{port}\r\n"),
            format!("Host: 0.0.0.0:{port}\r\n"),
            format!("Host: [::]:{port}\r\n"),
            "Host: 127.0.0.1\r\n".to_owned(),
            "Host: 127.0.0.1:\r\n".to_owned(),
            "Host: 127.0.0.1:80\r\n".to_owned(),
            format!("Host: 127.0.0.1:+{port}\r\n"),
            "Host:\r\n".to_owned(),
            String::new(),
            format!("Host: 127.0.0.1:{port}\r\nHost: 127.0.0.1:{port}\r\n"),
            format!("Host: 127.0.0.1:{port}\r\nHost: evil.test\r\n"),
        ];
        for host in refused {
            let request = format!("GET {path} HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
            let answer = open.raw(request.as_bytes()).await;
            assert!(!answer.contains("HTTP/1.1 303"), "{host}: {answer}");
            assert!(open.is_open(), "{host}");
        }
        let target =
            format!("GET http://evil.test{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
        assert!(!open.raw(target.as_bytes()).await.contains("303"));
        assert!(open.is_open());
        let good = format!("GET {path} HTTP/1.1\r\nHost: LOCALHOST:{port}\r\n\r\n");
        assert!(open.raw(good.as_bytes()).await.starts_with("HTTP/1.1 303"));
        assert!(!open.is_open());
    })
    .await;
}

#[tokio::test]
async fn lb4_strays_are_answered_and_the_wait_goes_on() {
    opened(async |open| {
        for (method, url, headers, status) in strays(open) {
            let page = open.send(method, &url, &headers).await;
            assert_eq!(page.status, status, "{method} {url} {headers:?}");
            assert!(open.is_open(), "{method} {url}");
            if method != "HEAD" && method != "OPTIONS" {
                assert!(
                    page.body.contains("</h1>"),
                    "{method} {url}: a page for a person"
                );
            }
            assert!(!page.body.contains("the-code"), "nothing is reflected");
        }
        assert!(!open.strays.lock().unwrap().is_empty(), "they are told of");
        assert_eq!(open.get(&open.valid()).await.status, 303);
        let taken = code(&open.callback.answered().await);
        // The second hit is told, and the first one stays.
        for (method, url, headers, _) in strays(open) {
            let page = open.send(method, &url, &headers).await;
            assert_ne!(page.status, 303, "{method} {url}");
        }
        let second = open.get(&open.valid()).await;
        assert_eq!(second.status, 410);
        assert!(second.body.contains("used already"));
        let denial = open.uri(&format!("error=access_denied&state={}", open.state()));
        assert_eq!(open.get(&denial).await.status, 410);
        assert_eq!(code(&open.callback.answered().await), taken);
    })
    .await;
}

#[tokio::test]
async fn lb4_a_denial_with_the_right_state_ends_it() {
    opened(async |open| {
        let query = format!(
            "error=access_denied&error_description=You+said+%1b%5b2Jno&state={}",
            open.state()
        );
        let page = FakeBrowser.must_visit(&open.uri(&query)).await;
        let Taken::Denied { error, description } = open.callback.answered().await else {
            panic!("it is a denial");
        };
        assert_eq!(error, "access_denied");
        assert_eq!(description.unwrap(), "You said [2Jno");
        assert!(page.body.contains("did not grant access"));
        assert!(!page.body.contains("You said"), "nothing is reflected");
        assert!(
            page.url.path().starts_with("/done/"),
            "the state left the address bar"
        );
        open.callback.delivered().await;
    })
    .await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn lb4_one_valid_answer_among_fifty_signs_in_once(
        picks in proptest::collection::vec(any::<prop::sample::Index>(), 50),
        at in 0usize..=50,
        side_by_side: bool,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(opened(async |open| {
            let all = strays(open);
            let mut requests: Vec<_> = picks.iter().map(|pick| all[pick.index(all.len())].clone()).collect();
            requests.insert(at, ("GET", open.valid(), Vec::new(), 303));
            let mut accepted = 0;
            if side_by_side {
                // As many at once as the listener holds; more would push each other out.
                for some in requests.chunks(16) {
                    let sent = some.iter().map(|(method, url, headers, _)| open.send(method, url, headers));
                    accepted += join_all(sent).await.iter().filter(|page| page.status == 303).count();
                }
            } else {
                for (method, url, headers, _) in &requests {
                    accepted += usize::from(open.send(method, url, headers).await.status == 303);
                }
            }
            assert_eq!(accepted, 1);
            assert!(matches!(open.callback.answered().await, Taken::Code(_)));
        }));
    }

    #[test]
    fn no_head_makes_the_parser_panic(
        method in "GET|HEAD|POST|OPTIONS|.*",
        path in "/callback|/done/.*|.*",
        query in proptest::option::of(".*"),
        host in "127.0.0.1:56121|localhost:.*|\\[::1\\]:.*|.*",
        name in "origin|purpose|host|.*",
        value in ".*",
    ) {
        let door = request::Door { path: "/callback".to_owned(), port: 56121, origins: Vec::new() };
        let head = request::Head {
            method: &method,
            authority: None,
            path: &path,
            query: query.as_deref(),
            headers: vec![("host", &host), (&name, &value)],
        };
        let received = request::parse(&head, &door);
        if matches!(received, Received::Answer(_)) {
            prop_assert_eq!(method.as_str(), "GET");
            prop_assert_eq!(path.as_str(), "/callback");
            prop_assert!(host.ends_with(":56121"));
        }
    }
}

#[tokio::test]
async fn lb7_preflights_are_allowed_for_the_provider_alone() {
    opened(async |open| {
        let ask = async |origin: &str, method: &str| {
            let headers = [
                ("origin", origin),
                ("access-control-request-method", "GET"),
                ("access-control-request-private-network", "true"),
            ];
            open.send(method, &open.valid(), &headers).await
        };
        for origin in ["https://accounts.x.ai", "https://auth.x.ai"] {
            let page = ask(origin, "OPTIONS").await;
            assert_eq!(page.status, 204);
            assert_eq!(page.header("access-control-allow-origin"), Some(origin));
            assert_eq!(
                page.header("access-control-allow-private-network"),
                Some("true")
            );
            assert_eq!(
                page.header("access-control-allow-methods"),
                Some("GET, OPTIONS")
            );
            assert_eq!(
                page.header("access-control-allow-headers"),
                Some("Content-Type")
            );
            assert_eq!(page.header("vary"), Some("Origin"));
        }
        for origin in [
            "null",
            "*",
            "https://x.ai",
            "http://auth.x.ai",
            "https://auth.x.ai:444",
            "https://auth.x.ai.evil.test",
            "https://evil.test",
            "https://auth.x.ai, https://evil.test",
        ] {
            let page = ask(origin, "OPTIONS").await;
            assert_eq!(page.status, 204, "{origin}");
            for (name, _) in &page.headers {
                assert!(!name.starts_with("access-control"), "{origin}: {name}");
            }
        }
        let elsewhere = open.elsewhere("/other");
        let page = open
            .send("OPTIONS", &elsewhere, &[("origin", "https://auth.x.ai")])
            .await;
        assert_eq!(page.header("access-control-allow-private-network"), None);
        assert!(open.is_open());
        // The provider's page learns that its answer arrived; a stranger's page learns nothing.
        let page = ask("https://evil.test", "GET").await;
        assert_eq!(page.header("access-control-allow-origin"), None);
    })
    .await;
}

#[tokio::test]
async fn a_paste_that_was_faster_closes_the_door() {
    opened(async |open| {
        assert!(open.callback.take());
        assert!(!open.callback.take(), "once");
        let page = open.get(&open.valid()).await;
        assert_eq!(page.status, 410);
        assert!(open.is_open(), "the listener has nothing");
    })
    .await;
    opened(async |open| {
        assert_eq!(open.get(&open.valid()).await.status, 303);
        assert!(!open.callback.take(), "the listener was faster");
    })
    .await;
}
