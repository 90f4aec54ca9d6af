use std::sync::Arc;

use hermes_errors::Failure;
use hermes_protocol::{
    methods::{
        Cost, GatewayMode, HostCall, HostCertificate, HostSessions, HostStatus, NotReady, Reloaded,
        Role, SessionEnded,
    },
    rpc::{Id, Request, RpcError, answer, code},
};
use hermes_storage::{SessionId, StorageError};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::About;
use crate::{
    audit::{Event, Line},
    gateway::Gateway,
    mode::Mode,
    readiness::Readiness,
    socket::{Desk, People},
};

/// The desk for whoever has the host.
pub(super) struct Host {
    pub(super) gateway: Arc<Gateway>,
    about: About,
    started_at: Timestamp,
}

impl Host {
    pub(super) fn new(gateway: Arc<Gateway>, about: About) -> Self {
        Self {
            started_at: gateway.ports.clock.now(),
            gateway,
            about,
        }
    }

    async fn status(&self) -> HostStatus {
        let Gateway { ports, room, .. } = &*self.gateway;
        let now = ports.clock.now();
        let horizon = self.gateway.sessions.horizon(now);
        let sessions = ports.storage.sessions().list_all(horizon).await;
        let many = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let rules = self.gateway.rules();
        HostStatus {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            mode: match self.gateway.mode() {
                Mode::Token => GatewayMode::Token,
                Mode::Gated => GatewayMode::Gated,
                Mode::Unclaimed => GatewayMode::Unclaimed,
            },
            address: self.about.address.clone(),
            public_url: rules.trust.public_url().map(|url| url.join("/")),
            certificate: self.about.tls.as_ref().map(|tls| {
                let certificate = tls.certificate();
                HostCertificate {
                    sha256: certificate.fingerprint(),
                    not_after: certificate.not_after.as_second(),
                }
            }),
            uptime_seconds: u64::try_from(now.duration_since(self.started_at).as_secs())
                .unwrap_or_default(),
            not_ready: match Readiness::of(&self.gateway).await {
                Readiness::Ready => None,
                Readiness::Stopping => Some(NotReady {
                    code: None,
                    reason: "it is stopping".to_owned(),
                }),
                Readiness::Unavailable(error) => {
                    let failure = Failure::of(&error);
                    Some(NotReady {
                        code: Some(failure.code.as_str().to_owned()),
                        reason: failure.message,
                    })
                }
            },
            sockets: many(room.open()),
            sessions: sessions.ok().map(|sessions| many(sessions.len())),
        }
    }

    async fn reload(&self) -> Result<Reloaded, RpcError> {
        let (asked, came) = oneshot::channel();
        let sent = self.about.reloads.send(asked).await;
        sent.map_err(|_| RpcError::internal())?;
        came.await.map_err(|_| RpcError::internal())?
    }

    async fn sessions(&self) -> Result<HostSessions, RpcError> {
        let Gateway {
            ports, sessions, ..
        } = &*self.gateway;
        let horizon = sessions.horizon(ports.clock.now());
        let rows = super::sessions(&*ports.storage, horizon, |id| sessions.sockets(id)).await;
        rows.map(|sessions| HostSessions { sessions })
            .map_err(|error| failed(&error))
    }

    async fn end_session(&self, id: &str) -> Result<SessionEnded, RpcError> {
        let Ok(id) = id.parse::<SessionId>() else {
            return Ok(SessionEnded { ended: false });
        };
        let ports = &self.gateway.ports;
        let found = ports.storage.sessions().find(id).await;
        let Some(session) = found.map_err(|error| failed(&error))? else {
            return Ok(SessionEnded { ended: false });
        };
        let ended = self.gateway.sessions.end(id).await;
        let ended = ended.map_err(|error| failed(&error))?;
        ports.tickets.forget(&id).await;
        let line = Line::new(Event::Revoke, None).user(session.user.as_str(), None);
        ports.audit.record(line.session(id.as_str()));
        Ok(SessionEnded { ended })
    }
}

impl Desk for Host {
    type Call = HostCall;

    fn read(&self, request: &Request<'_>) -> Result<(HostCall, Cost), RpcError> {
        let call = HostCall::read(request)?;
        let cost = call.method().spec().cost;
        Ok((call, cost))
    }

    async fn answer(&self, id: &Id<'_>, call: HostCall) -> String {
        match call {
            HostCall::Person(call) => {
                let owner = People {
                    role: Role::Owner,
                    answers: &*self.gateway.ports.answers,
                };
                owner.answer(id, call).await
            }
            HostCall::Status(_) => answer(id, Ok(self.status().await)),
            HostCall::Reload(_) => answer(id, self.reload().await),
            HostCall::Sessions(_) => answer(id, self.sessions().await),
            HostCall::EndSession(params) => answer(id, self.end_session(&params.id).await),
        }
    }
}

/// What storage met, in full: who asks here can read the log as well.
fn failed(error: &StorageError) -> RpcError {
    let failure = Failure::of(error);
    RpcError::new(code::INTERNAL_ERROR, failure.message).with_code(failure.code.as_str())
}
