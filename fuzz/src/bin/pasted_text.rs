//! What a person pastes: any text at all. An answer that is found must be one that the listener
//! would have taken too, so it is never longer than the limit.
#![no_main]

use hermes_login::paste::{Pasted, parse};
use url::Url;

libfuzzer_sys::fuzz_target!(|input: (&str, bool)| {
    let (text, shows_code) = input;
    let Ok(redirect) = Url::parse("http://127.0.0.1:56121/callback") else {
        return;
    };
    match parse(text, &redirect, shows_code) {
        Ok(Pasted::BareCode(code)) => {
            assert!(
                shows_code,
                "a bare code is taken from providers that show one"
            );
            assert!(!code.is_empty());
        }
        Ok(Pasted::Answer(_)) | Err(_) => {}
    }
});
