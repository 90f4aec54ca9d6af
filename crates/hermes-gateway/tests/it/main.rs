//! The gateway over a real database and without sockets: requests go into the router, and identity
//! providers are strict ones that answer in place. Time is a clock that tests move.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a failed helper is a failed test, as in the tests themselves"
)]

mod back_channel;
mod bad_tokens;
mod bench;
mod headers;
mod home;
mod idp;
mod nous;
mod open;
mod password;
mod people;
mod renewal;
mod rig;
mod secrets;
mod sign_in;
mod sign_in_page;
mod sign_out;
mod without_a_click;
