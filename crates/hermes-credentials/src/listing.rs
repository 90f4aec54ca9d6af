//! The credentials of one provider as one list: its pool, its own state where the pool has no copy
//! of it, and the keys of the environment.

use std::borrow::Borrow;

use hermes_oauth::jwt_label;
use hermes_providers::Provider;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use jiff::Timestamp;

use crate::{
    AuthFile, CredentialError, Entry, Keeper, Kind, State, base_url, cooldown, due::Life,
    env_keys::EnvKeys, intent::Intents, place, record::Record, said,
};

/// The reason of a death that an interrupted refresh has caused.
pub(crate) const INTERRUPTED: &str = "refresh_interrupted";

/// Everything that says what a provider's credentials are at one moment.
pub(crate) struct Scene<'a> {
    pub(crate) file: &'a AuthFile,
    pub(crate) id: &'a str,
    pub(crate) provider: Option<&'a Provider>,
    pub(crate) env: &'a EnvKeys,
    pub(crate) intents: &'a Intents,
    pub(crate) now: Timestamp,
}

/// A credential with its secrets.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) entry: Entry,
    pub(crate) access: Option<Secret>,
    pub(crate) refresh: Option<Secret>,
    pub(crate) life: Life,
    /// How often it was used, as the file has it.
    pub(crate) uses: u64,
    /// Whether the pool has an entry of this id.
    pub(crate) pooled: bool,
}

impl Borrow<Entry> for Found {
    fn borrow(&self) -> &Entry {
        &self.entry
    }
}

impl Scene<'_> {
    /// All credentials, in the order in which they are used.
    pub(crate) fn list(&self) -> Vec<Found> {
        let mut list: Vec<Found> = self.pool();
        list.extend(self.uncovered_state());
        list.extend(self.environment());
        for (position, found) in list.iter_mut().enumerate() {
            found.entry.index = position + 1;
        }
        let current = list
            .iter_mut()
            .find(|found| found.entry.state == State::Ready);
        if let Some(found) = current {
            found.entry.current = true;
        }
        list
    }

    fn state(&self) -> Option<Record<'_>> {
        let holds = |state: &Record<'_>| {
            state.text("access_token").is_some()
                || state.text("refresh_token").is_some()
                || state.death().is_some()
        };
        self.file.state(self.id).filter(holds)
    }

    fn pool(&self) -> Vec<Found> {
        let mut entries: Vec<(i64, Record<'_>)> = self
            .file
            .pool(self.id)
            .enumerate()
            .map(|(position, entry)| {
                let last = i64::try_from(position).unwrap_or(i64::MAX);
                (entry.number("priority").unwrap_or(last), entry)
            })
            .collect();
        entries.sort_by_key(|(priority, _)| *priority);
        let usable = |entry: &Record<'_>| {
            place::variable(entry.source()).is_none()
                || !self.file.is_suppressed(self.id, entry.source())
        };
        let entries = entries.into_iter().map(|(_, entry)| entry);
        entries
            .filter(usable)
            .map(|entry| self.pooled(entry))
            .collect()
    }

    fn pooled(&self, entry: Record<'_>) -> Found {
        // Upstream makes the copy from the state again at every start, so the state is right.
        let state = self.state().filter(|state| state.death().is_none());
        let tokens = match state {
            Some(state) if place::is_mirror(self.id, entry.source()) => state,
            _ => entry,
        };
        let mut found = self.found(entry, tokens);
        if let Some(variable) = place::variable(entry.source()) {
            found.access = self.env.key(self.id, variable);
            found.refresh = None;
            found.entry.renews = false;
            if found.access.is_none() {
                found.entry.state = State::Missing;
            } else if found.entry.state == State::Missing {
                found.entry.state = match cooldown::resting(entry, self.now) {
                    Some((code, until)) => State::CoolingDown { code, until },
                    None => State::Ready,
                };
            }
            let secrets = [found.access.as_ref(), None];
            found.entry.said = said::of(&found.entry.state, [entry, entry], secrets);
        }
        found
    }

    fn uncovered_state(&self) -> Option<Found> {
        let state = self.state()?;
        let same = |entry: &Record<'_>, key: &str| {
            state.text(key).is_some() && state.text(key) == entry.text(key)
        };
        let covered = self.file.pool(self.id).any(|entry| {
            place::is_mirror(self.id, entry.source())
                || same(&entry, "refresh_token")
                || same(&entry, "access_token")
        });
        if covered {
            return None;
        }
        let mut found = self.found(state, state);
        found.pooled = false;
        found.entry.id = self.id.to_owned();
        found.entry.kind = Kind::OAuth;
        let how = state.text("auth_mode").or_else(|| state.text("auth_type"));
        found.entry.source = plain(how.unwrap_or("oauth"), LABEL_LIMIT);
        found.entry.keeper = Keeper::Us;
        Some(found)
    }

    fn environment(&self) -> Vec<Found> {
        let variables = self.provider.map(|provider| provider.key_env.as_slice());
        let mut list = Vec::new();
        for variable in variables.unwrap_or_default() {
            let source = format!("env:{variable}");
            if self.file.is_suppressed(self.id, &source)
                || self
                    .file
                    .pool(self.id)
                    .any(|entry| entry.source() == source)
            {
                continue;
            }
            let Some(key) = self.env.key(self.id, variable) else {
                continue;
            };
            let kind = kind_of_key(self.id, &key);
            let url = base_url::decide(self.provider, kind, Some(&key), None, self.env);
            list.push(Found {
                entry: Entry {
                    id: source.clone(),
                    label: variable.clone(),
                    kind,
                    source,
                    keeper: Keeper::Variable,
                    index: 0,
                    state: State::Ready,
                    said: None,
                    current: false,
                    expires_at: None,
                    renews: false,
                    base_url: url.used,
                    base_url_overridden: url.overridden,
                    refused_base_url: url.refused,
                    scope: None,
                    client_id: None,
                    redirect_uri: None,
                    interrupted_refresh: None,
                },
                access: Some(key),
                refresh: None,
                life: Life::default(),
                uses: 0,
                pooled: false,
            });
        }
        list
    }

    fn found(&self, entry: Record<'_>, tokens: Record<'_>) -> Found {
        let shown = |text: &str| plain(text, LABEL_LIMIT);
        let (access, refresh) = (tokens.access_token(), tokens.refresh_token());
        let life = Life {
            obtained_at: tokens.obtained_at(),
            expires_at: tokens.expires_at(),
        };
        let dead = entry.death().or_else(|| tokens.death());
        let kind = match &access {
            Some(token) if is_account_token(self.id, token) => Kind::OAuth,
            _ if refresh.is_some() => Kind::OAuth,
            _ => entry.kind(),
        };
        let secrets = [access.as_ref(), refresh.as_ref()];
        let state = match (dead.clone(), cooldown::resting(entry, self.now)) {
            (Some(reason), _) => State::Dead { reason },
            _ if access.is_none() && refresh.is_none() => State::Missing,
            (_, Some((code, until))) => State::CoolingDown { code, until },
            _ if refresh.is_none() && life.is_over(self.now) => State::Expired,
            _ => State::Ready,
        };
        let id = entry.text("id").map_or_else(String::new, shown);
        let label = entry
            .text("label")
            .map(shown)
            .or_else(|| jwt_label(access.as_ref()?))
            .unwrap_or_else(|| format!("{}-oauth-1", self.id));
        let interrupted_refresh = refresh.as_ref().and_then(|token| {
            let name = if id.is_empty() { self.id } else { &id };
            self.intents
                .read(self.id, name, token)?
                .interrupted(self.now)
        });
        // A provider's own state loses the token that the record speaks of.
        let interrupted_refresh = interrupted_refresh.or_else(|| match &dead {
            Some(reason) if reason == INTERRUPTED => entry.died_at(),
            _ => None,
        });
        let stored = entry
            .text("inference_base_url")
            .or_else(|| entry.text("base_url"));
        let url = base_url::decide(self.provider, kind, access.as_ref(), stored, self.env);
        let client = |record: Record<'_>| record.text("client_id").map(shown);
        Found {
            entry: Entry {
                label,
                kind,
                keeper: place::keeper(self.id, entry.source()),
                source: shown(entry.source()),
                index: 0,
                said: said::of(&state, [entry, tokens], secrets),
                state,
                current: false,
                expires_at: life.expires_at,
                renews: refresh.is_some() && self.provider.is_some_and(Provider::can_renew),
                base_url: url.used,
                base_url_overridden: url.overridden,
                refused_base_url: url.refused,
                scope: ["granted_scope", "scope"]
                    .into_iter()
                    .find_map(|key| tokens.text(key).or_else(|| entry.text(key)))
                    .map(shown),
                client_id: client(entry).or_else(|| client(tokens)),
                redirect_uri: tokens.text("redirect_uri").map(shown),
                interrupted_refresh,
                id,
            },
            access,
            refresh,
            life,
            uses: entry
                .number("request_count")
                .and_then(|count| u64::try_from(count).ok())
                .unwrap_or_default(),
            pooled: true,
        }
    }
}

/// Whether the token is an account's although it is used like a key: Anthropic's `sk-ant-oat…`.
pub(crate) fn is_account_token(provider: &str, token: &Secret) -> bool {
    provider == "anthropic" && token.expose().starts_with("sk-ant-oat")
}

fn kind_of_key(provider: &str, key: &Secret) -> Kind {
    match is_account_token(provider, key) {
        true => Kind::OAuth,
        false => Kind::ApiKey,
    }
}

/// Finds what a person means: an id, else a label, else a number of the listing.
pub(crate) fn pick<'a, T: Borrow<Entry>>(
    provider: &str,
    list: &'a [T],
    target: &str,
) -> Result<&'a T, CredentialError> {
    let target = target.trim();
    if let Some(found) = list.iter().find(|found| (*found).borrow().id == target) {
        return Ok(found);
    }
    let wanted = target.to_lowercase();
    let labelled: Vec<&T> = list
        .iter()
        .filter(|found| (*found).borrow().label.to_lowercase() == wanted)
        .collect();
    match labelled[..] {
        [found] => return Ok(found),
        [] => {}
        _ => {
            return Err(CredentialError::Ambiguous {
                provider: provider.to_owned(),
                target: target.to_owned(),
            });
        }
    }
    target
        .parse::<usize>()
        .ok()
        .and_then(|number| list.get(number.checked_sub(1)?))
        .ok_or_else(|| CredentialError::Unknown {
            provider: provider.to_owned(),
            target: target.to_owned(),
            nearest: nearest(list, &wanted),
        })
}

/// Finds the one of exactly this id.
pub(crate) fn by_id<'a>(
    provider: &str,
    list: &'a [Found],
    id: &str,
) -> Result<&'a Found, CredentialError> {
    let found = list
        .iter()
        .find(|found| !id.is_empty() && found.entry.id == id);
    found.ok_or_else(|| CredentialError::Unknown {
        provider: provider.to_owned(),
        target: id.to_owned(),
        nearest: None,
    })
}

/// The label that was probably meant.
fn nearest<T: Borrow<Entry>>(list: &[T], wanted: &str) -> Option<String> {
    list.iter()
        .map(|found| &found.borrow().label)
        .map(|label| (strsim::jaro_winkler(wanted, &label.to_lowercase()), label))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, label)| label.clone())
}

#[cfg(test)]
mod tests;
