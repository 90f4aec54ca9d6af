//! Hermes on a desktop: one window with the page that the web app is, and what a desktop expects around it.
//! What it knows and does is in `hermes-desk`; here is how that is shown.

mod app;
mod commands;
mod deaths;
mod foreign;
mod logs;
mod manners;
mod notices;
mod once;
mod page;
mod pump;
mod save;
mod shortcut;
mod tray;
mod window;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    if tauri::async_runtime::block_on(once::is_there_already()) {
        return ExitCode::SUCCESS;
    }
    match app::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            world::complain(&error);
            ExitCode::FAILURE
        }
    }
}
