//! Upstream's `config.yaml`, as anybody may have written it.
#![no_main]

use hermes_credentials::Settings;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(settings) = Settings::parse(bytes) else {
        return;
    };
    for provider in settings.providers() {
        assert!(provider.takes_keys() && provider.id.starts_with("custom:"));
        assert!(!provider.name.chars().any(char::is_control), "safe to show");
    }
});
