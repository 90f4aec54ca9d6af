//! The key that brings the window to the front, wherever its person is. Programs can have one under X11 alone:
//! Wayland keeps keys from whoever is not in front.

use hermes_machine::Environment;
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, ShortcutState};

use crate::window;

/// The key, as people and the plugin write it.
pub(crate) const KEY: &str = "Ctrl+Alt+H";

/// Whether there can be one here.
pub(crate) fn is_possible(environment: &Environment) -> bool {
    environment.has("DISPLAY") && !environment.has("WAYLAND_DISPLAY")
}

/// Has it, or gives it back.
///
/// # Errors
///
/// Why it cannot be had, in a sentence.
pub(crate) fn set(app: &AppHandle, is_on: bool) -> Result<(), String> {
    let keys = app.global_shortcut();
    let done = match is_on {
        true => keys.on_shortcut(KEY, |app, _, event| {
            if event.state() == ShortcutState::Pressed {
                // That it cannot be shown is told by its absence.
                let _ = window::show(app);
            }
        }),
        false => keys.unregister(KEY),
    };
    done.map_err(|error| format!("{KEY} cannot be had: {error}. Another program may have it."))
}
