mod password;

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_storage::{Role, UserId};
use http::header;
use serde_json::{Value, json as value};

use super::{
    authenticator::{Authenticator, PRESENT, VERIFIED},
    browser::Browser,
    checklist::shown,
    rig::{Answer, LOCAL, PASSWORD, Rig, get},
};
use crate::passkeys::LIFETIME;

/// Sends JSON as a page does.
async fn send(browser: &mut Browser<'_>, method: &str, path: &str, body: &Value) -> Answer {
    let kind = [("content-type", "application/json")];
    browser.ask(method, path, &kind, &body.to_string()).await
}

/// What a route that begins something tells the browser.
async fn begin(browser: &mut Browser<'_>, path: &str, body: &Value) -> Value {
    let answer = send(browser, "POST", path, body).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// Accepts an invitation by a passkey.
async fn claim(browser: &mut Browser<'_>, secret: &str, device: &mut Authenticator) -> Answer {
    let asked = value!({ "secret": secret });
    let begun = begin(browser, "/auth/claim/passkey/start", &asked).await;
    let body = value!({
        "secret": secret,
        "ceremony": begun["ceremony"],
        "credential": device.create(&begun["options"]),
    });
    send(browser, "POST", "/auth/claim/passkey", &body).await
}

/// Adds a passkey to whoever is signed in.
async fn add(browser: &mut Browser<'_>, device: &mut Authenticator, name: &str) -> Answer {
    let begun = begin(browser, "/api/auth/passkeys/start", &Value::Null).await;
    let body = value!({
        "ceremony": begun["ceremony"],
        "credential": device.create(&begun["options"]),
        "name": name,
    });
    send(browser, "POST", "/api/auth/passkeys", &body).await
}

/// What the sign-in page sends.
async fn request(browser: &mut Browser<'_>, device: &mut Authenticator) -> Value {
    let begun = begin(browser, "/auth/passkey/start", &Value::Null).await;
    value!({ "ceremony": begun["ceremony"], "credential": device.get(&begun["options"]) })
}

async fn sign_in(browser: &mut Browser<'_>, device: &mut Authenticator) -> Answer {
    let body = request(browser, device).await;
    send(browser, "POST", "/auth/passkey", &body).await
}

/// A gateway that was claimed by a passkey alone.
async fn claimed() -> (Rig, Authenticator) {
    let rig = Rig::with(LOCAL).await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let mut device = Authenticator::new("device");
    let answer = claim(&mut rig.program(), &secret, &mut device).await;
    assert_eq!(answer.shown(), r#"200 {"next":"/"}"#);
    (rig, device)
}

/// A gateway whose owner has a password, and a browser that they have just signed in with.
async fn by_password() -> Rig {
    let rig = Rig::with(LOCAL).await;
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("owner", "ada", &hash).await;
    rig.gateway.look_for_owner().await.unwrap();
    rig
}

async fn signed_in(rig: &Rig) -> Browser<'_> {
    let mut browser = rig.program();
    let body = value!({ "provider": "password", "username": "ada", "password": PASSWORD });
    let answer = send(&mut browser, "POST", "/auth/password-login", &body).await;
    assert_eq!(answer.status, 200);
    browser
}

async fn listed(browser: &mut Browser<'_>) -> Vec<Value> {
    let answer = browser.get("/api/auth/passkeys").await.json();
    answer["passkeys"].as_array().unwrap().clone()
}

#[tokio::test]
async fn design_5_1_a_claim_by_passkey_makes_an_owner_without_a_password() {
    let (rig, mut device) = claimed().await;
    let users = rig.storage.users();
    assert!(users.password(UserId::owner()).await.unwrap().is_none());
    let mut browser = rig.program();
    let answer = sign_in(&mut browser, &mut device).await;
    assert_eq!(answer.shown(), r#"200 {"ok":true,"next":"/"}"#);
    let me = browser.get("/api/auth/me").await.json();
    assert_eq!([&me["user_id"], &me["provider"]], ["owner", "passkey"]);
    let methods = rig.ask(get("/api/auth/providers"), "").await;
    insta::assert_snapshot!(methods.shown(), @r#"200 {"providers":[{"name":"passkey","display_name":"Passkey","supports_password":false}]}"#);
    let page = rig.get("/login", "").await.body;
    assert!(
        page.contains(r#"data-origin="http://localhost:9119""#),
        "{page}"
    );
    // Clients that know no passkeys send the browser to where one is used.
    let start = rig
        .ask(get("/auth/login?provider=passkey&next=%2Fchat"), "")
        .await;
    assert_eq!(start.location(), "/login?next=%2Fchat");
    let page = rig
        .ask(get("/chat").header("accept", "text/html"), "")
        .await;
    assert_eq!(page.location(), "/login?next=%2Fchat");

    let secret = rig.invite("bob", Role::Member, Some("Bob")).await;
    let mut other = Authenticator::new("other");
    let mut bob = rig.program();
    assert_eq!(claim(&mut bob, &secret, &mut other).await.status, 200);
    assert_eq!(bob.get("/api/auth/me").await.json()["display_name"], "Bob");
    let body = value!({ "secret": secret });
    let spent = send(&mut bob, "POST", "/auth/claim/passkey/start", &body).await;
    assert_eq!(spent.status, 404);
    rig.storage
        .users()
        .take_ways_in(UserId::owner())
        .await
        .unwrap();
    assert_eq!(sign_in(&mut rig.program(), &mut device).await.status, 401);
    let secret = rig.invite("owner", Role::Owner, None).await;
    let again = claim(&mut rig.program(), &secret, &mut device).await;
    assert_eq!(again.status, 200);
    assert_eq!(sign_in(&mut rig.program(), &mut device).await.status, 200);
}

#[tokio::test]
async fn pk1_late_replayed_stolen_and_swapped_answers_are_refused() {
    let (rig, mut device) = claimed().await;
    let mut browser = rig.program();
    let over = |answer: Answer| {
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(answer.body.contains("five minutes"), "{answer:?}");
    };
    let body = request(&mut browser, &mut device).await;
    let challenge = {
        let begun = begin(&mut browser, "/auth/passkey/start", &Value::Null).await;
        let challenge = begun["options"]["challenge"].as_str().unwrap().to_owned();
        URL_SAFE_NO_PAD.decode(challenge).unwrap()
    };
    assert_eq!(challenge.len(), 32);
    let mut other = rig.program();
    begin(&mut other, "/auth/passkey/start", &Value::Null).await;
    over(send(&mut other, "POST", "/auth/passkey", &body).await);
    over(send(&mut rig.program(), "POST", "/auth/passkey", &body).await);
    assert_eq!(
        send(&mut browser, "POST", "/auth/passkey", &body)
            .await
            .status,
        200
    );
    over(send(&mut browser, "POST", "/auth/passkey", &body).await);

    let late = request(&mut browser, &mut device).await;
    rig.clock.advance(LIFETIME - Duration::from_millis(1));
    let in_time = request(&mut browser, &mut device).await;
    rig.clock.advance(Duration::from_millis(1));
    over(send(&mut browser, "POST", "/auth/passkey", &late).await);
    let mut answer = send(&mut browser, "POST", "/auth/passkey", &in_time).await;
    assert_eq!(answer.status, 200);

    // What was begun for one thing is nothing for another, and nothing at all after that.
    let signing = begin(&mut browser, "/auth/passkey/start", &Value::Null).await;
    let credential = device.create(&signing["options"]);
    let body = value!({
        "ceremony": signing["ceremony"], "credential": credential, "name": "",
    });
    over(send(&mut browser, "POST", "/api/auth/passkeys", &body).await);
    let adding = begin(&mut browser, "/api/auth/passkeys/start", &Value::Null).await;
    let body = value!({
        "ceremony": adding["ceremony"], "credential": device.get(&adding["options"]),
    });
    over(send(&mut browser, "POST", "/auth/passkey", &body).await);
    let secret = rig.invite("bob", Role::Member, None).await;
    let asked = value!({ "secret": secret });
    let claiming = begin(&mut browser, "/auth/claim/passkey/start", &asked).await;
    let body = value!({
        "ceremony": claiming["ceremony"], "credential": device.get(&claiming["options"]),
    });
    over(send(&mut browser, "POST", "/auth/passkey", &body).await);
    let body = value!({
        "secret": secret,
        "ceremony": claiming["ceremony"],
        "credential": device.create(&claiming["options"]),
    });
    over(send(&mut browser, "POST", "/auth/claim/passkey", &body).await);
    // An invitation is accepted by what was begun with it.
    let claiming = begin(&mut browser, "/auth/claim/passkey/start", &asked).await;
    let another = rig.invite("ann", Role::Member, None).await;
    let body = value!({
        "secret": another,
        "ceremony": claiming["ceremony"],
        "credential": Authenticator::new("new").create(&claiming["options"]),
    });
    over(send(&mut browser, "POST", "/auth/claim/passkey", &body).await);
    // A challenge is answered, not the one before it.
    let before = begin(&mut browser, "/auth/passkey/start", &Value::Null).await;
    let now = begin(&mut browser, "/auth/passkey/start", &Value::Null).await;
    let body = value!({
        "ceremony": now["ceremony"], "credential": device.get(&before["options"]),
    });
    answer = send(&mut browser, "POST", "/auth/passkey", &body).await;
    assert_eq!(answer.status, 401);
}

/// Everything that a browser could say wrongly.
fn wrong_clients() -> Vec<(&'static str, Value)> {
    let origin = |origin: &str| value!({ "origin": origin });
    let with = |name: &str, it: Value| value!({ "origin": "http://localhost:9119", name: it });
    vec![
        ("another port", origin("http://localhost:9120")),
        ("no port", origin("http://localhost")),
        ("another scheme", origin("https://localhost:9119")),
        ("another host", origin("http://127.0.0.1:9119")),
        ("below", origin("http://evil.localhost:9119")),
        ("beside", origin("http://localhost.evil.test:9119")),
        ("evil", origin("https://evil.test")),
        ("null", origin("null")),
        ("nothing", origin("")),
        ("an app", origin("android:apk-key-hash:abc")),
        ("a number", value!({ "origin": 1 })),
        ("cross-origin", with("crossOrigin", value!(true))),
        ("a garbled flag", with("crossOrigin", value!("yes"))),
        ("another type", with("type", value!("payment.get"))),
        ("no type", with("type", Value::Null)),
        ("another challenge", with("challenge", value!("AAAA"))),
        ("no challenge", with("challenge", Value::Null)),
    ]
}

#[tokio::test]
async fn pk2_no_answer_of_another_page_counts() {
    let (rig, mut device) = claimed().await;
    let mut browser = rig.program();
    assert_eq!(sign_in(&mut browser, &mut device).await.status, 200);
    let good = device.client.clone();
    for (what, client) in wrong_clients() {
        device.client = client.clone();
        let refused = sign_in(&mut rig.program(), &mut device).await;
        assert_eq!(refused.status, 401, "{what}: {refused:?}");
        let mut new = Authenticator::new("new");
        new.client = client;
        let refused = add(&mut browser, &mut new, "").await;
        assert_eq!(refused.status, 422, "{what}: {refused:?}");
    }
    device.client = good;
    device.rp_id = "evil.test".to_owned();
    let refused = sign_in(&mut rig.program(), &mut device).await;
    assert_eq!(refused.status, 401);
    assert_eq!(listed(&mut browser).await.len(), 1);
}

#[tokio::test]
async fn pk2_no_header_changes_where_passkeys_count() {
    let settings = "[gateway.proxy]\npublic_url = \"https://gw.example.com/hermes\"\n\
        trusted_proxies = [\"10.0.0.1/32\"]\nallowed_hosts = [\"other.example.com\"]\n";
    let rig = Rig::owned(settings).await;
    for (name, said) in [
        ("host", "other.example.com"),
        ("x-forwarded-host", "other.example.com"),
        ("x-forwarded-proto", "http"),
        ("x-forwarded-prefix", "/evil"),
    ] {
        let request = super::rig::post("/auth/passkey/start").header(name, said);
        let answer = rig.ask_from("10.0.0.1", request, "").await;
        assert_eq!(answer.json()["options"]["rpId"], "gw.example.com", "{name}");
    }
    for url in ["http://gw.example.com", "https://192.0.2.7"] {
        let rig = Rig::owned(&super::rig::public(url)).await;
        let answer = rig.ask(super::rig::post("/auth/passkey/start"), "").await;
        assert_eq!(answer.status, 404, "{url}");
        assert!(answer.body.contains("public_url"), "{}", answer.body);
    }
}

#[tokio::test]
async fn pk3_whoever_is_not_verified_stays_out() {
    let (rig, mut device) = claimed().await;
    let mut browser = rig.program();
    let begun = begin(&mut browser, "/auth/passkey/start", &Value::Null).await;
    assert_eq!(begun["options"]["userVerification"], "required");
    assert_eq!(sign_in(&mut browser, &mut device).await.status, 200);
    for flags in [0, PRESENT, VERIFIED] {
        device.flags = flags;
        let refused = sign_in(&mut rig.program(), &mut device).await;
        assert_eq!(refused.status, 401, "{flags:#x}");
        let mut new = Authenticator::new("new");
        new.flags = flags;
        assert_eq!(
            add(&mut browser, &mut new, "").await.status,
            422,
            "{flags:#x}"
        );
    }
    let begun = begin(&mut browser, "/api/auth/passkeys/start", &Value::Null).await;
    let options = &begun["options"];
    let selection = &options["authenticatorSelection"];
    assert_eq!(selection["userVerification"], "required");
    assert_eq!(selection["residentKey"], "required");
    let kinds = options["pubKeyCredParams"].as_array().unwrap();
    let kinds: Vec<_> = kinds.iter().map(|kind| kind["alg"].as_i64()).collect();
    assert_eq!(kinds, [-7, -35, -257].map(Some), "ES256, ES384, RS256");
}

#[tokio::test]
async fn pk3_a_counter_that_falls_is_refused_and_written_down() {
    let (rig, mut device) = claimed().await;
    for (counter, status) in [
        (0, 200),
        (5, 200),
        (6, 200),
        (6, 401),
        (4, 401),
        (0, 401),
        (7, 200),
    ] {
        device.counter = counter;
        let answer = sign_in(&mut rig.program(), &mut device).await;
        assert_eq!(answer.status, status, "{counter}: {answer:?}");
    }
    // Of two that show the same one counts, whichever comes first.
    device.counter = 9;
    let (mut one, mut two) = (rig.program(), rig.program());
    let (first, second) = (
        request(&mut one, &mut device).await,
        request(&mut two, &mut device).await,
    );
    let (first, second) = tokio::join!(
        send(&mut one, "POST", "/auth/passkey", &first),
        send(&mut two, "POST", "/auth/passkey", &second)
    );
    let mut both = [first.status, second.status];
    both.sort_unstable();
    assert_eq!(both, [200, 401]);
    drop((one, two));
    let audited = rig.audited();
    let fallen = "login_failure 192.0.2.1 owner passkey - passkey_counter_fell";
    let lines = audited.lines().map(shown);
    assert_eq!(lines.filter(|line| line == fallen).count(), 4);
}

#[tokio::test]
async fn pk4_a_handle_is_random_and_a_credential_one_persons() {
    let rig = by_password().await;
    let mut ada = signed_in(&rig).await;
    let begun = begin(&mut ada, "/api/auth/passkeys/start", &Value::Null).await;
    let user = &begun["options"]["user"];
    assert_eq!(user["name"], "ada");
    let handle = URL_SAFE_NO_PAD
        .decode(user["id"].as_str().unwrap())
        .unwrap();
    assert_eq!(handle.len(), 32);
    let again = begin(&mut ada, "/api/auth/passkeys/start", &Value::Null).await;
    assert_eq!(again["options"]["user"], *user, "theirs for ever");
    let mut device = Authenticator::new("device");
    assert_eq!(add(&mut ada, &mut device, "Desk").await.status, 204);
    let known = begin(&mut ada, "/api/auth/passkeys/start", &Value::Null).await;
    let excluded = &known["options"]["excludeCredentials"][0]["id"];
    assert_eq!(*excluded, URL_SAFE_NO_PAD.encode("device"));

    let secret = rig.invite("bob", Role::Member, Some("Bob")).await;
    let mut copy = Authenticator::new("device");
    let taken = claim(&mut rig.program(), &secret, &mut copy).await;
    assert_eq!(taken.status, 409, "{taken:?}");
    let mut bobs = Authenticator::new("bobs");
    assert_eq!(
        claim(&mut rig.program(), &secret, &mut bobs).await.status,
        200
    );
    assert_ne!(bobs.handle, device.handle);
    // A passkey that says it is somebody else's is nobody's.
    let ours = device.handle.clone();
    for said in [bobs.handle.clone(), None, Some("AAAA".to_owned())] {
        device.handle = said;
        assert_eq!(sign_in(&mut rig.program(), &mut device).await.status, 401);
    }
    device.handle = ours;
    assert_eq!(sign_in(&mut rig.program(), &mut device).await.status, 200);
    // Nothing tells one who is unknown from one who is wrong.
    let unknown = sign_in(&mut rig.program(), &mut Authenticator::new("unknown")).await;
    let mut wrong = Authenticator::new("device");
    wrong.handle = device.handle.clone();
    let wrong = sign_in(&mut rig.program(), &mut wrong).await;
    assert_eq!(unknown.shown(), wrong.shown());
    let options = begin(&mut rig.program(), "/auth/passkey/start", &Value::Null).await;
    assert_eq!(options["options"]["allowCredentials"], value!([]));
}

#[tokio::test]
async fn pk5_passkeys_change_soon_after_a_sign_in_alone() {
    let rig = by_password().await;
    let mut browser = signed_in(&rig).await;
    let mut device = Authenticator::new("device");
    assert_eq!(add(&mut browser, &mut device, "Desk").await.status, 204);
    let id = listed(&mut browser).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/auth/passkeys/{id}");
    let begun = begin(&mut browser, "/api/auth/passkeys/start", &Value::Null).await;
    rig.clock.advance(Duration::from_secs(5 * 60 - 1));
    let page = browser.get("/account").await.body;
    assert!(page.contains("Add a passkey"), "{page}");
    rig.clock.advance(Duration::from_secs(2));
    let made = value!({
        "ceremony": begun["ceremony"],
        "credential": Authenticator::new("late").create(&begun["options"]),
        "name": "",
    });
    for (method, path, body) in [
        ("POST", "/api/auth/passkeys/start", &Value::Null),
        ("POST", "/api/auth/passkeys", &made),
        ("DELETE", &*path, &Value::Null),
    ] {
        let late = send(&mut browser, method, path, body).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(late.shown(), @r#"403 {"detail":"This needs a sign-in of the last five minutes","hint":"sign in again, and do it within five minutes"}"#);
        }
    }
    let page = browser.get("/account").await.body;
    assert!(page.contains("sign in again"), "{page}");
    assert!(!page.contains("Add a passkey"), "{page}");
    let named = send(&mut browser, "PATCH", &path, &value!({ "name": "Key" })).await;
    assert_eq!(named.status, 204, "a name opens nothing");
    assert_eq!(listed(&mut browser).await[0]["name"], "Key");
    // An app has no sign-in of its own that a person has just made.
    let app = rig.open_app(UserId::owner()).await;
    let bearer = format!("Bearer {}", app.access.value.expose());
    let start = super::rig::post("/api/auth/passkeys/start");
    let asked = rig
        .ask(start.header(header::AUTHORIZATION, bearer), "")
        .await;
    assert_eq!(asked.status, 403);
    let mut again = signed_in(&rig).await;
    assert_eq!(
        send(&mut again, "DELETE", &path, &Value::Null).await.status,
        204
    );
    assert_eq!(sign_in(&mut rig.program(), &mut device).await.status, 401);
}

#[tokio::test]
async fn pk5_the_last_way_in_stays_and_a_removed_one_ends_its_sessions() {
    let (rig, mut first) = claimed().await;
    let mut browser = rig.program();
    assert_eq!(sign_in(&mut browser, &mut first).await.status, 200);
    let path = |row: &Value| format!("/api/auth/passkeys/{}", row["id"].as_str().unwrap());
    let only = path(&listed(&mut browser).await[0]);
    let last = send(&mut browser, "DELETE", &only, &Value::Null).await;
    insta::assert_snapshot!(last.shown(), @r#"409 {"detail":"This is your last way to sign in","hint":"this is your last way to sign in: add another passkey first"}"#);

    rig.clock.advance(Duration::from_secs(1));
    let mut second = Authenticator::new("second");
    assert_eq!(add(&mut browser, &mut second, "Key").await.status, 204);
    let rows = listed(&mut browser).await;
    assert_eq!(
        [&rows[0]["name"], &rows[1]["name"]],
        [&Value::Null, &value!("Key")]
    );
    let mut other = rig.program();
    assert_eq!(sign_in(&mut other, &mut second).await.status, 200);
    // Of an app, too, that was let in from such a session.
    let opened = rig.storage.sessions().list_all(
        rig.gateway
            .sessions
            .horizon(hermes_machine::Clock::now(&*rig.clock)),
    );
    let opened = opened.await.unwrap();
    assert!(opened.iter().all(|session| session.passkey.is_some()));
    let second_path = path(&rows[1]);
    assert_eq!(
        send(&mut browser, "DELETE", &second_path, &Value::Null)
            .await
            .status,
        204
    );
    assert!(!other.is_in().await);
    assert!(browser.is_in().await);
    assert_eq!(sign_in(&mut rig.program(), &mut second).await.status, 401);
    assert_eq!(
        send(&mut browser, "DELETE", &second_path, &Value::Null)
            .await
            .status,
        404
    );

    // A stranger's passkey looks like none.
    let secret = rig.invite("bob", Role::Member, None).await;
    let mut bob = rig.program();
    let mut bobs = Authenticator::new("bobs");
    assert_eq!(claim(&mut bob, &secret, &mut bobs).await.status, 200);
    for method in ["DELETE", "PATCH"] {
        let body = value!({ "name": "mine" });
        assert_eq!(send(&mut bob, method, &only, &body).await.status, 404);
    }
    drop((browser, other, bob));
    let audited = rig.audited();
    let lines: Vec<_> = audited.lines().map(shown).collect();
    for line in [
        "user_changed 192.0.2.1 owner - - invitation_accepted",
        "login_success 192.0.2.1 owner passkey session -",
        "user_changed 192.0.2.1 owner - session passkey_added",
        "user_changed 192.0.2.1 owner - session passkey_removed",
        "login_failure 192.0.2.1 - passkey - invalid_credentials",
    ] {
        assert!(lines.iter().any(|it| it == line), "{line}: {lines:#?}");
    }
}
