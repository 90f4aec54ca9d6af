//! A sign-in from its first button to its end. There is one at a time: who begins another one has given the
//! former up.

use std::{sync::Arc, time::Duration};

use hermes_client::{
    GatewayAddress, Mode, PlainHttp, SecretAddress,
    kept::{Found, Kept, Remembered, Where},
    sign_in::{Login, News, Onlooker, SignIn, SignedIn},
};
use hermes_errors::Code;
use hermes_login::BrowserOutcome;
use hermes_machine::BoxFuture;
use hermes_protocol::bridge::{
    BridgeRefusal, BrowserFate, PasswordGiven, SignInDone, SignInShown, SignInStarted, SignInWay,
    TokenGiven,
};
use hermes_secret::Secret;
use jiff::Timestamp;
use tokio::sync::{Mutex, Notify, mpsc};

use crate::{Desk, desk::id_of, look, refusal, window};

/// What the application calls itself on the page of a gateway.
const CLIENT: &str = "Hermes Desktop";

/// The most pasted texts that wait to be looked at.
const PASTES: usize = 8;

/// The most characters of a pasted text.
const LONGEST_PASTE: usize = 8 * 1024;

/// The sign-in that is under way.
pub(crate) struct UnderWay {
    shown: SignInShown,
    /// When it is over.
    until: Timestamp,
    given_up: Arc<Notify>,
    pasted: mpsc::Sender<String>,
}

impl UnderWay {
    /// As the page shows it.
    pub(crate) fn shown(&self, now: Timestamp) -> SignInShown {
        let left = Duration::try_from(self.until.duration_since(now)).unwrap_or_default();
        SignInShown {
            left_ms: u32::try_from(left.as_millis()).unwrap_or(u32::MAX),
            ..self.shown.clone()
        }
    }
}

/// What somebody signs in with.
enum By {
    Browser,
    Device,
    Password(Login),
    Token(Secret),
    Window,
}

impl Desk {
    /// Signs in by what a person does elsewhere.
    ///
    /// # Errors
    ///
    /// Why nobody is signed in; that it was given up is one of the reasons.
    pub async fn sign_in(&self, asked: SignInStarted) -> Result<SignInDone, BridgeRefusal> {
        let by = match asked.way {
            SignInWay::Browser => By::Browser,
            SignInWay::Device => By::Device,
            SignInWay::Window => By::Window,
            SignInWay::Password | SignInWay::Token => {
                return Err(refusal::said(
                    Code::ConnectNoMethod,
                    "this way begins elsewhere",
                ));
            }
        };
        let gate = self.gate(&asked.address, asked.agrees_to_plain)?;
        self.signed_in(gate, by, asked.method.as_deref()).await
    }

    /// Signs in by a password.
    ///
    /// # Errors
    ///
    /// Why nobody is signed in.
    pub async fn sign_in_by_password(
        &self,
        given: PasswordGiven,
    ) -> Result<SignInDone, BridgeRefusal> {
        let login = Login {
            provider: given.method.unwrap_or_else(|| "password".to_owned()),
            user: given.user,
            password: Secret::new(given.password),
        };
        let gate = self.gate(&given.address, given.agrees_to_plain)?;
        self.signed_in(gate, By::Password(login), None).await
    }

    /// Takes the token of a gateway.
    ///
    /// # Errors
    ///
    /// If it is not the gateway's.
    pub async fn give_token(&self, given: TokenGiven) -> Result<SignInDone, BridgeRefusal> {
        let gate = self.gate(&given.address, given.agrees_to_plain)?;
        let token = Secret::new(given.token.trim().to_owned());
        self.signed_in(gate, By::Token(token), None).await
    }

    /// Takes the address of a page that has failed to load in the browser.
    ///
    /// # Errors
    ///
    /// If no sign-in waits for one, or it is too long for one.
    pub fn paste_answer(&self, text: String) -> Result<(), BridgeRefusal> {
        let taken = match &self.state().signing {
            Some(under_way) if text.len() <= LONGEST_PASTE => {
                under_way.pasted.try_send(text).is_ok()
            }
            Some(_) | None => false,
        };
        match taken {
            true => Ok(()),
            false => Err(refusal::said(
                Code::ConnectRefused,
                "no sign-in waits for this",
            )),
        }
    }

    /// Opens the page of the sign-in once more.
    ///
    /// # Errors
    ///
    /// If none is under way, or no browser starts.
    pub fn open_again(&self) -> Result<(), BridgeRefusal> {
        let url = self
            .state()
            .signing
            .as_ref()
            .and_then(|under_way| under_way.shown.url.clone());
        let url = url.ok_or_else(|| {
            refusal::said(Code::ConnectTimedOut, "no sign-in is under way any more")
        })?;
        self.open_link(&url)
    }

    /// Gives the sign-in up that is under way, if one is.
    pub fn cancel_sign_in(&self) {
        if let Some(under_way) = self.state().signing.take() {
            under_way.given_up.notify_one();
        }
        self.changed();
    }

    /// The address of a sign-in, if what signs in may go there.
    fn gate(&self, address: &str, agrees_to_plain: bool) -> Result<Gate, BridgeRefusal> {
        self.is_free()?;
        let address = look::parse(address)?;
        let plain_http = match address.clone().for_secrets(PlainHttp::Refused) {
            // What is encrypted needs no yes, and none is remembered.
            Ok(_) => PlainHttp::Refused,
            Err(_) if agrees_to_plain => PlainHttp::Agreed,
            Err(error) => {
                return Err(refusal::said(Code::ConnectNotEncrypted, &error.to_string()));
            }
        };
        let secret = address.clone().for_secrets(plain_http);
        let secret =
            secret.map_err(|error| refusal::said(Code::ConnectNotEncrypted, &error.to_string()))?;
        Ok(Gate {
            address,
            secret,
            plain_http,
        })
    }

    async fn signed_in(
        &self,
        gate: Gate,
        by: By,
        method: Option<&str>,
    ) -> Result<SignInDone, BridgeRefusal> {
        let given_up = Arc::new(Notify::new());
        let (paste, pasted) = mpsc::channel(PASTES);
        let watcher = Watcher {
            desk: self,
            pasted: Mutex::new(pasted),
        };
        self.cancel_sign_in();
        self.state().signing = Some(UnderWay {
            shown: shown(&gate.address, &by),
            // Other ways say themselves how long they wait.
            until: self.0.outfit.world.ports.clock.now() + window::LIMIT,
            given_up: Arc::clone(&given_up),
            pasted: paste,
        });
        self.changed();
        let outfit = &self.0.outfit;
        let sign_in = SignIn {
            address: &gate.secret,
            client: CLIENT,
            place: &outfit.place,
            ports: &outfit.world.ports,
            opener: Some(&*outfit.opener),
            onlooker: &watcher,
            retry: None,
            provider: method,
        };
        // Whoever has given it up wants none of what it brings in the same moment.
        let result = tokio::select! {
            biased;
            () = given_up.notified() => {
                return Err(refusal::said(Code::ConnectTimedOut, "the sign-in was given up"));
            }
            result = self.way_in(&sign_in, &by, &gate.address) => result,
        };
        {
            let mut state = self.state();
            // Somebody may have begun another one since.
            let is_ours = |one: &UnderWay| Arc::ptr_eq(&one.given_up, &given_up);
            if state.signing.as_ref().is_some_and(is_ours) {
                state.signing = None;
            }
        }
        self.changed();
        self.keep(gate, result?).await
    }

    async fn way_in(
        &self,
        sign_in: &SignIn<'_>,
        by: &By,
        address: &GatewayAddress,
    ) -> Result<SignedIn, BridgeRefusal> {
        let result = match by {
            By::Browser => sign_in.by_browser().await,
            By::Device => sign_in.by_device().await,
            By::Password(login) => sign_in.by_password(login).await,
            By::Token(token) => sign_in.by_token(token).await,
            By::Window => return self.by_window(address).await,
        };
        result.map_err(|error| refusal::of(&error))
    }

    /// Keeps what a sign-in has brought, and shows its gateway.
    async fn keep(&self, gate: Gate, signed_in: SignedIn) -> Result<SignInDone, BridgeRefusal> {
        let id = id_of(&gate.address);
        let known = self.state().gateway(&id).cloned();
        let name = known.map(|known| known.name).unwrap_or_else(|| {
            let found = Found {
                gateways: self.state().remembered.clone(),
                set_aside: Vec::new(),
            };
            found.name_for(&gate.address)
        });
        let user = match &signed_in.user {
            Some(user) => Some(user.clone()),
            None => self.whose(&gate.secret, &signed_in).await,
        };
        let mode = match by_token(&signed_in) {
            true => Mode::Token,
            false => Mode::SignIn,
        };
        let remembered = Remembered {
            name,
            address: gate.address,
            mode,
            method: Some(signed_in.method),
            user: user.clone(),
            plain_http: gate.plain_http,
            last_used: Some(self.0.outfit.world.ports.clock.now()),
            secret: Where::Nowhere,
        };
        let gateways = &self.0.outfit.gateways;
        self.kept(gateways.remember(&remembered, Some(&signed_in.held)).await)?;
        self.read_gateways().await?;
        self.state().current = Some(id.clone());
        self.connect(&id).await;
        Ok(SignInDone { gateway: id, user })
    }

    /// Whose session it is, as the gateway calls them; nobody knows of a token.
    async fn whose(&self, address: &SecretAddress, signed_in: &SignedIn) -> Option<String> {
        if by_token(signed_in) {
            return None;
        }
        let kept = Kept::unread(&self.0.outfit.gateways, address.clone());
        kept.is_now(signed_in.held.clone());
        kept.look().await.ok().flatten()
    }
}

/// Where somebody signs in.
struct Gate {
    address: GatewayAddress,
    secret: SecretAddress,
    plain_http: PlainHttp,
}

fn by_token(signed_in: &SignedIn) -> bool {
    matches!(signed_in.held, hermes_client::Held::Token(_))
}

fn shown(address: &GatewayAddress, by: &By) -> SignInShown {
    SignInShown {
        address: address.to_string(),
        host: address.host().to_owned(),
        way: match by {
            By::Browser => SignInWay::Browser,
            By::Device => SignInWay::Device,
            By::Password(_) => SignInWay::Password,
            By::Token(_) => SignInWay::Token,
            By::Window => SignInWay::Window,
        },
        url: None,
        code: None,
        left_ms: 0,
        browser: None,
        stray: None,
        paste_rejected: None,
    }
}

/// Tells the page what happens.
struct Watcher<'a> {
    desk: &'a Desk,
    pasted: Mutex<mpsc::Receiver<String>>,
}

impl Watcher<'_> {
    fn lasts(&self, under_way: &mut UnderWay, limit: Duration) {
        under_way.until = self.desk.0.outfit.world.ports.clock.now() + limit;
    }
}

impl Onlooker for Watcher<'_> {
    fn tell(&self, news: News<'_>) {
        if let Some(under_way) = &mut self.desk.state().signing {
            match news {
                News::Address { url, limit, .. } => {
                    under_way.shown.url = Some(url.to_string());
                    self.lasts(under_way, limit);
                }
                News::Code {
                    user_code,
                    page,
                    limit,
                    ..
                } => {
                    under_way.shown.code = Some(user_code.to_owned());
                    under_way.shown.url = Some(page.to_string());
                    self.lasts(under_way, limit);
                }
                News::Browser(outcome) => under_way.shown.browser = Some(fate(outcome)),
                News::Stray(what) => under_way.shown.stray = Some(what),
                News::PasteRejected(why) => under_way.shown.paste_rejected = Some(why),
                // A tunnel leads to a listener on another machine, and this one has a window here.
                News::Hint(_) => {}
            }
        }
        self.desk.changed();
    }

    fn pasted(&self) -> BoxFuture<'_, String> {
        Box::pin(async {
            match self.pasted.lock().await.recv().await {
                Some(text) => text,
                None => std::future::pending().await,
            }
        })
    }
}

fn fate(outcome: BrowserOutcome) -> BrowserFate {
    match outcome {
        BrowserOutcome::Opened => BrowserFate::Opened,
        BrowserOutcome::NotHere(why) => BrowserFate::NotHere { why },
        BrowserOutcome::Failed(why) => BrowserFate::Failed { why },
    }
}
