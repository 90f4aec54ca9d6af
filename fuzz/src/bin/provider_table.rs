//! `providers.toml`, as a person may have written it. A provider that it adds can be written and
//! read again.
#![no_main]

use std::sync::LazyLock;

use hermes_providers::Table;

static BUILT_IN: LazyLock<Table> =
    LazyLock::new(|| Table::load(None).expect("the built-in table stands"));

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(table) = Table::load(Some(text)) else {
        return;
    };
    let added = table.iter().filter(|one| BUILT_IN.get(&one.id).is_none());
    for provider in added {
        let again = Table::load(Some(&provider.section())).expect("what was written can be read");
        assert_eq!(again.get(&provider.id), Some(provider));
    }
});
