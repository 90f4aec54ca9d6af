use super::{at, conversation, new_conversation, new_user, summary, user};
use crate::{
    Archived, Batch, Change, Conversation, ConversationId, Label, NewConversation, Order,
    PAGE_LIMIT, Page, SOURCES_LIMIT, Selection, Settings, Storage, StorageError, Summary, Tokens,
    Totals, UserId,
};

fn page(offset: usize, limit: usize) -> Page {
    Page {
        selection: Selection::default(),
        order: Order::LastActive,
        offset,
        limit,
    }
}

fn selected(archived: Archived, min_messages: u32) -> Page {
    Page {
        selection: Selection {
            archived,
            min_messages,
            ..Selection::default()
        },
        ..page(0, 9)
    }
}

fn archived() -> Page {
    selected(Archived::Only, 0)
}

fn ids(found: Vec<Conversation>) -> Vec<ConversationId> {
    found.into_iter().map(|found| found.id).collect()
}

/// Makes a conversation active at the second.
async fn active(storage: &dyn Storage, id: &str, second: i64) {
    has_messages(storage, id, second, 0).await;
}

/// The same, with so many messages.
async fn has_messages(storage: &dyn Storage, id: &str, second: i64, message_count: u32) {
    let batch = Batch {
        conversation: conversation(id),
        entries: Vec::new(),
        summary: Summary {
            message_count,
            ..summary(second)
        },
        forgets_text_from: None,
        finds_again: Vec::new(),
    };
    storage.conversations().append(&[batch]).await.unwrap();
}

/// A conversation comes back as it was begun, and an id begins one.
pub async fn conversations_are_kept(storage: &dyn Storage) {
    let conversations = storage.conversations();
    let first = || new_conversation("c1", "ada", 1);
    let in_token_mode = new_conversation("c0", "owner", 1);
    conversations.create(in_token_mode).await.unwrap();
    storage.users().create(new_user("owner")).await.unwrap();
    let found = conversations.most_recent(UserId::owner()).await.unwrap();
    assert_eq!(found.unwrap().id, conversation("c0"));
    storage.users().create(new_user("ada")).await.unwrap();
    storage.users().create(new_user("bob")).await.unwrap();
    assert_eq!(conversations.find(conversation("c1")).await.unwrap(), None);
    let new = NewConversation {
        title: Label::new("Käse"),
        ..first()
    };
    conversations.create(new.clone()).await.unwrap();
    for of in ["ada", "bob"] {
        let taken = conversations.create(new_conversation("c1", of, 2)).await;
        assert!(matches!(taken, Err(StorageError::ConversationExists)));
    }
    let found = conversations.find(conversation("c1")).await.unwrap();
    let was = Conversation {
        id: new.id,
        owner: user("ada"),
        source: new.source,
        title: new.title,
        parent: None,
        settings: new.settings,
        archived: false,
        pinned: false,
        created_at: at(1),
        preview: None,
        message_count: 0,
        model: None,
        tokens: Tokens::default(),
        last_active_at: at(1),
        running: false,
        last_seq: 0,
    };
    assert_eq!(found.as_ref(), Some(&was));

    let child = NewConversation {
        parent: Some(conversation("c1")),
        ..new_conversation(&"long-id_".repeat(8), "ada", 2)
    };
    let (id, orphan) = (child.id, conversation("c3"));
    conversations.create(child).await.unwrap();
    let found = conversations.find(id).await.unwrap().unwrap();
    assert_eq!((found.id, found.parent), (id, Some(conversation("c1"))));
    let child = NewConversation {
        parent: Some(conversation("nowhere")),
        ..new_conversation("c3", "ada", 2)
    };
    conversations.create(child).await.unwrap();
    let found = conversations.find(orphan).await.unwrap().unwrap();
    assert_eq!(found.parent, None);
    assert!(conversations.remove(conversation("c1")).await.unwrap());
    let found = conversations.find(id).await.unwrap().unwrap();
    assert_eq!(found.parent, None, "a child outlives its parent");
}

/// Whoever lists conversations sees their own, the last active first, those put away apart.
pub async fn conversations_are_listed(storage: &dyn Storage) {
    let conversations = storage.conversations();
    for (of, id, second) in [("ada", "a", 1), ("bob", "b", 3)] {
        storage.users().create(new_user(of)).await.unwrap();
        for n in 0..4 {
            let new = new_conversation(&format!("{id}{n}"), of, second);
            conversations.create(new).await.unwrap();
        }
    }
    active(storage, "a1", 9).await;
    let ada = user("ada");
    let listed = async |page| ids(conversations.list(ada, page).await.unwrap());
    let all = ["a1", "a3", "a2", "a0"].map(conversation);
    assert_eq!(listed(page(0, 9)).await, all);
    assert_eq!(listed(page(0, usize::MAX)).await, all);
    assert_eq!(listed(page(1, 2)).await, all[1..3]);
    assert_eq!(listed(page(4, 2)).await, []);
    assert_eq!(listed(page(usize::MAX, 0)).await, []);
    assert_eq!(listed(archived()).await, []);

    let away = conversations.change(conversation("a1"), Change::Archived(true));
    assert!(away.await.unwrap());
    assert_eq!(listed(page(0, 9)).await, all[1..]);
    assert_eq!(listed(archived()).await, all[..1]);
    let count = async |of, page: Page| conversations.count(of, page.selection).await.unwrap();
    assert_eq!(count(ada, page(0, 0)).await, 3);
    assert_eq!(count(ada, archived()).await, 1);
    let recent = conversations.most_recent(ada).await.unwrap();
    assert_eq!(recent.unwrap().id, conversation("a3"));
    let nobody = user("nobody");
    assert_eq!(conversations.most_recent(nobody).await.unwrap(), None);
    assert_eq!(count(nobody, selected(Archived::Included, 0)).await, 0);

    for n in 0..PAGE_LIMIT {
        let new = new_conversation(&format!("more-{n}"), "ada", 20);
        conversations.create(new).await.unwrap();
    }
    assert_eq!(listed(page(0, usize::MAX)).await.len(), PAGE_LIMIT);
}

/// A list has what was selected, in the order that was asked for, and is counted alike.
pub async fn conversations_are_selected(storage: &dyn Storage) {
    let conversations = storage.conversations();
    let ada = user("ada");
    for of in ["ada", "bob"] {
        storage.users().create(new_user(of)).await.unwrap();
        for n in 0..4 {
            let new = NewConversation {
                source: Label::new(if n == 0 { "web" } else { "tui" }).unwrap(),
                ..new_conversation(&format!("{of}{n}"), of, n)
            };
            conversations.create(new).await.unwrap();
        }
    }
    for (id, second, messages) in [("ada0", 20, 4), ("ada1", 30, 1), ("bob0", 40, 9)] {
        has_messages(storage, id, second, messages).await;
    }
    for id in ["ada0", "ada3"] {
        let change = Change::Archived(true);
        conversations
            .change(conversation(id), change)
            .await
            .unwrap();
    }
    let listed = async |page| ids(conversations.list(ada, page).await.unwrap());
    for (archived, min_messages, active, begun) in [
        (
            Archived::Excluded,
            0,
            vec!["ada1", "ada2"],
            vec!["ada2", "ada1"],
        ),
        (Archived::Excluded, 1, vec!["ada1"], vec!["ada1"]),
        (
            Archived::Only,
            0,
            vec!["ada0", "ada3"],
            vec!["ada3", "ada0"],
        ),
        (
            Archived::Included,
            0,
            vec!["ada1", "ada0", "ada3", "ada2"],
            vec!["ada3", "ada2", "ada1", "ada0"],
        ),
        (
            Archived::Included,
            1,
            vec!["ada1", "ada0"],
            vec!["ada1", "ada0"],
        ),
        (Archived::Included, 2, vec!["ada0"], vec!["ada0"]),
        (Archived::Included, u32::MAX, vec![], vec![]),
    ] {
        let page = selected(archived, min_messages);
        let count = conversations.count(ada, page.selection.clone());
        assert_eq!(count.await.unwrap(), active.len() as u64);
        for (order, expected) in [(Order::LastActive, active), (Order::LastBegun, begun)] {
            let expected: Vec<_> = expected.into_iter().map(conversation).collect();
            let page = Page {
                order,
                ..page.clone()
            };
            assert_eq!(listed(page.clone()).await, expected, "{page:?}");
            let second = Page {
                offset: 1,
                limit: 1,
                ..page
            };
            let expected: Vec<_> = expected.into_iter().skip(1).take(1).collect();
            assert_eq!(listed(second).await, expected);
        }
    }
    let label = |text: &str| Label::new(text).unwrap();
    for (source, without, expected) in [
        (Some("web"), vec![], vec!["ada0"]),
        (Some("we"), vec![], vec![]),
        (Some("web"), vec!["web"], vec![]),
        (None, vec!["web", "cron"], vec!["ada1", "ada3", "ada2"]),
        (
            None,
            vec!["we", "tu i"],
            vec!["ada1", "ada0", "ada3", "ada2"],
        ),
        (None, vec!["cron", "tui"], vec!["ada0"]),
    ] {
        let page = Page {
            selection: Selection {
                archived: Archived::Included,
                min_messages: 0,
                source: source.map(label),
                without: without.into_iter().map(label).collect(),
            },
            ..page(0, 9)
        };
        let count = conversations.count(ada, page.selection.clone());
        assert_eq!(count.await.unwrap(), expected.len() as u64);
        let expected: Vec<_> = expected.into_iter().map(conversation).collect();
        assert_eq!(listed(page).await, expected);
    }
    let web = Selection {
        source: Some(label("web")),
        ..Selection::default()
    };
    assert_eq!(conversations.count(ada, web).await.unwrap(), 0, "put away");
}

/// What its owner has put first comes first in a list that says so, however old it is, and nowhere else.
pub async fn conversations_are_pinned(storage: &dyn Storage) {
    let conversations = storage.conversations();
    let ada = user("ada");
    for of in ["ada", "bob"] {
        storage.users().create(new_user(of)).await.unwrap();
        for n in 0..5 {
            let new = new_conversation(&format!("{of}{n}"), of, n);
            conversations.create(new).await.unwrap();
        }
    }
    let change = async |id, change| {
        let changed = conversations.change(conversation(id), change);
        assert!(changed.await.unwrap());
    };
    for id in ["ada0", "ada2", "bob4"] {
        change(id, Change::Pinned(true)).await;
    }
    let found = conversations.find(conversation("ada0")).await.unwrap();
    assert!(found.unwrap().pinned);
    let listed = async |archived, order, offset, limit| {
        let page = Page {
            order,
            offset,
            limit,
            ..selected(archived, 0)
        };
        let found = ids(conversations.list(ada, page).await.unwrap());
        found.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let first = ["ada2", "ada0", "ada4", "ada3", "ada1"];
    for archived in [Archived::Excluded, Archived::Included] {
        assert_eq!(listed(archived, Order::Pinned, 0, 9).await, first);
        assert_eq!(listed(archived, Order::Pinned, 1, 2).await, first[1..3]);
        let usual = ["ada4", "ada3", "ada2", "ada1", "ada0"];
        for order in [Order::LastActive, Order::LastBegun] {
            assert_eq!(listed(archived, order, 0, 9).await, usual);
        }
    }
    active(storage, "ada0", 9).await;
    change("ada3", Change::Archived(true)).await;
    change("ada2", Change::Pinned(false)).await;
    let after = ["ada0", "ada4", "ada2", "ada1"];
    assert_eq!(listed(Archived::Excluded, Order::Pinned, 0, 9).await, after);
    change("ada0", Change::Archived(true)).await;
    let away = ["ada0", "ada3"];
    assert_eq!(listed(Archived::Only, Order::Pinned, 0, 9).await, away);
    let all = ["ada0", "ada4", "ada3", "ada2", "ada1"];
    assert_eq!(listed(Archived::Included, Order::Pinned, 0, 9).await, all);
}

/// What somebody has is added up, and nothing of others.
pub async fn conversations_are_added_up(storage: &dyn Storage) {
    let conversations = storage.conversations();
    let ada = user("ada");
    assert_eq!(conversations.totals(ada).await.unwrap(), Totals::default());
    for of in ["ada", "bob"] {
        storage.users().create(new_user(of)).await.unwrap();
        for (n, source) in ["tui", "web", "tui"].into_iter().enumerate() {
            let id = format!("{of}{n}");
            let new = NewConversation {
                source: Label::new(source).unwrap(),
                ..new_conversation(&id, of, 1)
            };
            conversations.create(new).await.unwrap();
            has_messages(storage, &id, 2, 4).await;
        }
    }
    let change = Change::Archived(true);
    conversations
        .change(conversation("ada0"), change)
        .await
        .unwrap();
    let label = |text: &str| Label::new(text).unwrap();
    let totals = conversations.totals(ada).await.unwrap();
    let expected = Totals {
        conversations: 3,
        archived: 1,
        messages: 12,
        by_source: vec![(label("tui"), 2), (label("web"), 1)],
    };
    assert_eq!(totals, expected);
    for n in 0..SOURCES_LIMIT {
        let new = NewConversation {
            source: label(&format!("kind {n}")),
            ..new_conversation(&format!("more-{n}"), "ada", 3)
        };
        conversations.create(new).await.unwrap();
    }
    let totals = conversations.totals(ada).await.unwrap();
    assert_eq!(totals.by_source.len(), SOURCES_LIMIT);
    assert_eq!(totals.by_source[0], (label("tui"), 2));
}

/// The beginning of an id finds what its owner has, if it can be but one.
pub async fn conversations_are_found_by_a_beginning(storage: &dyn Storage) {
    let conversations = storage.conversations();
    for of in ["ada", "bob"] {
        storage.users().create(new_user(of)).await.unwrap();
    }
    for (id, of) in [("abc", "ada"), ("abd_z", "ada"), ("ab", "bob")] {
        conversations
            .create(new_conversation(id, of, 1))
            .await
            .unwrap();
    }
    let found = async |of: &str, beginning: &str| {
        let found = conversations.find_by_beginning(user(of), beginning).await;
        found.unwrap().map(|found| found.id.to_string())
    };
    for (beginning, id) in [
        ("abc", Some("abc")),
        ("abd", Some("abd_z")),
        ("abd_z", Some("abd_z")),
        ("abd_zz", None),
        ("ab", None),
        ("", None),
        ("b", None),
        ("ABC", None),
        ("ab_", None),
        ("ab%", None),
        ("abd\u{e9}", None),
    ] {
        assert_eq!(
            found("ada", beginning).await.as_deref(),
            id,
            "{beginning:?}"
        );
    }
    assert_eq!(found("bob", "a").await.as_deref(), Some("ab"));
    assert_eq!(found("nobody", "abc").await, None);
}

/// A change is what it says and nothing else, and a title finds the last active of its owner.
pub async fn conversations_change(storage: &dyn Storage) {
    let conversations = storage.conversations();
    let (ada, title) = (user("ada"), Label::new("Plans for 50%").unwrap());
    for of in ["ada", "bob"] {
        storage.users().create(new_user(of)).await.unwrap();
        for n in 0..3 {
            let new = new_conversation(&format!("{of}{n}"), of, n);
            conversations.create(new).await.unwrap();
        }
    }
    let change = async |id, change| {
        conversations
            .change(conversation(id), change)
            .await
            .unwrap()
    };
    let by_title = async || {
        let found = conversations.find_by_title(ada, &title).await.unwrap();
        found.map(|found| found.id)
    };
    assert_eq!(by_title().await, None);
    for id in ["ada0", "ada1", "bob2"] {
        assert!(change(id, Change::Title(Some(title.clone()))).await);
    }
    assert_eq!(by_title().await, Some(conversation("ada1")));
    active(storage, "ada0", 9).await;
    assert_eq!(by_title().await, Some(conversation("ada0")));
    let before = conversations.find(conversation("ada0")).await.unwrap();
    assert_eq!(before.as_ref().unwrap().title.as_ref(), Some(&title));
    assert!(change("ada0", Change::Title(None)).await);
    assert_eq!(by_title().await, Some(conversation("ada1")));
    assert!(change("ada1", Change::Archived(true)).await);
    assert_eq!(by_title().await, Some(conversation("ada1")));

    let settings = Settings::new(r#"{"model":"m"}"#).unwrap();
    assert!(change("ada0", Change::Settings(settings.clone())).await);
    let after = conversations.find(conversation("ada0")).await.unwrap();
    let was = Conversation {
        title: None,
        settings,
        ..before.unwrap()
    };
    assert_eq!(after, Some(was));
    for something in [
        Change::Title(None),
        Change::Archived(false),
        Change::Pinned(true),
        Change::Settings(Settings::new("").unwrap()),
    ] {
        assert!(!change("nowhere", something).await);
    }
}

/// What is removed is there for nobody, and takes nothing of others along.
pub async fn conversations_are_removed(storage: &dyn Storage) {
    let conversations = storage.conversations();
    for of in ["ada", "bob"] {
        storage.users().create(new_user(of)).await.unwrap();
        for n in 0..2 {
            let new = new_conversation(&format!("{of}{n}"), of, n);
            conversations.create(new).await.unwrap();
        }
    }
    let there = async |id| {
        let found = conversations.find(conversation(id)).await.unwrap();
        let read = conversations.read(conversation(id), 0, 9).await.unwrap();
        assert_eq!(found.is_some(), read.is_some());
        found.is_some()
    };
    assert!(conversations.remove(conversation("ada0")).await.unwrap());
    assert!(!conversations.remove(conversation("ada0")).await.unwrap());
    assert!(!there("ada0").await && there("ada1").await);
    storage.users().remove(user("ada")).await.unwrap();
    assert!(!there("ada1").await, "gone with their owner");
    assert!(there("bob0").await && there("bob1").await);
    let again = new_conversation("ada0", "bob", 5);
    conversations.create(again).await.unwrap();
}
