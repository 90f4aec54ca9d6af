//! How an app stays signed in (checklist AS5).

use std::{sync::Arc, time::Duration};

use super::{
    app::Tokens,
    rig::{Rig, json},
};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn as5_a_refresh_token_rotates_until_the_absolute_end() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let mut tokens = rig.app(&cookies).await;
    for day in 1..30 {
        rig.clock.advance(DAY);
        let next = Tokens::of(&rig.refresh(&tokens.refresh).await);
        assert_ne!(next.refresh, tokens.refresh, "day {day}");
        assert_eq!(rig.opens(&next.access).await, 200, "day {day}");
        rig.gateway.sessions.tidy().await.unwrap();
        tokens = next;
    }
    rig.clock.advance(DAY - SECOND * 60);
    let answer = rig.refresh(&tokens.refresh).await;
    assert_eq!(
        answer.json()["expires_in"],
        60,
        "no longer than the session"
    );
    rig.clock.advance(SECOND * 60);
    let tokens = Tokens::of(&answer);
    assert_eq!(
        rig.refresh(&tokens.refresh).await.status,
        401,
        "however busy"
    );
}

#[tokio::test]
async fn as5_an_idle_app_is_signed_out_as_an_idle_browser_is() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let tokens = rig.app(&cookies).await;
    rig.clock.advance(DAY * 7);
    let answer = rig.refresh(&tokens.refresh).await;
    insta::assert_snapshot!(answer.shown(), @r#"401 {"error":"session_expired","detail":"Unauthorized","reason":"invalid_or_expired_session","login_url":"/login"}"#);
}

#[tokio::test]
async fn as5_a_lost_answer_is_given_again_for_ten_seconds() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let tokens = rig.app(&cookies).await;
    let lost = Tokens::of(&rig.refresh(&tokens.refresh).await);
    rig.clock.advance(SECOND * 9);
    let again = rig.refresh(&tokens.refresh).await;
    assert_eq!(again.json()["expires_in"], 15 * 60 - 9);
    let again = Tokens::of(&again);
    assert_eq!(
        (&again.access, &again.refresh),
        (&lost.access, &lost.refresh)
    );
    rig.clock.advance(SECOND);
    assert_eq!(
        rig.refresh(&tokens.refresh).await.status,
        401,
        "ten seconds later it is a copy"
    );
    assert_eq!(rig.refresh(&lost.refresh).await.status, 401);
    assert_eq!(rig.opens(&lost.access).await, 401);
}

#[tokio::test]
async fn as5_a_copy_that_is_used_ends_the_session() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    // The thief first, then the app; and the other way round.
    for (first, second) in [("203.0.113.9", "192.0.2.1"), ("192.0.2.1", "203.0.113.9")] {
        let tokens = rig.app(&cookies).await;
        let got = Tokens::of(&rig.refresh_from(first, &tokens.refresh).await);
        let refused = rig.refresh_from(second, &tokens.refresh).await;
        assert_eq!(refused.status, 401, "the answer was another device's");
        assert_eq!(rig.refresh_from(first, &got.refresh).await.status, 401);
        assert_eq!(rig.opens(&got.access).await, 401);
        assert_eq!(rig.opens(&tokens.access).await, 401);
    }
    // Who has the next token got the answer: what came before it is a copy at once.
    let tokens = rig.app(&cookies).await;
    let second = Tokens::of(&rig.refresh(&tokens.refresh).await);
    let third = Tokens::of(&rig.refresh(&second.refresh).await);
    assert_eq!(rig.refresh(&tokens.refresh).await.status, 401);
    assert_eq!(rig.opens(&third.access).await, 401);
    assert_eq!(rig.get("/api/auth/me", &cookies).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn as5_two_at_once_get_the_same_answer() {
    let rig = Arc::new(Rig::gated().await);
    let cookies = rig.signed_in("ada").await;
    let mut tokens = rig.app(&cookies).await;
    for _ in 0..10 {
        let both: Vec<_> = (0..2)
            .map(|_| {
                let (rig, token) = (Arc::clone(&rig), tokens.refresh.clone());
                tokio::spawn(async move { Tokens::of(&rig.refresh(&token).await) })
            })
            .collect();
        let mut got = Vec::new();
        for one in both {
            got.push(one.await.unwrap());
        }
        assert_eq!(got[0].refresh, got[1].refresh);
        assert_eq!(rig.opens(&got[1].access).await, 200);
        tokens = got.remove(0);
    }
}

#[tokio::test]
async fn as5_an_app_that_hangs_up_finds_its_answer() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let tokens = rig.app(&cookies).await;
    let body = serde_json::json!({ "refresh_token": tokens.refresh }).to_string();
    {
        // Polled once, and dropped as a connection that breaks drops it.
        let asking = rig.ask(json("/auth/native/refresh"), &body);
        let mut asking = Box::pin(asking);
        assert!(futures_util::poll!(&mut asking).is_pending());
    }
    let answer = Tokens::of(&rig.refresh(&tokens.refresh).await);
    assert_eq!(rig.opens(&answer.access).await, 200);
}
