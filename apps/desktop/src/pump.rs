//! Tells the page what the desk tells.

use std::sync::{Mutex, PoisonError};

use hermes_desk::{Desk, Tiding, Tidings};
use hermes_protocol::bridge::BridgeTold;
use tauri::{AppHandle, Manager as _, ipc::Channel};

use crate::{notices::Notices, tray::Tray, window};

/// The page that is there, if one is. A page that was loaded again takes the place of the former one.
#[derive(Default)]
pub(crate) struct Listening(Mutex<Option<Channel<BridgeTold>>>);

impl Listening {
    /// From now on this page is told.
    pub(crate) fn begin(&self, told: Channel<BridgeTold>) {
        *self.page() = Some(told);
    }

    /// Tells the page all that is shown, before it gets an answer that makes sense with that alone.
    pub(crate) fn tell_board(&self, desk: &Desk) {
        self.tell(BridgeTold::Board {
            board: Box::new(desk.board()),
        });
    }

    /// Tells the page something.
    pub(crate) fn tell(&self, told: BridgeTold) {
        let mut page = self.page();
        // A page that takes nothing any more is gone; the next one begins with the whole board.
        if page.as_ref().is_some_and(|page| page.send(told).is_err()) {
            *page = None;
        }
    }

    fn page(&self) -> std::sync::MutexGuard<'_, Option<Channel<BridgeTold>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells until the desk is gone.
pub(crate) async fn run(app: AppHandle, desk: Desk, mut tidings: Tidings) {
    let notices = app.state::<Notices>();
    let page = app.state::<Listening>();
    let mut tray = Tray::default();
    tray.show(&app, &desk).await;
    while let Some(tiding) = tidings.next().await {
        match tiding {
            Tiding::Board => {
                page.tell_board(&desk);
                tray.show(&app, &desk).await;
            }
            Tiding::Told(told) => page.tell(*told),
            // Whoever looks at the window sees it there.
            Tiding::Notice(_) if window::is_looked_at(&app) => {}
            Tiding::Notice(notice) => notices.show(*notice),
        }
    }
}
