use std::{path::PathBuf, sync::Arc, sync::OnceLock, time::Duration};

use hermes_secret::Secret;
use jiff::Timestamp;
use reqwest::{
    Certificate, Client, ClientBuilder, RequestBuilder,
    header::{self, HeaderMap, HeaderValue},
    redirect,
};
use url::Url;

use super::{Body, Fingerprint, Http, HttpError, Method, Request, Response, is_loopback};
use crate::{BoxFuture, Clock, Environment};

/// How many bytes there are in a mebibyte.
const MEBIBYTE: usize = 1024 * 1024;
/// The most mebibytes of an answer, whatever the request allows.
const SIZE_LIMIT: u8 = 16;
/// The most time for one exchange.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// What the answers to bounded requests are.
pub(super) const JSON: &str = "application/json";
/// The most time for one connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// The most cookies that an answer may set.
const COOKIES: usize = 16;
/// The most bytes of one, its attributes included.
const COOKIE_LIMIT: usize = 8 * 1024;

/// The client for all requests to providers. TLS by rustls with the machine's roots and those of
/// `HERMES_CA_BUNDLE`, a PEM file (or, as upstream has it, `REQUESTS_CA_BUNDLE`); loopback hosts
/// are asked directly even where a proxy is set. Nothing is built before the first request.
pub struct BoundedClient {
    pub(super) clock: Arc<dyn Clock>,
    ca_bundle: Option<PathBuf>,
    expected: Option<Fingerprint>,
    proxied: OnceLock<Result<Client, HttpError>>,
    direct: OnceLock<Result<Client, HttpError>>,
}

impl BoundedClient {
    /// A client under this environment's CA bundle.
    pub fn new(environment: &Environment, clock: Arc<dyn Clock>) -> Self {
        let bundle = ["HERMES_CA_BUNDLE", "REQUESTS_CA_BUNDLE"];
        Self {
            clock,
            ca_bundle: bundle.into_iter().find_map(|name| environment.path(name)),
            expected: None,
            proxied: OnceLock::new(),
            direct: OnceLock::new(),
        }
    }

    /// A client for one server, which is known by its certificate and by nothing else.
    pub fn expecting(certificate: Fingerprint, clock: Arc<dyn Clock>) -> Self {
        Self {
            expected: Some(certificate),
            ..Self::new(&Environment::default(), clock)
        }
    }

    pub(super) fn client(&self, url: &Url) -> Result<&Client, HttpError> {
        let direct = url.host().is_some_and(|host| is_loopback(&host));
        let slot = if direct { &self.direct } else { &self.proxied };
        slot.get_or_init(|| self.build(direct))
            .as_ref()
            .map_err(Clone::clone)
    }

    fn build(&self, direct: bool) -> Result<Client, HttpError> {
        self.builder(direct)?
            .build()
            .map_err(|error| HttpError::Setup(format!("no TLS client: {error}")))
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that sets the limits"
    )]
    pub(super) fn builder(&self, direct: bool) -> Result<ClientBuilder, HttpError> {
        // A second call finds the provider installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .user_agent(concat!("hermes/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT);
        if direct {
            builder = builder.no_proxy();
        }
        if let Some(certificate) = self.expected {
            let tls = super::expected::tls(certificate);
            let tls = tls.map_err(|error| HttpError::Setup(format!("no TLS client: {error}")))?;
            builder = builder.tls_backend_preconfigured(tls);
        }
        if let Some(path) = &self.ca_bundle {
            let problem = |reason: String| {
                HttpError::Setup(format!("the CA bundle `{}` {reason}", path.display()))
            };
            let pem = crate::file::read_bounded(path, 4 * MEBIBYTE as u64)
                .map_err(|error| problem(format!("cannot be read: {error}")))?
                .ok_or_else(|| problem("does not exist".to_owned()))?;
            let roots = Certificate::from_pem_bundle(&pem)
                .map_err(|error| problem(format!("is not PEM: {error}")))?;
            builder = builder.tls_certs_merge(roots);
        }
        Ok(builder)
    }

    async fn exchange(&self, request: Request) -> Result<Response, HttpError> {
        let host = host_of(&request.url);
        let limit = request.timeout.min(TIME_LIMIT);
        let client = self.client(&request.url)?;
        let answer = read(client, request, &host);
        tokio::select! {
            answer = answer => answer,
            () = self.clock.sleep(limit) => Err(HttpError::TimedOut { host: host.clone(), limit }),
        }
    }
}

impl Http for BoundedClient {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(self.exchange(request))
    }
}

/// The request as the client sends it, by somebody who takes this kind of answer.
pub(super) fn prepared(client: &Client, request: Request, accept: &'static str) -> RequestBuilder {
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    };
    let mut builder = client
        .request(method, request.url)
        .header(header::ACCEPT, accept);
    for (name, value) in request.headers {
        builder = builder.header(name, value);
    }
    match request.body {
        Body::Empty => builder,
        Body::Form(text) => builder
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(text),
        Body::Json(text) => builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(text),
        Body::Octets(bytes) => builder
            .header(header::CONTENT_TYPE, "application/octet-stream")
            .body(bytes),
    }
}

/// What an answer begins with.
pub(super) struct Head {
    pub(super) status: u16,
    pub(super) media_type: Option<String>,
    pub(super) retry_after: Option<Duration>,
    pub(super) date: Option<i64>,
}

impl Head {
    pub(super) fn of(answer: &reqwest::Response) -> Self {
        let text = |name| {
            answer
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let date = date(answer.headers());
        Self {
            status: answer.status().as_u16(),
            media_type: text(header::CONTENT_TYPE).map(|kind| {
                kind.split(';')
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_ascii_lowercase()
            }),
            retry_after: text(header::RETRY_AFTER).and_then(|value| wait(value, date)),
            date,
        }
    }
}

async fn read(client: &Client, request: Request, host: &str) -> Result<Response, HttpError> {
    let broken = |error: reqwest::Error| sent_error(&error, host);
    let mebibytes = request.mebibytes.min(SIZE_LIMIT);
    let sent = prepared(client, request, JSON).send().await;
    let mut answer = sent.map_err(broken)?;
    let Head {
        status,
        media_type,
        retry_after,
        date,
    } = Head::of(&answer);
    let mut response = Response {
        status,
        media_type,
        retry_after,
        date,
        set_cookies: cookies(answer.headers()),
        body: Vec::new(),
    };
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        if response.body.len() + chunk.len() > usize::from(mebibytes) * MEBIBYTE {
            return Err(HttpError::TooLarge {
                host: host.to_owned(),
                mebibytes: mebibytes.into(),
            });
        }
        response.body.extend_from_slice(&chunk);
    }
    Ok(response)
}

/// The cookies that an answer sets. One that is no text, or too long, could not be sent back.
fn cookies(headers: &HeaderMap) -> Vec<Secret> {
    let lines = headers.get_all(header::SET_COOKIE).iter().take(COOKIES);
    let fits = |line: &&HeaderValue| line.len() <= COOKIE_LIMIT;
    let texts = lines.filter(fits).filter_map(|line| line.to_str().ok());
    texts.map(Secret::new).collect()
}

pub(super) fn sent_error(error: &reqwest::Error, host: &str) -> HttpError {
    let host = host.to_owned();
    if error.is_connect() {
        HttpError::NotSent {
            host,
            reason: root_cause(error),
        }
    } else if error.is_builder() {
        HttpError::Setup(format!("the request to `{host}` cannot be built"))
    } else {
        HttpError::Broken { host }
    }
}

/// The innermost cause, which is what the system or TLS said: the outer ones repeat the URL.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    hermes_secret::plain(&cause.to_string(), hermes_secret::LABEL_LIMIT)
}

pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port()
        .map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// What the other side takes the time to be, in seconds since the epoch.
pub(super) fn date(headers: &HeaderMap) -> Option<i64> {
    let date = headers.get(header::DATE)?;
    http_date(date.to_str().ok()?)
}

fn http_date(text: &str) -> Option<i64> {
    jiff::fmt::rfc2822::parse(text)
        .ok()
        .map(|zoned| zoned.timestamp().as_second())
}

/// `Retry-After` is a number of seconds or a date (RFC 9110 section 10.2.3); a date is taken
/// against the sender's own `Date`, so that a wrong clock here does not matter.
fn wait(value: &str, date: Option<i64>) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?;
    let now = date.and_then(|seconds| Timestamp::from_second(seconds).ok())?;
    Some(Duration::from_secs(
        u64::try_from(until - now.as_second()).unwrap_or(0),
    ))
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;
    use crate::SystemClock;

    #[test]
    fn cookies_are_kept_as_they_came_within_bounds_and_shown_nowhere() {
        let mut headers = HeaderMap::new();
        let mut set = |line: &[u8]| {
            headers.append(header::SET_COOKIE, HeaderValue::from_bytes(line).unwrap());
        };
        set(b"at=\"canary\\075\"; Path=/; HttpOnly");
        set(b"odd=\xff");
        set(&[b'x'; COOKIE_LIMIT + 1]);
        (0..COOKIES).for_each(|_| set(b"rt=canary"));
        let cookies = cookies(&headers);
        assert_eq!(cookies.len(), COOKIES - 2);
        assert_eq!(cookies[0].expose(), "at=\"canary\\075\"; Path=/; HttpOnly");
        let response = Response {
            status: 200,
            media_type: None,
            retry_after: None,
            date: None,
            set_cookies: cookies,
            body: Vec::new(),
        };
        assert_eq!(format!("{response:?}"), "200 None 0 bytes");
    }

    /// A message to a browser that is closed goes as it was sealed, under the headers that say how.
    #[tokio::test]
    async fn octets_go_as_they_are() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let sealed: Vec<u8> = (0..=255).collect();
        let served = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut came = Vec::new();
            while !came.ends_with(&sealed) {
                assert!(stream.read_buf(&mut came).await.unwrap() > 0);
            }
            let answer = b"HTTP/1.1 201 Created\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
            stream.write_all(answer).await.unwrap();
            String::from_utf8_lossy(&came).to_ascii_lowercase()
        };
        let client = BoundedClient::new(&Environment::default(), Arc::new(SystemClock));
        let url = format!("http://{address}/send/x").parse().unwrap();
        let request = Request::post(url, Body::Octets(sealed.clone()));
        let request = request.header("content-encoding", "aes128gcm");
        let (came, answer) = tokio::join!(served, client.send(request));
        for line in [
            "post /send/x http/1.1\r\n",
            "content-type: application/octet-stream\r\n",
            "content-encoding: aes128gcm\r\n",
            "content-length: 256\r\n",
        ] {
            assert!(came.contains(line), "{came}");
        }
        let answer = answer.unwrap();
        assert_eq!(answer.status, 201);
        assert_eq!(answer.retry_after, Some(Duration::from_secs(7)));
    }
}
