//! The credentials that the host has of a provider: what is told of each, and what a client may do to one.

use std::sync::Arc;

use axum::{
    Extension, Json, Router,
    extract::{Path, State},
    response::{IntoResponse as _, Response},
    routing::{delete, post},
};
use hermes_credentials::{self as credentials, Entry, Keeper, Kind};
use hermes_protocol::{
    rest::{AccountCredential, AccountKind, AccountReset, AccountSignedOut, AccountState},
    routes,
};
use hermes_secret::{LABEL_LIMIT, plain};
use jiff::Timestamp;

use super::{failed, note, owner};
use crate::{forwarded::Seen, gateway::Gateway, person::Person};

/// The most characters of a provider's word for why it refuses; a longer one is a sentence.
const WORD: usize = 40;

pub(super) fn router() -> Router<Arc<Gateway>> {
    Router::new()
        .route(routes::ACCOUNT_REMOVE.path, delete(remove))
        .route(routes::ACCOUNT_RESET.path, post(reset))
}

async fn remove(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path((provider, credential)): Path<(String, String)>,
) -> Response {
    if let Err(refusal) = owner(&person) {
        return *refusal;
    }
    match gateway.ports.accounts.remove(&provider, &credential).await {
        Ok(signed_out) => {
            note(&gateway, &person, &seen, &provider, "credential_removed");
            Json(AccountSignedOut {
                ok: true,
                provider,
                message: signed_out.warning,
            })
            .into_response()
        }
        Err(failure) => failed(&failure),
    }
}

async fn reset(
    State(gateway): State<Arc<Gateway>>,
    Extension(person): Extension<Person>,
    Extension(seen): Extension<Seen>,
    Path((provider, credential)): Path<(String, String)>,
) -> Response {
    if let Err(refusal) = owner(&person) {
        return *refusal;
    }
    match gateway.ports.accounts.reset(&provider, &credential).await {
        Ok(reset) => {
            note(&gateway, &person, &seen, &provider, "credential_reset");
            Json(AccountReset {
                ok: true,
                provider,
                reset,
            })
            .into_response()
        }
        Err(failure) => failed(&failure),
    }
}

/// What is told of a credential.
pub(super) fn row(provider: &str, entry: &Entry) -> AccountCredential {
    let (state, reason, retry_at) = state(&entry.state);
    let hint = kept_elsewhere(entry);
    AccountCredential {
        id: entry.id.clone(),
        label: plain(&entry.label, LABEL_LIMIT),
        kind: match entry.kind {
            Kind::OAuth => AccountKind::OAuth,
            Kind::ApiKey => AccountKind::ApiKey,
        },
        source: plain(&entry.source, LABEL_LIMIT),
        source_label: source_label(entry),
        state,
        reason,
        message: entry.said.clone(),
        retry_at,
        current: entry.current,
        expires_at: entry.expires_at.map(whole),
        renews: entry.renews,
        disconnectable: hint.is_none(),
        disconnect_hint: hint,
        disconnect_command: format!("hermes auth remove {provider} {}", named(entry)),
    }
}

fn state(state: &credentials::State) -> (AccountState, Option<String>, Option<String>) {
    use credentials::State;
    match state {
        State::Ready => (AccountState::Ready, None, None),
        State::CoolingDown { code, until } => {
            let code = code.map(|code| code.to_string());
            (AccountState::CoolingDown, code, Some(whole(*until)))
        }
        State::Dead { reason } => (AccountState::Dead, word(reason), None),
        State::Expired => (AccountState::Expired, None, None),
        State::Missing => (AccountState::Missing, None, None),
    }
}

/// The reason, if it is a word: a sentence of whoever wrote the file may hold anything.
fn word(reason: &str) -> Option<String> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    (reason.len() <= WORD && reason.bytes().all(letter)).then(|| reason.to_owned())
}

/// In whole seconds, as `hermes auth list --json` has it.
fn whole(at: Timestamp) -> String {
    let whole = Timestamp::from_second(at.as_second()).unwrap_or(at);
    whole.to_string()
}

fn source_label(entry: &Entry) -> String {
    let source = plain(&entry.source, LABEL_LIMIT);
    match (entry.keeper, entry.kind) {
        (Keeper::Variable, _) => format!("the variable {}", source.trim_start_matches("env:")),
        (Keeper::Another, _) => format!("another program ({source})"),
        (Keeper::Us, _) if source == "manual:imported" => "copied from another program".to_owned(),
        (Keeper::Us, Kind::OAuth) => "a sign-in".to_owned(),
        (Keeper::Us, Kind::ApiKey) => "a key that was typed in".to_owned(),
    }
}

/// Why a client cannot remove it.
const fn kept_elsewhere(entry: &Entry) -> Option<&'static str> {
    match entry.keeper {
        Keeper::Variable => Some("a variable of the host holds its key"),
        Keeper::Another => Some("another program of the host keeps it"),
        Keeper::Us if entry.id.is_empty() => Some("the credential file names it by nothing"),
        Keeper::Us => None,
    }
}

/// What a person types for it: its number, if it has no id or one that a shell would read otherwise.
fn named(entry: &Entry) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte);
    match !entry.id.is_empty() && entry.id.bytes().all(plain) {
        true => entry.id.clone(),
        false => entry.index.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use credentials::State;

    use super::*;
    use crate::tests::clerk;

    fn entry(id: &str, source: &str, keeper: Keeper, state: State) -> Entry {
        Entry {
            source: source.to_owned(),
            keeper,
            label: "work\u{202e}".to_owned(),
            index: 2,
            ..clerk::entry(id, state)
        }
    }

    #[test]
    fn every_state_is_told_in_the_words_of_the_listing() {
        let until: Timestamp = "2026-11-22T12:04:00.7Z".parse().unwrap();
        let cooling = |code| State::CoolingDown { code, until };
        let dead = |reason: &str| State::Dead {
            reason: reason.to_owned(),
        };
        for (state, told) in [
            (State::Ready, ("ready", None, None)),
            (
                cooling(Some(429)),
                ("cooling_down", Some("429"), Some("2026-11-22T12:04:00Z")),
            ),
            (
                cooling(None),
                ("cooling_down", None, Some("2026-11-22T12:04:00Z")),
            ),
            (dead("invalid_grant"), ("dead", Some("invalid_grant"), None)),
            (dead("Key sk-canary is bad"), ("dead", None, None)),
            (State::Expired, ("expired", None, None)),
            (State::Missing, ("missing", None, None)),
        ] {
            let row = row("acme", &entry("a1b2c3", "manual", Keeper::Us, state));
            let word = serde_json::to_value(row.state).unwrap();
            assert_eq!(
                (
                    word.as_str().unwrap(),
                    row.reason.as_deref(),
                    row.retry_at.as_deref()
                ),
                told
            );
            assert_eq!(row.label, "work", "nothing turns the line around");
        }
    }

    #[test]
    fn what_others_keep_is_not_removed_from_afar_and_why_is_said() {
        for (id, source, keeper, label, hint, target) in [
            (
                "a1b2c3",
                "manual:device_code",
                Keeper::Us,
                "a sign-in",
                None,
                "a1b2c3",
            ),
            (
                "a1b2c3",
                "manual:imported",
                Keeper::Us,
                "copied from another program",
                None,
                "a1b2c3",
            ),
            (
                "env:ACME_KEY",
                "env:ACME_KEY",
                Keeper::Variable,
                "the variable ACME_KEY",
                Some("a variable of the host holds its key"),
                "env:ACME_KEY",
            ),
            (
                "d4e5f6",
                "claude_code",
                Keeper::Another,
                "another program (claude_code)",
                Some("another program of the host keeps it"),
                "d4e5f6",
            ),
            (
                "",
                "manual",
                Keeper::Us,
                "a sign-in",
                Some("the credential file names it by nothing"),
                "2",
            ),
            ("a b;c", "manual", Keeper::Us, "a sign-in", None, "2"),
        ] {
            let row = row("acme", &entry(id, source, keeper, State::Ready));
            assert_eq!(row.source_label, label);
            assert_eq!(row.disconnect_hint, hint);
            assert_eq!(row.disconnectable, hint.is_none());
            assert_eq!(
                row.disconnect_command,
                format!("hermes auth remove acme {target}")
            );
        }
    }
}
