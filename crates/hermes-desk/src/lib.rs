//! What the desktop application knows and does, without a window: the gateways of a person, the one that is
//! shown, sign-ins, and the lines to them. The window asks by the commands of `hermes_protocol::bridge`, and is
//! told by [`Tidings`].
//!
//! Everything that opens a gateway stays in here: what is told to a window has no secret in it.

mod at_login;
mod board;
mod desk;
mod errands;
mod fixed;
mod heard;
mod here;
mod link;
mod list;
mod look;
mod manners;
mod nearby;
mod notice;
mod place;
mod refusal;
mod signing;
mod updates;
mod window;

#[cfg(test)]
mod tests;

pub use self::{
    desk::{Desk, Outfit, Tiding, Tidings},
    notice::Notice,
    window::{SignInWindow, SignInWindows},
};
