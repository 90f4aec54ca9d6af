use super::*;

#[test]
fn a_model_is_a_providers_or_a_servers() {
    assert!(of_file("").unwrap().model.is_none());
    let of_provider = "[model]\nprovider = \" openrouter \"\ndefault = \"a/model\"\n";
    let model = of_file(of_provider).unwrap().model.unwrap();
    let ModelSource::Provider(provider) = &model.source else {
        panic!("{model:?}");
    };
    assert_eq!(provider, "openrouter");
    assert_eq!(model.default.as_deref(), Some("a/model"));
    assert!(model.titles);
    let server = "[model]\nbase_url = \"http://127.0.0.1:11434/v1\"\napi_key_file = \"/run/secrets/it\"\n\
                  default = \"llama\"\ntitles = false\n";
    let model = of_file(server).unwrap().model.unwrap();
    let ModelSource::Server { base_url, api_key } = &model.source else {
        panic!("{model:?}");
    };
    assert_eq!(base_url, "http://127.0.0.1:11434/v1");
    assert!(api_key.as_ref().unwrap().matches(TOKEN));
    assert!(!model.titles);
}

#[test]
fn a_model_without_anybody_to_ask_is_refused() {
    for (file, sentence) in [
        (
            "provider = \"a\"\nbase_url = \"http://127.0.0.1/v1\"",
            "`model.base_url` cannot be set beside `model.provider`",
        ),
        (
            "provider = \"a\"\napi_key = \"k\"",
            "`model.api_key` is for `model.base_url`; a key of a provider: `hermes auth add`",
        ),
        (
            "default = \"a\"",
            "`model.default` needs `model.provider` or `model.base_url`",
        ),
        ("provider = \" \"", "`model.provider` must not be empty"),
        (
            "providr = \"a\"",
            "`model.providr` is not a key: did you mean `model.provider`?",
        ),
    ] {
        assert_eq!(problem(of_file(&format!("[model]\n{file}\n"))), sentence);
    }
    assert_eq!(
        problem(of_file("model = \"gpt\"")),
        "`model` must be a table, written as `[model]`"
    );
}

#[test]
fn a_variable_and_a_flag_choose_a_model_too() {
    let variables = [
        ("HERMES_MODEL_PROVIDER", "nous"),
        ("HERMES_MODEL_DEFAULT", "a"),
    ];
    let model = of_variables(&variables).unwrap().model.unwrap();
    assert_eq!(model.default.as_deref(), Some("a"));
    let flags = [("--model-provider", "nous"), ("--model-default", "b")];
    let model = of_flags(&flags).unwrap().model.unwrap();
    assert_eq!(model.default.as_deref(), Some("b"));
}
