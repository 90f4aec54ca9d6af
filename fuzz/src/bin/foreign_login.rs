//! The stores of other tools, as anybody may have written them.
#![no_main]

use hermes_credentials::{Login, Origin, Tool};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for tool in Tool::ALL {
        let Ok(login) = Login::parse(tool, Origin::Command("test"), bytes) else {
            continue;
        };
        let account = login.account.unwrap_or_default();
        assert!(!account.chars().any(char::is_control), "safe to show");
    }
});
