use std::sync::Arc;

use hermes_errors::Failure;
use hermes_protocol::{
    methods::{
        Cost, GatewayMode, HostCall, HostCertificate, HostSessions, HostStatus, Looked, NotReady,
        Reloaded, Role, SessionEnded, Yielded,
    },
    rpc::{Id, Request, RpcError, answer, code},
};
use hermes_storage::{SessionId, StorageError, UserId};
use jiff::Timestamp;
use tokio::sync::oneshot;

use super::About;
use crate::{
    answers::explained,
    audit::{Event, Line},
    conversations::Attached,
    gateway::Gateway,
    mode::Mode,
    readiness::Readiness,
    socket::{Desk, Late, People},
};

/// What whoever has the host may ask.
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

    /// A desk for one of their connections, at which they are the owner as well.
    pub(super) fn desk(&self) -> HostDesk<'_> {
        let conversations = &self.gateway.conversations;
        HostDesk {
            host: self,
            owner: People {
                role: Role::Owner,
                user: UserId::owner(),
                answers: &*self.gateway.ports.answers,
                conversations,
                attached: Attached::new(Arc::clone(conversations)),
                late: Late::new(),
            },
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
            address: self.about.address.clone().unwrap_or_default(),
            public_url: rules.trust.public_url().map(|url| url.join("/")),
            everywhere: self.about.everywhere,
            gives_way: self.about.gives_way,
            names_owner: rules.names_owner,
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

    async fn look(&self) -> Result<Looked, RpcError> {
        let looked = self.gateway.look().await;
        looked.map(|()| Looked {}).map_err(|error| failed(&error))
    }

    fn give_way(&self) -> Yielded {
        let yields = self.about.gives_way;
        if yields {
            self.gateway.stop();
        }
        Yielded { yields }
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

/// The desk for whoever has the host.
pub(super) struct HostDesk<'a> {
    host: &'a Host,
    owner: People<'a>,
}

impl Desk for HostDesk<'_> {
    type Call = HostCall;

    fn read(&self, request: &Request<'_>) -> Result<(HostCall, Cost), RpcError> {
        let call = HostCall::read(request)?;
        let cost = call.method().spec().cost;
        Ok((call, cost))
    }

    async fn answer(&mut self, id: &Id<'_>, call: HostCall) -> Option<String> {
        let host = self.host;
        Some(match call {
            HostCall::Person(call) => return self.owner.answer(id, call).await,
            HostCall::Status(_) => answer(id, Ok(host.status().await)),
            HostCall::Reload(_) => answer(id, host.reload().await),
            HostCall::Look(_) => answer(id, host.look().await),
            HostCall::Yield(_) => answer(id, Ok(host.give_way())),
            HostCall::Sessions(_) => answer(id, host.sessions().await),
            HostCall::EndSession(params) => answer(id, host.end_session(&params.id).await),
        })
    }

    async fn next(&mut self) -> String {
        self.owner.next().await
    }
}

/// What storage met, in full: who asks here can read the log as well.
fn failed(error: &StorageError) -> RpcError {
    explained(code::INTERNAL_ERROR, &Failure::of(error))
}
