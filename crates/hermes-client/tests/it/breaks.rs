//! Breaks of the connection at every moment: what is shown is what happened, and what is asked is asked
//! once.

use hermes_client::{
    State,
    talk::{Fate, Instead},
};

use crate::stage::{Gateway, Kind, Screen, Stage, Weather, lock};

/// No close frame, as when a cable is pulled; and what a gateway says that starts again.
const BREAKS: [Option<u16>; 2] = [None, Some(1012)];

/// More frames than the longest of these talks has.
const FRAMES: usize = 40;

fn cut(after: usize, code: Option<u16>) -> Weather {
    Weather {
        cuts: [(after, code)].into(),
        ..Weather::default()
    }
}

/// Two prompts, and what is shown once both are answered. Whether the connection broke.
async fn talk(kind: Kind, weather: Weather) -> (Stage, bool) {
    let mut stage = Stage::new(kind, weather);
    stage.open().await;
    stage.say("one").await;
    stage.until("an answer", |screen| screen.has_ended(1)).await;
    stage.say("two").await;
    stage
        .until("another answer", |screen| screen.has_ended(2))
        .await;
    let broke = lock(&stage.weather).asked.2 > 1;
    (stage, broke)
}

fn check(stage: &Stage, what: &str) {
    let gateway = lock(&stage.gateway);
    assert_eq!(gateway.prompts(), ["one", "two"], "asked once: {what}");
    let shown = stage.screen.turns.iter();
    let shown: Vec<_> = shown.map(|turn| (turn.0.clone(), turn.1.clone())).collect();
    assert_eq!(shown, gateway.turns(), "{what}");
    for fates in stage.screen.fates.values() {
        let settled = fates.iter().filter(|fate| **fate == Fate::Taken).count();
        assert_eq!(settled, 1, "{what}: {fates:?}");
        assert_eq!(fates.last(), Some(&Fate::Taken), "{what}");
    }
    assert_eq!(stage.screen.problems, Vec::<String>::new(), "{what}");
}

#[tokio::test]
async fn a_break_after_any_frame_leaves_no_gap_and_no_repeat() {
    for code in BREAKS {
        let mut breaks = 0;
        for after in 0..FRAMES {
            let (stage, broke) = talk(Kind::Ours, cut(after, code)).await;
            check(&stage, &format!("after {after} frames, {code:?}"));
            breaks += usize::from(broke);
            // Told as a whole once, and once more only if it had not been told when the break came.
            assert_eq!(stage.screen.opened, 1, "after {after} frames");
        }
        assert!((20..FRAMES).contains(&breaks), "{breaks}");
    }
}

#[tokio::test]
async fn two_breaks_in_a_row_do_no_more_harm_than_one() {
    for first in (0..FRAMES).step_by(3) {
        for second in 0..16 {
            let mut weather = cut(first, None);
            weather.cuts.push_back((second, Some(1012)));
            let (stage, _) = talk(Kind::Ours, weather).await;
            check(&stage, &format!("after {first} and {second} frames"));
        }
    }
}

#[tokio::test]
async fn with_upstream_a_break_after_any_frame_shows_all_and_asks_once() {
    for code in BREAKS {
        for after in 0..FRAMES {
            let (stage, _) = talk(Kind::Upstream, cut(after, code)).await;
            check(&stage, &format!("after {after} frames, {code:?}"));
        }
    }
}

#[tokio::test]
async fn with_upstream_the_same_words_twice_are_two_prompts() {
    for after in 0..FRAMES {
        let mut stage = Stage::new(Kind::Upstream, cut(after, None));
        stage.open().await;
        for turns in 1..=3 {
            stage.say("go on").await;
            stage
                .until("an answer", |screen| screen.has_ended(turns))
                .await;
        }
        let asked = lock(&stage.gateway).prompts();
        assert_eq!(asked, ["go on", "go on", "go on"], "after {after} frames");
    }
}

#[tokio::test]
async fn a_prompt_that_waits_for_a_turn_survives_any_break() {
    for kind in [Kind::Ours, Kind::Upstream] {
        for after in 0..FRAMES {
            let mut stage = Stage::new(kind, cut(after, None));
            stage.open().await;
            stage.say("one").await;
            stage.say("two").await;
            stage
                .until("both answers", |screen| screen.has_ended(2))
                .await;
            check_order(&stage, &format!("{kind:?}, after {after} frames"));
        }
    }
}

#[tokio::test]
async fn what_is_asked_instead_takes_back_once_what_was_seen() {
    for code in BREAKS {
        for after in 0..FRAMES {
            let what = format!("after {after} frames, {code:?}");
            let mut stage = Stage::new(Kind::Ours, cut(after, code));
            stage.open().await;
            for (turns, text) in ["one", "two", "three"].iter().enumerate() {
                stage.say(text).await;
                stage
                    .until("an answer", |screen| screen.has_ended(turns + 1))
                    .await;
            }
            let instead = Some(Instead { from: 1, of: 3 });
            stage.say_instead("other", instead).await;
            stage
                .until("the other answer", |screen| {
                    screen.has_ended(2) && screen.turns[1].0 == "other"
                })
                .await;
            let gateway = lock(&stage.gateway);
            let asked = ["one", "two", "three", "other"];
            assert_eq!(gateway.prompts(), asked, "asked once: {what}");
            let kept: Vec<_> = gateway.turns().into_iter().map(|turn| turn.0).collect();
            assert_eq!(kept, ["one", "other"], "{what}");
            assert_eq!(stage.screen.problems, Vec::<String>::new(), "{what}");
        }
    }
}

#[tokio::test]
async fn what_another_client_asked_meanwhile_is_not_taken_back() {
    let mut stage = Stage::new(Kind::Ours, Weather::default());
    stage.open().await;
    for (turns, text) in ["one", "two"].iter().enumerate() {
        stage.say(text).await;
        stage
            .until("an answer", |screen| screen.has_ended(turns + 1))
            .await;
    }
    // As it is when only the first of them has been seen.
    let instead = Some(Instead { from: 0, of: 1 });
    stage.say_instead("other", instead).await;
    let refused = |screen: &Screen| {
        let fates = screen.fates.get("p3");
        fates.is_some_and(|fates| matches!(fates.last(), Some(Fate::Refused(_))))
    };
    stage.until("a no", refused).await;
    assert_eq!(lock(&stage.gateway).prompts(), ["one", "two"]);
}

fn check_order(stage: &Stage, what: &str) {
    let gateway = lock(&stage.gateway);
    assert_eq!(gateway.prompts(), ["one", "two"], "{what}");
    let shown = stage.screen.turns.iter();
    let shown: Vec<_> = shown.map(|turn| (turn.0.clone(), turn.1.clone())).collect();
    assert_eq!(shown, gateway.turns(), "{what}");
}

#[tokio::test]
async fn a_gateway_that_lost_its_last_records_is_shown_anew_and_asked_again() {
    for lost in 0..4 {
        let mut stage = Stage::new(Kind::Ours, Weather::default());
        stage.open().await;
        stage.say("one").await;
        stage
            .until("some of the answer", |screen| {
                screen.turns.iter().any(|turn| turn.1.contains("is "))
            })
            .await;
        let before = stage.screen.opened;
        {
            let mut gateway = lock(&stage.gateway);
            let lost = lost.min(gateway.prompts().len() * 3);
            gateway.crash(lost);
        }
        stage
            .until("the conversation as a whole", |screen| {
                screen.opened == before + 1 && screen.has_ended(1)
            })
            .await;
        stage.rest().await;
        let gateway = lock(&stage.gateway);
        assert_eq!(gateway.prompts(), ["one"], "{lost} records were lost");
        let shown = stage.screen.turns.iter();
        let shown: Vec<_> = shown.map(|turn| (turn.0.clone(), turn.1.clone())).collect();
        assert_eq!(shown, gateway.turns(), "{lost} records were lost");
    }
}

#[tokio::test]
async fn what_is_said_without_a_connection_is_asked_with_the_next_one() {
    let mut stage = Stage::new(Kind::Ours, Weather::default());
    stage.open().await;
    stage
        .until("a conversation", |screen| screen.opened == 1)
        .await;
    lock(&stage.gateway).end(None);
    let waiting = |state: &State| matches!(state, State::Waiting(..));
    let state = stage.until_state(waiting).await;
    stage.say("one").await;
    stage
        .until("its fate", |screen| {
            screen.fates.get("p1") == Some(&vec![Fate::Waits])
        })
        .await;
    let State::Waiting(pause, _) = state else {
        unreachable!("{state:?}");
    };
    stage.clock.advance(pause);
    stage.until("an answer", |screen| screen.has_ended(1)).await;
    assert_eq!(stage.screen.fates["p1"], [Fate::Waits, Fate::Taken]);
    assert_eq!(stage.screen.opened, 1);
}

#[tokio::test]
async fn a_new_conversation_that_nobody_kept_is_begun_anew() {
    for kind in [Kind::Ours, Kind::Upstream] {
        let mut gateway = Gateway::new(kind);
        gateway.exists = false;
        let mut stage = Stage::of(gateway, Weather::default());
        stage.open().await;
        stage
            .until("a conversation", |screen| screen.opened == 1)
            .await;
        lock(&stage.gateway).end(None);
        stage.say("one").await;
        stage.until("an answer", |screen| screen.has_ended(1)).await;
        assert_eq!(stage.screen.problems, Vec::<String>::new(), "{kind:?}");
        assert_eq!(lock(&stage.gateway).prompts(), ["one"], "{kind:?}");
    }
}
