//! What is at an address that a person types.

use hermes_client::{
    GatewayAddress, Mode, PlainHttp, Probed, find,
    kept::{Found, Where},
    sign_in::{self, Method, is_unclaimed},
};
use hermes_errors::Code;
use hermes_login::Place;
use hermes_machine::http::Http;
use hermes_protocol::bridge::{AddressLook, BridgeMode, BridgeRefusal, GatewayAge, SignInWay};

use crate::refusal;

/// Who asks.
pub(crate) struct Looker<'a> {
    pub(crate) http: &'a dyn Http,
    pub(crate) place: &'a Place,
    pub(crate) version: &'a str,
}

impl Looker<'_> {
    /// Looks at an address, among gateways that are known. Nobody is shown a credential for it.
    pub(crate) async fn look(
        &self,
        text: &str,
        found: &Found,
    ) -> Result<AddressLook, BridgeRefusal> {
        let address = parse(text)?;
        let probed = find(self.http, &address)
            .await
            .map_err(|error| refusal::of(&error))?;
        let ways = ways(&probed, self.place);
        if ways.is_empty() && is_unclaimed(self.http, &address).await {
            let what = format!("`{address}` has no owner yet: it is claimed on its own host first");
            return Err(refusal::said(Code::ConnectUnclaimed, &what));
        }
        let known = found.at(&address);
        Ok(AddressLook {
            is_readable: address.clone().for_secrets(PlainHttp::Refused).is_err(),
            mode: mode(probed.mode),
            ways,
            age: age(&probed, self.version),
            methods: probed.methods,
            version: probed.version,
            saved_as: known.map(|known| known.name.clone()),
            is_signed_in: known.is_some_and(|known| known.secret != Where::Nowhere),
            address: address.to_string(),
        })
    }
}

/// The address that a person has typed.
pub(crate) fn parse(text: &str) -> Result<GatewayAddress, BridgeRefusal> {
    GatewayAddress::parse(text)
        .map_err(|error| refusal::said(Code::ConnectAddress, &error.to_string()))
}

/// The mode as the page knows it.
pub(crate) const fn mode(mode: Mode) -> BridgeMode {
    match mode {
        Mode::Token => BridgeMode::Token,
        Mode::SignIn => BridgeMode::SignIn,
    }
}

/// The ways to sign in from here, the best one first. The gateway's own page in a window comes last: it is for
/// gateways that have nothing else, and for whoever wants it.
fn ways(probed: &Probed, place: &Place) -> Vec<SignInWay> {
    match sign_in::methods(probed, place, None) {
        Ok(steps) if probed.mode == Mode::Token => {
            steps.iter().map(|step| way(step.method)).collect()
        }
        Ok(steps) => {
            let steps = steps.iter().map(|step| way(step.method));
            steps.chain([SignInWay::Window]).collect()
        }
        Err(sign_in::NoMethod::WebPageAlone { .. }) => vec![SignInWay::Window],
        Err(_) => Vec::new(),
    }
}

const fn way(method: Method) -> SignInWay {
    match method {
        Method::Browser => SignInWay::Browser,
        Method::Device => SignInWay::Device,
        Method::Password => SignInWay::Password,
        Method::Token => SignInWay::Token,
    }
}

/// How old the gateway is beside this program. Upstream's gateways name no flows, whatever their version.
fn age(probed: &Probed, ours: &str) -> GatewayAge {
    if probed.flows.is_empty() {
        return GatewayAge::Upstream;
    }
    let theirs = probed.version.as_deref().and_then(release);
    match (theirs, release(ours)) {
        (Some(theirs), Some(ours)) if theirs < ours => GatewayAge::Older,
        (Some(theirs), Some(ours)) if theirs > ours => GatewayAge::Newer,
        _ => GatewayAge::Same,
    }
}

/// What of a version says what a program can do: its first two numbers.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_of_a_version_count() {
        assert_eq!(release("0.4.17"), Some((0, 4)));
        assert_eq!(release("1.10"), Some((1, 10)));
        assert_eq!(release("nightly"), None);
        assert!(release("0.10.0") > release("0.9.9"));
    }
}
