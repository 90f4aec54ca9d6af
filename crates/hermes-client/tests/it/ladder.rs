use hermes_client::{
    Mode, Probed,
    sign_in::{Method, NoMethod, methods},
};
use hermes_login::PlaceKind;
use hermes_protocol::rest::{AuthFlow, Provider};

use crate::rig::place;

use AuthFlow::{DeviceCode, NativeLoopback, Password as ByPassword, Redirect};
use Method::{Browser, Device, Password, Token};

fn gateway(mode: Mode, flows: &[AuthFlow], methods: &[(&str, bool)]) -> Probed {
    let methods = methods.iter().map(|(name, supports_password)| Provider {
        name: (*name).to_owned(),
        display_name: (*name).to_owned(),
        supports_password: *supports_password,
    });
    Probed {
        mode,
        version: None,
        flows: flows.to_vec(),
        methods: methods.collect(),
    }
}

/// The ways from here, and why the first one is first.
fn from(kind: PlaceKind, probed: &Probed) -> (Vec<Method>, String) {
    let steps = methods(probed, &place(kind), None).unwrap();
    let why = steps[0].why.clone();
    (steps.into_iter().map(|step| step.method).collect(), why)
}

const ALL: [AuthFlow; 4] = [ByPassword, Redirect, NativeLoopback, DeviceCode];

#[test]
fn the_way_in_is_the_one_that_works_where_the_command_runs() {
    let ours = gateway(
        Mode::SignIn,
        &ALL,
        &[("password", true), ("company", false)],
    );
    let elsewhere = [Device, Password, Browser];
    for (kind, order, why) in [
        (
            PlaceKind::Desktop,
            [Browser, Device, Password],
            "this is build7 with a browser",
        ),
        (
            PlaceKind::Ssh,
            elsewhere,
            "this is build7 over SSH, and any browser can approve it",
        ),
        (
            PlaceKind::Headless,
            elsewhere,
            "this is build7 without a display, and any browser can approve it",
        ),
        (
            PlaceKind::Container,
            elsewhere,
            "this is the container build7, and any browser can approve it",
        ),
        (
            PlaceKind::Wsl,
            elsewhere,
            "this is build7 in WSL, and any browser can approve it",
        ),
        (
            PlaceKind::BrowserShell("Gitpod"),
            elsewhere,
            "this is a Gitpod shell, and any browser can approve it",
        ),
    ] {
        assert_eq!(
            from(kind, &ours),
            (order.to_vec(), why.to_owned()),
            "{kind:?}"
        );
    }
}

#[test]
fn what_a_gateway_does_not_offer_is_not_tried() {
    let password = [("password", true)];
    let company = [("company", false)];
    for (flows, methods, desktop, ssh) in [
        (
            &[ByPassword, NativeLoopback][..],
            &password[..],
            vec![Browser, Password],
            vec![Password, Browser],
        ),
        (
            &[Redirect, NativeLoopback],
            &company,
            vec![Browser],
            vec![Browser],
        ),
        (
            &[Redirect, DeviceCode],
            &company,
            vec![Device],
            vec![Device],
        ),
        // Upstream's name no flows.
        (&[], &password, vec![Password], vec![Password]),
        (
            &[],
            &[("password", true), ("company", false)],
            vec![Password],
            vec![Password],
        ),
    ] {
        let probed = gateway(Mode::SignIn, flows, methods);
        assert_eq!(from(PlaceKind::Desktop, &probed).0, desktop, "{flows:?}");
        assert_eq!(from(PlaceKind::Ssh, &probed).0, ssh, "{flows:?}");
    }
    let alone = from(
        PlaceKind::Ssh,
        &gateway(Mode::SignIn, &[NativeLoopback], &company),
    );
    assert_eq!(
        alone.1,
        "it is the one that the gateway offers; this is build7 over SSH"
    );
}

#[test]
fn where_nobody_signs_in_there_is_a_token_and_nothing_else() {
    let token = gateway(Mode::Token, &[AuthFlow::Token], &[]);
    assert_eq!(from(PlaceKind::Ssh, &token).0, [Token]);
    let refused = methods(&token, &place(PlaceKind::Desktop), Some(Browser)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the gateway offers no sign-in by browser, but by token"
    );
}

#[test]
fn a_flow_that_is_asked_for_leaves_no_choice() {
    let ours = gateway(Mode::SignIn, &ALL, &[("password", true)]);
    let steps = methods(&ours, &place(PlaceKind::Desktop), Some(Password)).unwrap();
    assert_eq!(steps.len(), 1);
    assert_eq!(steps[0].why, "it was asked for");
    let upstream = gateway(Mode::SignIn, &[], &[("basic", true)]);
    let refused = methods(&upstream, &place(PlaceKind::Desktop), Some(Device)).unwrap_err();
    let wanted = NoMethod::NotOffered {
        wanted: Device,
        offered: vec![Password],
    };
    assert_eq!(refused, wanted);
}

#[test]
fn a_gateway_without_a_way_in_is_told_as_what_it_is() {
    let here = place(PlaceKind::Desktop);
    let page = gateway(Mode::SignIn, &[], &[("Acme", false), ("Example", false)]);
    assert_eq!(
        methods(&page, &here, None).unwrap_err().to_string(),
        "the gateway signs people in on its web page alone (Acme, Example): it is too old to let a terminal in"
    );
    let nothing = gateway(Mode::SignIn, &[], &[]);
    assert_eq!(methods(&nothing, &here, None), Err(NoMethod::Nothing));
}
