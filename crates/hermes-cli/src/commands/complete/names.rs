use std::sync::Arc;

use clap_complete::engine::CompletionCandidate;
use hermes_client::kept::{Gateways, KeychainUse, Remembered};
use hermes_credentials::{Entry, Pool, State};
use hermes_providers::{Provider, Table};
use hermes_secret::{LABEL_LIMIT, plain};

use super::line::Line;
use crate::{commands::auth, world::World};

/// The names that a person may be typing.
pub(super) struct Names {
    table: Arc<Table>,
    pools: Vec<Pool>,
    gateways: Vec<Remembered>,
    /// The provider whose accounts are meant: the last one that the line names.
    provider: Option<String>,
}

impl Names {
    /// Reads them. What cannot be read gives no names.
    pub(super) fn read(world: Option<&World>, line: &Line) -> Self {
        let table = world.and_then(|world| world.table().ok());
        // Where the person's own table is broken, the built-in one is as good for typing.
        let table = table.or_else(|| Table::load(None).ok());
        let Some((world, table)) = world.zip(table.map(Arc::new)) else {
            return Self::none();
        };
        let credentials = world.credentials(&table);
        let mut before = line.before().iter().rev();
        Self {
            provider: before.find_map(|word| auth::pick(word, &table, &credentials).ok()),
            pools: credentials.list(None).unwrap_or_default(),
            gateways: Gateways::of(&world.home, &world.ports, KeychainUse::Off).glance(),
            table,
        }
    }

    fn none() -> Self {
        Self {
            table: Arc::new(Table::default()),
            pools: Vec::new(),
            gateways: Vec::new(),
            provider: None,
        }
    }

    /// Providers whose id, or failing that an alias, begins so. A command that needs a credential is
    /// offered those that have one, if any fits.
    pub(super) fn providers(&self, word: &str, to_add: bool) -> Vec<CompletionCandidate> {
        let can_add = |provider: &&Provider| provider.has_sign_in() || provider.takes_keys();
        let used = |id: &str| self.pools.iter().any(|pool| pool.provider == id);
        let mut fitting: Vec<_> = self
            .table
            .iter()
            .filter(|one| one.id.starts_with(word))
            .collect();
        if to_add {
            fitting.retain(can_add);
        } else if fitting.iter().any(|provider| used(&provider.id)) {
            fitting.retain(|provider| used(&provider.id));
        }
        if !fitting.is_empty() {
            return fitting
                .into_iter()
                .map(|one| candidate(&one.id, &one.name))
                .collect();
        }
        let possible = self.table.iter().filter(|one| !to_add || can_add(one));
        let aliases = possible.flat_map(|one| one.aliases.iter().map(move |alias| (alias, one)));
        aliases
            .filter(|(alias, _)| alias.starts_with(word))
            .map(|(alias, one)| candidate(alias, &one.name))
            .collect()
    }

    /// Gateways whose name begins so.
    pub(super) fn gateways(&self, word: &str) -> Vec<CompletionCandidate> {
        let fitting = self.gateways.iter();
        let fitting = fitting.filter(|gateway| gateway.name.starts_with(word));
        fitting
            .map(|gateway| candidate(&gateway.name, &gateway.address.to_string()))
            .collect()
    }

    /// Accounts and keys of the provider whose label, or failing that id, begins so.
    pub(super) fn accounts(&self, word: &str) -> Vec<CompletionCandidate> {
        let pool = self
            .provider
            .as_ref()
            .and_then(|provider| self.pools.iter().find(|pool| pool.provider == *provider));
        let entries = pool.map(|pool| pool.entries.as_slice()).unwrap_or_default();
        let same =
            |entry: &Entry, other: &Entry| entry.label.to_lowercase() == other.label.to_lowercase();
        let is_name = |entry: &Entry| {
            !entry.label.is_empty()
                && entries.iter().filter(|other| same(entry, other)).count() == 1
        };
        let name = |entry: &Entry| match is_name(entry) {
            true => entry.label.clone(),
            false => entry.id.clone(),
        };
        let fits = |entry: &&Entry| name(entry).starts_with(word);
        let named: Vec<_> = entries
            .iter()
            .filter(fits)
            .map(|entry| candidate(&name(entry), &about(entry)))
            .collect();
        if !named.is_empty() {
            return named;
        }
        let by_id = entries.iter().filter(|entry| entry.id.starts_with(word));
        by_id
            .map(|entry| candidate(&entry.id, &entry.label))
            .collect()
    }
}

fn candidate(value: &str, help: &str) -> CompletionCandidate {
    CompletionCandidate::new(plain(value, LABEL_LIMIT)).help(Some(plain(help, LABEL_LIMIT).into()))
}

fn about(entry: &Entry) -> String {
    let state = match entry.state {
        State::Ready => "ready",
        State::CoolingDown { .. } => "resting",
        State::Dead { .. } => "dead",
        State::Expired => "expired",
        State::Missing => "missing",
    };
    format!("#{} {} {state}", entry.index, entry.kind.as_str())
}
