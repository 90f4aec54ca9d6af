use super::*;

fn xai() -> Vec<String> {
    vec!["x.ai".to_owned(), "*.x.ai".to_owned()]
}

fn check(url: &str, pins: &[&str]) -> Result<(), Unpinned> {
    let pins: Vec<_> = pins.iter().map(|pin| (*pin).to_owned()).collect();
    check_pinned(&Url::parse(url).unwrap(), &pins)
}

#[test]
fn pc4_the_providers_own_hosts_pass() {
    for url in [
        "https://x.ai/",
        "https://auth.x.ai/oauth2/token",
        "https://a.b.x.ai/",
        "https://auth.x.ai:443/",
        "https://AUTH.X.AI/",
    ] {
        assert_eq!(
            check_pinned(&Url::parse(url).unwrap(), &xai()),
            Ok(()),
            "{url}"
        );
    }
}

#[test]
fn pc4_thirty_lookalikes_do_not() {
    use Unpinned::{ForeignHost, ForeignPort, Fragment, NoHost, NotHttps, UserInfo};
    let cases = [
        ("https://x.ai.evil.test/", ForeignHost),
        ("https://auth.x.ai.evil.test/oauth2/token", ForeignHost),
        ("https://evilx.ai/", ForeignHost),
        ("https://evil-x.ai/", ForeignHost),
        ("https://xxai/", ForeignHost),
        ("https://x.a/", ForeignHost),
        ("https://x.aii/", ForeignHost),
        ("https://ai/", ForeignHost),
        ("https://x-ai/", ForeignHost),
        ("https://auth-x.ai/", ForeignHost),
        ("https://authx.ai/", ForeignHost),
        ("https://auth.x.ai@evil.test/", UserInfo),
        ("https://evil.test@auth.x.ai/", UserInfo),
        ("https://user:word@auth.x.ai/", UserInfo),
        ("https://:word@auth.x.ai/", UserInfo),
        ("https://x.ai./", NoHost),
        ("https://auth.x.ai./oauth2/token", NoHost),
        ("https://auth.х.ai/", ForeignHost), // a Cyrillic letter
        ("https://xn--80a.ai/", ForeignHost),
        ("https://auth.x.xn--ai-xyz/", ForeignHost),
        ("https://auth.x.ai:8443/", ForeignPort),
        ("https://x.ai:80/", ForeignPort),
        ("http://auth.x.ai/", NotHttps),
        ("http://auth.x.ai:443/", NotHttps),
        ("ftp://auth.x.ai/", NotHttps),
        ("wss://auth.x.ai/", NotHttps),
        ("https://127.0.0.1/", ForeignHost),
        ("http://127.0.0.1:56121/", ForeignHost),
        ("http://localhost/", ForeignHost),
        ("https://[::1]/", ForeignHost),
        ("https://evil.test/?https://auth.x.ai/", ForeignHost),
        ("https://evil.test/auth.x.ai", ForeignHost),
        ("https://evil.test\\@auth.x.ai/", ForeignHost),
        ("https://auth.x.ai/#fragment", Fragment),
        ("file:///etc/passwd", NoHost),
        ("javascript:alert(1)", NoHost),
    ];
    assert!(cases.len() >= 30);
    for (url, reason) in cases {
        let url = Url::parse(url).unwrap();
        assert_eq!(check_pinned(&url, &xai()), Err(reason), "{url}");
    }
}

#[test]
fn pc4_a_domain_pin_does_not_cover_the_domain_itself() {
    assert_eq!(
        check("https://x.ai/", &["*.x.ai"]),
        Err(Unpinned::ForeignHost)
    );
    assert_eq!(
        check("https://a.x.ai/", &["x.ai"]),
        Err(Unpinned::ForeignHost)
    );
    assert_eq!(
        check("https://1.2.3.4/", &["*.3.4"]),
        Err(Unpinned::ForeignHost)
    );
    assert_eq!(
        check("https://a.test/", &["*."]),
        Err(Unpinned::ForeignHost)
    );
    assert_eq!(check("https://a.test/", &["*"]), Err(Unpinned::ForeignHost));
    assert_eq!(check("https://a.test/", &[]), Err(Unpinned::ForeignHost));
}

#[test]
fn pc4_a_port_is_part_of_the_pin() {
    assert_eq!(check("https://a.test:8443/", &["a.test:8443"]), Ok(()));
    assert_eq!(check("https://a.test/", &["a.test:443"]), Ok(()));
    assert_eq!(
        check("https://a.test/", &["a.test:8443"]),
        Err(Unpinned::ForeignPort)
    );
    assert_eq!(check("https://b.a.test:9/", &["*.a.test:9"]), Ok(()));
    assert_eq!(check("http://127.0.0.1:5000/", &["127.0.0.1:5000"]), Ok(()));
    assert_eq!(
        check("http://127.0.0.1:5001/", &["127.0.0.1:5000"]),
        Err(Unpinned::ForeignPort)
    );
    assert_eq!(
        check("http://127.0.0.1:5000/", &["127.0.0.1"]),
        Err(Unpinned::ForeignPort)
    );
    assert_eq!(check("http://127.9.9.9:5000/", &["127.9.9.9:5000"]), Ok(()));
    assert_eq!(check("http://[::1]:5000/", &["[::1]:5000"]), Ok(()));
    assert_eq!(check("http://[::1]/", &["[::1]"]), Ok(()));
    assert_eq!(check("http://localhost:5000/", &["localhost:5000"]), Ok(()));
    // Plain http is for this machine, whatever is pinned.
    assert_eq!(
        check("http://10.0.0.1:5000/", &["10.0.0.1:5000"]),
        Err(Unpinned::NotHttps)
    );
    assert_eq!(
        check(
            "http://localhost.evil.test:5000/",
            &["localhost.evil.test:5000"]
        ),
        Err(Unpinned::NotHttps)
    );
    // A port that is no number pins nothing.
    assert_eq!(
        check("https://a.test/", &["a.test:https"]),
        Err(Unpinned::ForeignHost)
    );
}

#[test]
fn a_pin_made_of_a_url_fits_it() {
    for text in [
        "https://a.test/x",
        "https://a.test:8443/",
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
    ] {
        let url = Url::parse(text).unwrap();
        assert_eq!(check_pinned(&url, &[pin_of(&url)]), Ok(()), "{text}");
    }
}
