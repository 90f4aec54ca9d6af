use std::sync::Arc;

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use hermes_protocol::{
    close::Close,
    limits,
    methods::{Call, Cost, NoPet, Role},
    rpc::{ErrorReply, Id, Request, RpcError, answer},
};
use hermes_storage::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{
    conversations::{self, Attached, Calls, Carried, Choosing, Conversations},
    sessions::Live,
};

/// How many answers of a socket may take a while at once.
const LATE_LIMIT: usize = 8;

/// Who calls. It comes from the gateway's own record of the session, never from the client.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// What they may do.
    pub role: Role,
    /// Their session; none in token mode.
    pub session: Option<Arc<Live>>,
}

impl Caller {
    pub(super) fn seen(&self, now: Timestamp) {
        if let Some(session) = &self.session {
            session.seen(now);
        }
    }
}

/// What the methods answer from the machine that the gateway is on.
pub trait Answers: Send + Sync {
    /// When the file of settings last changed, in Unix seconds; 0 without one.
    fn config_changed_at(&self) -> f64;
}

/// What a socket may still do.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    refused: u32,
    costly: u32,
    minute: Option<Timestamp>,
}

impl Allowance {
    fn refused(&mut self) -> Result<(), Close> {
        self.refused += 1;
        if self.refused < limits::REFUSED_FRAMES {
            Ok(())
        } else {
            Err(Close::RefusedFrames)
        }
    }

    fn costly(&mut self, now: Timestamp) -> Result<(), RpcError> {
        let begins = self.minute.is_none_or(|minute| {
            let past = now.duration_since(minute);
            past.is_negative() || past >= SignedDuration::from_mins(1)
        });
        if begins {
            self.minute = Some(now);
            self.costly = 0;
        }
        self.costly += 1;
        if self.costly <= limits::COSTLY_CALLS_PER_MINUTE {
            Ok(())
        } else {
            Err(RpcError::too_many_calls())
        }
    }
}

/// Who reads requests and answers them: one for people, one for whoever has the host.
pub(crate) trait Desk: Send {
    /// What a request may become here.
    type Call: Send;

    /// Reads a request, as far as the other side may make it.
    fn read(&self, request: &Request<'_>) -> Result<(Self::Call, Cost), RpcError>;

    /// The frame that answers it; none if that takes a while, and then it is among the [`next`](Self::next).
    fn answer(
        &mut self,
        id: &Id<'_>,
        call: Self::Call,
    ) -> impl Future<Output = Option<String>> + Send;

    /// The next frame that nobody has just asked for: an event, or an answer that took a while. May be
    /// dropped while it waits, and asked again.
    fn next(&mut self) -> impl Future<Output = String> + Send;
}

/// The desk for somebody with this role, and what they see of their conversations.
pub(crate) struct People<'a> {
    pub(crate) role: Role,
    pub(crate) user: UserId,
    pub(crate) answers: &'a dyn Answers,
    pub(crate) conversations: &'a Arc<Conversations>,
    pub(crate) attached: Attached,
    pub(crate) late: Late,
}

/// Answers that take a while: whoever has to ask a model does not keep its socket waiting.
pub(crate) type Late = FuturesUnordered<BoxFuture<'static, String>>;

impl<'a> People<'a> {
    /// Has a call answered once its answer is there.
    fn later<T: Serialize + Send + 'static>(
        &mut self,
        id: &Id<'_>,
        coming: Result<BoxFuture<'static, Result<T, RpcError>>, RpcError>,
    ) -> Option<String> {
        let coming = coming.and_then(|coming| match self.late.len() < LATE_LIMIT {
            true => Ok(coming),
            false => Err(RpcError::too_many_calls()),
        });
        match coming {
            Ok(coming) => {
                let id = id.clone().into_owned();
                self.late
                    .push(Box::pin(async move { answer(&id, coming.await) }));
                None
            }
            Err(error) => Some(answer::<()>(id, Err(error))),
        }
    }

    /// Has a command answered, at once if it can be.
    fn carried<T: Serialize + Send + 'static>(
        &mut self,
        id: &Id<'_>,
        carried: Result<Carried<T>, RpcError>,
    ) -> Option<String> {
        match carried {
            Ok(Carried::Later(coming)) => self.later(id, Ok(coming)),
            Ok(Carried::Now(said)) => Some(answer(id, Ok(said))),
            Err(error) => Some(answer::<()>(id, Err(error))),
        }
    }

    fn calls(&mut self) -> Calls<'_> {
        Calls {
            conversations: self.conversations,
            owner: self.user,
            attached: &mut self.attached,
        }
    }

    const fn choosing(&self) -> Choosing<'a> {
        Choosing {
            conversations: self.conversations,
            owner: self.user,
        }
    }
}

impl Desk for People<'_> {
    type Call = Call;

    fn read(&self, request: &Request<'_>) -> Result<(Call, Cost), RpcError> {
        let call = Call::read(request, self.role)?;
        let cost = call.method().spec().cost;
        Ok((call, cost))
    }

    async fn answer(&mut self, id: &Id<'_>, call: Call) -> Option<String> {
        let frame = match call {
            Call::Compress(params) => {
                let coming = self.calls().compress(params).await;
                return self.later(id, coming);
            }
            Call::RuntimeCheck(params) => {
                let coming = self.choosing().runtime_check(params);
                return self.later(id, Ok(coming));
            }
            Call::ModelOptions(params) => {
                let coming = self.choosing().model_options(params).await;
                return self.later(id, coming);
            }
            Call::SetupStatus(_) => answer(id, Ok(self.choosing().setup_status().await)),
            Call::ConfigGet(params) => {
                let answers = self.answers;
                answer(id, self.choosing().config_get(params, answers).await)
            }
            Call::ConfigSet(params) => answer(id, self.choosing().config_set(params).await),
            Call::Report(of) => answer(id, self.calls().report(&of.session_id).await),
            Call::CommandsCatalog(_) => answer(id, Ok(conversations::catalog())),
            Call::DispatchCommand(params) => {
                let carried = self.calls().dispatch(params).await;
                return self.carried(id, carried);
            }
            Call::ExecSlash(params) => {
                let carried = self.calls().slash(params).await;
                return self.carried(id, carried);
            }
            Call::CompleteSlash(params) => answer(id, Ok(conversations::complete(&params.text))),
            Call::PetInfo(_) | Call::PetCells(_) => answer(id, Ok(NoPet::default())),
            Call::CreateConversation(params) => answer(id, self.calls().create(params).await),
            Call::ListConversations(params) => answer(id, self.calls().list(params).await),
            Call::MostRecentConversation(_) => answer(id, self.calls().most_recent().await),
            Call::ActiveConversations(params) => answer(id, Ok(self.calls().active_list(&params))),
            Call::ResumeConversation(of) => answer(id, self.calls().resume(&of.session_id).await),
            Call::ActivateConversation(of) => {
                answer(id, self.calls().activate(&of.session_id).await)
            }
            Call::History(of) => answer(id, self.calls().history(&of.session_id).await),
            Call::Usage(of) => answer(id, self.calls().usage(&of.session_id).await),
            Call::Title(params) => answer(id, self.calls().title(params).await),
            Call::Interrupt(of) => answer(id, self.calls().interrupt(&of.session_id).await),
            Call::Undo(of) => answer(id, self.calls().undo(&of.session_id).await),
            Call::CloseConversation(of) => answer(id, Ok(self.calls().close(&of.session_id))),
            Call::DeleteConversation(of) => answer(id, self.calls().delete(&of.session_id).await),
            Call::EventsSince(params) => answer(id, self.calls().events_since(params).await),
            Call::SubmitPrompt(params) => answer(id, self.calls().submit(params).await),
            Call::WithdrawPrompt(params) => answer(id, self.calls().withdraw(params).await),
            Call::Steer(params) => answer(id, self.calls().steer(params).await),
            Call::Branch(params) => answer(id, self.calls().branch(params).await),
            Call::ShowVersion(params) => answer(id, self.calls().show_version(params).await),
            Call::UploadImage(params) => answer(id, self.calls().upload_image(params).await),
            Call::AttachImage(params) => answer(id, self.calls().attach_image(params).await),
            Call::DetachImage(params) => answer(id, self.calls().detach_image(params).await),
        };
        Some(frame)
    }

    async fn next(&mut self) -> String {
        let Self { attached, late, .. } = self;
        tokio::select! {
            frame = attached.next() => frame,
            Some(frame) = late.next() => frame,
        }
    }
}

/// The frame that answers a frame, if it wants one and it is there at once.
///
/// # Errors
///
/// The other side has sent too much that is no request.
pub(crate) async fn reply(
    frame: &str,
    desk: &mut impl Desk,
    allowance: &mut Allowance,
    now: Timestamp,
) -> Result<Option<String>, Close> {
    let request = match Request::parse(frame) {
        Ok(Some(request)) => request,
        Ok(None) => return Ok(None),
        Err(refusal) => {
            allowance.refused()?;
            return Ok(Some(ErrorReply::to_frame(&refusal)));
        }
    };
    let call = desk.read(&request).and_then(|(call, cost)| match cost {
        Cost::Costly => allowance.costly(now).map(|()| call),
        Cost::Cheap => Ok(call),
    });
    Ok(match call {
        Ok(call) => desk.answer(&request.id, call).await,
        Err(error) => Some(answer::<()>(&request.id, Err(error))),
    })
}
