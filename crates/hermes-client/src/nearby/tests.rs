use hermes_testkit::MovedClock;
use proptest::prelude::*;

use super::*;

/// An announcement as ours is, from this address.
fn heard(instance: &str, addresses: &[&str], texts: &[(&str, &str)]) -> Heard {
    let texts = texts.iter().map(|(name, value)| {
        let (name, value): (&str, &str) = (name, value);
        (name.to_owned(), value.as_bytes().to_vec())
    });
    Heard {
        full_name: format!("{instance}.{SERVICE}"),
        addresses: addresses
            .iter()
            .map(|address| address.parse().unwrap())
            .collect(),
        port: 9119,
        texts: texts.collect(),
    }
}

const PLAIN: &[(&str, &str)] = &[("v", "1"), ("https", "0")];

fn with_url(url: &str) -> Heard {
    heard("a", &["192.0.2.7"], &[("v", "1"), ("url", url)])
}

fn address(heard: &Heard) -> Option<String> {
    read(heard).map(|nearby| nearby.address.to_string())
}

#[test]
fn a_gateway_is_read_as_it_announces_itself() {
    let plain = read(&heard("build7", &["192.0.2.7"], PLAIN)).unwrap();
    assert_eq!(plain.name, "build7");
    assert_eq!(plain.address.to_string(), "http://192.0.2.7:9119");
    let secure = heard("build7", &["192.0.2.7"], &[("v", "1"), ("https", "1")]);
    assert_eq!(address(&secure).unwrap(), "https://192.0.2.7:9119");
    let named = with_url("https://gw.example.com/hermes");
    assert_eq!(address(&named).unwrap(), "https://gw.example.com/hermes");
}

#[test]
fn of_several_addresses_one_is_taken_that_works_from_here() {
    for (addresses, best) in [
        (&["fd00::7", "192.0.2.9", "192.0.2.7"][..], "192.0.2.7"),
        (&["fe80::7", "fd00::7"], "[fd00::7]"),
        (&["::ffff:192.0.2.7"], "192.0.2.7"),
    ] {
        let found = address(&heard("a", addresses, PLAIN));
        assert_eq!(found, Some(format!("http://{best}:9119")), "{addresses:?}");
    }
    for none in [
        &[][..],
        &["fe80::7"],
        &["224.0.0.251"],
        &["255.255.255.255"],
        &["0.0.0.0"],
        &["::"],
    ] {
        assert_eq!(address(&heard("a", none, PLAIN)), None, "{none:?}");
    }
    let nowhere = Heard {
        port: 0,
        ..heard("a", &["192.0.2.7"], PLAIN)
    };
    assert_eq!(address(&nowhere), None);
}

#[test]
fn what_is_no_address_of_a_gateway_is_no_gateway() {
    for url in [
        "",
        " ",
        "javascript://gw.example.com/%0aalert(1)",
        "file:///etc/passwd",
        "ftp://gw.example.com",
        "hermes://gw.example.com",
        "https://",
        "https://user:password@gw.example.com",
        "https://user@gw.example.com",
        "/hermes",
    ] {
        assert_eq!(address(&with_url(url)), None, "{url}");
    }
    let mut garbled = with_url("");
    garbled.texts.insert("url".to_owned(), vec![0xff, 0xfe]);
    assert_eq!(address(&garbled), None, "and not where it was heard from");
    // What is left out of an address that is typed is left out here.
    let more = with_url("https://gw.example.com/?next=https://evil.example#x");
    assert_eq!(address(&more).unwrap(), "https://gw.example.com");
}

#[test]
fn nobody_leads_to_what_listens_on_this_computer() {
    for url in [
        "http://127.0.0.1:9119",
        "http://127.1:9119",
        "http://[::1]:9119",
        "http://[::ffff:127.0.0.1]:9119",
        "http://0.0.0.0:9119",
        "http://[::]:9119",
        "http://localhost:9119",
        "http://LOCALHOST.:9119",
        "http://gw.localhost:9119",
        "localhost:9119",
    ] {
        assert_eq!(address(&with_url(url)), None, "{url}");
    }
    for here in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        assert_eq!(address(&heard("a", &[here], PLAIN)), None, "{here}");
    }
}

#[test]
fn another_form_is_left_alone() {
    for texts in [
        &[][..],
        &[("https", "0")],
        &[("v", "2"), ("https", "0")],
        &[("v", ""), ("https", "0")],
        &[("v", "1")],
        &[("v", "1"), ("https", "yes")],
    ] {
        let found = address(&heard("a", &["192.0.2.7"], texts));
        assert_eq!(found, None, "{texts:?}");
    }
    for full_name in [
        "",
        SERVICE,
        &format!(".{SERVICE}"),
        "build7._http._tcp.local.",
        "ä_hermes._tcp.local.",
    ] {
        let named = Heard {
            full_name: full_name.to_owned(),
            ..heard("a", &["192.0.2.7"], PLAIN)
        };
        assert_eq!(address(&named), None, "{full_name}");
    }
}

#[test]
fn names_have_nothing_in_them_that_is_not_seen() {
    let long = "ü".repeat(40);
    for (instance, shown) in [
        ("Build 7", Some("Build 7")),
        ("a.b\\c", Some("a.b\\c")),
        ("  a \n\t b  ", Some("a b")),
        (
            "evil\u{202e}\u{2066}\u{200f}\u{1b}[31mred",
            Some("evil[31mred"),
        ),
        ("\u{0}\u{7f}\u{9b}", None),
        (" \u{a0} ", None),
        (&long, Some(&long[..62])),
    ] {
        let found = read(&heard(instance, &["192.0.2.7"], PLAIN));
        let name = found.map(|found| found.name);
        assert_eq!(name.as_deref(), shown, "{instance:?}");
    }
}

#[test]
fn sixteen_are_taken_down_and_each_address_once() {
    let mut found = Found::default();
    for at in 0..40 {
        let address = format!("192.0.2.{at}");
        let gateway = heard(&format!("gw{at:02}"), &[&address], PLAIN);
        found.take(News::There(gateway));
    }
    let list = found.list();
    assert_eq!(list.len(), MOST);
    assert_eq!(list[0].name, "gw00");
    // One of them may still say something else, or that it is no gateway.
    found.take(News::There(heard("GW00", &["192.0.2.99"], PLAIN)));
    assert_eq!(found.list()[0].name, "GW00");
    found.take(News::There(heard("gw00", &["192.0.2.99"], &[])));
    assert_eq!(found.list().len(), MOST - 1);
    found.take(News::Gone(format!("Gw01.{SERVICE}")));
    assert_eq!(found.list().len(), MOST - 2);
    // There is room again, and two names of one address are one gateway.
    found.take(News::There(heard("zz", &["192.0.2.2"], PLAIN)));
    let list = found.list();
    assert_eq!(list.len(), MOST - 2);
    assert_eq!(list[0].name, "gw02");
    assert!(list.iter().all(|one| one.name != "zz"), "{list:?}");
}

#[tokio::test]
async fn listening_has_an_end_though_nobody_speaks() {
    let clock = MovedClock::at("2026-11-21T12:00:00Z");
    clock.set_automatic();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let networks = Networks::loopback(socket.local_addr().unwrap().port());
    drop(socket);
    assert_eq!(nearby(networks, &*clock).await, Ok(Vec::new()));
    assert_eq!(clock.slept(), [LISTENING]);
}

proptest! {
    #[test]
    fn whatever_is_said_is_a_plain_name_and_an_address_that_could_be_typed(
        instance in "\\PC{0,80}|.{0,80}",
        url in proptest::option::of("https?://[^ ]{0,80}|.{0,80}"),
        https in "[01]|.{0,3}",
        octets in proptest::collection::vec(any::<[u8; 4]>(), 0..4),
        port in any::<u16>(),
    ) {
        let mut said = heard(&instance, &[], &[("v", "1"), ("https", &https)]);
        if let Some(url) = url {
            said.texts.insert("url".to_owned(), url.into_bytes());
        }
        said.addresses = octets.into_iter().map(IpAddr::from).collect();
        said.port = port;
        if let Some(found) = read(&said) {
            prop_assert!(!found.name.is_empty() && found.name.len() <= LONGEST_NAME);
            prop_assert!(!found.name.chars().any(hermes_secret::is_hostile));
            let address = found.address.to_string();
            prop_assert!(address.starts_with("http://") || address.starts_with("https://"));
            prop_assert!(address.is_ascii(), "{address}");
            prop_assert_eq!(GatewayAddress::parse(&address).unwrap(), found.address);
        }
    }
}
