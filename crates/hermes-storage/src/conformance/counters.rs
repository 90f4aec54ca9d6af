use std::time::Duration;

use super::at;
use crate::{Backoff, COUNTERS_LIMIT, Counter, CounterKey, Storage};

const RULE: Backoff = Backoff {
    free: 1,
    first: Duration::from_secs(10),
    longest: Duration::from_secs(900),
    forget_after: Duration::from_secs(3600),
};

fn key(name: &str) -> CounterKey {
    CounterKey::of("test", name)
}

/// Failures of several keys are counted in one step, by the rule of each, until forgotten.
pub async fn failures_are_counted(storage: &dyn Storage) {
    let counters = storage.counters();
    let strict = Backoff { free: 0, ..RULE };
    let (a, b) = (key("a"), key("b"));
    assert_eq!(counters.get(&[a, b]).await.unwrap(), [None, None]);
    let keys = [(a, RULE), (b, strict)];
    let counted = counters.fail(&keys, at(0)).await.unwrap();
    let waits = |counters: &[Counter], second| {
        let wait = |counter: &Counter| counter.wait(at(second), &RULE).map(|wait| wait.as_secs());
        counters.iter().map(wait).collect::<Vec<_>>()
    };
    assert_eq!(waits(&counted, 0), [None, Some(10)]);
    let kept = counters.get(&[b, key("c"), a]).await.unwrap();
    assert_eq!(kept, [Some(counted[1]), None, Some(counted[0])]);
    let counted = counters.fail(&keys, at(1)).await.unwrap();
    assert_eq!(waits(&counted, 1), [Some(10), Some(20)]);
    // The same key twice in one step counts twice.
    let counted = counters.fail(&[(a, RULE), (a, RULE)], at(2)).await.unwrap();
    assert_eq!(waits(&counted, 2), [Some(20), Some(40)]);

    counters.clear(&[a, key("c")]).await.unwrap();
    let kept = counters.get(&[a, b]).await.unwrap();
    assert_eq!(
        kept,
        [
            None,
            Some(Counter {
                failures: 2,
                blocked_until: Some(at(21)),
                forget_at: at(3621)
            })
        ]
    );
    assert_eq!(counters.sweep(at(3620)).await.unwrap(), 1);
    // Due to be forgotten, it counts from one again, swept or not.
    let counted = counters.fail(&[(b, strict)], at(3621)).await.unwrap();
    assert_eq!(counted[0].failures, 1);
    assert_eq!(counters.sweep(at(9999)).await.unwrap(), 0);
}

/// So many keys as a flood brings leave the bound, and what is blocked, in place.
pub async fn counters_are_bounded(storage: &dyn Storage, flood: usize) {
    const STEP: usize = 1000;
    let counters = storage.counters();
    let blocked = key("blocked");
    for _ in 0..=RULE.free {
        counters.fail(&[(blocked, RULE)], at(0)).await.unwrap();
    }
    let forged = |n: usize| (key(&format!("forged {n}")), RULE);
    for step in 0..flood / STEP {
        let keys: Vec<_> = (step * STEP..(step + 1) * STEP).map(forged).collect();
        let counted = counters.fail(&keys, at(1)).await.unwrap();
        assert!(counted.iter().all(|counter| counter.failures == 1));
        let last = counters.get(&[keys[STEP - 1].0]).await.unwrap();
        assert!(last[0].is_some(), "the newest is never the one to go");
        let kept = counters.sweep(at(1)).await.unwrap();
        assert!(kept <= COUNTERS_LIMIT as u64, "{kept}");
    }
    let kept = counters.get(&[blocked]).await.unwrap();
    assert_eq!(kept[0].map(|counter| counter.failures), Some(2));
    assert!(counters.sweep(at(1)).await.unwrap() > COUNTERS_LIMIT as u64 / 2);
}
