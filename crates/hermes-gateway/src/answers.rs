//! What the calls of a socket answer, from what is on this machine.

use std::{path::PathBuf, time::UNIX_EPOCH};

use hermes_errors::{Failure, Outcome};
use hermes_protocol::rpc::{ErrorData, RpcError};

use crate::socket::Answers;

/// The answers of a gateway with a home.
pub struct LocalAnswers {
    config: PathBuf,
}

impl LocalAnswers {
    /// The answers for this file of settings.
    pub const fn new(config: PathBuf) -> Self {
        Self { config }
    }
}

impl Answers for LocalAnswers {
    fn config_changed_at(&self) -> f64 {
        std::fs::metadata(&self.config)
            .and_then(|metadata| metadata.modified())
            .ok()
            .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
            .map_or(0.0, |since| since.as_secs_f64())
    }
}

/// A failure as the error of a call, under this number of
/// [`code`](hermes_protocol::rpc::code).
pub fn explained(number: i32, failure: &Failure) -> RpcError {
    RpcError::new(number, failure.message.clone()).with_data(ErrorData {
        code: failure.code.as_str().into(),
        hint: failure.next_step.clone().into(),
        retryable: failure.code.outcome() == Outcome::Unreachable,
    })
}
