//! The documents say what is so: every block of commands is run as it stands, or says why not, and
//! prints what is shown below it.
//!
//! The commands run in a real shell on a terminal, over SSH as far as `hermes` can tell. The vendors
//! are the fake provider; the person agrees to whatever is asked. What needs more than one machine
//! is run by `tests/e2e/guide.test.mjs`.

mod blocks;
mod person;

use std::sync::atomic::{AtomicUsize, Ordering};

use blocks::{Block, Run};
use futures_util::{StreamExt as _, stream};
use person::Person;

#[test]
fn every_block_says_how_it_is_run() {
    for block in blocks::all() {
        if let Err(wrong) = block.run() {
            panic!("{}: {wrong}", block.place());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn blocks_for_one_machine_run_and_print_what_is_shown() {
    let blocks = blocks::all();
    let ran = AtomicUsize::new(0);
    // Four at a time: what they wait for, mostly, is the next poll of a device code.
    let all = stream::iter(blocks.iter().enumerate());
    all.for_each_concurrent(4, async |(index, block)| {
        let person = match block.run().unwrap() {
            Some(Run::Fresh) => Person::fresh().await,
            Some(Run::SignedIn) => Person::signed_in().await,
            Some(Run::Afar | Run::Not(_)) | None => return,
        };
        let text = block.text.clone();
        let typing = tokio::task::spawn_blocking(move || person.types(&text));
        let (status, said) = typing.await.unwrap();
        assert_eq!(status, 0, "{}:\n{said}", block.place());
        if let Some(shown) = blocks.get(index + 1).filter(|next| next.is_shown()) {
            prints(shown, &said);
        }
        ran.fetch_add(1, Ordering::Relaxed);
    })
    .await;
    let ran = ran.into_inner();
    assert!(ran > 20, "{ran} blocks");
}

/// The lines that are shown are printed, in this order; `…` stands for anything.
fn prints(shown: &Block, said: &str) {
    let mut lines = said.lines();
    for line in shown.text.lines().filter(|line| !line.is_empty()) {
        assert!(
            lines.any(|printed| fits(line, printed.trim_end())),
            "{}: `{line}` is not in\n{said}",
            shown.place()
        );
    }
}

/// Whether a printed line is the shown one, with anything for each `…`.
fn fits(shown: &str, printed: &str) -> bool {
    let mut parts = shown.split('…');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.split_once(part) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    true
}

#[test]
fn an_ellipsis_stands_for_anything() {
    assert!(fits("a…c…", "a b c d"));
    assert!(fits("…", ""));
    assert!(fits("  label: ada", "  label: ada"));
    assert!(!fits("a…c", "a b c d"));
    assert!(!fits("a", "ab"));
}
