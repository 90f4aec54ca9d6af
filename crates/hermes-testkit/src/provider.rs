//! The fake authorization server.

mod call;
mod device;
mod fake;
mod faults;
mod grant;
mod jwt;
mod overrides;
mod page;
mod reply;
mod script;
mod server;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod vendor;

pub use self::{
    call::Recorded,
    fake::FakeProvider,
    grant::Issued,
    script::{Script, Scripted},
    settings::Settings,
};
