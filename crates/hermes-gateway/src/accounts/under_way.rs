use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use hermes_errors::Failure;
use hermes_machine::{Clock, Random};
use hermes_secret::Secret;
use jiff::Timestamp;
use tokio::sync::{
    mpsc::{self, error::TrySendError},
    oneshot, watch,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::{Begun, How, Paste};

/// How long the end of a sign-in can be asked for, after which nobody does any more.
const KEPT: Duration = Duration::from_secs(15 * 60);

/// How long whoever pastes waits to hear what came of it. A request may not take longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// How a sign-in stands.
#[derive(Clone, Debug)]
pub(crate) enum Status {
    /// It waits for its person.
    Pending,
    /// The host is signed in.
    Approved,
    /// It has failed.
    Failed(Failure),
}

/// Why a paste was not taken.
#[derive(Debug)]
pub(crate) enum NotTaken {
    /// There is no such sign-in.
    Unknown,
    /// It is not the answer, or nothing is to be pasted. The wait goes on.
    Refused(String),
}

/// The sign-ins of the host that clients have begun: one for each provider, so that their number is
/// bounded. Of two the newer counts.
pub(crate) struct UnderWay {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sign_ins: Mutex<HashMap<String, SignIn>>,
}

struct SignIn {
    id: String,
    how: How,
    ends_at: Timestamp,
    status: watch::Receiver<Status>,
    pastes: mpsc::Sender<Paste>,
    /// Gives the sign-in up when this one is replaced or forgotten.
    _given_up: DropGuard,
}

impl UnderWay {
    /// None yet.
    pub(crate) fn new(clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Self {
        Self {
            clock,
            random,
            sign_ins: Mutex::default(),
        }
    }

    /// Runs a sign-in to this provider, under the id that comes back.
    pub(crate) fn run(&self, provider: &str, begun: Begun) -> String {
        let id = self.random.token(16).expose().to_owned();
        let (tell, status) = watch::channel(Status::Pending);
        let given_up = CancellationToken::new();
        let sign_in = SignIn {
            id: id.clone(),
            how: begun.step.how(),
            ends_at: self.after(begun.lifetime),
            status,
            pastes: begun.pastes,
            _given_up: given_up.clone().drop_guard(),
        };
        tokio::spawn(async move {
            let end = tokio::select! {
                end = begun.end => end,
                () = given_up.cancelled() => return,
            };
            tell.send_replace(match end {
                Ok(()) => Status::Approved,
                Err(failure) => Status::Failed(failure),
            });
        });
        self.recent().insert(provider.to_owned(), sign_in);
        id
    }

    /// How a sign-in stands, and when it ends at the latest.
    pub(crate) fn status(&self, provider: &str, id: &str) -> Option<(Status, Timestamp)> {
        let sign_ins = self.recent();
        let sign_in = sign_ins.get(provider).filter(|it| it.id == id)?;
        let status = sign_in.status.borrow().clone();
        Some((status, sign_in.ends_at))
    }

    /// Takes what the person has pasted, and says how the sign-in stands then.
    pub(crate) async fn paste(
        &self,
        provider: &str,
        id: &str,
        text: Secret,
    ) -> Result<Status, NotTaken> {
        let (pastes, mut status) = self.paster(provider, id)?;
        if !matches!(*status.borrow(), Status::Pending) {
            return Ok(status.borrow().clone());
        }
        let (refused, refusal) = oneshot::channel();
        match pastes.try_send(Paste { text, refused }) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => {
                return Err(NotTaken::Refused(
                    "another paste is read just now".to_owned(),
                ));
            }
            // It has just ended.
            Err(TrySendError::Closed(_)) => {}
        }
        let refused = async {
            match refusal.await {
                Ok(reason) => reason,
                // It was the answer.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            // An end that cannot be told any more is no end: whoever pastes asks again.
            _ = status.wait_for(|status| !matches!(status, Status::Pending)) => {}
            reason = refused => return Err(NotTaken::Refused(reason)),
            () = self.clock.sleep(PATIENCE) => {}
        }
        Ok(status.borrow().clone())
    }

    fn paster(
        &self,
        provider: &str,
        id: &str,
    ) -> Result<(mpsc::Sender<Paste>, watch::Receiver<Status>), NotTaken> {
        let sign_ins = self.recent();
        let sign_in = sign_ins.get(provider).filter(|it| it.id == id);
        let sign_in = sign_in.ok_or(NotTaken::Unknown)?;
        match sign_in.how {
            How::Paste => Ok((sign_in.pastes.clone(), sign_in.status.clone())),
            How::Device => Err(NotTaken::Refused(
                "nothing is to be pasted: the code is typed on the page".to_owned(),
            )),
        }
    }

    /// Gives a sign-in up, or forgets how it ended: whether there was one.
    pub(crate) fn forget(&self, id: &str) -> bool {
        let mut sign_ins = self.recent();
        let before = sign_ins.len();
        sign_ins.retain(|_, sign_in| sign_in.id != id);
        sign_ins.len() < before
    }

    fn after(&self, time: Duration) -> Timestamp {
        self.clock.now().checked_add(time).unwrap_or(Timestamp::MAX)
    }

    /// Those that can still be asked for.
    fn recent(&self) -> MutexGuard<'_, HashMap<String, SignIn>> {
        let now = self.clock.now();
        let mut sign_ins = self.sign_ins.lock().unwrap_or_else(PoisonError::into_inner);
        sign_ins.retain(|_, sign_in| {
            let end = sign_in.ends_at.checked_add(KEPT);
            end.is_ok_and(|end| end > now)
        });
        sign_ins
    }
}
