//! The gateway as a whole, over a real database and a moved clock, composed from settings as the
//! product composes it. Most ask its router, without sockets; where bytes on a wire are the point,
//! they are real. Identity providers are strict ones that answer in place.

mod account;
mod accounts;
mod app;
mod authenticator;
pub(crate) mod aviary;
mod back_channel;
mod bad_tokens;
mod browser;
mod checklist;
mod choosing;
mod claim;
mod claim_elsewhere;
mod clerk;
mod control;
mod conversations;
mod device;
mod device_page;
mod gate;
mod headers;
mod idp;
mod native;
mod native_provider;
mod native_refresh;
mod nous;
mod onward;
mod open;
pub(crate) mod parrot;
mod passkeys;
mod password;
mod people;
mod renewal;
mod rig;
mod secrets;
mod sessions;
mod sign_in;
mod sign_in_page;
mod sign_out;
mod sockets;
mod stage;
mod strangers;
mod tls;
mod token;
mod twins;
mod web_app;
mod without_a_click;
