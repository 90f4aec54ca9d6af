//! The gateway: the gate, sign-in, tickets and the socket behind them.
//!
//! A request goes one way: [`serve`] → the gate (`front`) → a route of `routes`. On its way it
//! meets the pure rules, in this order: [`forwarded`] (who asks, and what they see), [`reach`] (is
//! this host ours), [`paths`] (who may ask for this), `credential` and [`sessions`] (whose session
//! is it), [`csrf`] (did its owner mean it). Apps get their sessions by [`native`],
//! machines without a browser by `device`. A socket has a
//! gate of its own (`routes::socket`), with the same rules and a ticket ([`tickets`]), and is then
//! served by [`socket`]. Whoever has the host comes in by [`control`] instead, where the kernel says
//! who they are.
//!
//! What becomes of a request or a socket is logged in one place, `request`, with the id of the request:
//! a refusal by [`Refusal::word`](hermes_protocol::rest::Refusal::word), a socket in the words of its
//! close frame, [`Close::reason`](hermes_protocol::close::Close::reason). Who it was is in the [`audit`]
//! log alone.

pub mod accounts;
pub mod answers;
mod approval;
pub mod audit;
mod begin;
mod begun;
pub mod claim;
pub mod control;
pub mod conversations;
pub mod cookies;
mod credential;
pub mod csrf;
mod departure;
mod device;
pub mod forwarded;
mod front;
pub mod gateway;
pub mod landing;
pub mod lifetimes;
mod limiter;
pub mod methods;
mod metrics;
pub mod mode;
pub mod native;
mod pages;
pub mod passkeys;
pub mod passwords;
pub mod paths;
mod person;
pub mod push;
pub mod reach;
mod readiness;
mod refusal;
mod request;
mod routes;
pub mod serve;
pub mod sessions;
pub mod settings;
mod sharing;
pub mod site;
pub mod socket;
mod sso;
mod strangers;
pub mod tickets;
pub mod tls;
pub mod token;
pub mod vouch;
pub mod web_app;

pub use self::front::Front;
use self::pages::ASSETS;

#[cfg(test)]
mod tests;
