use super::*;

#[test]
fn every_key_of_a_table_that_stands_once_has_a_flag_of_its_name() {
    let names: Vec<_> = Flag::all().map(Flag::name).collect();
    let keys = SECTIONS.iter().map(|section| section.keys.len());
    assert_eq!(names.len(), keys.sum::<usize>());
    let mut single = names.clone();
    single.sort_unstable();
    single.dedup();
    assert_eq!(single.len(), names.len());
    for name in [
        "--host",
        "--port",
        "--tls-cert",
        "--public-url",
        "--proxy-trusted-proxies",
        "--sessions-short-lived",
        "--limits-sockets-per-user",
        "--password-min-length",
        "--device-enabled",
        "--basic-username",
        "--nous-client-id",
        "--model-default",
        "--model-api-key-file",
    ] {
        assert!(names.contains(&name), "{name}");
    }
}

#[test]
fn no_flag_takes_a_secret_itself() {
    let secret = ["token", "password", "password-hash", "api-key"];
    for flag in Flag::all() {
        let plain = flag.name().trim_start_matches("--");
        let table = ["basic-", "model-"];
        let last = table.iter().find_map(|table| plain.strip_prefix(table));
        let last = last.unwrap_or(plain);
        assert!(!secret.contains(&last), "{}", flag.name());
        let is_file = flag.takes() == Takes::SecretFile;
        let names_one = secret.iter().any(|name| last == format!("{name}-file"));
        assert_eq!(is_file, names_one, "{}", flag.name());
    }
    let settings = of_flags(&[("--token-file", "/run/secrets/it")]).unwrap();
    assert!(settings.token.as_ref().unwrap().matches(TOKEN));
    let origin = settings.origin("gateway.token").unwrap().to_string();
    assert_eq!(origin, "flag --token-file");
}

#[test]
fn what_a_flag_says_holds() {
    let settings = of_flags(&[
        ("--host", "::1"),
        ("--port", "0"),
        ("--open", "false"),
        ("--log-format", "json"),
        ("--public-url", "https://gw.example.com/h"),
        ("--proxy-allowed-hosts", "gw.lan, gw.home"),
        ("--sessions-idle", "2h"),
        ("--limits-sockets", "7"),
        ("--password-min-length", "20"),
        ("--device-enabled", "true"),
        ("--tls-cert", "c.pem"),
        ("--tls-key", "k.pem"),
        ("--basic-username", "ada"),
        ("--basic-password-file", "/run/secrets/it"),
        ("--nous-client-id", "agent:x"),
        ("--nous-allow-subjects", "one,two"),
    ]);
    let settings = settings.unwrap();
    assert_eq!((settings.host.as_str(), settings.port), ("::1", 0));
    assert!(!settings.open && settings.device_approval);
    assert_eq!(settings.log_format, LogFormat::Json);
    assert_eq!(settings.proxy.allowed_hosts.len(), 2);
    assert_eq!(settings.lifetimes.idle, Duration::from_secs(7200));
    assert_eq!(
        (settings.limits.sockets, settings.password_min_length),
        (7, 20)
    );
    let tls = settings.tls.as_ref().unwrap().below("/etc".as_ref());
    let files = (tls.cert.to_str(), tls.key.to_str());
    assert_eq!(files, (Some("/etc/c.pem"), Some("/etc/k.pem")));
    assert_eq!(settings.here(9119).unwrap().scheme(), "https");
    assert_eq!(settings.basic.as_ref().unwrap().username, "ada");
    assert_eq!(settings.nous.as_ref().unwrap().allow.subjects.len(), 2);
    let public = settings.proxy.public_url.as_ref().unwrap();
    assert_eq!(public.prefix.as_str(), "/h");
}
