use serde_json::{Map, Value};

/// How the server behaves; change it with [`FakeProvider::configure`](crate::FakeProvider::configure).
#[derive(Clone, Debug)]
pub struct Settings {
    /// The client ids that the standard and Spotify endpoints know; `None` is any. The other
    /// vendors know exactly the client id of the built-in table.
    pub clients: Option<Vec<String>>,
    /// The redirect URIs that are registered, character for character; `None` is any
    /// `http` URI of a loopback name. xAI always wants 127.0.0.1 and `/callback`.
    pub redirect_uris: Option<Vec<String>>,
    /// The scopes that exist; `None` is any.
    pub scopes: Option<Vec<String>>,
    /// What is granted instead of the scope that was asked for.
    pub granted_scope: Option<String>,
    /// Whether `nonce` is wanted when `openid` is asked for.
    pub require_nonce: bool,
    /// Access tokens are JWTs with `exp` and `email`. Those of Codex and Nous always are.
    pub jwt: bool,
    /// The life of an access token in seconds; `None` is the vendor's habit: 8 hours at Anthropic,
    /// 15 minutes at MiniMax, no end at GitHub, else an hour. To leave `expires_in` out of the
    /// answer, lay `null` over it in `token_answer`.
    pub expires_in: Option<u64>,
    /// Whether refresh tokens are given out.
    pub refresh_tokens: bool,
    /// Whether a refresh gives a new refresh token and spends the old one.
    pub rotate: bool,
    /// Whether authorization answers carry `iss`, and the metadata says so (RFC 9207). The
    /// standard and xAI endpoints only.
    pub iss: bool,
    /// The `issuer` of the metadata, if it is to be another than the server's.
    pub metadata_issuer: Option<String>,
    /// Whether the metadata names a device endpoint.
    pub offers_device: bool,
    /// Whether the metadata names a revocation endpoint.
    pub offers_revocation: bool,
    /// Whether the metadata names a userinfo endpoint.
    pub offers_userinfo: bool,
    /// Members laid over the metadata; `null` removes one.
    pub metadata: Map<String, Value>,
    /// The polling interval in seconds.
    pub interval: u64,
    /// The life of a device code in seconds; it ends only if the server has a clock.
    pub device_expires_in: u64,
    /// A device code is approved by itself at this poll, 1 being the first.
    pub approve_at_poll: Option<u32>,
    /// xAI's answer for accounts without the plan: 403 at the token endpoint.
    pub tier_denied: bool,
    /// Whether xAI's token endpoint wants `code_challenge` again, as some of its back ends do.
    pub challenge_again: bool,
    /// The account's email address, in tokens and userinfo.
    pub email: String,
    /// Claims laid over those of JWTs.
    pub claims: Map<String, Value>,
    /// Members laid over token answers; `null` removes one.
    pub token_answer: Map<String, Value>,
    /// Nous's `inference_base_url`; `None` is a path of this server.
    pub inference_base_url: Option<String>,
    /// Whether MiniMax's `expired_in` is milliseconds since the epoch, else seconds to go.
    pub milliseconds: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            clients: None,
            redirect_uris: None,
            scopes: None,
            granted_scope: None,
            require_nonce: false,
            jwt: false,
            expires_in: None,
            refresh_tokens: true,
            rotate: true,
            iss: true,
            metadata_issuer: None,
            offers_device: true,
            offers_revocation: true,
            offers_userinfo: true,
            metadata: Map::new(),
            interval: 5,
            device_expires_in: 900,
            approve_at_poll: None,
            tier_denied: false,
            challenge_again: true,
            email: "ada@example.org".to_owned(),
            claims: Map::new(),
            token_answer: Map::new(),
            inference_base_url: None,
            milliseconds: true,
        }
    }
}
