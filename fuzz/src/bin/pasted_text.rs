//! What a person pastes: any text at all. What is found in it is within the limit, and a bare code
//! only where the provider shows one.
#![no_main]

use hermes_login::paste::{LIMIT, Pasted, parse};
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
        Ok(Pasted::Answer(answer)) => {
            let parts = [&answer.code, &answer.state].into_iter().flatten();
            assert!(parts.map(|part| part.expose().len()).sum::<usize>() <= LIMIT);
        }
        Err(_) => {}
    }
});
