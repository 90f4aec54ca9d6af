use serde_json::{Value, json};

use super::{
    Did::{Answered, Asked, Told},
    LIVE, Rig, STORED, begun, conversation, dropped, status, waiting,
};
use crate::line::upstream::{Memory, prompts::FORGETS};

#[test]
fn a_prompt_takes_the_place_of_others_as_far_as_nobody_has_asked_more() {
    let instead = |id: &str, of| json!({"session_id": STORED, "text": "B?", "prompt_id": id, "truncate_before_user_ordinal": 0, "truncate_of": of});
    let two = || {
        let mut rig = Rig::new(&Memory::default());
        rig.resumes(&conversation(
            &["A?", "so", "B?", "so"],
            json!({"session_id": LIVE}),
        ));
        rig
    };
    // Whether it still is as the page has seen it is asked first.
    let count = Asked("session.resume".to_owned(), json!({"session_id": STORED}));
    let by = |contract: u32, texts: &[&str]| {
        let info = json!({"model": "m", "desktop_contract": contract});
        Ok(conversation(
            texts,
            json!({"session_id": LIVE, "info": info}),
        ))
    };
    let said = |texts: &[&str]| by(4, texts);
    let mut rig = two();
    assert_eq!(rig.call(1, "prompt.submit", instead("p1", 2)), [count]);
    let did = rig.answers(said(&["A?", "so", "a note", "", "B?", "so"]));
    assert!(
        matches!(&did[..], [Answered(1, Err(why))] if why.contains("something else was asked")),
        "{did:?}"
    );
    // 0.16 would lose it with the next prompt.
    rig.call(1, "prompt.submit", instead("p1", 2));
    let did = rig.answers(by(1, &["A?", "so", "B?", "so"]));
    assert!(
        matches!(&did[..], [Answered(1, Err(why))] if why.contains("cannot take prompts back")),
        "{did:?}"
    );
    // So it is where it came a moment before the turn was over, and waited for that.
    let mut late = two();
    late.begins("p0", "C?");
    late.event(
        "message.complete",
        json!({"text": "so", "status": "complete"}),
    );
    let did = late.call(2, "prompt.submit", instead("p1", 3));
    assert_eq!(did.last(), Some(&status(2, "queued")));
    late.event("session.info", json!({"model": "m", "running": false}));
    let did = late.answers(by(1, &["A?", "so", "B?", "so", "C?", "so"]));
    assert_eq!(did, [dropped("p1", FORGETS), waiting(&[])]);
    rig.call(2, "prompt.submit", instead("p2", 2));
    let asked = json!({"session_id": LIVE, "text": "B?", "truncate_before_user_ordinal": 0});
    let did = rig.answers(said(&["A?", "so", "B?", "so"]));
    assert_eq!(did, [Asked("prompt.submit".to_owned(), asked)]);
    rig.answers(Ok(json!({"status": "streaming"})));
    let cut =
        json!({"type": "history.cut", "session_id": STORED, "payload": {"from_user_ordinal": 0}});
    assert_eq!(
        rig.event("message.start", Value::Null),
        [Told(cut), begun("p2", "B?")]
    );
    rig.ends();
    rig.call(3, "prompt.submit", instead("p3", 1));
    let did = rig.answers(said(&["B?", "so"]));
    assert!(matches!(&did[..], [Asked(..)]), "there is one now: {did:?}");

    // After a break it is there if it is the last one.
    for (said, is_there) in [
        (&["A?", "so", "B?", "so"][..], false),
        (&["B?", "so"], true),
    ] {
        let mut rig = two();
        rig.call(1, "prompt.submit", instead("p1", 2));
        rig.answers(by(4, &["A?", "so", "B?", "so"]));
        rig.breaks();
        rig.resumes(&conversation(said, json!({})));
        let did = rig.call(2, "prompt.submit", instead("p1", 2));
        assert_eq!(did == [status(2, "known")], is_there, "{did:?}");
    }
}
