//! The head of a request to the loopback listener. Only a request to a loopback name with the
//! right port may be anything but refused.
#![no_main]

use hermes_login::loopback::request::{Door, Head, Received, parse};

libfuzzer_sys::fuzz_target!(|input: (&str, &str, Option<&str>, Vec<(&str, &str)>)| {
    let (method, path, query, headers) = input;
    let door = Door {
        path: "/callback".to_owned(),
        port: 56121,
        origins: vec!["https://auth.x.ai".to_owned()],
    };
    let head = Head {
        method,
        authority: None,
        path,
        query,
        headers: headers.clone(),
    };
    let hosts = ["127.0.0.1:56121", "localhost:56121", "[::1]:56121"];
    let named = headers.iter().any(|(name, value)| {
        *name == "host" && hosts.iter().any(|host| value.eq_ignore_ascii_case(host))
    });
    match parse(&head, &door) {
        Received::WrongHost => {}
        _ => assert!(named, "{headers:?}"),
    }
});
