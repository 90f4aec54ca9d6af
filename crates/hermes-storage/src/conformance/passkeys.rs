use super::{at, new_session, new_user, session, user};
use crate::{
    Acceptance, CredentialId, Invitation, Label, NewPasskey, NewSession, NewUser, PASSKEYS_LIMIT,
    PasskeyId, Removal, Role, Storage, StorageError, TokenHash, UserHandle, Way,
};

fn passkey_id(id: &str) -> PasskeyId {
    id.parse().unwrap()
}

fn credential_id(id: &str) -> CredentialId {
    CredentialId::new(id.as_bytes()).unwrap()
}

fn handle(byte: u8) -> UserHandle {
    UserHandle::from([byte; 32])
}

fn new_passkey(id: &str, of: UserHandle) -> NewPasskey {
    NewPasskey {
        id: passkey_id(id),
        handle: of,
        credential_id: credential_id(&format!("credential of {id}")),
        credential: format!("{id} 0"),
        name: None,
    }
}

/// A user without a password.
fn without_password(id: &str) -> NewUser {
    NewUser {
        login: None,
        ..new_user(id)
    }
}

/// A user has one handle, a credential one user, and nobody more passkeys than the limit.
pub async fn passkeys_belong_to_one_user(storage: &dyn Storage) {
    let (users, passkeys) = (storage.users(), storage.passkeys());
    let (ada, bob) = (user("ada"), user("bob"));
    let nobody = passkeys.handle(ada, handle(1)).await;
    assert!(matches!(nobody, Err(StorageError::UserUnknown)));
    assert!(!passkeys.any().await.unwrap());
    users.create(without_password("ada")).await.unwrap();
    users.create(without_password("bob")).await.unwrap();
    assert_eq!(passkeys.handle(ada, handle(1)).await.unwrap(), handle(1));
    assert_eq!(passkeys.handle(ada, handle(9)).await.unwrap(), handle(1));

    let new = NewPasskey {
        name: Label::new("Desk"),
        ..new_passkey("k1", handle(1))
    };
    passkeys.add(ada, new.clone(), at(1)).await.unwrap();
    assert!(passkeys.any().await.unwrap());
    let taken = NewPasskey {
        handle: handle(2),
        id: passkey_id("k2"),
        ..new
    };
    let taken = passkeys.add(bob, taken, at(1)).await;
    assert!(matches!(taken, Err(StorageError::PasskeyTaken)));
    let others = passkeys.add(ada, new_passkey("k3", handle(2)), at(1)).await;
    assert!(matches!(others, Err(StorageError::UserUnknown)));

    let id = credential_id("credential of k1");
    let found = passkeys.by_credential(&id);
    let (of, found) = found.await.unwrap().unwrap();
    assert_eq!((of, found.user, found.created_at), (handle(1), ada, at(1)));
    assert_eq!((found.name, found.last_used_at), (Label::new("Desk"), None));
    let id = credential_id("credential of k3");
    let found = passkeys.by_credential(&id);
    assert_eq!(found.await.unwrap(), None);

    assert!(!passkeys.rename(bob, passkey_id("k1"), None).await.unwrap());
    let renamed = passkeys.rename(ada, passkey_id("k1"), Label::new("Key"));
    assert!(renamed.await.unwrap());
    for n in 2..=PASSKEYS_LIMIT {
        let more = new_passkey(&format!("more-{n}"), handle(1));
        passkeys.add(ada, more, at(2)).await.unwrap();
    }
    let more = passkeys
        .add(ada, new_passkey("more", handle(1)), at(3))
        .await;
    assert!(matches!(more, Err(StorageError::TooManyPasskeys)));
    let listed = passkeys.list(ada).await.unwrap();
    assert_eq!(listed.len(), PASSKEYS_LIMIT);
    assert_eq!(listed[0].name, Label::new("Key"));
    assert_eq!(passkeys.list(bob).await.unwrap(), []);

    users.take_ways_in(ada).await.unwrap();
    assert_eq!(passkeys.list(ada).await.unwrap(), []);
    let kept = passkeys.handle(ada, handle(9)).await.unwrap();
    assert_eq!(kept, handle(1), "a device knows them again");
    passkeys
        .add(ada, new_passkey("k1", handle(1)), at(4))
        .await
        .unwrap();
    users.remove(ada).await.unwrap();
    assert!(!passkeys.any().await.unwrap(), "gone with their user");
}

/// An invitation is accepted by a passkey, by somebody new and by somebody who is there.
pub async fn passkeys_come_by_invitation(storage: &dyn Storage) {
    let (users, passkeys) = (storage.users(), storage.passkeys());
    let bob = user("bob");
    for (value, id) in [("first", "k1"), ("second", "k2")] {
        let hash = TokenHash::of(value);
        let invitation = Invitation {
            user: bob,
            role: Role::Member,
            display_name: Label::new("Bob"),
            ends_at: at(60),
        };
        let invited = storage.invitations().invite(hash, invitation, at(0));
        invited.await.unwrap();
        let accept = async |id: &str, of| {
            let acceptance = Acceptance {
                at: at(1),
                way: Way::Passkey(new_passkey(id, of)),
                display_name: None,
                email: None,
            };
            storage.invitations().accept(&hash, acceptance).await
        };
        if id == "k2" {
            let taken = accept("k1", handle(1)).await;
            assert!(matches!(taken, Err(StorageError::PasskeyTaken)));
            let others = accept("k2", handle(2)).await;
            assert!(matches!(others, Err(StorageError::UserUnknown)));
        }
        let accepted = accept(id, handle(1)).await.unwrap().unwrap();
        assert_eq!((accepted.user, accepted.ended), (bob, Vec::new()));
        assert_eq!(accept(id, handle(1)).await.unwrap(), None, "once");
    }
    let found = users.find(bob).await.unwrap().unwrap();
    assert_eq!((found.login, found.display_name), (None, Label::new("Bob")));
    assert_eq!(passkeys.list(bob).await.unwrap().len(), 2);
}

/// Of two sign-ins that saw the same counter one counts.
pub async fn a_passkey_counts_once(storage: &dyn Storage) {
    let (users, passkeys) = (storage.users(), storage.passkeys());
    let ada = user("ada");
    users.create(without_password("ada")).await.unwrap();
    let new = new_passkey("k1", handle(1));
    passkeys.add(ada, new, at(0)).await.unwrap();
    let used = async |was, becomes, second| {
        let used = passkeys.used(passkey_id("k1"), was, becomes, at(second));
        used.await.unwrap()
    };
    assert!(used("k1 0", "k1 1", 1).await);
    assert!(!used("k1 0", "k1 1", 2).await);
    let found = passkeys.list(ada).await.unwrap();
    assert_eq!(
        (found[0].credential.as_str(), found[0].last_used_at),
        ("k1 1", Some(at(1)))
    );
    assert!(used("k1 1", "k1 1", 3).await, "some count nothing");
    let gone = passkeys.used(passkey_id("k2"), "k1 1", "k1 2", at(4));
    assert!(!gone.await.unwrap());
}

/// What a passkey has opened ends with it, and the last way in stays.
pub async fn a_removed_passkey_ends_its_sessions(storage: &dyn Storage) {
    let (users, passkeys) = (storage.users(), storage.passkeys());
    let ada = user("ada");
    users.create(without_password("ada")).await.unwrap();
    users.create(new_user("bob")).await.unwrap();
    for id in ["k1", "k2"] {
        let new = new_passkey(id, handle(1));
        passkeys.add(ada, new, at(0)).await.unwrap();
        let opened = NewSession {
            method: "passkey".to_owned(),
            passkey: Some(passkey_id(id)),
            ..new_session(&format!("by-{id}"), "ada", 0)
        };
        storage.sessions().open(opened).await.unwrap();
    }
    let other = new_session("other", "ada", 0);
    storage.sessions().open(other).await.unwrap();
    let found = storage.sessions().find(session("by-k1")).await.unwrap();
    assert_eq!(found.unwrap().passkey, Some(passkey_id("k1")));

    let remove = async |of, id, or_else| {
        let removed = passkeys.remove(user(of), passkey_id(id), or_else);
        removed.await.unwrap()
    };
    assert_eq!(remove("bob", "k1", true).await, Removal::Unknown);
    assert_eq!(
        remove("ada", "k1", false).await,
        Removal::Removed(vec![session("by-k1")])
    );
    assert_eq!(remove("ada", "k1", false).await, Removal::Unknown);
    assert_eq!(remove("ada", "k2", false).await, Removal::Last);
    assert_eq!(passkeys.list(ada).await.unwrap().len(), 1);
    for id in ["by-k2", "other"] {
        let there = storage.sessions().find(session(id)).await.unwrap();
        assert!(there.is_some(), "{id}");
    }
    assert_eq!(
        remove("ada", "k2", true).await,
        Removal::Removed(vec![session("by-k2")])
    );
}
