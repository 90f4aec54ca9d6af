//! The long runs of `cargo xtask storm` and `cargo xtask crash`; never part of a release.
//!
//! It takes one JSON object, prints the table of what it saw, and fails if anything is wrong.

use std::{
    fmt::Display,
    io::{self, Write as _},
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use hermes_testkit::long::{Crash, Kind, Storm};
use serde_json::Value;

/// How many of the things that are wrong are told.
const TOLD: usize = 20;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let argument = std::env::args().nth(1).context("what to run?")?;
    let order = Order(serde_json::from_str(&argument)?);
    match order.text("run")? {
        "storm" => storm(&order).await,
        "crash" => crash(&order).await,
        other => bail!("there is no run `{other}`"),
    }
}

/// What to run, and how long.
struct Order(Value);

impl Order {
    fn text(&self, key: &str) -> anyhow::Result<&str> {
        let value = self.0.get(key).and_then(Value::as_str);
        value.with_context(|| format!("`{key}` is missing"))
    }

    fn number(&self, key: &str) -> anyhow::Result<u64> {
        let value = self.0.get(key).and_then(Value::as_u64);
        value.with_context(|| format!("`{key}` is missing"))
    }
}

async fn storm(order: &Order) -> anyhow::Result<()> {
    let storm = Storm {
        hermes: PathBuf::from(order.text("hermes")?),
        callers: PathBuf::from(order.text("callers")?),
        processes: usize::try_from(order.number("processes")?)?,
        count: usize::try_from(order.number("callers_in_all")?)?,
    };
    ensure!(storm.processes > 0, "at least one process");
    say("| round | processes | callers | served | requests | tokens | seconds |")?;
    say("|---|---|---|---|---|---|---|")?;
    let mut wrong = Vec::new();
    for round in 1..=order.number("rounds")? {
        let seen = storm.run().await?;
        say(format!(
            "| {round} | {} | {} | {} | {} | {} | {:.2} |",
            storm.processes,
            storm.count,
            seen.served,
            seen.requests,
            seen.tokens,
            seen.took.as_secs_f64()
        ))?;
        wrong.extend(seen.wrong);
    }
    verdict(&wrong)
}

async fn crash(order: &Order) -> anyhow::Result<()> {
    let begin = Instant::now();
    let crash = Crash {
        hermes: PathBuf::from(order.text("hermes")?),
        kills: usize::try_from(order.number("kills")?)?,
        limit: order.number("seconds").ok().map(Duration::from_secs),
        seed: order.number("seed")?,
    };
    let seen = crash.run().await?;
    say("| killed | times | had just ended | old token | new token | lost | of these reported |")?;
    say("|---|---|---|---|---|---|---|")?;
    for (kind, tally) in Kind::ALL.iter().zip(&seen.tallies) {
        let (name, reported) = (
            kind.name(),
            match kind {
                Kind::Refresh => tally.reported.to_string(),
                // Nothing was there before it; the person sees that the command was killed.
                Kind::Loopback | Kind::Paste => "-".to_owned(),
            },
        );
        say(format!(
            "| {name} | {} | {} | {} | {} | {} | {reported} |",
            tally.kills, tally.ended, tally.old, tally.new, tally.lost
        ))?;
    }
    say(format!(
        "\nseed {}, {:.0} s; at most {} unfinished files after a kill, none after the next writer",
        crash.seed,
        begin.elapsed().as_secs_f64(),
        seen.unfinished
    ))?;
    verdict(&seen.wrong)
}

fn verdict(wrong: &[String]) -> anyhow::Result<()> {
    for what in wrong.iter().take(TOLD) {
        say(format!("wrong: {what}"))?;
    }
    ensure!(wrong.is_empty(), "{} things are wrong", wrong.len());
    Ok(())
}

fn say(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}
