use proptest::prelude::*;

use super::{at, conversation, entry, new_conversation, new_user, summary, user};
use crate::{
    Appended, Batch, Entry, Hit, QUERY_LIMIT, SEARCH_LIMIT, SNIPPET_LIMIT, Storage, TEXT_LIMIT,
};

/// A batch of one entry with this text.
fn said(id: &str, seq: u64, text: &str) -> Batch {
    Batch {
        conversation: conversation(id),
        entries: vec![Entry {
            text: Some(text.to_owned()),
            ..entry(seq)
        }],
        summary: summary(9),
        forgets_text_from: None,
        finds_again: Vec::new(),
    }
}

async fn begin(storage: &dyn Storage) {
    for of in ["ada", "bob"] {
        storage.users().create(new_user(of)).await.unwrap();
        for n in 0..2 {
            let new = new_conversation(&format!("{of}{n}"), of, n);
            storage.conversations().create(new).await.unwrap();
        }
    }
}

async fn hits(storage: &dyn Storage, of: &str, query: &str) -> Vec<Hit> {
    let found = storage.conversations().search(user(of), query, usize::MAX);
    let found = found.await.unwrap();
    assert!(found.len() <= SEARCH_LIMIT);
    for hit in &found {
        assert!(hit.snippet.chars().count() <= SNIPPET_LIMIT + 2);
        for mark in &hit.marks {
            assert!(
                hit.snippet
                    .get(mark.clone())
                    .is_some_and(|part| !part.is_empty())
            );
        }
    }
    found
}

/// Where the query was found, in the order of the answer.
async fn places(storage: &dyn Storage, of: &str, query: &str) -> Vec<(String, u64)> {
    let found = hits(storage, of, query).await.into_iter();
    let place = |hit: Hit| (hit.conversation.to_string(), hit.seq);
    found.map(place).collect()
}

fn place(id: &str, seq: u64) -> (String, u64) {
    (id.to_owned(), seq)
}

/// Words find what their searcher has, whatever the case and the accents, the best first.
pub async fn words_find_what_was_said(storage: &dyn Storage) {
    begin(storage).await;
    let around = "much is said here that has nothing to do with the matter at hand. ".repeat(9);
    let batches = [
        said("ada0", 1, "A Camembert from Normandy"),
        said("ada1", 1, &format!("{around} camembert {around}")),
        said("ada1", 2, "crème brûlée, 東京 and snake_case"),
        said("bob0", 1, "camembert of bob's"),
    ];
    storage.conversations().append(&batches).await.unwrap();
    let both = [place("ada0", 1), place("ada1", 1)];
    assert_eq!(places(storage, "ada", "camembert").await, both);
    assert_eq!(places(storage, "ada", "CAMEM").await, both, "a beginning");
    assert_eq!(places(storage, "ada", "ca").await, [], "of three letters");
    assert_eq!(places(storage, "ada", "amember").await, []);
    assert_eq!(places(storage, "ada", "camem from").await, [], "at the end");
    let one = [place("ada0", 1)];
    assert_eq!(places(storage, "ada", " norm\tcamembert ").await, []);
    assert_eq!(places(storage, "ada", " camembert\tnorm ").await, one);
    assert_eq!(places(storage, "ada", "camembert - !").await, both);
    let other = [place("ada1", 2)];
    for query in [
        "creme",
        "Brulee",
        "東京",
        "東",
        "snake",
        "snake_case",
        "case",
    ] {
        assert_eq!(places(storage, "ada", query).await, other, "{query}");
    }
    assert_eq!(
        places(storage, "bob", "camembert").await,
        [place("bob0", 1)]
    );
    assert_eq!(places(storage, "nobody", "camembert").await, []);
    assert_eq!(places(storage, "ada", "ada").await, [], "no name is text");

    let found = hits(storage, "ada", "camembert normandy").await;
    assert_eq!(found[0].snippet, "A Camembert from Normandy");
    assert_eq!(found[0].marks, [2..11, 17..25]);
    let (source, kind) = (found[0].source.as_str(), found[0].kind.as_str());
    assert_eq!(
        (source, kind, found[0].created_at),
        ("tui", "message", at(0))
    );
    let found = hits(storage, "ada", "camembert").await;
    let snippet = &found[1].snippet;
    assert!(
        snippet.starts_with('…') && snippet.ends_with('…'),
        "{snippet}"
    );
    assert_eq!(&snippet[found[1].marks[0].clone()], "camembert");
    let first = storage.conversations().search(user("ada"), "camembert", 1);
    assert_eq!(first.await.unwrap(), found[..1]);
    let none = storage.conversations().search(user("ada"), "camembert", 0);
    assert_eq!(none.await.unwrap(), []);
}

/// What a person took back, and what was removed, is not found, and what is shown again is.
pub async fn what_is_gone_is_not_found(storage: &dyn Storage) {
    begin(storage).await;
    let conversations = storage.conversations();
    let batches = [
        said("ada0", 1, "cheese one"),
        said("ada0", 2, "cheese two"),
        said("ada1", 1, "cheese three"),
        said("bob0", 1, "cheese four"),
    ];
    conversations.append(&batches).await.unwrap();
    let mut back = said("ada0", 3, "cheese five");
    back.forgets_text_from = Some(2);
    conversations.append(&[back]).await.unwrap();
    let mut found = places(storage, "ada", "cheese").await;
    found.sort();
    let three = [place("ada0", 1), place("ada0", 3), place("ada1", 1)];
    assert_eq!(found, three);
    let read = conversations.read(conversation("ada0"), 0, 9).await;
    assert_eq!(read.unwrap().unwrap().entries.len(), 3, "the log stays");
    let mut refused = said("ada0", 9, "cheese six");
    refused.forgets_text_from = Some(0);
    conversations.append(&[refused]).await.unwrap();
    assert_eq!(places(storage, "ada", "cheese").await.len(), 3);

    let mut shown = said("ada0", 4, "no word of it");
    shown.forgets_text_from = Some(3);
    let again = |seq, text: &str| (seq, text.to_owned());
    shown.finds_again = vec![again(1, "known already"), again(2, "cheese two")];
    let mut beyond = shown.clone();
    beyond.finds_again.push(again(4, "not in the log yet"));
    let appended = conversations.append(&[beyond, shown]).await.unwrap();
    assert_eq!(appended, [Appended::Refused, Appended::Kept]);
    let mut found = places(storage, "ada", "cheese").await;
    found.sort();
    assert_eq!(
        found,
        [place("ada0", 1), place("ada0", 2), place("ada1", 1)]
    );
    assert_eq!(places(storage, "ada", "known").await, []);

    conversations.remove(conversation("ada0")).await.unwrap();
    assert_eq!(places(storage, "ada", "cheese").await, [place("ada1", 1)]);
    storage.users().remove(user("ada")).await.unwrap();
    assert_eq!(places(storage, "ada", "cheese").await, []);
    assert_eq!(places(storage, "bob", "cheese").await, [place("bob0", 1)]);
    storage.users().create(new_user("ada")).await.unwrap();
    assert_eq!(places(storage, "ada", "cheese").await, []);
}

/// However much there is, and however long it is, an answer is bounded.
pub async fn searches_are_bounded(storage: &dyn Storage) {
    begin(storage).await;
    let conversations = storage.conversations();
    let many: Vec<_> = (1..=1100)
        .map(|seq| said("ada0", seq, "cheese"))
        .chain([
            said("ada1", 1, &format!("{} late", "x".repeat(TEXT_LIMIT))),
            said("ada1", 2, &format!("start {}", "ä".repeat(TEXT_LIMIT))),
        ])
        .collect();
    conversations.append(&many).await.unwrap();
    let found = places(storage, "ada", "cheese").await;
    assert_eq!(found.len(), SEARCH_LIMIT);
    assert_eq!(found[0], place("ada0", 1100), "the newest of equals first");
    assert_eq!(places(storage, "ada", "late").await, []);
    assert_eq!(places(storage, "ada", "start").await, [place("ada1", 2)]);
    assert_eq!(places(storage, "ada", "xxx").await, [place("ada1", 1)]);
    let long = format!("cheese {} nowhere", "- ".repeat(QUERY_LIMIT / 2));
    assert_eq!(places(storage, "ada", &long).await.len(), SEARCH_LIMIT);
}

/// Queries as people type them, and as they try what happens.
pub fn queries() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        2 => r#"["*:^(){}\[\]+\-.,;'%_\\/&|~<>=! \t\n\x00\x02\x03]{1,6}"#,
        2 => "(?s).{0,12}",
        1 => prop::sample::select(vec![
            "AND", "OR", "NOT", "NEAR", "NEAR(a b, 2)", "user_id", "text", "user_id : \"bob\" OR",
            "rank", "{text}", "\"\"", "\"", "* *", "cheese", "cheese*", "\" OR text : \"bob",
            "') --", "\u{202e}", "e\u{301}", "\u{fffd}", "🧀", "',)", "search MATCH",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.join(" "))
}

/// Asks each query: it is answered, and with nothing of others.
pub async fn queries_are_words(storage: &dyn Storage, queries: &[String]) {
    begin(storage).await;
    let mut batches = vec![said("bob0", 1, "cheese bob secret a")];
    for (seq, query) in (1..).zip(queries) {
        batches.push(said("ada0", seq, &format!("{query} cheese")));
    }
    storage.conversations().append(&batches).await.unwrap();
    let count = queries.len().min(SEARCH_LIMIT);
    assert_eq!(hits(storage, "ada", "cheese").await.len(), count);
    for query in queries {
        for hit in hits(storage, "ada", query).await {
            assert_eq!(hit.conversation, conversation("ada0"));
        }
        // Whatever it is, it is found by all it says, together with what follows it.
        let whole = format!("{query} cheese");
        if whole.chars().count() <= QUERY_LIMIT {
            assert!(!hits(storage, "ada", &whole).await.is_empty(), "{query:?}");
        }
    }
}
