use super::{at, conversation, new_conversation, new_user, user};
use crate::{
    Label, NewShare, SHARE_BYTES, SHARES_LIMIT, Share, ShareId, Shared, Storage, TokenHash,
};

fn id(name: &str) -> ShareId {
    name.parse().unwrap()
}

/// A link whose value is its id, made at second 1.
fn new_share(name: &str, of: &str, ends: Option<i64>) -> (TokenHash, NewShare) {
    let new = NewShare {
        id: id(name),
        conversation: conversation(of),
        title: Label::new("Geese").unwrap(),
        made_at: at(1),
        ends_at: ends.map(at),
        content: format!("content of {name}"),
    };
    (TokenHash::of(name), new)
}

async fn share(storage: &dyn Storage, name: &str, of: &str, ends: Option<i64>) -> Shared {
    let (hash, new) = new_share(name, of, ends);
    storage.shares().share(hash, new).await.unwrap()
}

/// What the link of this value shows at the second.
async fn opened(storage: &dyn Storage, name: &str, second: i64) -> Option<String> {
    let hash = TokenHash::of(name);
    storage.shares().open(&hash, at(second)).await.unwrap()
}

/// Ann and Ben, each with a conversation of their name.
async fn ann_and_ben(storage: &dyn Storage) {
    for name in ["ann", "ben"] {
        storage.users().create(new_user(name)).await.unwrap();
        let new = new_conversation(name, name, 0);
        storage.conversations().create(new).await.unwrap();
    }
}

/// A link shows what it was made with until it is over or revoked, and its person alone lists it.
pub async fn a_link_is_good_until_it_is_over_or_revoked(storage: &dyn Storage) {
    ann_and_ben(storage).await;
    assert_eq!(share(storage, "week", "ann", Some(60)).await, Shared::Made);
    assert_eq!(share(storage, "ever", "ann", None).await, Shared::Made);
    assert_eq!(share(storage, "his", "ben", None).await, Shared::Made);
    assert_eq!(share(storage, "none", "nobody", None).await, Shared::Gone);
    let week = Some("content of week".to_owned());
    assert_eq!(opened(storage, "week", 59).await, week);
    assert_eq!(opened(storage, "week", 2).await, week);
    assert_eq!(opened(storage, "week", 60).await, None, "it is over");
    assert_eq!(opened(storage, "weeks", 2).await, None);
    let shares = storage.shares();
    let listed = shares.list(user("ann"), at(59)).await.unwrap();
    let row = |name: &str, ends: Option<i64>, opened| Share {
        id: id(name),
        conversation: conversation("ann"),
        title: Label::new("Geese").unwrap(),
        made_at: at(1),
        ends_at: ends.map(at),
        opened,
    };
    let both = [row("ever", None, 0), row("week", Some(60), 2)];
    assert_eq!(listed, both);
    let later = shares.list(user("ann"), at(60)).await.unwrap();
    assert_eq!(later, both[..1]);

    assert!(!shares.revoke(user("ben"), id("ever")).await.unwrap());
    assert!(opened(storage, "ever", 2).await.is_some());
    assert!(shares.revoke(user("ann"), id("ever")).await.unwrap());
    assert!(!shares.revoke(user("ann"), id("ever")).await.unwrap());
    assert_eq!(opened(storage, "ever", 2).await, None);
    assert_eq!(shares.revoke_all(user("ann")).await.unwrap(), 1);
    assert_eq!(shares.revoke_all(user("ann")).await.unwrap(), 0);
    assert!(opened(storage, "his", 2).await.is_some());
}

/// Links go with their conversation and with their person, and show nothing while that one is disabled.
pub async fn links_go_with_what_they_show(storage: &dyn Storage) {
    ann_and_ben(storage).await;
    for name in ["ann", "ben"] {
        assert_eq!(share(storage, name, name, None).await, Shared::Made);
    }
    storage
        .users()
        .set_disabled(user("ann"), true)
        .await
        .unwrap();
    assert_eq!(opened(storage, "ann", 2).await, None);
    storage
        .users()
        .set_disabled(user("ann"), false)
        .await
        .unwrap();
    assert!(opened(storage, "ann", 2).await.is_some());
    storage.users().remove(user("ann")).await.unwrap();
    assert_eq!(opened(storage, "ann", 2).await, None);
    assert!(opened(storage, "ben", 2).await.is_some());
    let ben = conversation("ben");
    assert!(storage.conversations().remove(ben).await.unwrap());
    assert_eq!(opened(storage, "ben", 2).await, None);
    let left = storage.shares().list(user("ben"), at(2)).await.unwrap();
    assert_eq!(left, []);
}

/// A person has so many links, and what is over makes room.
pub async fn links_are_bounded(storage: &dyn Storage) {
    ann_and_ben(storage).await;
    for number in 0..SHARES_LIMIT {
        let ends = (number == 0).then_some(60);
        let made = share(storage, &format!("s{number}"), "ann", ends).await;
        assert_eq!(made, Shared::Made);
    }
    assert_eq!(share(storage, "more", "ann", None).await, Shared::Full);
    assert_eq!(share(storage, "his", "ben", None).await, Shared::Made);
    let (hash, more) = new_share("later", "ann", None);
    let later = NewShare {
        made_at: at(60),
        ..more
    };
    let made = storage.shares().share(hash, later).await.unwrap();
    assert_eq!(made, Shared::Made);
    let (hash, large) = new_share("large", "ben", None);
    let large = NewShare {
        content: "x".repeat(SHARE_BYTES + 1),
        ..large
    };
    let made = storage.shares().share(hash, large).await.unwrap();
    assert_eq!(made, Shared::Full);
}
