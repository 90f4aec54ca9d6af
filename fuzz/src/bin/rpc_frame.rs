//! What a client sends on the socket: any text. Whatever it is, it is answered by one frame of a
//! bounded size, or was blank.
#![no_main]

use hermes_protocol::limits::{ECHOED_CHARS, ID_BYTES};
use hermes_protocol::methods::{Call, Role};
use hermes_protocol::rpc::{Request, answer};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(frame) = std::str::from_utf8(input) else {
        return;
    };
    let reply = match Request::parse(frame) {
        Ok(None) => return,
        Ok(Some(request)) => {
            assert!(request.id.as_json().len() <= ID_BYTES);
            assert!(!request.method.is_empty());
            let outcome = Call::read(&request, Role::Owner);
            answer(&request.id, outcome.map(|call| call.method().spec().name))
        }
        Err(reply) => reply.to_frame(),
    };
    // An escaped character needs up to six bytes.
    assert!(reply.len() <= ID_BYTES + 6 * ECHOED_CHARS + 256);
    assert!(reply.starts_with(r#"{"jsonrpc":"2.0","#) && reply.ends_with('}'));
});
