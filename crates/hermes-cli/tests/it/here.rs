//! A gateway that an application runs inside itself, as the commands of its host meet it.

use std::process::Stdio;

use hermes_host::{
    World,
    here::{self, Begun, Theirs},
};
use hermes_testkit::TestHome;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Child,
};

use crate::rig::{Ended, finish, hermes};

async fn run(home: &TestHome, arguments: &[&str]) -> Ended {
    finish(hermes(home.home().path(), arguments).stdin(Stdio::null())).await
}

async fn theirs(world: &World) -> Theirs {
    match here::begin(world).await.unwrap() {
        Begun::Theirs(theirs) => theirs,
        Begun::Ours(running) => unreachable!("it took the place: {running:?}"),
    }
}

/// A gateway that is there for others, once it takes connections, and its port.
async fn serve(home: &TestHome) -> (Child, u16) {
    let arguments = ["serve", "--no-open", "--port", "0"];
    let mut command = hermes(home.home().path(), &arguments);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
    let ready = said.next_line().await.unwrap().unwrap();
    let port = ready.strip_prefix("HERMES_BACKEND_READY port=").unwrap();
    (child, port.parse().unwrap())
}

#[tokio::test]
async fn it_makes_no_link_for_others_and_gives_way_to_a_gateway_that_does() {
    let home = TestHome::new();
    let world = World::new(home.environment(), None).unwrap();
    let Begun::Ours(ours) = here::begin(&world).await.unwrap() else {
        unreachable!("nobody else runs one");
    };
    let status = run(&home, &["status"]).await.stdout;
    let address = format!(
        "Address  {}: an application runs it, for itself",
        ours.address()
    );
    assert!(status.contains(&address), "{status}");
    let status = run(&home, &["status", "--json"]).await.stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(
        [
            &status["gateway"]["running"],
            &status["gateway"]["gives_way"]
        ],
        [&json!(true), &json!(true)]
    );
    let link = run(&home, &["link"]).await;
    assert!(
        link.stderr.contains("gateway.link_refused"),
        "{}",
        link.stderr
    );

    let (mut child, port) = serve(&home).await;
    ours.wait().await;
    let next = here::successor(&world).await.unwrap();
    assert_eq!(next.address.port(), Some(port));
    // The person's own home has the token that opens that one.
    let kept = std::fs::read_to_string(home.home().gateway_token()).unwrap();
    assert!(next.token.is_some_and(|token| token.matches(kept.trim())));
    // It is found from the start as well, and keeps its place.
    assert_eq!(theirs(&world).await.address.port(), Some(port));
    assert_eq!(theirs(&world).await.status.pid, child.id().unwrap());
    child.kill().await.unwrap();
}
