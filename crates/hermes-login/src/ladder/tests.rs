use hermes_errors::{Code, Explain as _};

use super::*;

fn of(flows: &[Flow]) -> Offer<'_> {
    Offer {
        name: "Acme",
        flows,
    }
}

fn at(kind: PlaceKind) -> Place {
    Place {
        kind,
        evidence: Vec::new(),
        user: "ada".to_owned(),
        host: "build7".to_owned(),
        ssh: None,
        inside: Vec::new(),
        graphical_browser: Ok(()),
    }
}

const XAI: &[Flow] = &[Flow::Loopback, Flow::Paste, Flow::Device];
const SPOTIFY: &[Flow] = &[Flow::Loopback, Flow::Paste];
const ANTHROPIC: &[Flow] = &[Flow::Paste];
const CODEX: &[Flow] = &[Flow::Device];

#[test]
fn the_place_decides_the_order() {
    use Flow::{Device, Loopback, Paste};
    let shell = PlaceKind::BrowserShell("Codespaces");
    let rows: [(PlaceKind, &[Flow], &[Flow]); 19] = [
        (PlaceKind::Desktop, XAI, &[Loopback, Paste, Device]),
        (PlaceKind::Desktop, SPOTIFY, &[Loopback, Paste]),
        (PlaceKind::Desktop, ANTHROPIC, &[Paste]),
        (PlaceKind::Desktop, CODEX, &[Device]),
        (PlaceKind::Desktop, &[Loopback], &[Loopback, Paste]),
        (
            PlaceKind::Desktop,
            &[Device, Loopback],
            &[Loopback, Paste, Device],
        ),
        (PlaceKind::Ssh, XAI, &[Loopback, Device, Paste]),
        (PlaceKind::Ssh, SPOTIFY, &[Loopback, Paste]),
        (PlaceKind::Ssh, ANTHROPIC, &[Paste]),
        (PlaceKind::Ssh, CODEX, &[Device]),
        (PlaceKind::Headless, XAI, &[Loopback, Device, Paste]),
        (PlaceKind::Headless, CODEX, &[Device]),
        (shell, XAI, &[Paste, Device, Loopback]),
        (shell, SPOTIFY, &[Paste, Loopback]),
        (shell, CODEX, &[Device]),
        (PlaceKind::Container, XAI, &[Paste, Device, Loopback]),
        (PlaceKind::Container, ANTHROPIC, &[Paste]),
        (PlaceKind::Wsl, XAI, &[Paste, Device, Loopback]),
        (PlaceKind::Wsl, SPOTIFY, &[Paste, Loopback]),
    ];
    for (kind, offered, expected) in rows {
        for machine_readable in [false, true] {
            let rungs = ladder(&at(kind), of(offered), None, machine_readable).unwrap();
            let flows: Vec<_> = rungs.iter().map(|rung| rung.flow).collect();
            assert_eq!(flows, expected, "{kind:?} {offered:?}");
            for rung in rungs {
                assert!(!rung.why.is_empty() && !rung.why.contains('\n'));
                assert!(rung.why.len() <= 80, "{}", rung.why);
            }
        }
    }
}

#[test]
fn over_ssh_a_provider_with_a_loopback_flow_is_never_asked_for_a_device_code_first() {
    let orders = [
        XAI,
        SPOTIFY,
        &[Flow::Device, Flow::Loopback],
        &[Flow::Device, Flow::Paste, Flow::Loopback],
    ];
    for offered in orders {
        let rungs = ladder(&at(PlaceKind::Ssh), of(offered), None, false).unwrap();
        assert_eq!(rungs[0].flow, Flow::Loopback, "{offered:?}");
    }
}

#[test]
fn a_flow_that_is_asked_for_is_the_only_rung() {
    for kind in [PlaceKind::Desktop, PlaceKind::Ssh, PlaceKind::Container] {
        for flow in [Flow::Loopback, Flow::Paste, Flow::Device] {
            let rungs = ladder(&at(kind), of(XAI), Some(flow), false).unwrap();
            assert_eq!(rungs.len(), 1);
            assert_eq!(rungs[0].flow, flow);
        }
    }
    let rungs = ladder(
        &at(PlaceKind::Ssh),
        of(&[Flow::Loopback]),
        Some(Flow::Paste),
        false,
    );
    assert!(rungs.is_ok(), "what a listener receives can be pasted");
}

#[test]
fn a_flow_that_is_not_offered_is_refused_by_name() {
    let error = ladder(&at(PlaceKind::Ssh), of(CODEX), Some(Flow::Loopback), false).unwrap_err();
    assert_eq!(error.code(), Code::FlowUnsupported);
    assert_eq!(
        error.to_string(),
        "Acme has no loopback flow; it offers device"
    );
    assert_eq!(
        error.next_step().as_deref(),
        Some("hermes auth add <provider> --flow device")
    );
    let error = ladder(&at(PlaceKind::Ssh), of(&[]), None, false).unwrap_err();
    assert_eq!(error.code(), Code::NoSignIn);
    assert_eq!(error.to_string(), "Acme has no sign-in");
}
