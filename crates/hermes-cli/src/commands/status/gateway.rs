use std::net::IpAddr;

use hermes_errors::Failure;
use hermes_host::control::asked;
use hermes_protocol::methods::{GatewayMode, HostStatus, HostStatusParams};
use hermes_secret::{LABEL_LIMIT, plain};
use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::{
    commands::{auth::block_on, destination::Destination, serve::outside},
    world::World,
};

/// What is known of the gateway of this home: how it is, that none runs, or why it did not say.
type Seen = Result<Option<HostStatus>, Failure>;

/// Asks it. Whatever goes wrong is shown and ends nothing: the rest of the status stands.
pub(super) fn look(world: &World) -> Seen {
    block_on(asked(world, &HostStatusParams {})).flatten()
}

pub(super) fn to_json(seen: &Seen) -> Value {
    match seen {
        Ok(Some(status)) => {
            let mut shown = json!(status);
            shown["running"] = true.into();
            shown
        }
        Ok(None) => json!({ "running": false }),
        Err(failure) => json!({
            "running": Value::Null,
            "code": failure.code.as_str(),
            "reason": failure.message,
        }),
    }
}

pub(super) fn text(seen: &Seen) -> String {
    match seen {
        Ok(Some(status)) => running(status, outside()),
        Ok(None) => "  not running; start it with: hermes serve".to_owned(),
        Err(failure) => format!("  {}\n  next: {}", failure.message, failure.next_step),
    }
}

fn running(status: &HostStatus, outside: impl Iterator<Item = IpAddr>) -> String {
    let mode = match status.mode {
        GatewayMode::Token => "token: this machine alone, by the link of `hermes link`",
        GatewayMode::Gated => "gated: people sign in",
        GatewayMode::Unclaimed => {
            "unclaimed: it serves nobody until it has an owner, by the link of `hermes owner invite`"
        }
    };
    let sockets = counted(status.sockets, "socket");
    let sessions = match status.sessions {
        Some(count) => counted(count, "session"),
        None => "sessions unknown: its database does not answer".to_owned(),
    };
    let address = plain(&status.address, LABEL_LIMIT);
    let address = match (address.as_str(), status.gives_way) {
        ("", _) => {
            "none: a chat runs it, for this host alone, until `hermes serve` takes its place".into()
        }
        (address, true) => format!(
            "{address}: an application runs it, for itself, until `hermes serve` takes its place"
        ),
        (_, false) => address,
    };
    let mut lines = vec![format!("  Address  {address}")];
    if let Some(public) = &status.public_url {
        lines.push(format!("  Public   {}", plain(public, LABEL_LIMIT)));
    }
    let here = Url::parse(&status.address).ok();
    if let Some(destination) = here.and_then(|here| Destination::of_running(here, status)) {
        let urls = destination.network(outside);
        lines.extend(urls.iter().map(|url| format!("  Network  {url}")));
    }
    if let Some(certificate) = &status.certificate {
        let ends = Timestamp::from_second(certificate.not_after);
        let ends = ends.map(|ends| ends.strftime("%Y-%m-%d").to_string());
        lines.push(format!(
            "  TLS      its own, ends on {}",
            ends.unwrap_or_default()
        ));
    }
    if !status.address.is_empty() && !status.gives_way {
        lines.push(format!("  Mode     {mode}"));
    }
    if let Some(not_ready) = &status.not_ready {
        let why = plain(&not_ready.reason, LABEL_LIMIT);
        lines.push(format!("  Ready    no: {why}"));
    }
    lines.extend([
        format!(
            "  Running  for {}, version {}, process {}",
            duration(status.uptime_seconds),
            plain(&status.version, LABEL_LIMIT),
            status.pid
        ),
        format!("  Open     {sockets}, {sessions}"),
    ]);
    lines.join("\n")
}

fn counted(count: u32, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        more => format!("{more} {what}s"),
    }
}

/// `3 d 4 h`, `4 h 5 min`, `5 min`, `40 s`.
fn duration(seconds: u64) -> String {
    match seconds {
        86_400.. => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
        3600.. => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        60.. => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

#[cfg(test)]
mod tests {
    use hermes_protocol::methods::{HostCertificate, NotReady};

    use super::*;

    fn status(mode: GatewayMode) -> HostStatus {
        HostStatus {
            version: "0.1.0".to_owned(),
            pid: 4711,
            mode,
            address: "https://127.0.0.1:9119/".to_owned(),
            public_url: Some("https://gw.example.com/".to_owned()),
            everywhere: true,
            gives_way: false,
            names_owner: false,
            certificate: Some(HostCertificate {
                sha256: "00".repeat(32),
                not_after: 1_800_000_000,
            }),
            not_ready: None,
            uptime_seconds: 93_780,
            sockets: 2,
            sessions: Some(1),
        }
    }

    #[test]
    fn a_gateway_that_runs_is_shown_in_full() {
        let outside = [[192, 0, 2, 7].into()].into_iter();
        insta::assert_snapshot!(running(&status(GatewayMode::Gated), outside), @r"
          Address  https://127.0.0.1:9119/
          Public   https://gw.example.com/
          Network  https://192.0.2.7:9119/
          TLS      its own, ends on 2027-01-15
          Mode     gated: people sign in
          Running  for 1 d 2 h, version 0.1.0, process 4711
          Open     2 sockets, 1 session
        ");
    }

    #[test]
    fn one_that_a_chat_runs_has_no_address_and_no_sign_in() {
        let mut status = status(GatewayMode::Unclaimed);
        status.address = String::new();
        status.public_url = None;
        status.certificate = None;
        insta::assert_snapshot!(running(&status, std::iter::empty()), @r"
          Address  none: a chat runs it, for this host alone, until `hermes serve` takes its place
          Running  for 1 d 2 h, version 0.1.0, process 4711
          Open     2 sockets, 1 session
        ");
    }

    #[test]
    fn one_that_an_application_runs_has_no_link_for_others() {
        let mut status = status(GatewayMode::Token);
        status.address = "http://127.0.0.1:40123/".to_owned();
        status.gives_way = true;
        status.public_url = None;
        status.everywhere = false;
        status.certificate = None;
        insta::assert_snapshot!(running(&status, std::iter::empty()), @r"
          Address  http://127.0.0.1:40123/: an application runs it, for itself, until `hermes serve` takes its place
          Running  for 1 d 2 h, version 0.1.0, process 4711
          Open     2 sockets, 1 session
        ");
    }

    #[test]
    fn a_gateway_that_cannot_serve_says_why() {
        let mut status = status(GatewayMode::Gated);
        status.not_ready = Some(NotReady {
            code: Some("storage.full".to_owned()),
            reason: "the disk is full".to_owned(),
        });
        let json = to_json(&Ok(Some(status.clone())));
        assert_eq!(json["not_ready"]["code"], "storage.full");
        let text = text(&Ok(Some(status)));
        assert!(
            text.contains("\n  Ready    no: the disk is full\n"),
            "{text}"
        );
    }

    #[test]
    fn json_says_whether_it_runs_even_if_that_is_not_known() {
        let running = to_json(&Ok(Some(status(GatewayMode::Token))));
        assert_eq!(
            [&running["running"], &running["mode"]],
            [&json!(true), &json!("token")]
        );
        assert_eq!(to_json(&Ok(None)), json!({ "running": false }));
        let failure = Failure::new(hermes_errors::Code::ControlRefused, "no");
        assert_eq!(to_json(&Err(failure))["code"], "gateway.control_refused");
    }
}
