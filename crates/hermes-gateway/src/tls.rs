//! TLS of the gateway's own: one certificate and its key, replaced together or not at all.
//!
//! A proxy in front mostly has the certificate. Where there is none, the gateway serves TLS itself,
//! 1.2 or later, with the same cryptography as everything else here. The files are looked at again
//! every ten seconds, since whatever renews a certificate tells nobody.

mod pair;

use std::{
    sync::{Arc, Mutex, PoisonError, RwLock},
    time::Duration,
};

use hermes_machine::Clock;
use jiff::Timestamp;
use rustls::{
    ServerConfig,
    crypto::ring,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tracing::{debug, info, warn};

pub use self::pair::{Certificate, Pair, TlsError};
use crate::settings::TlsFiles;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The first byte of a TLS connection: the type of a handshake record (RFC 8446, 5.1).
const HANDSHAKE: u8 = 22;

/// What whoever speaks plain HTTP to a port with TLS is told.
const PLAIN: &str = "this port speaks TLS: begin the address with https://\n";

/// The most bytes that are read of somebody who was told so.
const LEFT_UNREAD: u64 = 16 * 1024;

/// The certificate that is shown, and who shows it.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
    /// What the files could last not be used for, so that the log says it once.
    refused: Mutex<Option<String>>,
}

/// Every handshake asks it.
#[derive(Debug)]
struct Shown(RwLock<Arc<Pair>>);

impl Shown {
    fn pair(&self) -> Arc<Pair> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.pair().certified())
    }
}

impl Tls {
    /// TLS with the certificate in these files.
    ///
    /// # Errors
    ///
    /// If they hold no certificate and the key to it.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let pair = Pair::read(&files)?;
        let shown = Arc::new(Shown(RwLock::new(Arc::new(pair))));
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::unusable(&files, &error))?;
        let mut config = builder
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&shown) as _);
        // Upgrades are of HTTP/1.1, and nothing else is spoken behind it.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            files,
            config: Arc::new(config),
            shown,
            refused: Mutex::new(None),
        })
    }

    /// The certificate that is shown just now.
    pub fn certificate(&self) -> Certificate {
        self.shown.pair().certificate().clone()
    }

    /// What is doubtful about it, as sentences.
    pub fn doubts(&self, now: Timestamp) -> Vec<String> {
        self.shown.pair().doubts(&self.files, now)
    }

    /// What the files hold now, for [`Self::show`]. The old one is shown meanwhile.
    ///
    /// # Errors
    ///
    /// If they hold no certificate and the key to it.
    pub fn look(&self) -> Result<Pair, TlsError> {
        Pair::read(&self.files)
    }

    /// Shows this one from the next handshake on; whether it is another one than before.
    pub fn show(&self, pair: Pair) -> bool {
        *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
        let is_new = !shown.is_same(&pair);
        if is_new {
            *shown = Arc::new(pair);
        }
        is_new
    }

    /// Looks at the files for as long as it is awaited.
    pub async fn follow(&self, clock: &dyn Clock) {
        loop {
            clock.sleep(LOOK_EVERY).await;
            self.look_once();
        }
    }

    /// Shows what is new in the files. Where that cannot be used, what was shown stays, and the log
    /// says so once: a certificate is often there a moment before its key.
    fn look_once(&self) {
        match self.look() {
            Ok(pair) => {
                let ends = pair.certificate().not_after;
                if self.show(pair) {
                    info!(%ends, "a new certificate is shown");
                }
            }
            Err(error) => {
                let reason = error.to_string();
                let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
                if refused.as_ref() != Some(&reason) {
                    warn!(reason, "certificate not read again; the one before stays");
                    *refused = Some(reason);
                }
            }
        }
    }

    /// Shakes hands. Whoever speaks plain HTTP is told so, and nobody gets in who does not finish;
    /// the caller bounds the time.
    pub(crate) async fn secure(&self, mut stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        let mut first = [0];
        if stream.peek(&mut first).await.ok()? == 0 {
            return None;
        }
        if first != [HANDSHAKE] {
            // Who has left already needs no answer.
            let _ = tell(&mut stream).await;
            return None;
        }
        let accepted = TlsAcceptor::from(Arc::clone(&self.config)).accept(stream);
        let accepted = accepted.await;
        accepted
            .inspect_err(|error| debug!(%error, "no TLS handshake"))
            .ok()
    }
}

/// Answers a plain request. What it holds is read before the end, or the answer could be lost: a
/// connection that is closed over unread bytes is reset.
async fn tell(stream: &mut TcpStream) -> std::io::Result<()> {
    let answer = format!(
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{PLAIN}",
        PLAIN.len()
    );
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await?;
    let mut rest = stream.take(LEFT_UNREAD);
    tokio::io::copy(&mut rest, &mut tokio::io::sink()).await?;
    Ok(())
}
