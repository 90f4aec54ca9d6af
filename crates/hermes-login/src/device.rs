//! The device code: the person types it on any screen, and nothing has to find its way back here.

use std::time::Duration;

use hermes_oauth::{DeviceCode, TokenSet};
use hermes_providers::Flow;

use crate::{
    Event, LoginError, SignedIn,
    browser::Landing,
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
        self.show(page.unwrap_or(&device.verification_uri), Landing::Known);
        let tokens = self.approved(&device, limit).await.map_err(|error| {
            let is_policy = matches!(&error, LoginError::OAuth(error) if error.is_policy());
            match is_policy {
                true => Fall::Next(error),
                false => Fall::Over(error),
            }
        })?;
        Ok(self.keep_device(tokens).await?)
    }

    /// Waits until the code is approved, for this long at most.
    pub(crate) async fn approved(
        &self,
        device: &DeviceCode,
        limit: Duration,
    ) -> Result<TokenSet, LoginError> {
        let left = device.left(self.ports.clock.now());
        let approved = self.client.wait_for_device(device);
        if limit < left {
            tokio::select! {
                biased;
                tokens = approved => Ok(tokens?),
                () = self.ports.clock.sleep(limit) => {
                    let name = self.name();
                    Err(LoginError::DeviceTimedOut { name })
                }
            }
        } else {
            // The client knows when the code has expired, and has the words for it.
            Ok(approved.await?)
        }
    }
}
