use super::{at, conversation, entry, new_conversation, new_user, summary};
use crate::{
    Appended, Batch, Change, ENTRY_LIMIT, Entry, Epoch, KIND_LIMIT, Label, Logged, READ_BYTES,
    READ_LIMIT, RUNNING_LIMIT, Storage, Summary, Tokens,
};

/// A batch of entries with these numbers.
fn batch(id: &str, numbers: impl IntoIterator<Item = u64>) -> Batch {
    Batch {
        conversation: conversation(id),
        entries: numbers.into_iter().map(entry).collect(),
        summary: summary(9),
        forgets_text_from: None,
        finds_again: Vec::new(),
    }
}

async fn begin(storage: &dyn Storage, ids: &[&str]) {
    storage.users().create(new_user("ada")).await.unwrap();
    for id in ids {
        let new = new_conversation(id, "ada", 0);
        storage.conversations().create(new).await.unwrap();
    }
}

/// The numbers that are read, and the last there is.
async fn numbers(storage: &dyn Storage, id: &str, after: u64, limit: usize) -> (Vec<u64>, u64) {
    let read = storage.conversations();
    let read = read.read(conversation(id), after, limit).await.unwrap();
    let stretch = read.unwrap();
    let numbers = stretch.entries.iter().map(|entry| entry.seq).collect();
    (numbers, stretch.last_seq)
}

/// Entries follow each other without a gap, and a batch is kept as a whole or not at all.
pub async fn a_log_has_no_gap(storage: &dyn Storage) {
    use Appended::{Gone, Kept, Refused};
    begin(storage, &["c1", "c2"]).await;
    let conversations = storage.conversations();
    let append = async |batches: &[Batch]| conversations.append(batches).await.unwrap();
    assert_eq!(append(&[]).await, []);
    let several = [
        batch("c1", [1, 2]),
        batch("c2", [2]),
        batch("gone", [1]),
        batch("c2", [1, 2, 4]),
        batch("c1", [3]),
        batch("c1", [3]),
        batch("c2", []),
    ];
    let outcomes = [Kept, Refused, Gone, Refused, Kept, Refused, Kept];
    assert_eq!(append(&several).await, outcomes);
    assert_eq!(numbers(storage, "c1", 0, 9).await, (vec![1, 2, 3], 3));
    assert_eq!(numbers(storage, "c2", 0, 9).await, (vec![], 0));

    for wrong in [0, 2, u64::MAX] {
        assert_eq!(append(&[batch("c2", [wrong])]).await, [Refused]);
    }
    let with = |kind: usize, json: usize| {
        let mut large = batch("c2", [1]);
        large.entries[0].kind = "k".repeat(kind);
        large.entries[0].json = "x".repeat(json);
        large
    };
    let outcomes = append(&[with(KIND_LIMIT + 1, 1), with(1, ENTRY_LIMIT + 1)]).await;
    assert_eq!(outcomes, [Refused, Refused]);
    assert_eq!(append(&[with(KIND_LIMIT, ENTRY_LIMIT)]).await, [Kept]);
}

/// A log is read from any place on, in parts that are bounded.
pub async fn a_log_is_read_in_parts(storage: &dyn Storage) {
    begin(storage, &["c1", "c2"]).await;
    let conversations = storage.conversations();
    let last = READ_LIMIT as u64 + 2;
    let long = [batch("c1", 1..=last), batch("c2", [1])];
    conversations.append(&long).await.unwrap();
    assert_eq!(numbers(storage, "c1", 0, 2).await, (vec![1, 2], last));
    let rest = (vec![last - 1, last], last);
    assert_eq!(numbers(storage, "c1", last - 2, 9).await, rest);
    for beyond in [last, last + 1, u64::MAX] {
        assert_eq!(numbers(storage, "c1", beyond, 9).await, (vec![], last));
    }
    assert_eq!(numbers(storage, "c1", 0, 0).await, (vec![], last));
    let most = numbers(storage, "c1", 0, usize::MAX).await.0;
    assert!(most.into_iter().eq(1..=READ_LIMIT as u64));
    let gone = conversations.read(conversation("gone"), 0, 9).await;
    assert_eq!(gone.unwrap(), None);

    let read = conversations.read(conversation("c2"), 0, 9).await.unwrap();
    let Entry {
        seq,
        kind,
        at,
        json,
        ..
    } = entry(1);
    let logged = Logged {
        seq,
        kind,
        at,
        json,
    };
    assert_eq!(read.unwrap().entries, [logged]);

    let mut large = batch("c2", 2..=5);
    for entry in &mut large.entries {
        entry.json = "x".repeat(READ_BYTES / 2);
    }
    large.entries[3].json = "x".repeat(READ_BYTES + 1);
    conversations.append(&[large]).await.unwrap();
    assert_eq!(numbers(storage, "c2", 1, 9).await.0, [2, 3]);
    assert_eq!(numbers(storage, "c2", 2, 9).await.0, [3, 4]);
    assert_eq!(numbers(storage, "c2", 4, 9).await.0, [5], "one at least");
}

/// Some of them are more than fit.
const TOKENS: Tokens = Tokens {
    input: 5,
    cached: 4,
    output: 3,
    reasoning: u64::MAX,
};

/// The summary is that of the last batch; a title stays if it has none.
pub async fn a_batch_says_what_the_conversation_is(storage: &dyn Storage) {
    begin(storage, &["c1"]).await;
    let conversations = storage.conversations();
    let found = async || {
        let found = conversations.find(conversation("c1")).await.unwrap();
        found.unwrap()
    };
    let mut first = batch("c1", [1, 2]);
    first.summary = Summary {
        title: Label::new("Cheese"),
        preview: Label::new("which cheese"),
        message_count: 1,
        model: Label::new("small"),
        tokens: TOKENS,
        last_active_at: at(7),
        running: true,
    };
    conversations.append(&[first]).await.unwrap();
    let one = found().await;
    assert_eq!((one.title, one.last_seq), (Label::new("Cheese"), 2));
    assert_eq!(
        (one.preview, one.message_count),
        (Label::new("which cheese"), 1)
    );
    assert_eq!((one.last_active_at, one.running), (at(7), true));
    let most = Tokens {
        reasoning: i64::MAX as u64,
        ..TOKENS
    };
    assert_eq!((one.model, one.tokens), (Label::new("small"), most));
    let renamed = Change::Title(Label::new("Brie"));
    conversations.change(one.id, renamed).await.unwrap();
    conversations.append(&[batch("c1", [3])]).await.unwrap();
    let two = found().await;
    assert_eq!((two.title, two.last_seq), (Label::new("Brie"), 3));
    assert_eq!(
        (two.preview, two.message_count, two.running),
        (None, 0, false)
    );
    assert_eq!((two.model, two.tokens), (None, Tokens::default()));
    let mut refused = batch("c1", [9]);
    refused.summary.title = Label::new("Gouda");
    conversations.append(&[refused]).await.unwrap();
    assert_eq!(found().await.title, Label::new("Brie"));
}

/// The turns that run are known by their summaries, until those say otherwise.
pub async fn running_turns_are_known(storage: &dyn Storage) {
    let ids: Vec<_> = (0..RUNNING_LIMIT + 2).map(|n| format!("c{n}")).collect();
    let names: Vec<_> = ids.iter().map(String::as_str).collect();
    begin(storage, &names).await;
    let conversations = storage.conversations();
    let set = async |ids: &[&str], running| {
        let batches = ids.iter().map(|id| {
            let mut batch = batch(id, []);
            batch.summary.running = running;
            batch
        });
        let batches: Vec<_> = batches.collect();
        conversations.append(&batches).await.unwrap();
    };
    assert_eq!(conversations.running().await.unwrap(), []);
    set(&["c1", "c3"], true).await;
    let both = ["c1", "c3"].map(conversation);
    assert_eq!(conversations.running().await.unwrap(), both);
    set(&["c1"], false).await;
    assert_eq!(conversations.running().await.unwrap(), both[1..]);
    set(&names, true).await;
    let most = conversations.running().await.unwrap();
    assert_eq!(most.len(), RUNNING_LIMIT);
    set(&names[..RUNNING_LIMIT], false).await;
    assert_eq!(conversations.running().await.unwrap().len(), 2);
}

/// Numbers go on after an end in order, and begin anew after any other.
pub async fn numbers_go_on_after_an_end_in_order(storage: &dyn Storage) {
    let conversations = storage.conversations();
    let epoch = |text: &str| text.parse::<Epoch>().unwrap();
    let begin = async |fresh| conversations.begin_run(epoch(fresh)).await.unwrap();
    conversations.end_run().await.unwrap();
    assert_eq!(begin("one").await, epoch("one"));
    assert_eq!(begin("two").await, epoch("two"), "nobody ended the first");
    conversations.end_run().await.unwrap();
    assert_eq!(begin("three").await, epoch("two"));
    assert_eq!(begin("four").await, epoch("four"));
}
