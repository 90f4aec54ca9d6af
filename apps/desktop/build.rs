//! Declares the commands of the page, so that no window may call one unless its capability says so.

use hermes_protocol::bridge::COMMANDS;
use tauri_build::{AppManifest, Attributes};

fn main() {
    println!("cargo::rerun-if-changed=../../ui/dist/desktop");
    let manifest = AppManifest::new().commands(&COMMANDS);
    let built = tauri_build::try_build(Attributes::new().app_manifest(manifest));
    if let Err(error) = built {
        println!("cargo::error={error:#}");
    }
}
