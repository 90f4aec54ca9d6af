//! A small authorization server for `cargo xtask demo`. It agrees to everything and is never part
//! of a release.
//!
//! It prints one line, `{"issuer":"http://127.0.0.1:PORT"}`, and serves until it is killed. The
//! client id is `hermes-demo`, with any loopback redirect.

use std::io::{self, Write as _};

use anyhow::{Context as _, bail};
use hermes_testkit::FakeProvider;

/// The one client.
const CLIENT: &str = "hermes-demo";
/// The one account.
const EMAIL: &str = "demo@example.org";

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let port = port(std::env::args().skip(1))?;
    let provider = FakeProvider::start_at(port, None).await;
    provider.configure(|settings| {
        settings.clients = Some(vec![CLIENT.to_owned()]);
        EMAIL.clone_into(&mut settings.email);
        settings.interval = 1;
    });
    let line = serde_json::json!({"issuer": provider.issuer()});
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
