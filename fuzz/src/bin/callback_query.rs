//! The query of a redirect, as a stranger's browser may send it.
#![no_main]

libfuzzer_sys::fuzz_target!(|query: &str| {
    let _ = hermes_oauth::Answer::from_query(query);
});
