//! What a person sees who lets a machine in (checklist DV4, DV5).

use http::header;
use serde_json::json;

use super::{
    app::{Tokens, query},
    device::{MACHINE, MINUTE, ON, SECOND},
    renewal::{keep_up, pass},
    rig::{Answer, GATED, ONE, PASSWORD, Rig, form, get, post, public},
};

impl Rig {
    /// The page with this query.
    async fn device_page(&self, cookies: &str, query: &str) -> Answer {
        let request = get(&format!("/device{query}"))
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies);
        self.ask(request, "").await
    }

    /// The session that the page is shown to.
    pub(super) async fn shown_session(&self, cookies: &str) -> String {
        let page = self.device_page(cookies, "").await;
        assert_eq!(page.status, 200, "{}", page.body);
        let (_, rest) = page.body.split_once("name=\"session\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// Sends the form, for the page of this session.
    pub(super) async fn sends(
        &self,
        cookies: &str,
        code: &str,
        session: &str,
        decision: Option<&str>,
    ) -> Answer {
        self.sends_from("192.0.2.1", cookies, [code, session], decision)
            .await
    }

    async fn sends_from(
        &self,
        peer: &str,
        cookies: &str,
        [code, session]: [&str; 2],
        decision: Option<&str>,
    ) -> Answer {
        let mut pairs = vec![("user_code", code), ("session", session)];
        pairs.extend(decision.map(|decision| ("decision", decision)));
        let request = form("/device")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies);
        self.ask_from(peer, request, query(&pairs)).await
    }

    /// Types a code: who asks is shown then.
    pub(super) async fn types(&self, cookies: &str, code: &str) -> Answer {
        self.types_from("192.0.2.1", cookies, code, None).await
    }

    /// The same from another address, and perhaps with an answer.
    pub(super) async fn types_from(
        &self,
        peer: &str,
        cookies: &str,
        code: &str,
        decision: Option<&str>,
    ) -> Answer {
        let session = self.shown_session(cookies).await;
        self.sends_from(peer, cookies, [code, &session], decision)
            .await
    }

    /// Answers for a code.
    pub(super) async fn answers(&self, cookies: &str, code: &str, decision: &str) -> Answer {
        self.types_from("192.0.2.1", cookies, code, Some(decision))
            .await
    }
}

#[tokio::test]
async fn dv4_the_page_shows_who_asks_and_from_where() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let codes = rig.codes().await;
    rig.clock.advance(MINUTE * 3);
    let page = rig.types(&cookies, &codes.user.to_lowercase()).await;
    assert_eq!(page.status, 200);
    for part in [
        &format!("<p class=\"code\">{}</p>", codes.user),
        "Compare the code",
        "<dd>hermes-cli</dd>",
        "<dd>build-7</dd>",
        MACHINE,
        "Not where this browser is: <span class=\"mono\">192.0.2.1</span>",
        "<dd>3 minutes ago</dd>",
        "never what its owner alone can",
        "Ada &#60;b&#62;L.&#60;/b&#62;",
        "<button name=\"decision\" value=\"decline\">Decline</button>\n<button name=\"decision\" value=\"approve\">Approve</button>",
    ] {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    let near = rig.types_from(MACHINE, &cookies, &codes.user, None).await;
    assert!(near.body.contains("This browser is there too"));
    assert_eq!(
        rig.polls(&codes).await.json()["error"],
        "authorization_pending"
    );
}

#[tokio::test]
async fn dv4_a_link_fills_in_and_does_nothing_else() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let codes = rig.codes().await;
    for query in [
        format!("?user_code={}", codes.user),
        format!("?user_code={}&decision=approve", codes.user),
    ] {
        let page = rig.device_page(&cookies, &query).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains(&format!("value=\"{}\"", codes.user)));
        // What it names is not even looked up.
        for part in ["hermes-cli", MACHINE, "value=\"approve\""] {
            assert!(!page.body.contains(part), "{part}");
        }
    }
    for (query, shown) in [
        ("?user_code=%22%3E%3Cscript%3E", "value=\"\""),
        ("?user_code=BCDFGHJK&user_code=BCDFGHJL", "value=\"\""),
        ("?user_code=bcdfghjk", "value=\"BCDF-GHJK\""),
    ] {
        let page = rig.device_page(&cookies, query).await;
        let field = page.body.split("class=\"code\"").nth(1).unwrap();
        let field = field.split('>').next().unwrap();
        assert!(field.contains(shown), "{query}: {field}");
        assert!(!page.body.contains("<script>"), "{query}");
    }
    assert_eq!(
        rig.polls(&codes).await.json()["error"],
        "authorization_pending"
    );
    // It takes the person back to where they were going.
    let away = rig
        .device_page("", &format!("?user_code={}", codes.user))
        .await;
    assert_eq!(away.status, 302);
    let expected = format!("/login?next=%2Fdevice%3Fuser_code%3D{}", codes.user);
    assert_eq!(away.location(), expected);
}

#[tokio::test]
async fn dv4_the_page_is_below_the_prefix_of_the_gateway() {
    let rig = Rig::with_devices().await;
    rig.reload(&format!("{}{ON}", public("http://gw.example.com/hermes")));
    let started = rig.starts(MACHINE).await.json();
    let page = "http://gw.example.com/hermes/device";
    let code = started["user_code"].as_str().unwrap();
    assert_eq!(started["verification_uri"], page);
    assert_eq!(
        started["verification_uri_complete"],
        format!("{page}?user_code={code}")
    );
    let away = rig.device_page("", "").await;
    assert_eq!(away.location(), "/hermes/login?next=%2Fdevice");
    let cookies = rig.signed_in("ada").await;
    let action = "action=\"/hermes/device\"";
    assert!(rig.device_page(&cookies, "").await.body.contains(action));
    assert!(rig.types(&cookies, code).await.body.contains(action));
    rig.clock.advance(MINUTE * 11);
    let stale = rig.device_page(&cookies, "").await;
    assert!(stale.body.contains("href=\"/hermes/login?next=%2Fdevice\""));
}

#[tokio::test]
async fn dv4_a_no_is_final() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let codes = rig.codes().await;
    let page = rig.answers(&cookies, &codes.user, "decline").await;
    assert!(page.body.contains("The machine is not let in"));
    assert_eq!(
        rig.answers(&cookies, &codes.user, "approve").await.status,
        404
    );
    for _ in 0..2 {
        assert_eq!(rig.polls(&codes).await.json()["error"], "access_denied");
    }
    let codes = rig.codes().await;
    assert_eq!(
        rig.answers(&cookies, &codes.user, "approve").await.status,
        200
    );
    assert_eq!(
        rig.answers(&cookies, &codes.user, "decline").await.status,
        404
    );
    Tokens::of(&rig.polls(&codes).await);
}

#[tokio::test]
async fn dv4_whoever_signed_in_long_ago_signs_in_again() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let session = rig.shown_session(&cookies).await;
    rig.clock.advance(MINUTE * 10);
    let codes = rig.codes().await;
    assert_eq!(rig.types(&cookies, &codes.user).await.status, 200);
    rig.clock.advance(SECOND);
    let link = format!("?user_code={}", codes.user);
    let stale = rig.device_page(&cookies, &link).await;
    assert_eq!(stale.status, 403);
    let back = format!("/login?next=%2Fdevice%3Fuser_code%3D{}", codes.user);
    assert!(
        stale.body.contains(&format!("href=\"{back}\"")),
        "{}",
        stale.body
    );
    for decision in [None, Some("approve"), Some("decline")] {
        let late = rig.sends(&cookies, &codes.user, &session, decision).await;
        assert_eq!(late.status, 403);
        assert!(late.body.contains("Sign in once more"));
    }
    // A renewed session is no newer for it: the short-lived cookie is gone by now.
    rig.clock.advance(MINUTE * 6);
    let renewed = rig.device_page(&cookies, &link).await;
    assert_eq!((renewed.status, renewed.set_cookies().len()), (403, 2));
    let next = format!("/device{link}");
    let body = query(&[("username", "ada"), ("password", PASSWORD), ("next", &next)]);
    let request = form("/auth/password-login?provider=password");
    let signed_in = rig.ask(request, &body).await;
    assert_eq!((signed_in.status, signed_in.location()), (303, &*next));
    let page = rig.device_page(&signed_in.cookies(), &link).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains(&codes.user));
}

#[tokio::test]
async fn dv5_a_page_of_another_site_approves_nothing() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let codes = rig.codes().await;
    let session = rig.shown_session(&cookies).await;
    let body = query(&[
        ("user_code", &codes.user),
        ("session", &session),
        ("decision", "approve"),
    ]);
    let kind = "application/x-www-form-urlencoded";
    for (name, value) in [
        ("origin", "http://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let request = post("/device")
            .header(header::CONTENT_TYPE, kind)
            .header(header::COOKIE, &cookies)
            .header(name, value);
        assert_eq!(rig.ask(request, &body).await.status, 403, "{name} {value}");
    }
    let text = post("/device")
        .header(header::CONTENT_TYPE, "text/plain")
        .header(header::CONTENT_LENGTH, body.len())
        .header(header::COOKIE, &cookies);
    assert_eq!(rig.ask(text, &body).await.status, 415);
    // Nor does the session that another browser was shown, or none.
    rig.add_login("ann", "ann", &rig.hash(PASSWORD).await).await;
    let ann = rig.signed_in("ann").await;
    let other = rig
        .sends(&ann, &codes.user, &session, Some("approve"))
        .await;
    assert_eq!(other.status, 200);
    assert!(other.body.contains("Which code does it show?"));
    let nobody = rig.sends("", &codes.user, &session, Some("approve")).await;
    assert_eq!(nobody.status, 302);
    assert_eq!(
        rig.polls(&codes).await.json()["error"],
        "authorization_pending"
    );
}

/// A gateway with one identity provider and nobody's password, and the cookies of somebody who has
/// signed in there.
async fn at_provider() -> (Rig, String) {
    let rig = Rig::owned(&format!("{GATED}{ON}{ONE}")).await;
    let cookies = rig.signed_in_there().await;
    (rig, cookies)
}

/// What the callback answers after a yes, and once more at the provider.
async fn approved(rig: &Rig, cookies: &str, code: &str) -> Answer {
    let page = rig.answers(cookies, code, "approve").await;
    assert_eq!(page.status, 200);
    let there = page.goes_to();
    assert!(
        there.contains("&max_age=600&") || there.contains("?max_age=600&"),
        "{there}"
    );
    rig.comes_back(cookies, &page).await
}

#[tokio::test]
async fn dv5_a_machine_is_renewed_and_ended_at_the_provider_as_a_browser_is() {
    let (rig, cookies) = at_provider().await;
    let codes = rig.codes().await;
    let page = approved(&rig, &cookies, &codes.user).await;
    assert!(page.body.contains("The machine is let in"), "{}", page.body);
    let answer = rig.polls(&codes).await;
    assert_eq!(answer.json()["provider"], "acme");
    let tokens = Tokens::of(&answer);
    let before = rig.idp.asked("/token");
    let tasks = keep_up(&rig, 1).await;
    pass(&rig, 1, 15 * 60).await;
    assert_eq!(
        rig.idp.asked("/token"),
        before + 2,
        "for the browser and for it"
    );
    let tokens = Tokens::of(&rig.refresh(&tokens.refresh).await);
    rig.idp.remove_person();
    pass(&rig, 1, 15 * 60).await;
    assert_eq!(rig.refresh(&tokens.refresh).await.status, 401);
    for task in tasks {
        task.abort();
    }
}

#[tokio::test]
async fn dv4_the_provider_says_when_its_person_proved_who_they_are() {
    let (rig, cookies) = at_provider().await;
    let now = rig.gateway.ports.clock.now().as_second();
    let codes = rig.codes().await;
    rig.idp.set_person(&json!({ "auth_time": now - 3_600 }));
    let page = approved(&rig, &cookies, &codes.user).await;
    assert_eq!(page.status, 400);
    assert!(
        page.body.contains("about a sign-in of long ago"),
        "{}",
        page.body
    );
    rig.idp
        .set_person(&json!({ "auth_time": now, "sub": "u-2" }));
    let page = approved(&rig, &cookies, &codes.user).await;
    assert_eq!(page.status, 403);
    assert!(page.body.contains("another account"), "{}", page.body);
    assert_eq!(
        rig.polls(&codes).await.json()["error"],
        "authorization_pending"
    );
    rig.idp
        .set_person(&json!({ "auth_time": now - 300, "sub": "u-1" }));
    let page = approved(&rig, &cookies, &codes.user).await;
    assert_eq!(page.status, 200, "{}", page.body);
    Tokens::of(&rig.polls(&codes).await);
}

#[tokio::test]
async fn dv4_a_provider_that_does_not_say_when_proves_nothing() {
    let (rig, cookies) = at_provider().await;
    rig.idp.set_sign(|draft| {
        draft.claims.remove("auth_time");
        draft.sound()
    });
    let codes = rig.codes().await;
    let page = approved(&rig, &cookies, &codes.user).await;
    assert_eq!(page.status, 400);
    for words in ["does not say when", "auth_time", "hermes users invite"] {
        assert!(page.body.contains(words), "{words}: {}", page.body);
    }
    assert_eq!(
        rig.polls(&codes).await.json()["error"],
        "authorization_pending"
    );
    // To sign a browser in takes no such moment.
    assert!(rig.signed_in_there().await.contains("hermes_session_at"));
    let log = rig.audited();
    assert!(log.contains("\"auth_time_missing\""), "{log}");
}

#[tokio::test]
async fn dv4_a_code_that_ends_meanwhile_lets_nobody_in() {
    let (rig, cookies) = at_provider().await;
    let codes = rig.codes().await;
    let page = rig.answers(&cookies, &codes.user, "approve").await;
    rig.answers(&cookies, &codes.user, "decline").await;
    let page = rig.comes_back(&cookies, &page).await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("answered meanwhile"), "{}", page.body);
    assert_eq!(rig.polls(&codes).await.json()["error"], "access_denied");
}

#[tokio::test]
async fn lg3_device_approval_is_audited_without_its_codes() {
    let rig = Rig::with_devices().await;
    let cookies = rig.signed_in("ada").await;
    let declined = rig.codes().await;
    rig.answers(&cookies, &declined.user, "decline").await;
    let codes = rig.codes().await;
    rig.types(&cookies, "BCDF-GHJK").await;
    rig.polls(&codes).await;
    rig.answers(&cookies, &codes.user, "approve").await;
    let tokens = Tokens::of(&rig.polls(&codes).await);
    rig.polls(&codes).await;
    let audited = rig.audited();
    let lines: Vec<_> = audited.lines().map(super::checklist::shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    login_success 192.0.2.1 owner password session -
    login_start 198.51.100.7 - device - -
    app_declined 192.0.2.1 owner password session device
    login_start 198.51.100.7 - device - -
    login_failure 192.0.2.1 owner device session code_unknown
    app_allowed 192.0.2.1 owner password session device
    login_success 198.51.100.7 owner password session device
    login_failure 198.51.100.7 - device - code_unknown
    ");
    assert!(audited.contains(&format!("\"requester\":\"{MACHINE}\"")));
    for canary in [
        &declined.user,
        &codes.user,
        &codes.device,
        &tokens.access,
        &tokens.refresh,
    ] {
        assert!(!audited.contains(canary.as_str()), "{audited}");
    }
}
