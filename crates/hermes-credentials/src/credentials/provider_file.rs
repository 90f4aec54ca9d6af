use std::io;

use hermes_machine::file;
use hermes_providers::{Provider, Table};
use toml_edit::{DocumentMut, Item};

use super::Credentials;
use crate::{CredentialError, CredentialStore as _, StoreError, store::unwritten};

const LIMIT: u64 = 4 * 1024 * 1024;

impl Credentials {
    /// Puts the provider's section into `providers.toml`, over one of the same id; all other text
    /// of the file, comments included, stays as it is.
    ///
    /// # Errors
    ///
    /// If the file does not parse or the provider contradicts itself, or the file cannot be
    /// written.
    pub async fn save_provider(&self, provider: &Provider) -> Result<(), CredentialError> {
        let id = provider.id.as_str();
        let store = &self.inner.store;
        let path = store.home().providers_toml();
        let left = |reason: String| CredentialError::TableFile {
            path: path.clone(),
            reason: hermes_secret::plain(&reason, 300),
        };
        // Under the credential file's lock: both are written at a sign-in.
        let _transaction = store.begin().await?;
        let bytes = file::read_bounded(&path, LIMIT).map_err(|error| StoreError::Unreadable {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        let text = String::from_utf8(bytes.unwrap_or_default())
            .map_err(|_| left("it is not UTF-8".to_owned()))?;
        let mut document: DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| left(error.to_string()))?;
        let addition: DocumentMut = provider
            .section()
            .parse()
            .map_err(|error: toml_edit::TomlError| left(error.to_string()))?;
        put(&mut document, &addition, id).ok_or_else(|| {
            left(format!(
                "`provider.{id}` is not a section that can be replaced"
            ))
        })?;
        let text = document.to_string();
        Table::load(Some(&text))?;
        write(&path, &text)?;
        Ok(())
    }
}

fn write(path: &std::path::Path, text: &str) -> Result<(), StoreError> {
    file::sweep_beside(path);
    let result: io::Result<()> = file::write_private(path, text.as_bytes());
    result.map_err(|error| unwritten(path, error))
}

/// Lays the addition's section over the document's; `None` if there is no section, or no place for
/// it.
fn put(document: &mut DocumentMut, addition: &DocumentMut, id: &str) -> Option<()> {
    let mut section = addition.get("provider")?.get(id)?.as_table()?.clone();
    // A position is that of the text it was read from.
    forget_positions(&mut section);
    let providers = document.entry("provider").or_insert_with(|| {
        let mut table = toml_edit::Table::new();
        table.set_implicit(true);
        Item::Table(table)
    });
    let providers = providers.as_table_mut()?;
    match providers.get_mut(id) {
        Some(Item::Table(old)) => {
            let comment = old.decor().clone();
            section.set_position(old.position());
            *old = section;
            *old.decor_mut() = comment;
        }
        Some(_) => return None,
        None => {
            if !providers.is_empty() || !section.decor().prefix().is_some_and(has_text) {
                section.decor_mut().set_prefix("\n");
            }
            providers.insert(id, Item::Table(section));
        }
    }
    Some(())
}

fn has_text(prefix: &toml_edit::RawString) -> bool {
    prefix.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn forget_positions(table: &mut toml_edit::Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        if let Item::Table(inner) = item {
            forget_positions(inner);
        }
    }
}
