//! The section `[model]` of the file of settings, written into the text that a person keeps.

use toml_edit::{DocumentMut, Item, Table, TomlError, Value, value};

/// What speaks of a server, and cannot stand beside a provider.
const OF_SERVER: [&str; 3] = ["base_url", "api_key", "api_key_file"];

/// The text with this provider and this model. Comments and everything else stay; what spoke of a
/// server becomes a comment.
pub(super) fn with_provider(text: &str, provider: &str, model: &str) -> Result<String, TomlError> {
    changed(text, |table| {
        put(table, "provider", provider);
        put(table, "default", model);
        for name in OF_SERVER {
            comment_out(table, name);
        }
    })
}

/// The text with another model of the server that it names.
pub(super) fn with_model(text: &str, model: &str) -> Result<String, TomlError> {
    changed(text, |table| put(table, "default", model))
}

fn changed(text: &str, change: impl FnOnce(&mut Table)) -> Result<String, TomlError> {
    let mut document: DocumentMut = text.parse()?;
    // One that is written in one line, `model = { … }`, becomes a section; another kind of value was
    // never read as settings.
    if document.get("model").is_some_and(Item::is_value)
        && let Some(mut key) = document.as_table_mut().key_mut("model")
    {
        key.fmt();
    }
    let item = document.entry("model").or_insert(Item::None);
    let mut table = std::mem::take(item).into_table().unwrap_or_default();
    table.set_implicit(false);
    change(&mut table);
    *item = Item::Table(table);
    Ok(document.to_string())
}

/// Sets a key where it stands, or at the end of the section.
fn put(table: &mut Table, name: &str, text: &str) {
    let mut new = Value::from(text);
    match table.get_mut(name) {
        Some(item) => {
            if let Some(old) = item.as_value() {
                *new.decor_mut() = old.decor().clone();
            }
            *item = Item::Value(new);
        }
        None => {
            table.insert(name, value(new));
        }
    }
}

/// Makes a comment of a key, above the provider.
fn comment_out(table: &mut Table, name: &str) {
    let Some((key, item)) = table.remove_entry(name) else {
        return;
    };
    let before = key.leaf_decor().prefix().and_then(|raw| raw.as_str());
    let before = before.unwrap_or_default();
    let line = format!("{name} = {}", item.to_string().trim());
    let line = line.replace('\n', "\n#");
    if let Some(mut provider) = table.key_mut("provider") {
        let decor = provider.leaf_decor_mut();
        let own = decor.prefix().and_then(|raw| raw.as_str());
        let own = own.unwrap_or_default();
        decor.set_prefix(format!("{before}#{line}\n{own}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_the_section_gets_one_at_its_end() {
        let text = "# mine\n[gateway]\nport = 9120 # here\n";
        assert_eq!(
            with_provider(text, "xai", "grok").unwrap(),
            "# mine\n[gateway]\nport = 9120 # here\n\n[model]\nprovider = \"xai\"\ndefault = \"grok\"\n"
        );
        assert_eq!(
            with_provider("", "xai", "a\"b").unwrap(),
            "[model]\nprovider = \"xai\"\ndefault = 'a\"b'\n"
        );
    }

    #[test]
    fn what_stands_there_is_replaced_where_it_is() {
        let text = "[model]\n# why\ndefault = \"a\" # the small one\nprovider = \"x\"\n\n[gateway]\n# end\n";
        assert_eq!(
            with_provider(text, "y", "b").unwrap(),
            "[model]\n# why\ndefault = \"b\" # the small one\nprovider = \"y\"\n\n[gateway]\n# end\n"
        );
        assert_eq!(
            with_provider("model = { provider = \"x\" }\n[gateway]\n", "y", "b").unwrap(),
            "[model]\nprovider = \"y\"\ndefault = \"b\"\n[gateway]\n"
        );
    }

    #[test]
    fn a_server_becomes_a_comment_and_its_model_may_change() {
        let text = "[model]\n# at home\nbase_url = \"http://127.0.0.1:1/v1\" # Ollama\napi_key_file = \"k\"\ndefault = \"a\"\n";
        assert_eq!(
            with_provider(text, "y", "b").unwrap(),
            "[model]\ndefault = \"b\"\n#api_key_file = \"k\"\n# at home\n#base_url = \"http://127.0.0.1:1/v1\" # Ollama\nprovider = \"y\"\n"
        );
        assert_eq!(
            with_model(text, "b").unwrap(),
            text.replace("\"a\"", "\"b\"")
        );
    }

    #[test]
    fn the_file_that_init_writes_keeps_all_of_its_comments() {
        let text = hermes_gateway::settings::default_file();
        let changed = with_provider(&text, "xai", "grok").unwrap();
        let new = "provider = \"xai\"\ndefault = \"grok\"\n";
        assert_eq!(changed.replacen(new, "", 1), text);
    }
}
