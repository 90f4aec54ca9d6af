use std::{
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hermes_errors::{Code, Explain};
use hermes_machine::file;
use jiff::Timestamp;
use rustls::{
    Error as RustlsError,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _},
    sign::CertifiedKey,
};
use sha2::{Digest as _, Sha256};
use thiserror::Error;
use x509_cert::der::Decode as _;

use crate::settings::TlsFiles;

/// The most bytes of each file. Chains are a few thousand.
const LIMIT: u64 = 256 * 1024;

/// From when on it is said that a certificate ends. What renews by itself has done so long before.
const SOON: Duration = Duration::from_secs(14 * 86_400);

/// A certificate, with its key: proved to belong together.
#[derive(Debug)]
pub struct Pair {
    certified: Arc<CertifiedKey>,
    certificate: Certificate,
    is_open: bool,
}

/// What there is to know of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The hash of all of it, by which a client of this host knows it.
    pub sha256: [u8; 32],
    /// When it begins.
    pub not_before: Timestamp,
    /// When it ends.
    pub not_after: Timestamp,
}

impl Certificate {
    /// Reads a certificate in DER; `None` if it is none.
    pub fn parse(der: &[u8]) -> Option<Self> {
        let parsed = x509_cert::Certificate::from_der(der).ok()?;
        let validity = parsed.tbs_certificate().validity();
        let moment = |time: x509_cert::time::Time| {
            let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
            Timestamp::from_second(seconds).ok()
        };
        Some(Self {
            sha256: Sha256::digest(der).into(),
            not_before: moment(validity.not_before)?,
            not_after: moment(validity.not_after)?,
        })
    }

    /// The hash as it is written.
    pub fn fingerprint(&self) -> String {
        self.sha256.iter().fold(String::new(), |mut text, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Whether it is after its beginning and before its end.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        self.not_before <= now && now <= self.not_after
    }

    /// What is the matter with its dates, as the rest of a sentence about it.
    pub fn trouble(&self, now: Timestamp) -> Option<String> {
        let day = self.not_after.strftime("%Y-%m-%d");
        let left = self.not_after.duration_since(now);
        if now < self.not_before {
            let day = self.not_before.strftime("%Y-%m-%d");
            Some(format!("is not valid before {day}"))
        } else if left.is_negative() {
            Some(format!("has ended on {day}"))
        } else if left.unsigned_abs() < SOON {
            let days = left.as_secs() / 86_400;
            Some(format!("ends in {days} d, on {day}"))
        } else {
            None
        }
    }
}

impl Pair {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// If they hold no certificate and the key to it.
    pub fn read(files: &TlsFiles) -> Result<Self, TlsError> {
        let chain: Vec<CertificateDer<'static>> = {
            let pem = bytes(&files.cert)?;
            let parsed = CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>();
            parsed.map_err(|_| TlsError::NoCertificate(files.cert.clone()))?
        };
        let certificate = chain.first().and_then(|leaf| Certificate::parse(leaf));
        let certificate = certificate.ok_or_else(|| TlsError::NoCertificate(files.cert.clone()))?;
        let pem = zeroize::Zeroizing::new(bytes(&files.key)?);
        let key =
            PrivateKeyDer::from_pem_slice(&pem).map_err(|_| TlsError::NoKey(files.key.clone()))?;
        let certified = CertifiedKey::from_der(chain, key, &ring::default_provider());
        let certified = certified.map_err(|error| TlsError::unusable(files, &error))?;
        Ok(Self {
            certified: Arc::new(certified),
            certificate,
            is_open: is_open(&files.key),
        })
    }

    /// The certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// Whether everybody on this machine may read the key. A group may: that is how many systems hand
    /// certificates to services.
    pub const fn is_open(&self) -> bool {
        self.is_open
    }

    /// What is doubtful about the two, as sentences.
    pub fn doubts(&self, files: &TlsFiles, now: Timestamp) -> Vec<String> {
        let cert = files.cert.display();
        let ends = self.certificate.trouble(now);
        let ends = ends.map(|trouble| format!("the certificate `{cert}` {trouble}"));
        let key = files.key.display();
        let open = format!("everybody on this machine may read `{key}`: chmod o= '{key}'");
        ends.into_iter()
            .chain(self.is_open.then_some(open))
            .collect()
    }

    pub(super) fn certified(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.certified)
    }

    /// Whether this is the same chain. A key that fits the same certificate is the same key.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.certified.cert == other.certified.cert
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, TlsError> {
    let unreadable = |reason: String| TlsError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let read = file::read_regular(path, LIMIT).map_err(|error| unreadable(error.to_string()))?;
    read.ok_or_else(|| unreadable("there is no such file".to_owned()))
}

fn is_open(key: &Path) -> bool {
    fs::metadata(key).is_ok_and(|meta| meta.permissions().mode() & 0o007 != 0)
}

/// Why a certificate cannot be shown. It names the file, and nothing of the key.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("`{}` cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// There is no certificate in the file, or something that is none.
    #[error("`{}` holds no certificate in PEM", _0.display())]
    NoCertificate(PathBuf),
    /// There is no private key in the file.
    #[error("`{}` holds no private key in PEM, or one with a passphrase", _0.display())]
    NoKey(PathBuf),
    /// The key is another certificate's.
    #[error("`{}` is not the key of the certificate in `{}`", key.display(), cert.display())]
    Mismatch {
        /// The file of the certificate.
        cert: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// The key is of a kind that cannot be used here, or the certificate is.
    #[error("`{}` and its key cannot be used: {reason}", cert.display())]
    Unusable {
        /// The file of the certificate.
        cert: PathBuf,
        /// What was said of them.
        reason: String,
    },
}

impl TlsError {
    pub(super) fn unusable(files: &TlsFiles, error: &RustlsError) -> Self {
        let cert = files.cert.clone();
        match error {
            RustlsError::InconsistentKeys(_) => Self::Mismatch {
                cert,
                key: files.key.clone(),
            },
            other => Self::Unusable {
                cert,
                reason: other.to_string(),
            },
        }
    }
}

impl Explain for TlsError {
    fn code(&self) -> Code {
        Code::GatewayTlsUnusable
    }
}
