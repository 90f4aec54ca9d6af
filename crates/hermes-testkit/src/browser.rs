use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::{Request, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::Url;

use crate::must;

/// As many as real browsers follow, roughly.
const REDIRECTS: usize = 20;
/// The most of a page that is read.
const PAGE_LIMIT: usize = 1024 * 1024;

/// A browser without a window: it opens `http` URLs and follows redirects. A test that hands
/// somebody an opener spawns [`visit`](Self::visit) with the URL that was to be opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct FakeBrowser;

/// What came at the end.
#[derive(Clone, Debug)]
pub struct Page {
    /// Where the browser is now.
    pub url: Url,
    /// The status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The text.
    pub body: String,
}

impl Page {
    /// The first header of this name, in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

impl FakeBrowser {
    /// Opens the URL and follows redirects.
    ///
    /// # Errors
    ///
    /// If there is no answer: the address bar then holds the URL in the error, as it does in the
    /// page that fails to load.
    pub async fn visit(self, url: &Url) -> Result<Page, Unreachable> {
        let mut at = url.clone();
        for _ in 0..REDIRECTS {
            let page = self.send("GET", &at, &[]).await?;
            let next = page.header("location").filter(|_| page.status / 100 == 3);
            match next.map(|location| at.join(location)) {
                Some(Ok(next)) => at = next,
                _ => return Ok(page),
            }
        }
        Err(Unreachable {
            url: at,
            reason: "it redirects for ever".to_owned(),
        })
    }

    /// Sends one request and follows nothing. `Host` is that of the URL unless it is among the
    /// headers.
    ///
    /// # Errors
    ///
    /// If there is no answer.
    pub async fn send(
        self,
        method: &str,
        url: &Url,
        headers: &[(&str, &str)],
    ) -> Result<Page, Unreachable> {
        exchange(method, url, headers)
            .await
            .map_err(|error| Unreachable {
                url: url.clone(),
                reason: error.to_string(),
            })
    }

    /// Opens the URL, which must work.
    ///
    /// # Panics
    ///
    /// If there is no answer.
    pub async fn must_visit(self, url: &Url) -> Page {
        must(self.visit(url).await, "the browser")
    }
}

/// The page did not load.
#[derive(Clone, Debug)]
pub struct Unreachable {
    /// What the address bar shows.
    pub url: Url,
    /// What the browser says about it.
    pub reason: String,
}

impl std::fmt::Display for Unreachable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} did not load: {}", self.url, self.reason)
    }
}

async fn exchange(method: &str, url: &Url, headers: &[(&str, &str)]) -> anyhow::Result<Page> {
    anyhow::ensure!(url.scheme() == "http", "only http here");
    let address = url.socket_addrs(|| None)?;
    let stream = TcpStream::connect(address.as_slice()).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut request = Request::builder().method(method).uri(match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    });
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(80);
        request = request.header(header::HOST, format!("{host}:{port}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Empty::<Bytes>::new())?;
    let answer = async move {
        let answer = sender.send_request(request).await?;
        let (head, body) = answer.into_parts();
        let body = Limited::new(body, PAGE_LIMIT).collect().await;
        let body = body.map_err(|error| anyhow::anyhow!(error))?.to_bytes();
        Ok(Page {
            url: url.clone(),
            status: head.status.as_u16(),
            headers: head
                .headers
                .iter()
                .map(|(name, value)| {
                    let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                    (name.as_str().to_owned(), value)
                })
                .collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        })
    };
    // The connection runs only as long as somebody drives it; its own errors reach the answer too.
    let drive = async {
        let _ = connection.await;
    };
    let (answer, ()) = futures_util::future::join(answer, drive).await;
    answer
}
