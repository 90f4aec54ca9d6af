use std::time::Duration;

use hermes_providers::Dialect;
use hermes_secret::{LABEL_LIMIT, Secret, plain};
use jiff::Timestamp;
use serde_json::{Map, Value};
use url::Url;

use crate::{
    Client, OAuthError, Step, check_pinned, dialect, jwt_expiry, jwt_label,
    wire::{count, text},
};

/// What a token endpoint gave.
#[derive(Clone, Debug)]
pub struct TokenSet {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token; after a refresh, `None` means that the old one stays good.
    pub refresh_token: Option<Secret>,
    /// The id token.
    pub id_token: Option<Secret>,
    /// `Bearer`, in the server's spelling.
    pub token_type: String,
    /// The scope that was granted, where the server says.
    pub scope: Option<String>,
    /// The life in seconds, where the server says.
    pub expires_in: Option<u64>,
    /// When the answer came.
    pub obtained_at: Timestamp,
    /// When the access token expires: by `expires_in`, else by its own claim.
    pub expires_at: Option<Timestamp>,
    /// Where the provider wants the token used (Nous), if that is on a pinned host.
    pub inference_base_url: Option<Url>,
    /// Where the provider wants the token used (MiniMax), if that is on a pinned host.
    pub resource_url: Option<String>,
    /// A message of the provider for the person, safe to show.
    pub notice: Option<String>,
    /// Whose account it is: an unverified label, safe to show.
    pub account: Option<String>,
    /// The account's plan, where the tokens tell: unverified, safe to show.
    pub plan: Option<String>,
    pub(crate) problem: Option<String>,
}

impl TokenSet {
    /// A set with an access token and nothing else.
    pub fn new(access_token: Secret, obtained_at: Timestamp) -> Self {
        Self {
            access_token,
            refresh_token: None,
            id_token: None,
            token_type: "Bearer".to_owned(),
            scope: None,
            expires_in: None,
            obtained_at,
            expires_at: None,
            inference_base_url: None,
            resource_url: None,
            notice: None,
            account: None,
            plan: None,
            problem: None,
        }
    }

    /// What is odd about the tokens, if anything is. They may be unusable, but they are the ones
    /// there are: the caller saves them first (a refresh token that they replace is spent) and
    /// warns then.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }

    /// Reads a successful answer of a token endpoint (RFC 6749 section 5.1).
    pub(crate) fn read(
        client: &Client,
        step: Step,
        object: &Map<String, Value>,
    ) -> Result<Self, OAuthError> {
        let access = client.wire.text(step, object, "access_token")?;
        // It goes into a header: visible ASCII is all that RFC 6749 appendix A.12 allows.
        if !access.bytes().all(|byte| byte.is_ascii_graphic()) {
            let reason = "the access token holds characters that no token may hold";
            return Err(client.wire.bad_answer(step, reason));
        }
        let secret = |name: &str| text(object, name).map(Secret::new);
        let mut tokens = Self::new(Secret::new(access), client.wire.ports.clock.now());
        tokens.refresh_token = secret("refresh_token");
        tokens.id_token = secret("id_token");
        if let Some(kind) = text(object, "token_type") {
            tokens.token_type = plain(kind, 40);
        }
        tokens.scope = scope(object);
        tokens.expires_in =
            count(object, "expires_in").or_else(|| dialect::default_life(client.provider.dialect));
        tokens.expires_at = tokens
            .expires_in
            .and_then(|seconds| {
                tokens
                    .obtained_at
                    .checked_add(Duration::from_secs(seconds))
                    .ok()
            })
            .or_else(|| jwt_expiry(&tokens.access_token));
        tokens.account = tokens
            .id_token
            .as_ref()
            .and_then(jwt_label)
            .or_else(|| jwt_label(&tokens.access_token));
        tokens.plan = dialect::plan(client.provider.dialect, &tokens);
        tokens.inference_base_url = text(object, "inference_base_url")
            .and_then(|url| Url::parse(url).ok())
            .filter(|url| check_pinned(url, &client.wire.pins).is_ok());
        tokens.resource_url = text(object, "resource_url")
            .filter(|text| is_pinned(text, &client.wire.pins))
            .map(str::to_owned);
        tokens.notice = text(object, "notification_message")
            .map(|text| plain(text, LABEL_LIMIT))
            .filter(|text| !text.is_empty());
        tokens.problem = tokens.find_problem(client, step);
        Ok(tokens)
    }

    fn find_problem(&self, client: &Client, step: Step) -> Option<String> {
        let name = &client.wire.name;
        if !self.token_type.eq_ignore_ascii_case("bearer") {
            return Some(format!(
                "{name} gave a token of type `{}`, which Hermes cannot use",
                self.token_type
            ));
        }
        let renews =
            client.provider.dialect != Dialect::Standard || client.asks_for("offline_access");
        if step != Step::Refresh && renews && self.refresh_token.is_none() {
            return Some(format!(
                "{name} gave no refresh token: sign in again when the access token expires"
            ));
        }
        dialect::token_problem(client, self)
    }
}

/// A text, or what some servers send instead, a list.
fn scope(object: &Map<String, Value>) -> Option<String> {
    let scope = match object.get("scope")? {
        Value::String(text) => plain(text, 2000),
        Value::Array(items) => {
            let words: Vec<_> = items.iter().filter_map(Value::as_str).collect();
            plain(&words.join(" "), 2000)
        }
        _ => return None,
    };
    (!scope.is_empty()).then_some(scope)
}

/// Whether a URL, which may come without its scheme, is on a pinned host.
fn is_pinned(text: &str, pins: &[String]) -> bool {
    let url = match Url::parse(text) {
        Ok(url) if url.has_host() => Ok(url),
        _ => Url::parse(&format!("https://{text}")),
    };
    url.is_ok_and(|url| check_pinned(&url, pins).is_ok())
}

#[cfg(test)]
mod tests;
