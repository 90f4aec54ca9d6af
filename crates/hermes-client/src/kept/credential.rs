use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hermes_machine::{
    BoxFuture,
    http::{Body, Http, HttpError, Request, Response},
};
use hermes_oauth::Ports;
use hermes_protocol::routes;
use hermes_secret::{LABEL_LIMIT, Secret, plain};

use super::{Gateways, KeptError};
use crate::{
    Credential, Happened, Held, Minted, Outage, Pair, SecretAddress,
    sign_in::{cookies, says},
};

/// How long before its end a token is no longer shown, in seconds.
const MARGIN: i64 = 30;

/// What is kept for one gateway, as a connection asks for it.
#[derive(Debug)]
pub struct Kept {
    pub(super) gateways: Arc<Gateways>,
    pub(super) address: SecretAddress,
    pub(super) ports: Ports,
    known: Mutex<Known>,
}

/// What this process knows by heart.
#[derive(Debug, Default)]
struct Known {
    /// What was kept when it was read last.
    held: Option<Held>,
    /// A pair that the gateway has given and that could not be written down yet.
    unsaved: Option<Pair>,
}

/// What became of a sign-in that was given up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Left {
    /// The gateway has ended it, or had before.
    Ended,
    /// There is nothing that a gateway could end: the token of its host is good for others too.
    Token,
    /// Nothing was kept.
    Nothing,
    /// The gateway did not say that it has ended it.
    Unconfirmed,
}

impl Kept {
    /// What is kept for the gateway at this address.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub async fn open(gateways: &Arc<Gateways>, address: SecretAddress) -> Result<Self, KeptError> {
        let held = gateways.held(address.address()).await?;
        let kept = Self::unread(gateways, address);
        kept.known().held = held;
        Ok(kept)
    }

    /// The same for somebody who signs in anew, whatever is kept or cannot be read.
    pub fn unread(gateways: &Arc<Gateways>, address: SecretAddress) -> Self {
        Self {
            gateways: Arc::clone(gateways),
            address,
            ports: gateways.ports.clone(),
            known: Mutex::default(),
        }
    }

    /// Where it is shown, and nowhere else.
    pub const fn address(&self) -> &SecretAddress {
        &self.address
    }

    /// Where it is kept.
    pub const fn gateways(&self) -> &Arc<Gateways> {
        &self.gateways
    }

    /// Whether there is anything to show.
    pub fn is_there(&self) -> bool {
        self.known().held.is_some()
    }

    /// Takes what a sign-in has brought, which is kept already.
    pub fn is_now(&self, held: Held) {
        *self.known() = Known {
            held: Some(held),
            unsaved: None,
        };
    }

    /// The network, for whoever asks this gateway: cookies that it renews are kept.
    pub fn http(self: &Arc<Self>) -> Arc<dyn Http> {
        Arc::new(Keeping(Arc::clone(self)))
    }

    /// Asks the gateway who this is: their name, as far as it says one.
    ///
    /// # Errors
    ///
    /// What happened instead; [`Minted::SignInNeeded`] if it is nobody.
    pub async fn look(&self) -> Result<Option<String>, Happened> {
        let path = match self.known().held {
            Some(Held::Token(_)) => routes::CONVERSATIONS.path,
            _ => routes::ME.path,
        };
        let mut answer = self.asked(path).await?;
        if answer.status == 401 && says(&answer.body).is_some() {
            self.renew().await?;
            answer = self.asked(path).await?;
        }
        match (answer.status, says(&answer.body)) {
            (200..=299, Some(said)) => {
                let names = ["display_name", "email", "user_id"].into_iter();
                let mut names = names.filter_map(|name| said.get(name)?.as_str());
                let name = names.find(|name| !name.is_empty());
                Ok(name.map(|name| plain(name, LABEL_LIMIT)))
            }
            (401 | 403, Some(_)) => Err(Happened::Minted(Minted::SignInNeeded)),
            (429 | 500.., _) => {
                let outage = Outage::Status(answer.status, answer.retry_after);
                Err(Happened::Out(outage))
            }
            _ => Err(Happened::Out(Outage::NotTheGateway)),
        }
    }

    /// Ends the session at the gateway. What is kept stays until it is dropped.
    pub async fn leave(&self) -> Left {
        match &self.known().held {
            None => return Left::Nothing,
            Some(Held::Token(_)) => return Left::Token,
            Some(_) => {}
        }
        let headers = match self.headers().await {
            Ok(headers) => headers,
            Err(Happened::Minted(Minted::SignInNeeded)) => return Left::Ended,
            Err(_) => return Left::Unconfirmed,
        };
        let url = self.address.at(routes::LOGOUT.path);
        let mut request = Request::post(url, Body::Empty);
        request.headers = headers;
        match self.ports.http.send(request).await {
            Ok(answer) if (200..400).contains(&answer.status) => self.is_gone().await,
            Ok(_) | Err(_) => Left::Unconfirmed,
        }
    }

    /// Whether nobody is signed in any more: a page of somebody else may have answered.
    async fn is_gone(&self) -> Left {
        match self.asked(routes::ME.path).await {
            Ok(answer) if answer.status == 401 && says(&answer.body).is_some() => Left::Ended,
            Err(Happened::Minted(Minted::SignInNeeded)) => Left::Ended,
            Ok(_) | Err(_) => Left::Unconfirmed,
        }
    }

    async fn asked(&self, path: &str) -> Result<Response, Happened> {
        let mut request = Request::get(self.address.at(path));
        request.headers = self.headers().await?;
        let answer = self.ports.http.send(request).await;
        let answer = answer.map_err(|_| Happened::Unanswered)?;
        self.took(&answer).await;
        Ok(answer)
    }

    /// Keeps the cookies that an answer has renewed. Those that it takes away are kept: whether the
    /// sign-in is over, the answer itself says.
    async fn took(&self, answer: &Response) {
        let set = cookies(&answer.set_cookies);
        if set.is_empty() || !answer.is_success() {
            return;
        }
        let changed = {
            let mut known = self.known();
            let held = known.held.as_mut();
            held.and_then(|held| held.take(set).then(|| held.clone()))
        };
        if let Some(held) = changed {
            // Should it fail, this process has them, and the next one signs in again at worst.
            let _ = self.gateways.keep(self.address.address(), &held).await;
        }
    }

    /// What is kept now: another process may have changed it. Where it cannot be read for the moment,
    /// what this one knows is as good.
    pub(super) async fn read(&self) -> Result<Option<Held>, Happened> {
        match self.gateways.held(self.address.address()).await {
            Ok(held) => {
                self.known().held.clone_from(&held);
                Ok(held)
            }
            Err(_) => match self.known().held.clone() {
                Some(held) => Ok(Some(held)),
                None => Err(Happened::Unanswered),
            },
        }
    }

    /// Writes down what the gateway has given, or remembers that this is still to be done.
    pub(super) async fn keep(&self, held: Held) -> Result<(), Happened> {
        let kept = self.gateways.keep(self.address.address(), &held).await;
        let mut known = self.known();
        known.unsaved = match (&kept, &held) {
            (Err(_), Held::Pair(pair)) => Some(pair.clone()),
            _ => None,
        };
        if kept.is_ok() {
            known.held = Some(held);
        }
        kept.map_err(|_| Happened::Unanswered)
    }

    pub(super) fn unsaved(&self) -> Option<Pair> {
        self.known().unsaved.clone()
    }

    /// The gateway has said that it is over.
    pub(super) async fn dropped(&self) {
        *self.known() = Known::default();
        // If it cannot be dropped, the gateway says the same again the next time.
        let _ = self.gateways.drop_held(self.address.address()).await;
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_ending(&self, pair: &Pair) -> bool {
        let now = self.ports.clock.now().as_second();
        pair.ends_at.is_some_and(|end| end - MARGIN <= now)
    }
}

impl Credential for Kept {
    fn headers(&self) -> BoxFuture<'_, Result<Vec<(&'static str, String)>, Happened>> {
        Box::pin(async {
            let held = match self.read().await? {
                Some(Held::Pair(pair)) if self.is_ending(&pair) || self.unsaved().is_some() => {
                    self.renewed(&pair).await?
                }
                Some(held) => held,
                None => return Err(Happened::Minted(Minted::SignInNeeded)),
            };
            Ok(held.headers())
        })
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), Happened>> {
        Box::pin(async {
            let shown = self.known().held.clone();
            match shown {
                Some(Held::Pair(pair)) => self.renewed(&pair).await.map(|_| ()),
                // A gateway renews cookies by itself, as long as there is something to renew.
                Some(Held::Cookies(_) | Held::Token(_)) | None => {
                    Err(Happened::Minted(Minted::SignInNeeded))
                }
            }
        })
    }

    fn token(&self) -> Option<Secret> {
        match &self.known().held {
            Some(Held::Token(token)) => Some(token.clone()),
            _ => None,
        }
    }
}

/// A network that keeps what a gateway renews on the way.
struct Keeping(Arc<Kept>);

impl Http for Keeping {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, HttpError>> {
        Box::pin(async move {
            let is_its_own = request.url.origin() == self.0.address.at("").origin();
            let answer = self.0.ports.http.send(request).await?;
            if is_its_own {
                self.0.took(&answer).await;
            }
            Ok(answer)
        })
    }
}
