use super::{access, at, horizon, identity, new_session, new_user, session, user};
use crate::{
    ACCESS_LIMIT, Label, NewSession, ProviderLogout, ProviderSession, ProviderTokens, Role,
    SESSIONS_LIMIT, Sealed, Session, SessionId, SessionKind, Storage, StorageError, TokenHash,
};

fn ids(sessions: &[Session]) -> Vec<SessionId> {
    sessions.iter().map(|session| session.id).collect()
}

/// A short-lived and the long-lived value lead to the session, others to none.
pub async fn values_lead_to_their_session(storage: &dyn Storage) {
    let (users, sessions) = (storage.users(), storage.sessions());
    let refused = sessions.open(new_session("s", "ada", 0)).await;
    assert!(matches!(refused, Err(StorageError::UserUnknown)));
    users.create(new_user("ada")).await.unwrap();
    let new = NewSession {
        address: "2001:db8::1".parse().unwrap(),
        authenticated_at: at(5),
        ..new_session("s", "ada", 10)
    };
    assert_eq!(sessions.open(new).await.unwrap(), []);
    let kept = Session {
        id: session("s"),
        user: user("ada"),
        kind: SessionKind::Browser,
        at_most: Role::Owner,
        method: "password".to_owned(),
        name: None,
        client: Label::new("Mozilla/5.0"),
        address: "2001:db8::1".parse().unwrap(),
        created_at: at(10),
        authenticated_at: at(5),
        last_seen_at: at(10),
        ends_at: at(86410),
        passkey: None,
    };
    let by_access = async |value: &str, second| {
        let hash = TokenHash::of(value);
        sessions.by_access(&hash, horizon(second)).await.unwrap()
    };
    let by_long_lived = async |value: &str, second| {
        let hash = TokenHash::of(value);
        sessions
            .by_long_lived(&hash, horizon(second))
            .await
            .unwrap()
    };
    let found = by_access("at-s", 11).await.unwrap();
    assert_eq!(
        (found.session, found.value_ends_at),
        (kept.clone(), at(910))
    );
    assert_eq!(found.user.id, user("ada"));
    let found = by_long_lived("rt-s", 11).await.unwrap();
    assert_eq!((found.session, found.value_ends_at), (kept, at(86410)));
    // The one is no substitute for the other.
    assert_eq!(by_access("rt-s", 11).await, None);
    assert_eq!(by_long_lived("at-s", 11).await, None);
    assert!(by_access("at-s", 909).await.is_some());
    assert_eq!(by_access("at-s", 910).await, None, "it has ended");

    for n in 0..ACCESS_LIMIT {
        let value = access(&format!("at-{n}"), 2000);
        assert!(sessions.add_access(session("s"), value).await.unwrap());
    }
    assert_eq!(by_access("at-s", 11).await, None, "the oldest is dropped");
    for n in 0..ACCESS_LIMIT {
        assert!(by_access(&format!("at-{n}"), 11).await.is_some());
    }
    let gone = sessions.add_access(session("t"), access("x", 2000)).await;
    assert!(!gone.unwrap());
    assert!(sessions.end(session("s")).await.unwrap());
    assert_eq!(by_access("at-0", 11).await, None);
    assert_eq!(by_long_lived("rt-s", 11).await, None);
}

/// A session may do no more than it was opened for, whatever becomes of its user.
pub async fn a_session_may_do_less_than_its_user(storage: &dyn Storage) {
    let (users, sessions) = (storage.users(), storage.sessions());
    users.create(new_user("ada")).await.unwrap();
    for (id, at_most) in [("full", Role::Owner), ("less", Role::Member)] {
        let new = NewSession {
            at_most,
            ..new_session(id, "ada", 0)
        };
        sessions.open(new).await.unwrap();
    }
    let role = async |id: &str| {
        let hash = TokenHash::of(&format!("at-{id}"));
        let found = sessions.by_access(&hash, horizon(1)).await.unwrap();
        found.unwrap().role()
    };
    assert_eq!(role("full").await, Role::Member);
    users.set_role(user("ada"), Role::Owner).await.unwrap();
    assert_eq!(role("full").await, Role::Owner);
    assert_eq!(role("less").await, Role::Member);
    let found = sessions.find(session("less")).await.unwrap().unwrap();
    assert_eq!(found.at_most, Role::Member);
}

/// Sessions are named, listed in the order of their use, and ended one by one or together.
pub async fn sessions_are_listed_and_ended(storage: &dyn Storage) {
    let (users, sessions) = (storage.users(), storage.sessions());
    for id in ["ada", "bob"] {
        users.create(new_user(id)).await.unwrap();
    }
    for (id, of) in [("a1", "ada"), ("a2", "ada"), ("b1", "bob"), ("a3", "ada")] {
        sessions.open(new_session(id, of, 0)).await.unwrap();
    }
    let (a1, a2, a3) = (session("a1"), session("a2"), session("a3"));
    let seen = [(a2, at(60)), (session("none"), at(60)), (a3, at(-5))];
    sessions.touch(&seen).await.unwrap();
    let list = async |second| sessions.list(user("ada"), horizon(second)).await.unwrap();
    assert_eq!(ids(&list(60).await), [a2, a3, a1]);
    let all = sessions.list_all(horizon(60)).await.unwrap();
    assert_eq!(ids(&all), [a2, a3, session("b1"), a1]);
    assert_eq!(ids(&list(3600).await), [a2], "the others are idle");

    assert!(sessions.rename(a1, Label::new("laptop")).await.unwrap());
    assert!(sessions.confirm(a1, at(30)).await.unwrap());
    let found = sessions.find(a1).await.unwrap().unwrap();
    assert_eq!(found.name, Label::new("laptop"));
    let moments = (found.created_at, found.last_seen_at, found.authenticated_at);
    assert_eq!(moments, (at(0), at(0), at(30)));
    assert!(sessions.rename(a1, None).await.unwrap());
    assert_eq!(sessions.find(a1).await.unwrap().unwrap().name, None);

    assert!(sessions.end(a1).await.unwrap());
    assert!(!sessions.end(a1).await.unwrap());
    assert!(!sessions.rename(a1, None).await.unwrap());
    assert!(!sessions.confirm(a1, at(30)).await.unwrap());
    let ended = sessions.end_all(user("ada"), Some(a3)).await.unwrap();
    assert_eq!(ended, [a2]);
    let ended = sessions.end_all(user("ada"), None).await.unwrap();
    assert_eq!(ended, [a3]);
    assert!(sessions.find(session("b1")).await.unwrap().is_some());
}

/// A session is over at its end and when idle, before it is swept and after.
pub async fn sessions_end_in_time(storage: &dyn Storage) {
    let sessions = storage.sessions();
    storage.users().create(new_user("ada")).await.unwrap();
    for id in ["idle", "busy"] {
        sessions.open(new_session(id, "ada", 0)).await.unwrap();
    }
    let (idle, busy) = (session("idle"), session("busy"));
    sessions.touch(&[(busy, at(86000))]).await.unwrap();
    let long_lived = async |id: &str, second| {
        let hash = TokenHash::of(&format!("rt-{id}"));
        let found = sessions.by_long_lived(&hash, horizon(second)).await;
        found.unwrap().is_some()
    };
    assert!(long_lived("idle", 3599).await);
    assert!(!long_lived("idle", 3600).await);
    assert_eq!(sessions.end_ended(horizon(3599)).await.unwrap(), []);
    assert_eq!(sessions.end_ended(horizon(3600)).await.unwrap(), [idle]);
    assert_eq!(sessions.find(idle).await.unwrap(), None);
    assert!(long_lived("busy", 86399).await);
    assert!(!long_lived("busy", 86400).await);
    // What has been swept stays away, also from a clock that is set back.
    assert!(!long_lived("idle", 0).await);
    let first = TokenHash::of("at-busy");
    assert_eq!(sessions.by_access(&first, horizon(0)).await.unwrap(), None);
    // What is refused for the clock's sake alone is kept, and served when the clock is right again.
    assert!(!long_lived("busy", 85000).await);
    assert_eq!(sessions.list_all(horizon(85000)).await.unwrap(), []);
    assert_eq!(sessions.end_ended(horizon(0)).await.unwrap(), []);
    assert!(long_lived("busy", 86000).await);
    assert_eq!(sessions.end_ended(horizon(86400)).await.unwrap(), [busy]);
}

/// One more session than a user may have ends the one that was not seen for longest.
pub async fn sessions_of_a_user_are_bounded(storage: &dyn Storage) {
    let sessions = storage.sessions();
    for id in ["ada", "bob"] {
        storage.users().create(new_user(id)).await.unwrap();
    }
    sessions.open(new_session("bob", "bob", 0)).await.unwrap();
    for n in 0..SESSIONS_LIMIT {
        let new = new_session(&format!("s{n}"), "ada", 1);
        assert_eq!(sessions.open(new).await.unwrap(), []);
    }
    sessions.touch(&[(session("s0"), at(2))]).await.unwrap();
    let ended = sessions.open(new_session("new", "ada", 3)).await.unwrap();
    assert_eq!(ended, [session("s1")]);
    let list = sessions.list(user("ada"), horizon(3)).await.unwrap();
    assert_eq!(list.len(), SESSIONS_LIMIT);
}

fn through_provider(id: &str, subject: &str, sid: Option<&str>) -> NewSession {
    NewSession {
        provider: Some(ProviderSession {
            identity: identity(subject),
            sid: sid.map(str::to_owned),
            tokens: None,
        }),
        ..new_session(id, "ada", 0)
    }
}

/// A logout at the provider ends the sessions that came from it, and no others.
pub async fn what_ends_at_the_provider_ends_here(storage: &dyn Storage) {
    let sessions = storage.sessions();
    storage.users().create(new_user("ada")).await.unwrap();
    for new in [
        new_session("own", "ada", 0),
        through_provider("a1", "a", Some("1")),
        through_provider("a2", "a", Some("2")),
        through_provider("a3", "a", None),
        through_provider("b1", "b", Some("3")),
    ] {
        sessions.open(new).await.unwrap();
    }
    let end = async |logout| sessions.end_at_provider(&logout).await.unwrap();
    let one = |issuer: &str, sid: &str| ProviderLogout::Session {
        issuer: issuer.to_owned(),
        sid: sid.to_owned(),
    };
    let issuer = identity("a").issuer;
    assert_eq!(end(one("https://other.example", "1")).await, []);
    assert_eq!(end(one(&issuer, "1")).await, [session("a1")]);
    let mut ended = end(ProviderLogout::Person(identity("a"))).await;
    ended.sort_unstable();
    assert_eq!(ended, [session("a2"), session("a3")]);
    assert!(sessions.find(session("own")).await.unwrap().is_some());
    assert!(sessions.find(session("b1")).await.unwrap().is_some());
}

/// The provider's tokens are replaced by one of several who try.
pub async fn provider_tokens_are_swapped_once(storage: &dyn Storage) {
    let sessions = storage.sessions();
    storage.users().create(new_user("ada")).await.unwrap();
    let tokens = |text: &str, refresh: Option<i64>| ProviderTokens {
        sealed: Sealed::from(text.as_bytes().to_vec()),
        refresh_at: refresh.map(at),
    };
    let mut with = through_provider("with", "a", None);
    if let Some(provider) = &mut with.provider {
        provider.tokens = Some(tokens("one", Some(100)));
    }
    let without = through_provider("without", "a", None);
    for new in [with, without, new_session("own", "ada", 0)] {
        sessions.open(new).await.unwrap();
    }
    let (with, without, own) = (session("with"), session("without"), session("own"));
    let kept = async |id| sessions.provider_tokens(id).await.unwrap();
    let swap = async |id, version, tokens| {
        let swapped = sessions.swap_provider_tokens(id, version, tokens).await;
        swapped.unwrap()
    };
    let due = async |second| sessions.provider_tokens_due(at(second), 1).await.unwrap();
    let (version, first) = kept(with).await.unwrap();
    assert_eq!(first, tokens("one", Some(100)));
    assert_eq!((kept(without).await, kept(own).await), (None, None));
    assert_eq!(due(99).await, []);
    assert_eq!(due(100).await, [with]);

    assert!(swap(with, version, tokens("two", Some(200))).await);
    assert!(!swap(with, version, tokens("three", None)).await);
    assert!(!swap(with, u64::MAX, tokens("three", None)).await);
    let (next, second) = kept(with).await.unwrap();
    assert_ne!(next, version);
    assert_eq!(second, tokens("two", Some(200)));
    assert!(swap(without, 0, tokens("one", Some(150))).await);
    assert!(!swap(own, 0, tokens("one", None)).await);
    assert_eq!(due(300).await, [without], "the longest overdue, one of two");
    assert!(sessions.end(with).await.unwrap());
    assert!(!swap(with, next, tokens("three", None)).await);
    assert_eq!(kept(with).await, None);
}
