//! The first turn: the address or the code is shown, and nothing is waited for.

use std::time::Duration;

use hermes_oauth::{Client, DeviceCode, Parked, Registration};
use hermes_providers::{Flow, Provider};

use super::{Attempts, Newcomer, Waiting, attempts::LONGEST, record::Kept};
use crate::{
    Event, LoginError, Rung, SignIn, Surroundings, check_openable,
    ladder::offers,
    redirect::Redirect,
    sign_in::{open, reason},
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
    around: Surroundings<'_>,
    attempts: &Attempts,
) -> Result<Waiting, LoginError> {
    let client = open(request, around).await?;
    let Surroundings { person, .. } = around;
    let beginning = Beginning {
        request,
        client: &client,
        attempts,
        around,
    };
    let mut rungs = rungs(&request.provider, client.flows(), request.flow)?
        .into_iter()
        .peekable();
    let mut last = no_flow(&request.provider);
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
    Err(last.with_none_left(&request.provider))
}

fn no_flow(provider: &Provider) -> LoginError {
    LoginError::NoFlow {
        name: provider.short_name().to_owned(),
    }
}

fn rungs(
    provider: &Provider,
    offered: &[Flow],
    wanted: Option<Flow>,
) -> Result<Vec<Rung>, LoginError> {
    let mut flows = vec![Flow::Device, Flow::Paste];
    flows.retain(|flow| offers(offered, *flow));
    if let Some(flow) = wanted {
        if !flows.contains(&flow) {
            return Err(LoginError::FlowNeedsWait {
                name: provider.short_name().to_owned(),
                flow,
                offered: flows,
            });
        }
        let why = format!("`--flow {flow}` asks for it");
        return Ok(vec![Rung { flow, why }]);
    }
    if flows.is_empty() {
        return Err(no_flow(provider));
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
    attempts: &'a Attempts,
    around: Surroundings<'a>,
}

impl Beginning<'_> {
    async fn device(&self, device: DeviceCode) -> Result<Waiting, LoginError> {
        let life = device.left(self.around.ports.clock.now());
        let parked = Parked::Device(Box::new(device));
        let begun = self.keep(Flow::Device, life, &parked).await?;
        if let Parked::Device(device) = &parked {
            self.around.person.tell(Event::DeviceCode(device));
        }
        Ok(begun)
    }

    async fn paste(&self) -> Result<Waiting, LoginError> {
        let redirect_uri = Redirect::for_paste(self.request, self.around.environment)?.uri();
        let attempt = self.client.begin(&redirect_uri)?;
        let provider = &self.request.provider;
        check_openable(&attempt.authorize_url).map_err(|reason| LoginError::UnsafeUrl {
            name: provider.short_name().to_owned(),
            reason,
        })?;
        let url = attempt.authorize_url.clone();
        let parked = Parked::Code(Box::new(attempt));
        let begun = self.keep(Flow::Paste, LONGEST, &parked).await?;
        self.around.person.tell(Event::AuthorizeUrl {
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
        let placed = self
            .attempts
            .place(newcomer, life, stage, self.around.ports);
        let placed = placed.await?;
        for void in &placed.voided {
            self.around.person.tell(Event::voided(void));
        }
        Ok(placed.waiting)
    }
}
