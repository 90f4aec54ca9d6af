//! Where the person was when the application ended, and what they prefer of it, in `desktop.json` of the home.

use hermes_machine::{Home, file};
use hermes_protocol::bridge::AppPreferences;
use serde_json::{Map, Value, json};

/// The most bytes of the file.
const LIMIT: u64 = 64 * 1024;

const FILE: &str = "desktop.json";

/// Where they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Whether the gateway of this computer is used.
    pub(crate) uses_here: bool,
    /// The id of the gateway that was shown.
    pub(crate) shown: Option<String>,
    /// What the gateway of this computer is called, if the person has said so.
    pub(crate) here_name: Option<String>,
    /// What they prefer. Whether it begins with their session, the file says that has it begin.
    pub(crate) preferences: AppPreferences,
    /// Whether they were told that a closed window goes on in the tray.
    pub(crate) knows_tray: bool,
    /// The newest version that they were told of.
    pub(crate) told_version: Option<String>,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            uses_here: false,
            shown: None,
            here_name: None,
            preferences: AppPreferences {
                notifies: true,
                stays_in_tray: true,
                opens_at_login: false,
                has_shortcut: false,
                looks_for_updates: false,
            },
            knows_tray: false,
            told_version: None,
        }
    }
}

/// What is kept, and what is wrong with it.
pub(crate) fn read(home: &Home) -> (Place, Option<String>) {
    match fields(home) {
        Ok(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str).map(str::to_owned);
            let new = Place::default();
            let yes = |name: &str, new: bool| {
                let kept = fields.get(name).and_then(Value::as_bool);
                kept.unwrap_or(new)
            };
            let place = Place {
                uses_here: yes("uses_here", new.uses_here),
                shown: text("shown"),
                here_name: text("here_name"),
                preferences: AppPreferences {
                    notifies: yes("notifies", new.preferences.notifies),
                    stays_in_tray: yes("stays_in_tray", new.preferences.stays_in_tray),
                    has_shortcut: yes("has_shortcut", new.preferences.has_shortcut),
                    looks_for_updates: yes("looks_for_updates", new.preferences.looks_for_updates),
                    ..new.preferences
                },
                knows_tray: yes("knows_tray", new.knows_tray),
                told_version: text("told_version"),
            };
            (place, None)
        }
        Err(why) => {
            let path = home.path().join(FILE);
            let text = format!(
                "`{}` cannot be used, so the application begins as a new one: {why}.",
                path.display()
            );
            (Place::default(), Some(text))
        }
    }
}

/// Keeps where they are, beside what a newer version has added. A file that cannot be read is not written over.
pub(crate) fn write(home: &Home, place: &Place) -> Result<(), String> {
    change(
        home,
        [
            ("uses_here", json!(place.uses_here)),
            ("shown", json!(place.shown)),
            ("here_name", json!(place.here_name)),
        ],
    )
}

/// Keeps what they prefer and were told, likewise.
pub(crate) fn write_preferences(home: &Home, place: &Place) -> Result<(), String> {
    let preferences = place.preferences;
    change(
        home,
        [
            ("notifies", json!(preferences.notifies)),
            ("stays_in_tray", json!(preferences.stays_in_tray)),
            ("has_shortcut", json!(preferences.has_shortcut)),
            ("looks_for_updates", json!(preferences.looks_for_updates)),
            ("knows_tray", json!(place.knows_tray)),
            ("told_version", json!(place.told_version)),
        ],
    )
}

fn change<const N: usize>(home: &Home, changed: [(&str, Value); N]) -> Result<(), String> {
    let mut fields = fields(home)?;
    fields.extend(changed.map(|(name, value)| (name.to_owned(), value)));
    let mut text = format!("{:#}", Value::Object(fields));
    text.push('\n');
    file::create_private_dir(home.path())
        .and_then(|()| file::write_private(&home.path().join(FILE), text.as_bytes()))
        .map_err(|error| error.to_string())
}

fn fields(home: &Home) -> Result<Map<String, Value>, String> {
    let read = file::read_bounded(&home.path().join(FILE), LIMIT);
    let Some(bytes) = read.map_err(|error| error.to_string())? else {
        return Ok(Map::new());
    };
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use hermes_testkit::TestHome;

    use super::*;

    fn home() -> (TestHome, Home) {
        let folder = TestHome::new();
        let home = Home::locate(&folder.environment(), None).unwrap();
        std::fs::create_dir_all(home.path()).unwrap();
        (folder, home)
    }

    #[test]
    fn it_is_kept_beside_what_a_newer_version_has_added() {
        let (_folder, home) = home();
        assert_eq!(read(&home), (Place::default(), None));
        file::write_private(&home.path().join(FILE), br#"{"tone":"calm"}"#).unwrap();
        let place = Place {
            uses_here: true,
            shown: Some("here".to_owned()),
            here_name: Some("moss".to_owned()),
            preferences: AppPreferences {
                notifies: false,
                stays_in_tray: false,
                opens_at_login: false,
                has_shortcut: true,
                looks_for_updates: true,
            },
            knows_tray: true,
            told_version: Some("0.2.0".to_owned()),
        };
        write_preferences(&home, &place).unwrap();
        write(&home, &place).unwrap();
        assert_eq!(read(&home), (place, None));
        let text = std::fs::read_to_string(home.path().join(FILE)).unwrap();
        assert!(text.contains(r#""tone": "calm""#), "{text}");
    }

    #[test]
    fn what_a_file_of_before_does_not_say_is_as_in_a_new_one() {
        let (_folder, home) = home();
        file::write_private(&home.path().join(FILE), br#"{"notifies":false}"#).unwrap();
        let (place, problem) = read(&home);
        assert_eq!(problem, None);
        assert!(!place.preferences.notifies && place.preferences.stays_in_tray);
        assert!(!place.preferences.looks_for_updates && place.told_version.is_none());
    }

    #[test]
    fn a_damaged_file_is_told_and_left_as_it_is() {
        let (_folder, home) = home();
        file::write_private(&home.path().join(FILE), b"{ half").unwrap();
        let (place, problem) = read(&home);
        assert_eq!(place, Place::default());
        assert!(problem.is_some_and(|text| text.contains(FILE)));
        assert!(write(&home, &place).is_err());
        let left = std::fs::read_to_string(home.path().join(FILE)).unwrap();
        assert_eq!(left, "{ half");
    }
}
