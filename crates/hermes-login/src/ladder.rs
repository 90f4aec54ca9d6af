//! The ladder: which flows to try here, in which order, and why.

use hermes_providers::Flow;

use crate::{
    error::LoginError,
    place::{Place, PlaceKind},
};

/// Why a device code is a way from everywhere.
const ANY_DEVICE: &str = "a code typed on any device needs no way back to here";
/// Why a paste is one.
const BY_HAND: &str = "the answer can be carried over by hand";

/// One flow that is worth trying, with the reason in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The flow.
    pub flow: Flow,
    /// Why it stands where it stands.
    pub why: String,
}

/// Which flows a provider offers.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The provider.
    pub name: &'a str,
    /// Its flows.
    pub flows: &'a [Flow],
}

/// The flows to try at this place, the first one first. `wanted` (`--flow`) leaves no choice.
///
/// # Errors
///
/// If the provider offers no flow, or not the one that is wanted.
pub fn ladder(
    place: &Place,
    offer: Offer<'_>,
    wanted: Option<Flow>,
    machine_readable: bool,
) -> Result<Vec<Rung>, LoginError> {
    rungs(order(place.kind), offer, wanted, |flow| {
        why(place, flow, offer.flows, machine_readable)
    })
}

/// The flows to try for a person at the other end of a relay, whose machine `there` is.
pub(crate) fn relay_ladder(
    there: &str,
    offer: Offer<'_>,
    wanted: Option<Flow>,
) -> Result<Vec<Rung>, LoginError> {
    let order = [Flow::Loopback, Flow::Device, Flow::Paste];
    rungs(order, offer, wanted, |flow| match flow {
        Flow::Loopback => format!("{there} listens and opens the browser"),
        Flow::Device => ANY_DEVICE.to_owned(),
        Flow::Paste => BY_HAND.to_owned(),
    })
}

/// Whether a provider with these flows can be signed in to by this one: whatever a listener can
/// receive, a person can carry over by hand.
pub fn offers(offered: &[Flow], flow: Flow) -> bool {
    offered.contains(&flow) || (flow == Flow::Paste && offered.contains(&Flow::Loopback))
}

/// Those of the flows that are offered, or the one that is wanted.
fn rungs(
    order: [Flow; 3],
    Offer {
        name,
        flows: offered,
    }: Offer<'_>,
    wanted: Option<Flow>,
    why: impl Fn(Flow) -> String,
) -> Result<Vec<Rung>, LoginError> {
    if let Some(flow) = wanted {
        if !offers(offered, flow) {
            return Err(LoginError::FlowUnsupported {
                name: name.to_owned(),
                flow,
                offered: offered.to_vec(),
            });
        }
        let why = format!("`--flow {flow}` asks for it");
        return Ok(vec![Rung { flow, why }]);
    }
    let flows = order.into_iter().filter(|flow| offers(offered, *flow));
    let rungs: Vec<_> = flows
        .map(|flow| Rung {
            flow,
            why: why(flow),
        })
        .collect();
    match rungs.is_empty() {
        true => Err(LoginError::NoFlow {
            name: name.to_owned(),
        }),
        false => Ok(rungs),
    }
}

/// A listener takes pastes as well, so where it comes first the next rung is the device code; where
/// it could not be reached anyway, it comes last.
fn order(kind: PlaceKind) -> [Flow; 3] {
    match kind {
        PlaceKind::Desktop => [Flow::Loopback, Flow::Paste, Flow::Device],
        PlaceKind::Ssh | PlaceKind::Headless => [Flow::Loopback, Flow::Device, Flow::Paste],
        PlaceKind::BrowserShell(_) | PlaceKind::Container | PlaceKind::Wsl => {
            [Flow::Paste, Flow::Device, Flow::Loopback]
        }
    }
}

fn why(place: &Place, flow: Flow, offered: &[Flow], machine_readable: bool) -> String {
    let here = place.describe();
    if offered == [flow] {
        return format!("it is the one that the provider offers; this is {here}");
    }
    let by_hand = if machine_readable {
        "standard input"
    } else {
        "paste"
    };
    match (flow, place.kind) {
        (Flow::Loopback, PlaceKind::Desktop) => format!("this is {here}"),
        (Flow::Loopback, PlaceKind::Ssh | PlaceKind::Headless) => {
            format!("this is {here}: the answer comes by tunnel or {by_hand}")
        }
        (Flow::Loopback, _) => format!("this is {here}, and nothing else is left to try"),
        (Flow::Paste, PlaceKind::Desktop | PlaceKind::Ssh | PlaceKind::Headless) => {
            BY_HAND.to_owned()
        }
        (Flow::Paste, _) => format!("this is {here}, whose loopback your browser cannot reach"),
        (Flow::Device, _) => ANY_DEVICE.to_owned(),
    }
}

#[cfg(test)]
mod tests;
