//! The second turn: the answer is pasted, or the device code polled for.

use hermes_oauth::{Attempt, Client, DeviceCode, Parked, Ports};
use hermes_providers::Flow;

use super::{PendingError, Resumed, record::Stage};
use crate::{Event, LoginError, SignIn, SignedIn, Surroundings, sign_in::Signing};

/// Finishes a sign-in that another process began: waits for the paste, or until the device code is
/// approved. A wrong paste, and a network that fails, leave it as it was.
///
/// # Errors
///
/// As [`sign_in`](crate::sign_in); and if what was kept does not fit the provider any more.
pub async fn finish(
    resumed: &Resumed,
    request: &SignIn,
    around: Surroundings<'_>,
) -> Result<SignedIn, LoginError> {
    let client = client(request, around).await?;
    let (parked, signing) = take_up(resumed, request, around, &client)?;
    match parked {
        Parked::Code(attempt) => signing.pasted(resumed, &attempt).await,
        Parked::Device(device) => {
            let Surroundings { person, ports, .. } = around;
            let now = ports.clock.now();
            let limit = left(resumed, ports);
            person.tell(Event::DeviceCode(&DeviceCode::to_show(
                &device.user_code,
                device.verification_uri.clone(),
                device.verification_uri_complete.clone(),
                device.left(now),
                device.interval,
            )));
            person.tell(Event::Waiting {
                flow: Flow::Device,
                redirect_uri: None,
                limit,
            });
            let approved = signing.approved(&device, limit).await;
            let tokens = signing.ended(resumed, approved)?;
            signing.keep_device(tokens).await
        }
    }
}

/// The same without waiting: `None` if a device code is not approved yet. There is nothing to ask
/// about a paste, which is read as ever.
///
/// # Errors
///
/// As [`finish`].
pub async fn finish_now(
    resumed: &Resumed,
    request: &SignIn,
    around: Surroundings<'_>,
) -> Result<Option<SignedIn>, LoginError> {
    let client = client(request, around).await?;
    let (parked, signing) = take_up(resumed, request, around, &client)?;
    let mut device = match parked {
        Parked::Code(attempt) => return signing.pasted(resumed, &attempt).await.map(Some),
        Parked::Device(device) => device,
    };
    let polled = client.poll_device(&mut device).await;
    let tokens = match polled {
        Ok(Some(tokens)) => tokens,
        polled => {
            // What was learned of the interval holds for the next process too.
            let mut record = resumed.record.clone();
            if let Stage::Kept(kept) = &mut record.stage {
                kept.parked = client.expose_parked(&Parked::Device(device));
            }
            let clock = &*around.ports.clock;
            let kept = resumed.standing.update(&record, clock).await;
            let polled = polled.map(|_| None).map_err(LoginError::from);
            return signing.ended(resumed, polled).and_then(|none| {
                kept.map_err(|source| resumed.disk(source))?;
                Ok(none)
            });
        }
    };
    signing.keep_device(tokens).await.map(Some)
}

async fn client(request: &SignIn, around: Surroundings<'_>) -> Result<Client, LoginError> {
    around.credentials.check_can_save()?;
    let (registration, ports) = (&request.registration, around.ports.clone());
    Ok(Client::resolve(&request.provider, registration, ports).await?)
}

/// What was kept of the sign-in, and the means to go on with it.
fn take_up<'a>(
    resumed: &Resumed,
    request: &'a SignIn,
    around: Surroundings<'a>,
    client: &'a Client,
) -> Result<(Parked, Signing<'a>), LoginError> {
    let parked = client.unpark(resumed.parked.clone());
    let parked = parked.map_err(|reason| PendingError::Unreadable {
        id: resumed.waiting.id.clone(),
        reason,
    })?;
    let Surroundings { place, person, .. } = around;
    let provider = &request.provider;
    person.tell(Event::Starting { provider, place });
    if let Some(flow) = resumed.waiting.flow {
        let why = format!("`{}` was begun with it", resumed.waiting.id);
        person.tell(Event::Rung {
            flow,
            why: &why,
            left: &[],
        });
    }
    Ok((parked, Signing::new(request, around, client)))
}

fn left(resumed: &Resumed, ports: &Ports) -> std::time::Duration {
    let left = resumed.waiting.expires_at.duration_since(ports.clock.now());
    left.try_into().unwrap_or_default()
}

impl Signing<'_> {
    async fn pasted(&self, resumed: &Resumed, attempt: &Attempt) -> Result<SignedIn, LoginError> {
        let limit = left(resumed, self.ports);
        let redirect_uri = &attempt.redirect_uri;
        self.person.tell(Event::AuthorizeUrl {
            url: &attempt.authorize_url,
            redirect_uri,
            provider: &self.request.provider,
        });
        self.person.tell(Event::Waiting {
            flow: Flow::Paste,
            redirect_uri: Some(redirect_uri),
            limit,
        });
        let name = self.name();
        let typed = tokio::select! {
            biased;
            typed = self.typed(attempt) => typed,
            () = self.ports.clock.sleep(limit) => return Err(LoginError::PasteTimedOut { name }),
        };
        let Some(typed) = typed else {
            return Err(LoginError::NothingPasted {
                name,
                id: resumed.waiting.id.clone(),
            });
        };
        self.redeem(attempt, typed, Flow::Paste).await
    }

    /// What the provider said for good ends the sign-in; a failure that may pass does not.
    fn ended<T>(&self, resumed: &Resumed, result: Result<T, LoginError>) -> Result<T, LoginError> {
        if let Err(LoginError::OAuth(error)) = &result
            && !error.is_transient()
        {
            resumed.standing.claim();
        }
        result
    }
}
