use hermes_secret::Secret;

use super::{at, identity, new_session, new_user, session, user};
use crate::{Label, NewUser, Role, Storage, StorageError, User, UserId};

/// Users come back as they were added and changed.
pub async fn users_are_kept(storage: &dyn Storage) {
    let users = storage.users();
    assert_eq!(users.list().await.unwrap(), []);
    let owner = NewUser {
        role: Role::Owner,
        login: None,
        email: Label::new("ada@example.org"),
        created_at: at(5),
        ..new_user("owner")
    };
    users.create(owner).await.unwrap();
    users.create(new_user("member")).await.unwrap();
    let found = users.find(UserId::owner()).await.unwrap().unwrap();
    let kept = User {
        id: UserId::owner(),
        login: None,
        display_name: Label::new("Ada"),
        email: Label::new("ada@example.org"),
        role: Role::Owner,
        disabled: false,
        created_at: at(5),
    };
    assert_eq!(found, kept);
    let ids = |users: Vec<User>| users.iter().map(|user| user.id).collect::<Vec<_>>();
    let all = ids(users.list().await.unwrap());
    assert_eq!(all, [user("member"), UserId::owner()], "the oldest first");

    let member = user("member");
    users.set_role(member, Role::Owner).await.unwrap();
    users.set_profile(member, None, None).await.unwrap();
    users.set_disabled(member, true).await.unwrap();
    let found = users.find(member).await.unwrap().unwrap();
    assert_eq!((found.role, found.display_name), (Role::Owner, None));
    assert!(found.disabled);
    users.set_disabled(member, false).await.unwrap();
    assert!(!users.find(member).await.unwrap().unwrap().disabled);

    users.remove(member).await.unwrap();
    assert_eq!(users.find(member).await.unwrap(), None);
    let nobody = user("nobody");
    for refused in [
        users.set_role(nobody, Role::Owner).await,
        users.set_profile(nobody, None, None).await,
        users.set_login(nobody, None).await,
        users.link_identity(nobody, identity("x")).await,
        users.set_disabled(nobody, true).await.map(drop),
        users.remove(nobody).await.map(drop),
        users
            .set_password(nobody, Secret::new("x"), at(0), None)
            .await
            .map(drop),
        users
            .add_password(nobody, "nobody".parse().unwrap(), Secret::new("x"), at(0))
            .await
            .map(drop),
    ] {
        assert!(matches!(refused, Err(StorageError::UserUnknown)));
    }
}

/// A login name and an identity are one user's, and a refusal leaves nothing behind.
pub async fn ways_in_belong_to_one_user(storage: &dyn Storage) {
    let users = storage.users();
    let (ada, bob) = (user("ada"), user("bob"));
    let new = NewUser {
        identity: Some(identity("a")),
        ..new_user("ada")
    };
    users.create(new.clone()).await.unwrap();
    assert!(matches!(
        users.create(new.clone()).await,
        Err(StorageError::UserExists)
    ));
    let same_login = NewUser {
        id: bob,
        identity: None,
        ..new.clone()
    };
    assert!(matches!(
        users.create(same_login).await,
        Err(StorageError::LoginTaken)
    ));
    let same_identity = NewUser {
        identity: Some(identity("a")),
        ..new_user("bob")
    };
    assert!(matches!(
        users.create(same_identity).await,
        Err(StorageError::IdentityTaken)
    ));
    assert_eq!(users.find(bob).await.unwrap(), None, "all or nothing");

    users.create(new_user("bob")).await.unwrap();
    let found = users.by_identity(&identity("a")).await.unwrap().unwrap();
    assert_eq!(found.id, ada);
    assert!(matches!(
        users.link_identity(bob, identity("a")).await,
        Err(StorageError::IdentityTaken)
    ));
    users.link_identity(bob, identity("b")).await.unwrap();
    users.link_identity(bob, identity("b")).await.unwrap();
    users.link_identity(bob, identity("aa")).await.unwrap();
    let linked = users.identities(bob).await.unwrap();
    assert_eq!(linked, [identity("aa"), identity("b")]);
    assert_eq!(users.by_identity(&identity("c")).await.unwrap(), None);

    let login = new.login.unwrap();
    let found = users.by_login(&login).await.unwrap().unwrap();
    assert_eq!(found.0.id, ada);
    assert!(found.1.is_none());
    assert!(matches!(
        users.set_login(bob, Some(login.clone())).await,
        Err(StorageError::LoginTaken)
    ));
    users.set_login(ada, None).await.unwrap();
    assert_eq!(users.by_login(&login).await.unwrap().map(drop), None);
    users.set_login(bob, Some(login.clone())).await.unwrap();
    users.set_login(bob, Some(login)).await.unwrap();

    users.remove(ada).await.unwrap();
    assert_eq!(users.by_identity(&identity("a")).await.unwrap(), None);
    users.link_identity(bob, identity("a")).await.unwrap();
}

/// A new password ends the other sessions; a new hash of the same one does not, and never replaces
/// another password.
pub async fn passwords_change_and_shut_out(storage: &dyn Storage) {
    let (users, sessions) = (storage.users(), storage.sessions());
    let ada = user("ada");
    let new = NewUser {
        password: Some(Secret::new("$one")),
        ..new_user("ada")
    };
    let login = new.login.clone().unwrap();
    users.create(new).await.unwrap();
    users.create(new_user("bob")).await.unwrap();
    assert!(users.password(user("bob")).await.unwrap().is_none());
    let password = users.password(ada).await.unwrap().unwrap();
    assert!(password.phc.matches("$one"));
    assert_eq!(password.changed_at, at(0));

    for (id, of) in [("a1", "ada"), ("a2", "ada"), ("b1", "bob")] {
        sessions.open(new_session(id, of, 0)).await.unwrap();
    }
    let (one, two) = (Secret::new("$one"), Secret::new("$two"));
    assert!(users.rehash_password(ada, &one, &two).await.unwrap());
    assert!(!users.rehash_password(ada, &one, &two).await.unwrap());
    let (_, password) = users.by_login(&login).await.unwrap().unwrap();
    let password = password.unwrap();
    assert!(password.phc.matches("$two"));
    assert_eq!(password.changed_at, at(0), "it is the same password");

    let keep = Some(session("a1"));
    let ended = users.set_password(ada, one, at(9), keep).await.unwrap();
    assert_eq!(ended, [session("a2")]);
    let password = users.password(ada).await.unwrap().unwrap();
    assert!(password.phc.matches("$one"));
    assert_eq!(password.changed_at, at(9));
    assert!(sessions.find(session("a1")).await.unwrap().is_some());

    let ended = users.set_disabled(ada, true).await.unwrap();
    assert_eq!(ended, [session("a1")]);
    let refused = sessions.open(new_session("a3", "ada", 0)).await;
    assert!(matches!(refused, Err(StorageError::UserUnknown)));
    let ended = users.remove(user("bob")).await.unwrap();
    assert_eq!(ended, [session("b1")]);
    assert_eq!(sessions.find(session("b1")).await.unwrap(), None);
}

/// A password is added once, with a name that is nobody else's, and ends nothing.
pub async fn a_password_is_added_to_who_has_none(storage: &dyn Storage) {
    let users = storage.users();
    let (ada, bob) = (user("ada"), user("bob"));
    let without = |id| NewUser {
        login: None,
        password: None,
        ..new_user(id)
    };
    for id in ["ada", "bob"] {
        users.create(without(id)).await.unwrap();
    }
    let sessions = storage.sessions();
    sessions.open(new_session("one", "ada", 0)).await.unwrap();
    let add = async |id, name: &str, phc| {
        let name = name.parse().unwrap();
        users.add_password(id, name, Secret::new(phc), at(7)).await
    };
    assert!(add(ada, "lovelace", "one").await.unwrap());
    let taken = add(bob, "lovelace", "other").await;
    assert!(matches!(taken, Err(StorageError::LoginTaken)));
    assert!(users.password(bob).await.unwrap().is_none());
    assert!(!add(ada, "countess", "two").await.unwrap(), "she has one");
    let name = "lovelace".parse().unwrap();
    let (found, password) = users.by_login(&name).await.unwrap().unwrap();
    let password = password.unwrap();
    assert!(found.id == ada && password.phc.matches("one"));
    assert_eq!(password.changed_at, at(7));
    assert!(sessions.find(session("one")).await.unwrap().is_some());
}
