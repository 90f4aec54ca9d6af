//! `POST /auth/password-login`.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use hermes_storage::UserId;
use http::{Request, header};
use tokio::task::JoinSet;

use super::rig::{GATED, PASSWORD, Rig, form, json};

const WRONG: &str = "another password, long enough";

#[tokio::test]
async fn facts_1_6_json_signs_in_and_lands() {
    let rig = Rig::gated().await;
    for (next, lands) in [
        ("\"/sessions\"", "/sessions"),
        ("\"//evil.example\"", "/"),
        ("\"/login\"", "/"),
        ("null", "/"),
    ] {
        let body = format!(
            r#"{{"provider":"password","username":" ADA ","password":"{PASSWORD}","next":{next}}}"#
        );
        let answer = rig.ask(json("/auth/password-login"), &body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(answer.body, format!(r#"{{"ok":true,"next":"{lands}"}}"#));
        let me = rig.get("/api/auth/me", &answer.cookies()).await;
        assert_eq!(me.json()["user_id"], "owner");
        assert_eq!(me.json()["provider"], "password");
    }
}

#[tokio::test]
async fn facts_1_6_refusals_have_the_bodies_that_were_measured() {
    let rig = Rig::gated().await;
    for (body, status, answer) in [
        (
            r#"{"provider":"password","username":"ada","password":"x"}"#,
            401,
            r#"{"detail":"Invalid credentials"}"#,
        ),
        (
            r#"{"provider":"nobody","username":"ada","password":"x"}"#,
            404,
            r#"{"detail":"Unknown provider"}"#,
        ),
        (
            r#"{"provider":"basic","username":"ada","password":"x"}"#,
            404,
            r#"{"detail":"Unknown provider"}"#,
        ),
    ] {
        let found = rig.ask(json("/auth/password-login"), body).await;
        assert_eq!((found.status, found.body.as_str()), (status, answer));
        assert_eq!(found.cookies(), "");
    }
    for body in ["", "{}", "[]", r#"{"provider":"password"}"#, "{"] {
        let found = rig.ask(json("/auth/password-login"), body).await;
        assert_eq!(found.status, 422, "{body}");
    }
    let long = format!(
        r#"{{"provider":"password","username":"ada","password":"{}"}}"#,
        "x".repeat(20_000)
    );
    let found = rig.ask(json("/auth/password-login"), &long).await;
    assert_eq!(found.status, 413);
}

#[tokio::test]
async fn facts_1_12_the_eleventh_attempt_of_a_minute_is_refused_whatever_it_is() {
    let rig = Rig::gated().await;
    for _ in 0..9 {
        let wrong = rig.sign_in("password", "ada", WRONG).await;
        assert_eq!(wrong.status, 401);
    }
    let right = rig.sign_in("password", "ada", PASSWORD).await;
    assert_eq!(right.status, 200);
    rig.clock.advance(Duration::from_secs(20));
    let eleventh = rig.sign_in("password", "ada", PASSWORD).await;
    assert_eq!(eleventh.status, 429);
    assert_eq!(
        eleventh.body,
        r#"{"detail":"Too many login attempts. Try again shortly."}"#
    );
    assert_eq!(eleventh.header("retry-after"), "40");
    rig.clock.advance(Duration::from_secs(40));
    let later = rig.sign_in("password", "ada", PASSWORD).await;
    assert_eq!(later.status, 200);
}

#[tokio::test]
async fn pw4_a_forged_address_changes_nothing_and_a_trusted_one_does() {
    let rig = Rig::gated().await;
    let body = format!(r#"{{"provider":"password","username":"ada","password":"{WRONG}"}}"#);
    let mut statuses = Vec::new();
    for n in 0..14 {
        let request =
            json("/auth/password-login").header("x-forwarded-for", format!("203.0.113.{n}"));
        statuses.push(rig.ask(request, &body).await.status);
    }
    let expected = [[401; 10].as_slice(), &[429; 4]].concat();
    assert_eq!(statuses, expected);
    // The proxy is believed, and its client is another one. The name is another one too, since
    // the account has its own limit.
    let other = body.replace("ada", "eve");
    let request = json("/auth/password-login").header("x-forwarded-for", "203.0.113.99");
    let found = rig.ask_from("10.0.0.1", request, other.clone()).await;
    assert_eq!(found.status, 401);
}

#[tokio::test]
async fn pw4_failures_grow_into_a_wait_that_survives_a_restart() {
    let rig = Rig::gated().await;
    for n in 0..11 {
        let peer = format!("198.51.100.{n}");
        let wrong = rig.sign_in_from(&peer, "password", "ada", WRONG).await;
        assert_eq!(wrong.status, 401, "{n}");
        rig.clock.advance(Duration::from_secs(7));
    }
    let rig = rig.again(GATED).await;
    let fresh = "198.51.100.200";
    let right = rig.sign_in_from(fresh, "password", "ada", PASSWORD).await;
    assert_eq!(right.status, 429);
    assert_eq!(right.header("retry-after"), "23");
    rig.clock.advance(Duration::from_secs(23));
    let wrong = rig.sign_in_from(fresh, "password", "ada", WRONG).await;
    assert_eq!(wrong.status, 401);
    let right = rig.sign_in_from(fresh, "password", "ada", PASSWORD).await;
    assert_eq!(right.header("retry-after"), "60", "it has doubled");
    // Another account is another account, and success forgets.
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("bob", "bob", &hash).await;
    let bob = rig.sign_in_from(fresh, "password", "bob", PASSWORD).await;
    assert_eq!(bob.status, 200);
    rig.clock.advance(Duration::from_secs(60));
    let right = rig.sign_in_from(fresh, "password", "ada", PASSWORD).await;
    assert_eq!(right.status, 200);
    let wrong = rig.sign_in_from(fresh, "password", "ada", WRONG).await;
    assert_eq!(wrong.status, 401);
    let right = rig.sign_in_from(fresh, "password", "ada", PASSWORD).await;
    assert_eq!(right.status, 200, "the failures are forgotten");
}

#[tokio::test]
async fn ds4_what_the_window_refuses_is_neither_hashed_nor_counted() {
    let rig = Rig::gated().await;
    for _ in 0..200 {
        rig.sign_in("password", "ada", WRONG).await;
    }
    // With 200 failures the wait would be at its longest; there were ten.
    rig.clock.advance(Duration::from_secs(60));
    let right = rig.sign_in("password", "ada", PASSWORD).await;
    assert_eq!(right.status, 200);
}

#[tokio::test]
async fn pw3_every_way_to_be_wrong_has_one_answer() {
    let rig = Rig::gated().await;
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("bob", "bob", &hash).await;
    let bob: UserId = "bob".parse().unwrap();
    rig.storage.users().set_disabled(bob, true).await.unwrap();
    // The first of all makes a hash for those who are not there.
    rig.sign_in("password", "ada", PASSWORD).await;
    let mut answers = Vec::new();
    for (name, password) in [
        ("ada", WRONG),
        ("nobody", PASSWORD),
        ("no name at all!", PASSWORD),
        ("bob", PASSWORD),
        ("ada", ""),
    ] {
        let before = rig.gateway.passwords.computed();
        let mut found = rig.sign_in("password", name, password).await;
        let work = rig.gateway.passwords.computed() - before;
        assert_eq!(work, 1, "{name}: the time is that of one hash");
        // Each request has an id of its own.
        found.headers.remove("x-request-id");
        answers.push((found.status, found.body, found.headers));
    }
    let all_alike = answers.windows(2).all(|pair| pair[0] == pair[1]);
    assert!(all_alike, "{answers:?}");
}

#[tokio::test]
async fn pw1_a_weak_hash_becomes_todays_at_the_first_sign_in() {
    let rig = Rig::gated().await;
    let scrypt =
        "scrypt$16384$8$1$MDEyMzQ1Njc4OWFiY2RlZg==$be+pHrk6IhVWe8lQv4BI+FPoD5Lld9Axaf5UQX+Osxs=";
    rig.add_login("bob", "bob", &hermes_secret::Secret::new(scrypt))
        .await;
    for _ in 0..2 {
        let found = rig.sign_in("password", "bob", "hunter2 hunter2").await;
        assert_eq!(found.status, 200);
        let users = rig.storage.users();
        let stored = users.password("bob".parse().unwrap()).await.unwrap();
        let phc = stored.unwrap().phc;
        assert!(phc.expose().starts_with("$argon2id$v=19$m=47104,t=1,p=1$"));
    }
}

#[tokio::test]
async fn basic_is_the_owner_and_is_made_on_the_first_sign_in() {
    let settings = |password: &str| {
        format!("{GATED}[gateway.basic]\nusername = \"Admin\"\npassword = \"{password}\"\n")
    };
    let rig = Rig::with(&settings(PASSWORD)).await;
    for (name, password, status) in [
        ("Admin", WRONG, 401),
        ("admin", PASSWORD, 401),
        ("Admin", PASSWORD, 200),
    ] {
        let found = rig.sign_in("basic", name, password).await;
        assert_eq!(found.status, status, "{name}");
    }
    let found = rig.sign_in("basic", "Admin", PASSWORD).await;
    let me = rig.get("/api/auth/me", &found.cookies()).await;
    assert_eq!(
        (&me.json()["user_id"], &me.json()["provider"]),
        (&"owner".into(), &"basic".into())
    );
    // The setting is the password: changing it is enough.
    let rig = rig.again(&settings(WRONG)).await;
    let found = rig.sign_in("basic", "Admin", PASSWORD).await;
    assert_eq!(found.status, 401);
}

#[tokio::test]
async fn a_form_signs_in_without_a_script() {
    let rig = Rig::gated().await;
    let path = "/auth/password-login?provider=password";
    let body = |password: &str| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("next", "/chat?x=1")
            .append_pair("username", "ada\"><i>")
            .append_pair("password", password);
        form.finish()
    };
    let wrong = rig.ask(form(path), &body(WRONG)).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.body.contains("The name or the password is wrong."));
    assert!(wrong.body.contains(r#"name="next" value="/chat?x=1""#));
    assert!(wrong.body.contains("ada&#34;&#62;&#60;i&#62;"), "escaped");
    assert!(!wrong.body.contains(WRONG) && !wrong.body.contains("<i>"));

    let right = body(PASSWORD).replace("%22%3E%3Ci%3E", "");
    let found = rig.ask(form(path), &right).await;
    assert_eq!(found.status, 303);
    assert_eq!(found.header("location"), "/chat?x=1");
    let me = rig.get("/api/auth/me", &found.cookies()).await;
    assert_eq!(me.status, 200);

    for _ in 0..8 {
        rig.ask(form(path), &right).await;
    }
    let many = rig.ask(form(path), &right).await;
    assert_eq!(many.status, 429);
    assert_eq!(many.header("retry-after"), "60");
    assert!(many.body.contains("The next one counts in 60 seconds."));
}

#[tokio::test]
async fn sc7_a_foreign_page_signs_nobody_in() {
    let rig = Rig::gated().await;
    let body = format!(r#"{{"provider":"password","username":"ada","password":"{PASSWORD}"}}"#);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://sub.gw.example.com"),
        ("content-type", "text/plain"),
    ] {
        let request = Request::post("/auth/password-login").header(name, value);
        let request = match name {
            "content-type" => request,
            _ => request.header(header::CONTENT_TYPE, "application/json"),
        };
        let request = request.header(header::CONTENT_LENGTH, body.len());
        let found = rig.ask(request, &body).await;
        assert_eq!(found.status, 403, "{name}: {value}");
        assert_eq!(found.cookies(), "");
    }
}

#[tokio::test]
async fn rp6_a_sign_in_makes_new_values_and_ends_the_session_before() {
    let rig = Rig::gated().await;
    let first = rig.signed_in("ada").await;
    let body = format!(r#"{{"provider":"password","username":"ada","password":"{PASSWORD}"}}"#);
    let request = json("/auth/password-login").header(header::COOKIE, &first);
    let second = rig.ask(request, &body).await.cookies();
    for value in first.split("; ") {
        assert!(!second.contains(value));
    }
    let old = rig.get("/api/auth/me", &first).await;
    assert_eq!(old.status, 401);
    let list = rig.get("/api/auth/sessions", &second).await.json();
    assert_eq!(list["sessions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn facts_1_15_one_attempt_one_line() {
    let rig = Rig::gated().await;
    rig.sign_in("password", "ada", WRONG).await;
    rig.sign_in("nobody", "ada", WRONG).await;
    rig.sign_in("password", "ada", PASSWORD).await;
    for _ in 0..9 {
        rig.sign_in("password", "eve", WRONG).await;
    }
    let lines = rig.audited();
    let lines: Vec<serde_json::Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let said = |at: usize| {
        let line = &lines[at];
        let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
        [text("event"), text("provider"), text("reason"), text("ip")].join(" ")
    };
    assert_eq!(
        said(0),
        "login_failure password invalid_credentials 192.0.2.1"
    );
    assert_eq!(
        said(1),
        "login_failure nobody unknown_password_provider 192.0.2.1"
    );
    assert_eq!(said(2), "login_success password - 192.0.2.1");
    assert_eq!(lines[2]["user_id"], "owner");
    assert_eq!(said(11), "login_failure password rate_limited 192.0.2.1");
    assert_eq!(lines.len(), 12);
}

/// A password that nobody has yet.
const NEW: &str = "seventeen herons over the weir";

fn change(current: &str, new: &str) -> String {
    serde_json::json!({ "current": current, "new": new }).to_string()
}

#[tokio::test]
async fn pw6_a_new_password_ends_the_other_sessions() {
    let rig = Rig::gated().await;
    let (here, there) = (rig.signed_in("ada").await, rig.signed_in("ada").await);
    let ask = async |cookies: &str, body: String| {
        let request = json("/api/auth/password").header(header::COOKIE, cookies);
        rig.ask(request, &body).await
    };
    for (body, status, says) in [
        (change(WRONG, NEW), 403, "The current password is wrong"),
        (change(PASSWORD, "short"), 422, "15 is the fewest"),
        (change(PASSWORD, "password password"), 422, "anybody tries"),
        ("{}".to_owned(), 422, ""),
    ] {
        let answer = ask(&here, body).await;
        assert_eq!(answer.status, status, "{}", answer.body);
        assert!(answer.body.contains(says), "{}", answer.body);
    }
    assert_eq!(rig.get("/api/auth/me", &there).await.status, 200);
    let changed = ask(&here, change(PASSWORD, NEW)).await;
    assert_eq!(changed.shown(), r#"200 {"ended":1}"#);
    assert_eq!(rig.get("/api/auth/me", &there).await.status, 401);
    assert_eq!(rig.get("/api/auth/me", &here).await.status, 200);
    assert_eq!(rig.sign_in("password", "ada", PASSWORD).await.status, 401);
    assert_eq!(rig.sign_in("password", "ada", NEW).await.status, 200);
}

#[tokio::test]
async fn pw6_guessing_at_a_session_that_was_left_open_is_limited() {
    let rig = Rig::gated().await;
    let cookies = rig.signed_in("ada").await;
    let mut statuses = Vec::new();
    for _ in 0..11 {
        let request = json("/api/auth/password").header(header::COOKIE, &cookies);
        statuses.push(rig.ask(request, &change(WRONG, NEW)).await.status);
    }
    assert_eq!(statuses[..9], [403; 9]);
    assert_eq!(statuses[9..], [429; 2], "the sign-in counts too");
}

#[tokio::test]
async fn pw6_who_has_no_password_has_none_to_change() {
    let rig = Rig::owned(super::rig::LOCAL).await;
    let opened = rig.open(UserId::owner()).await;
    let request = super::rig::signed(json("/api/auth/password"), &opened);
    let answer = rig.ask(request, &change(PASSWORD, NEW)).await;
    assert_eq!(answer.status, 422);
    assert!(
        answer.body.contains("without a password"),
        "{}",
        answer.body
    );
    let page = rig.ask(super::rig::signed(super::rig::get("/account"), &opened), "");
    assert!(!page.await.body.contains("data-do=\"password\""));
}

#[tokio::test]
async fn pw5_a_thousand_at_once_cost_no_more_than_the_limits_let_through() {
    // So few that the counting of their failures, on any disk, is over before patience is.
    let settings = format!("{GATED}[gateway.limits]\nsign_ins_in_all = 5\n");
    let rig = Arc::new(Rig::with(&settings).await);
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("owner", "ada", &hash).await;
    rig.gateway.look_for_owner().await.unwrap();
    let before = rig.gateway.passwords.computed();
    // A task each, as connections have, and whoever was let through goes on between them. Would they
    // wait until a thousand are turned away, a busy machine would be slower than patience.
    let mut all = JoinSet::new();
    for n in 0..1000 {
        let rig = Arc::clone(&rig);
        all.spawn(async move {
            let (peer, name) = (
                format!("198.51.{}.{}", n / 250, n % 250),
                format!("user-{n}"),
            );
            rig.sign_in_from(&peer, "password", &name, WRONG).await
        });
        tokio::task::yield_now().await;
    }
    let status = rig.get("/api/status", "").await;
    assert_eq!(status.status, 200, "others are served meanwhile");
    let mut by_status = BTreeMap::<_, usize>::new();
    for answer in all.join_all().await {
        *by_status.entry(answer.status).or_default() += 1;
    }
    let wrong = by_status.get(&401).copied().unwrap_or_default();
    assert!((1..=5).contains(&wrong), "{by_status:?}");
    let expected = BTreeMap::from([(401, wrong), (429, 1000 - wrong)]);
    assert_eq!(by_status, expected);
    let computed = usize::try_from(rig.gateway.passwords.computed() - before).unwrap();
    // Who was told that it was wrong has cost a hash, and nobody else; the pool's first of all may
    // be made once for each core.
    assert!(
        (wrong..=wrong + 2).contains(&computed),
        "{computed} for {wrong}"
    );
}
