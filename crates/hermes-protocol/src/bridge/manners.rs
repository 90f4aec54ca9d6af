use serde::{Deserialize, Serialize};

/// What the person prefers of the application itself. `prefer` takes all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each of them is a switch that the person sees"
)]
pub struct AppPreferences {
    /// Whether the desktop tells what happens while nobody looks at the window.
    pub notifies: bool,
    /// Whether it stays in the tray when its window is closed, where there is a tray.
    pub stays_in_tray: bool,
    /// Whether it begins with the session of its person.
    pub opens_at_login: bool,
    /// Whether a key brings it to the front wherever its person is.
    pub has_shortcut: bool,
    /// Whether it looks for newer versions by itself, where it is named where they are listed.
    pub looks_for_updates: bool,
}

/// What the desktop around the application has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AppMeans {
    /// Whether there is a tray, and the application is in it.
    pub has_tray: bool,
    /// The key that brings it to the front, where there can be one.
    pub shortcut: Option<String>,
    /// Whether it is named where newer versions are listed, so that somebody can be asked.
    pub can_look_for_updates: bool,
}

/// What `check_updates` has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UpdateCheck {
    /// The version of the application.
    pub current: String,
    /// The one that is listed, if it is a newer one.
    pub found: Option<NewerVersion>,
}

/// A version that is newer than the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NewerVersion {
    /// What it is called.
    pub version: String,
    /// The page that says what is new in it: https.
    pub notes: String,
}
