//! What waits for the end of a turn, as whoever watches is told.

use super::*;

#[tokio::test]
async fn whoever_watches_is_told_what_waits_after_what_led_to_it() {
    let rig = Rig::new();
    let live = rig.open().await;
    let named = |id: &str| Ask {
        ids: vec![id.parse().unwrap()],
        ..ask(id)
    };
    let mut client = Client::new(&live);
    for id in ["a", "b", "c"] {
        live.submit(named(id), Busy::Queue).unwrap();
    }
    client.see_all().await;
    assert_eq!(client.waiting, [named("b"), named("c")]);
    // Who comes later knows it from where they came in, and is told no more than what changes.
    let mut late = live.watch(live.place());
    live.withdraw(&"b".parse().unwrap());
    let Seen::Records(withdrawn) = soon(late.next()).await.unwrap() else {
        panic!("the record comes first");
    };
    let event = Event::Withdrawn(vec!["b".parse().unwrap()]);
    assert_eq!(withdrawn.last().map(|record| &record.event), Some(&event));
    let rest = vec![named("c")];
    assert_eq!(soon(late.next()).await, Ok(Seen::Waiting(rest)));
    assert!(late.next().now_or_never().is_none());
    rig.say(Step::End(End::Complete)).await;
    client.see(4).await;
    client.see_all().await;
    assert_eq!(client.waiting, []);
    assert_eq!(client.transcript.turns().len(), 2);
    rig.say(Step::End(End::Complete)).await;
    soon(live.settled()).await;
    drop(live);
    let again = rig.open().await;
    let submitted = again.submit(named("b"), Busy::Queue);
    assert_eq!(submitted, Ok(Submitted::Withdrawn), "from the journal");
}
