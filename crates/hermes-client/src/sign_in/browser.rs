//! By the browser of this machine (RFC 8252): it comes back to a listener of ours with a code, which
//! is worth nothing without the verifier that never left here.

use std::time::Duration;

use hermes_login::{
    GUIDE_BASE, check_openable,
    loopback::{Awaited, Ending, Taken, pages::Names},
    paste::{self, Pasted},
    tunnel_hint,
};
use hermes_oauth::{Answer, NotOurs, Pkce, Verdict, judge};
use hermes_protocol::routes;
use hermes_secret::{LABEL_LIMIT, plain};
use serde_json::json;
use url::Url;

use super::{Method, News, SignIn, SignInError, SignedIn};

/// How long the answer is awaited: a person may have to find their password first.
const LIMIT: Duration = Duration::from_secs(600);

/// Where the answer comes.
const PATH: &str = "/callback";

impl SignIn<'_> {
    /// Signs in by the browser.
    ///
    /// # Errors
    ///
    /// If nothing can listen here, nobody lets this program in, or the gateway takes the answer for
    /// nothing.
    pub async fn by_browser(&self) -> Result<SignedIn, SignInError> {
        let awaited = Awaited::listen(PATH)?;
        let random = &*self.ports.random;
        let (pkce, state) = (Pkce::new(random), random.token(32));
        let url = self.authorize_url(&pkce, state.expose(), awaited.redirect_uri());
        if let Err(reason) = self.may_open(&url) {
            let host = self.host();
            return Err(SignInError::UnsafePage { host, reason });
        }
        self.announce(&url, awaited.redirect_uri());
        let issuer = self.address.address().to_string();
        // A gateway of ours names itself in each answer. Upstream's do not, so it is not wanted of all;
        // what another one has given out is never shown to this one.
        let judged = |answer: &Answer| {
            let answer = Answer {
                iss: answer
                    .iss
                    .as_deref()
                    .map(|iss| iss.trim_end_matches('/').to_owned()),
                ..answer.clone()
            };
            match judge(&answer, &state, Some(&issuer), false) {
                Verdict::NotOurs(NotOurs::WrongIssuer) => {
                    self.tell_issuer(answer.iss.as_deref().unwrap_or_default());
                    Verdict::NotOurs(NotOurs::WrongIssuer)
                }
                verdict => verdict,
            }
        };
        let redeem = async |taken| {
            let result = self.redeem(taken, &pkce, awaited.redirect_uri()).await;
            let ending = match &result {
                Ok(signed_in) => Ending::SignedIn {
                    account: signed_in.user.clone(),
                },
                Err(SignInError::Refused { .. }) => Ending::Declined,
                Err(_) => Ending::Failed,
            };
            (result, ending)
        };
        let names = Names {
            provider: self.host(),
            host: self.place.host.clone(),
            retry: self.retry.map(str::to_owned),
        };
        let stray = |what| self.onlooker.tell(News::Stray(what));
        let around = (LIMIT, &*self.ports.clock, random);
        let by_hand = self.pasted(awaited.redirect_uri(), &judged);
        let redeemed = awaited.redeemed(&judged, &stray, names, around, by_hand, redeem);
        match redeemed.await {
            Some(result) => result,
            None => Err(SignInError::TimedOut { host: self.host() }),
        }
    }

    /// The address of the page on which the person lets this program in.
    fn authorize_url(&self, pkce: &Pkce, state: &str, redirect_uri: &Url) -> Url {
        let mut url = self.address.at(routes::NATIVE_AUTHORIZE.path);
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.client)
            .append_pair("device", &plain(&self.place.host, LABEL_LIMIT))
            .append_pair("redirect_uri", redirect_uri.as_str())
            .append_pair("code_challenge", &pkce.challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("state", state);
        if let Some(provider) = self.provider {
            url.query_pairs_mut()
                .append_pair(routes::query::PROVIDER, provider);
        }
        url
    }

    /// Whether a browser may be sent there. Plain http to another machine is what the person has agreed
    /// to, and the rest of the rule holds all the same.
    pub(super) fn may_open(&self, url: &Url) -> Result<(), String> {
        let agreed = url.scheme() == "http" && self.address.at("").scheme() == "http";
        let mut checked = url.clone();
        if agreed && checked.set_scheme("https").is_ok() {
            return check_openable(&checked);
        }
        check_openable(url)
    }

    fn announce(&self, url: &Url, redirect_uri: &Url) {
        self.onlooker.tell(News::Address {
            url,
            redirect_uri,
            limit: LIMIT,
        });
        if let Some(hint) = tunnel_hint(self.place, redirect_uri.as_str(), None, GUIDE_BASE) {
            self.onlooker.tell(News::Hint(&hint));
        }
        self.show(url);
    }

    /// The answer that is pasted: judged as if it had come by itself.
    async fn pasted(
        &self,
        redirect_uri: &Url,
        judged: &(dyn Fn(&Answer) -> Verdict + Send + Sync),
    ) -> Taken {
        loop {
            let text = self.onlooker.pasted().await;
            let reason = match paste::parse(&text, redirect_uri, false) {
                Ok(Pasted::Answer(answer)) => match judged(&answer) {
                    Verdict::Code(code) => return Taken::Code(code),
                    Verdict::Denied { error, description } => {
                        return Taken::Denied { error, description };
                    }
                    Verdict::NotOurs(reason) => reason.to_string(),
                },
                Ok(Pasted::BareCode(_)) => "it is no address; paste all of it".to_owned(),
                Err(error) => error.to_string(),
            };
            self.onlooker.tell(News::PasteRejected(reason));
        }
    }

    /// Said in words that help: behind a tunnel or a second name, it is the gateway all the same.
    fn tell_issuer(&self, issuer: &str) {
        let issuer = plain(issuer, LABEL_LIMIT);
        let address = self.address.address();
        self.onlooker.tell(News::Stray(format!(
            "an answer of `{issuer}`, while `{address}` was asked; if they are the same gateway, connect to `{issuer}`"
        )));
    }

    async fn redeem(
        &self,
        taken: Taken,
        pkce: &Pkce,
        redirect_uri: &Url,
    ) -> Result<SignedIn, SignInError> {
        let code = match taken {
            Taken::Code(code) => code,
            Taken::Denied { error, description } => {
                return Err(SignInError::Refused {
                    host: self.host(),
                    detail: description.unwrap_or(error),
                });
            }
        };
        let body = json!({
            "grant_type": "authorization_code",
            "code": code.secret().expose(),
            "code_verifier": pkce.verifier.expose(),
            "redirect_uri": redirect_uri.as_str(),
            "client_id": self.client,
        });
        let answer = self.ask(routes::NATIVE_TOKEN.path, &body).await?;
        self.tokens(&answer, Method::Browser).await
    }
}
