use std::sync::Arc;

use hermes_machine::BoxFuture;
use hermes_protocol::{
    close::Close,
    limits,
    methods::{Call, ConfigGetAnswer, ConfigKey, Cost, Role, SetupStatusAnswer},
    rpc::{ErrorReply, Id, Request, RpcError, answer},
};
use hermes_storage::UserId;
use jiff::{SignedDuration, Timestamp};

use crate::sessions::Live;

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

/// What the methods answer; one method here for each in the table.
pub trait Answers: Send + Sync {
    /// `setup.status`.
    fn setup_status(&self) -> BoxFuture<'_, Result<SetupStatusAnswer, RpcError>>;

    /// `config.get`.
    fn config_get(&self, key: ConfigKey) -> Result<ConfigGetAnswer, RpcError>;
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
pub(crate) trait Desk: Sync {
    /// What a request may become here.
    type Call: Send;

    /// Reads a request, as far as the other side may make it.
    fn read(&self, request: &Request<'_>) -> Result<(Self::Call, Cost), RpcError>;

    /// The frame that answers it.
    fn answer(&self, id: &Id<'_>, call: Self::Call) -> impl Future<Output = String> + Send;
}

/// The desk for somebody with this role.
pub(crate) struct People<'a> {
    pub(crate) role: Role,
    pub(crate) answers: &'a dyn Answers,
}

impl Desk for People<'_> {
    type Call = Call;

    fn read(&self, request: &Request<'_>) -> Result<(Call, Cost), RpcError> {
        let call = Call::read(request, self.role)?;
        let cost = call.method().spec().cost;
        Ok((call, cost))
    }

    async fn answer(&self, id: &Id<'_>, call: Call) -> String {
        match call {
            Call::SetupStatus(_) => answer(id, self.answers.setup_status().await),
            Call::ConfigGet(params) => {
                let key = params.key();
                answer(id, key.and_then(|key| self.answers.config_get(key)))
            }
        }
    }
}

/// The frame that answers a frame, if it wants one.
///
/// # Errors
///
/// The other side has sent too much that is no request.
pub(crate) async fn reply(
    frame: &str,
    desk: &impl Desk,
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
    Ok(Some(match call {
        Ok(call) => desk.answer(&request.id, call).await,
        Err(error) => answer::<()>(&request.id, Err(error)),
    }))
}
