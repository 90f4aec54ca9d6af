use std::collections::BTreeSet;

use futures_util::future::join_all;
use hermes_storage::{
    Appended, Batch, ConversationId, Entry, Label, NewConversation, NewUser, Role, Settings,
    Storage as _, StorageError, Summary, Tokens, UserId,
};
use jiff::Timestamp;

use crate::SqliteStorage;

async fn open(directory: &tempfile::TempDir) -> SqliteStorage {
    let place = directory.path().join("gateway.db");
    SqliteStorage::open(&place).await.unwrap()
}

fn id() -> ConversationId {
    "c1".parse().unwrap()
}

/// A conversation, and who has it.
async fn begin(storage: &SqliteStorage) {
    let user = NewUser {
        id: UserId::owner(),
        login: None,
        display_name: None,
        email: None,
        role: Role::Owner,
        created_at: Timestamp::UNIX_EPOCH,
        password: None,
        identity: None,
    };
    storage.users().create(user).await.unwrap();
    let new = NewConversation {
        id: id(),
        owner: UserId::owner(),
        source: Label::new("tui").unwrap(),
        title: None,
        parent: None,
        settings: Settings::new("{}").unwrap(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    storage.conversations().create(new).await.unwrap();
}

fn batch(seq: u64, text: &str) -> Batch {
    Batch {
        conversation: id(),
        entries: vec![Entry {
            seq,
            kind: "message".to_owned(),
            at: Timestamp::UNIX_EPOCH,
            json: text.to_owned(),
            text: Some(text.to_owned()),
        }],
        summary: Summary {
            title: None,
            preview: None,
            message_count: 1,
            model: None,
            tokens: Tokens::default(),
            last_active_at: Timestamp::UNIX_EPOCH,
            running: false,
        },
        forgets_text_from: None,
        finds_again: Vec::new(),
    }
}

#[tokio::test]
async fn ds7_what_a_full_disk_refuses_can_be_appended_later() {
    let directory = tempfile::tempdir().unwrap();
    let storage = open(&directory).await;
    begin(&storage).await;
    let conversations = storage.conversations();
    let small = [batch(1, "small")];
    conversations.append(&small).await.unwrap();
    // SQLite treats its own bound as it treats the disk's, and takes none below what there is.
    let bound = async |pages: &'static str| {
        let bounded = sqlx::raw_sql(pages).execute(&storage.writer).await;
        bounded.unwrap();
    };
    let large = [batch(2, &"large ".repeat(9000)), batch(3, "last")];
    for _ in 0..2 {
        // Each time, since another connection does not know of it.
        bound("PRAGMA max_page_count = 1").await;
        let full = conversations.append(&large).await;
        assert!(matches!(full, Err(StorageError::Full { .. })), "{full:?}");
    }
    let found = async |word: &'static str| {
        let found = conversations
            .search(UserId::owner(), word, 9)
            .await
            .unwrap();
        let numbers: BTreeSet<_> = found.into_iter().map(|hit| hit.seq).collect();
        let read = conversations.read(id(), 0, 9).await.unwrap().unwrap();
        (numbers.into_iter().collect::<Vec<_>>(), read.last_seq)
    };
    assert_eq!(found("small").await, (vec![1], 1));
    assert_eq!(found("large").await, (vec![], 1));
    bound("PRAGMA max_page_count = 1000000").await;
    let kept = conversations.append(&large).await.unwrap();
    assert_eq!(kept, [Appended::Kept; 2]);
    assert_eq!(found("large").await, (vec![2], 3));
    assert_eq!(found("last").await, (vec![3], 3));
}

/// Two processes that take the same log for theirs: no entry is written over, and both hear of it.
#[tokio::test]
async fn of_many_that_append_the_same_number_one_does() {
    let directory = tempfile::tempdir().unwrap();
    let storages = [open(&directory).await, open(&directory).await];
    begin(&storages[0]).await;
    for seq in 1..=4 {
        let batches: Vec<_> = (0..16).map(|n| [batch(seq, &format!("by {n}"))]).collect();
        let appending = batches.iter().enumerate();
        let appending = appending.map(|(n, batch)| storages[n % 2].conversations().append(batch));
        let outcomes = join_all(appending).await.into_iter();
        let outcomes: Vec<_> = outcomes.flat_map(Result::unwrap).collect();
        let count = |outcome| outcomes.iter().filter(|one| **one == outcome).count();
        assert_eq!((count(Appended::Kept), count(Appended::Refused)), (1, 15));
        let winner = outcomes
            .iter()
            .position(|one| *one == Appended::Kept)
            .unwrap();
        for storage in &storages {
            let read = storage.conversations().read(id(), seq - 1, 9).await;
            let entries = read.unwrap().unwrap().entries;
            assert_eq!(entries.len(), 1);
            assert_eq!(entries[0].json, format!("by {winner}"));
        }
    }
    for storage in storages {
        storage.close().await;
    }
}

/// What is written in steps beside the appends is written to its end, whoever else removes.
#[tokio::test]
async fn forgetting_ends_while_others_write() {
    let directory = tempfile::tempdir().unwrap();
    let storage = open(&directory).await;
    begin(&storage).await;
    let conversations = storage.conversations();
    for seq in 1..=30 {
        let words = (0..300).map(|word| format!("w{word}x{seq} "));
        let batch = batch(seq, &words.collect::<String>());
        conversations.append(&[batch]).await.unwrap();
    }
    let segments = async || {
        let question = "SELECT count(DISTINCT segid) FROM search_idx";
        let count = sqlx::query_scalar(question).fetch_one(&storage.readers);
        let count: i64 = count.await.unwrap();
        count
    };
    assert!(segments().await > 1);
    let mut forgets = batch(31, "last");
    forgets.forgets_text_from = Some(1);
    conversations.append(&[forgets]).await.unwrap();
    let appending = async {
        for seq in 32..=40 {
            let appended = conversations.append(&[batch(seq, "beside")]).await;
            assert_eq!(appended.unwrap(), [Appended::Kept]);
        }
    };
    tokio::join!(storage.forget_words(), storage.forget_words(), appending);
    storage.forget_words().await;
    assert_eq!(segments().await, 1);
    let found = conversations.search(UserId::owner(), "beside", 50).await;
    assert_eq!(found.unwrap().len(), 9);
}
