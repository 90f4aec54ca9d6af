//! The web app of a gateway, opened as a browser opens it.

use std::io::{IsTerminal as _, stdin, stdout};

use anyhow::{Context, Result, ensure};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use url::Url;

use super::transcript::Terminal;
use crate::say::say;

/// A page of the gateway at this port of the machine, and the cookie that opens it.
struct Browser {
    port: u16,
    cookie: String,
}

/// Follows a printed link, asks for the page and its program, and has a person who is there look at it.
pub(super) async fn open(terminal: &Terminal, port: u16) -> Result<()> {
    terminal.chapter("open the page");
    let port_text = port.to_string();
    let link = ["link", "--port", port_text.as_str()];
    let mut browser = Browser {
        port,
        cookie: String::new(),
    };
    browser.follow(&terminal.secret(&link).await?).await?;
    let page = browser.text("/").await?;
    let (_, script) = page
        .split_once(r#"crossorigin src=""#)
        .context("the gateway has no page: it was built without one")?;
    let (script, _) = script.split_once('"').context("the page has no program")?;
    let (status, _, program) = browser.ask(Method::GET, script, None).await?;
    ensure!(status == 200, "the program of the page answered {status}");
    say!(
        "A browser that follows such a link is signed in, once. The page has its program, {} KiB as sent.",
        program.len().div_ceil(1024)
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

impl Browser {
    /// What stands behind the `#` is what the page of the link posts.
    async fn follow(&mut self, link: &str) -> Result<()> {
        let link = Url::parse(link).context("`hermes link` printed no address")?;
        let secret = link.fragment().context("the link holds no secret")?;
        let body = json!({ "secret": secret }).to_string();
        let (status, cookies, _) = self.ask(Method::POST, "/auth/open", Some(body)).await?;
        ensure!(status == 204, "the link answered {status}");
        self.cookie = cookies.join("; ");
        Ok(())
    }

    async fn text(&self, path: &str) -> Result<String> {
        let (status, _, body) = self.ask(Method::GET, path, None).await?;
        ensure!(status == 200, "`{path}` answered {status}");
        String::from_utf8(body.to_vec()).context("the page is no text")
    }

    /// The status, the cookies that are set, and the body.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<String>,
    ) -> Result<(u16, Vec<String>, Bytes)> {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", format!("127.0.0.1:{}", self.port))
            .header("accept-encoding", "gzip")
            .header("content-type", "application/json")
            .header("cookie", &self.cookie);
        let request = request.body(Full::<Bytes>::from(body.unwrap_or_default()))?;
        let answer = sender.send_request(request).await?;
        let (status, cookies) = (answer.status().as_u16(), cookies(&answer));
        let body = answer.into_body().collect().await?.to_bytes();
        Ok((status, cookies, body))
    }
}

fn cookies<B>(answer: &Response<B>) -> Vec<String> {
    let set = answer.headers().get_all("set-cookie").iter();
    let pairs = set.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    pairs.map(str::to_owned).collect()
}
