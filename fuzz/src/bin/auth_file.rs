//! `auth.json`, as any program may have written it. What is read and written back must be read
//! as the same again.
#![no_main]

use hermes_credentials::AuthFile;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = AuthFile::parse(bytes) else {
        return;
    };
    let text = file.text();
    let again = AuthFile::parse(text.expose().as_bytes()).expect("what was written can be read");
    assert!(again.text().same(&text), "writing is stable");
});
