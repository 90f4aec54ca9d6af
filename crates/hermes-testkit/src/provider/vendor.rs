//! Who the server plays, told by the first segment of the path.

mod anthropic;
mod authorize;
mod codex;
mod github;
mod minimax;
mod nous;
mod standard;

use hermes_providers::{Provider, Table};

use super::{call::Recorded, reply::Reply, state::State};

pub(super) use self::authorize::Refused;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vendor {
    Standard,
    Xai,
    Spotify,
    Anthropic,
    Codex,
    Nous,
    Minimax,
    Github,
    Qwen,
}

/// Prefix of the paths, and id in the table of providers.
const VENDORS: [(Vendor, &str, &str); 8] = [
    (Vendor::Xai, "/xai", "xai-oauth"),
    (Vendor::Spotify, "/spotify", "spotify"),
    (Vendor::Anthropic, "/anthropic", "anthropic"),
    (Vendor::Codex, "/codex", "openai-codex"),
    (Vendor::Nous, "/nous", "nous"),
    (Vendor::Minimax, "/minimax", "minimax-oauth"),
    (Vendor::Github, "/github", "copilot"),
    (Vendor::Qwen, "/qwen", "qwen-oauth"),
];

impl Vendor {
    /// The vendor of a path, and the path as the vendor has it.
    pub(super) fn of_path(path: &str) -> (Self, &str) {
        VENDORS
            .iter()
            .find_map(|(vendor, prefix, _)| {
                let rest = path.strip_prefix(prefix)?;
                rest.starts_with('/').then_some((*vendor, rest))
            })
            .unwrap_or((Self::Standard, path))
    }

    /// The vendor of a provider; one that is not in the built-in table is standard.
    pub(super) fn of_provider(id: &str) -> Self {
        VENDORS
            .iter()
            .find(|(_, _, known)| *known == id)
            .map_or(Self::Standard, |(vendor, ..)| *vendor)
    }

    /// What all paths of the vendor begin with.
    pub(super) fn prefix(self) -> &'static str {
        self.entry().map_or("", |(_, prefix, _)| prefix)
    }

    fn entry(self) -> Option<&'static (Self, &'static str, &'static str)> {
        VENDORS.iter().find(|(vendor, ..)| *vendor == self)
    }

    /// The built-in table's entry.
    pub(super) fn provider(self) -> Option<Provider> {
        let (.., id) = self.entry()?;
        Table::load(None).ok()?.get(id).cloned()
    }

    /// The error when a spent refresh token comes again.
    pub(super) fn reuse_error(self) -> &'static str {
        match self {
            Self::Codex | Self::Minimax => "refresh_token_reused",
            _ => "invalid_grant",
        }
    }

    /// How long access tokens live.
    pub(super) fn life(self) -> Option<u64> {
        match self {
            Self::Github => None,
            Self::Anthropic => Some(28_800),
            Self::Minimax => Some(900),
            _ => Some(3600),
        }
    }

    /// How access and refresh tokens begin.
    pub(super) fn token_kinds(self) -> (&'static str, &'static str) {
        match self {
            Self::Anthropic => ("sk-ant-oat01", "sk-ant-ort01"),
            Self::Github => ("gho_", "ghr_"),
            Self::Spotify => ("sp-at", "sp-rt"),
            Self::Minimax => ("mm-at", "mm-rt"),
            Self::Nous => ("nous-at", "nous-rt"),
            Self::Qwen => ("qwen-at", "qwen-rt"),
            Self::Standard | Self::Xai | Self::Codex => ("at", "rt"),
        }
    }

    /// Whether access tokens are JWTs whatever the settings say.
    pub(super) fn always_jwt(self) -> bool {
        matches!(self, Self::Codex | Self::Nous)
    }

    /// Whether a poll that comes too early is told so. Codex and MiniMax have no word for it.
    pub(super) fn enforces_interval(self) -> bool {
        !matches!(self, Self::Codex | Self::Minimax)
    }
}

impl State {
    /// The issuer identifier.
    pub(super) fn issuer(&self, vendor: Vendor) -> String {
        format!("{}{}", self.origin, vendor.prefix())
    }

    /// Whether a client is registered.
    pub(super) fn knows_client(&self, vendor: Vendor, client_id: &str) -> bool {
        match vendor {
            Vendor::Standard | Vendor::Spotify => self
                .settings
                .clients
                .as_ref()
                .is_none_or(|known| known.iter().any(|id| id == client_id)),
            _ => vendor
                .provider()
                .is_some_and(|provider| provider.client_id.as_deref() == Some(client_id)),
        }
    }

    /// The answer of an honest server.
    pub(super) fn answer(&mut self, call: &Recorded) -> Reply {
        // RFC 8414 section 3.1 puts the issuer's path behind the well-known one.
        let moved = call
            .path
            .strip_prefix("/.well-known/oauth-authorization-server/")
            .map(|rest| format!("/{rest}/.well-known/oauth-authorization-server"));
        let (vendor, path) = Vendor::of_path(moved.as_deref().unwrap_or(&call.path));
        let answer = match vendor {
            Vendor::Standard => standard::answer(self, call, path),
            Vendor::Xai => standard::answer_xai(self, call, path),
            Vendor::Spotify => standard::answer_spotify(self, call, path),
            Vendor::Anthropic => anthropic::answer(self, call, path),
            Vendor::Codex => codex::answer(self, call, path),
            Vendor::Nous => nous::answer(self, call, path),
            Vendor::Minimax => minimax::answer(self, call, path),
            Vendor::Github => github::answer(self, call, path),
            Vendor::Qwen => standard::answer_qwen(self, call, path),
        };
        answer.unwrap_or_else(Reply::not_found)
    }
}
