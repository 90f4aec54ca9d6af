//! What one provider wants differently from the others that speak its dialect. Requests say who we
//! are and never that we are another program: the client's own `User-Agent` is all there is.

use hermes_credentials::Kind;

use super::{Ask, Grant};

/// The ways of a provider.
pub(super) struct Manner {
    /// How the token of an API key travels; accounts' tokens are always bearer tokens.
    pub(super) key: KeyHeader,
    /// What requests with an account's token have to say besides.
    pub(super) account_headers: &'static [(&'static str, &'static str)],
    /// The header that names the account.
    pub(super) account_id: Option<&'static str>,
    /// The header that names the conversation, so that the machine is found that has it in its
    /// cache.
    pub(super) conversation: Option<&'static str>,
    /// Whether the body names the conversation as `prompt_cache_key`.
    pub(super) cache_key: bool,
    /// Words of the body's `tags`.
    pub(super) tags: &'static [&'static str],
    /// What is said where no instructions are given, and the provider wants some.
    pub(super) instructions: Option<&'static str>,
    /// How much a model is to think.
    pub(super) effort: EffortField,
    /// Whether summaries of thoughts have to be asked for.
    pub(super) summaries: bool,
}

/// The header of an API key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyHeader {
    /// `Authorization: Bearer`.
    Bearer,
    /// `x-api-key`.
    XApiKey,
}

/// The place of the effort in a body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum EffortField {
    /// What the dialect has for it.
    Usual,
    /// An object `reasoning`, in chat completions too.
    Reasoning,
    /// None: the provider's models think as they do.
    Nowhere,
}

const PLAIN: Manner = Manner {
    key: KeyHeader::Bearer,
    account_headers: &[],
    account_id: None,
    conversation: None,
    cache_key: false,
    tags: &[],
    instructions: None,
    effort: EffortField::Usual,
    summaries: false,
};

const XAI: Manner = Manner {
    conversation: Some("x-grok-conv-id"),
    cache_key: true,
    ..PLAIN
};

const CODEX: Manner = Manner {
    account_headers: &[("originator", "hermes")],
    account_id: Some("ChatGPT-Account-ID"),
    cache_key: true,
    instructions: Some("You are a helpful assistant."),
    summaries: true,
    ..PLAIN
};

const ANTHROPIC: Manner = Manner {
    key: KeyHeader::XApiKey,
    account_headers: &[("anthropic-beta", "oauth-2025-04-20")],
    ..PLAIN
};

const MINIMAX: Manner = Manner {
    effort: EffortField::Nowhere,
    ..PLAIN
};

const NOUS: Manner = Manner {
    tags: &["product=hermes"],
    effort: EffortField::Reasoning,
    ..PLAIN
};

const OPENROUTER: Manner = Manner {
    effort: EffortField::Reasoning,
    ..PLAIN
};

/// The ways of this provider.
pub(super) fn of(provider: &str) -> &'static Manner {
    match provider {
        "xai" | "xai-oauth" => &XAI,
        "openai-codex" => &CODEX,
        "anthropic" => &ANTHROPIC,
        "minimax" | "minimax-cn" | "minimax-oauth" => &MINIMAX,
        "nous" => &NOUS,
        "openrouter" => &OPENROUTER,
        _ => &PLAIN,
    }
}

/// The headers that open the door, and those that name the conversation where there is one.
pub(super) fn headers(grant: &Grant, ask: Option<&Ask>) -> Vec<(&'static str, String)> {
    let manner = of(&grant.provider);
    let mut headers = Vec::new();
    if let Some(token) = &grant.token {
        headers.push(match (grant.kind, manner.key) {
            (Kind::ApiKey, KeyHeader::XApiKey) => ("x-api-key", token.expose().to_owned()),
            _ => ("Authorization", format!("Bearer {}", token.expose())),
        });
    }
    if grant.kind == Kind::OAuth {
        let fixed = manner.account_headers.iter();
        headers.extend(fixed.map(|(name, value)| (*name, (*value).to_owned())));
    }
    let account = manner.account_id.zip(grant.account.clone());
    let conversation = manner
        .conversation
        .zip(ask.map(|ask| ask.conversation.clone()));
    headers.extend(account);
    headers.extend(conversation);
    headers
}
