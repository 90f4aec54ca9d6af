//! What a copy of the file gives away, and what is left after a kill or a restart.

use std::{os::unix::fs::PermissionsExt as _, sync::Arc, time::Duration};

use hermes_machine::{Random, SystemRandom};
use hermes_secret::Secret;
use hermes_storage::{
    Access, Attachment, Backoff, Batch, ConversationId, CounterKey, Entry, Horizon, Identity,
    Label, LongLived, NewConversation, NewSession, NewUser, ProviderSession, ProviderTokens, Role,
    Sealer, SessionId, Settings, Storage as _, Summary, TokenHash, Tokens, UserId,
};
use jiff::Timestamp;

use crate::Place;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_795_000_000 + second).unwrap()
}

fn horizon() -> Horizon {
    Horizon {
        now: at(1),
        idle: Duration::from_secs(3600),
    }
}

fn owner() -> NewUser {
    NewUser {
        id: UserId::owner(),
        login: None,
        display_name: None,
        email: None,
        role: Role::Owner,
        created_at: at(0),
        password: None,
        identity: None,
    }
}

fn session(id: SessionId, long_lived: &str, access: &str) -> NewSession {
    NewSession {
        id,
        user: UserId::owner(),
        at_most: Role::Owner,
        method: "password".to_owned(),
        name: None,
        client: None,
        address: [127, 0, 0, 1].into(),
        at: at(0),
        authenticated_at: at(0),
        ends_at: at(86400),
        long_lived: LongLived::Cookie(TokenHash::of(long_lived)),
        access: Access {
            hash: TokenHash::of(access),
            ends_at: at(900),
        },
        provider: None,
        passkey: None,
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test]
async fn sc1_a_copy_of_the_database_signs_nobody_in() {
    let place = Place::new();
    let storage = place.open().await;
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let key = tempfile::tempdir().unwrap();
    let sealer = Sealer::open(&key.path().join("gateway.key"), Arc::clone(&random)).unwrap();
    storage.users().create(owner()).await.unwrap();
    let id = SessionId::new(&*random);
    let (long_lived, access) = (random.token(32), random.token(32));
    let tokens = Secret::new(r#"{"refresh_token":"rt-canary-of-the-provider"}"#);
    let new = NewSession {
        provider: Some(ProviderSession {
            identity: Identity {
                issuer: "https://id.example".to_owned(),
                subject: "subject-canary".to_owned(),
            },
            sid: None,
            tokens: Some(ProviderTokens {
                sealed: sealer.seal(id, &tokens),
                refresh_at: None,
            }),
        }),
        ..session(id, long_lived.expose(), access.expose())
    };
    storage.sessions().open(new).await.unwrap();

    let look = |bytes: &[u8]| {
        for value in [&long_lived, &access, &tokens] {
            let parts = value.expose().as_bytes().windows(12);
            for part in parts {
                assert!(!holds(bytes, part), "a part of a value is in the file");
            }
        }
        // The right file was looked at, and what is there is the hash.
        assert!(holds(bytes, b"subject-canary"));
        assert!(holds(bytes, TokenHash::of_secret(&access).as_bytes()));
    };
    look(&place.bytes());
    storage.close().await;
    look(&place.bytes());

    // What the thief has is the hash, and presenting it is no use.
    let copy = place.open().await;
    let hex = |hash: TokenHash| {
        let digits = hash.as_bytes().iter().map(|byte| format!("{byte:02x}"));
        TokenHash::of(&digits.collect::<String>())
    };
    let sessions = copy.sessions();
    let by_access = hex(TokenHash::of_secret(&access));
    assert_eq!(
        sessions.by_access(&by_access, horizon()).await.unwrap(),
        None
    );
    let by_long_lived = hex(TokenHash::of_secret(&long_lived));
    let found = sessions.by_long_lived(&by_long_lived, horizon()).await;
    assert_eq!(found.unwrap(), None);
}

#[tokio::test]
async fn what_is_removed_is_gone_from_the_file() {
    let place = Place::new();
    let storage = place.open().await;
    let new = NewUser {
        password: Some(Secret::new("$argon2id$canary")),
        ..owner()
    };
    storage.users().create(new).await.unwrap();
    assert!(holds(&place.bytes(), b"$argon2id$canary"));
    storage.users().remove(UserId::owner()).await.unwrap();
    storage.close().await;
    assert!(!holds(&place.bytes(), b"$argon2id$canary"));
}

/// Among other conversations, since what is left of one would be left in an index of all.
#[tokio::test]
async fn what_was_said_in_a_removed_conversation_is_gone_from_the_file() {
    // The index writes words small, so by its own it is known from the text.
    let canaries = [
        "QZCANARY",
        "qzcanary",
        "json-canary",
        "image-canary",
        "title-canary",
    ];
    for by_user in [false, true] {
        let place = Place::new();
        let storage = place.open().await;
        let conversations = storage.conversations();
        let ada: UserId = "ada".parse().unwrap();
        for id in [UserId::owner(), ada] {
            let new = NewUser { id, ..owner() };
            storage.users().create(new).await.unwrap();
        }
        let ids = ["before", "gone", "after"].map(|id| id.parse::<ConversationId>().unwrap());
        for (id, owner) in [
            (ids[0], UserId::owner()),
            (ids[1], ada),
            (ids[2], UserId::owner()),
        ] {
            let new = NewConversation {
                id,
                owner,
                source: Label::new("tui").unwrap(),
                title: None,
                parent: None,
                settings: Settings::new("{}").unwrap(),
                created_at: at(0),
            };
            conversations.create(new).await.unwrap();
        }
        for n in 1..=40 {
            for id in ids {
                let (json, text) = match id == ids[1] {
                    true => ("json-canary", format!("tea QZCANARY {n}")),
                    false => ("{}", format!("tea again {n}")),
                };
                let batch = Batch {
                    conversation: id,
                    entries: vec![Entry {
                        seq: n,
                        kind: "message".to_owned(),
                        at: at(1),
                        json: json.to_owned(),
                        text: Some(text),
                    }],
                    summary: Summary {
                        title: Label::new(if id == ids[1] { "title-canary" } else { "tea" }),
                        preview: None,
                        message_count: 1,
                        model: None,
                        tokens: Tokens::default(),
                        last_active_at: at(1),
                        running: false,
                    },
                    forgets_text_from: None,
                    finds_again: Vec::new(),
                };
                conversations.append(&[batch]).await.unwrap();
            }
        }
        let image = b"image-canary".repeat(9000);
        let image = Attachment::new(Label::new("image/png").unwrap(), image).unwrap();
        conversations.attach(ids[1], image).await.unwrap();
        let bytes = place.bytes();
        for canary in canaries {
            assert!(holds(&bytes, canary.as_bytes()), "{canary}");
        }
        match by_user {
            true => drop(storage.users().remove(ada).await.unwrap()),
            false => assert!(conversations.remove(ids[1]).await.unwrap()),
        }
        let found = conversations.search(UserId::owner(), "again", 50).await;
        assert_eq!(found.unwrap().len(), 50, "the others are still found");
        storage.close().await;
        let bytes = place.bytes();
        for canary in canaries {
            assert!(!holds(&bytes, canary.as_bytes()), "{canary}");
        }
    }
}

#[tokio::test]
async fn pw4_counters_survive_a_restart() {
    const RULE: Backoff = Backoff {
        free: 0,
        first: Duration::from_secs(60),
        longest: Duration::from_secs(900),
        forget_after: Duration::from_secs(3600),
    };
    let place = Place::new();
    let storage = place.open().await;
    let key = CounterKey::of("account", "ada");
    let counted = storage.counters().fail(&[(key, RULE)], at(0)).await;
    let counted = counted.unwrap();
    // Killed, or ended in order.
    let left = place.killed();
    let killed = left.open().await;
    storage.close().await;
    for storage in [killed, place.open().await] {
        let kept = storage.counters().get(&[key]).await.unwrap();
        assert_eq!(kept, [Some(counted[0])]);
        assert_eq!(counted[0].wait(at(59), &RULE), Some(Duration::from_secs(1)));
    }
}

#[tokio::test]
async fn the_files_are_private_also_when_they_were_not() {
    let place = Place::new();
    let mode = |path: &std::path::Path| {
        let modes = std::fs::metadata(path).unwrap().permissions();
        modes.mode() & 0o777
    };
    let storage = place.open().await;
    storage.users().create(owner()).await.unwrap();
    let database = place.database();
    let directory = database.parent().unwrap();
    assert_eq!(mode(directory), 0o700);
    let files = || {
        std::fs::read_dir(directory)
            .unwrap()
            .map(|file| file.unwrap().path())
    };
    assert_eq!(files().count(), 3, "the database, its log and its memory");
    for file in files() {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    storage.close().await;
    assert_eq!(files().count(), 1, "nothing is left beside it");
    let open_to_all = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&database, open_to_all).unwrap();
    let _storage = place.open().await;
    for file in files() {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}
