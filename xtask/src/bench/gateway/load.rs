//! How many requests a second a server answers.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use http::Method;
use tokio::task::JoinSet;

use super::server::{Server, own_time};
use crate::client::{self, Client, Person};

/// How many connections ask at once: enough that the server always has something to do.
const CONNECTIONS: usize = 32;

/// How fast a server answers, and what it costs.
pub(super) struct Rate {
    /// Answers for each second that the server had of its core. The clock would show as many if the
    /// load were free and the machine did nothing else.
    pub(super) of_core: f64,
    /// Answers for each second of the clock.
    pub(super) by_clock: f64,
    /// What an answer takes of the server's core, in microseconds.
    pub(super) server: f64,
    /// What asking takes of the load's core, in microseconds.
    pub(super) load: f64,
}

/// Asks for so long, on kept connections, each time anew once the answer is there.
pub(super) async fn rate(
    server: &Server,
    person: &Person,
    (method, path): (Method, &str),
    lasts: Duration,
) -> Result<Rate> {
    let request = client::ask(&method, path, server.address, person)?;
    let mut clients = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut client = Client::connect(server.address, person.from).await?;
        client.ask(request.clone()).await?.good()?;
        clients.push(client);
    }
    let (server_before, own_before) = (server.time()?, own_time()?);
    let begin = Instant::now();
    let mut asking: JoinSet<Result<u32>> = JoinSet::new();
    for mut client in clients {
        let request = request.clone();
        asking.spawn(async move {
            let mut answers = 0;
            while begin.elapsed() < lasts {
                client.ask(request.clone()).await?.good()?;
                answers += 1;
            }
            Ok(answers)
        });
    }
    let mut answers = 0;
    while let Some(ended) = asking.join_next().await {
        answers += ended??;
    }
    let took = begin.elapsed();
    ensure!(answers > 0, "no answer in {} s", took.as_secs());
    let each = |time: Duration| time.as_secs_f64() * 1e6 / f64::from(answers);
    let server = each(server.time()?.saturating_sub(server_before));
    ensure!(server > 0.0, "the server had no time on its core");
    Ok(Rate {
        of_core: 1e6 / server,
        by_clock: f64::from(answers) / took.as_secs_f64(),
        server,
        load: each(own_time()?.saturating_sub(own_before)),
    })
}

/// Milliseconds from a ticket in the hand to `gateway.ready`, this many times one after another:
/// connect, upgrade, first frame.
pub(super) async fn ready(server: &Server, person: &Person, times: u32) -> Result<Vec<f64>> {
    let mut client = Client::connect(server.address, person.from).await?;
    let mut took = Vec::new();
    for _ in 0..times {
        let ticket = client.ticket(server.address, person).await?;
        let begin = Instant::now();
        let socket = client::open(server.address, person.from, &ticket).await?;
        took.push(begin.elapsed().as_secs_f64() * 1e3);
        drop(socket);
    }
    Ok(took)
}
