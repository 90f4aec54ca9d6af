//! What many clients, bad clients and the end of a resource do to a gateway that runs.

use std::time::Duration;

use futures_util::future::join_all;
use hermes_testkit::TestHome;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{Running, get, upgrade};

#[tokio::test]
async fn ds1_a_head_that_is_too_large_is_refused() {
    let home = TestHome::new();
    let gateway = Running::start(&home, &[]).await;
    let large = format!("X-Large: {}\r\n", "x".repeat(16 * 1024));
    let many = "X-Many: x\r\n".repeat(100);
    for headers in [large, many] {
        let refused = gateway.ask(&get("/api/status", &headers)).await;
        assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
    }
    gateway.end().await;
}

#[tokio::test]
async fn ds1_clients_that_never_finish_hold_nobody_up() {
    let home = TestHome::new();
    // Both ends need a descriptor each, and the gateway inherits the limit.
    let limit = getrlimit(Resource::Nofile);
    let most = Rlimit {
        current: limit.maximum,
        ..limit
    };
    setrlimit(Resource::Nofile, most).unwrap();
    let gateway = Running::start(&home, &[]).await;
    let mut slow = Vec::new();
    for _ in 0..5_000 {
        let mut stream = TcpStream::connect(("127.0.0.1", gateway.port))
            .await
            .unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nHost: 127")
            .await
            .unwrap();
        slow.push(stream);
    }
    let request = get("/healthz", "");
    let answer = timeout(Duration::from_secs(2), gateway.ask(&request)).await;
    assert!(answer.unwrap().starts_with("HTTP/1.1 200"));
    drop(slow);
    gateway.end().await;
}

/// Opens a socket that is refused, and leaves when the close frame is there.
async fn refused(port: u16) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(&upgrade("ticket=none")).await.unwrap();
    let (mut answer, mut part) = (Vec::new(), [0; 512]);
    while !answer.windows(5).any(|bytes| bytes == b"\r\n\r\n\x88") {
        let read = stream.read(&mut part).await.unwrap();
        assert_ne!(read, 0, "no close frame");
        answer.extend_from_slice(&part[..read]);
    }
}

/// The memory of a process that is in use, in pages (proc(5), `statm`).
fn resident(process: u32) -> usize {
    let text = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap();
    text.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn ws6_ten_thousand_refused_sockets_leave_nothing_behind() {
    let home = TestHome::new();
    let gateway = Running::start(&home, &[("HERMES_LOG", "error")]).await;
    let process = gateway.child.id().unwrap();
    let refuse = async |count: usize| {
        for _ in 0..count / 20 {
            join_all((0..20).map(|_| refused(gateway.port))).await;
        }
    };
    refuse(1_000).await;
    let before = resident(process);
    refuse(10_000).await;
    let grown = resident(process).saturating_sub(before);
    assert!(grown < 1_000, "{grown} pages");
    gateway.end().await;
}

#[tokio::test]
async fn cf7_a_crash_leaves_no_core() {
    let home = TestHome::new();
    let running = Running::start(&home, &[]).await;
    let limits = format!("/proc/{}/limits", running.child.id().unwrap());
    let limits = std::fs::read_to_string(limits).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"));
    let words: Vec<_> = core.unwrap().split_whitespace().skip(4).collect();
    assert_eq!(words, ["0", "0", "bytes"]);
    running.end().await;
}

#[tokio::test]
async fn ds7_without_file_handles_accepting_goes_on() {
    let home = TestHome::new();
    let mut gateway = Running::start(&home, &[]).await;
    let process = gateway.child.id().unwrap();
    let opened = std::fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .count();
    // Room for eight more, which is fewer than it would serve at once.
    let few = Some(u64::try_from(opened).unwrap() + 8);
    prlimit(
        Pid::from_raw(i32::try_from(process).unwrap()),
        Resource::Nofile,
        Rlimit {
            current: few,
            maximum: few,
        },
    )
    .unwrap();
    let mut held = Vec::new();
    for _ in 0..40 {
        held.push(
            TcpStream::connect(("127.0.0.1", gateway.port))
                .await
                .unwrap(),
        );
    }
    gateway.says("cannot accept").await;
    drop(held);
    let served = gateway.ask(&get("/healthz", "")).await;
    assert!(served.starts_with("HTTP/1.1 200"), "{served}");
    gateway.end().await;
}
