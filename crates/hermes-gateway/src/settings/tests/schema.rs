use serde_json::Value;

use super::*;

/// What the schema says of a file: where it is wrong.
fn wrong(file: &str) -> Vec<String> {
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    let file: toml::Table = file.parse().unwrap();
    let file = serde_json::to_value(file).unwrap();
    let errors = validator.iter_errors(&file);
    errors
        .map(|error| error.instance_path().to_string())
        .collect()
}

/// The file that we write, with every key in force.
fn in_force() -> String {
    let lines = default_file();
    let lines = lines.lines().map(|line| match line.strip_prefix('#') {
        Some(key) if !key.is_empty() && !key.starts_with(' ') => key,
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_schema_is_one_and_takes_the_file_that_we_write() {
    assert!(jsonschema::draft202012::meta::is_valid(&schema()));
    assert_eq!(wrong(""), [""; 0]);
    assert_eq!(wrong(&default_file()), [""; 0]);
    let in_force = in_force();
    assert!(in_force.contains("\nport = 9119") && in_force.contains("\n[[gateway.oidc]]"));
    assert_eq!(wrong(&in_force), [""; 0]);
}

#[test]
fn the_schema_knows_what_every_key_does_and_holds() {
    let schema = schema();
    let gateway = &schema["properties"]["gateway"]["properties"];
    let port = &gateway["port"];
    assert_eq!(
        (&port["default"], &port["maximum"]),
        (&9119.into(), &65_535.into())
    );
    assert_eq!(
        gateway["proxy"]["properties"]["trusted_proxies"]["default"],
        json!([])
    );
    assert_eq!(
        gateway["tls"]["properties"]["cert"]["examples"],
        json!(["/etc/ssl/hermes.crt"])
    );
    let secret = &gateway["token"];
    assert_eq!(
        (secret.get("default"), secret.get("examples")),
        (None, None)
    );
    for section in SECTIONS.into_iter().chain([&table::ISSUER]) {
        let table = match section.table.strip_prefix("gateway.") {
            None => &schema["properties"][section.table],
            Some("oidc") => &gateway["oidc"]["items"],
            Some(name) => &gateway[name],
        };
        for key in section.keys {
            let about = table["properties"][key.name]["description"].as_str();
            let about = about.unwrap_or_else(|| panic!("{}.{}", section.table, key.name));
            assert!(about.starts_with(key.about));
        }
    }
}

/// Kinds, bounds and names: what one value says alone. There the schema and the gateway agree.
#[test]
fn the_schema_refuses_what_the_gateway_refuses() {
    for (file, at) in [
        ("[gateway]\nprot = 1", "/gateway"),
        ("[gatewya]\nport = 1", ""),
        ("[gateway.tsl]\ncert = \"x\"", "/gateway"),
        ("[gateway.tls]\nkeys = \"x\"", "/gateway/tls"),
        ("gateway = 1", "/gateway"),
        ("model = 1", "/model"),
        ("[model]\nbase = \"x\"", "/model"),
        ("[gateway]\ntls = true", "/gateway/tls"),
        ("[gateway]\nport = \"9119\"", "/gateway/port"),
        ("[gateway]\nport = 65536", "/gateway/port"),
        ("[gateway]\nport = -1", "/gateway/port"),
        ("[gateway]\nport = 1.5", "/gateway/port"),
        ("[gateway]\nopen = \"yes\"", "/gateway/open"),
        ("[gateway]\nhost = 1", "/gateway/host"),
        ("[gateway]\ntoken = \"\"", "/gateway/token"),
        ("[gateway]\ntoken_file = 1", "/gateway/token_file"),
        ("[gateway]\ntoken = \"a\"\ntoken_file = \"b\"", "/gateway"),
        ("[gateway]\nport_file = \"b\"", "/gateway"),
        ("[gateway.sessions]\nidle = 7", "/gateway/sessions/idle"),
        (
            "[gateway.sessions]\nidle = \"7y\"",
            "/gateway/sessions/idle",
        ),
        (
            "[gateway.proxy]\nallowed_hosts = \"a\"",
            "/gateway/proxy/allowed_hosts",
        ),
        (
            "[gateway.proxy]\nallowed_hosts = [1]",
            "/gateway/proxy/allowed_hosts/0",
        ),
        ("[gateway.oidc]\nname = \"a\"", "/gateway/oidc"),
        ("[[gateway.oidc]]\nnmae = \"a\"", "/gateway/oidc/0"),
    ] {
        assert_eq!(wrong(file), [at], "{file}");
        assert!(of_file(file).is_err(), "{file}");
    }
}

#[test]
fn the_schema_holds_no_key_that_nothing_reads() {
    fn names(table: &Value) -> Vec<String> {
        let properties = table["properties"].as_object().unwrap();
        properties.keys().cloned().collect()
    }
    let schema = schema();
    for table in ["gateway", "model"] {
        for name in names(&schema["properties"][table]) {
            let file = format!("[{table}]\n{name} = 3.5\n");
            let problems = of_file(&file).unwrap_err();
            let unknown = problems
                .iter()
                .find(|problem| problem.contains("is not a key"));
            assert_eq!(unknown, None);
        }
    }
}
