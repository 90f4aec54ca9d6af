use http::HeaderName;
use proptest::prelude::*;

use super::*;

fn shape(scheme: Scheme, prefix: &str) -> Shape {
    Shape::new(scheme, Prefix::parse(prefix).unwrap())
}

fn http() -> Shape {
    shape(Scheme::Http, "")
}

fn https() -> Shape {
    shape(Scheme::Https, "")
}

fn under_hermes() -> Shape {
    shape(Scheme::Https, "/hermes")
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

#[test]
fn sc2_facts_1_8_names_and_attributes_by_shape() {
    let value = Value::new("v-1_~.").unwrap();
    let day = Duration::from_secs(86_400);
    let rest = "Max-Age=86400; Path=";
    for (shape, line) in [
        (
            http(),
            format!("hermes_session_at=v-1_~.; {rest}/; HttpOnly; SameSite=Lax"),
        ),
        (
            shape(Scheme::Http, "/hermes"),
            format!("hermes_session_at=v-1_~.; {rest}/hermes; HttpOnly; SameSite=Lax"),
        ),
        (
            https(),
            format!("__Host-hermes_session_at=v-1_~.; {rest}/; HttpOnly; SameSite=Lax; Secure"),
        ),
        (
            under_hermes(),
            format!(
                "__Secure-hermes_session_at=v-1_~.; {rest}/hermes; HttpOnly; SameSite=Lax; Secure"
            ),
        ),
    ] {
        assert_eq!(set(Kind::Short, value, day, &shape), line);
    }
    let names = Kind::ALL.map(|kind| kind.name(&https()));
    assert_eq!(
        names,
        [
            "__Host-hermes_session_at",
            "__Host-hermes_session_rt",
            "__Host-hermes_session_provider",
            "__Host-hermes_session_pkce",
            "__Host-hermes_passkey",
            "__Host-hermes_sso_attempt",
        ]
    );
}

#[test]
fn sc2_values_are_cookie_safe_and_short() {
    for text in [
        "", "a b", "a;b", "a=b", "\"a\"", "a,b", "ä", "a\\b", "a\r\nb",
    ] {
        assert_eq!(Value::new(text), None, "{text:?}");
    }
    let long = "a".repeat(VALUE_LIMIT);
    let prefix = format!("/{}", "p".repeat(63));
    let line = set(
        Kind::Provider,
        Value::new(&long).unwrap(),
        Duration::MAX,
        &shape(Scheme::Https, &prefix),
    );
    assert!(line.len() < 4096, "{}", line.len());
    assert_eq!(Value::new(&format!("{long}a")), None);
}

#[test]
fn sc3_deletion_repeats_what_set_the_cookie() {
    let end = "Max-Age=0; Path=";
    let cases = [
        (http(), ["/", "/", "/"], ""),
        (https(), ["/", "/", "/"], "; Secure"),
        (under_hermes(), ["/", "/hermes", "/hermes"], "; Secure"),
    ];
    for (shape, [host, secure, bare], guard) in cases {
        let lines = delete(Kind::Long, &shape);
        let tail = "; HttpOnly; SameSite=Lax";
        assert_eq!(
            lines,
            [
                format!("__Host-hermes_session_rt=; {end}{host}{tail}; Secure"),
                format!("__Secure-hermes_session_rt=; {end}{secure}{tail}; Secure"),
                format!("hermes_session_rt=; {end}{bare}{tail}{guard}"),
            ],
            "{shape:?}"
        );
    }
}

const BROWSER: (&str, &str) = ("sec-fetch-site", "same-origin");

#[test]
fn sc4_a_browser_is_held_to_the_name_of_its_shape() {
    for (shape, cookie, browser, program) in [
        (https(), "__Host-hermes_session_at=a", Some("a"), Some("a")),
        (https(), "__Secure-hermes_session_at=a", None, Some("a")),
        (https(), "hermes_session_at=a", None, Some("a")),
        (
            under_hermes(),
            "__Secure-hermes_session_at=a",
            Some("a"),
            Some("a"),
        ),
        (
            under_hermes(),
            "__Host-hermes_session_at=a",
            None,
            Some("a"),
        ),
        (
            under_hermes(),
            "__Host-hermes_session_at=root; __Secure-hermes_session_at=mine",
            Some("mine"),
            Some("root"),
        ),
        (http(), "hermes_session_at=a", Some("a"), Some("a")),
        (http(), "__Host-hermes_session_at=a", None, None),
        (
            https(),
            "hermes_session_at=bare; __Host-hermes_session_at=host",
            Some("host"),
            Some("host"),
        ),
        (
            https(),
            "other=1;  __Host-hermes_session_at = a ;x",
            Some("a"),
            Some("a"),
        ),
        (https(), "__host-hermes_session_at=a", None, None),
        (https(), "__Host-hermes_session_at=\"a\"", None, None),
        (https(), "__Host-hermes_session_at=", None, None),
        (https(), "__Host-hermes_session_at=a b", None, None),
        (https(), "x__Host-hermes_session_at=a", None, None),
    ] {
        let lines = [BROWSER, ("cookie", cookie)];
        assert_eq!(
            read(&headers(&lines), Kind::Short, &shape),
            Ok(browser),
            "{cookie}"
        );
        let lines = [("cookie", cookie)];
        assert_eq!(
            read(&headers(&lines), Kind::Short, &shape),
            Ok(program),
            "{cookie}"
        );
    }
}

#[test]
fn sc4_what_a_browser_sends_shows_it() {
    let cookie = ("cookie", "hermes_session_rt=a");
    for (extra, value) in [
        (("origin", "https://gw.example.com"), None),
        (("origin", "null"), None),
        (("referer", "https://gw.example.com/"), None),
        (("sec-fetch-site", "none"), None),
        (("sec-fetch-mode", "navigate"), None),
        (("sec-fetch-dest", "document"), None),
        (("user-agent", "Mozilla/5.0"), Some("a")),
        (("accept", "*/*"), Some("a")),
    ] {
        let map = headers(&[cookie, extra]);
        let found = read(&map, Kind::Long, &https());
        assert_eq!(found, Ok(value), "{extra:?}");
    }
}

#[test]
fn sc4_two_of_one_name_count_as_none() {
    let doubled = [
        &[("cookie", "hermes_session_at=a; hermes_session_at=b")][..],
        &[("cookie", "hermes_session_at=a; hermes_session_at=a")],
        &[
            ("cookie", "hermes_session_at=a"),
            ("cookie", "hermes_session_at=a"),
        ],
        &[("cookie", "hermes_session_at=; hermes_session_at=a")],
    ];
    for lines in doubled {
        for shape in [http(), https(), under_hermes()] {
            assert_eq!(
                read(&headers(lines), Kind::Short, &shape),
                Err(Doubled),
                "{lines:?}"
            );
        }
        assert_eq!(read(&headers(lines), Kind::Long, &http()), Ok(None));
    }
}

proptest! {
    #[test]
    fn sc4_what_is_set_is_what_is_read(
        value in "[A-Za-z0-9_.~-]{1,100}",
        noise in prop::collection::vec("[a-z_]{1,8}=[!-:<-~]{0,12}", 0..4),
        https in any::<bool>(),
        prefix in "(/[a-z]{1,5})?",
    ) {
        let scheme = if https { Scheme::Https } else { Scheme::Http };
        let shape = shape(scheme, &prefix);
        let line = set(Kind::Short, Value::new(&value).unwrap(), Duration::ZERO, &shape);
        let pair = line.to_str().unwrap().split(';').next().unwrap().to_owned();
        let line = noise.into_iter().chain([pair]).collect::<Vec<_>>().join("; ");
        let map = headers(&[BROWSER, ("cookie", &line)]);
        prop_assert_eq!(read(&map, Kind::Short, &shape), Ok(Some(value.as_str())));
    }

    #[test]
    fn sc4_no_line_breaks_the_reader(line in prop::collection::vec(any::<u8>(), 0..200)) {
        for (name, value) in pairs(&line) {
            prop_assert!(!name.contains(&b'=') && !name.contains(&b';'));
            prop_assert!(!value.contains(&b';'));
        }
        let mut map = HeaderMap::new();
        if let Ok(line) = HeaderValue::from_bytes(&line) {
            map.insert(header::COOKIE, line);
            for kind in Kind::ALL {
                if let Ok(Some(value)) = read(&map, kind, &http()) {
                    prop_assert!(Value::new(value).is_some());
                }
            }
        }
    }
}
