use std::{sync::Arc, time::Duration};

use super::{Live, live::Unsaved};
use crate::journal::JournalError;

/// The most records that are kept at once.
const BATCH: usize = 1000;

/// How long after a failure it is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// Keeps what is not kept yet, until everything is. What happens meanwhile comes along with the next
/// batch.
pub(super) async fn run(live: Arc<Live>) {
    while let Some(unsaved) = live.unsaved(BATCH) {
        let Unsaved {
            records,
            summary,
            again,
        } = unsaved;
        let Some(last) = records.last().map(|record| record.seq) else {
            return;
        };
        match live.ports.journal.append(records, summary, again).await {
            Ok(()) => live.kept(last),
            Err(error @ JournalError::Failed(_)) => {
                live.trouble(Some(error));
                live.ports.clock.sleep(AGAIN).await;
            }
            Err(error @ (JournalError::Gone | JournalError::Taken | JournalError::Full)) => {
                live.interrupt();
                live.give_up(error);
                return;
            }
        }
    }
}
