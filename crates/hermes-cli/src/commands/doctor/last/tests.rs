use std::collections::BTreeMap;
use std::net::IpAddr;

use hermes_login::Arrival;

use super::*;

/// A machine that is a table of files. A value that starts with `->` is a link.
#[derive(Default)]
struct Fake {
    files: BTreeMap<String, String>,
    no_ipv6: bool,
}

impl HostProbe for Fake {
    fn read(&self, path: &str) -> Option<String> {
        self.files.get(path).cloned()
    }

    fn list(&self, path: &str) -> Vec<String> {
        let prefix = format!("{path}/");
        let files = self.files.keys();
        let inside = files.filter_map(|file| file.strip_prefix(&prefix)?.split('/').next());
        let mut names: Vec<_> = inside.map(str::to_owned).collect();
        names.dedup();
        names
    }

    fn link(&self, path: &str) -> Option<String> {
        self.files.get(path)?.strip_prefix("->").map(str::to_owned)
    }

    fn has_address(&self, address: IpAddr) -> bool {
        address.is_ipv4() || !self.no_ipv6
    }

    fn user_id(&self) -> u32 {
        1000
    }

    fn process_id(&self) -> u32 {
        1
    }
}

const V4: &str = "0100007F";
const V6: &str = "00000000000000000000000001000000";

/// A machine on which this program listens there.
fn listening(name: &str, address: &str, port: u16) -> Fake {
    let table = match address == V4 {
        true => "/proc/net/tcp",
        false => "/proc/net/tcp6",
    };
    let row = format!(
        "  sl\n   0: {address}:{port:04X} {V4}:0000 0A 0:0 00:0 00000000     0        0 4711 1\n"
    );
    let files = [
        (table, row.as_str()),
        ("/proc/42/fd/3", "->socket:[4711]"),
        ("/proc/42/comm", name),
    ];
    Fake {
        files: files
            .map(|(path, text)| (path.to_owned(), text.to_owned()))
            .into(),
        ..Fake::default()
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A sign-in over SSH that waited in vain.
fn in_vain() -> Record {
    Record {
        provider: "xai-oauth".to_owned(),
        flow: Some("loopback".to_owned()),
        place: "ssh".to_owned(),
        remote: true,
        redirect_uri: Some("http://127.0.0.1:56121/callback".to_owned()),
        wanted_port: Some(56121),
        port: Some(56121),
        tunnel: Some("ssh -N -L 56121:127.0.0.1:56121 ada@203.0.113.7".to_owned()),
        process: 42,
        started: Some("2026-11-21T12:00:00Z".to_owned()),
        ended: Some("2026-11-21T12:03:00Z".to_owned()),
        outcome: Some("auth.callback_timeout".to_owned()),
        message: Some("xAI authorization timed out waiting for the local callback.".to_owned()),
        ..Record::default()
    }
}

fn desktop() -> Record {
    Record {
        place: "desktop".to_owned(),
        remote: false,
        tunnel: None,
        ..in_vain()
    }
}

fn after(mut record: Record, arrivals: &[Arrival]) -> Record {
    for arrival in arrivals {
        record.arrived(&Arrival::Connected { ipv6: false });
        record.arrived(arrival);
    }
    record
}

fn explain(record: &Record, fake: &Fake, variables: &[&str]) -> Vec<Finding> {
    let environment = variables.iter().fold(Environment::default(), |all, name| {
        all.with(name, "http://proxy:3128")
    });
    let view = View {
        record,
        probe: fake,
        environment: &environment,
        now: at("2026-11-21T12:10:00Z"),
    };
    view.explain()
}

/// The findings but the summary, as a person reads them.
fn causes(record: &Record, fake: &Fake, variables: &[&str]) -> Vec<String> {
    let findings = explain(record, fake, variables);
    let shown = findings.iter().skip(1).map(|finding| {
        let next = finding.next.as_deref().expect("one fix each");
        format!("{}: {} | {next}", finding.subject, finding.evidence)
    });
    shown.collect()
}

const TUNNEL: &str = "ssh -N -L 56121:127.0.0.1:56121 ada@203.0.113.7";

#[test]
fn each_cause_has_its_evidence_and_one_fix() {
    let quiet = Fake::default;
    let origin = "https://login.example".to_owned();
    let bumped = Record {
        port: Some(40000),
        redirect_uri: Some("http://127.0.0.1:40000/callback".to_owned()),
        tunnel: Some("ssh -N -L 40000:127.0.0.1:40000 ada@203.0.113.7".to_owned()),
        ..after(in_vain(), &[Arrival::Other])
    };
    let busy = Record {
        outcome: Some("auth.port_busy".to_owned()),
        redirect_uri: None,
        port: None,
        ..desktop()
    };
    let mut only_v6 = in_vain();
    only_v6.arrived(&Arrival::Connected { ipv6: true });
    only_v6.arrived(&Arrival::Other);
    let v6_redirect = Record {
        redirect_uri: Some("http://[::1]:56121/callback".to_owned()),
        outcome: Some("auth.listener_failed".to_owned()),
        ..in_vain()
    };
    let unreachable = Record {
        outcome: Some("provider.unreachable".to_owned()),
        redirect_uri: None,
        ..in_vain()
    };
    let no_browser = Record {
        browser_failed: Some("no browser was found".to_owned()),
        ..after(desktop(), &[Arrival::Other])
    };
    let slow = Record {
        clock_ahead_seconds: Some(3600),
        ..after(in_vain(), &[Arrival::Other])
    };
    let fast = Record {
        outcome: Some(SIGNED_IN.to_owned()),
        clock_ahead_seconds: Some(-90),
        ..in_vain()
    };
    let future = Record {
        outcome: Some(SIGNED_IN.to_owned()),
        ended: Some("2026-11-21T15:10:00Z".to_owned()),
        ..in_vain()
    };
    let rows: Vec<(Record, Fake, &[&str], String)> = vec![
        (in_vain(), quiet(), &[], format!("tunnel: no connection at all reached port 56121: the tunnel never came | on your laptop, while it waits: {TUNNEL}")),
        (desktop(), quiet(), &[], "browser: no connection at all reached port 56121: the browser did not come back | hermes auth add xai-oauth, and agree on the page of the URL that it prints".to_owned()),
        (after(in_vain(), &[Arrival::Silent]), quiet(), &[], "tunnel: port 56121 was reached (once), but nobody said a word: the way is open and the browser did not come back | hermes auth add xai-oauth, and agree on the page of the URL that it prints".to_owned()),
        (after(in_vain(), &[Arrival::Tls, Arrival::Tls]), quiet(), &[], "https-only: the browser spoke TLS to the plain port (2 times): it is in HTTPS-only mode | allow http for 127.0.0.1 in the browser's settings, or change https: to http: in its address bar, or paste that address".to_owned()),
        (after(desktop(), &[Arrival::UnlistedPreflight { origin }]), quiet(), &[], "local-network: the browser asked (once) whether the page https://login.example may reach this machine, and that page is not one of the provider's known ones | hermes auth add xai-oauth --flow paste".to_owned()),
        (after(desktop(), &[Arrival::OldAnswer]), quiet(), &[], "browser: an answer to another attempt came (once) | hermes auth add xai-oauth, and open the URL that it prints, once".to_owned()),
        (after(in_vain(), &[Arrival::OtherPort(8080)]), quiet(), &[], format!("tunnel: a request for port 8080 arrived at port 56121: the tunnel joins two ports | {TUNNEL}")),
        (after(in_vain(), &[Arrival::Other]), listening("sshd-session\n", V4, 56200), &[], format!("tunnel: `sshd-session` (process 42) listens on 127.0.0.1:56200: a tunnel that ends on another port than 56121 | {TUNNEL}")),
        (after(in_vain(), &[Arrival::Other]), listening("sshd\n", V4, 56121), &[], "ports: port 56121 of this host is held by `sshd` (process 42), the end of a tunnel with -R, which leads the wrong way | end it and open it on your laptop with -L 56121:127.0.0.1:56121".to_owned()),
        (after(desktop(), &[Arrival::Other]), listening("node\n", V4, 56121), &[], "ports: port 56121, where it listens, is held by `node` (process 42) | end that program, then: hermes auth add xai-oauth".to_owned()),
        (busy.clone(), listening("node\n", V4, 56121), &[], "ports: port 56121, where it listens, is held by `node` (process 42) | end that program, then: hermes auth add xai-oauth".to_owned()),
        (busy, quiet(), &[], "ports: port 56121 was in use then and is free now | hermes auth add xai-oauth".to_owned()),
        (bumped.clone(), quiet(), &[], "ports: port 56121 was in use, so it listened on 40000; a tunnel for 56121 is of no use | ssh -N -L 40000:127.0.0.1:40000 ada@203.0.113.7".to_owned()),
        (bumped, listening("node\n", V4, 56121), &[], "ports: port 56121 was in use (`node` (process 42) has it), so it listened on 40000; a tunnel for 56121 is of no use | ssh -N -L 40000:127.0.0.1:40000 ada@203.0.113.7".to_owned()),
        (only_v6, quiet(), &[], "ipv6: connections came to [::1]:56121 alone, none to 127.0.0.1 | name the address at both ends: -L 127.0.0.1:56121:127.0.0.1:56121".to_owned()),
        (v6_redirect, Fake { no_ipv6: true, ..Fake::default() }, &[], "ipv6: the redirect names ::1, which this machine does not have | register http://127.0.0.1 with the provider, and give it as --redirect-uri".to_owned()),
        (unreachable, quiet(), &["HTTPS_PROXY"], "proxy: the provider was not reached, and `HTTPS_PROXY` names a proxy | env -u HTTPS_PROXY hermes auth add xai-oauth".to_owned()),
        (no_browser, quiet(), &[], "browser: no browser could be started: no browser was found | BROWSER=firefox hermes auth add xai-oauth; or open the printed URL yourself".to_owned()),
        (slow, quiet(), &[], "clock: this clock is 60 min behind the provider's | set the clock: timedatectl set-ntp true".to_owned()),
        (fast, quiet(), &[], "clock: this clock is 90 s ahead of the provider's | set the clock: timedatectl set-ntp true".to_owned()),
        (future, quiet(), &[], "clock: the last sign-in was 3 h in the future | set the clock: timedatectl set-ntp true".to_owned()),
    ];
    for (record, fake, variables, expected) in rows {
        assert_eq!(
            causes(&record, &fake, variables),
            std::slice::from_ref(&expected),
            "{expected}"
        );
    }
}

#[test]
fn several_causes_are_all_named_and_the_first_fix_leads() {
    let findings = explain(&desktop(), &Fake::default(), &["http_proxy"]);
    let subjects: Vec<_> = findings.iter().map(|finding| finding.subject).collect();
    assert_eq!(subjects, ["last sign-in", "browser", "proxy"]);
    assert_eq!(findings[0].next, findings[1].next);

    // Another program on ::1 is named beside the squatter's port.
    let both = listening("node\n", V6, 56121);
    let found = causes(&after(desktop(), &[Arrival::Other]), &both, &[]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[1].starts_with("ipv6: `node` (process 42) listens on [::1]:56121"),
        "{found:?}"
    );
}

#[test]
fn a_completed_or_waiting_sign_in_has_no_cause() {
    let done = Record {
        outcome: Some(SIGNED_IN.to_owned()),
        ..after(in_vain(), &[Arrival::Tls])
    };
    let findings = explain(&done, &Fake::default(), &[]);
    assert_eq!(findings.len(), 1);
    assert_eq!(
        findings[0].evidence,
        "xai-oauth by loopback on http://127.0.0.1:56121/callback, 7 min ago: completed"
    );
    // Its own listener is no squatter.
    let waiting = Record {
        ended: None,
        outcome: None,
        ..after(in_vain(), &[Arrival::Other])
    };
    let findings = explain(&waiting, &listening("hermes\n", V4, 56121), &[]);
    assert_eq!(findings.len(), 1);
    assert!(
        findings[0]
            .evidence
            .ends_with("still waiting, as process 42")
    );
    let killed = explain(&waiting, &Fake::default(), &[]);
    assert!(killed[0].evidence.ends_with("it was ended from outside"));
    // X11 forwarding is no tunnel, and a refusal is the provider's affair.
    let x11 = listening("sshd\n", V4, 6010);
    assert_eq!(
        causes(&after(in_vain(), &[Arrival::Other]), &x11, &[]),
        [""; 0]
    );
    let denied = Record {
        outcome: Some("auth.denied".to_owned()),
        ..after(in_vain(), &[Arrival::Answer])
    };
    let findings = explain(&denied, &Fake::default(), &[]);
    assert_eq!(
        findings[0].next.as_deref(),
        Some("hermes guide auth.denied")
    );
}

#[test]
fn a_record_of_nonsense_is_explained_without_harm() {
    let nonsense = Record {
        provider: "\u{1b}[2J".to_owned(),
        outcome: Some("\u{1b}]0;x\u{7}".to_owned()),
        message: Some("\u{1b}".repeat(9)),
        tunnel: Some("\u{1b}".to_owned()),
        started: Some("yesterday".to_owned()),
        ended: Some("soon".to_owned()),
        clock_ahead_seconds: Some(i64::MIN),
        ..in_vain()
    };
    for finding in explain(&nonsense, &Fake::default(), &[]) {
        let shown = format!("{}{}", finding.evidence, finding.next.unwrap_or_default());
        assert!(!shown.chars().any(char::is_control), "{shown:?}");
    }
}
