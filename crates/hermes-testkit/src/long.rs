//! Runs whose length is a number: a few rounds in the tests, a thousand by `cargo xtask storm` and
//! `cargo xtask crash`. Both start real processes of the programs that they are given, against a
//! server in this process, and say what they saw; what must not be is a list, empty when all is
//! well.

mod crash;
mod stage;
mod storm;

pub use self::{
    crash::{Crash, CrashReport, Kind, Tally},
    storm::{Storm, StormReport},
};
