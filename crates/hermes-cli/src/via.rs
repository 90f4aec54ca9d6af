//! `--via`: a sign-in on another host, by ssh, finished here.
//!
//! `Destination` is what may be given to ssh, [`mod@ssh`] starts it, [`run()`] is the laptop's command
//! and [`serve()`] the hidden one that ssh runs on the host. What the two say to each other is in
//! `hermes_login::via`.

mod destination;
mod explain;
mod retry;
mod run;
mod serve;
mod ssh;

pub(crate) use self::{run::run, serve::serve};
