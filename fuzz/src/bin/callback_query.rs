//! The query of a redirect, as a stranger's browser may send it. What is shown of it is one line.
#![no_main]

libfuzzer_sys::fuzz_target!(|query: &str| {
    let Ok(answer) = hermes_oauth::Answer::from_query(query) else {
        return;
    };
    for shown in [answer.error, answer.error_description]
        .into_iter()
        .flatten()
    {
        assert!(shown.chars().count() <= hermes_secret::LABEL_LIMIT);
        assert!(!shown.chars().any(char::is_control), "safe to show");
    }
});
