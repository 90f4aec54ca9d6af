//! Accepting an invitation by a password: what counts, once, and what does not.

use std::time::Duration;

use futures_util::future::join_all;
use hermes_storage::{Role, StorageError, UserId};
use serde_json::{Value, json as value};

use super::rig::{Answer, GATED, LOCAL, ONE, PASSWORD, Rig, get, json};
use crate::{claim::LIFE, mode::Mode};

/// Accepts from an address of its own.
async fn accept_from(rig: &Rig, peer: &str, secret: &str, name: &str, password: &str) -> Answer {
    let body = value!({ "secret": secret, "username": name, "password": password });
    rig.ask_from(peer, json("/auth/claim"), body.to_string())
        .await
}

async fn accept(rig: &Rig, secret: &str, name: &str) -> Answer {
    accept_from(rig, "192.0.2.1", secret, name, PASSWORD).await
}

async fn look(rig: &Rig, secret: &str) -> Answer {
    let body = value!({ "secret": secret }).to_string();
    rig.ask(json("/auth/claim/invitation"), &body).await
}

async fn users(rig: &Rig) -> usize {
    rig.storage.users().list().await.unwrap().len()
}

#[tokio::test]
async fn design_5_1_a_claim_makes_the_owner_and_signs_them_in() {
    let rig = Rig::with(GATED).await;
    assert_eq!(rig.gateway.mode(), Mode::Unclaimed);
    let page = rig.get("/claim", "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("hermes owner invite"), "{}", page.body);
    let secret = rig.gateway.invite_owner().await.unwrap().unwrap();
    let secret = secret.expose();
    let found = look(&rig, secret).await;
    insta::assert_snapshot!(found.shown(), @r#"200 {"owner":true,"display_name":"","username":"","providers":[],"password_min_length":15,"expires_at":1795352400}"#);
    let answer = accept(&rig, secret, " Ada ").await;
    assert_eq!(answer.shown(), r#"200 {"next":"/"}"#);
    assert_eq!(rig.gateway.mode(), Mode::Gated);
    let cookies = answer.cookies();
    let me = rig.get("/api/auth/me", &cookies).await.json();
    assert_eq!([&me["user_id"], &me["provider"]], ["owner", "password"]);
    assert_eq!(rig.get("/", &cookies).await.status, 200);
    assert_eq!(rig.sign_in("password", "ada", PASSWORD).await.status, 200);

    assert!(rig.gateway.invite_owner().await.unwrap().is_none());
    for spent in [accept(&rig, secret, "eve").await, look(&rig, secret).await] {
        assert_eq!(spent.status, 404);
        assert_eq!(
            spent.json()["detail"],
            "This link was used before, or is over"
        );
        let hint = spent.json()["hint"].clone();
        assert!(hint.as_str().unwrap().contains("hermes owner invite"));
    }
    assert_eq!(users(&rig).await, 1);
}

#[tokio::test]
async fn pw6_of_64_claims_at_once_one_wins() {
    let rig = Rig::with(GATED).await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let peers: Vec<_> = (1..=64).map(|n| format!("192.0.2.{n}")).collect();
    let claims = peers.iter().enumerate().map(async |(n, peer)| {
        let name = format!("ada-{n}");
        accept_from(&rig, peer, &secret, &name, PASSWORD).await
    });
    // Hashing is bounded: who finds it busy is told to come again, and the link is as it was.
    let answers = join_all(claims).await;
    let count = |status| answers.iter().filter(|it| it.status == status).count();
    assert_eq!(count(200), 1, "{answers:?}");
    assert_eq!(count(404) + count(429), 63);
    assert_eq!(users(&rig).await, 1);
    let sessions = rig.storage.sessions();
    let horizon = hermes_storage::Horizon {
        now: hermes_machine::Clock::now(&*rig.clock),
        idle: Duration::from_secs(3600),
    };
    let open = sessions.list(UserId::owner(), horizon).await.unwrap();
    assert_eq!(open.len(), 1);
}

#[tokio::test]
async fn pw6_a_link_lasts_an_hour_and_only_the_newest_counts() {
    let rig = Rig::with(GATED).await;
    let older = rig.invite("owner", Role::Owner, None).await;
    let newer = rig.invite("owner", Role::Owner, None).await;
    assert_eq!(accept(&rig, &older, "ada").await.status, 404);
    rig.clock.advance(LIFE - Duration::from_millis(1));
    assert_eq!(look(&rig, &newer).await.status, 200);
    rig.clock.advance(Duration::from_millis(1));
    assert_eq!(look(&rig, &newer).await.status, 404);
    assert_eq!(accept(&rig, &newer, "ada").await.status, 404);
    assert_eq!(users(&rig).await, 0);
}

#[tokio::test]
async fn sc7_what_is_wrong_or_forged_claims_nothing_and_leaves_the_link_open() {
    let rig = Rig::with(GATED).await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let good = value!({ "secret": secret, "username": "ada", "password": PASSWORD }).to_string();
    for (header, sent) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "null"),
    ] {
        for path in ["/auth/claim", "/auth/claim/invitation", "/auth/claim/start"] {
            let forged = rig.ask(json(path).header(header, sent), &good).await;
            assert!(
                [403, 422].contains(&forged.status),
                "{path} {header}: {sent}"
            );
        }
    }
    let form = super::rig::form("/auth/claim");
    let form = rig.ask(form, &format!("secret={secret}")).await;
    assert!(form.status >= 400, "{form:?}");
    for body in [
        "",
        "{}",
        "[]",
        "{",
        r#"{"secret":1}"#,
        &good.replace('}', ",\"x\":1}"),
    ] {
        let garbage = rig.ask(json("/auth/claim"), body).await;
        assert!((400..500).contains(&garbage.status), "{body}");
        assert!(!garbage.body.contains(&secret), "{}", garbage.body);
    }
    for path in ["/auth/claim", "/auth/claim/invitation", "/auth/claim/start"] {
        assert_eq!(rig.ask(get(path), "").await.status, 405, "{path}");
    }
    let wrong: String = secret.chars().rev().collect();
    for wrong in ["", "x", "\u{0}", &wrong, &"a".repeat(9000)] {
        assert_eq!(accept(&rig, wrong, "ada").await.status, 404, "{wrong}");
    }
    let huge = value!({ "secret": "a".repeat(20_000) }).to_string();
    let huge = rig.ask(json("/auth/claim/invitation"), &huge).await;
    assert_eq!(huge.status, 413);
    for (name, password, says) in [
        ("no name", PASSWORD, "1 to 64 characters"),
        ("ada", "short", "5 characters, and 15 is the fewest"),
        (
            "ada",
            "passwordpassword",
            "one of the first that anybody tries",
        ),
    ] {
        let refused = accept_from(&rig, "192.0.2.2", &secret, name, password).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(says), "{}", refused.body);
    }
    assert_eq!(users(&rig).await, 0);
    assert_eq!(accept(&rig, &secret, "ada").await.status, 200);
}

#[tokio::test]
async fn rz9_a_gateway_that_has_its_owner_cannot_be_claimed() {
    let rig = Rig::with(GATED).await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let hash = rig.hash(PASSWORD).await;
    rig.add_login("owner", "ada", &hash).await;
    rig.gateway.look_for_owner().await.unwrap();
    assert_eq!(accept(&rig, &secret, "eve").await.status, 404);
    assert_eq!(rig.sign_in("password", "ada", PASSWORD).await.status, 200);
    assert_eq!(users(&rig).await, 1);
}

#[tokio::test]
async fn an_invited_user_joins_and_an_old_one_gets_back_in() {
    let rig = Rig::gated().await;
    let secret = rig.invite("bob", Role::Member, Some("Bob")).await;
    let found = look(&rig, &secret).await.json();
    assert_eq!(
        [&found["owner"], &found["display_name"], &found["username"]],
        [&value!(false), &value!("Bob"), &value!("bob")]
    );
    let taken = accept(&rig, &secret, "ADA").await;
    assert_eq!(
        taken.shown(),
        r#"409 {"detail":"Another user has this name"}"#
    );
    let bob = accept(&rig, &secret, "bob").await;
    assert_eq!(bob.status, 200);
    let me = rig.get("/api/auth/me", &bob.cookies()).await.json();
    assert_eq!(me["display_name"], "Bob");

    let ada = rig.signed_in("ada").await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    assert_eq!(look(&rig, &secret).await.json()["username"], "ada");
    let another = "canary nineteen herons";
    let back = accept_from(&rig, "192.0.2.1", &secret, "ada", another).await;
    assert_eq!(back.status, 200);
    assert_eq!(rig.get("/api/auth/me", &ada).await.status, 401);
    assert_eq!(rig.sign_in("password", "ada", PASSWORD).await.status, 401);

    let secret = rig.invite("bob", Role::Member, None).await;
    let users = rig.storage.users();
    users
        .set_disabled("bob".parse().unwrap(), true)
        .await
        .unwrap();
    assert_eq!(accept(&rig, &secret, "bob").await.status, 404);
}

#[tokio::test]
async fn nobody_joins_before_the_owner() {
    let rig = Rig::with(GATED).await;
    let secret = rig.invite("bob", Role::Member, Some("Bob")).await;
    assert_eq!(look(&rig, &secret).await.status, 503);
    assert_eq!(accept(&rig, &secret, "bob").await.status, 503);
    assert_eq!(users(&rig).await, 0);
}

#[tokio::test]
async fn in_token_mode_there_is_nothing_to_claim() {
    let rig = Rig::with("").await;
    let secret = rig.invite("owner", Role::Owner, None).await;
    let page = rig.get("/claim", "").await;
    assert_eq!((page.status, page.location()), (303, "/"));
    assert_eq!(accept(&rig, &secret, "ada").await.status, 404);
    let taken = rig.storage.users().take_ways_in(UserId::owner()).await;
    assert!(matches!(taken, Err(StorageError::UserUnknown)));
}

#[tokio::test]
async fn sc8_a_reset_of_the_owner_ends_everything_and_a_link_begins_anew() {
    let rig = Rig::gated().await;
    let ada = rig.signed_in("ada").await;
    let ended = rig.storage.users().take_ways_in(UserId::owner()).await;
    assert_eq!(ended.unwrap().len(), 1);
    let secret = rig.invite("owner", Role::Owner, None).await;
    rig.gateway.sessions.recheck().await.unwrap();
    assert_eq!(rig.get("/api/auth/me", &ada).await.status, 401);
    assert_eq!(rig.sign_in("password", "ada", PASSWORD).await.status, 401);
    assert_eq!(look(&rig, &secret).await.json()["username"], "ada");
    assert_eq!(accept(&rig, &secret, "ada").await.status, 200);
}

#[tokio::test]
async fn wb8_a_page_that_is_not_encrypted_says_so() {
    let rig = Rig::with("[gateway]\nhost = \"0.0.0.0\"\n").await;
    let page = |host: &str| get("/claim").header("host", host.to_owned());
    let near = rig.ask(page("127.0.0.1:9119"), "").await.body;
    assert!(!near.contains("not encrypted"), "{near}");
    let settings = super::rig::public("http://gw.example.com:8080");
    let rig = Rig::with(&settings).await;
    let far = rig.ask(page("gw.example.com:8080"), "").await.body;
    assert!(far.contains("not encrypted"), "{far}");
    assert!(far.contains("ssh -L 8080:127.0.0.1:8080"), "{far}");
    assert!(far.contains("<noscript>"), "{far}");
}

#[tokio::test]
async fn lg1_lg3_a_claim_is_written_down_without_its_secret() {
    let rig = Rig::with(&format!("{LOCAL}{ONE}")).await;
    let secret = rig.gateway.invite_owner().await.unwrap().unwrap();
    let secret = secret.expose().to_owned();
    look(&rig, &secret).await;
    accept_from(&rig, "192.0.2.1", &secret, "canary name", "canary short").await;
    look(&rig, "canary-wrong-secret").await;
    let start = value!({ "secret": secret, "provider": "acme" }).to_string();
    rig.ask(json("/auth/claim/start"), &start).await;
    accept(&rig, &secret, "ada").await;
    let log = rig.audited();
    for canary in [&secret, PASSWORD, "canary"] {
        assert!(!log.contains(canary), "{canary}: {log}");
    }
    let shown = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| line[name].as_str().unwrap_or("-").to_owned();
        ["event", "ip", "user_id", "provider", "reason"]
            .map(text)
            .join(" ")
    };
    let lines: Vec<_> = log.lines().map(shown).collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    user_changed - owner - invited
    login_failure 192.0.2.1 - invitation name_refused
    login_failure 192.0.2.1 - invitation invitation_spent
    login_start 192.0.2.1 - acme -
    user_changed 192.0.2.1 owner - invitation_accepted
    login_success 192.0.2.1 owner password -
    ");
}
