//! The stand-in for a browser: it follows an address through its redirects, as a browser would, on
//! this machine only.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use url::Url;

const NAME: &str = "hermes-demo-browser";
/// More than any server of the demo sends one back and forth.
const REDIRECTS: usize = 10;
const LIMIT: Duration = Duration::from_secs(10);
const PAGE: u64 = 1024 * 1024;

/// Follows `address` to the page at its end.
pub(super) fn visit(address: &str) -> Result<()> {
    let mut url = Url::parse(address).context("the stand-in browser was given no address")?;
    for _ in 0..REDIRECTS {
        match get(&url).with_context(|| format!("could not load `{}`", url.path()))? {
            Some(next) => url = url.join(&next).context("a redirect leads nowhere")?,
            None => return Ok(()),
        }
    }
    bail!("more than {REDIRECTS} redirects")
}

/// One request; the answer is where to go next, if it is a redirect.
fn get(url: &Url) -> Result<Option<String>> {
    let local = matches!(url.host_str(), Some("127.0.0.1" | "localhost"));
    ensure!(
        url.scheme() == "http" && local,
        "the demo's browser visits this machine only"
    );
    let port = url.port().context("the address names no port")?;
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
    write!(
        stream,
        "GET {target} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {NAME}\r\nAccept: text/html\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = Vec::new();
    stream.take(PAGE).read_to_end(&mut answer)?;
    next(&String::from_utf8_lossy(&answer))
}

/// Reads the head of an answer.
fn next(answer: &str) -> Result<Option<String>> {
    let head = answer.split("\r\n\r\n").next().unwrap_or_default();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status: u16 = status
        .and_then(|code| code.parse().ok())
        .context("the answer is not HTTP")?;
    match status {
        200..300 => Ok(None),
        300..400 => {
            let location = lines
                .filter_map(|line| line.split_once(':'))
                .find(|(name, _)| name.eq_ignore_ascii_case("location"))
                .context("a redirect without an address")?;
            Ok(Some(location.1.trim().to_owned()))
        }
        _ => bail!("the answer has status {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        assert_eq!(next("HTTP/1.1 200 OK\r\n\r\n<p>").unwrap(), None);
        let moved = "HTTP/1.1 303 See Other\r\nlocation: /done\r\n\r\nLocation: /body";
        assert_eq!(next(moved).unwrap().as_deref(), Some("/done"));
        assert!(next("HTTP/1.1 303 See Other\r\n\r\nLocation: /body").is_err());
        assert!(next("HTTP/1.1 404 Not Found\r\n\r\n").is_err());
        assert!(next("SSH-2.0\r\n").is_err());
    }

    #[test]
    fn other_machines_are_not_visited() {
        for address in [
            "http://192.0.2.1:80/",
            "https://127.0.0.1:1/",
            "file:///etc/passwd",
            "",
        ] {
            assert!(visit(address).is_err(), "{address}");
        }
    }
}
