//! The application, from its start to its end.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use hermes_desk::Desk;
use tauri::{Manager as _, RunEvent, async_runtime};

use crate::{commands, foreign::Windows, manners, notices::Notices, page, pump, window, world};

/// Runs until its person quits.
#[expect(
    clippy::disallowed_methods,
    reason = "what Tauri's macro makes may end the process, and nothing of ours is held there"
)]
pub(crate) fn run() -> Result<()> {
    let mut context = tauri::generate_context!();
    page::put_into(&mut context);
    tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, _, _| {
            // Whoever starts it twice wants to see it, and whatever stands behind its name is read by nobody: it
            // may be a link of a stranger's. That it cannot be shown is no news for the other one.
            let _ = window::show(app);
        }))
        .plugin(tauri_plugin_window_state::Builder::new().build())
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .manage(pump::Listening::default())
        .invoke_handler(commands::handler())
        .setup(|app| {
            let windows = Windows::of(app.handle().clone());
            let outfit = world::of_process(Arc::new(windows))?;
            let (desk, tidings) = async_runtime::block_on(Desk::open(outfit));
            app.manage(desk.clone());
            app.manage(Notices::begin(app.handle().clone()));
            manners::begin(app.handle(), &desk);
            async_runtime::spawn(pump::run(app.handle().clone(), desk, tidings));
            window::show(app.handle())?;
            Ok(())
        })
        .on_window_event(manners::happened)
        .build(context)
        .context("the window cannot be shown")?
        .run(|app, event| {
            if let RunEvent::Exit = event {
                async_runtime::block_on(app.state::<Desk>().end());
            }
        });
    Ok(())
}
