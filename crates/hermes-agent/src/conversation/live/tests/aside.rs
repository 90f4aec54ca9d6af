//! What is asked beside the turns.

use super::*;
use crate::conversation::NotSummarised;

#[tokio::test]
async fn the_agent_finds_a_title_after_the_first_answer_and_no_other() {
    let rig = Rig {
        titles: true,
        ..Rig::new()
    };
    let live = rig.open().await;
    let answer = async |said: &str, end: End| {
        rig.say(text(said)).await;
        rig.say(Step::End(end)).await;
    };
    live.submit(ask("Hi"), Busy::default()).unwrap();
    answer("", End::Interrupted).await;
    soon(live.settled()).await;
    let asked = || rig.agent.turns.lock().unwrap().asked.len();
    assert_eq!(asked(), 1, "nothing was answered");
    live.submit(ask("What is a cat?"), Busy::default()).unwrap();
    answer("An animal", End::Complete).await;
    soon(async {
        while asked() < 3 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(!live.is_idle(), "it stays for its title");
    let used = Usage {
        input: 3,
        calls: 1,
        ..Usage::default()
    };
    rig.say(Step::Used(used)).await;
    answer("\"Cats.\"", End::Complete).await;
    soon(live.settled()).await;
    let seen = live.look(|transcript, _| {
        let title = transcript.title().map(str::to_owned);
        (title, transcript.usage().calls, transcript.turns().len())
    });
    assert_eq!(seen, (Some("Cats".to_owned()), 1, 2));
    assert!(soon(async { live.is_idle() && live.is_kept() }).await);
    live.submit(ask("And a dog?"), Busy::default()).unwrap();
    answer("Another", End::Complete).await;
    soon(live.settled()).await;
    assert_eq!(asked(), 4, "once");
}

#[tokio::test]
async fn a_title_that_a_person_gives_meanwhile_stays() {
    let rig = Rig {
        titles: true,
        ..Rig::new()
    };
    let live = rig.open().await;
    live.submit(ask("Hi"), Busy::default()).unwrap();
    rig.say(text("Hello")).await;
    rig.say(Step::End(End::Complete)).await;
    soon(async {
        while rig.agent.turns.lock().unwrap().asked.len() < 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    live.entitle("Mine".to_owned());
    rig.say(text("Its own")).await;
    rig.say(Step::End(End::Complete)).await;
    soon(live.settled()).await;
    let title = live.look(|transcript, _| transcript.title().map(str::to_owned));
    assert_eq!(title.as_deref(), Some("Mine"));
}

#[tokio::test]
async fn a_summary_that_fails_or_is_interrupted_changes_nothing() {
    let rig = Rig::new();
    let live = rig.open().await;
    live.submit(ask("Hi"), Busy::default()).unwrap();
    rig.say(text("Hello")).await;
    rig.say(Step::End(End::Complete)).await;
    soon(live.settled()).await;
    let summarise = || {
        let live = Arc::clone(&live);
        tokio::spawn(async move { live.summarise(None).await })
    };
    let asked = async |times: usize| {
        soon(async {
            while rig.agent.turns.lock().unwrap().asked.len() < times {
                tokio::task::yield_now().await;
            }
        })
        .await;
    };
    let broken = summarise();
    asked(2).await;
    rig.say(text("Half a")).await;
    rig.agent.turns.lock().unwrap().now = None;
    let broken = soon(broken).await.unwrap();
    assert!(
        matches!(broken, Err(NotSummarised::Failed(_))),
        "{broken:?}"
    );
    let interrupted = summarise();
    asked(3).await;
    live.interrupt();
    let interrupted = soon(interrupted).await.unwrap();
    assert_eq!(interrupted, Err(NotSummarised::Interrupted));
    let late = summarise();
    asked(4).await;
    soon(rig.clock.until_sleeping(1)).await;
    rig.clock.advance(Duration::from_mins(5));
    let late = soon(late).await.unwrap();
    assert!(matches!(late, Err(NotSummarised::Failed(_))), "{late:?}");
    assert!(live.look(|transcript, _| transcript.compressed().is_none()));
    // What is asked meanwhile stays whole, and is no part of it.
    let summary = summarise();
    asked(5).await;
    rig.say(text("They said hello")).await;
    let end = rig.agent.turns.lock().unwrap().now.clone().unwrap();
    live.submit(ask("More"), Busy::default()).unwrap();
    end.send(Step::End(End::Complete)).unwrap();
    let summary = soon(summary).await.unwrap().unwrap();
    assert_eq!((summary.turns, &*summary.summary), (1, "They said hello"));
}
