//! Gateways that say that they are nearby.

use hermes_client::{
    kept::Remembered,
    nearby::{Nearby, nearby},
};
use hermes_protocol::bridge::{BridgeRefusal, NearbyGateway};

use crate::{Desk, refusal};

/// Whether the networks are asked: `on`, which is the default, or not.
const SETTING: &str = "HERMES_DESKTOP_NEARBY";

impl Desk {
    /// The gateways that announce themselves around this computer, and are in no list yet; none where the environment
    /// does not want the networks asked. No gateway is asked anything for it, and nothing is kept: whoever chooses one
    /// has its address looked at as if it were typed.
    ///
    /// # Errors
    ///
    /// If no other gateway is to be had, or the networks cannot be heard.
    pub async fn nearby(&self) -> Result<Vec<NearbyGateway>, BridgeRefusal> {
        self.is_free()?;
        let outfit = &self.0.outfit;
        let setting = outfit.world.environment.text(SETTING);
        if setting.is_some_and(|setting| !matches!(setting, "" | "on")) {
            return Ok(Vec::new());
        }
        let heard = {
            let _alone = self.0.listening.lock().await;
            nearby(outfit.networks, &*outfit.world.ports.clock).await
        };
        let heard = heard.map_err(|error| refusal::plain(&error.to_string()))?;
        Ok(unknown(heard, &self.state().remembered))
    }
}

/// Those that are not remembered.
fn unknown(heard: Vec<Nearby>, remembered: &[Remembered]) -> Vec<NearbyGateway> {
    let is_unknown = |one: &Nearby| remembered.iter().all(|known| known.address != one.address);
    let rows = heard.into_iter().filter(is_unknown);
    rows.map(|one| NearbyGateway {
        name: one.name,
        address: one.address.to_string(),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use hermes_client::{GatewayAddress, Mode, PlainHttp, kept::Where};

    use super::*;

    #[test]
    fn what_is_in_the_list_is_not_found_again() {
        let address = |text| GatewayAddress::parse(text).unwrap();
        let heard = |name: &str, text| Nearby {
            name: name.to_owned(),
            address: address(text),
        };
        let known = Remembered {
            name: "work".to_owned(),
            address: address("https://gw.example.com/hermes/"),
            mode: Mode::SignIn,
            method: None,
            user: None,
            plain_http: PlainHttp::Refused,
            last_used: None,
            secret: Where::Nowhere,
        };
        let all = vec![
            heard("build7", "http://192.0.2.7:9119"),
            heard("gw", "https://gw.example.com/hermes"),
        ];
        let new = NearbyGateway {
            name: "build7".to_owned(),
            address: "http://192.0.2.7:9119".to_owned(),
        };
        assert_eq!(unknown(all, &[known]), [new]);
    }
}
