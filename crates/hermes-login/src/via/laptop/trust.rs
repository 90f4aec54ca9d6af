//! What a host may have opened here: what this machine would have asked for by itself.

use hermes_oauth::{Attempt, Witness, check_pinned};
use hermes_providers::Flow;
use hermes_secret::{LABEL_LIMIT, plain};
use url::Url;

use super::session::Session;
use crate::{check_openable, ladder::offers, via::ViaError};

impl<R, W> Session<'_, R, W> {
    /// Checks that the host asks for what this machine would ask for.
    pub(super) fn vouch(&self, own: &Attempt, url: &Url) -> Result<Witness, ViaError> {
        if url.host_str() != own.authorize_url.host_str() {
            return Err(untrusted("its authorization URL is not the provider's"));
        }
        check_openable(url).map_err(|reason| untrusted(&reason))?;
        own.witness(url)
            .map_err(|unlike| untrusted(&format!("of its authorization URL, {unlike}")))
    }

    /// Checks that a page is one of the provider's.
    pub(super) fn pinned(&self, url: &Url) -> Result<(), ViaError> {
        check_openable(url).map_err(|reason| untrusted(&reason))?;
        check_pinned(url, &self.laptop.request.provider.hosts)
            .map_err(|error| untrusted(&format!("the page for the code {error}")))
    }

    /// Whether the flow is one that was asked for, of a provider that has it.
    pub(super) fn permit(&self, flow: Flow) -> Result<(), ViaError> {
        match self.laptop.request.flow {
            Some(wanted) if wanted != flow => {
                Err(untrusted("it takes another flow than was asked for"))
            }
            _ if !offers(self.client.flows(), flow) => {
                Err(untrusted("it takes a flow that the provider does not have"))
            }
            _ => Ok(()),
        }
    }
}

pub(super) fn untrusted(what: &str) -> ViaError {
    ViaError::Untrusted(plain(what, LABEL_LIMIT))
}
