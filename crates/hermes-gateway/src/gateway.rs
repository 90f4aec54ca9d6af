//! The gateway: everything that its requests share, in one value that is passed down.

use std::{
    net::IpAddr,
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
    ASSETS,
    accounts::{Accounts, UnderWay},
    audit::Audit,
    conversations::{Answering, Conversations},
    device::Devices,
    forwarded::Trust,
    lifetimes::Lifetimes,
    limiter::Window,
    methods::{self, Attempts, InUse, Methods, Offered, Providers, Spent},
    metrics::{Metrics, Now},
    mode::Mode,
    native::codes::Codes,
    passkeys::{Ceremonies, Site},
    passwords::Passwords,
    paths::Paths,
    push::{Push, PushPorts},
    reach::Reach,
    request::Requests,
    sessions::Sessions,
    settings::{Limits, Settings},
    socket::{Answers, Room},
    strangers::Strangers,
    tickets::TicketStore,
    token::TokenGate,
    web_app::WebApp,
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
    /// Who answers in conversations.
    pub answering: Answering,
    /// Who signs the host in to providers.
    pub accounts: Arc<dyn Accounts>,
    /// How browsers are told while they are closed; with none, they are not.
    pub push: Option<PushPorts>,
}

/// What the settings say about who may come in and from where. A reload replaces all of it at once.
pub struct Rules {
    /// Whom to believe about forwarded requests.
    pub trust: Trust,
    /// Under which names, and from which pages.
    pub reach: Reach,
    /// By what people sign in.
    pub methods: Methods,
    /// Where passkeys count, if a browser would make one there.
    pub passkeys: Option<Site>,
    /// Whether the settings say who the owner is, so that nobody has to claim the gateway.
    pub names_owner: bool,
    /// The fewest characters of a new password.
    pub password_min_length: usize,
    /// Whether machines without a browser may ask to be approved.
    pub device_approval: bool,
    /// Whether people may share conversations by links.
    pub sharing: bool,
}

impl Rules {
    /// What these settings come to at this port of a machine with these addresses.
    pub fn new(
        settings: &Settings,
        port: u16,
        machine: impl IntoIterator<Item = IpAddr>,
        providers: Providers,
    ) -> Self {
        Self {
            trust: settings.proxy.trust(),
            reach: settings.proxy.reach(&settings.host, machine),
            methods: Methods {
                basic: settings.basic.clone(),
                providers,
            },
            passkeys: Site::of(settings.proxy.public_url.as_ref(), port),
            names_owner: settings.names_owner(),
            password_min_length: settings.password_min_length,
            device_approval: settings.device_approval,
            sharing: settings.sharing,
        }
    }
}

/// What stays as it is until the gateway ends.
pub struct Fixed {
    /// The gate of token mode; with none, people sign in.
    pub token: Option<TokenGate>,
    /// How long sessions last.
    pub lifetimes: Lifetimes,
    /// How much of everything one person may have.
    pub limits: Limits,
    /// How many sign-ins may hash a password at once.
    pub cores: usize,
    /// The web app.
    pub web_app: WebApp,
}

/// A gateway.
pub struct Gateway {
    pub(crate) ports: Ports,
    pub(crate) fixed: Fixed,
    pub(crate) paths: Paths,
    pub(crate) sessions: Sessions,
    pub(crate) passwords: Passwords,
    pub(crate) sign_ins: Window,
    pub(crate) departures: Window,
    pub(crate) apps: Window,
    pub(crate) passkeys: Window,
    pub(crate) account_sign_ins: Window,
    pub(crate) share_views: Window,
    pub(crate) room: Arc<Room>,
    pub(crate) conversations: Arc<Conversations>,
    pub(crate) push: Option<Push>,
    pub(crate) accounts: UnderWay,
    pub(crate) attempts: Attempts,
    pub(crate) ceremonies: Ceremonies,
    pub(crate) codes: Codes,
    pub(crate) devices: Devices,
    pub(crate) spent: Spent,
    pub(crate) strangers: Strangers,
    pub(crate) stopping: CancellationToken,
    pub(crate) requests: Requests,
    pub(crate) metrics: Metrics,
    rules: RwLock<Arc<Rules>>,
    has_owner: AtomicBool,
    /// Whether anybody has a name to sign in with.
    has_logins: AtomicBool,
    /// Whether anybody has a passkey.
    has_passkeys: AtomicBool,
}

impl Gateway {
    /// A gateway that serves nobody yet.
    ///
    /// # Errors
    ///
    /// If storage cannot say whether there is an owner.
    pub async fn new(
        mut ports: Ports,
        fixed: Fixed,
        rules: Rules,
    ) -> Result<Arc<Self>, StorageError> {
        let push = ports.push.take().map(|outside| {
            let (storage, clock) = (Arc::clone(&ports.storage), Arc::clone(&ports.clock));
            let random = Arc::clone(&ports.random);
            Push::new(outside, storage, clock, random, fixed.lifetimes)
        });
        let conversations = Conversations::new(
            Arc::clone(&ports.storage),
            Arc::clone(&ports.clock),
            Arc::clone(&ports.random),
            ports.answering.clone(),
            push.clone(),
        );
        let assets = ASSETS.into_iter().map(str::to_owned);
        let gateway = Self {
            conversations: Arc::new(conversations.await?),
            push,
            sessions: Sessions::new(
                Arc::clone(&ports.storage),
                Arc::clone(&ports.clock),
                Arc::clone(&ports.random),
                fixed.lifetimes,
            ),
            passwords: Passwords::new(fixed.cores, Arc::clone(&ports.random)),
            sign_ins: Window::of_passwords(&fixed.limits),
            departures: Window::of_departures(),
            apps: Window::of_apps(),
            passkeys: Window::of_passkeys(),
            account_sign_ins: Window::of_accounts(),
            share_views: Window::of_shares(),
            room: Room::new(fixed.limits),
            accounts: UnderWay::new(Arc::clone(&ports.clock), Arc::clone(&ports.random)),
            attempts: Attempts::new(Arc::clone(&ports.clock)),
            ceremonies: Ceremonies::new(Arc::clone(&ports.clock)),
            codes: Codes::new(Arc::clone(&ports.clock)),
            devices: Devices::new(Arc::clone(&ports.clock)),
            spent: Spent::default(),
            strangers: Strangers::new(Arc::clone(&ports.clock)),
            stopping: CancellationToken::new(),
            requests: Requests::new(&*ports.random),
            metrics: Metrics::default(),
            paths: Paths::with_assets(assets.chain(fixed.web_app.paths())),
            rules: RwLock::new(Arc::new(rules)),
            has_owner: AtomicBool::new(false),
            has_logins: AtomicBool::new(false),
            has_passkeys: AtomicBool::new(false),
            ports,
            fixed,
        };
        gateway.look_for_owner().await?;
        Ok(Arc::new(gateway))
    }

    /// What lets a request in just now.
    pub fn mode(&self) -> Mode {
        if self.fixed.token.is_some() {
            Mode::Token
        } else if self.has_owner.load(Ordering::Relaxed) || self.rules().names_owner {
            Mode::Gated
        } else {
            Mode::Unclaimed
        }
    }

    /// The secret of a new link for a browser, in token mode.
    pub fn new_link(&self) -> Option<Secret> {
        let token = self.fixed.token.as_ref()?;
        Some(token.new_link(&*self.ports.random))
    }

    /// The methods that somebody can sign in by just now, in the order in which a page shows them.
    pub fn offered(&self) -> Vec<Offered> {
        let rules = self.rules();
        let has_passkeys = self.has_passkeys.load(Ordering::Relaxed);
        rules.methods.offered(InUse {
            logins: self.has_logins.load(Ordering::Relaxed),
            passkeys: has_passkeys && rules.passkeys.is_some(),
        })
    }

    /// The rules just now.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the rules, all at once. Who is signed in stays so; a person whom the new ones do not
    /// let in is out when their provider is asked again.
    pub fn set_rules(&self, rules: Rules) {
        *self.rules.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
    }

    /// The numbers for Prometheus.
    pub(crate) fn numbers(&self) -> String {
        self.metrics.text(&Now {
            sockets: self.room.open(),
            sessions: self.sessions.in_use(),
            hashes: self.passwords.computed(),
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
        self.conversations.stop().await;
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
            let _ = self.look().await;
            self.conversations.tidy();
        }
    }

    async fn notice_forever(&self) {
        loop {
            self.ports.clock.sleep(NOTICE).await;
            if let Ok(true) = self.ports.storage.changed_elsewhere().await {
                let _ = self.look().await;
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

    /// Looks at what other processes may have changed: whose session goes on, and whether there is
    /// an owner.
    ///
    /// # Errors
    ///
    /// What storage met; the next look makes up for it.
    pub(crate) async fn look(&self) -> Result<(), StorageError> {
        self.sessions.recheck().await?;
        self.look_for_owner().await
    }

    /// Whether there is an owner, and anybody with a name or a passkey to sign in with.
    pub(crate) async fn look_for_owner(&self) -> Result<(), StorageError> {
        let users = self.ports.storage.users().list().await?;
        let has_owner = users.iter().any(|user| user.id == UserId::owner());
        self.has_owner.store(has_owner, Ordering::Relaxed);
        let has_logins = users.iter().any(|user| user.login.is_some());
        self.has_logins.store(has_logins, Ordering::Relaxed);
        let has_passkeys = self.ports.storage.passkeys().any().await?;
        self.has_passkeys.store(has_passkeys, Ordering::Relaxed);
        Ok(())
    }
}
