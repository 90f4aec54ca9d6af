//! Another program, asked one question: started with arguments and no shell, with a limit of time
//! and of what it may say, and gone with everything it started when the limit is reached.

use std::{io, process::Stdio, time::Duration};

use rustix::process::{Pid, Signal, kill_process_group};
use thiserror::Error;
use tokio::{
    io::AsyncReadExt as _,
    process::{Child, Command},
};

use crate::{Clock, Environment};

/// What a program said, and whether it ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whether its exit status was 0.
    pub success: bool,
    /// Its standard output.
    pub stdout: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// There is no such program on the search path.
    #[error("`{program}` is not on the search path")]
    Missing {
        /// Its name.
        program: String,
    },
    /// It could not be started or read.
    #[error("`{program}` cannot be run: {source}")]
    Failed {
        /// Its name.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// It had not ended in time, and was ended.
    #[error("`{program}` did not answer within {} s", limit.as_secs())]
    TimedOut {
        /// Its name.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// It said more than it could have to say, and was ended.
    #[error("`{program}` said more than {limit} bytes")]
    TooLarge {
        /// Its name.
        program: String,
        /// The limit.
        limit: u64,
    },
}

/// Asks a program. It gets exactly these variables, nothing on standard input, and its standard
/// error is dropped.
///
/// # Errors
///
/// If it cannot be started, or goes beyond a limit.
pub async fn ask(
    program: &str,
    arguments: &[&str],
    environment: &Environment,
    clock: &dyn Clock,
    limit: Duration,
    bytes: u64,
) -> Result<Answer, ProgramError> {
    let name = || program.to_owned();
    let failed = |source| ProgramError::Failed {
        program: name(),
        source,
    };
    let started = Command::new(program)
        .args(arguments)
        .env_clear()
        .envs(environment.iter())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn();
    let mut running = match started {
        Ok(child) => Running(child),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(ProgramError::Missing { program: name() });
        }
        Err(error) => return Err(failed(error)),
    };
    let work = async {
        let mut stdout = Vec::new();
        if let Some(pipe) = running.0.stdout.take() {
            pipe.take(bytes + 1).read_to_end(&mut stdout).await?;
        }
        if stdout.len() as u64 > bytes {
            return Ok(None);
        }
        let success = running.0.wait().await?.success();
        Ok(Some(Answer { success, stdout }))
    };
    tokio::select! {
        answer = work => answer.map_err(failed)?.ok_or_else(|| ProgramError::TooLarge {
            program: name(),
            limit: bytes,
        }),
        () = clock.sleep(limit) => Err(ProgramError::TimedOut { program: name(), limit }),
    }
}

/// A child that takes its own children along.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The id is gone once the child was waited for, so it is nobody else's.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            // It may have ended this moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BoxFuture, SystemClock};

    const PATIENCE: Duration = Duration::from_secs(60);

    /// A clock on which every time is up at once.
    struct Impatient;

    impl Clock for Impatient {
        fn now(&self) -> jiff::Timestamp {
            jiff::Timestamp::UNIX_EPOCH
        }

        fn sleep(&self, _: Duration) -> BoxFuture<'_, ()> {
            Box::pin(std::future::ready(()))
        }
    }

    async fn sh(script: &str, clock: &dyn Clock, bytes: u64) -> Result<Answer, ProgramError> {
        let environment = Environment::default()
            .with("PATH", "/usr/bin:/bin")
            .with("SAID", "from outside");
        let arguments = ["-c", script, "sh", "one", "two; three"];
        ask("sh", &arguments, &environment, clock, PATIENCE, bytes).await
    }

    #[tokio::test]
    async fn arguments_and_variables_arrive_as_they_are() {
        let script = r#"printf '%s|' "$@" "$SAID" "$HOME"; exit 3"#;
        let answer = sh(script, &SystemClock, 100).await.unwrap();
        assert_eq!(answer.stdout, b"one|two; three|from outside||");
        assert!(!answer.success);
    }

    #[tokio::test]
    async fn a_program_that_hangs_or_babbles_is_ended() {
        let hung = sh("sleep 600 & wait", &Impatient, 100).await;
        assert!(
            matches!(hung, Err(ProgramError::TimedOut { .. })),
            "{hung:?}"
        );
        let babbling = sh("yes", &SystemClock, 100).await;
        assert!(
            matches!(babbling, Err(ProgramError::TooLarge { .. })),
            "{babbling:?}"
        );
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_told_from_one_that_fails() {
        let environment = Environment::default().with("PATH", "/usr/bin:/bin");
        let asked = ask("not-there", &[], &environment, &SystemClock, PATIENCE, 9).await;
        assert!(
            matches!(asked, Err(ProgramError::Missing { .. })),
            "{asked:?}"
        );
    }
}
