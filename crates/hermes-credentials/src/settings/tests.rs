use hermes_machine::file;
use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Settings {
    Settings::parse(text.as_bytes()).unwrap_or_else(|line| panic!("line {line:?} of {text}"))
}

#[test]
fn what_concerns_credentials_is_read_and_the_rest_passed_over() {
    let settings = read(
        "# the person's own
model:
  provider: Nous
  default: some/model
  api_key: sk-canary
credential_pool_strategies:
  openrouter: round_robin
  nous: fill_first
  deepseek: of_the_future
custom_providers:
  - name: My Server
    base_url: http://127.0.0.1:8080/v1
    models: {1: {context: 8}, true: no}
  - name: bare
  - just a text
  - name: ''
toolsets: [a, {b: &x [1, 2], c: *x}]
",
    );
    assert_eq!(settings.model_provider.as_deref(), Some("nous"));
    assert_eq!(
        settings.strategy("openrouter"),
        Some(PoolStrategy::RoundRobin)
    );
    assert_eq!(settings.strategy("nous"), Some(PoolStrategy::FillFirst));
    assert_eq!(settings.strategy("deepseek"), None);
    let providers: Vec<_> = settings.providers().collect();
    let ids: Vec<_> = providers
        .iter()
        .map(|provider| provider.id.as_str())
        .collect();
    assert_eq!(ids, ["custom:my-server", "custom:bare"]);
    assert_eq!(providers[0].name, "My Server");
    assert_eq!(providers[0].aliases, ["my-server", "my server"]);
    assert!(providers[0].takes_keys() && !providers[0].needs_base_url);
    let base = providers[0].api.as_ref().unwrap().base_url.as_ref();
    assert_eq!(base.unwrap().as_str(), "http://127.0.0.1:8080/v1");
    assert!(providers[1].needs_base_url, "it has no address");
}

#[test]
fn other_forms_say_nothing_and_break_nothing() {
    for text in [
        "",
        "# nothing\n",
        "---\n",
        "{}",
        "model: some/model\n",
        "model: {provider: auto}",
        "model: {provider: }",
        "model: 7\ncustom_providers: {a: b}\ncredential_pool_strategies: 3\n",
        "custom_providers:\n",
    ] {
        assert_eq!(read(text), Settings::default(), "{text:?}");
    }
    let twice = read("model: {provider: a}\nmodel: {provider: b}\n");
    assert_eq!(twice.model_provider.as_deref(), Some("b"));
}

#[test]
fn what_is_no_settings_file_is_refused_by_its_line_alone() {
    for text in [
        "model: {provider: nous\nkey: sk-canary\n",
        "a: 1\n b: sk-canary: 2\n",
        "- a list\n",
        "just words",
        "a: *nobody\n",
    ] {
        assert!(Settings::parse(text.as_bytes()).is_err(), "{text:?}");
    }
    assert!(Settings::parse(b"a: \xff\xfe\xfd").is_err());
    let home = tempfile::tempdir().unwrap();
    let home = Home::at(home.path());
    assert_eq!(Settings::read(&home).unwrap(), Settings::default());
    file::write_private(&home.config_yaml(), b"model:\n  api_key: [sk-canary\n").unwrap();
    let error = Settings::read(&home).unwrap_err().to_string();
    assert!(
        error.contains("config.yaml` does not parse at line"),
        "{error}"
    );
    assert!(!error.contains("canary"), "{error}");
}

#[test]
fn depth_size_and_aliases_are_bounded() {
    let deep = format!("a: {}{}", "[".repeat(40), "]".repeat(40));
    assert!(Settings::parse(deep.as_bytes()).is_err());
    let mut laughs = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let before = format!("*a{}", level - 1);
        let row = [before.as_str(); 10].join(", ");
        laughs.push_str(&format!("a{level}: &a{level} [{row}]\n"));
    }
    laughs.push_str("custom_providers: *a19\n");
    assert!(Settings::parse(laughs.as_bytes()).is_err());
    let many = "---\na: 1\n".repeat(2_000);
    assert!(Settings::parse(many.as_bytes()).is_err());

    let directory = tempfile::tempdir().unwrap();
    let home = Home::at(directory.path());
    file::write_private(&home.config_yaml(), &vec![b'#'; 1024 * 1024 + 1]).unwrap();
    let error = Settings::read(&home).unwrap_err();
    assert!(
        matches!(error, SettingsError::Invalid { line: None, .. }),
        "{error}"
    );
    std::fs::remove_file(home.config_yaml()).unwrap();
    std::os::unix::fs::symlink("/dev/zero", home.config_yaml()).unwrap();
    let error = Settings::read(&home).unwrap_err();
    assert!(matches!(error, SettingsError::Unreadable { .. }), "{error}");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z:&*\\[\\]{}\"'#|>\\- \\n]{0,200}") {
        if let Ok(settings) = Settings::parse(text.as_bytes()) {
            prop_assert!(settings.providers().all(|provider| provider.takes_keys()));
        }
    }
}
