//! New tokens for old ones: once for all processes that share a home.

use std::time::Duration;

use hermes_machine::http::{Body, Request, Response};
use hermes_protocol::routes;
use serde_json::json;

use super::Kept;
use crate::{
    Happened, Held, Minted, Outage, Pair,
    sign_in::{pair, says},
};

/// The time for the gateway's answer, under the lock.
const ANSWER: Duration = Duration::from_secs(10);

impl Kept {
    /// Gets a pair in place of the one that was shown, or takes over what somebody else has got
    /// meanwhile. The new pair is kept before anybody uses it. What fails for now changes nothing; that
    /// the sign-in is over is the gateway's to say.
    pub(super) async fn renewed(&self, shown: &Pair) -> Result<Held, Happened> {
        let address = self.address.address();
        let lock = self.gateways.lock_renewals(address).await;
        let _lock = lock.map_err(|_| Happened::Unanswered)?;
        // What could not be written down is newer than what is.
        let unsaved = self.unsaved();
        let current = match unsaved {
            Some(pair) => {
                self.keep(Held::Pair(pair.clone())).await?;
                Some(Held::Pair(pair))
            }
            None => self.read().await?,
        };
        let pair = match current {
            Some(Held::Pair(pair)) if pair.access.same(&shown.access) => pair,
            // Somebody has renewed it, or has signed in anew.
            Some(other) => return Ok(other),
            None => return Err(Happened::Minted(Minted::SignInNeeded)),
        };
        let new = self.exchanged(&pair).await?;
        self.keep(Held::Pair(new.clone())).await?;
        Ok(Held::Pair(new))
    }

    /// Asks the gateway for the next pair.
    async fn exchanged(&self, old: &Pair) -> Result<Pair, Happened> {
        let mut body = json!({
            "grant_type": "refresh_token",
            "refresh_token": old.refresh.expose(),
        });
        if let Some(provider) = &old.provider {
            body["provider"] = json!(provider);
        }
        let url = self.address.at(routes::NATIVE_REFRESH.path);
        let request = Request::post(url, Body::Json(body.to_string())).within(ANSWER);
        let answer = self.ports.http.send(request).await;
        let answer = answer.map_err(|_| Happened::Unanswered)?;
        if answer.is_success() {
            let pair = pair(&answer, self.ports.clock.now());
            return pair.ok_or(Happened::Out(Outage::NotTheGateway));
        }
        if is_over(&answer) {
            self.dropped().await;
            return Err(Happened::Minted(Minted::SignInNeeded));
        }
        let status = answer.status;
        Err(Happened::Out(match says(&answer.body) {
            Some(_) => Outage::Status(status, answer.retry_after),
            None if status >= 429 => Outage::Status(status, answer.retry_after),
            None => Outage::NotTheGateway,
        }))
    }
}

/// Whether the gateway says that the sign-in is over. A proxy's 401 is none of its words.
fn is_over(answer: &Response) -> bool {
    let said = says(&answer.body);
    let error = said.as_ref().and_then(|said| said.get("error")?.as_str());
    answer.status == 401 && error == Some("session_expired")
}
