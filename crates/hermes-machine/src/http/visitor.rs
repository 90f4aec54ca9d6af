use std::{sync::Arc, time::Duration};

use reqwest::{Client, header::HeaderMap, tls::TlsInfo};
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::{BoundedClient, HttpError, Request, bounded, is_loopback};
use crate::{Clock, Environment};

/// The most bytes of an answer that are looked at.
const LOOKED_AT: usize = 64 * 1024;

/// A client that sees what is left of a request by whatever stands before a server: every header, the
/// certificate, and what an upgrade leads to. It speaks HTTP/1.1, as upgrades do, and is bound to
/// the limits and the trust of [`BoundedClient`].
pub struct Visitor {
    client: Client,
    clock: Arc<dyn Clock>,
}

/// What a request came to.
pub struct Visit {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// `Date` in seconds since the epoch.
    pub date: Option<i64>,
    /// The certificate of the server, in DER.
    pub certificate: Option<Vec<u8>>,
    /// The body, of which at most 64 KiB are read.
    pub body: Vec<u8>,
    /// The connection, after status 101.
    pub upgraded: Option<Box<dyn Connection>>,
}

/// A connection that was handed over.
pub trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Connection for T {}

impl Visitor {
    /// A client for the server of this URL.
    ///
    /// # Errors
    ///
    /// [`HttpError::Setup`], mostly for a CA bundle that cannot be read.
    pub fn new(
        url: &Url,
        environment: &Environment,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, HttpError> {
        let direct = url.host().is_some_and(|host| is_loopback(&host));
        let bounded = BoundedClient::new(environment, Arc::clone(&clock));
        let builder = bounded.builder(direct)?.http1_only().tls_info(true);
        let client = builder
            .build()
            .map_err(|error| HttpError::Setup(format!("no TLS client: {error}")))?;
        Ok(Self { client, clock })
    }

    /// Sends the request, and looks at what comes back.
    ///
    /// # Errors
    ///
    /// If there is no answer in the time of the request.
    pub async fn ask(&self, request: Request) -> Result<Visit, HttpError> {
        let host = bounded::host_of(&request.url);
        let limit = request.timeout;
        tokio::select! {
            visit = self.visit(request, &host) => visit,
            () = self.clock.sleep(limit) => Err(HttpError::TimedOut { host: host.clone(), limit }),
        }
    }

    async fn visit(&self, request: Request, host: &str) -> Result<Visit, HttpError> {
        let broken = |error: reqwest::Error| bounded::sent_error(&error, host);
        let sent = bounded::prepared(&self.client, request, bounded::JSON)
            .send()
            .await;
        let mut answer = sent.map_err(broken)?;
        let mut visit = Visit {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            date: bounded::date(answer.headers()),
            certificate: answer
                .extensions()
                .get::<TlsInfo>()
                .and_then(TlsInfo::peer_certificate)
                .map(<[u8]>::to_vec),
            body: Vec::new(),
            upgraded: None,
        };
        if visit.status == 101 {
            let upgraded = answer.upgrade().await.map_err(broken)?;
            visit.upgraded = Some(Box::new(upgraded));
            return Ok(visit);
        }
        while visit.body.len() < LOOKED_AT
            && let Some(chunk) = answer.chunk().await.map_err(broken)?
        {
            let room = LOOKED_AT - visit.body.len();
            visit.body.extend(chunk.iter().take(room));
        }
        Ok(visit)
    }

    /// Waits, but no longer than this.
    ///
    /// # Errors
    ///
    /// [`HttpError::TimedOut`] of this host.
    pub async fn within<T>(
        &self,
        url: &Url,
        limit: Duration,
        what: impl Future<Output = T>,
    ) -> Result<T, HttpError> {
        tokio::select! {
            came = what => Ok(came),
            () = self.clock.sleep(limit) => Err(HttpError::TimedOut { host: bounded::host_of(url), limit }),
        }
    }
}
