//! A model server that writes into each token when it was sent.
//!
//! It speaks as much of HTTP and of chat completions as a client of it needs. A prompt says what it
//! answers: `flood TOKENS`, as fast as they go, or `paced TOKENS MILLISECONDS`. Whoever asks for
//! anything else, as upstream does for what a server can, is told that it is not there.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;

/// From when moments are counted.
static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The longest prompt with all that was said before.
const BODY_LIMIT: usize = 64 * 1024 * 1024;

/// How many tokens go in one piece when they go as fast as they can.
const AT_ONCE: usize = 8;

/// What is said to whoever asks for anything but an answer.
const NOT_THERE: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

/// The server, until this is dropped.
pub(super) struct Model {
    address: SocketAddr,
    serving: AbortHandle,
}

impl Drop for Model {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What an answer is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Wanted {
    tokens: usize,
    pace: Option<Duration>,
}

impl Model {
    /// Listens on a free port.
    pub(super) async fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        LazyLock::force(&BEGIN);
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // Whoever hangs up has what they wanted.
                tokio::spawn(async move { serve(stream).await.ok() });
            }
        });
        Ok(Self {
            address,
            serving: serving.abort_handle(),
        })
    }

    /// Where it listens.
    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where its API begins.
    pub(super) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

async fn serve(stream: TcpStream) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut stream = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(bytes) = line.strip_prefix("content-length:") {
                length = bytes.trim().parse()?;
            }
            if line.is_empty() {
                break;
            }
        }
        ensure!(length <= BODY_LIMIT, "the prompt is too long");
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await?;
        match Wanted::read(&body) {
            Some(wanted) => answer(stream.get_mut(), wanted).await?,
            None => stream.get_mut().write_all(NOT_THERE.as_bytes()).await?,
        }
    }
}

impl Wanted {
    /// What the last message of a body asks for.
    fn read(body: &[u8]) -> Option<Self> {
        let body: Value = serde_json::from_slice(body).ok()?;
        let said = body.get("messages")?.as_array()?.last()?.get("content")?;
        let mut words = said.as_str()?.split(' ');
        let kind = words.next()?;
        let tokens = words.next()?.parse().ok()?;
        let pace = match kind {
            "flood" => None,
            "paced" => Some(Duration::from_millis(words.next()?.parse().ok()?)),
            _ => return None,
        };
        Some(Self { tokens, pace })
    }
}

async fn answer(stream: &mut TcpStream, wanted: Wanted) -> Result<()> {
    const HEAD: &str =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
    stream.write_all(HEAD.as_bytes()).await?;
    let mut left = wanted.tokens;
    while left > 0 {
        let many = if wanted.pace.is_some() {
            1
        } else {
            left.min(AT_ONCE)
        };
        let mut events = String::new();
        for _ in 0..many {
            let token = BEGIN.elapsed().as_micros();
            write!(
                events,
                "data: {{\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\" t{token}\"}}}}]}}\n\n"
            )?;
        }
        piece(stream, &events).await?;
        left -= many;
        if let Some(pace) = wanted.pace {
            tokio::time::sleep(pace).await;
        }
    }
    let end = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    piece(stream, end).await?;
    Ok(stream.write_all(b"0\r\n\r\n").await?)
}

async fn piece(stream: &mut TcpStream, text: &str) -> Result<()> {
    let piece = format!("{:x}\r\n{text}\r\n", text.len());
    Ok(stream.write_all(piece.as_bytes()).await?)
}

/// When each token of this text was sent.
pub(super) fn sent(text: &str) -> impl Iterator<Item = Instant> {
    let tokens = text.split(" t").filter_map(|token| token.parse().ok());
    tokens.map(|micros| *BEGIN + Duration::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_says_what_is_answered() {
        let read = |messages: &str| {
            let body =
                format!(r#"{{"messages":[{messages}],"tools":["paced 1 1"],"stream":true}}"#);
            Wanted::read(body.as_bytes())
        };
        let wanted = |tokens, pace| Some(Wanted { tokens, pace });
        let before = r#"{"role":"user","content":"flood 9"}"#;
        let paced = r#"{"role":"user","content":"paced 40 20"}"#;
        assert_eq!(
            read(&format!("{before},{paced}")),
            wanted(40, Some(Duration::from_millis(20)))
        );
        assert_eq!(read(before), wanted(9, None));
        for other in ["", r#"{"content":"hello 3"}"#, r#"{"content":"paced 1"}"#] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(Wanted::read(b""), None, "a request without a body");
    }

    #[test]
    fn a_token_says_when_it_was_sent() {
        let begin = *BEGIN;
        let tokens: Vec<_> = sent(" t5 t1000000").map(|at| at - begin).collect();
        assert_eq!(tokens, [Duration::from_micros(5), Duration::from_secs(1)]);
        assert_eq!(sent("no token").count(), 0);
    }
}
