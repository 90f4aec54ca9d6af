//! The gateway as a whole, over a real database and a moved clock, composed from settings as the
//! product composes it. Most ask its router, without sockets; where bytes on a wire are the point,
//! they are real. Identity providers are strict ones that answer in place.

mod app;
mod authenticator;
mod back_channel;
mod bad_tokens;
mod browser;
mod checklist;
mod claim;
mod claim_elsewhere;
mod control;
mod device;
mod device_page;
mod gate;
mod headers;
mod home;
mod idp;
mod native;
mod native_provider;
mod native_refresh;
mod nous;
mod open;
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
mod strangers;
mod tls;
mod without_a_click;
