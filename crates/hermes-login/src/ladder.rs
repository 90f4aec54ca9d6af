//! The ladder: which flows to try here, in which order, and why.

use hermes_providers::Flow;

use crate::{
    error::LoginError,
    place::{Place, PlaceKind},
};

/// One flow that is worth trying, with the reason in one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The flow.
    pub flow: Flow,
    /// Why it stands where it stands.
    pub why: String,
}

/// The flows to try at this place, the first one first. `wanted` (`--flow`) leaves no choice.
///
/// # Errors
///
/// If the provider offers no flow, or not the one that is wanted.
pub fn ladder(
    place: &Place,
    offered: &[Flow],
    wanted: Option<Flow>,
    machine_readable: bool,
) -> Result<Vec<Rung>, LoginError> {
    let offers = |flow| {
        // Whatever a listener can receive, a person can carry over by hand.
        offered.contains(&flow) || (flow == Flow::Paste && offered.contains(&Flow::Loopback))
    };
    if let Some(flow) = wanted {
        if !offers(flow) {
            return Err(LoginError::FlowUnsupported {
                flow,
                offered: offered.to_vec(),
            });
        }
        let why = format!("`--flow {flow}` asks for it");
        return Ok(vec![Rung { flow, why }]);
    }
    let rungs: Vec<_> = order(place.kind)
        .into_iter()
        .filter(|flow| offers(*flow))
        .map(|flow| Rung {
            flow,
            why: why(place, flow, offered, machine_readable),
        })
        .collect();
    if rungs.is_empty() {
        return Err(LoginError::NoFlow);
    }
    Ok(rungs)
}

/// The flows to try for a person at the other end of a relay, whose machine `there` is.
pub(crate) fn relay_ladder(
    there: &str,
    offered: &[Flow],
    wanted: Option<Flow>,
) -> Result<Vec<Rung>, LoginError> {
    let offers = |flow| {
        offered.contains(&flow) || (flow == Flow::Paste && offered.contains(&Flow::Loopback))
    };
    if let Some(flow) = wanted.filter(|flow| !offers(*flow)) {
        return Err(LoginError::FlowUnsupported {
            flow,
            offered: offered.to_vec(),
        });
    }
    let why = |flow| match flow {
        Flow::Loopback => format!("{there} listens and opens the browser"),
        Flow::Device => "a code typed on any device needs no way back to here".to_owned(),
        Flow::Paste => "the answer can be carried over by hand".to_owned(),
    };
    let rungs: Vec<_> = [Flow::Loopback, Flow::Device, Flow::Paste]
        .into_iter()
        .filter(|flow| offers(*flow) && wanted.is_none_or(|wanted| wanted == *flow))
        .map(|flow| Rung {
            flow,
            why: why(flow),
        })
        .collect();
    if rungs.is_empty() {
        return Err(LoginError::NoFlow);
    }
    Ok(rungs)
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
            "the answer can be carried over by hand".to_owned()
        }
        (Flow::Paste, _) => format!("this is {here}, whose loopback your browser cannot reach"),
        (Flow::Device, _) => "a code typed on any device needs no way back to here".to_owned(),
    }
}

#[cfg(test)]
mod tests;
