//! What a desktop expects of an application: it goes on in the tray when its window is closed, tells what its person
//! misses, and has what they prefer so at once.

use hermes_desk::{Desk, Notice};
use hermes_protocol::bridge::{AppPreferences, BridgeRefusal};
use tauri::{AppHandle, Manager as _, Window, WindowEvent};

use crate::{notices::Notices, shortcut, window};

/// Has what is preferred so from the start.
pub(crate) fn begin(app: &AppHandle, desk: &Desk) {
    if !desk.lets_keys(shortcut::is_possible) {
        return;
    }
    desk.has(|means| means.shortcut = Some(shortcut::KEY.to_owned()));
    if desk.preferences().has_shortcut
        && let Err(why) = shortcut::set(app, true)
    {
        desk.explain(refused(why));
    }
}

/// Has it as its person prefers from now on. What cannot be is refused, and stays as it was.
pub(crate) fn prefer(
    app: &AppHandle,
    desk: &Desk,
    preferred: AppPreferences,
) -> Result<(), BridgeRefusal> {
    let had_shortcut = desk.preferences().has_shortcut;
    if preferred.has_shortcut != had_shortcut {
        if desk.board().means.shortcut.is_none() {
            return Err(refused(
                "This desktop gives no program such a key.".to_owned(),
            ));
        }
        shortcut::set(app, preferred.has_shortcut).map_err(refused)?;
    }
    desk.prefer(preferred).inspect_err(|_| {
        if preferred.has_shortcut != had_shortcut {
            // It was so a moment ago.
            let _ = shortcut::set(app, had_shortcut);
        }
    })
}

/// Something has happened to a window.
pub(crate) fn happened(of: &Window, event: &WindowEvent) {
    if of.label() != window::LABEL {
        return;
    }
    let app = of.app_handle();
    match event {
        // The key that has closed it gives it the focus once more, when it is let go.
        WindowEvent::Focused(true) if of.is_visible().unwrap_or_default() => {
            app.state::<Notices>().withdraw();
        }
        WindowEvent::CloseRequested { api, .. } => {
            let desk = app.state::<Desk>();
            let board = desk.board();
            if board.preferences.stays_in_tray && board.means.has_tray {
                api.prevent_close();
                // One that cannot be hidden is there still.
                let _ = of.hide();
                if desk.begins_in_tray() {
                    app.state::<Notices>().show(Notice {
                        gateway: board.current.unwrap_or_default(),
                        conversation: None,
                        title: "Hermes goes on in the tray".to_owned(),
                        text: "Quit is in its menu. The preferences say whether closing the window ends it."
                            .to_owned(),
                    });
                }
            }
        }
        // A window with the page of a gateway is no reason to go on.
        WindowEvent::Destroyed => app.exit(0),
        _ => {}
    }
}

fn refused(message: String) -> BridgeRefusal {
    BridgeRefusal {
        code: None,
        message,
        hint: None,
        status: 0,
        retryable: false,
    }
}
