//! The gateway that the environment names, as upstream's desktop reads it (facts 5.4): then there is no other one,
//! and nothing of it is kept.

use hermes_client::{GatewayAddress, Memory};
use hermes_machine::Environment;
use hermes_protocol::bridge::BridgeRefusal;
use hermes_secret::Secret;

use crate::{Desk, desk::id_of, link::Link, look};

/// The variables. Both are needed.
const ADDRESS: &str = "HERMES_DESKTOP_REMOTE_URL";
const TOKEN: &str = "HERMES_DESKTOP_REMOTE_TOKEN";

/// What the environment says.
pub(crate) struct Fixed {
    pub(crate) address: GatewayAddress,
    token: Secret,
}

/// The gateway that it names, if it names one whole.
///
/// # Errors
///
/// If what it names is no address.
pub(crate) fn read(environment: &Environment) -> Result<Option<Fixed>, BridgeRefusal> {
    let text = |name| environment.text(name).filter(|text| !text.is_empty());
    match (text(ADDRESS), text(TOKEN)) {
        (Some(address), Some(token)) => Ok(Some(Fixed {
            address: look::parse(address)?,
            token: Secret::new(token),
        })),
        (Some(_), None) | (None, Some(_)) | (None, None) => Ok(None),
    }
}

impl Desk {
    /// Shows the gateway that the environment names, whether it is there or not.
    pub(crate) fn show_fixed(&self, fixed: Fixed) {
        let id = id_of(&fixed.address);
        match self.way_by(fixed.address.clone(), fixed.token) {
            Ok(web) => {
                let link = Link::begin(self, &id, web, Memory::default());
                self.state().links.insert(id.clone(), link);
            }
            Err(refusal) => self.note(refusal.code, refusal.message),
        }
        {
            let mut state = self.state();
            state.current = Some(id);
            state.fixed = Some(fixed.address);
        }
        self.changed();
    }
}
