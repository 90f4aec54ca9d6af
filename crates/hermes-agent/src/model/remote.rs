use std::{sync::Arc, time::Duration};

use futures_util::StreamExt as _;
use hermes_machine::{
    BoxFuture, Clock,
    http::{HttpError, Limits, Opened, Request, StreamingHttp},
};

use super::{
    Ask, Cause, ChatModel, Grant, ModelError, ModelInfo, Piece, Pieces,
    driven::{Out, driven},
    problem::Problem,
    wire::{self, Decoder, Trouble},
};

/// The most bytes of an explanation.
const EXPLANATION: usize = 64 * 1024;
/// The most bytes of a listing.
const LISTING: usize = 8 * 1024 * 1024;
/// The most time for one of either.
const PATIENCE: Duration = Duration::from_secs(20);

/// Models behind an API, in any of the dialects.
#[derive(Clone)]
pub struct RemoteModel {
    http: Arc<dyn StreamingHttp>,
    clock: Arc<dyn Clock>,
    limits: Limits,
}

impl RemoteModel {
    /// The models that this client reaches.
    pub fn new(http: Arc<dyn StreamingHttp>, clock: Arc<dyn Clock>) -> Self {
        Self::within(http, clock, Limits::default())
    }

    /// The same with other limits.
    pub fn within(http: Arc<dyn StreamingHttp>, clock: Arc<dyn Clock>, limits: Limits) -> Self {
        Self {
            http,
            clock,
            limits,
        }
    }
}

impl ChatModel for RemoteModel {
    fn answer(&self, grant: &Grant, ask: &Ask) -> Pieces {
        let call = Call {
            model: self.clone(),
            grant: grant.clone(),
        };
        let request = wire::request(grant, ask);
        driven(|out| async move {
            if let Err(error) = call.answer(request, &out).await {
                out.give(Err(error)).await;
            }
        })
    }

    fn models<'a>(&'a self, grant: &'a Grant) -> BoxFuture<'a, Result<Vec<ModelInfo>, ModelError>> {
        let call = Call {
            model: self.clone(),
            grant: grant.clone(),
        };
        Box::pin(async move {
            let opened = call.open(wire::listing(grant)).await?;
            if !opened.is_success() {
                return Err(call.explained(opened).await);
            }
            let bytes = call.within(opened.beginning(LISTING)).await;
            wire::models(&bytes.unwrap_or_default())
                .ok_or_else(|| call.error(Cause::Malformed("something that is no list of models")))
        })
    }
}

/// One call of a model.
struct Call {
    model: RemoteModel,
    grant: Grant,
}

impl Call {
    async fn answer(
        &self,
        request: Request,
        out: &Out<Result<Piece, ModelError>>,
    ) -> Result<(), ModelError> {
        let mut opened = self.open(request).await?;
        if !opened.is_success() || is_document(&opened) {
            return Err(self.explained(opened).await);
        }
        let mut decoder = Decoder::new(self.grant.mode);
        let mut pieces = Vec::new();
        loop {
            let read = match opened.body.next().await {
                Some(Ok(bytes)) => decoder.push(&bytes, &mut pieces),
                Some(Err(HttpError::TooLarge { .. })) => {
                    Err(Trouble::Malformed("more than an answer may have"))
                }
                Some(Err(_)) => Err(Trouble::BrokenOff),
                None => decoder.finish(&mut pieces),
            };
            for piece in pieces.drain(..) {
                out.give(Ok(piece)).await;
            }
            read.map_err(|trouble| self.trouble(trouble))?;
            if decoder.is_done() {
                return Ok(());
            }
        }
    }

    async fn open(&self, request: Request) -> Result<Opened, ModelError> {
        let opened = self.model.http.open(request, self.model.limits).await;
        opened.map_err(|error| {
            self.error(Cause::Unreachable)
                .saying(Some(error.to_string()))
        })
    }

    /// The error that an answer is which is no stream.
    async fn explained(&self, opened: Opened) -> ModelError {
        let (status, retry_after) = (opened.status, opened.retry_after);
        let success = opened.is_success();
        let body = self.within(opened.beginning(EXPLANATION)).await;
        let body = body.unwrap_or_default();
        if success && !is_error(&body) {
            return self.error(Cause::Malformed("a document in place of a stream"));
        }
        let mut problem = Problem::of_answer(status, &body, retry_after);
        if success {
            problem.status = None;
        }
        self.judged(&problem)
    }

    async fn within<T>(&self, what: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            done = what => Some(done),
            () = self.model.clock.sleep(PATIENCE) => None,
        }
    }

    fn trouble(&self, trouble: Trouble) -> ModelError {
        self.error(match trouble {
            Trouble::Said(problem) => return self.judged(&problem),
            Trouble::Refused => Cause::ContentRefused,
            Trouble::Malformed(what) => Cause::Malformed(what),
            Trouble::BrokenOff => Cause::BrokenOff,
        })
    }

    fn judged(&self, problem: &Problem) -> ModelError {
        let cause = problem.judge(&self.grant, self.model.clock.now());
        let said = problem.said(self.grant.token.as_ref());
        self.error(cause).saying(said)
    }

    fn error(&self, cause: Cause) -> ModelError {
        ModelError::new(&self.grant.provider, &self.grant.name, cause)
    }
}

/// Whether the answer is for a program that waits for all of it, or for a browser.
fn is_document(opened: &Opened) -> bool {
    let kind = opened.media_type.as_deref();
    matches!(kind, Some("application/json" | "text/html"))
}

fn is_error(body: &[u8]) -> bool {
    let value: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    value.is_some_and(|value| value.get("error").is_some_and(|error| !error.is_null()))
}
