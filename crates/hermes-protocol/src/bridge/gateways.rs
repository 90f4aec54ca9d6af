use serde::Serialize;

use super::{AppMeans, AppPreferences, LineState, SignInShown};

/// All that the page shows of the application itself, as it is now. It is told as a whole at each change.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Board {
    /// The gateways, in the order in which they were added; the one of this computer is first, if it is used.
    pub gateways: Vec<GatewayRow>,
    /// The one that is shown; null if there is none yet.
    pub current: Option<String>,
    /// Whether the environment says which gateway it is, so that no other one is to be had.
    pub is_fixed: bool,
    /// The sign-in that is under way.
    pub sign_in: Option<SignInShown>,
    /// What the person has to be told, until they have read it.
    pub notes: Vec<BridgeNote>,
    /// What the person prefers of the application itself.
    pub preferences: AppPreferences,
    /// What the desktop around it has.
    pub means: AppMeans,
}

/// A gateway in the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayRow {
    /// Names it in commands: its address, or `here`.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// Where it is; null on this computer.
    pub address: Option<String>,
    /// How people get in there.
    pub mode: BridgeMode,
    /// Whose session it is, as the gateway calls them.
    pub user: Option<String>,
    /// How the connection stands.
    pub state: LineState,
    /// How many answers have come since it was shown last.
    pub unread: u32,
    /// How many questions of the agent wait for the person.
    pub needs_you: u32,
    /// Whether others can read what is sent, which the person has agreed to.
    pub is_plain: bool,
    /// Where what opens it is kept.
    pub secret: SecretPlace,
}

/// How a gateway lets people in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum BridgeMode {
    /// By a token that its host knows.
    Token,
    /// By a sign-in.
    SignIn,
}

/// Where a secret is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum SecretPlace {
    /// There is none.
    Nowhere,
    /// In memory, for as long as the application runs.
    Memory,
    /// In a file that its owner alone may read.
    File,
    /// In the keychain of the desktop.
    Keychain,
}

/// Something that the person has to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BridgeNote {
    /// Names it for `note_read`.
    pub id: u32,
    /// The stable code, if it has one.
    pub code: Option<String>,
    /// What it is, in a sentence.
    pub text: String,
}

/// A gateway that has announced itself on a network of this computer. Anybody there can say this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NearbyGateway {
    /// What it calls itself.
    pub name: String,
    /// Where it says that it is, as a person would type it.
    pub address: String,
}

/// What `test` found, step by step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct GatewayTest {
    /// The steps, in their order.
    pub steps: Vec<TestStep>,
}

/// A step of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TestStep {
    /// `reachable`, `is_hermes`, `signed_in` or `live`.
    pub name: String,
    /// What it came to.
    pub outcome: TestOutcome,
}

/// What a step of a test came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TestOutcome {
    /// It is so.
    Yes {
        /// What is known of it: how long it took, the version, the person.
        detail: Option<String>,
    },
    /// It is not.
    No {
        /// The stable code, if it has one.
        code: Option<String>,
        /// Why, in a sentence.
        text: String,
        /// What to do next.
        hint: Option<String>,
    },
    /// A step before it failed.
    NotTried,
}
