use super::*;

#[test]
fn pc5_only_web_addresses_are_opened() {
    for text in [
        "https://auth.x.ai/oauth2/authorize?client_id=a&state=b",
        "https://auth.x.ai:8443/",
        "http://127.0.0.1:4010/authorize",
        "http://127.1.2.3/authorize",
        "http://localhost:4010/authorize",
        "http://[::1]:4010/authorize",
        "https://auth.x.ai/?q=$(id)&r=%60id%60",
        "https://bücher.example/",
    ] {
        let url = Url::parse(text).unwrap();
        assert_eq!(check_openable(&url), Ok(()), "{text}");
    }
    for text in [
        "http://auth.x.ai/oauth2/authorize",
        "http://127.0.0.1.evil.test/",
        "http://localhost.evil.test/",
        "http://0.0.0.0/",
        "http://[::]/",
        "https://user@auth.x.ai/",
        "https://user:secret@auth.x.ai/",
        "https://:secret@auth.x.ai/",
        "file:///etc/passwd",
        "file://server/share",
        "javascript:alert(1)",
        "data:text/html,hi",
        "vbscript:x",
        "ms-settings:",
        "smb://host/share",
        "ftp://host/",
        "mailto:a@b",
        "ssh://host",
        "x-apple-helpbasic:x",
        "about:blank",
        "urn:ietf:wg:oauth:2.0:oob",
    ] {
        let url = Url::parse(text).unwrap();
        assert!(check_openable(&url).is_err(), "{text}");
    }
    for text in [
        "-x",
        "--flag=https://a",
        "\\\\server\\share",
        "$(id)",
        "& calc",
        "",
    ] {
        assert!(Url::parse(text).is_err(), "{text} is not even an address");
    }
}

proptest::proptest! {
    #[test]
    fn pc5_what_is_opened_is_one_plain_word(text in "(https|http|file|javascript)?:?/?/?.*") {
        if let Ok(url) = Url::parse(&text)
            && check_openable(&url).is_ok()
        {
            let address = url.as_str();
            proptest::prop_assert!(address.starts_with("https://") || address.starts_with("http://"));
            proptest::prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic()));
            proptest::prop_assert!(!address.contains(['"', '<', '>', '`']));
        }
    }
}
