//! A `Cookie` line, as anything may send it.
#![no_main]

use hermes_gateway::{
    cookies::{self, Kind, Shape, Value},
    site::{Prefix, Scheme},
};
use http::{HeaderMap, HeaderValue, header};

libfuzzer_sys::fuzz_target!(|line: &[u8]| {
    let mut headers = HeaderMap::new();
    if let Ok(line) = HeaderValue::from_bytes(line) {
        headers.insert(header::COOKIE, line);
    }
    for scheme in [Scheme::Http, Scheme::Https] {
        let shape = Shape::new(scheme, Prefix::default());
        for kind in Kind::ALL {
            // What is read could have been set.
            if let Ok(Some(value)) = cookies::read(&headers, kind, &shape) {
                assert!(Value::new(value).is_some());
            }
        }
    }
});
