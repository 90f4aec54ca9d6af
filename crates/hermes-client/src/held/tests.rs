use proptest::prelude::*;

use super::*;

fn set(lines: &[&str]) -> Vec<Cookie> {
    lines.iter().filter_map(|line| Cookie::read(line)).collect()
}

fn shown(held: &Held) -> String {
    held.headers().remove(0).1
}

#[test]
fn facts_1_8_cookies_are_kept_by_every_name_and_sent_back_as_they_came() {
    let lines = [
        "__Host-hermes_session_at=\"a\\075b=\"; Path=/; Secure; HttpOnly; SameSite=lax",
        "__Secure-hermes_session_rt=r; Path=/hermes; Max-Age=2592000",
        "hermes_session_provider=basic",
        "hermes_session_pkce=p",
        "hermes_sso_attempt=1; Max-Age=60",
        "theme=dark",
    ];
    let kept: Vec<_> = set(&lines)
        .into_iter()
        .filter(Cookie::is_of_a_session)
        .collect();
    assert_eq!(
        shown(&Held::Cookies(kept)),
        "__Host-hermes_session_at=\"a\\075b=\"; __Secure-hermes_session_rt=r; hermes_session_provider=basic"
    );
}

#[test]
fn a_line_that_could_become_another_header_is_no_cookie() {
    let long = format!("hermes_session_at={}", "x".repeat(5000));
    for line in [
        "",
        "=",
        "=x",
        "hermes_session_at",
        "a b=c",
        "a=b c",
        "a=b\r\nx: y",
        "a=\u{fc}",
        &long,
    ] {
        assert!(Cookie::read(line).is_none(), "{line:?}");
    }
}

#[test]
fn what_a_gateway_renews_takes_the_place_of_what_was_there() {
    let mut held = Held::Cookies(set(&["hermes_session_at=1", "hermes_session_rt=2"]));
    assert!(!held.take(set(&["hermes_session_at=1"])), "the same again");
    assert!(held.take(set(&["hermes_session_at=3", "hermes_session_rt=2"])));
    assert_eq!(shown(&held), "hermes_session_at=3; hermes_session_rt=2");
    assert!(held.take(set(&["hermes_session_at=gone; Max-Age=0"])));
    assert_eq!(shown(&held), "hermes_session_rt=2");
    assert!(!held.take(set(&["hermes_session_at=; Max-Age=0"])));
    let many: Vec<_> = (0..50).map(|n| format!("hermes_{n}=x")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    held.take(set(&many));
    assert_eq!(shown(&held).matches(';').count(), COOKIES - 1);
    assert!(!Held::Token(Secret::new("t")).take(set(&["hermes_session_at=1"])));
}

#[test]
fn what_is_kept_is_what_is_read_and_shows_nothing() {
    let pair = Pair {
        access: Secret::new("canary-a"),
        refresh: Secret::new("canary-r"),
        ends_at: Some(7),
        provider: Some("password".to_owned()),
    };
    let cookies = set(&["hermes_session_at=canary", "hermes_session_rt=canary"]);
    for held in [
        Held::Pair(pair),
        Held::Cookies(cookies),
        Held::Token(Secret::new("canary")),
    ] {
        let value = held.to_value();
        let read = Held::of_value(&value).unwrap();
        assert_eq!(read.to_value(), value);
        assert_eq!(shown(&read), shown(&held));
        assert!(!format!("{held:?}").contains("canary"));
    }
    for unknown in [
        json!(null),
        json!({"kind": "pair", "access_token": "a"}),
        json!({"kind": "passkey"}),
        json!({"kind": "cookies", "cookies": {"a": 1}}),
        json!({"kind": "token", "token": ""}),
    ] {
        assert!(Held::of_value(&unknown).is_none(), "{unknown}");
    }
}

proptest! {
    #[test]
    fn nothing_that_is_set_ends_the_header_that_sends_it_back(line in any::<String>()) {
        if let Some(cookie) = Cookie::read(&line) {
            let sent = shown(&Held::Cookies(vec![cookie]));
            prop_assert!(sent.bytes().all(|byte| byte.is_ascii_graphic()), "{sent:?}");
            prop_assert!(!sent.contains(';'));
        }
    }
}
