use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hermes_protocol::close::Close;
use hermes_storage::{Role, SessionKind, UserId};
use http::{Request, header};

use super::rig::{LOCAL, Rig, get, post, signed};

const DAY: Duration = Duration::from_secs(86_400);

fn user(id: &str) -> UserId {
    id.parse().unwrap()
}

#[tokio::test]
async fn sc6_idle_and_absolute_ends_are_the_servers() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    let long = format!("hermes_session_rt={}", opened.long_lived.expose());
    let ask = async || {
        let request = get("/api/auth/me").header(header::COOKIE, &long);
        rig.ask(request, "").await.status
    };
    for day in [6, 12, 18, 24] {
        rig.clock.advance(DAY * 6);
        assert_eq!(ask().await, 200, "day {day}: used, and not yet at its end");
        rig.gateway.sessions.tidy().await.unwrap();
    }
    rig.clock.advance(DAY * 6);
    assert_eq!(ask().await, 401, "day 30, however busy");
    let idle = rig.open(UserId::owner()).await;
    rig.clock.advance(DAY * 7);
    let request = signed(get("/api/auth/me"), &idle);
    assert_eq!(rig.ask(request, "").await.status, 401);
}

#[tokio::test]
async fn a_short_lived_value_ends_after_fifteen_minutes() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    rig.clock.advance(Duration::from_secs(15 * 60 - 1));
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &opened), "")
            .await
            .status,
        200
    );
    rig.clock.advance(Duration::from_secs(1));
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &opened), "")
            .await
            .status,
        401
    );
}

#[tokio::test]
async fn sc5_signing_out_ends_the_session_and_forgets_it_everywhere() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    let out = rig.ask(signed(post("/auth/logout"), &opened), "").await;
    assert_eq!((out.status, out.header("location")), (303, "/login"));
    assert_eq!(out.header("clear-site-data"), "\"cache\", \"storage\"");
    assert!(
        out.set_cookies()
            .iter()
            .all(|line| line.contains("Max-Age=0"))
    );
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &opened), "")
            .await
            .status,
        401
    );
    let long = format!("hermes_session_rt={}", opened.long_lived.expose());
    let renewed = rig
        .ask(get("/api/auth/me").header(header::COOKIE, long), "")
        .await;
    assert_eq!(renewed.status, 401);
    assert_eq!(opened.live.over().await, Close::SessionEnded);
    let again = rig.ask(signed(post("/auth/logout"), &opened), "").await;
    assert_eq!(again.status, 303, "twice is harmless");
    let audited = rig.audited();
    assert!(audited.contains(r#""event":"logout""#), "{audited}");
    assert!(audited.contains(r#""user_id":"owner""#), "{audited}");
}

#[tokio::test]
async fn sc8_sessions_are_listed_named_and_ended() {
    let rig = Rig::owned(LOCAL).await;
    let (here, there) = (
        rig.open(UserId::owner()).await,
        rig.open(UserId::owner()).await,
    );
    let id = there.live.session;
    let path = format!("/api/auth/sessions/{id}");
    let name = Request::patch(&path).header(header::CONTENT_TYPE, "application/json");
    let named = rig.ask(signed(name, &here), r#"{"name":"Phone"}"#).await;
    assert_eq!(named.status, 204);
    let list = rig.ask(signed(get("/api/auth/sessions"), &here), "").await;
    assert!(list.body.contains(r#""name":"Phone""#), "{}", list.body);
    assert_eq!(list.body.matches(r#""current":true"#).count(), 1);
    let end = rig.ask(signed(Request::delete(&path), &here), "").await;
    assert_eq!(end.status, 204);
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &there), "")
            .await
            .status,
        401
    );
    let third = rig.open(UserId::owner()).await;
    let others = rig
        .ask(signed(post("/api/auth/sessions/end-others"), &here), "")
        .await;
    assert_eq!(others.body, r#"{"ended":1}"#);
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &third), "")
            .await
            .status,
        401
    );
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &here), "").await.status,
        200
    );
}

#[tokio::test]
async fn rz2_somebody_elses_session_looks_like_none() {
    let rig = Rig::owned(LOCAL).await;
    rig.add(user("ann"), Role::Member).await;
    let (owner, ann) = (rig.open(UserId::owner()).await, rig.open(user("ann")).await);
    let theirs = format!("/api/auth/sessions/{}", owner.live.session);
    let none = "/api/auth/sessions/nothing-of-the-kind";
    for path in [theirs.as_str(), none, "/api/auth/sessions/a%20b"] {
        let answer = rig.ask(signed(Request::delete(path), &ann), "").await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (404, r#"{"detail":"No such session"}"#),
            "{path}"
        );
    }
    let list = rig.ask(signed(get("/api/auth/sessions"), &ann), "").await;
    assert!(!list.body.contains(owner.live.session.as_str()));
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &owner), "")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn ws7_what_another_process_ends_is_noticed() {
    let rig = Rig::owned(LOCAL).await;
    rig.add(user("ann"), Role::Member).await;
    let ann = rig.open(user("ann")).await;
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &ann), "").await.status,
        200
    );
    // As `hermes users remove ann` does, beside the running gateway.
    rig.storage.users().remove(user("ann")).await.unwrap();
    rig.gateway.sessions.recheck().await.unwrap();
    assert_eq!(ann.live.over().await, Close::SessionEnded);
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &ann), "").await.status,
        401
    );
}

#[tokio::test]
async fn ws7_a_new_role_closes_the_sockets_and_keeps_the_session() {
    let rig = Rig::owned(LOCAL).await;
    rig.add(user("ann"), Role::Owner).await;
    let ann = rig.open(user("ann")).await;
    rig.storage
        .users()
        .set_role(user("ann"), Role::Member)
        .await
        .unwrap();
    rig.gateway.sessions.recheck().await.unwrap();
    assert_eq!(ann.live.over().await, Close::RightsChanged);
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &ann), "").await.status,
        200
    );
    let found = rig
        .gateway
        .sessions
        .by_access(ann.access.value.expose(), SessionKind::Browser)
        .await;
    assert_eq!(found.unwrap().unwrap().role, Role::Member);
}

#[tokio::test]
async fn sc6_a_clock_that_is_set_back_is_refused_and_ends_nothing() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    let long = format!("hermes_session_rt={}", opened.long_lived.expose());
    let ask = async || {
        let cached = rig.ask(signed(get("/api/auth/me"), &opened), "").await;
        let asked = rig.get("/api/auth/me", &long).await;
        (cached.status, asked.status)
    };
    assert_eq!(ask().await, (200, 200));
    for moment in ["2026-11-22T11:54:59Z", "1970-01-01T00:00:00Z"] {
        rig.clock.set(moment);
        assert_eq!(ask().await, (401, 401), "{moment}");
        rig.gateway.sessions.tidy().await.unwrap();
    }
    rig.clock.set("2026-11-22T11:55:00Z");
    assert_eq!(ask().await, (200, 200), "a correction");
    rig.clock.set("2026-11-22T12:00:01Z");
    assert_eq!(ask().await, (200, 200), "nothing was removed");
}

#[tokio::test]
async fn a_last_use_outlives_the_caches_interest() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    let id = opened.live.session;
    rig.clock.advance(Duration::from_secs(90));
    let request = signed(get("/api/auth/me"), &opened);
    assert_eq!(rig.ask(request, "").await.status, 200);
    drop(opened);
    // As when a thousand others have come in the meantime.
    rig.gateway.sessions.forget_values();
    rig.gateway.sessions.tidy().await.unwrap();
    let session = rig.storage.sessions().find(id).await.unwrap().unwrap();
    let unused = session.last_seen_at.duration_since(session.created_at);
    assert_eq!(unused.as_secs(), 90);
}

#[tokio::test]
async fn the_last_use_is_written_down() {
    let rig = Rig::owned(LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    rig.clock.advance(Duration::from_secs(90));
    assert_eq!(
        rig.ask(signed(get("/api/auth/me"), &opened), "")
            .await
            .status,
        200
    );
    rig.gateway.sessions.tidy().await.unwrap();
    let session = rig
        .storage
        .sessions()
        .find(opened.live.session)
        .await
        .unwrap()
        .unwrap();
    let unused = session.last_seen_at.duration_since(session.created_at);
    assert_eq!(unused.as_secs(), 90);
}

/// A look-up that began before a session was ended must not bring it back, for nobody and for no
/// moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sc5_an_ended_session_does_not_come_back() {
    let rig = Arc::new(Rig::owned(LOCAL).await);
    for _ in 0..20 {
        let opened = Arc::new(rig.open(UserId::owner()).await);
        rig.gateway.sessions.let_go(Close::Restart);
        let is_over = Arc::new(AtomicBool::new(false));
        let asking: Vec<_> = (0..8)
            .map(|_| {
                let (rig, opened) = (Arc::clone(&rig), Arc::clone(&opened));
                let is_over = Arc::clone(&is_over);
                tokio::spawn(async move {
                    let mut after = 0;
                    while after < 3 {
                        let was_over = is_over.load(Ordering::SeqCst);
                        let value = opened.access.value.expose();
                        let found = rig.gateway.sessions.by_access(value, SessionKind::Browser);
                        let found = found.await.unwrap();
                        assert!(!(was_over && found.is_some()), "an ended session was found");
                        after += u32::from(was_over);
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        assert!(rig.gateway.sessions.end(opened.live.session).await.unwrap());
        is_over.store(true, Ordering::SeqCst);
        for asking in asking {
            asking.await.unwrap();
        }
    }
}
