//! What the browser shows, and when.

use super::*;

#[tokio::test]
async fn lb5_the_page_says_what_became_of_it() {
    let rows = [
        (signed_in(), "You are signed in to xAI"),
        (Ending::Failed, "the sign-in did not finish"),
        (Ending::Unknown, "then the connection was lost"),
    ];
    for (ending, expected) in rows {
        opened(async |open| {
            let moved = open.get(&open.valid()).await;
            assert_eq!(moved.status, 303);
            assert_eq!(moved.body, "");
            let next = open.elsewhere(moved.header("location").unwrap());
            assert_eq!(next.query(), None, "the code left the address bar");
            assert!(!next.as_str().contains("the-code") && !next.as_str().contains(open.state()));
            let mut page = Box::pin(open.get(&next));
            // Nothing is said before it is known: only the clocks of the connection run.
            tokio::select! {
                biased;
                page = &mut page => panic!("too early: {}", page.body),
                () = open.clock.until_sleeping(2) => {}
            }
            open.callback.finish(ending.clone());
            let page = page.await;
            assert_eq!(page.status, 200);
            assert!(page.body.contains(expected), "{}", page.body);
            open.callback.delivered().await;
        })
        .await;
    }
}

#[tokio::test]
async fn lb5_a_page_does_not_wait_for_ever() {
    opened(async |open| {
        let moved = open.get(&open.valid()).await;
        let next = open.elsewhere(moved.header("location").unwrap());
        let later = async {
            open.clock.until_sleeping(2).await;
            open.clock.advance(Duration::from_secs(25));
        };
        let (page, ()) = tokio::join!(open.get(&next), later);
        assert!(
            page.body.contains("takes longer than usual"),
            "{}",
            page.body
        );
    })
    .await;
}

#[tokio::test]
async fn lb5_every_answer_is_locked_down() {
    opened(async |open| {
        let mut pages = Vec::new();
        for (method, url, headers, _) in strays(open) {
            pages.push(open.send(method, &url, &headers).await);
        }
        let moved = open.get(&open.valid()).await;
        open.callback.finish(signed_in());
        pages.push(
            open.get(&open.elsewhere(moved.header("location").unwrap()))
                .await,
        );
        pages.push(open.get(&open.valid()).await);
        pages.push(moved);
        let mut nonces = BTreeSet::new();
        for page in pages {
            let policy = page.header("content-security-policy").unwrap();
            for rule in [
                "default-src 'none'",
                "frame-ancestors 'none'",
                "base-uri 'none'",
                "form-action 'none'",
            ] {
                assert!(policy.contains(rule), "{rule}: {policy}");
            }
            assert!(
                !policy.contains("unsafe") && !policy.contains("script"),
                "{policy}"
            );
            for (name, value) in [
                ("cache-control", "no-store"),
                ("referrer-policy", "no-referrer"),
                ("x-content-type-options", "nosniff"),
                ("x-frame-options", "DENY"),
            ] {
                assert_eq!(page.header(name), Some(value), "{}", page.url);
            }
            assert_eq!(page.header("server"), None);
            assert_eq!(page.header("set-cookie"), None);
            if !page.body.is_empty() {
                let nonce = policy
                    .split("'nonce-")
                    .nth(1)
                    .unwrap()
                    .split('\'')
                    .next()
                    .unwrap();
                assert!(page.body.contains(&format!("<style nonce=\"{nonce}\">")));
                assert!(nonces.insert(nonce.to_owned()), "a nonce is used once");
            }
        }
    })
    .await;
}
