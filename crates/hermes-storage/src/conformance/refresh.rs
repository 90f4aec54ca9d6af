use super::{access, horizon, new_session, new_user, session, user};
use crate::{Label, LongLived, NewSession, RefreshHash, SessionKind, Storage, TokenHash, Turned};

fn token(family: &str, turn: &str) -> RefreshHash {
    RefreshHash {
        family: TokenHash::of(family),
        turn: TokenHash::of(turn),
    }
}

/// A session of an app, of this family and with the first turn `t1`.
fn new_app(id: &str, family: &str) -> NewSession {
    NewSession {
        name: Label::new("laptop"),
        long_lived: LongLived::Refresh(token(family, "t1")),
        ..new_session(id, "ada", 0)
    }
}

/// A refresh token is good until it is used; what was used before ends its session and no other.
pub async fn a_refresh_token_counts_once(storage: &dyn Storage) {
    let sessions = storage.sessions();
    storage.users().create(new_user("ada")).await.unwrap();
    for (id, family) in [("one", "f1"), ("two", "f2")] {
        sessions.open(new_app(id, family)).await.unwrap();
    }
    let (one, two) = (session("one"), session("two"));
    let refresh = async |shown, next: &str, value: &str, second| {
        let (next, value) = (TokenHash::of(next), access(value, second + 900));
        let turned = sessions.refresh(shown, next, value, horizon(second)).await;
        turned.unwrap()
    };
    let by_access = async |value: &str, second| {
        let hash = TokenHash::of(value);
        let found = sessions.by_access(&hash, horizon(second)).await.unwrap();
        found.map(|found| found.session.id)
    };
    for shown in [token("f3", "t1"), token("t1", "f1")] {
        assert_eq!(refresh(shown, "t2", "no", 10).await, Turned::Unknown);
    }
    assert_eq!(
        refresh(token("f1", "t1"), "t2", "new", 10).await,
        Turned::On
    );
    assert_eq!(by_access("new", 909).await, Some(one));
    assert_eq!(
        by_access("at-one", 11).await,
        Some(one),
        "until its own end"
    );
    assert_eq!(by_access("new", 910).await, None);
    assert_eq!(
        refresh(token("f1", "t2"), "t3", "newer", 20).await,
        Turned::On
    );
    let reused = refresh(token("f1", "t1"), "t4", "thief", 21).await;
    assert_eq!(reused, Turned::Reused(one));
    for value in ["at-one", "new", "newer", "thief"] {
        assert_eq!(by_access(value, 22).await, None, "{value}");
    }
    assert_eq!(
        refresh(token("f1", "t3"), "t4", "no", 22).await,
        Turned::Unknown
    );
    assert_eq!(by_access("at-two", 22).await, Some(two));

    // What is over is not ended once more, and a disabled user refreshes nothing.
    assert_eq!(
        refresh(token("f2", "x"), "t2", "no", 3600).await,
        Turned::Unknown
    );
    storage
        .users()
        .set_disabled(user("ada"), true)
        .await
        .unwrap();
    assert_eq!(
        refresh(token("f2", "t1"), "t2", "no", 30).await,
        Turned::Unknown
    );
}

/// Neither is a refresh token a cookie, nor a cookie a refresh token.
pub async fn values_of_one_kind_are_nothing_to_the_other(storage: &dyn Storage) {
    let sessions = storage.sessions();
    storage.users().create(new_user("ada")).await.unwrap();
    sessions.open(new_session("web", "ada", 0)).await.unwrap();
    sessions.open(new_app("app", "family")).await.unwrap();
    let listed = sessions.list(user("ada"), horizon(1)).await.unwrap();
    let kinds = listed.into_iter().map(|one| (one.id, one.kind, one.name));
    let kinds: Vec<_> = kinds.collect();
    let expected = [
        (session("app"), SessionKind::App, Label::new("laptop")),
        (session("web"), SessionKind::Browser, None),
    ];
    assert_eq!(kinds, expected);
    for half in ["family", "t1"] {
        let hash = TokenHash::of(half);
        let found = sessions.by_long_lived(&hash, horizon(1)).await.unwrap();
        assert_eq!(found, None, "{half}");
    }
    for turn in ["rt-web", ""] {
        let (next, value) = (TokenHash::of("t2"), access("no", 900));
        let turned = sessions.refresh(token("rt-web", turn), next, value, horizon(1));
        assert_eq!(turned.await.unwrap(), Turned::Unknown);
    }
    assert!(sessions.find(session("web")).await.unwrap().is_some());
}
