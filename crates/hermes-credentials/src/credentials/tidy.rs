use std::{fs, path::PathBuf};

use hermes_machine::file;

use super::{Credentials, Inner};
use crate::{
    AuthFile, CredentialError, CredentialStore as _, Left, Leftover, Transaction as _,
    record::Record,
};

impl Credentials {
    /// What stands in the home and is of no use any more: what killed writers left, and records of
    /// refreshes of credentials that are gone. Nothing is changed.
    ///
    /// # Errors
    ///
    /// If the file cannot be read or understood: then nobody knows what is of use.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, CredentialError> {
        let inner = &self.inner;
        Ok(inner.leftovers(&inner.store.read()?))
    }

    /// Removes what [`leftovers`](Self::leftovers) names, under the lock that all writers take.
    /// Credentials are not touched.
    ///
    /// # Errors
    ///
    /// If the lock is not to be had. What could not be removed is in the answer, with the reason.
    pub async fn tidy(&self) -> Result<Vec<(Leftover, Option<String>)>, CredentialError> {
        let inner = &self.inner;
        let transaction = inner.store.begin().await?;
        let found = inner.leftovers(transaction.file());
        let removed = found.into_iter().map(|leftover| {
            let problem = fs::remove_file(&leftover.path).err();
            (leftover, problem.map(|problem| problem.to_string()))
        });
        Ok(removed.collect())
    }
}

impl Inner {
    fn leftovers(&self, content: &AuthFile) -> Vec<Leftover> {
        let home = self.store.home();
        let auth = home.auth_json();
        // The files of a link are written beside the file that it names.
        let beside = fs::canonicalize(&auth).ok();
        let beside = beside.as_deref().and_then(|path| path.parent());
        let mut directories = vec![home.path()];
        directories.extend(
            beside.filter(|beside| fs::canonicalize(home.path()).is_ok_and(|home| home != *beside)),
        );
        let ours = |name: &str| {
            matches!(name, "auth.json" | "providers.toml" | ".env") || name == file::ROOM
        };
        let mut paths: Vec<PathBuf> = Vec::new();
        for directory in directories {
            paths.extend(file::leftovers(directory, ours));
        }
        // All files in these two are written by Hermes alone.
        paths.extend(file::leftovers(&home.run(), |_| true));
        paths.extend(file::leftovers(self.intents.directory(), |_| true));
        let mut found: Vec<_> = paths
            .into_iter()
            .map(|path| Leftover {
                path,
                left: Left::Unfinished,
            })
            .collect();
        let records = self.intents.unneeded(&fingerprints(content), self.now());
        found.extend(records.into_iter().map(|path| Leftover {
            path,
            left: Left::Record,
        }));
        found.sort();
        found
    }
}

/// Of every refresh token in the file.
fn fingerprints(content: &AuthFile) -> Vec<String> {
    let mut found = Vec::new();
    let mut copy = content.clone();
    copy.records_mut(&mut |record| {
        let token = Record::new(record).refresh_token();
        found.extend(token.map(|token| token.fingerprint()));
    });
    found
}
