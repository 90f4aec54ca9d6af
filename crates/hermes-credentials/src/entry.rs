use jiff::Timestamp;

/// The credentials of one provider, in the order in which they are used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// The provider's id.
    pub provider: String,
    /// Its credentials.
    pub entries: Vec<Entry>,
}

/// One credential, as it is shown: nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The id: six hexadecimal digits in the pool, else the name of the place it lives in.
    pub id: String,
    /// The account's name, or what the person called it.
    pub label: String,
    /// What it is.
    pub kind: Kind,
    /// Where it came from, in the file's words: `manual:device_code`, `env:XAI_API_KEY`.
    pub source: String,
    /// Who keeps its secret.
    pub keeper: Keeper,
    /// The number in the listing, from 1.
    pub index: usize,
    /// Whether it can be used.
    pub state: State,
    /// What the provider said when it refused it, for as long as that counts; nothing of a secret.
    pub said: Option<String>,
    /// Whether it is the one that is used now.
    pub current: bool,
    /// When the access token ends, as far as that is known.
    pub expires_at: Option<Timestamp>,
    /// Whether it renews by itself.
    pub renews: bool,
    /// Where its token goes.
    pub base_url: Option<String>,
    /// Whether the environment or the file names another base URL than the provider table.
    pub base_url_overridden: bool,
    /// A base URL that was asked for and refused, because the provider's tokens may not go there.
    pub refused_base_url: Option<String>,
    /// The scope that was granted.
    pub scope: Option<String>,
    /// The client id it was issued to.
    pub client_id: Option<String>,
    /// The redirect URI of the sign-in.
    pub redirect_uri: Option<String>,
    /// When a refresh began that never ended: its token may be spent.
    pub interrupted_refresh: Option<Timestamp>,
}

/// What a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A key that a person copied.
    ApiKey,
    /// An account that was signed in to, or a token of one.
    OAuth,
}

impl Kind {
    /// The word of the file: `api_key` or `oauth`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::OAuth => "oauth",
        }
    }
}

/// Who keeps the secret of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// The credential file: it is ours to end.
    Us,
    /// A variable of the environment, or of `.env`.
    Variable,
    /// Another program.
    Another,
}

/// Whether a credential can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Now, or after a refresh that is due.
    Ready,
    /// Later: the provider refused it for a while.
    CoolingDown {
        /// The status that the provider answered with.
        code: Option<i64>,
        /// When it is tried again.
        until: Timestamp,
    },
    /// Not before a new sign-in.
    Dead {
        /// Why.
        reason: String,
    },
    /// No more: its token has ended and it holds no refresh token.
    Expired,
    /// Not here: the variable is not set, or another program keeps the secret.
    Missing,
}

impl State {
    /// Whether it can be used without a new sign-in, now or after a rest.
    pub const fn is_usable(&self) -> bool {
        matches!(self, Self::Ready | Self::CoolingDown { .. })
    }
}
