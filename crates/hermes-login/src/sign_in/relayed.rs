//! The rung of the relay: the person's machine listens and opens the browser, this host judges the
//! answer and exchanges it.

use std::pin::pin;

use hermes_oauth::Verdict;
use hermes_providers::Flow;

use super::{CALLBACK_TIME, Fall, LONGEST, Signing, Typed};
use crate::{
    Event, LoginError, Relay, RelayEnding, RelayError, RelayRequest, SignedIn, loopback::Taken,
    redirect::Redirect,
};

impl Signing<'_> {
    /// The listener of the other end, raced against a paste.
    pub(super) async fn by_relay(&self, relay: &dyn Relay) -> Result<SignedIn, Fall> {
        let redirect = Redirect::for_listener(self.request, self.environment)?;
        let port = relay
            .listen(redirect.preferred(), redirect.allows_any_port())
            .await
            .map_err(|error| Fall::Next(self.no_relay(error)))?;
        let attempt = self.begin(&redirect.at(port))?;
        let limit = self.request.timeout.unwrap_or(CALLBACK_TIME).min(LONGEST);
        relay.open(RelayRequest {
            authorize_url: attempt.authorize_url.clone(),
            redirect_uri: attempt.redirect_uri.clone(),
            limit,
        });
        let mut typed = pin!(self.typed_beside(&attempt));
        let mut late = pin!(self.ports.clock.sleep(limit));
        let (answer, flow) = loop {
            tokio::select! {
                biased;
                answer = relay.answer() => {
                    let answer = answer.map_err(|error| Fall::End(self.no_relay(error)))?;
                    match attempt.judge(&answer) {
                        Verdict::Code(code) => {
                            break (Typed::Proven(Taken::Code(code)), Flow::Loopback);
                        }
                        Verdict::Denied { error, description } => {
                            let denied = Taken::Denied { error, description };
                            break (Typed::Proven(denied), Flow::Loopback);
                        }
                        Verdict::NotOurs(reason) => {
                            self.person.tell(Event::Stray { what: reason.to_string() });
                            relay.again();
                        }
                    }
                }
                typed = &mut typed => break (typed, Flow::Paste),
                () = &mut late => {
                    relay.ended(RelayEnding::Failed);
                    return Err(Fall::Over(LoginError::CallbackTimedOut { name: self.name() }));
                }
            }
        };
        let result = self.redeem(&attempt, answer, flow).await;
        relay.ended(match &result {
            Ok(signed_in) => RelayEnding::SignedIn {
                account: signed_in.account.clone(),
            },
            Err(LoginError::Denied { .. }) => RelayEnding::Declined,
            Err(_) => RelayEnding::Failed,
        });
        Ok(result?)
    }

    fn no_relay(&self, error: RelayError) -> LoginError {
        let name = self.name();
        match error {
            RelayError::Busy { address, owner } => LoginError::PortBusy {
                name,
                address,
                owner,
            },
            error => LoginError::Relay { name, error },
        }
    }
}
