use std::{path::Path, time::Duration};

use hermes_machine::Environment;
use proptest::prelude::*;

use super::{table::SECTIONS, *};

mod flags;
mod methods;
mod model;
mod problems;
mod schema;

const TOKEN: &str = "canary-token-0123456789abcdef0123456789";

fn read_secret(path: &Path) -> Result<Secret, String> {
    match path.to_str() {
        Some("/run/secrets/it") => Ok(Secret::new(format!("{TOKEN}\n"))),
        Some("/run/secrets/empty") => Ok(Secret::new("\n")),
        _ => Err("no such file".to_owned()),
    }
}

fn load_all(flags: &Flags, environment: &Environment, file: &str) -> Result<Settings, Vec<String>> {
    let sources = Sources {
        flags,
        environment,
        file: Some(file),
        read_secret: &read_secret,
    };
    let shown = |problems: Vec<Problem>| problems.iter().map(ToString::to_string).collect();
    Settings::load(sources).map_err(shown)
}

/// What is typed as these flags.
fn flags(typed: &[(&str, &str)]) -> Flags {
    let flag = |(name, text): &(&str, &str)| {
        let flag = Flag::all().find(|flag| flag.name() == *name);
        (flag.unwrap(), (*text).to_owned())
    };
    typed.iter().map(flag).collect()
}

fn of_flags(typed: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    load_all(&flags(typed), &Environment::default(), "")
}

fn of_file(file: &str) -> Result<Settings, Vec<String>> {
    load_all(&Flags::default(), &Environment::default(), file)
}

fn of_variables(pairs: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    let with =
        |environment: Environment, (name, value): &(&str, &str)| environment.with(name, *value);
    let environment = pairs.iter().fold(Environment::default(), with);
    load_all(&Flags::default(), &environment, "")
}

/// The one problem of a load that must fail.
fn problem(loaded: Result<Settings, Vec<String>>) -> String {
    let mut problems = loaded.unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems.remove(0)
}

#[test]
fn defaults() {
    let settings = of_file("").unwrap();
    assert_eq!((settings.host.as_str(), settings.port), ("127.0.0.1", 9119));
    assert_eq!(settings.lifetimes, Lifetimes::default());
    assert!(settings.open && settings.proxy.non_web_origins && !settings.token_in_page);
    assert!(settings.push && !settings.announce);
    assert!(settings.token.is_none() && settings.metrics.is_none());
    assert!(settings.proxy.trusted_proxies.is_empty() && settings.proxy.public_url.is_none());
    assert!(!settings.has_methods() && !settings.names_owner());
    assert_eq!(settings.log_format, LogFormat::Text);
    let limits = settings.limits;
    assert_eq!(
        (limits.tickets_per_session, limits.sockets_per_session),
        (32, 32)
    );
    assert_eq!(limits.body_bytes, 1 << 20);
    assert!(
        settings
            .rows()
            .iter()
            .all(|row| row.origin == Origin::Default)
    );
}

#[test]
fn every_key_is_read_once() {
    let settings =
        of_file("[[gateway.oidc]]\nissuer = \"https://id.test\"\nclient_id = \"x\"").unwrap();
    let mut read: Vec<_> = settings.rows().iter().map(|row| row.key.clone()).collect();
    let paths = SECTIONS.map(|section| (section, section.table.to_owned()));
    let issuer = (&table::ISSUER, "gateway.oidc.self-hosted".to_owned());
    let mut known: Vec<_> = paths
        .into_iter()
        .chain([issuer])
        .flat_map(|(section, path)| {
            section
                .keys
                .iter()
                .map(move |key| format!("{path}.{}", key.name))
        })
        .collect();
    read.sort();
    known.sort();
    assert_eq!(read, known);
}

/// The default file with every setting that has a default taken out of its comment.
fn default_file_in_force() -> String {
    let lines = default_file();
    let (once, _) = lines.split_once("#[[gateway.oidc]]").unwrap();
    let line = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') && !setting.ends_with("# not set") => {
            setting.to_owned()
        }
        _ => line.to_owned(),
    };
    once.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_default_file_changes_nothing() {
    let without = of_file("").unwrap();
    assert_eq!(of_file(&default_file()).unwrap().rows(), without.rows());
    let forced = of_file(&default_file_in_force()).unwrap();
    let values = |settings: &Settings| {
        let rows = settings.rows().iter();
        rows.map(|row| (row.key.clone(), row.value.clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(values(&forced), values(&without));
    let from_file = forced
        .rows()
        .iter()
        .filter(|row| row.origin == Origin::File);
    assert!(from_file.count() > 20);
}

#[test]
fn the_default_file_names_every_key_once_and_is_not_wide() {
    let file = default_file();
    let sections = SECTIONS.into_iter().chain([&table::ISSUER]);
    for (section, key) in
        sections.flat_map(|section| section.keys.iter().map(move |key| (section, key)))
    {
        let head = match section.table {
            "gateway.oidc" => "\n#[[gateway.oidc]]\n".to_owned(),
            table => format!("\n[{table}]\n"),
        };
        let (_, rest) = file.split_once(&head).unwrap();
        let body = rest.split("\n[").next().unwrap();
        let body = body.split("\n#[[").next().unwrap();
        assert_eq!(
            body.matches(&format!("\n#{} = ", key.name)).count(),
            1,
            "{head} {}",
            key.name
        );
        assert!(
            key.about.ends_with('.') || key.about.ends_with("\"."),
            "{}",
            key.name
        );
    }
    for line in file.lines() {
        assert!(line.len() <= 100, "{line}");
    }
}

#[test]
fn flags_win_over_variables_over_the_file() {
    let file = "[gateway]\nport = 1\n";
    let environment = Environment::from([("HERMES_GATEWAY_PORT", "2")]);
    let flags = Flags::of_port(Some("3"));
    let load = |flags: &Flags, environment: &Environment| {
        let settings = load_all(flags, environment, file).unwrap();
        let origin = settings.origin("gateway.port").unwrap().to_string();
        (settings.port, origin)
    };
    let none = Environment::default();
    assert_eq!(load(&flags, &environment), (3, "flag --port".to_owned()));
    let second = (2, "environment HERMES_GATEWAY_PORT".to_owned());
    assert_eq!(load(&Flags::default(), &environment), second);
    assert_eq!(load(&Flags::default(), &none), (1, "file".to_owned()));
    let empty = Environment::from([("HERMES_GATEWAY_PORT", "")]);
    assert_eq!(load(&Flags::default(), &empty), (1, "file".to_owned()));
}

#[test]
fn each_variable_is_named_after_its_key() {
    for (name, text, key) in [
        ("HERMES_GATEWAY_HOST", "0.0.0.0", "gateway.host"),
        ("HERMES_GATEWAY_OPEN", "no", "gateway.open"),
        (
            "HERMES_GATEWAY_METRICS",
            "127.0.0.1:9120",
            "gateway.metrics",
        ),
        (
            "HERMES_GATEWAY_PROXY_PUBLIC_URL",
            "https://h",
            "gateway.proxy.public_url",
        ),
        (
            "HERMES_GATEWAY_PROXY_TRUSTED_PROXIES",
            "10.0.0.0/8, ::1",
            "gateway.proxy.trusted_proxies",
        ),
        (
            "HERMES_GATEWAY_PROXY_ALLOWED_HOSTS",
            "a.lan,b.lan",
            "gateway.proxy.allowed_hosts",
        ),
        (
            "HERMES_GATEWAY_PROXY_ALLOWED_ORIGINS",
            "https://c:1",
            "gateway.proxy.allowed_origins",
        ),
        (
            "HERMES_GATEWAY_PROXY_NON_WEB_ORIGINS",
            "off",
            "gateway.proxy.non_web_origins",
        ),
        (
            "HERMES_GATEWAY_SESSIONS_IDLE",
            "1d",
            "gateway.sessions.idle",
        ),
        (
            "HERMES_GATEWAY_LIMITS_SOCKETS",
            "9",
            "gateway.limits.sockets",
        ),
        (
            "HERMES_GATEWAY_PASSWORD_MIN_LENGTH",
            "20",
            "gateway.password.min_length",
        ),
        ("HERMES_GATEWAY_TOKEN_IN_PAGE", "1", "gateway.token_in_page"),
        ("HERMES_GATEWAY_TOKEN", TOKEN, "gateway.token"),
    ] {
        let settings = of_variables(&[(name, text)]).unwrap();
        let origin = Origin::Variable(name.to_owned());
        assert_eq!(settings.origin(key), Some(&origin), "{name}");
    }
}

#[test]
fn facts_1_10_to_1_13_upstreams_variables_keep_working() {
    for (name, text, key) in [
        ("HERMES_DASHBOARD_SESSION_TOKEN", TOKEN, "gateway.token"),
        (
            "HERMES_DASHBOARD_PUBLIC_URL",
            "https://h/x",
            "gateway.proxy.public_url",
        ),
        (
            "FORWARDED_ALLOW_IPS",
            "127.0.0.1,::1",
            "gateway.proxy.trusted_proxies",
        ),
        (
            "HERMES_DASHBOARD_BASIC_AUTH_TTL_SECONDS",
            "43200",
            "gateway.sessions.short_lived",
        ),
        (
            "HERMES_DASHBOARD_OAUTH_CLIENT_ID",
            "agent:1",
            "gateway.nous.client_id",
        ),
        (
            "HERMES_DASHBOARD_PORTAL_URL",
            "https://p.test",
            "gateway.nous.portal_url",
        ),
    ] {
        let settings = of_variables(&[(name, text)]).unwrap();
        let origin = Origin::Variable(name.to_owned());
        assert_eq!(settings.origin(key), Some(&origin), "{name}");
    }
    let both = of_variables(&[
        ("HERMES_DASHBOARD_PUBLIC_URL", "https://theirs"),
        ("HERMES_GATEWAY_PROXY_PUBLIC_URL", "https://ours"),
    ]);
    let url = both.unwrap().proxy.public_url.unwrap();
    assert_eq!(url.to_string(), "https://ours");
}

#[test]
fn lg1_no_secret_is_shown_and_files_may_hold_them() {
    for (variables, file) in [
        (
            &[("HERMES_GATEWAY_TOKEN_FILE", "/run/secrets/it")][..],
            String::new(),
        ),
        (
            &[],
            "[gateway]\ntoken_file = \"/run/secrets/it\"".to_owned(),
        ),
        (&[], format!("[gateway]\ntoken = \"{TOKEN}\"")),
    ] {
        let with =
            |environment: Environment, (name, value): &(&str, &str)| environment.with(name, *value);
        let environment = variables.iter().fold(Environment::default(), with);
        let settings = load_all(&Flags::default(), &environment, &file).unwrap();
        assert!(settings.token.as_ref().unwrap().matches(TOKEN));
        let json: Vec<_> = settings.rows().iter().map(Row::to_json).collect();
        let shown = format!("{settings:?} {json:?}");
        assert!(!shown.contains("canary"), "{shown}");
        let row = settings
            .rows()
            .iter()
            .find(|row| row.key == "gateway.token");
        assert_eq!(row.unwrap().value, Shown::Secret);
    }
    let twice = [
        ("HERMES_GATEWAY_TOKEN", TOKEN),
        ("HERMES_GATEWAY_TOKEN_FILE", "/run/secrets/it"),
    ];
    let found = problem(of_variables(&twice));
    assert!(
        found.contains("is set twice") && !found.contains("canary"),
        "{found}"
    );
    let broken = format!("[gateway]\ntoken = \"{TOKEN}\" x");
    assert!(!problem(of_file(&broken)).contains("canary"));
}

#[test]
fn rows_are_data_for_scripts() {
    let settings = of_variables(&[
        ("HERMES_GATEWAY_PORT", "1"),
        ("HERMES_GATEWAY_TOKEN", TOKEN),
    ]);
    let settings = settings.unwrap();
    let row = |key: &str| {
        let row = settings.rows().iter().find(|row| row.key == key).unwrap();
        row.to_json().to_string()
    };
    assert_eq!(
        row("gateway.port"),
        r#"{"key":"gateway.port","value":1,"origin":"environment","name":"HERMES_GATEWAY_PORT"}"#
    );
    assert_eq!(
        row("gateway.token"),
        r#"{"key":"gateway.token","value":"set","origin":"environment","name":"HERMES_GATEWAY_TOKEN"}"#
    );
    assert_eq!(
        row("gateway.proxy.public_url"),
        r#"{"key":"gateway.proxy.public_url","value":null,"origin":"default","name":null}"#
    );
    assert_eq!(
        row("gateway.sessions.idle"),
        r#"{"key":"gateway.sessions.idle","value":"7d","origin":"default","name":null}"#
    );
}

#[test]
fn what_is_doubtful_gets_a_sentence() {
    let file = "[gateway]\ntoken_in_page = true\nmetrics = \"0.0.0.0:1\"\nannounce = true\n\
                [gateway.proxy]\npublic_url = \"http://gw.example.com\"\n\
                [gateway.nous]\nclient_id = \"agent:1\"\n\
                [[gateway.oidc]]\nissuer = \"https://id.test\"\nclient_id = \"x\"\n";
    let environment = Environment::from([
        ("HERMES_GATEWAY_PROT", "1"),
        ("HERMES_GATEWAY_LOCK_DIRECTORY", "/theirs"),
    ]);
    let settings = load_all(&Flags::default(), &environment, file).unwrap();
    let notices = check(&settings, &environment);
    let keys = [
        "gateway.token_in_page",
        "gateway.proxy.public_url",
        "gateway.metrics",
        "gateway.announce",
        "gateway.oidc.self-hosted",
        "gateway.nous",
        "HERMES_GATEWAY_PORT",
    ];
    assert_eq!(notices.len(), keys.len(), "{notices:?}");
    for (notice, key) in notices.iter().zip(keys) {
        assert!(notice.contains(key), "{notice}");
    }
    assert_eq!(
        check(&of_file("").unwrap(), &Environment::default()),
        Vec::<String>::new()
    );
}

#[test]
fn spans_are_read_as_they_are_shown() {
    for (text, seconds) in [
        ("30s", 30),
        ("15m", 900),
        ("12h", 43_200),
        ("7d", 604_800),
        ("90", 90),
    ] {
        assert_eq!(
            key::span(text),
            Some(Duration::from_secs(seconds)),
            "{text}"
        );
    }
    for text in [
        "",
        "d",
        "1w",
        "-1d",
        "+1d",
        "1.5h",
        "1 d",
        "99999999999999999d",
        "1dd",
        "ä",
    ] {
        assert_eq!(key::span(text), None, "{text}");
    }
}

proptest! {
    #[test]
    fn spans_survive_being_shown(seconds in 0u64..1 << 40) {
        let span = Duration::from_secs(seconds);
        prop_assert_eq!(key::span(&key::span_text(span)), Some(span));
    }

    #[test]
    fn no_file_breaks_the_reading(text in "[\\[\\]a-z.=\" \n#0-9]{0,80}") {
        if let Err(problems) = of_file(&text) {
            prop_assert!(!problems.is_empty());
        }
    }
}

#[test]
fn what_a_reload_does_not_change_is_named() {
    let started = "[gateway]\nhost = \"127.0.0.2\"\n[gateway.sessions]\nidle = \"1d\"\n";
    let oidc = "[[gateway.oidc]]\nname = \"acme\"\nissuer = \"https://id.example.com\"\n\
        client_id = \"c\"\nallow_emails = [\"a@b.test\"]\n";
    let public = "[gateway.proxy]\nallowed_hosts = [\"gw.lan\"]\n";
    for (file, gated, token) in [
        (started.to_owned(), vec![], vec![]),
        (
            started.replace("1d", "2d"),
            vec!["gateway.sessions.idle"],
            vec!["gateway.sessions.idle"],
        ),
        (
            format!("{started}{public}"),
            vec![],
            vec!["gateway.proxy.allowed_hosts"],
        ),
        (
            format!("{started}[model]\nprovider = \"nous\"\ntitles = false\n"),
            vec![],
            vec![],
        ),
        (
            started.replace(
                "[gateway.sessions]",
                &format!("token = \"{TOKEN}\"\n[gateway.sessions]"),
            ),
            vec!["gateway.token"],
            vec!["gateway.token"],
        ),
    ] {
        let (started, now) = (of_file(started).unwrap(), of_file(&file).unwrap());
        assert_eq!(now.waiting(&started, Mode::Gated), gated, "{file}");
        assert_eq!(now.waiting(&started, Mode::Token), token, "{file}");
    }
    let (started, now) = (
        of_file(started).unwrap(),
        of_file(&format!("{started}{oidc}")).unwrap(),
    );
    assert!(now.waiting(&started, Mode::Gated).is_empty());
    assert!(!now.waiting(&started, Mode::Token).is_empty());
    // A secret that another one replaces looks the same, and is not.
    let of = |token: &str| of_file(&format!("[gateway]\ntoken = \"{token}\"\n")).unwrap();
    let (started, now) = (of(TOKEN), of(&TOKEN.replace("canary", "kanary")));
    assert_eq!(now.waiting(&started, Mode::Token), ["gateway.token"]);
}
