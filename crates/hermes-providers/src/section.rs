//! A provider as a section of `providers.toml`.

use toml::{Table, Value};

use crate::Provider;

impl Provider {
    /// The section `[provider.ID]` that [`crate::Table::load`] reads back. What is as everywhere is
    /// left out, so that a person who edits it finds what they need.
    pub fn section(&self) -> String {
        let usual = fields(&Self::default());
        let mut own = fields(self);
        own.retain(|key, value| key == "name" || usual.get(key) != Some(value));
        let document = within("provider", within(&self.id, own));
        document.to_string()
    }
}

fn fields(provider: &Provider) -> Table {
    // Texts, lists, numbers and flags: nothing in it can fail.
    Table::try_from(provider).unwrap_or_default()
}

fn within(key: &str, inner: Table) -> Table {
    Table::from_iter([(key.to_owned(), Value::Table(inner))])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn acme() -> Provider {
        let text = r#"
            [provider.acme]
            name = "Acme"
            flows = ["loopback", "device"]
            issuer = "https://a.test"
            hosts = ["a.test"]
            client_id = "c1"
            loopback = { host = "127.0.0.1", port = 56121, path = "/callback", any_port = true }
            endpoints = { token = "https://a.test/token" }
        "#;
        let table = crate::Table::load(Some(text)).unwrap();
        table.get("acme").unwrap().clone()
    }

    fn back(provider: &Provider) -> Provider {
        let text = provider.section();
        let table = crate::Table::load(Some(&text));
        let table = table.unwrap_or_else(|error| panic!("{error}\n{text}"));
        table.get(&provider.id).unwrap().clone()
    }

    #[test]
    fn every_built_in_provider_comes_back() {
        for provider in crate::Table::load(None).unwrap().iter() {
            let mut copy = provider.clone();
            copy.id = format!("copy-of-{}", provider.id);
            assert_eq!(back(&copy), copy);
        }
    }

    #[test]
    fn a_section_reads_well() {
        let expected = r#"[provider.acme]
name = "Acme"
flows = ["loopback", "device"]
issuer = "https://a.test"
hosts = ["a.test"]
client_id = "c1"

[provider.acme.loopback]
host = "127.0.0.1"
port = 56121
path = "/callback"
any_port = true

[provider.acme.endpoints]
token = "https://a.test/token"
"#;
        assert_eq!(acme().section(), expected);
    }

    proptest! {
        #[test]
        fn any_text_comes_back(
            id in "[a-z \"'.\\\\\\]\n\u{e9}]{1,12}", name in any::<String>(), scope in any::<String>(),
            client_id in any::<String>(), host in any::<String>(), issuer in any::<String>(),
        ) {
            let mut provider = acme();
            provider.id = id;
            provider.name = name;
            provider.scope = Some(scope);
            provider.client_id = Some(client_id);
            provider.hosts.push(host);
            provider.issuer = Some(issuer);
            prop_assert_eq!(back(&provider), provider);
        }
    }
}
