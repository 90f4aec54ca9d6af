//! The way through the control socket.

use std::{sync::Arc, time::Duration};

use hermes_client::{Door, Ended, Happened, Local, Mode};
use hermes_protocol::{
    close::Close,
    rpc::{Id, RpcError, answer, code},
};
use hermes_testkit::MovedClock;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::UnixListener,
};

#[tokio::test]
async fn lines_go_both_ways_and_one_is_sent_where_nothing_is_to_be_said() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let local = Local::new(path, Arc::clone(&clock) as _);
    assert!(matches!(local.probe().await, Happened::Probed(Mode::Token)));
    let mut wire = local.open(None).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    wire.send("a".to_owned()).await.unwrap();
    assert_eq!(lines.next_line().await.unwrap().unwrap(), "a");
    write.write_all(b"b\nc\n").await.unwrap();
    assert_eq!(wire.next().await.unwrap(), "b");
    assert_eq!(wire.next().await.unwrap(), "c");
    // A third of the time after which the gateway would end it.
    let keeping = tokio::spawn(async move { wire.next().await });
    for _ in 0..4 {
        clock.until_sleeping(1).await;
        clock.advance(Duration::from_secs(20));
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "");
    }
    let restart = RpcError::new(code::INVALID_REQUEST, Close::Restart.reason());
    let farewell = answer::<()>(&Id::NULL, Err(restart));
    write
        .write_all(format!("{farewell}\n").as_bytes())
        .await
        .unwrap();
    assert_eq!(keeping.await.unwrap(), Err(Ended(Some(1012))));
}

#[tokio::test]
async fn where_no_gateway_runs_nobody_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.sock");
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let local = Local::new(path.clone(), clock);
    let nobody = |opened: Result<_, Happened>| matches!(opened, Err(Happened::Unanswered));
    assert!(nobody(local.open(None).await.map(drop)));
    // One that was killed leaves its socket.
    drop(UnixListener::bind(&path).unwrap());
    assert!(nobody(local.open(None).await.map(drop)));
}

#[tokio::test]
async fn a_gateway_that_is_gone_ends_the_wire() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    let mut wire = Local::new(path, clock).open(None).await.unwrap();
    drop(listener.accept().await.unwrap());
    assert_eq!(wire.next().await, Err(Ended(None)));
}
