//! The page runs in a process of its own, which may end without the application. Then it is loaded again; where it
//! ends over and over, a page without anything in it takes its place.

use hermes_desk::Desk;
use tauri::{AppHandle, Manager as _, Url, WebviewWindow};
use webkit2gtk::WebViewExt as _;

/// The page that says so, as `page` has it.
pub(crate) const PAGE: &str = "ended.html";

/// Where the folder of the logs is asked for: that page can run no script.
const LOGS: &str = "/logs";

/// Has the page of this window loaded again when its process ends.
pub(crate) fn watch(window: &WebviewWindow) -> tauri::Result<()> {
    let app = window.app_handle().clone();
    window.with_webview(move |view| {
        view.inner().connect_web_process_terminated(move |view, why| {
            if app.state::<Desk>().page_ended() {
                tracing::warn!(target: "hermes", ?why, "the page has ended, and is loaded again");
                view.reload();
            } else {
                tracing::warn!(target: "hermes", ?why, "the page ends often, and waits now");
                view.load_uri(&format!("tauri://localhost/{PAGE}"));
            }
        });
    })
}

/// Whether this asks for the folder of the logs, which is opened then.
pub(crate) fn asks_for_logs(app: &AppHandle, url: &Url) -> bool {
    let asks = url.path() == LOGS;
    if asks {
        // Where nothing shows folders, the page has where it is.
        let _ = open::that_detached(app.state::<Desk>().logs());
    }
    asks
}
