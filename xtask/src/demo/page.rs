//! The web app of a gateway, opened as a browser opens it.

use std::io::{IsTerminal as _, stdin, stdout};
use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Context, Result};
use http::{HeaderValue, Method, header};
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use url::Url;

use super::transcript::Terminal;
use crate::client::{Client, Person, ask, put};
use crate::say::say;

const HERE: Ipv4Addr = Ipv4Addr::LOCALHOST;

/// Follows a printed link, asks for the page and its program, and has a person who is there look at it.
pub(super) async fn open(terminal: &Terminal, port: u16) -> Result<()> {
    terminal.chapter("open the page");
    let port_text = port.to_string();
    let link = ["link", "--port", port_text.as_str()];
    let server = SocketAddr::from((HERE, port));
    let mut client = Client::connect(server, HERE).await?;
    let person = follow(&mut client, server, &terminal.secret(&link).await?).await?;
    let page = client.ask(ask(&Method::GET, "/", server, &person)?).await?;
    let page = page.good()?.text();
    let (_, script) = page
        .split_once(r#"crossorigin src=""#)
        .context("the gateway has no page: it was built without one")?;
    let (script, _) = script.split_once('"').context("the page has no program")?;
    let mut request = ask(&Method::GET, script, server, &person)?;
    let gzip = HeaderValue::from_static("gzip");
    request.headers_mut().insert(header::ACCEPT_ENCODING, gzip);
    let program = client.ask(request).await?.good()?;
    say!(
        "A browser that follows such a link is signed in, once. The page has its program, {} KiB as sent.",
        program.bytes().div_ceil(1024)
    );
    if stdin().is_terminal() && stdout().is_terminal() {
        let link = terminal.line(&link).await?;
        say!(
            "\nOpen it in yours, and talk to the model there:\n\n  {link}\n\nEnter ends the demo."
        );
        let mut line = String::new();
        BufReader::new(tokio::io::stdin())
            .read_line(&mut line)
            .await?;
    }
    Ok(())
}

/// What stands behind the `#` is what the page of the link posts.
async fn follow(client: &mut Client, server: SocketAddr, link: &str) -> Result<Person> {
    let link = Url::parse(link).context("`hermes link` printed no address")?;
    let secret = link.fragment().context("the link holds no secret")?;
    let body = json!({ "secret": secret });
    let mut request = ask(&Method::POST, "/auth/open", server, &Person::nobody(HERE))?;
    put(&mut request, &body);
    let answer = client.ask(request).await?.good()?;
    Person::with_cookies(HERE, &answer.cookies()?)
}
