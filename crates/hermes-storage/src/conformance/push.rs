use super::{at, horizon, new_session, new_user, session, user};
use crate::{SUBSCRIPTIONS_LIMIT, Storage, Subscription};

fn subscription(name: &str) -> Subscription {
    Subscription {
        endpoint: format!("https://push.example/{name}"),
        public_key: [4; 65],
        auth: [7; 16],
    }
}

async fn endpoints(storage: &dyn Storage, of: &str, second: i64) -> Vec<String> {
    let found = storage.subscriptions().of_user(user(of), horizon(second));
    let mut found: Vec<_> = found.await.unwrap().into_iter().collect();
    found.sort_by(|one, other| one.endpoint.cmp(&other.endpoint));
    let name = |found: Subscription| found.endpoint.replace("https://push.example/", "");
    found.into_iter().map(name).collect()
}

/// A subscription is its session's: replaced by it, gone with it, and nobody's while it is over.
pub async fn subscriptions_belong_to_a_session(storage: &dyn Storage) {
    let (users, sessions) = (storage.users(), storage.sessions());
    let push = storage.subscriptions();
    for id in ["ada", "bob"] {
        users.create(new_user(id)).await.unwrap();
    }
    for (id, of) in [("s1", "ada"), ("s2", "ada"), ("s3", "bob")] {
        sessions.open(new_session(id, of, 0)).await.unwrap();
    }
    let nobody = push.subscribe(session("s9"), subscription("x"), at(1));
    assert!(!nobody.await.unwrap());
    for (id, name) in [("s1", "old"), ("s1", "one"), ("s2", "two"), ("s3", "three")] {
        let kept = push.subscribe(session(id), subscription(name), at(1));
        assert!(kept.await.unwrap());
    }
    assert_eq!(endpoints(storage, "ada", 2).await, ["one", "two"]);
    assert!(push.is_subscribed(session("s1")).await.unwrap());
    let found = push.of_user(user("bob"), horizon(2)).await.unwrap();
    assert_eq!(found, [subscription("three")]);

    // The same browser, in which somebody else has signed in.
    let moved = push.subscribe(session("s3"), subscription("one"), at(2));
    assert!(moved.await.unwrap());
    assert_eq!(endpoints(storage, "ada", 2).await, ["two"]);
    assert_eq!(endpoints(storage, "bob", 2).await, ["one"]);

    // Idle for an hour, nobody is told; a session that ends takes its own along.
    assert_eq!(endpoints(storage, "ada", 3600).await, [""; 0]);
    assert!(sessions.end(session("s2")).await.unwrap());
    assert_eq!(endpoints(storage, "ada", 2).await, [""; 0]);
    assert!(!push.is_subscribed(session("s2")).await.unwrap());

    users.set_disabled(user("bob"), true).await.unwrap();
    assert_eq!(endpoints(storage, "bob", 2).await, [""; 0]);
}

/// Whoever wants to be told no more is not, and neither is an address that is gone.
pub async fn subscriptions_are_forgotten(storage: &dyn Storage) {
    let push = storage.subscriptions();
    storage.users().create(new_user("ada")).await.unwrap();
    for id in ["s1", "s2"] {
        let open = storage.sessions().open(new_session(id, "ada", 0));
        open.await.unwrap();
        let kept = push.subscribe(session(id), subscription(id), at(1));
        assert!(kept.await.unwrap());
    }
    assert!(push.unsubscribe(session("s1")).await.unwrap());
    assert!(!push.unsubscribe(session("s1")).await.unwrap());
    push.forget("https://push.example/s2").await.unwrap();
    push.forget("https://push.example/s2").await.unwrap();
    assert_eq!(endpoints(storage, "ada", 2).await, [""; 0]);
}

/// Nobody has more than the limit: the oldest goes.
pub async fn subscriptions_are_bounded(storage: &dyn Storage) {
    let push = storage.subscriptions();
    storage.users().create(new_user("ada")).await.unwrap();
    for number in 0..=SUBSCRIPTIONS_LIMIT {
        let (id, second) = (format!("s{number:02}"), i64::try_from(number).unwrap());
        let open = storage.sessions().open(new_session(&id, "ada", second));
        open.await.unwrap();
        let kept = push.subscribe(session(&id), subscription(&id), at(second));
        assert!(kept.await.unwrap());
    }
    let left = endpoints(storage, "ada", 20).await;
    assert_eq!(left.len(), SUBSCRIPTIONS_LIMIT);
    assert_eq!(left.first().map(String::as_str), Some("s01"));
}
