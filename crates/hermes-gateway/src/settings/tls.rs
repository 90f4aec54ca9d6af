use std::path::{Path, PathBuf};

use super::reader::{Place, Reader};

/// The files of a certificate of the gateway's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and after it those that lead to an authority, as PEM.
    pub cert: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

impl TlsFiles {
    /// The same files, where a relative path begins at this folder.
    #[must_use]
    pub fn below(&self, folder: &Path) -> Self {
        Self {
            cert: folder.join(&self.cert),
            key: folder.join(&self.key),
        }
    }
}

/// Both files, or neither: one is of no use without the other.
pub(super) fn read(reader: &mut Reader<'_>, place: &Place<'_>) -> Option<TlsFiles> {
    let problems = reader.problems.len();
    let cert: Option<PathBuf> = reader.text(place, "cert", path);
    let key: Option<PathBuf> = reader.text(place, "key", path);
    match (cert, key) {
        (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
        // The stand-in of a bad value is no missing one.
        _ if reader.problems.len() > problems => None,
        (Some(_), None) => {
            reader.problem(place, "key", "must be set as well as `gateway.tls.cert`");
            None
        }
        (None, Some(_)) => {
            reader.problem(place, "cert", "must be set as well as `gateway.tls.key`");
            None
        }
        (None, None) => None,
    }
}

fn path(text: &str) -> Result<Option<PathBuf>, String> {
    match text.is_empty() {
        true => Err("must be the path of a file".to_owned()),
        false => Ok(Some(PathBuf::from(text))),
    }
}
