//! What a gateway sends to a client: any text. It is an answer, an event or neither, and what an event
//! tells is read or passed over.
#![no_main]

use hermes_protocol::methods::{ConversationResumed, EventsSince};
use hermes_protocol::rpc::{Answer, ConversationEvent, Frame, Told};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Ok(frame) = std::str::from_utf8(input) else {
        return;
    };
    match Frame::parse(frame) {
        Ok(Frame::Event(event)) => drop(ConversationEvent::read(&event)),
        Ok(Frame::Answer(answer)) => {
            let Ok(said) = answer.outcome else {
                return;
            };
            drop(Answer::read::<ConversationResumed>(&said));
            if let Ok(since) = Answer::read::<EventsSince>(&said) {
                for event in since.events {
                    drop(Told::read(&event).map(|event| ConversationEvent::read(&event)));
                }
            }
        }
        Err(_) => {}
    }
});
