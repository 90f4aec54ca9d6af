//! Sockets that are open and say nothing, and the server's memory with all of them.

use std::time::Duration;

use anyhow::{Result, ensure};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::task::JoinSet;

use super::server::Server;
use crate::client::{self, Client, Person, Socket};

/// How long they are held before the memory counts: longer than it takes the gateway to ask each
/// whether it is still there.
const HOLD: Duration = Duration::from_secs(30);

/// How many people open sockets at once.
const AT_ONCE: usize = 8;

/// Opens so many sockets, at most `of_one` for each of these people, and holds them: the server's
/// memory meanwhile, in KiB.
pub(super) async fn hold(
    server: &Server,
    people: &[Person],
    of_one: u32,
    sockets: u32,
) -> Result<f64> {
    let mut left = sockets;
    let shares = people.iter().map(|person| {
        let share = left.min(of_one);
        left -= share;
        (person, share)
    });
    let shares: Vec<_> = shares.collect();
    ensure!(
        left == 0,
        "there are people for {} of {sockets} sockets",
        sockets - left
    );
    let mut held = stream::iter(shares)
        .map(|(person, share)| open(server, person, share))
        .buffer_unordered(AT_ONCE)
        .try_fold(JoinSet::new(), |mut held, opened| async move {
            for mut socket in opened {
                // Whoever reads answers the server's pings.
                held.spawn(async move { while let Some(Ok(_)) = socket.next().await {} });
            }
            Ok(held)
        })
        .await?;
    tokio::time::sleep(HOLD).await;
    ensure!(
        held.try_join_next().is_none(),
        "the server has closed a socket that was to be held"
    );
    let memory = server.memory()?;
    held.shutdown().await;
    Ok(memory)
}

async fn open(server: &Server, person: &Person, sockets: u32) -> Result<Vec<Socket>> {
    let mut client = Client::connect(server.address, person.from).await?;
    let mut opened = Vec::new();
    for _ in 0..sockets {
        let ticket = client.ticket(server.address, person).await?;
        opened.push(client::open(server.address, person.from, &ticket).await?);
    }
    Ok(opened)
}
