use hermes_errors::{Code, Explain as _};
use hermes_machine::file;
use hermes_providers::{Provider, Table};

use super::rig::Rig;

const SECTION: &str = "[provider.mine]\nname = \"Mine\"\nflows = [\"device\"]\nissuer = \"https://a.test\"\nhosts = [\"a.test\"]\nclient_id = \"two\"\n";

fn mine() -> Provider {
    let table = Table::load(Some(SECTION)).unwrap();
    table.get("mine").unwrap().clone()
}

fn text(rig: &Rig) -> String {
    let bytes = file::read_bounded(&rig.home.providers_toml(), 1 << 20).unwrap();
    String::from_utf8(bytes.unwrap_or_default()).unwrap()
}

#[tokio::test]
async fn a_section_is_added_to_what_is_there() {
    let rig = Rig::new(&[]).await;
    rig.credentials.save_provider(&mine()).await.unwrap();
    assert_eq!(text(&rig).trim_start(), SECTION);

    let theirs = "# my notes\n\n[provider.other] # theirs\nname = \"Other\"   \nflows = [ \"device\" ]\nissuer = \"https://o.test\"\nhosts = [\"o.test\"]\n# the end\n";
    rig.home.write_providers_toml(theirs);
    rig.credentials.save_provider(&mine()).await.unwrap();
    let after = text(&rig);
    assert!(
        after.starts_with(theirs.trim_end_matches("# the end\n")),
        "{after}"
    );
    assert!(after.contains("# the end"), "{after}");
    assert!(after.contains(SECTION), "{after}");
}

#[tokio::test]
async fn a_section_is_replaced_where_it_stands() {
    let rig = Rig::new(&[]).await;
    let before = "# top\n[provider.a]\nname = \"A\"\nflows = [\"device\"]\nissuer = \"https://x.test\"\nhosts = [\"x.test\"]\n\n\
        # about mine\n[provider.mine]\nname = \"Old\"\nflows = [\"device\"]\nissuer = \"https://old.test\"\nhosts = [\"old.test\"]\nscope = \"gone\"\n\n\
        [provider.mine.endpoints]\ntoken = \"https://old.test/t\"\n\n\
        [provider.z]\nname = \"Z\"\nflows = [\"device\"]\nissuer = \"https://z.test\"\nhosts = [\"z.test\"]\n";
    rig.home.write_providers_toml(before);
    rig.credentials.save_provider(&mine()).await.unwrap();
    let after = text(&rig);
    assert!(
        !after.contains("old.test") && !after.contains("gone"),
        "{after}"
    );
    let place = |part: &str| {
        after
            .find(part)
            .unwrap_or_else(|| panic!("{part}: {after}"))
    };
    assert!(place("# top") < place("[provider.a]"));
    assert!(place("[provider.a]") < place("# about mine"));
    assert!(place("# about mine") < place("[provider.mine]"));
    assert!(place("[provider.mine]") < place("[provider.z]"));
    rig.credentials.save_provider(&mine()).await.unwrap();
    assert_eq!(text(&rig), after, "once more changes nothing");
}

#[tokio::test]
async fn a_file_that_does_not_parse_is_left_alone() {
    let rig = Rig::new(&[]).await;
    let astray = Provider {
        hosts: Vec::new(),
        ..mine()
    };
    for (before, provider) in [
        ("[provider", mine()),
        ("provider = 3\n", mine()),
        ("provider.mine = 3\n", mine()),
        ("", astray),
    ] {
        rig.home.write_providers_toml(before);
        let error = rig.credentials.save_provider(&provider).await.unwrap_err();
        assert_eq!(error.code(), Code::TableInvalid, "{before} {error}");
        assert_eq!(text(&rig), before);
    }
}
