//! The window. It shows the page that comes with the application, and never anything else.

use tauri::{
    AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    webview::NewWindowResponse,
};

use crate::deaths;

/// What the window is called here. The capabilities name it.
pub(crate) const LABEL: &str = "main";

/// Makes the window, or shows the one that is there.
pub(crate) fn show(app: &AppHandle) -> tauri::Result<WebviewWindow> {
    if let Some(window) = app.get_webview_window(LABEL) {
        window.show()?;
        window.unminimize()?;
        window.set_focus()?;
        return Ok(window);
    }
    let asked = app.clone();
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Hermes")
        .inner_size(1120.0, 780.0)
        .min_inner_size(360.0, 480.0)
        // Whatever a page could be made to go to, this window stays (checklist DT6).
        .on_navigation(move |url| is_ours(url) && !deaths::asks_for_logs(&asked, url))
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .build()?;
    deaths::watch(&window)?;
    Ok(window)
}

/// Whether it is in front of its person.
pub(crate) fn is_looked_at(app: &AppHandle) -> bool {
    let window = app.get_webview_window(LABEL);
    window.is_some_and(|window| window.is_focused().unwrap_or_default())
}

/// Whether this is the page of the application.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        // Windows has no schemes of a program's own in its web view.
        "http" | "https" => cfg!(windows) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dt6_the_window_stays_where_it_is() {
        let is = |text: &str| is_ours(&text.parse().unwrap());
        assert!(is("tauri://localhost/index.html#/settings"));
        for elsewhere in [
            "https://gateway.example/login",
            "http://tauri.localhost/",
            "http://tauri.localhost.evil.test/",
            "http://tauri.evil.test/",
            "tauri://evil.test/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
        ] {
            assert!(!is(elsewhere), "{elsewhere}");
        }
    }
}
