//! The provider's pages, which are opened here or by the person.

use hermes_oauth::DeviceCode;
use hermes_providers::Flow;
use tokio::io::{AsyncRead, AsyncWrite};
use url::Url;

use super::{session::Session, trust::untrusted};
use crate::{
    Event, SignIn,
    browser::{Landing, open_for},
    loopback::pages::Names,
    redirect::Redirect,
    via::ViaError,
};

impl<R: AsyncRead + Unpin, W: AsyncWrite + Unpin> Session<'_, R, W> {
    /// An address whose answer is pasted: nothing listens for it.
    pub(super) fn by_hand(&mut self, url: &Url, redirect_uri: &Url) -> Result<(), ViaError> {
        self.permit(Flow::Paste)?;
        let request = SignIn {
            port: None,
            ..self.laptop.request.clone()
        };
        let own_uri = Redirect::for_paste(&request, self.laptop.environment)?.uri();
        if *redirect_uri != own_uri {
            return Err(untrusted(
                "it names another redirect URI than this machine's entry",
            ));
        }
        let own = self.client.begin(&own_uri)?;
        self.vouch(&own, url)?;
        let provider = &self.laptop.request.provider;
        self.laptop.person.tell(Event::AuthorizeUrl {
            url,
            redirect_uri,
            provider,
        });
        let hosted = provider.hosted_redirect_uri.as_ref() == Some(redirect_uri);
        self.show(
            url,
            match hosted {
                true => Landing::Known,
                false => Landing::Unguarded,
            },
        );
        self.pasting = Some(own_uri);
        Ok(())
    }

    /// A code that is typed at a page of the provider.
    pub(super) fn by_code(&self, device: &DeviceCode) -> Result<(), ViaError> {
        self.permit(Flow::Device)?;
        self.pinned(&device.verification_uri)?;
        if let Some(complete) = &device.verification_uri_complete {
            self.pinned(complete)?;
        }
        self.laptop.person.tell(Event::DeviceCode(device));
        let page = device.verification_uri_complete.as_ref();
        self.show(page.unwrap_or(&device.verification_uri), Landing::Known);
        Ok(())
    }

    pub(super) fn show(&self, url: &Url, landing: Landing) {
        let laptop = self.laptop;
        let outcome = open_for(laptop.request, laptop.place, laptop.opener, url, landing);
        laptop.person.tell(Event::Browser(outcome));
    }

    /// What our own pages say: the terminal is the one on this machine.
    pub(super) fn names(&self) -> Names {
        Names {
            provider: self.laptop.request.provider.short_name().to_owned(),
            host: self.laptop.place.host.clone(),
            retry: Some(self.laptop.retry.to_owned()),
        }
    }
}
