use std::{sync::Arc, time::Duration};

use hermes_agent::JournalError;
use hermes_machine::Clock;
use hermes_storage::{Appended, Batch, Storage};
use tokio::sync::{mpsc, oneshot};

/// The most batches that are kept at once.
const MOST: usize = 512;

/// How long batches are gathered after one was kept, so that many conversations share what a commit
/// costs. What is said just after a conversation has handed in its batch waits until that one is kept, and
/// then for the next: two gatherings and two commits, after the 33 ms in which words become a record. All
/// that is a tenth of a second at most.
const GATHER: Duration = Duration::from_millis(20);

/// Keeps what happens in all conversations, many of them in one transaction.
#[derive(Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Waiting>,
}

struct Waiting {
    batch: Batch,
    answer: oneshot::Sender<Result<(), JournalError>>,
}

impl Writer {
    /// A writer, which ends with the last of its clones.
    pub(super) fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        let (queue, batches) = mpsc::channel(MOST);
        tokio::spawn(write(storage, clock, batches));
        Self { queue }
    }

    /// Keeps a batch.
    pub(super) async fn keep(&self, batch: Batch) -> Result<(), JournalError> {
        let ended = || JournalError::Failed("the gateway ends".to_owned());
        let (answer, came) = oneshot::channel();
        let sent = self.queue.send(Waiting { batch, answer }).await;
        sent.map_err(|_| ended())?;
        came.await.map_err(|_| ended())?
    }
}

async fn write(
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    mut batches: mpsc::Receiver<Waiting>,
) {
    let mut waiting = Vec::with_capacity(MOST);
    while batches.recv_many(&mut waiting, MOST).await > 0 {
        let (batches, answers): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .map(|waiting| (waiting.batch, waiting.answer))
            .unzip();
        let kept = storage.conversations().append(&batches).await;
        for (index, answer) in answers.into_iter().enumerate() {
            let result = match &kept {
                Ok(outcomes) => match outcomes.get(index) {
                    Some(Appended::Kept) => Ok(()),
                    Some(Appended::Gone) => Err(JournalError::Gone),
                    Some(Appended::Refused) | None => Err(JournalError::Taken),
                },
                Err(error) => Err(JournalError::Failed(error.to_string())),
            };
            // Whoever waited may be gone.
            let _ = answer.send(result);
        }
        clock.sleep(GATHER).await;
    }
}
