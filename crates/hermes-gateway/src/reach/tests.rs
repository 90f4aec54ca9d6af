use http::HeaderValue;

use super::*;
use crate::{
    forwarded::Trust,
    site::{Authority, Prefix},
};

fn seen(scheme: Scheme, host: &str) -> Seen {
    Seen {
        address: IpAddr::from([127, 0, 0, 1]),
        scheme,
        told_scheme: scheme,
        asked: Authority::parse(host),
        forwarded: None,
        prefix: Prefix::default(),
    }
}

fn allowed() -> Allowed {
    Allowed {
        hosts: vec![Host::typed("gw.lan").unwrap()],
        origins: vec![WebOrigin::parse("https://chat.example.com:8443").unwrap()],
        non_web_origins: true,
    }
}

fn reach(bind: &str) -> Reach {
    let machine = ["192.168.1.20", "2001:db8::20", "127.0.0.1"];
    let public = PublicUrl::parse("https://gw.example.com/hermes").unwrap();
    let machine = machine.map(|address| address.parse().unwrap());
    Reach::new(bind, machine, Some(&public), allowed())
}

#[test]
fn px4_hosts_are_a_list_on_every_bind() {
    for bind in ["127.0.0.1", "0.0.0.0", "::", "192.168.1.20"] {
        for (host, ours) in [
            ("localhost", true),
            ("LOCALHOST:9119", true),
            ("127.0.0.1", true),
            ("127.0.0.1:1", true),
            ("127.0.0.2", true),
            ("[::1]:9119", true),
            ("[::ffff:127.0.0.1]", true),
            ("192.168.1.20:9119", true),
            ("[2001:db8::20]", true),
            ("[2001:DB8:0::20]:80", true),
            ("gw.lan", true),
            ("GW.lan:9119", true),
            ("gw.example.com", true),
            ("gw.example.com:443", true),
            ("evil.test", false),
            ("gw.example.com.evil.test", false),
            ("evil-gw.example.com", false),
            ("example.com", false),
            ("gw.example.com.", false),
            ("localhost.", false),
            ("localhost.evil.test", false),
            ("a.localhost", false),
            ("192.168.1.21", false),
            ("0.0.0.0", false),
            ("[::]", false),
            ("127.1", false),
            ("2130706433", false),
            ("0x7f.1", false),
            ("tauri.localhost", false),
            ("chat.example.com:8443", false),
        ] {
            let found = reach(bind).host(&seen(Scheme::Http, host));
            assert_eq!(found.is_ok(), ours, "{bind} {host} {found:?}");
        }
        for host in ["", ":9119", "a,b", "localhost:x", "user@localhost"] {
            let found = reach(bind).host(&seen(Scheme::Http, host));
            assert_eq!(found, Err(Refusal::HostMissing), "{host}");
        }
    }
}

#[test]
fn facts_1_3_a_name_or_address_to_listen_on_is_ours() {
    let reach = |bind| Reach::new(bind, [], None, Allowed::default());
    for (bind, host, ours) in [
        ("127.0.0.2", "127.0.0.2:9119", true),
        ("10.0.0.7", "10.0.0.7", true),
        ("10.0.0.7", "10.0.0.8", false),
        ("box.lan", "box.lan:9119", true),
        ("0.0.0.0", "0.0.0.0", false),
        ("::", "[::]", false),
        ("::", "evil.test", false),
    ] {
        let found = reach(bind).host(&seen(Scheme::Http, host));
        assert_eq!(found.is_ok(), ours, "{bind} {host}");
    }
}

#[test]
fn px4_a_forwarded_host_must_be_ours_as_well() {
    let trust = Trust::new(vec!["10.0.0.0/8".parse().unwrap()], None);
    for (host, forwarded, ours) in [
        ("127.0.0.1:9119", "gw.example.com", true),
        ("gw.example.com", "gw.example.com", true),
        ("evil.test", "gw.example.com", false),
        ("127.0.0.1:9119", "evil.test", false),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static(host));
        headers.insert("x-forwarded-host", HeaderValue::from_static(forwarded));
        let seen = trust.see(IpAddr::from([10, 0, 0, 1]), &headers);
        assert_eq!(
            reach("0.0.0.0").host(&seen).is_ok(),
            ours,
            "{host} {forwarded}"
        );
    }
}

fn origin_of(reach: &Reach, host: &str, origins: &[&str]) -> Result<Source, Refusal> {
    let mut headers = HeaderMap::new();
    for origin in origins {
        headers.append("origin", HeaderValue::from_str(origin).unwrap());
    }
    reach.origin(&seen(Scheme::Http, host), &headers)
}

#[test]
fn ws3_origins_match_by_scheme_host_and_port() {
    use Source::{Allowed, NonWeb, Own, Unnamed};
    let rows = [
        ("http://192.168.1.20:9119", Some(Own)),
        ("HTTP://192.168.1.20:9119", Some(Own)),
        ("https://gw.example.com", Some(Own)),
        ("https://GW.example.com:443", Some(Own)),
        ("https://chat.example.com:8443", Some(Allowed)),
        ("", Some(Unnamed)),
        ("null", Some(NonWeb)),
        ("file://", Some(NonWeb)),
        ("app://hermes", Some(NonWeb)),
        ("tauri://localhost", Some(NonWeb)),
        ("http://tauri.localhost", Some(NonWeb)),
        ("https://tauri.localhost", Some(NonWeb)),
        ("chrome-extension://abc", Some(NonWeb)),
        ("vscode-webview://1x2y", Some(NonWeb)),
        ("capacitor://localhost", Some(NonWeb)),
        ("https://192.168.1.20:9119", None),
        ("http://192.168.1.20", None),
        ("http://192.168.1.20:9120", None),
        ("http://192.168.1.21:9119", None),
        ("http://gw.example.com", None),
        ("https://gw.example.com:8443", None),
        ("https://gw.example.com.", None),
        ("https://gw.example.com.evil.test", None),
        ("https://evil-gw.example.com", None),
        ("https://sub.gw.example.com", None),
        ("https://example.com", None),
        ("https://chat.example.com", None),
        ("http://chat.example.com:8443", None),
        ("http://localhost:5173", None),
        ("http://localhost:9119", None),
        ("http://127.0.0.1:9119", None),
        ("http://gw.lan:9119", None),
        ("https://tauri.localhost:1420", None),
        ("http://tauri.localhost.evil.test", None),
        ("http://x.tauri.localhost", None),
        ("http://evil.test", None),
        ("https://", None),
        ("http://user@192.168.1.20:9119", None),
        ("http://192.168.1.20:9119/", None),
        ("http:192.168.1.20", None),
        ("gw.example.com", None),
        ("//gw.example.com", None),
        ("NULL", None),
        ("1x://y", None),
        ("https://gw.example.com, https://evil.test", None),
    ];
    assert!(rows.len() >= 40);
    for (origin, source) in rows {
        let found = origin_of(&reach("0.0.0.0"), "192.168.1.20:9119", &[origin]);
        assert_eq!(found.clone().ok(), source, "{origin} {found:?}");
    }
    let two = ["https://gw.example.com", "https://gw.example.com"];
    assert_eq!(
        origin_of(&reach("::"), "localhost", &two),
        Err(Refusal::OriginMalformed)
    );
    assert_eq!(origin_of(&reach("::"), "localhost", &[]), Ok(Unnamed));
}

#[test]
fn ws3_what_is_no_web_page_needs_a_credential_and_can_be_switched_off() {
    let strict = Reach {
        non_web_origins: false,
        ..reach("0.0.0.0")
    };
    for origins in [
        &["null"][..],
        &["tauri://localhost"],
        &["https://tauri.localhost"],
        &[],
    ] {
        let found = origin_of(&reach("0.0.0.0"), "localhost:9119", origins);
        assert!(found.is_ok_and(Source::needs_credential), "{origins:?}");
        let found = origin_of(&strict, "localhost:9119", origins);
        assert_eq!(found, Err(Refusal::NotWeb), "{origins:?}");
    }
    let own = origin_of(&strict, "localhost:9119", &["http://localhost:9119"]);
    assert_eq!(own, Ok(Source::Own));
    assert!(!Source::Own.needs_credential() && !Source::Allowed.needs_credential());
}

#[test]
fn ws3_past_the_public_url_a_page_keeps_its_own_origin() {
    let headers = |host: &str, origin: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_str(host).unwrap());
        headers.insert("origin", HeaderValue::from_str(origin).unwrap());
        headers
    };
    let public = PublicUrl::parse("https://gw.example.com").unwrap();
    let trust = Trust::new(Vec::new(), Some(public));
    for (host, origin, own) in [
        ("127.0.0.1:9119", "http://127.0.0.1:9119", true),
        ("127.0.0.1:9119", "https://gw.example.com", true),
        ("gw.example.com", "https://gw.example.com", true),
        ("gw.example.com", "http://gw.example.com", false),
        ("127.0.0.1:9119", "https://127.0.0.1:9119", false),
    ] {
        let headers = headers(host, origin);
        let seen = trust.see(IpAddr::from([127, 0, 0, 1]), &headers);
        let found = reach("127.0.0.1").origin(&seen, &headers);
        assert_eq!(found == Ok(Source::Own), own, "{host} {origin} {found:?}");
    }
}

#[test]
fn ws3_a_foreign_host_does_not_make_its_origin_ours() {
    let found = origin_of(&reach("0.0.0.0"), "evil.test", &["http://evil.test"]);
    assert!(matches!(found, Err(Refusal::OriginForeign(_))), "{found:?}");
}

#[test]
fn px4_each_refusal_names_the_key_to_set() {
    let host = Host::parse("evil.test").unwrap();
    let origin = Box::new(WebOrigin::parse("https://evil.test").unwrap());
    for (refusal, key) in [
        (Refusal::HostForeign(host), "gateway.proxy.allowed_hosts"),
        (
            Refusal::OriginForeign(origin),
            "gateway.proxy.allowed_origins",
        ),
        (Refusal::NotWeb, "gateway.proxy.non_web_origins"),
    ] {
        assert!(refusal.to_string().contains(key), "{refusal}");
    }
}
