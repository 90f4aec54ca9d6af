use super::*;

const URI: &str = "http://127.0.0.1:56121/callback";
const HOSTED: &str = "https://console.anthropic.com/oauth/code/callback";
const CODE: &str = "4/0AbCd-Ef_gh.1234";
const STATE: &str = "0123456789abcdefghijABCDEFGHIJ-_xyz";

/// What a text was taken for, in a form that a table can hold.
fn read(text: &str, redirect_uri: &str, shows_code: bool) -> String {
    let uri = Url::parse(redirect_uri).unwrap();
    match parse(text, &uri, shows_code) {
        Ok(Pasted::Answer(answer)) => {
            let mut parts = Vec::new();
            if let Some(code) = &answer.code {
                parts.push(format!("code {}", code.expose()));
            }
            if let Some(state) = &answer.state {
                parts.push(format!("state {}", state.expose()));
            }
            parts.extend(answer.iss.map(|iss| format!("iss {iss}")));
            parts.extend(answer.error.map(|error| format!("error {error}")));
            parts.join(", ")
        }
        Ok(Pasted::BareCode(code)) => format!("bare {}", code.expose()),
        Err(error) => {
            let name = format!("{error:?}");
            let name = name.split([' ', '(', '{']).next().unwrap_or_default();
            name.to_owned()
        }
    }
}

#[test]
fn pa1_table_of_pastes_for_a_loopback_redirect() {
    let full = format!("{URI}?code={CODE}&state={STATE}");
    let good = format!("code {CODE}, state {STATE}");
    let rows: Vec<(String, &str)> = vec![
        // The whole address, as people copy it.
        (full.clone(), &good),
        (format!("  {full}  \n"), &good),
        (format!("\"{full}\""), &good),
        (format!("'{full}'"), &good),
        (format!("`{full}`"), &good),
        (format!("<{full}>"), &good),
        (format!("({full})"), &good),
        (format!("“{full}”"), &good),
        (format!("«{full}»,"), &good),
        (format!("Callback URL: {full}"), &good),
        (format!("{full}#"), &good),
        (format!("{full}#_=_"), &good),
        (full.replace("http://", "HTTP://"), &good),
        (full.replace("http://", ""), &good),
        (full.replace("http://127.0.0.1:56121", ""), &good),
        (full.replace('&', "&amp;"), &good),
        (format!("\u{1b}[200~{full}\u{1b}[201~"), &good),
        (format!("\u{feff}{full}\u{200b}"), &good),
        (full.replace("&state", "\n&state"), &good),
        (full.replace("&state", "\r\n  &state"), &good),
        (format!("{}\n{}", &full[..50], &full[50..]), &good),
        (
            format!("{}\n{}\n{}", &full[..20], &full[20..60], &full[60..]),
            &good,
        ),
        (full.replace("?code", "?scope=a+b&code"), &good),
        // The order and other parameters do not matter.
        (format!("{URI}?state={STATE}&code={CODE}"), &good),
        // Parts of it.
        (format!("?code={CODE}&state={STATE}"), &good),
        (format!("code={CODE}&state={STATE}"), &good),
        (format!("&code={CODE}&state={STATE}"), &good),
        (format!("state={STATE}&code={CODE}"), &good),
        (format!("{CODE}#{STATE}"), &good),
        (format!(" {CODE}\n#{STATE} "), &good),
        (format!("#code={CODE}&state={STATE}"), &good),
        (format!("{URI}#code={CODE}&state={STATE}"), &good),
        (
            format!("{URI}?error=access_denied&state={STATE}"),
            "state 0123456789abcdefghijABCDEFGHIJ-_xyz, error access_denied",
        ),
        (
            format!("code={CODE}&iss=https://auth.x.ai&state={STATE}"),
            "code 4/0AbCd-Ef_gh.1234, state 0123456789abcdefghijABCDEFGHIJ-_xyz, iss https://auth.x.ai",
        ),
        // Without a state it is an answer still, which the judge refuses.
        (format!("{URI}?code={CODE}"), "code 4/0AbCd-Ef_gh.1234"),
        (format!("code={CODE}"), "code 4/0AbCd-Ef_gh.1234"),
        // A code alone.
        (CODE.to_owned(), "bare 4/0AbCd-Ef_gh.1234"),
        (format!("\"{CODE}\""), "bare 4/0AbCd-Ef_gh.1234"),
        (
            format!("{}\n{}", &CODE[..9], &CODE[9..]),
            "bare 4/0AbCd-Ef_gh.1234",
        ),
        // Other addresses.
        (full.replace("http://", "https://"), "OtherAddress"),
        (full.replace("56121", "56122"), "OtherAddress"),
        (full.replace("127.0.0.1", "127.0.0.2"), "OtherAddress"),
        (full.replace("127.0.0.1", "localhost"), "OtherAddress"),
        (full.replace("127.0.0.1", "evil.test"), "OtherAddress"),
        (
            full.replace("127.0.0.1:56121", "127.0.0.1:56121@evil.test"),
            "OtherAddress",
        ),
        (full.replace("127.0.0.1", "me@127.0.0.1"), "OtherAddress"),
        (
            full.replace("127.0.0.1", "127.0.0.1.evil.test"),
            "OtherAddress",
        ),
        (full.replace("/callback", "/callback/"), "OtherAddress"),
        (full.replace("/callback", "/other"), "OtherAddress"),
        (full.replace("/callback", "//callback"), "OtherAddress"),
        (full.replace("56121", "99999"), "OtherAddress"),
        (
            full.replace("http://127.0.0.1:56121", "127.0.0.1:1"),
            "OtherAddress",
        ),
        (
            "https://auth.x.ai/oauth2/authorize?response_type=code&client_id=a&state=b".to_owned(),
            "AuthorizeUrl",
        ),
        (
            format!("file:///callback?code={CODE}&state={STATE}"),
            "OtherAddress",
        ),
        (
            "javascript://127.0.0.1:56121/callback?code=a&state=b".to_owned(),
            "OtherAddress",
        ),
        // Tokens are refused by name, wherever they stand.
        (format!("{URI}#access_token=at-1&state={STATE}"), "Token"),
        (format!("{URI}?access_token=at-1&state={STATE}"), "Token"),
        (
            format!("https://evil.test/#access_token=at-1&state={STATE}"),
            "Token",
        ),
        (format!("#access_token=at-1&state={STATE}"), "Token"),
        (format!("access_token=at-1&state={STATE}"), "Token"),
        (format!("{URI}#id_token=x&state={STATE}"), "Token"),
        // Nothing in it.
        (String::new(), "Empty"),
        (" \t\n".to_owned(), "Empty"),
        ("\"\"".to_owned(), "Empty"),
        ("\u{1b}\u{7}".to_owned(), "Empty"),
        (URI.to_owned(), "NoAnswer"),
        (format!("{URI}?state={STATE}"), "NoAnswer"),
        (format!("{URI}?code=&state={STATE}"), "NoAnswer"),
        (format!("{URI}#code={CODE}"), "NoAnswer"),
        (format!("state={STATE}"), "NoAnswer"),
        // Twice.
        (format!("{full}&state=other"), "Doubled"),
        (format!("{full}&code=other"), "Doubled"),
        (format!("{URI}?error=a&error=b&state={STATE}"), "Doubled"),
        // Prose.
        ("yes".to_owned(), "Unknown"),
        ("what should I paste here".to_owned(), "Unknown"),
        ("the page says: could not connect".to_owned(), "Unknown"),
        ("hermes auth add xai-oauth".to_owned(), "Unknown"),
        (format!("{CODE}#{STATE}#{STATE}"), "Unknown"),
        ("#".to_owned(), "Unknown"),
        ("code#".to_owned(), "Unknown"),
        (
            "\u{444}\u{444}\u{444}\u{444}\u{444}\u{444}\u{444}\u{444}".to_owned(),
            "Unknown",
        ),
        ("$(touch${IFS}x)".to_owned(), "Unknown"),
        // Too much.
        ("x".repeat(LIMIT + 1), "TooLong"),
        ("\n".repeat(1 << 20), "TooLong"),
    ];
    assert!(rows.len() >= 40);
    for (text, expected) in rows {
        assert_eq!(read(&text, URI, true), expected, "{text:?}");
    }
}

#[test]
fn pa1_table_of_pastes_for_a_page_of_the_provider() {
    let full = format!("{HOSTED}?code={CODE}&state={STATE}");
    let good = format!("code {CODE}, state {STATE}");
    let rows = [
        (format!("{CODE}#{STATE}"), good.as_str()),
        (full.clone(), &good),
        (full.replace("https://", ""), &good),
        (full.replace("https://", "http://"), "OtherAddress"),
        (
            full.replace("anthropic.com", "anthropic.com:8443"),
            "OtherAddress",
        ),
        (
            full.replace("anthropic.com", "anthropic.com.evil.test"),
            "OtherAddress",
        ),
        (format!("{URI}?code={CODE}&state={STATE}"), "OtherAddress"),
        (CODE.to_owned(), "bare 4/0AbCd-Ef_gh.1234"),
    ];
    for (text, expected) in rows {
        assert_eq!(read(&text, HOSTED, true), expected, "{text:?}");
    }
}

#[test]
fn pa2_a_bare_code_is_taken_only_where_the_provider_shows_codes() {
    assert_eq!(read(CODE, URI, false), "BareCode");
    assert_eq!(read(CODE, URI, true), format!("bare {CODE}"));
    // A state makes it as good as an address.
    assert_eq!(
        read(&format!("{CODE}#{STATE}"), URI, false),
        format!("code {CODE}, state {STATE}")
    );
}

#[test]
fn pa1_messages_name_what_to_copy_and_hold_no_part_of_the_paste() {
    let uri = Url::parse(URI).unwrap();
    for text in [
        "secret-canary-0123",
        "http://evil.test/secret-canary-0123?code=a",
        "secret-canary-0123#",
        "http://127.0.0.1:56121/callback?state=secret-canary-0123",
    ] {
        let error = parse(text, &uri, false).unwrap_err().to_string();
        assert!(!error.contains("secret-canary"), "{error}");
    }
    let error = parse("yes", &uri, false).unwrap_err().to_string();
    assert!(error.ends_with(URI), "{error}");
}

proptest::proptest! {
    #[test]
    fn pa3_no_text_makes_it_panic(text in "(?s).*", shows_code: bool) {
        let uri = Url::parse(URI).unwrap();
        let _ = parse(&text, &uri, shows_code);
    }

    #[test]
    fn pa3_no_address_makes_it_panic(
        scheme in "(http://|https://|)",
        host in "(127.0.0.1:56121|localhost:56121|\\[::1\\]:56121|.*)",
        rest in "(/callback)?[?#]?.*",
    ) {
        let uri = Url::parse(URI).unwrap();
        let _ = parse(&format!("{scheme}{host}{rest}"), &uri, true);
    }

    #[test]
    fn pa1_an_address_broken_anywhere_is_still_read(
        cuts in proptest::collection::vec(0usize..90, 0..6),
        blank in "[ \t]{0,3}",
    ) {
        let mut text = format!("{URI}?code={CODE}&state={STATE}");
        for cut in cuts {
            // Not before the first letters of the code: a break there leaves the same words.
            let at = cut.min(text.len());
            text.insert_str(at, &format!("\n{blank}"));
        }
        let good = format!("code {CODE}, state {STATE}");
        proptest::prop_assert_eq!(read(&text, URI, true), good);
    }
}
