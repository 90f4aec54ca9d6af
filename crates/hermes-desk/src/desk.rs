//! The desk: everything that the application knows, and what its person can do with it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hermes_client::{
    Credential, GatewayAddress, Held, PlainHttp, SecretAddress, Web,
    kept::{Found, Gateways, Kept, KeptError, Remembered},
};
use hermes_errors::{Code, Failure};
use hermes_host::World;
use hermes_login::{Opener, Place};
use hermes_machine::{dns_sd::Networks, http::Http};
use hermes_protocol::bridge::{
    AboutApp, AddressLook, AppMeans, AppPreferences, Board, BridgeNote, BridgeRefusal, BridgeTold,
    SecretPlace,
};
use hermes_secret::Secret;
use tokio::sync::{Notify, mpsc};
use url::Url;

use crate::{
    at_login, board, fixed,
    here::{self, Here},
    link::Link,
    look::Looker,
    manners::Endings,
    notice::Notice,
    place::{self, Place as Was},
    refusal,
    signing::UnderWay,
    window::SignInWindows,
};

/// How much may wait to be told to the page before nothing more is read from a gateway.
const UNTOLD: usize = 1024;

/// How many notifications may wait to be shown. What comes then is not told, as if they were off.
const NOTICES: usize = 32;

/// The most notes that wait to be read.
const NOTES: usize = 20;

/// What the application runs with.
#[derive(Clone)]
pub struct Outfit {
    /// The environment, the home, clock, randomness and the network.
    pub world: World,
    /// Where it runs.
    pub place: Place,
    /// Opens pages in the person's browser.
    pub opener: Arc<dyn Opener>,
    /// Opens windows for gateways that sign people in on their own page alone.
    pub windows: Arc<dyn SignInWindows>,
    /// Where gateways are heard that announce themselves.
    pub networks: Networks,
    /// What is remembered.
    pub gateways: Arc<Gateways>,
    /// The version of the application.
    pub version: String,
    /// The folder in which it writes what has happened.
    pub logs: PathBuf,
    /// The program that is started to have the application again.
    pub program: PathBuf,
}

/// What the application is told by the desk, to show it.
#[derive(Debug)]
pub struct Tidings {
    pub(crate) changed: Arc<Notify>,
    pub(crate) told: mpsc::Receiver<BridgeTold>,
    pub(crate) notices: mpsc::Receiver<Notice>,
}

/// Something that the desk tells.
#[derive(Debug)]
pub enum Tiding {
    /// The board is another one.
    Board,
    /// Something for the page.
    Told(Box<BridgeTold>),
    /// Something for whoever does not look.
    Notice(Box<Notice>),
}

impl Tidings {
    /// The next one; nothing once the desk is gone. Changes of the board that come together are told once.
    pub async fn next(&mut self) -> Option<Tiding> {
        tokio::select! {
            () = self.changed.notified() => Some(Tiding::Board),
            told = self.told.recv() => told.map(|told| Tiding::Told(Box::new(told))),
            notice = self.notices.recv() => notice.map(|notice| Tiding::Notice(Box::new(notice))),
        }
    }
}

/// The desk. Its copies are the same one.
#[derive(Clone)]
pub struct Desk(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) outfit: Outfit,
    pub(crate) changed: Arc<Notify>,
    pub(crate) told: mpsc::Sender<BridgeTold>,
    pub(crate) notices: mpsc::Sender<Notice>,
    /// Whoever begins the gateway of this computer; the next one waits.
    pub(crate) beginning: tokio::sync::Mutex<()>,
    /// Whoever listens for gateways nearby; the next one waits.
    pub(crate) listening: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

/// What is shown.
pub(crate) struct State {
    /// The gateways that are remembered.
    pub(crate) remembered: Vec<Remembered>,
    /// The lines to them, by their ids.
    pub(crate) links: BTreeMap<String, Link>,
    /// The id of the one that is shown.
    pub(crate) current: Option<String>,
    /// The gateway that the environment names.
    pub(crate) fixed: Option<GatewayAddress>,
    /// The gateway of this computer, if it is used.
    pub(crate) here: Option<Here>,
    /// What the person calls it; none is what everybody calls it.
    pub(crate) here_name: Option<String>,
    pub(crate) signing: Option<UnderWay>,
    pub(crate) notes: Vec<BridgeNote>,
    last_note: u32,
    pub(crate) preferences: AppPreferences,
    pub(crate) means: AppMeans,
    /// Whether the person was told that a closed window goes on in the tray.
    pub(crate) knows_tray: bool,
    /// The newest version that the person was told of.
    pub(crate) told_version: Option<String>,
    pub(crate) endings: Endings,
}

impl State {
    /// With what was kept, and nothing else yet.
    fn of(was: &Was) -> Self {
        Self {
            remembered: Vec::new(),
            links: BTreeMap::new(),
            current: None,
            fixed: None,
            here: None,
            here_name: was.here_name.clone(),
            signing: None,
            notes: Vec::new(),
            last_note: 0,
            preferences: was.preferences,
            means: AppMeans::default(),
            knows_tray: was.knows_tray,
            told_version: was.told_version.clone(),
            endings: Endings::default(),
        }
    }

    /// The gateway of this id.
    pub(crate) fn gateway(&self, id: &str) -> Option<&Remembered> {
        self.remembered.iter().find(|one| id_of(&one.address) == id)
    }
}

/// What a gateway is called in commands.
pub(crate) fn id_of(address: &GatewayAddress) -> String {
    address.to_string()
}

impl Desk {
    /// Opens the desk with what is remembered. What cannot be read is told by a note, and the rest is there.
    pub async fn open(outfit: Outfit) -> (Self, Tidings) {
        let (told, to_tell) = mpsc::channel(UNTOLD);
        let (notices, to_show) = mpsc::channel(NOTICES);
        let changed = Arc::new(Notify::new());
        let (mut was, problem) = place::read(&outfit.world.home);
        was.preferences.opens_at_login = at_login::is_set(&outfit.world.environment);
        let desk = Self(Arc::new(Inner {
            outfit,
            changed: Arc::clone(&changed),
            told,
            notices,
            beginning: tokio::sync::Mutex::default(),
            listening: tokio::sync::Mutex::default(),
            state: Mutex::new(State::of(&was)),
        }));
        if let Some(problem) = problem {
            desk.note(Some(Code::ConnectKeptUnusable.as_str().to_owned()), problem);
        }
        desk.begin_updates();
        match fixed::read(&desk.0.outfit.world.environment) {
            Ok(Some(fixed)) => desk.show_fixed(fixed),
            Ok(None) => desk.open_list(was).await,
            Err(refusal) => {
                desk.note(refusal.code, refusal.message);
                desk.open_list(was).await;
            }
        }
        let tidings = Tidings {
            changed,
            told: to_tell,
            notices: to_show,
        };
        (desk, tidings)
    }

    /// Begins with what is remembered.
    async fn open_list(&self, was: Was) {
        if let Err(refusal) = self.read_gateways().await {
            self.note(refusal.code, refusal.message);
        }
        self.begin_where_it_was(was);
        // A keychain that does not answer keeps nobody from their window.
        let all = self.clone();
        tokio::spawn(async move { all.connect_all().await });
    }

    /// All that is shown.
    pub fn board(&self) -> Board {
        board::of(&self.state(), &self.0.outfit)
    }

    /// What is at an address that somebody types.
    ///
    /// # Errors
    ///
    /// Why nobody knows.
    pub async fn look(&self, text: &str) -> Result<AddressLook, BridgeRefusal> {
        let outfit = &self.0.outfit;
        let looker = Looker {
            http: &*outfit.world.ports.http,
            place: &outfit.place,
            version: &outfit.version,
        };
        let found = Found {
            gateways: self.state().remembered.clone(),
            set_aside: Vec::new(),
        };
        looker.look(text, &found).await
    }

    /// Opens a page in the person's browser.
    ///
    /// # Errors
    ///
    /// If it is none that may be opened, or no browser starts.
    pub fn open_link(&self, url: &str) -> Result<(), BridgeRefusal> {
        let opened = Url::parse(url).map_err(|error| error.to_string());
        let opened = opened.and_then(|url| self.0.outfit.opener.open(&url));
        opened.map_err(|why| refusal::said(Code::UnsafeUrl, &why))
    }

    /// The folder in which the application writes what has happened.
    pub fn logs(&self) -> &Path {
        &self.0.outfit.logs
    }

    /// What the application is, and where it keeps things.
    pub fn about(&self) -> AboutApp {
        let outfit = &self.0.outfit;
        let home = &outfit.world.home;
        let shown = |path: &Path| home.display(path, &outfit.world.environment);
        let secrets = board::place_of_secrets(&outfit.gateways);
        AboutApp {
            version: outfit.version.clone(),
            home: shown(home.path()),
            logs: shown(&outfit.logs),
            secrets,
            secrets_file: (secrets == SecretPlace::File)
                .then(|| shown(outfit.gateways.secrets_file())),
        }
    }

    /// A note was read.
    pub fn note_read(&self, id: u32) {
        self.state().notes.retain(|note| note.id != id);
        self.changed();
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The board is another one.
    pub(crate) fn changed(&self) {
        self.0.changed.notify_one();
    }

    /// Tells the person something, until they have read it.
    pub(crate) fn note(&self, code: Option<String>, text: String) {
        let mut state = self.state();
        state.last_note += 1;
        let id = state.last_note;
        state.notes.push(BridgeNote { id, code, text });
        let surplus = state.notes.len().saturating_sub(NOTES);
        state.notes.drain(..surplus);
        drop(state);
        self.changed();
    }

    /// Where the secrets of the gateway of this id may go.
    pub(crate) fn secret_address(&self, id: &str) -> Result<SecretAddress, BridgeRefusal> {
        let state = self.state();
        let gateway = state.gateway(id).ok_or_else(refusal::unknown)?;
        let address = gateway.address.clone().for_secrets(gateway.plain_http);
        address.map_err(|error| refusal::said(Code::ConnectNotEncrypted, &error.to_string()))
    }

    /// What of a file is told to the page.
    pub(crate) fn kept<T>(&self, result: Result<T, KeptError>) -> Result<T, BridgeRefusal> {
        result.map_err(|error| {
            let failure = Failure::of(&error);
            let message = match &error {
                KeptError::File { source, .. } => format!("{}: {source}", failure.message),
                _ => failure.message.clone(),
            };
            refusal::failed(&Failure { message, ..failure })
        })
    }

    /// Reads again what is remembered.
    pub(crate) async fn read_gateways(&self) -> Result<(), BridgeRefusal> {
        let found = self.kept(self.0.outfit.gateways.read().await)?;
        for path in &found.set_aside {
            let outfit = &self.0.outfit;
            let path = outfit.world.home.display(path, &outfit.world.environment);
            self.note(
                Some(Code::ConnectKeptUnusable.as_str().to_owned()),
                format!("A file was damaged, and is now {path}. What was in it is not remembered any more."),
            );
        }
        self.state().remembered = found.gateways;
        self.changed();
        Ok(())
    }

    /// The way to the gateway at this address, with what is kept for it.
    pub(crate) async fn way(&self, address: SecretAddress) -> Result<Web, BridgeRefusal> {
        let kept = Kept::open(&self.0.outfit.gateways, address.clone()).await;
        let kept = Arc::new(self.kept(kept)?);
        let http = kept.http();
        self.web(address, kept, http)
    }

    /// The way to the gateway at this address, with what is in memory alone.
    pub(crate) fn way_by(
        &self,
        address: GatewayAddress,
        token: Secret,
    ) -> Result<Web, BridgeRefusal> {
        let address = address
            .for_secrets(PlainHttp::Refused)
            .map_err(|error| refusal::said(Code::ConnectNotEncrypted, &error.to_string()))?;
        let http = Arc::clone(&self.0.outfit.world.ports.http);
        self.web(address, Arc::new(Held::Token(token)), http)
    }

    fn web(
        &self,
        address: SecretAddress,
        credential: Arc<dyn Credential>,
        http: Arc<dyn Http>,
    ) -> Result<Web, BridgeRefusal> {
        let world = &self.0.outfit.world;
        let clock = Arc::clone(&world.ports.clock);
        let web = Web::new(address, credential, http, &world.environment, clock);
        web.map_err(|error| refusal::said(Code::ConnectUnreachable, &error.to_string()))
    }

    /// Whether another gateway may be had than the one that the environment names.
    pub(crate) fn is_free(&self) -> Result<(), BridgeRefusal> {
        match self.state().fixed {
            None => Ok(()),
            Some(_) => {
                let text = "the environment says which gateway it is, so there is no other one";
                Err(refusal::said(Code::ConnectNotAllowed, text))
            }
        }
    }

    /// Shows the gateway that was shown last, and begins that of this computer if it was used.
    fn begin_where_it_was(&self, was: Was) {
        {
            let mut state = self.state();
            let shown = was
                .shown
                .filter(|id| id == here::ID || state.gateway(id).is_some());
            let last = || {
                let last = state.remembered.iter().max_by_key(|one| one.last_used);
                last.map(|one| id_of(&one.address))
            };
            let shown = shown.or_else(last);
            state.current = shown;
        }
        if was.uses_here {
            let desk = self.clone();
            tokio::spawn(async move {
                if let Err(refusal) = desk.begin_here().await {
                    desk.note(refusal.code, refusal.message);
                }
            });
        }
    }
}
