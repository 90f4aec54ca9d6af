//! Models, as an agent asks them: over a real socket, at a server that does what the test says.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a failed helper is a failed test, as in the tests themselves"
)]

mod answering;
mod pools;
mod rig;
