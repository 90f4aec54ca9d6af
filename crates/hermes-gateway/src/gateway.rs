//! The gateway: everything that its requests share, in one value that is passed down.

use std::{
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use hermes_machine::{Clock, Random};
use hermes_protocol::close::Close;
use hermes_secret::Secret;
use hermes_storage::{Storage, StorageError, UserId};
use tokio_util::sync::CancellationToken;

use crate::{
    audit::Audit,
    forwarded::Trust,
    lifetimes::Lifetimes,
    limiter::Window,
    methods::{self, Attempts, Methods, Offered, Spent},
    metrics::{Metrics, Now},
    mode::Mode,
    passwords::Passwords,
    paths::Paths,
    reach::Reach,
    request::Requests,
    sessions::Sessions,
    settings::Limits,
    socket::{Answers, Room},
    tickets::TicketStore,
    token::TokenGate,
};

/// How often sessions are asked about again, whether or not anything seems to have changed.
const RECHECK: Duration = Duration::from_secs(60);

/// How often identity providers are asked for the sessions that are due.
const RENEW: Duration = Duration::from_secs(15);

/// How often storage is asked whether another process has changed it.
const NOTICE: Duration = Duration::from_millis(400);

/// The clock, the randomness and the places that a gateway works with.
pub struct Ports {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Users, sessions and counters.
    pub storage: Arc<dyn Storage>,
    /// Tickets.
    pub tickets: Arc<dyn TicketStore>,
    /// Who came and who was turned away.
    pub audit: Audit,
    /// What calls on a socket answer.
    pub answers: Arc<dyn Answers>,
}

/// What the settings say about who may come in and from where.
pub struct Rules {
    /// Whom to believe about forwarded requests.
    pub trust: Trust,
    /// Under which names, and from which pages.
    pub reach: Reach,
    /// What needs no credential.
    pub paths: Paths,
    /// How long sessions last.
    pub lifetimes: Lifetimes,
    /// The gate of token mode; with none, people sign in.
    pub token: Option<TokenGate>,
    /// Whether the settings say who the owner is, so that nobody has to claim the gateway.
    pub names_owner: bool,
    /// How much of everything one person may have.
    pub limits: Limits,
    /// How many sign-ins may hash a password at once.
    pub cores: usize,
}

/// A gateway.
pub struct Gateway {
    pub(crate) ports: Ports,
    pub(crate) rules: Rules,
    pub(crate) sessions: Sessions,
    pub(crate) passwords: Passwords,
    pub(crate) sign_ins: Window,
    pub(crate) room: Arc<Room>,
    pub(crate) attempts: Attempts,
    pub(crate) spent: Spent,
    pub(crate) stopping: CancellationToken,
    pub(crate) requests: Requests,
    pub(crate) metrics: Metrics,
    claimed: AtomicBool,
    /// Whether anybody has a name to sign in with.
    logins: AtomicBool,
    methods: RwLock<Arc<Methods>>,
}

impl Gateway {
    /// A gateway that serves nobody yet.
    ///
    /// # Errors
    ///
    /// If storage cannot say whether there is an owner.
    pub async fn new(
        ports: Ports,
        rules: Rules,
        methods: Methods,
    ) -> Result<Arc<Self>, StorageError> {
        let gateway = Self {
            sessions: Sessions::new(
                Arc::clone(&ports.storage),
                Arc::clone(&ports.clock),
                Arc::clone(&ports.random),
                rules.lifetimes,
            ),
            passwords: Passwords::new(rules.cores, Arc::clone(&ports.random)),
            sign_ins: Window::new(&rules.limits),
            room: Room::new(rules.limits),
            attempts: Attempts::new(Arc::clone(&ports.clock)),
            spent: Spent::default(),
            stopping: CancellationToken::new(),
            requests: Requests::new(&*ports.random),
            metrics: Metrics::default(),
            claimed: AtomicBool::new(false),
            logins: AtomicBool::new(false),
            methods: RwLock::new(Arc::new(methods)),
            ports,
            rules,
        };
        gateway.look_for_owner().await?;
        Ok(Arc::new(gateway))
    }

    /// What lets a request in just now.
    pub fn mode(&self) -> Mode {
        if self.rules.token.is_some() {
            Mode::Token
        } else if self.claimed.load(Ordering::Relaxed) {
            Mode::Gated
        } else {
            Mode::Unclaimed
        }
    }

    /// The secret of a new link for a browser, in token mode.
    pub fn new_link(&self) -> Option<Secret> {
        let token = self.rules.token.as_ref()?;
        Some(token.new_link(&*self.ports.random))
    }

    /// The methods that somebody can sign in by just now, in the order in which a page shows them.
    pub fn offered(&self) -> Vec<Offered> {
        let mut offered = self.methods().offered();
        if !self.logins.load(Ordering::Relaxed) {
            offered.retain(|method| method.name != methods::USERS);
        }
        offered
    }

    /// The sign-in methods just now.
    pub fn methods(&self) -> Arc<Methods> {
        Arc::clone(&self.methods.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the sign-in methods, all at once.
    pub fn set_methods(&self, methods: Methods) {
        *self.methods.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(methods);
    }

    /// The numbers for Prometheus.
    pub(crate) fn numbers(&self) -> String {
        self.metrics.text(&Now {
            sockets: self.room.open(),
            sessions: self.sessions.in_use(),
            events: self.ports.audit.events(),
        })
    }

    /// Begins to stop: no new requests, every socket is told.
    pub fn stop(&self) {
        self.stopping.cancel();
        self.sessions.let_go(Close::Restart);
    }

    /// What goes on beside the requests, until the gateway stops: noting when sessions were used,
    /// removing those that are over, noticing what other processes have changed, and asking identity
    /// providers again.
    pub async fn keep_up(&self) {
        let until_stopping = async {
            tokio::select! {
                () = self.stopping.cancelled() => {}
                () = self.tidy_forever() => {}
                () = self.notice_forever() => {}
            }
        };
        tokio::join!(until_stopping, self.renew());
        // The last uses are written down before storage closes. If that fails, a session seems
        // unused for a minute longer than it was.
        let _ = self.sessions.tidy().await;
    }

    async fn tidy_forever(&self) {
        loop {
            self.ports.clock.sleep(RECHECK).await;
            // What fails now is tried again in a minute; until then requests ask storage itself,
            // which fails closed.
            let _ = self.sessions.tidy().await;
            let _ = self.sessions.recheck().await;
            let _ = self.look_for_owner().await;
        }
    }

    async fn notice_forever(&self) {
        loop {
            self.ports.clock.sleep(NOTICE).await;
            if let Ok(true) = self.ports.storage.changed_elsewhere().await {
                let _ = self.sessions.recheck().await;
                let _ = self.look_for_owner().await;
            }
        }
    }

    /// What has been sent to a provider is finished when the gateway stops: a refresh token may
    /// count once, and the next one is in the answer.
    async fn renew(&self) {
        while !self.stopping.is_cancelled() {
            // As with the rest: what fails now is tried again.
            let _ = methods::renew_due(self).await;
            tokio::select! {
                () = self.stopping.cancelled() => {}
                () = self.ports.clock.sleep(RENEW) => {}
            }
        }
    }

    /// Whether there is an owner, and anybody with a name to sign in with.
    pub(crate) async fn look_for_owner(&self) -> Result<(), StorageError> {
        let users = self.ports.storage.users().list().await?;
        let owner = users.iter().any(|user| user.id == UserId::owner());
        let claimed = owner || self.rules.names_owner;
        self.claimed.store(claimed, Ordering::Relaxed);
        let logins = users.iter().any(|user| user.login.is_some());
        self.logins.store(logins, Ordering::Relaxed);
        Ok(())
    }
}
