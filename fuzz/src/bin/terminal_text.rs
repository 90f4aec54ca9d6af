//! Text from a provider on its way to a terminal: no control character, no more than the limit.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let line = hermes_secret::plain(text, 80);
    assert!(line.chars().count() <= 80);
    assert!(!line.chars().any(char::is_control));
    assert!(!hermes_secret::visible(text).chars().any(char::is_control));
});
