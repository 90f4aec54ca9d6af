//! The table of error codes: one stable code, one class of outcome, one sentence and one next step
//! for each failure that a person or a script can meet.
//!
//! A library's error enum implements [`Explain`]; whoever shows an error turns it into a
//! [`Failure`], the same for the terminal, `--json`, and later the wire. Codes are promises: they
//! are added, never renamed. Each has a section of the same name in the guide page `errors`,
//! which a test of `hermes-cli` checks.

mod code;
mod failure;
#[cfg(test)]
mod typescript;

pub use self::{
    code::{Code, Outcome},
    failure::{Explain, Failure},
};
