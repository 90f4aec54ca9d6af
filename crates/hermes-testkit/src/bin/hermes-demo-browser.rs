//! The stand-in for a browser in `cargo xtask demo`: it follows the address that it is given to the
//! page at its end, as a browser would, and fails if that page is an error.

use anyhow::{Context as _, bail};
use hermes_testkit::FakeBrowser;
use url::Url;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).context("no address was given")?;
    let address = Url::parse(&address).context("that is no address")?;
    match FakeBrowser.visit(&address).await {
        Ok(page) if page.status == 200 => Ok(()),
        Ok(page) => bail!("the page at the end has status {}", page.status),
        Err(unreachable) => bail!("{unreachable}"),
    }
}
