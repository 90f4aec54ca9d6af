use std::sync::Arc;

use hermes_machine::BoxFuture;
use hermes_protocol::{
    close::Close,
    limits,
    methods::{Call, ConfigGetAnswer, ConfigKey, Cost, Role, SetupStatusAnswer},
    rpc::{ErrorReply, Request, RpcError, answer},
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
pub(super) struct Allowance {
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

/// The frame that answers a frame, if it wants one.
///
/// # Errors
///
/// The socket has sent too much that is no request.
pub(super) async fn reply(
    frame: &str,
    caller: &Caller,
    allowance: &mut Allowance,
    answers: &dyn Answers,
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
    let call = Call::read(&request, caller.role).and_then(|call| match call.method().spec().cost {
        Cost::Costly => allowance.costly(now).map(|()| call),
        Cost::Cheap => Ok(call),
    });
    let id = &request.id;
    Ok(Some(match call {
        Ok(Call::SetupStatus(_)) => answer(id, answers.setup_status().await),
        Ok(Call::ConfigGet(params)) => {
            answer(id, params.key().and_then(|key| answers.config_get(key)))
        }
        Err(error) => answer::<()>(id, Err(error)),
    }))
}
