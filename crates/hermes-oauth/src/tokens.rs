use hermes_secret::Secret;
use jiff::Timestamp;
use url::Url;

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
    /// Where the provider wants the token used (Nous). Not checked: see the caller's pins.
    pub inference_base_url: Option<Url>,
    /// Where the provider wants the token used (MiniMax, Qwen).
    pub resource_url: Option<String>,
    /// A message of the provider for the person, safe to show.
    pub notice: Option<String>,
    /// Whose account it is: an unverified label.
    pub account: Option<String>,
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
            problem: None,
        }
    }

    /// What is odd about the tokens, if anything is. They may be unusable, but they are the ones
    /// there are: the caller saves them first (the refresh token that they replace is spent) and
    /// warns then.
    pub fn problem(&self) -> Option<&str> {
        self.problem.as_deref()
    }
}
