use hermes_providers::Table as Providers;
use proptest::prelude::*;

use super::*;
use crate::testing::standard;

fn back(provider: &Provider) -> Provider {
    let text = to_toml(provider);
    let table = Providers::load(Some(&text)).unwrap_or_else(|error| panic!("{error}\n{text}"));
    table.get(&provider.id).unwrap().clone()
}

#[test]
fn every_built_in_provider_comes_back() {
    for provider in Providers::load(None).unwrap().iter() {
        let mut copy = provider.clone();
        copy.id = format!("copy-of-{}", provider.id);
        assert_eq!(back(&copy), copy);
    }
}

#[test]
fn a_section_reads_well() {
    let text = to_toml(&standard());
    assert!(
        text.starts_with("[provider.acme]\nname = \"Acme\"\nflows = ["),
        "{text}"
    );
    assert!(!text.contains("aliases"), "{text}");
    assert_eq!(
        text.matches('[').count() - 1,
        text.matches(" = [").count(),
        "one section: {text}"
    );
}

proptest! {
    #[test]
    fn any_text_comes_back(
        id in "[a-z \"'.\\\\\\]\n\u{e9}]{1,12}", name in any::<String>(), scope in any::<String>(),
        client_id in any::<String>(), host in any::<String>(), issuer in any::<String>(),
    ) {
        let mut provider = standard();
        provider.id = id;
        provider.name = name;
        provider.scope = Some(scope);
        provider.client_id = Some(client_id);
        provider.hosts.push(host);
        provider.issuer = Some(issuer);
        prop_assert_eq!(back(&provider), provider);
    }
}
