//! `cargo xtask demo`: the main job on embedded defaults, without any account.

mod conversation;
mod page;
mod transcript;

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::time::timeout;

use crate::process::{self, Owned};
use crate::say::say;
use crate::ui;
use crate::workspace::Workspace;
use conversation::Gateway;
use transcript::Terminal;

/// Builds, starts the authorization server, signs in, uses and ends the sign-in; then starts a model
/// server, asks it, asks it through a gateway, and opens the gateway's page; and says what happened.
pub(crate) async fn run() -> Result<()> {
    let workspace = Workspace::find().await?;
    say!("building the page, `hermes` and a small authorization server for the demo ...");
    ui::build(&workspace).await?;
    let build = [
        "build",
        "--locked",
        "--quiet",
        "--package",
        "hermes-cli",
        "--package",
        "hermes-testkit",
        "--bins",
    ];
    process::run(workspace.cargo(build)).await?;

    let (server, issuer) = server(&workspace.program("hermes-demo-server"), "issuer").await?;
    let folder = tempfile::tempdir().context("could not make a temporary folder")?;
    let browser = workspace.program("hermes-demo-browser");
    let terminal = Terminal::new(workspace.program("hermes"), browser, folder.path());

    say!("");
    say!("An authorization server runs at {issuer}. It stands for a provider.");
    say!("A stand-in for your browser follows the address; the server approves by itself.");
    say!(
        "Everything is kept in a home for this demo: {}",
        terminal.home().display()
    );

    terminal.chapter("sign in");
    // Flow and browser are named, so that the demo takes the same path on every machine.
    let add = [
        "auth",
        "add",
        "demo",
        "--issuer",
        &issuer,
        "--client-id",
        "hermes-demo",
        "--flow",
        "loopback",
        "--no-browser",
    ];
    terminal.sign_in(&add).await?;
    terminal.chapter("look at it");
    terminal.run(&["auth", "list"]).await?;
    terminal.run(&["auth", "status", "demo"]).await?;
    terminal.chapter("hand a token to a script");
    let first = terminal.secret(&["auth", "token", "demo"]).await?;
    terminal.chapter("renew it");
    terminal.run(&["auth", "refresh", "demo"]).await?;
    let second = terminal.secret(&["auth", "token", "demo"]).await?;
    anyhow::ensure!(first != second, "the token was not renewed");
    terminal.chapter("sign out");
    terminal.run(&["auth", "logout", "demo"]).await?;
    drop(server);
    converse(&workspace, &terminal).await?;
    folder.close().context("could not remove the demo's home")?;
    explain();
    Ok(())
}

/// Asks a model, without a gateway and through one.
async fn converse(workspace: &Workspace, terminal: &Terminal) -> Result<()> {
    let (_server, base_url) = server(&workspace.program("hermes-demo-model"), "base_url").await?;
    say!("");
    say!("A model server runs at {base_url}. Its model says back what it is told.");
    let settings = format!("[model]\nbase_url = \"{base_url}\"\ndefault = \"demo\"\n");
    let file = terminal.home().join("config.toml");
    std::fs::write(&file, &settings).context("could not write the settings")?;
    terminal.chapter("name a model server");
    say!("{}:\n\n{settings}", file.display());
    terminal.chapter("ask once");
    terminal.run(&["-z", "Where does the agent run?"]).await?;
    terminal.chapter("ask through a gateway");
    let gateway = Gateway::start(&workspace.program("hermes"), terminal.home()).await?;
    gateway.ask("And how do I reach it?").await?;
    page::open(terminal, gateway.port()).await
}

fn explain() {
    say!(
        "
What happened
  1. `auth add` asked the server what it offers, listened on a port of 127.0.0.1 and printed an
     address with a fresh PKCE challenge and state, which the stand-in browser opened.
  2. The server sent the browser back to that port with a code; `hermes` checked state and issuer,
     exchanged the code for tokens and wrote them to `auth.json`, readable by you alone.
  3. `auth token` printed an access token for a script; `auth refresh` exchanged the refresh token
     for a new pair, and the old one was worth nothing from then on.
  4. `auth logout` revoked the tokens at the server and removed them here.
  5. `-z` asked the model that the settings name, and streamed its answer.
  6. `serve` opened a gateway with a token. A client made a conversation over a WebSocket and asked;
     the answer came word by word and was written to `gateway.db`, where the next client finds it.
  7. `link` printed an address that lets one browser in, once: what stands behind its # is posted by
     the page and becomes a cookie. The page is in the program, and shows the same conversations.

Where to go next
  cargo run -- auth providers                   who you can sign in to
  cargo run -- auth add xai-oauth               a real sign-in, also on a host you reach by ssh
  cargo run -- guide oauth-over-ssh             how that works behind a jump box
  README.md                                     what Hermes is

The servers have been stopped and the demo's home removed."
    );
}

/// Starts a server and waits for the line of JSON in which it says where it is, under this name.
async fn server(program: &Path, name: &str) -> Result<(Owned, String)> {
    let mut command = process::command(program, [""; 0]);
    command.stdout(Stdio::piped());
    let mut server = Owned::start(command)?;
    let stdout = server.stdout().context("the server has no stdout")?;
    let mut line = String::new();
    timeout(
        Duration::from_secs(10),
        BufReader::new(stdout).read_line(&mut line),
    )
    .await
    .context("the server did not say where it is within 10 s")??;
    let said: serde_json::Value = serde_json::from_str(&line)
        .with_context(|| format!("the server said {line:?} instead of its address"))?;
    let address = said.get(name).and_then(serde_json::Value::as_str);
    let address = address
        .with_context(|| format!("the server did not name its {name}"))?
        .to_owned();
    Ok((server, address))
}
