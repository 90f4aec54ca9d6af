use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in pairs {
        headers.append(
            name.parse::<HeaderName>().unwrap(),
            HeaderValue::from_str(value).unwrap(),
        );
    }
    headers
}

fn trust() -> Trust {
    let nets = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
    Trust::new(nets.to_vec(), None)
}

fn public() -> Trust {
    Trust {
        public_url: Some(PublicUrl::parse("https://gw.example.com/hermes").unwrap()),
        ..trust()
    }
}

/// `address scheme authority prefix`, to compare with a line of a table.
fn line(seen: &Seen) -> String {
    let authority = seen.authority().map(ToString::to_string);
    let authority = authority.unwrap_or_else(|| "-".to_owned());
    format!(
        "{} {} {authority} {}",
        seen.address, seen.scheme, seen.prefix
    )
}

const ALL: [(&str, &str); 5] = [
    ("host", "inner:9119"),
    ("x-forwarded-for", "198.51.100.7"),
    ("x-forwarded-proto", "https"),
    ("x-forwarded-host", "pub.example"),
    ("x-forwarded-prefix", "/h"),
];

#[test]
fn px1_headers_count_from_trusted_peers_alone() {
    let all = headers(&ALL);
    let from = |trust: &Trust, peer: &str| line(&trust.see(ip(peer), &all));
    assert_eq!(
        from(&trust(), "10.1.2.3"),
        "198.51.100.7 https pub.example /h"
    );
    assert_eq!(
        from(&trust(), "::ffff:10.1.2.3"),
        "198.51.100.7 https pub.example /h"
    );
    assert_eq!(
        from(&trust(), "fd00::1"),
        "198.51.100.7 https pub.example /h"
    );
    assert_eq!(from(&trust(), "192.0.2.1"), "192.0.2.1 http inner:9119 ");
    assert_eq!(from(&trust(), "127.0.0.1"), "127.0.0.1 http inner:9119 ");
    assert_eq!(
        from(&Trust::default(), "10.1.2.3"),
        "10.1.2.3 http inner:9119 "
    );
}

#[test]
fn px2_the_client_is_the_first_untrusted_hop_from_the_right() {
    for (chain, client) in [
        ("198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.9.9.9", "198.51.100.7"),
        ("10.0.0.1, 10.0.0.2", "10.0.0.1"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("nonsense, 198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, nonsense", "10.1.2.3"),
        ("198.51.100.7, nonsense, 10.0.0.9", "10.1.2.3"),
        ("unknown", "10.1.2.3"),
        ("198.51.100.7,", "10.1.2.3"),
        ("", "10.1.2.3"),
        ("010.0.0.1", "10.1.2.3"),
        ("\"198.51.100.7\"", "10.1.2.3"),
    ] {
        let seen = trust().see(ip("10.1.2.3"), &headers(&[("x-forwarded-for", chain)]));
        assert_eq!(seen.address, ip(client), "{chain}");
    }
    let lines = [
        ("x-forwarded-for", "1.1.1.1"),
        ("x-forwarded-for", "198.51.100.7"),
    ];
    let seen = trust().see(ip("10.1.2.3"), &headers(&lines));
    assert_eq!(
        seen.address,
        ip("198.51.100.7"),
        "the lines of a list are one list"
    );
}

#[test]
fn px2_the_standard_header_is_read_alike() {
    for (value, seen) in [
        (
            "for=198.51.100.7;proto=https;host=pub.example",
            "198.51.100.7 https pub.example ",
        ),
        (
            "For=\"[2001:db8::1]:47\"; PROTO=HTTPS",
            "2001:db8::1 https - ",
        ),
        (
            "for=1.1.1.1, for=198.51.100.7;proto=https",
            "198.51.100.7 https - ",
        ),
        (
            "for=198.51.100.7;proto=https, for=10.0.0.9;proto=http",
            "198.51.100.7 http - ",
        ),
        ("for=unknown", "10.1.2.3 http - "),
        ("for=_hidden", "10.1.2.3 http - "),
        ("for=1.1.1.1;for=2.2.2.2", "10.1.2.3 http - "),
        ("proto=https", "10.1.2.3 https - "),
        ("for=\"a, for=198.51.100.7\"", "10.1.2.3 http - "),
    ] {
        let found = trust().see(ip("10.1.2.3"), &headers(&[("forwarded", value)]));
        assert_eq!(line(&found), seen, "{value}");
    }
}

#[test]
fn px3_tampered_headers_are_ignored_as_a_whole() {
    for extra in [
        ("x-forwarded-proto", "http"),
        ("x-forwarded-host", "evil.test"),
        ("x-forwarded-prefix", "/evil"),
        ("x_forwarded_for", "1.1.1.1"),
        ("X_Forwarded_Proto", "http"),
        ("x.forwarded.host", "evil.test"),
        ("x-forwarded_prefix", "/evil"),
        ("connection", "x-forwarded-proto"),
        ("connection", "close, X-Forwarded-For"),
        ("connection", "x_forwarded_host"),
        ("connection", "forwarded"),
        ("forwarded", "for=1.1.1.1"),
        ("forwarded", "for=198.51.100.7;proto=http;host=pub.example"),
    ] {
        let pairs: Vec<_> = ALL.into_iter().chain([extra]).collect();
        let seen = trust().see(ip("10.1.2.3"), &headers(&pairs));
        assert_eq!(line(&seen), "10.1.2.3 http inner:9119 ", "{extra:?}");
    }
    let both = ("forwarded", "for=198.51.100.7;proto=https;host=pub.example");
    let pairs: Vec<_> = ALL.into_iter().chain([both]).collect();
    let seen = trust().see(ip("10.1.2.3"), &headers(&pairs));
    assert_eq!(
        line(&seen),
        "198.51.100.7 https pub.example /h",
        "two that agree"
    );
}

#[test]
fn px3_a_stripped_header_never_weakens_what_is_configured() {
    let bare = headers(&[("host", "gw.example.com")]);
    for peer in ["10.1.2.3", "192.0.2.1"] {
        let seen = public().see(ip(peer), &bare);
        assert_eq!(
            (seen.scheme, seen.prefix.as_str()),
            (Scheme::Https, "/hermes"),
            "{peer}"
        );
    }
    let lies = headers(&[
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/other"),
    ]);
    let seen = public().see(ip("10.1.2.3"), &lies);
    assert_eq!(
        (seen.scheme, seen.prefix.as_str()),
        (Scheme::Https, "/hermes")
    );
}

#[test]
fn px7_bad_values_fall_back_alone() {
    for (name, value, expected) in [
        (
            "x-forwarded-prefix",
            "/a/../b",
            "198.51.100.7 https pub.example ",
        ),
        (
            "x-forwarded-prefix",
            "//evil",
            "198.51.100.7 https pub.example ",
        ),
        (
            "x-forwarded-prefix",
            "/\"<x>",
            "198.51.100.7 https pub.example ",
        ),
        (
            "x-forwarded-proto",
            "https, http",
            "198.51.100.7 http pub.example /h",
        ),
        (
            "x-forwarded-proto",
            "wss",
            "198.51.100.7 https pub.example /h",
        ),
        (
            "x-forwarded-proto",
            "gopher",
            "198.51.100.7 http pub.example /h",
        ),
        (
            "x-forwarded-host",
            "a, b",
            "198.51.100.7 https inner:9119 /h",
        ),
        (
            "x-forwarded-host",
            "u@b",
            "198.51.100.7 https inner:9119 /h",
        ),
    ] {
        let pairs = ALL.map(|(known, old)| (known, if known == name { value } else { old }));
        let seen = trust().see(ip("10.1.2.3"), &headers(&pairs));
        assert_eq!(line(&seen), expected, "{name}: {value}");
    }
}

#[test]
fn a_host_that_is_doubled_or_absent_is_none() {
    for pairs in [&[("host", "a"), ("host", "a")][..], &[], &[("host", "")]] {
        assert_eq!(
            trust().see(ip("::1"), &headers(pairs)).asked,
            None,
            "{pairs:?}"
        );
    }
}

/// The rule of PX2, written down once more without looking at the code: number the hops from the
/// peer outwards, and stop at the first that is a stranger or no address.
fn model(peer: IpAddr, hops: &[Option<IpAddr>], trusted: impl Fn(&IpAddr) -> bool) -> IpAddr {
    let outwards: Vec<_> = hops.iter().rev().copied().collect();
    let trusted_run = outwards
        .iter()
        .take_while(|hop| hop.as_ref().is_some_and(&trusted))
        .count();
    match outwards.get(trusted_run) {
        Some(Some(stranger)) => *stranger,
        Some(None) => peer,
        None => hops.first().copied().flatten().unwrap_or(peer),
    }
}

proptest! {
    #[test]
    fn px2_random_chains_agree_with_the_model(
        hops in prop::collection::vec(
            prop_oneof![
                3 => (0u8..4).prop_map(|n| Some(IpAddr::from([10, 0, 0, n]))),
                2 => (0u8..4).prop_map(|n| Some(IpAddr::from([198, 51, 100, n]))),
                1 => Just(None),
            ],
            1..12,
        ),
    ) {
        let text: Vec<_> = hops
            .iter()
            .map(|hop| hop.map_or_else(|| "unknown".to_owned(), |hop| hop.to_string()))
            .collect();
        let peer = ip("10.1.2.3");
        let trusted = |address: &IpAddr| matches!(address, IpAddr::V4(v4) if v4.octets()[0] == 10);
        let expected = model(peer, &hops, trusted);
        let joined = headers(&[("x-forwarded-for", &text.join(", "))]);
        prop_assert_eq!(trust().see(peer, &joined).address, expected);
        let standard: Vec<_> = text.iter().map(|hop| format!("for={hop}")).collect();
        let standard = headers(&[("forwarded", &standard.join(", "))]);
        prop_assert_eq!(trust().see(peer, &standard).address, expected);
        prop_assert_eq!(trust().see(ip("192.0.2.9"), &joined).address, ip("192.0.2.9"));
    }

    #[test]
    fn px3_no_value_breaks_the_reading(value in "[ -~]{0,80}", name in 0usize..5) {
        let map = headers(&[(NAMES[name].as_str(), &value)]);
        let seen = trust().see(ip("10.1.2.3"), &map);
        prop_assert!(Prefix::parse(seen.prefix.as_str()).is_some());
    }
}
