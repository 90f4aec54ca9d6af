//! Where the credential of a provider lives in the file, and under which source: what upstream
//! does, so that each program finds what the other has written.

use hermes_providers::{Dialect, Flow, Provider};

use crate::Keeper;

/// Where a sign-in is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    /// In the provider's pool, beside others.
    Pool,
    /// In the provider's own state, alone.
    State,
    /// In the provider's own state, with a copy of this source in the pool.
    StateAndMirror(&'static str),
}

/// Where this provider's sign-ins are saved.
pub(crate) fn slot(provider: &Provider) -> Slot {
    match provider.dialect {
        Dialect::Spotify => Slot::State,
        Dialect::Nous => Slot::StateAndMirror("device_code"),
        Dialect::Minimax => Slot::StateAndMirror("oauth"),
        Dialect::Standard | Dialect::Xai | Dialect::Anthropic | Dialect::Codex => Slot::Pool,
    }
}

/// The source under which a sign-in goes to the pool. All begin with `manual:`, which upstream
/// keeps and refreshes; a bare `loopback_pkce` it would prune.
pub(crate) fn source(provider: &Provider, flow: Flow) -> &'static str {
    match (provider.dialect, flow) {
        (Dialect::Anthropic, _) => "manual:hermes_pkce",
        (_, Flow::Device) => "manual:device_code",
        (_, Flow::Loopback) | (Dialect::Xai, Flow::Paste) => "manual:loopback_pkce",
        (_, Flow::Paste) => "manual:paste",
    }
}

/// The source of an entry that was copied from another tool.
pub(crate) const IMPORTED: &str = "manual:imported";

/// Whether an entry of that source is a copy of the provider's own state (for anthropic: of the
/// dashboard's file).
pub(crate) fn is_mirror(provider: &str, source: &str) -> bool {
    matches!(
        (provider, source),
        ("nous" | "openai-codex" | "xai-oauth", "device_code")
            | ("xai-oauth", "loopback_pkce")
            | ("minimax-oauth", "oauth")
            | ("anthropic", "hermes_pkce")
    )
}

/// Whether the secret of an entry of that source is kept by somebody else.
pub(crate) fn is_borrowed(provider: &str, source: &str) -> bool {
    !(source == "manual" || source.starts_with("manual:") || is_mirror(provider, source))
}

/// Who keeps the secret of an entry of the pool of that source.
pub(crate) fn keeper(provider: &str, source: &str) -> Keeper {
    match variable(source) {
        Some(_) => Keeper::Variable,
        None if is_borrowed(provider, source) => Keeper::Another,
        None => Keeper::Us,
    }
}

/// The variable that an entry's secret is borrowed from.
pub(crate) fn variable(source: &str) -> Option<&str> {
    source.strip_prefix("env:").filter(|name| !name.is_empty())
}

/// Whether a sign-in makes this provider the one that upstream talks to by default.
pub(crate) fn becomes_active(provider: &Provider) -> bool {
    provider.api.is_some() && provider.dialect != Dialect::Spotify
}

/// Whether upstream refreshes this provider's accounts without holding the lock, so that a refused
/// token may mean that the other program has just been given the next one.
pub(crate) fn refreshed_unlocked(provider: &Provider) -> bool {
    matches!(
        provider.dialect,
        Dialect::Anthropic | Dialect::Minimax | Dialect::Spotify
    )
}
