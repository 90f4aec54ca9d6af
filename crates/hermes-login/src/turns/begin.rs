//! The first turn: the address or the code is shown, and nothing is waited for.

use std::time::Duration;

use hermes_credentials::Credentials;
use hermes_machine::Environment;
use hermes_oauth::{Client, DeviceCode, Parked, Ports, Registration};
use hermes_providers::Flow;

use super::{Attempts, Newcomer, Waiting, attempts::LONGEST, record::Kept};
use crate::{
    Event, LoginError, Person, Place, Rung, SignIn, check_openable, redirect::Redirect,
    sign_in::reason,
};

/// Begins a sign-in that is finished by [`finish`](super::finish): by a device code where the
/// provider has one, since nothing has to be carried back then, else by a paste. Nothing listens, and
/// no browser is opened. What was begun before for the same provider and label is void.
///
/// # Errors
///
/// If the provider has neither flow, it cannot be asked, or nothing can be kept.
pub async fn begin(
    request: &SignIn,
    place: &Place,
    credentials: &Credentials,
    ports: &Ports,
    attempts: &Attempts,
    person: &dyn Person,
    environment: &Environment,
) -> Result<Waiting, LoginError> {
    let provider = &request.provider;
    credentials.check_can_save()?;
    person.tell(Event::Starting { provider, place });
    if let Some(terms) = &provider.terms {
        person.tell(Event::Terms(terms));
    }
    let client = Client::resolve(provider, &request.registration, ports.clone()).await?;
    let beginning = Beginning {
        request,
        client: &client,
        ports,
        attempts,
        person,
        environment,
    };
    let mut rungs = rungs(client.flows(), request.flow)?.into_iter().peekable();
    let mut last = LoginError::NoFlow;
    while let Some(rung) = rungs.next() {
        let (flow, why) = (rung.flow, &rung.why);
        person.tell(Event::Rung {
            flow,
            why,
            left: &[],
        });
        last = match flow {
            Flow::Device => match client.start_device().await {
                Ok(device) => return beginning.device(device).await,
                // A server that is down is down for a paste as well.
                Err(error) if error.is_transient() => return Err(error.into()),
                Err(error) => error.into(),
            },
            Flow::Loopback | Flow::Paste => return beginning.paste().await,
        };
        if let Some(next) = rungs.peek() {
            person.tell(Event::RungFailed {
                flow,
                reason: reason(&last),
                next: Some(next.flow),
                left: &[],
            });
        }
    }
    Err(last)
}

fn rungs(offered: &[Flow], wanted: Option<Flow>) -> Result<Vec<Rung>, LoginError> {
    let by_hand = offered.contains(&Flow::Loopback) || offered.contains(&Flow::Paste);
    let flows: Vec<_> = [
        offered.contains(&Flow::Device).then_some(Flow::Device),
        by_hand.then_some(Flow::Paste),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let Some(flow) = wanted {
        if !flows.contains(&flow) {
            return Err(LoginError::FlowNeedsWait {
                flow,
                offered: flows,
            });
        }
        let why = format!("`--flow {flow}` asks for it");
        return Ok(vec![Rung { flow, why }]);
    }
    if flows.is_empty() {
        return Err(LoginError::NoFlow);
    }
    let rung = |flow| Rung {
        flow,
        why: match flow {
            Flow::Device => "nothing has to be carried back to here".to_owned(),
            Flow::Loopback | Flow::Paste => "the answer is brought by hand".to_owned(),
        },
    };
    Ok(flows.into_iter().map(rung).collect())
}

struct Beginning<'a> {
    request: &'a SignIn,
    client: &'a Client,
    ports: &'a Ports,
    attempts: &'a Attempts,
    person: &'a dyn Person,
    environment: &'a Environment,
}

impl Beginning<'_> {
    async fn device(&self, device: DeviceCode) -> Result<Waiting, LoginError> {
        let life = device.left(self.ports.clock.now());
        let parked = Parked::Device(Box::new(device));
        let begun = self.keep(Flow::Device, life, &parked).await?;
        if let Parked::Device(device) = &parked {
            self.person.tell(Event::DeviceCode(device));
        }
        Ok(begun)
    }

    async fn paste(&self) -> Result<Waiting, LoginError> {
        let redirect_uri = Redirect::for_paste(self.request, self.environment)?.uri();
        let attempt = self.client.begin(&redirect_uri)?;
        let provider = &self.request.provider;
        check_openable(&attempt.authorize_url).map_err(|reason| LoginError::UnsafeUrl {
            name: provider.short_name().to_owned(),
            reason,
        })?;
        let url = attempt.authorize_url.clone();
        let parked = Parked::Code(Box::new(attempt));
        let begun = self.keep(Flow::Paste, LONGEST, &parked).await?;
        self.person.tell(Event::AuthorizeUrl {
            url: &url,
            redirect_uri: &redirect_uri,
            provider,
        });
        Ok(begun)
    }

    /// Keeps what the second turn needs, before anybody can act on the first one.
    async fn keep(
        &self,
        flow: Flow,
        life: Duration,
        parked: &Parked,
    ) -> Result<Waiting, LoginError> {
        let life = self.request.timeout.map_or(life, |limit| limit.min(life));
        let registration = Registration {
            client_id: Some(self.client.client_id().to_owned()),
            scope: self.client.scope().map(str::to_owned),
        };
        let parked = self.client.expose_parked(parked);
        let stage = Kept::new(flow, &registration, parked).stage();
        let newcomer = Newcomer {
            provider: &self.request.provider.id,
            label: self.request.label.as_deref(),
        };
        let placed = self.attempts.place(newcomer, life, stage, self.ports);
        let placed = placed.await?;
        for void in &placed.voided {
            self.person.tell(Event::Voided(void));
        }
        Ok(placed.waiting)
    }
}
