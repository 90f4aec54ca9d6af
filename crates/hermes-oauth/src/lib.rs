//! OAuth as a client: discovery, PKCE, authorization code, device code, refresh, revocation, and
//! the vendors' dialects of them. No files, no terminal, no browser.
//!
//! A reader follows a sign-in in this order: [`Client::resolve`] (`client`, `discovery`, with
//! every URL through `pinned`), [`Client::begin`] (`pkce`, `attempt`), [`Attempt::judge`]
//! (`answer`), [`Client::exchange`] (`exchange`, `tokens`), or instead [`Client::start_device`]
//! and [`Client::wait_for_device`] (`device`). Where the process ends between the question and the
//! answer, [`Parked`] is what is kept of it. Later `refresh`, `revoke`, `userinfo`. Every
//! request passes `wire`. What one vendor does differently is in `dialect`, a file each.

mod answer;
mod attempt;
mod client;
mod device;
mod dialect;
mod discovery;
mod error;
mod exchange;
mod jwt;
mod key_check;
mod parked;
mod pinned;
mod pkce;
mod refresh;
mod revoke;
#[cfg(test)]
mod testing;
mod tokens;
mod userinfo;
mod wire;
mod witness;

pub use self::{
    answer::{Answer, AnswerError},
    attempt::{Attempt, AuthorizationCode, NotOurs, Verdict, judge},
    client::{Client, Ports, Registration},
    device::DeviceCode,
    discovery::discover,
    error::{OAuthError, Step, Tried},
    jwt::{jwt_chatgpt_account, jwt_expiry, jwt_label, jwt_subject},
    key_check::{KeyVerdict, check_key},
    parked::{Parked, ParkedError},
    pinned::{Unpinned, check_pinned, check_shape},
    pkce::Pkce,
    revoke::{Revocation, TokenKind},
    tokens::TokenSet,
    userinfo::Account,
    witness::{Unlike, Witness},
};
