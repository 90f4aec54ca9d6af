//! A small model server for `cargo xtask demo`. Its one model says back what it is told, and it is
//! never part of a release.
//!
//! It prints one line, `{"base_url":"http://127.0.0.1:PORT/v1"}`, and serves until it is killed: chat
//! completions, Responses and Messages, without a key.

use std::{
    io::{self, Write as _},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, bail};
use hermes_machine::SystemClock;
use hermes_testkit::FakeModels;

/// How long the model takes for a word, so that a person sees it write.
const PACE: Duration = Duration::from_millis(40);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let port = port(std::env::args().skip(1))?;
    let models = FakeModels::start_at(port, PACE, Arc::new(SystemClock)).await;
    let line = serde_json::json!({"base_url": models.base_url()});
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{line}")?;
    stdout.flush()?;
    drop(stdout);
    std::future::pending().await
}

fn port(mut arguments: impl Iterator<Item = String>) -> anyhow::Result<u16> {
    match arguments.next().as_deref() {
        None => Ok(0),
        Some("--port") => {
            let number = arguments.next().context("`--port` needs a number")?;
            number
                .parse()
                .context("`--port` needs a number up to 65535")
        }
        Some(other) => bail!("unknown argument `{other}`: there is only `--port NUMBER`"),
    }
}
