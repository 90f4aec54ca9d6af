use super::*;

#[test]
fn what_is_unknown_names_the_nearest() {
    for (file, sentence) in [
        (
            "[gateway]\nprot = 1",
            "`gateway.prot` is not a key: did you mean `gateway.port`?",
        ),
        ("[gateway]\nzzzzzz = 1", "`gateway.zzzzzz` is not a key"),
        (
            "[gatway]\nport = 1",
            "`gatway` is not a key: did you mean `gateway`?",
        ),
        ("port = 1", "`port` is not a key"),
        (
            "[model]\nprovder = \"x\"",
            "`model.provder` is not a key: did you mean `model.provider`?",
        ),
        (
            "model = \"x\"",
            "`model` must be a table, written as `[model]`",
        ),
        (
            "gateway = 1",
            "`gateway` must be a table, written as `[gateway]`",
        ),
        (
            "[gateway]\nproxy = 1",
            "`gateway.proxy` must be a table, written as `[gateway.proxy]`",
        ),
        (
            "[gateway.proxi]\na = 1",
            "`gateway.proxi` is not a key: did you mean `gateway.proxy`?",
        ),
        (
            "[gateway.proxy]\nallowed_host = []",
            "`gateway.proxy.allowed_host` is not a key: did you mean `gateway.proxy.allowed_hosts`?",
        ),
        (
            "[gateway]\nhost_file = \"x\"",
            "`gateway.host_file` is not a key",
        ),
        (
            "[gateway.oidc]\nname = \"x\"",
            "`gateway.oidc` must be written as `[[gateway.oidc]]`, once for each issuer",
        ),
        (
            "[gateway.tls]\ncert = \"c.pem\"",
            "`gateway.tls.key` must be set as well as `gateway.tls.cert`",
        ),
        (
            "[gateway.tls]\nkey = \"k.pem\"",
            "`gateway.tls.cert` must be set as well as `gateway.tls.key`",
        ),
        (
            "[gateway.tls]\ncert = 1\nkey = \"k.pem\"",
            "`gateway.tls.cert` must be a text",
        ),
        (
            "[[gateway.oidc]]\nisuer = \"https://id.test\"\nissuer = \"https://id.test\"\nclient_id = \"x\"",
            "`gateway.oidc.isuer` is not a key: did you mean `gateway.oidc.issuer`?",
        ),
    ] {
        assert_eq!(problem(of_file(file)), sentence, "{file}");
    }
    let wild = problem(of_file("[gateway]\n\"a\\u001b[31mb\" = 1"));
    assert!(!wild.contains('\u{1b}'), "{wild}");
}

#[test]
fn bad_values_name_the_key_and_the_place() {
    for (name, text, sentence) in [
        (
            "HERMES_GATEWAY_PORT",
            "65536",
            "`gateway.port` must be a whole number from 0 to 65535 (from the variable `HERMES_GATEWAY_PORT`)",
        ),
        (
            "HERMES_GATEWAY_PORT",
            "-1",
            "`gateway.port` must be a whole number",
        ),
        (
            "HERMES_GATEWAY_OPEN",
            "maybe",
            "`gateway.open` must be `true` or `false`",
        ),
        (
            "HERMES_GATEWAY_HOST",
            "a b",
            "`gateway.host` must be an address or a name",
        ),
        (
            "HERMES_GATEWAY_LOG_FORMAT",
            "xml",
            "`gateway.log_format` must be `text` or `json`",
        ),
        (
            "HERMES_GATEWAY_METRICS",
            "9120",
            "`gateway.metrics` must be an address and a port",
        ),
        (
            "HERMES_GATEWAY_SESSIONS_IDLE",
            "1m",
            "`gateway.sessions.idle` must be a time from 5m to 90d",
        ),
        (
            "HERMES_GATEWAY_SESSIONS_IDLE",
            "1w",
            "`gateway.sessions.idle` must be a time",
        ),
        (
            "HERMES_GATEWAY_SESSIONS_IDLE",
            "60d",
            "`gateway.sessions.idle` must not be longer than `gateway.sessions.absolute`",
        ),
        (
            "HERMES_GATEWAY_TOKEN",
            "short",
            "`gateway.token` must have 32 characters or more",
        ),
        (
            "HERMES_GATEWAY_TOKEN_FILE",
            "/nowhere",
            "`gateway.token` cannot be read from /nowhere: no such file",
        ),
        (
            "HERMES_GATEWAY_TOKEN_FILE",
            "/run/secrets/empty",
            "`gateway.token` cannot be read from /run/secrets/empty: it is empty",
        ),
        (
            "HERMES_DASHBOARD_PUBLIC_URL",
            "gw.example.com",
            "`gateway.proxy.public_url` must be a URL",
        ),
        (
            "FORWARDED_ALLOW_IPS",
            "*",
            "`gateway.proxy.trusted_proxies` must name the proxies",
        ),
        (
            "FORWARDED_ALLOW_IPS",
            "0.0.0.0/0",
            "`gateway.proxy.trusted_proxies` must name the proxies",
        ),
        (
            "FORWARDED_ALLOW_IPS",
            "proxy",
            "`gateway.proxy.trusted_proxies` must hold addresses",
        ),
        (
            "HERMES_GATEWAY_PROXY_ALLOWED_HOSTS",
            "h:80",
            "`gateway.proxy.allowed_hosts` must hold names",
        ),
        (
            "HERMES_GATEWAY_PROXY_ALLOWED_HOSTS",
            "https://h",
            "`gateway.proxy.allowed_hosts` must hold names",
        ),
        (
            "HERMES_GATEWAY_PROXY_ALLOWED_ORIGINS",
            "https://h/",
            "`gateway.proxy.allowed_origins` must hold origins",
        ),
        (
            "HERMES_GATEWAY_PROXY_ALLOWED_ORIGINS",
            "*",
            "`gateway.proxy.allowed_origins` must hold origins",
        ),
    ] {
        let found = problem(of_variables(&[(name, text)]));
        assert!(found.starts_with(sentence), "{name}={text}: {found}");
        assert!(found.contains(name), "{found}");
    }
    for (file, sentence) in [
        (
            "[gateway]\nport = \"9119\"",
            "`gateway.port` must be a whole number from 0 to 65535",
        ),
        (
            "[gateway]\nopen = 1",
            "`gateway.open` must be `true` or `false`",
        ),
        (
            "[gateway.proxy]\nallowed_hosts = \"a\"",
            "`gateway.proxy.allowed_hosts` must be a list of texts",
        ),
        (
            "[gateway.proxy]\nallowed_hosts = [1]",
            "`gateway.proxy.allowed_hosts` must be a list of texts",
        ),
        (
            "[gateway.sessions]\nidle = 300",
            "`gateway.sessions.idle` must be a time from 5m to 90d, such as `30s`, `15m`, `12h` or `7d`",
        ),
        (
            "[gateway]\ntoken_file = 1",
            "`gateway.token` cannot be read: `token_file` must be a path",
        ),
        (
            "[gateway]\ntoken = \"x\"\ntoken_file = \"/y\"",
            "`gateway.token` is set twice: remove it, or `token_file`",
        ),
        (
            "[gateway]\nport = = 1",
            "the file of settings does not parse in line 2",
        ),
    ] {
        assert_eq!(problem(of_file(file)), sentence, "{file}");
    }
    for (flag, text) in [
        ("--port", "x"),
        ("--sessions-idle", "7y"),
        ("--limits-sockets", "0"),
        ("--proxy-non-web-origins", "maybe"),
        ("--proxy-trusted-proxies", "10.0.0.0/8,here"),
        ("--token-file", "/run/secrets/absent"),
    ] {
        let found = problem(of_flags(&[(flag, text)]));
        let end = format!("(from the flag `{flag}`)");
        assert!(found.ends_with(&end), "{found}");
    }
}

#[test]
fn everything_wrong_is_said_at_once() {
    let problems = of_file("[gateway]\nprot = 1\nport = \"x\"\nopen = 3\n").unwrap_err();
    assert_eq!(problems.len(), 3, "{problems:?}");
}
