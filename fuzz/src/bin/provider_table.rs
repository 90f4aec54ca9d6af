//! `providers.toml`, as a person may have written it.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = hermes_providers::Table::load(Some(text));
});
