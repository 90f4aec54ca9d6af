use std::collections::BTreeMap;

use super::*;

fn desktop() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../apps/desktop")
}

fn read(name: &str) -> String {
    fs::read_to_string(desktop().join(name)).unwrap()
}

fn settings() -> serde_json::Value {
    serde_json::from_str(&read("tauri.conf.json")).unwrap()
}

#[test]
fn every_release_is_of_one_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(settings()["version"], version);
    let (named, date) = package::release(&desktop().join(package::METAINFO)).unwrap();
    assert_eq!(named, version);
    let is_date = |(at, ch): (usize, char)| {
        if [4, 7].contains(&at) {
            ch == '-'
        } else {
            ch.is_ascii_digit()
        }
    };
    assert!(
        date.len() == 10 && date.chars().enumerate().all(is_date),
        "{date}"
    );
}

#[test]
fn there_is_a_package_for_each_system_and_an_icon_that_it_can_show() {
    let bundle = &settings()["bundle"];
    assert_eq!(bundle["targets"], json!(["deb", "appimage", "dmg", "msi"]));
    let icons: Vec<&str> = bundle["icon"]
        .as_array()
        .unwrap()
        .iter()
        .map(|icon| icon.as_str().unwrap())
        .collect();
    for end in [".png", ".icns", ".ico"] {
        assert!(icons.iter().any(|icon| icon.ends_with(end)), "no {end}");
    }
    for icon in icons {
        let bytes = fs::read(desktop().join(icon)).unwrap();
        let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
        if icon.ends_with(".icns") {
            assert!(
                bytes.starts_with(b"icns") && number(4) as usize == bytes.len(),
                "{icon}"
            );
        } else if icon.ends_with(".ico") {
            assert!(
                bytes.starts_with(&[0, 0, 1, 0]) && bytes[4] >= 4,
                "{icon} has few sizes"
            );
        } else {
            assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{icon}");
            let size = format!("icons/{}x{}.png", number(16), number(20));
            assert_eq!(
                icon, size,
                "its name is its size, which is the folder it is installed in"
            );
        }
    }
}

/// The keys of the desktop file and their values, as the bundler fills them in.
fn desktop_file() -> BTreeMap<String, String> {
    let text = read("linux/hermes-desktop.desktop");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("[Desktop Entry]"));
    let comment = settings()["bundle"]["shortDescription"]
        .as_str()
        .unwrap()
        .to_owned();
    let filled = |value: &str| {
        let value = value.replace("{{exec}}", NAME).replace("{{icon}}", NAME);
        value
            .replace("{{comment}}", &comment)
            .replace("{{categories}}", "Development;")
    };
    let pair = |line: &str| {
        let (key, value) = line.split_once('=').unwrap();
        (key.to_owned(), filled(value))
    };
    lines.map(pair).collect()
}

#[test]
fn the_desktop_file_keeps_the_rules() {
    let file = desktop_file();
    let is = |key: &str, value: &str| assert_eq!(file[key], value, "{key}");
    is("Type", "Application");
    is("Name", "Hermes");
    is("Exec", NAME);
    is("Icon", NAME);
    // Under which a desktop finds the window's icon: the name of the program.
    is("StartupWMClass", NAME);
    is("Terminal", "false");
    for list in ["Categories", "Keywords"] {
        assert!(file[list].ends_with(';'), "{list} is a list");
    }
    assert!(!file.values().any(|value| value.contains("{{")), "{file:?}");
    // It would be asked for addresses that the application does not take.
    assert!(!file.contains_key("MimeType"));
}

#[test]
fn the_metainfo_names_what_the_package_installs() {
    let text = read(package::METAINFO);
    let settings = settings();
    let identifier = settings["identifier"].as_str().unwrap();
    for (element, value) in [
        ("id", identifier),
        ("name", settings["productName"].as_str().unwrap()),
        (
            "summary",
            settings["bundle"]["shortDescription"].as_str().unwrap(),
        ),
        (
            "project_license",
            settings["bundle"]["license"].as_str().unwrap(),
        ),
        ("binary", NAME),
        ("metadata_license", "CC0-1.0"),
    ] {
        assert!(
            text.contains(&format!("<{element}>{value}</{element}>")),
            "{element}"
        );
    }
    assert!(text.contains(&format!(
        "<launchable type=\"desktop-id\">{NAME}.desktop</launchable>"
    )));
    assert!(text.contains(&format!("<icon type=\"stock\">{NAME}</icon>")));
    let files = settings["bundle"]["linux"]["deb"]["files"]
        .as_object()
        .unwrap();
    assert_eq!(
        files[&format!("/usr/share/metainfo/{identifier}.metainfo.xml")],
        package::METAINFO
    );
    for source in files.values() {
        assert!(
            desktop().join(source.as_str().unwrap()).is_file(),
            "{source}"
        );
    }
}

#[test]
fn a_program_says_which_c_library_it_needs() {
    let program = b"..\0GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.4\0GLIBC_PRIVATE\0GLIBC_\0";
    assert_eq!(package::oldest_libc(program), Some((2, 34)));
    assert_eq!(package::oldest_libc(b"static"), None);
}

#[test]
fn the_bundler_is_pinned() {
    let wanted: serde_json::Value = serde_json::from_str(&read("package.json")).unwrap();
    let locked: serde_json::Value = serde_json::from_str(&read("package-lock.json")).unwrap();
    let version = &wanted["devDependencies"]["@tauri-apps/cli"];
    assert_eq!(
        &locked["packages"]["node_modules/@tauri-apps/cli"]["version"],
        version
    );
}
