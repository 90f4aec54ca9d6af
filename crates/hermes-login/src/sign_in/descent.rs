//! Down the ladder. A rung that fails gives way to the next one; one that still waits may get
//! another beside it, and whichever brings an answer first ends them all.

use std::{convert::Infallible, future::pending, pin::pin, sync::atomic::Ordering, time::Duration};

use futures_util::{FutureExt as _, StreamExt as _, stream::FuturesUnordered};
use hermes_machine::BoxFuture;
use hermes_providers::Flow;
use tokio::sync::watch;
use url::Url;

use super::{Fall, LONGEST, SignedIn, Signing};
use crate::{Event, LoginError, Rung};

/// How long nobody comes to the listener before that is worth a word: by then most people have
/// agreed in the browser.
pub(super) const UNREACHED: Duration = Duration::from_secs(60);

/// A rung that runs, and how it ended.
type Running<'a> = FuturesUnordered<BoxFuture<'a, (Flow, Result<SignedIn, Fall>)>>;

/// Where the answer came from that is being redeemed. There is one attempt with a redirect URI at a
/// time, by listener or paste, so the device code is the only other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grant {
    /// An authorization code.
    Code,
    /// A device code.
    Device,
}

impl Grant {
    fn of(flow: Flow) -> Self {
        match flow {
            Flow::Device => Self::Device,
            Flow::Loopback | Flow::Paste => Self::Code,
        }
    }
}

/// Which grant is being redeemed. The rungs of another one stand still meanwhile, so that a sign-in
/// asks for one set of tokens, and go on if that one fails.
pub(crate) struct Claim(watch::Sender<Option<Grant>>);

impl Default for Claim {
    fn default() -> Self {
        Self(watch::Sender::new(None))
    }
}

impl Claim {
    /// Takes the claim until the guard is dropped.
    pub(super) fn take(&self, grant: Grant) -> Claimed<'_> {
        self.0.send_replace(Some(grant));
        Claimed(self)
    }

    /// Runs while no other grant has the claim.
    async fn unless_taken<T>(&self, grant: Grant, rung: impl Future<Output = T>) -> T {
        let mut claim = self.0.subscribe();
        let mut rung = pin!(rung);
        loop {
            let free = claim
                .borrow_and_update()
                .is_none_or(|holder| holder == grant);
            tokio::select! {
                biased;
                done = &mut rung, if free => return done,
                // It cannot fail: the sender is ours.
                _ = claim.changed() => {}
            }
        }
    }
}

/// Lets the other rungs go on once it is dropped.
pub(super) struct Claimed<'a>(&'a Claim);

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        self.0.0.send_replace(None);
    }
}

/// What is left of the ladder, and what runs.
struct Descent<'a> {
    signing: &'a Signing<'a>,
    left: Vec<Rung>,
    running: Running<'a>,
    flows: Vec<Flow>,
}

impl Signing<'_> {
    /// Takes the rungs, from the first one on, until one of them brings a credential.
    pub(super) async fn descend(&self, rungs: Vec<Rung>) -> Result<SignedIn, LoginError> {
        let mut descent = Descent {
            signing: self,
            left: rungs,
            running: FuturesUnordered::new(),
            flows: Vec::new(),
        };
        if !descent.take_next() {
            return Err(self.no_flow());
        }
        let mut last = None;
        loop {
            let idle = descent.flows.is_empty();
            tokio::select! {
                biased;
                Some((flow, result)) = descent.running.next() => match result {
                    Ok(signed_in) => return Ok(signed_in),
                    Err(fall) => last = Some(descent.fell(flow, fall)?),
                },
                flow = self.person.choice() => descent.take(flow),
                line = self.person.line(), if descent.nobody_reads() => match line {
                    Some(_) => self.person.tell(Event::PasteRejected {
                        reason: "nothing is to be pasted now".to_owned(),
                    }),
                    // Nobody can choose any more.
                    None if idle => { descent.take_next(); }
                    None => {}
                },
                () = self.ports.clock.sleep(LONGEST), if idle => {
                    return Err(last.unwrap_or_else(|| self.no_flow()));
                }
            }
        }
    }

    fn no_flow(&self) -> LoginError {
        LoginError::NoFlow { name: self.name() }
    }

    /// Tells once that nobody has come to the listener, where only a tunnel leads to it.
    pub(super) async fn unreached(
        &self,
        redirect_uri: &Url,
        limit: Duration,
        reached: &watch::Sender<bool>,
    ) -> Infallible {
        let mut connections = reached.subscribe();
        let patience = UNREACHED.min(limit / 2);
        let is_late = self.place.is_remote()
            && tokio::select! {
                biased;
                _ = connections.wait_for(|reached| *reached) => false,
                () = self.ports.clock.sleep(patience) => true,
            };
        // Whoever has taken another rung meanwhile has gone on.
        if is_late && self.waiting.load(Ordering::Relaxed) < 2 {
            let host = redirect_uri.host_str().unwrap_or_default();
            let port = redirect_uri.port_or_known_default().unwrap_or_default();
            self.person.tell(Event::Stalled {
                flow: Flow::Loopback,
                reason: format!("nothing has connected to {host}:{port} yet"),
                instead: self.instead(),
            });
        }
        pending().await
    }

    /// The command for another flow, where `--flow` leaves no other rung.
    pub(super) fn instead(&self) -> Option<String> {
        let flow = self.instead?;
        let id = &self.request.provider.id;
        Some(format!("hermes auth add {id} --flow {flow}"))
    }

    /// Whether another program would receive the answer: the redirect names a port that it has, on
    /// the very machine on which the browser is. A paste has the same redirect, so it is no way out.
    fn is_squatted(&self, error: &LoginError) -> bool {
        matches!(error, LoginError::PortBusy { .. })
            && (self.relay.is_some() || !self.place.is_remote())
            && self.request.provider.hosted_redirect_uri.is_none()
    }

    /// The last rung failed: the error names a flow that `--flow` leaves out, or what else may help.
    fn none_left(&self, error: LoginError) -> LoginError {
        let squatted = self.is_squatted(&error) && self.instead == Some(Flow::Paste);
        match self.instead() {
            Some(command) if !squatted => LoginError::NoneLeft {
                source: Box::new(error),
                command,
            },
            _ => error.with_none_left(&self.request.provider),
        }
    }
}

impl<'a> Descent<'a> {
    /// Takes the next rung; `false` if none is left.
    fn take_next(&mut self) -> bool {
        match self.left.first().map(|rung| rung.flow) {
            Some(flow) => {
                self.take(flow);
                true
            }
            None => false,
        }
    }

    /// Takes this rung, if it is left. A listener takes pastes itself, so the two never run at once.
    fn take(&mut self, flow: Flow) {
        if flow != Flow::Device && !self.nobody_answers_by_line() {
            return;
        }
        let Some(index) = self.left.iter().position(|rung| rung.flow == flow) else {
            return;
        };
        let rung = self.left.remove(index);
        let left = self.left();
        self.signing.person.tell(Event::Rung {
            flow,
            why: &rung.why,
            left: &left,
        });
        self.flows.push(flow);
        self.count();
        let signing = self.signing;
        let work = async move {
            match (flow, signing.relay) {
                (Flow::Loopback, Some(relay)) => signing.by_relay(relay).await,
                (Flow::Loopback, None) => signing.by_loopback().await,
                (Flow::Paste, _) => signing.by_paste().await,
                (Flow::Device, _) => signing.by_device().await,
            }
        };
        let work = signing.claim.unless_taken(Grant::of(flow), work);
        self.running
            .push(Box::pin(work.map(move |result| (flow, result))));
    }

    /// A rung came to its end without a credential. `Err` if the sign-in did as well.
    fn fell(&mut self, flow: Flow, fall: Fall) -> Result<LoginError, LoginError> {
        self.flows.retain(|running| *running != flow);
        self.count();
        let is_last = self.flows.is_empty();
        let person = self.signing.person;
        let error = match fall {
            Fall::End(error) => return Err(error),
            Fall::Over(error) if is_last => return Err(error),
            Fall::Over(error) | Fall::Next(error) => error,
        };
        if self.signing.is_squatted(&error) {
            self.left.retain(|rung| rung.flow != Flow::Paste);
        }
        if is_last && self.left.is_empty() {
            return Err(self.signing.none_left(error));
        }
        let by_itself = is_last && !person.can_choose();
        person.tell(Event::RungFailed {
            flow,
            reason: reason(&error),
            next: by_itself
                .then(|| self.left.first().map(|rung| rung.flow))
                .flatten(),
            left: &self.left(),
        });
        if by_itself {
            self.take_next();
        }
        Ok(error)
    }

    fn count(&self) {
        self.signing
            .waiting
            .store(self.flows.len(), Ordering::Relaxed);
    }

    fn left(&self) -> Vec<Flow> {
        self.left.iter().map(|rung| rung.flow).collect()
    }

    fn nobody_answers_by_line(&self) -> bool {
        self.flows.iter().all(|flow| *flow == Flow::Device)
    }

    /// Whether lines are to be read here, because they hold the keys and no rung reads them.
    fn nobody_reads(&self) -> bool {
        self.nobody_answers_by_line() && self.signing.person.can_choose()
    }
}

/// Why a rung failed, in words that go on with the next one: a missing paste sounds like an end.
pub(crate) fn reason(error: &LoginError) -> String {
    match error {
        LoginError::CodeMissing { .. } => {
            "the input has ended, so nothing can be pasted".to_owned()
        }
        error => error.to_string().trim_end_matches('.').to_owned(),
    }
}
