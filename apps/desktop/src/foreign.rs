//! Windows with a gateway's own page. They are strangers here: no capability names them, so none of the
//! application's commands is theirs, and each keeps its cookies in a folder of its own.

use std::{
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use hermes_desk::{SignInWindow, SignInWindows};
use hermes_machine::BoxFuture;
use hermes_secret::Secret;
use tauri::{
    AppHandle, Manager as _, Url, WebviewUrl, WebviewWindowBuilder,
    webview::{NewWindowResponse, PageLoadEvent},
};

/// What the labels of these windows begin with. No capability has a name like it.
const LABEL: &str = "sign-in-";

/// Opens them.
pub(crate) struct Windows {
    app: AppHandle,
    opened: AtomicU32,
}

impl Windows {
    pub(crate) const fn of(app: AppHandle) -> Self {
        Self {
            app,
            opened: AtomicU32::new(0),
        }
    }
}

impl SignInWindows for Windows {
    fn open<'a>(
        &'a self,
        page: &'a Url,
        folder: PathBuf,
    ) -> BoxFuture<'a, Result<Box<dyn SignInWindow>, String>> {
        Box::pin(async move {
            let number = self.opened.fetch_add(1, Ordering::Relaxed);
            let label = format!("{LABEL}{number}");
            let host = page.host_str().unwrap_or_default().to_owned();
            let window =
                WebviewWindowBuilder::new(&self.app, &label, WebviewUrl::External(page.clone()))
                    // Whose page it is stands where the page cannot write.
                    .title(format!("Opening {host}"))
                    .on_page_load(move |window, page| {
                        if page.event() == PageLoadEvent::Finished {
                            // One that was closed meanwhile needs none.
                            let _ = window.set_title(&format!("Sign in to {host}"));
                        }
                    })
                    .inner_size(520.0, 720.0)
                    .data_directory(folder)
                    .on_navigation(|url| matches!(url.scheme(), "http" | "https"))
                    .on_new_window(|_, _| NewWindowResponse::Deny)
                    .build();
            window.map_err(|error| error.to_string())?;
            Ok(Box::new(Open {
                app: self.app.clone(),
                label,
            }) as Box<dyn SignInWindow>)
        })
    }
}

/// One that is open.
struct Open {
    app: AppHandle,
    label: String,
}

impl SignInWindow for Open {
    fn cookies<'a>(&'a self, of: &'a Url) -> BoxFuture<'a, Option<Vec<(String, Secret)>>> {
        Box::pin(async move {
            let window = self.app.get_webview_window(&self.label)?;
            // A store that cannot be read just now may be read the next time.
            let cookies = window.cookies_for_url(of.clone()).unwrap_or_default();
            let pair = |cookie: tauri::webview::Cookie<'static>| {
                (cookie.name().to_owned(), Secret::new(cookie.value()))
            };
            Some(cookies.into_iter().map(pair).collect())
        })
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(window) = self.app.get_webview_window(&self.label) {
            // It is gone already, or goes with the application.
            let _ = window.destroy();
        }
    }
}
