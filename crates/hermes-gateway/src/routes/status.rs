use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse as _, Response},
};
use hermes_protocol::rest::{AuthFlow, Provider, ProvidersAnswer, Refusal, Status};

use crate::{
    gateway::Gateway,
    methods::{MethodKind, Offered},
    mode::Mode,
    refusal::refuse,
};

/// The mode, the flows and the version, for anybody.
pub(super) async fn status(State(gateway): State<Arc<Gateway>>) -> Response {
    let (names, flows) = match gateway.mode() {
        Mode::Token => (Vec::new(), vec![AuthFlow::Token]),
        Mode::Unclaimed => (Vec::new(), Vec::new()),
        Mode::Gated => {
            let offered = gateway.offered();
            let names = offered.iter().map(|method| method.name.clone()).collect();
            (names, flows(&offered, gateway.rules().device_approval))
        }
    };
    let status = Status::new(env!("CARGO_PKG_VERSION"), RELEASED, names, flows);
    Json(status).into_response()
}

/// The day of this release, as upstream's clients show it (`2026.7.20`). There has been none.
const RELEASED: &str = "";

fn flows(offered: &[Offered], device_approval: bool) -> Vec<AuthFlow> {
    let mut flows = Vec::new();
    if offered.iter().any(|it| it.kind == MethodKind::Password) {
        flows.push(AuthFlow::Password);
    }
    if offered.iter().any(|it| it.kind != MethodKind::Password) {
        flows.push(AuthFlow::Redirect);
    }
    if !offered.is_empty() {
        flows.push(AuthFlow::NativeLoopback);
        if device_approval {
            flows.push(AuthFlow::DeviceCode);
        }
    }
    flows
}

/// The sign-in methods, for the sign-in page of a client.
pub(super) async fn providers(State(gateway): State<Arc<Gateway>>) -> Response {
    let offered = gateway.offered();
    if offered.is_empty() {
        return refuse(&Refusal::NoProviders, None);
    }
    let providers = offered.into_iter().map(|method| Provider {
        name: method.name,
        display_name: method.display_name,
        supports_password: method.kind == MethodKind::Password,
    });
    let providers = providers.collect();
    Json(ProvidersAnswer { providers }).into_response()
}

#[cfg(test)]
mod tests {
    use super::RELEASED;

    #[test]
    fn the_day_of_the_release_is_that_of_the_changelog() {
        let changelog = include_str!("../../../../CHANGELOG.md");
        let newest = changelog.lines().find_map(|line| line.strip_prefix("## "));
        let (version, day) = newest.unwrap().split_once(", ").unwrap();
        assert_eq!(version, env!("CARGO_PKG_VERSION"));
        // `2026-07-20` there is `2026.7.20` on the wire.
        let shown = match day {
            "not released" => String::new(),
            day => day.replace("-0", "-").replace('-', "."),
        };
        assert_eq!(RELEASED, shown);
    }
}
