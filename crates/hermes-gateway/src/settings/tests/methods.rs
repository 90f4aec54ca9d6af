use super::*;

const ISSUER: &str = "[[gateway.oidc]]\nissuer = \"https://id.test\"\nclient_id = \"hermes\"\n";

#[test]
fn facts_1_13_basic_from_upstreams_variables() {
    let user = ("HERMES_DASHBOARD_BASIC_AUTH_USERNAME", "admin");
    let plain = ("HERMES_DASHBOARD_BASIC_AUTH_PASSWORD", "canary-password");
    let hash = (
        "HERMES_DASHBOARD_BASIC_AUTH_PASSWORD_HASH",
        "scrypt$16384$8$1$c2FsdA==$ZGs=",
    );
    let settings = of_variables(&[user, plain]).unwrap();
    assert!(settings.has_methods() && settings.names_owner());
    let basic = settings.basic.unwrap();
    assert_eq!(basic.username, "admin");
    assert!(matches!(basic.password, BasicPassword::Plain(it) if it.matches("canary-password")));
    let basic = of_variables(&[user, hash]).unwrap().basic.unwrap();
    assert!(matches!(basic.password, BasicPassword::Hash(_)));
    for (pairs, sentence) in [
        (&[user][..], "`gateway.basic.username` needs"),
        (&[plain], "`gateway.basic.username` is needed"),
        (
            &[user, plain, hash],
            "`gateway.basic.password` and `gateway.basic.password_hash` exclude",
        ),
        (
            &[user, ("HERMES_DASHBOARD_BASIC_AUTH_PASSWORD_HASH", "md5")],
            "`gateway.basic.password_hash` must begin",
        ),
    ] {
        let found = problem(of_variables(pairs));
        assert!(
            found.starts_with(sentence) && !found.contains("canary"),
            "{found}"
        );
    }
}

#[test]
fn facts_1_13_nous_from_upstreams_variables() {
    let id = ("HERMES_DASHBOARD_OAUTH_CLIENT_ID", "agent:a1");
    let nous = of_variables(&[id]).unwrap().nous.unwrap();
    assert_eq!(nous.portal_url.as_str(), "https://portal.nousresearch.com/");
    let portal = ("HERMES_DASHBOARD_PORTAL_URL", "https://portal.test");
    let nous = of_variables(&[id, portal]).unwrap().nous.unwrap();
    assert_eq!(
        (nous.client_id.as_str(), nous.portal_url.as_str()),
        ("agent:a1", "https://portal.test/")
    );
    assert!(of_variables(&[portal]).unwrap().nous.is_none());
    for (name, text) in [
        ("HERMES_DASHBOARD_OAUTH_CLIENT_ID", "a1"),
        ("HERMES_DASHBOARD_OAUTH_CLIENT_ID", "agent:"),
        ("HERMES_DASHBOARD_PORTAL_URL", "http://portal.test"),
        ("HERMES_DASHBOARD_PORTAL_URL", "https://portal.test/?x"),
    ] {
        let found = problem(of_variables(&[(name, text)]));
        assert!(found.starts_with("`gateway.nous."), "{found}");
    }
}

#[test]
fn facts_1_13_oidc_from_upstreams_variables() {
    let settings = of_variables(&[
        ("HERMES_DASHBOARD_OIDC_ISSUER", "https://id.test/realm/"),
        ("HERMES_DASHBOARD_OIDC_CLIENT_ID", "hermes"),
        ("HERMES_DASHBOARD_OIDC_CLIENT_SECRET", "canary-secret"),
        ("HERMES_DASHBOARD_OIDC_SCOPES", "openid groups"),
        ("HERMES_GATEWAY_OIDC_ALLOW_DOMAINS", "team.test"),
    ])
    .unwrap();
    assert!(settings.has_methods() && !settings.names_owner());
    assert!(!format!("{settings:?}").contains("canary"));
    let issuer = &settings.issuers[0];
    assert_eq!(
        (issuer.name.as_str(), issuer.display_name.as_str()),
        ("self-hosted", "self-hosted")
    );
    assert_eq!(issuer.issuer.as_str(), "https://id.test/realm/");
    assert_eq!(issuer.scopes, ["openid", "groups"]);
    assert_eq!(issuer.allow.domains, ["team.test"]);
    let found = of_variables(&[("HERMES_DASHBOARD_OIDC_ISSUER", "https://id.test")]);
    assert_eq!(
        problem(found),
        "`gateway.oidc.self-hosted.client_id` is needed"
    );
}

#[test]
fn several_issuers_each_of_its_own_name() {
    let second = "[[gateway.oidc]]\nname = \"work\"\nissuer = \"https://id.work\"\nclient_id = \"x\"\n\
                  owner_email = \"me@work.test\"\n";
    let settings = of_file(&format!("{ISSUER}{second}")).unwrap();
    let names: Vec<_> = settings
        .issuers
        .iter()
        .map(|issuer| issuer.name.as_str())
        .collect();
    assert_eq!(names, ["self-hosted", "work"]);
    assert!(settings.names_owner());
    assert_eq!(
        settings.origin("gateway.oidc.work.issuer"),
        Some(&Origin::File)
    );
    let twice = problem(of_file(&format!("{ISSUER}{ISSUER}")));
    assert!(twice.contains("is the name of two issuers"), "{twice}");
}

#[test]
fn variables_speak_of_one_issuer() {
    let file = format!(
        "{ISSUER}[[gateway.oidc]]\nname = \"work\"\nissuer = \"https://id.work\"\nclient_id = \"x\"\n"
    );
    let load = |pairs: [(&str, &str); 2]| {
        let settings = load_all(&Flags::default(), &Environment::from(pairs), &file).unwrap();
        let clients = settings
            .issuers
            .iter()
            .map(|issuer| issuer.client_id.clone());
        clients.collect::<Vec<_>>()
    };
    let client = ("HERMES_GATEWAY_OIDC_CLIENT_ID", "changed");
    assert_eq!(load([client, ("A", "b")]), ["changed", "x"]);
    assert_eq!(
        load([client, ("HERMES_GATEWAY_OIDC_NAME", "work")]),
        ["hermes", "changed"]
    );
}

#[test]
fn what_an_issuer_may_not_be() {
    for (line, sentence) in [
        ("name = \"nous\"", "is the name of another sign-in method"),
        ("name = \"A b\"", "must have 1 to 32"),
        ("name = \"\"", "must have 1 to 32"),
        ("scopes = \"email\"", "must hold `openid`"),
        ("allow_emails = [\"x\"]", "must be an e-mail address"),
        ("allow_domains = [\"@x.test\"]", "must hold domains"),
        ("allow_domains = [\"*.test\"]", "must hold domains"),
        ("allow_groups = [\"\"]", "must not be empty"),
        ("owner_email = \"x@\"", "must be an e-mail address"),
        ("display_name = \" x\"", "must not be empty, nor begin"),
        (
            "client_secret_file = \"/nowhere\"",
            "cannot be read from /nowhere",
        ),
    ] {
        let found = problem(of_file(&format!("{ISSUER}{line}\n")));
        assert!(
            found.contains(sentence) && found.starts_with("`gateway.oidc."),
            "{found}"
        );
    }
    for issuer in [
        "http://id.test",
        "id.test",
        "https://u@id.test",
        "https://id.test/#x",
    ] {
        let found = problem(of_file(&ISSUER.replace("https://id.test", issuer)));
        assert!(
            found.starts_with("`gateway.oidc.self-hosted.issuer` must"),
            "{found}"
        );
    }
    let local = of_file(&ISSUER.replace("https://id.test", "http://127.0.0.1:4000"));
    assert!(local.is_ok(), "{local:?}");
}
