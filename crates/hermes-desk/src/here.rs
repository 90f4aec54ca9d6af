//! The gateway of this computer. It runs inside the application, on loopback and behind a token that is in its
//! memory alone; where another program runs one for the same home already, that one is shown.

use std::sync::Arc;

use hermes_client::Memory;
use hermes_errors::{Code, Failure};
use hermes_host::here::{self, Begun, Running, Theirs};
use hermes_protocol::bridge::BridgeRefusal;
use hermes_secret::Secret;
use tokio::sync::oneshot;
use url::Url;

use crate::{Desk, desk::Inner, link::Link, look, place, refusal};

/// What the gateway of this computer is called in commands.
pub(crate) const ID: &str = "here";

/// The gateway of this computer, once it is used.
pub(crate) struct Here {
    /// Ends the one of this process, and says when that is done; none where another program runs it.
    end: Option<oneshot::Sender<oneshot::Sender<()>>>,
}

impl Desk {
    /// Shows the gateway of this computer, and begins it if none runs.
    ///
    /// # Errors
    ///
    /// Why it cannot be had.
    pub async fn use_here(&self) -> Result<(), BridgeRefusal> {
        self.is_free()?;
        self.begin_here().await?;
        self.state().current = Some(ID.to_owned());
        self.changed();
        self.tell_ready().await;
        self.keep_place();
        Ok(())
    }

    /// Ends what runs in this process, so that what was said last is kept.
    pub async fn end(&self) {
        let end = self.state().here.take().and_then(|here| here.end);
        let (done, is_done) = oneshot::channel();
        if end.is_some_and(|end| end.send(done).is_ok()) {
            // It is dropped when it is over, whatever that was.
            let _ = is_done.await;
        }
    }

    /// Begins the gateway of this computer, unless it is used already.
    pub(crate) async fn begin_here(&self) -> Result<(), BridgeRefusal> {
        let _one = self.0.beginning.lock().await;
        if self.state().here.is_some() {
            return Ok(());
        }
        let begun = here::begin(&self.0.outfit.world).await;
        match begun.map_err(|failure| refused(&failure))? {
            Begun::Ours(running) => {
                self.reach_here(running.address(), running.token().clone())?;
                let (end, ends) = oneshot::channel();
                tokio::spawn(watch(Arc::downgrade(&self.0), running, ends));
                self.state().here = Some(Here { end: Some(end) });
            }
            Begun::Theirs(theirs) => self.reach_theirs(&theirs)?,
        }
        Ok(())
    }

    /// The gateway that another program runs for this home.
    fn reach_theirs(&self, theirs: &Theirs) -> Result<(), BridgeRefusal> {
        let token = theirs.token.clone().ok_or_else(|| {
            let text = format!(
                "the gateway of this computer runs already, and people sign in there: connect to it at `{}`",
                theirs.address
            );
            refusal::said(Code::ConnectSignInNeeded, &text)
        })?;
        self.reach_here(&theirs.address, token)?;
        self.state().here = Some(Here { end: None });
        Ok(())
    }

    fn reach_here(&self, address: &Url, token: Secret) -> Result<(), BridgeRefusal> {
        let address = look::parse(address.as_str())?;
        let web = self.way_by(address, token)?;
        let link = Link::begin(self, ID, web, Memory::default());
        self.state().links.insert(ID.to_owned(), link);
        self.changed();
        Ok(())
    }

    /// Remembers which gateway is shown, and whether that of this computer is used.
    pub(crate) fn keep_place(&self) {
        let place = {
            let state = self.state();
            place::Place {
                uses_here: state.here.is_some(),
                shown: state.current.clone(),
                here_name: state.here_name.clone(),
                ..place::Place::default()
            }
        };
        self.kept_place(place::write(&self.0.outfit.world.home, &place));
    }

    /// Remembers what the person prefers and was told.
    pub(crate) fn keep_preferences(&self) {
        let place = {
            let state = self.state();
            place::Place {
                preferences: state.preferences,
                knows_tray: state.knows_tray,
                told_version: state.told_version.clone(),
                ..place::Place::default()
            }
        };
        self.kept_place(place::write_preferences(&self.0.outfit.world.home, &place));
    }

    fn kept_place(&self, kept: Result<(), String>) {
        if let Err(why) = kept {
            self.note(Some(Code::ConnectKeptUnusable.as_str().to_owned()), why);
        }
    }
}

/// Has the gateway of this process run until it is ended, or has given way to one that is there for others.
async fn watch(
    desk: std::sync::Weak<Inner>,
    running: Running,
    ends: oneshot::Receiver<oneshot::Sender<()>>,
) {
    tokio::select! {
        () = running.wait() => {}
        done = ends => {
            running.end().await;
            drop(done);
            return;
        }
    }
    let Some(desk) = desk.upgrade().map(Desk) else {
        return;
    };
    desk.state().here = None;
    let next = here::successor(&desk.0.outfit.world).await;
    let reached = next
        .map_err(|failure| refused(&failure))
        .and_then(|theirs| desk.reach_theirs(&theirs));
    if let Err(refusal) = reached {
        desk.note(refusal.code, refusal.message);
    }
    desk.changed();
}

fn refused(failure: &Failure) -> BridgeRefusal {
    refusal::failed(failure)
}
