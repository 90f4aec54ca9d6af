//! The device code: the person types it on any screen, and nothing has to find its way back here.

use hermes_providers::Flow;

use crate::{
    Event, LoginError, SignedIn,
    sign_in::{Fall, Signing},
};

impl Signing<'_> {
    /// Asks for a code, shows it, and polls until it is approved.
    pub(crate) async fn by_device(&self) -> Result<SignedIn, Fall> {
        let device = self.client.start_device().await.map_err(|error| {
            // A server that is down is down for the next rung as well.
            if error.is_transient() {
                Fall::Over(error.into())
            } else {
                Fall::Next(error.into())
            }
        })?;
        let limit = match self.request.timeout {
            Some(timeout) => timeout.min(device.expires_in),
            None => device.expires_in,
        };
        self.person.tell(Event::DeviceCode(&device));
        self.person.tell(Event::Waiting {
            flow: Flow::Device,
            redirect_uri: None,
            limit,
        });
        let page = device.verification_uri_complete.as_ref();
        self.open(page.unwrap_or(&device.verification_uri), false);
        let approved = self.client.wait_for_device(&device);
        let tokens = if limit < device.expires_in {
            tokio::select! {
                biased;
                tokens = approved => tokens,
                () = self.ports.clock.sleep(limit) => {
                    let name = self.name();
                    return Err(Fall::Over(LoginError::DeviceTimedOut { name }));
                }
            }
        } else {
            // The client knows when the code has expired, and has the words for it.
            approved.await
        };
        let tokens = tokens.map_err(|error| match error.is_policy() {
            true => Fall::Next(error.into()),
            false => Fall::Over(error.into()),
        })?;
        Ok(self.keep_device(tokens).await?)
    }
}
