use hermes_secret::Secret;

use super::{at, identity, new_session, new_user, session, user};
use crate::{
    Acceptance, Accepted, Invitation, Label, NewUser, Role, Storage, StorageError, TokenHash,
    UserId, Way,
};

fn invitation(id: &str, ends: i64) -> Invitation {
    Invitation {
        user: user(id),
        role: Role::Member,
        display_name: Label::new("Bob"),
        ends_at: at(ends),
    }
}

fn by_password(login: &str) -> Way {
    Way::Password {
        login: login.parse().unwrap(),
        phc: Secret::new("$new"),
    }
}

fn acceptance(second: i64, way: Way) -> Acceptance {
    Acceptance {
        at: at(second),
        way,
        display_name: None,
        email: None,
    }
}

/// An invitation makes its user once, in time, and only the newest one counts.
pub async fn an_invitation_is_used_once(storage: &dyn Storage) {
    let (users, invitations) = (storage.users(), storage.invitations());
    let [first, second] = ["first", "second"].map(TokenHash::of);
    let new = invitation("bob", 60);
    invitations.invite(first, new.clone(), at(0)).await.unwrap();
    let found = invitations.invitation(&first, at(59)).await.unwrap();
    assert_eq!(found, Some(new.clone()));
    assert_eq!(invitations.invitation(&first, at(60)).await.unwrap(), None);
    invitations.invite(second, new, at(1)).await.unwrap();
    let old = acceptance(2, by_password("bob"));
    assert_eq!(invitations.accept(&first, old).await.unwrap(), None);
    let late = acceptance(60, by_password("bob"));
    assert_eq!(invitations.accept(&second, late).await.unwrap(), None);
    assert_eq!(users.find(user("bob")).await.unwrap(), None);

    let once = acceptance(2, by_password("bob"));
    let accepted = invitations.accept(&second, once.clone()).await.unwrap();
    let (bob, ended) = (user("bob"), Vec::new());
    assert_eq!(accepted, Some(Accepted { user: bob, ended }));
    assert_eq!(invitations.accept(&second, once).await.unwrap(), None);
    let (found, password) = users
        .by_login(&"bob".parse().unwrap())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((found.id, found.role), (bob, Role::Member));
    assert_eq!(
        (found.display_name, found.created_at),
        (Label::new("Bob"), at(2))
    );
    assert!(password.unwrap().phc.matches("$new"));
}

/// Somebody who is there already gets another way in, and keeps the rest.
pub async fn an_invitation_lets_a_user_back_in(storage: &dyn Storage) {
    let (users, invitations) = (storage.users(), storage.invitations());
    let owner = NewUser {
        role: Role::Owner,
        password: Some(Secret::new("$old")),
        identity: Some(identity("old")),
        ..new_user("owner")
    };
    users.create(owner).await.unwrap();
    storage
        .sessions()
        .open(new_session("s1", "owner", 0))
        .await
        .unwrap();
    assert!(!users.is_vouched_for(&identity("old")).await.unwrap());
    let ended = users.take_ways_in(UserId::owner()).await.unwrap();
    assert_eq!(ended, [session("s1")]);
    assert!(users.password(UserId::owner()).await.unwrap().is_none());
    assert_eq!(users.identities(UserId::owner()).await.unwrap(), []);
    let nobody = users.take_ways_in(user("nobody")).await;
    assert!(matches!(nobody, Err(StorageError::UserUnknown)));

    let invite = async |value: &str| {
        let hash = TokenHash::of(value);
        let new = invitation("owner", 60);
        invitations.invite(hash, new, at(0)).await.unwrap();
        hash
    };
    let hash = invite("by-provider").await;
    let way = Way::Identity(identity("new"));
    let accepted = invitations.accept(&hash, acceptance(1, way)).await.unwrap();
    assert_eq!(accepted.unwrap().user, UserId::owner());
    assert!(users.is_vouched_for(&identity("new")).await.unwrap());
    storage
        .sessions()
        .open(new_session("s2", "owner", 1))
        .await
        .unwrap();
    let hash = invite("by-password").await;
    let chosen = acceptance(2, by_password("ada"));
    let accepted = invitations.accept(&hash, chosen).await.unwrap().unwrap();
    assert_eq!(
        accepted.ended,
        [session("s2")],
        "the password is another one"
    );
    let found = users.find(UserId::owner()).await.unwrap().unwrap();
    assert_eq!(
        found.role,
        Role::Owner,
        "the invitation changes nothing else"
    );
    assert_eq!(found.display_name, Label::new("Ada"));
    assert_eq!(
        users.identities(UserId::owner()).await.unwrap(),
        [identity("new")]
    );
}

/// What is taken or shut out is refused, and the invitation stays open; a user who is removed takes
/// theirs with them.
pub async fn an_invitation_that_is_refused_stays_open(storage: &dyn Storage) {
    let (users, invitations) = (storage.users(), storage.invitations());
    let ada = NewUser {
        identity: Some(identity("ada")),
        ..new_user("ada")
    };
    let taken = ada.login.clone().unwrap();
    users.create(ada).await.unwrap();
    let hash = TokenHash::of("open");
    invitations
        .invite(hash, invitation("bob", 60), at(0))
        .await
        .unwrap();
    let refused = acceptance(1, by_password(taken.as_str()));
    let refused = invitations.accept(&hash, refused).await;
    assert!(matches!(refused, Err(StorageError::LoginTaken)));
    let refused = acceptance(1, Way::Identity(identity("ada")));
    let refused = invitations.accept(&hash, refused).await;
    assert!(matches!(refused, Err(StorageError::IdentityTaken)));
    assert_eq!(
        users.find(user("bob")).await.unwrap(),
        None,
        "all or nothing"
    );
    users.create(new_user("bob")).await.unwrap();
    let claimed = invitations.invitation(&hash, at(1)).await.unwrap();
    assert_eq!(claimed, None, "they are there, by another way");
    invitations
        .invite(hash, invitation("bob", 60), at(0))
        .await
        .unwrap();
    users.set_disabled(user("bob"), true).await.unwrap();
    let refused = invitations
        .accept(&hash, acceptance(1, by_password("bob")))
        .await;
    assert!(matches!(refused, Err(StorageError::UserUnknown)));
    assert!(
        invitations
            .invitation(&hash, at(1))
            .await
            .unwrap()
            .is_some()
    );
    users.remove(user("bob")).await.unwrap();
    assert_eq!(invitations.invitation(&hash, at(1)).await.unwrap(), None);
}
