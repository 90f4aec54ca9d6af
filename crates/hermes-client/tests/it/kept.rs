use std::{
    collections::HashMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use hermes_client::{
    GatewayAddress, Held, Mode, Pair, PlainHttp,
    kept::{Account, Gateways, KeptError, Keychain, KeychainError, KeychainUse, Remembered, Where},
    sign_in::Method,
};
use hermes_errors::{Code, Explain as _};
use hermes_machine::{BoxFuture, Clock, Environment, SystemClock};
use hermes_oauth::Ports;
use hermes_secret::Secret;
use hermes_testkit::{MovedClock, TestHome};
use serde_json::{Value, json};

use crate::rig::{NOON, Rig};

/// A keychain that works, is locked, or says nothing.
#[derive(Default)]
pub(crate) struct FakeKeychain {
    pub(crate) secrets: Mutex<HashMap<Account, String>>,
    mood: AtomicU8,
}

const LOCKED: u8 = 1;
const SILENT: u8 = 2;

impl FakeKeychain {
    pub(crate) fn lock(&self) {
        self.mood.store(LOCKED, Ordering::Relaxed);
    }

    pub(crate) fn open(&self) {
        self.mood.store(0, Ordering::Relaxed);
    }

    fn len(&self) -> usize {
        self.secrets.lock().unwrap().len()
    }

    async fn answer<T>(&self, value: impl FnOnce() -> T) -> Result<T, KeychainError> {
        match self.mood.load(Ordering::Relaxed) {
            0 => Ok(value()),
            LOCKED => Err(KeychainError::Locked),
            _ => std::future::pending().await,
        }
    }
}

impl Keychain for FakeKeychain {
    fn get<'a>(
        &'a self,
        account: &'a Account,
    ) -> BoxFuture<'a, Result<Option<Secret>, KeychainError>> {
        let found = || self.secrets.lock().unwrap().get(account).map(Secret::new);
        Box::pin(self.answer(found))
    }

    fn set<'a>(
        &'a self,
        account: &'a Account,
        secret: &'a Secret,
    ) -> BoxFuture<'a, Result<(), KeychainError>> {
        let text = secret.expose().to_owned();
        Box::pin(self.answer(|| {
            self.secrets.lock().unwrap().insert(account.clone(), text);
        }))
    }

    fn delete<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<(), KeychainError>> {
        Box::pin(self.answer(|| {
            self.secrets.lock().unwrap().remove(account);
        }))
    }
}

pub(crate) fn pair(access: &str, refresh: &str, ends_at: i64) -> Held {
    Held::Pair(Pair {
        access: Secret::new(access),
        refresh: Secret::new(refresh),
        ends_at: Some(ends_at),
        provider: Some("password".to_owned()),
    })
}

pub(crate) fn remembered(name: &str, address: &str) -> Remembered {
    Remembered {
        name: name.to_owned(),
        address: GatewayAddress::parse(address).unwrap(),
        mode: Mode::SignIn,
        method: Some(Method::Device),
        user: Some("Ada L.".to_owned()),
        plain_http: PlainHttp::Refused,
        last_used: Some(NOON.parse().unwrap()),
        secret: Where::Nowhere,
    }
}

fn gateways(home: &TestHome, keychain: KeychainUse) -> Gateways {
    Gateways::of(&home.home(), &Rig::new([]).ports, keychain)
}

fn auto(keychain: &Arc<FakeKeychain>) -> KeychainUse {
    KeychainUse::Auto(keychain.clone(), MovedClock::at(NOON))
}

fn file(home: &TestHome, name: &str) -> Value {
    let text = fs::read(home.path().join(name)).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// What somebody else has written there.
fn put(path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> std::io::Result<()> {
    hermes_machine::file::write_private(path.as_ref(), text.as_ref())
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn shown(held: Option<Held>) -> Option<String> {
    Some(held?.headers().remove(0).1)
}

#[tokio::test]
async fn cf1_gateways_are_remembered_and_their_secrets_are_private() {
    let home = TestHome::new();
    let kept = gateways(&home, KeychainUse::Off);
    assert!(kept.read().await.unwrap().gateways.is_empty());
    let one = remembered("build7", "https://gw.example.com/hermes");
    let mut two = remembered("lan", "http://192.168.1.7:9119");
    two.plain_http = PlainHttp::Agreed;
    two.last_used = Some("2026-11-23T13:00:00Z".parse().unwrap());
    let place = kept
        .remember(&one, Some(&pair("canary-a", "canary-r", 7)))
        .await;
    let one = Remembered {
        secret: place.unwrap(),
        ..one
    };
    assert_eq!(one.secret, Where::File);
    kept.remember(&two, None).await.unwrap();

    let found = kept.read().await.unwrap();
    assert_eq!(found.gateways, [one.clone(), two.clone()]);
    assert_eq!(found.last_used(), Some(&two));
    assert_eq!(found.named("build7"), Some(&one));
    assert_eq!(found.at(&two.address), Some(&two));
    assert_eq!(kept.glance(), found.gateways);
    let index = fs::read_to_string(home.path().join("gateways.json")).unwrap();
    assert!(!index.contains("canary"), "{index}");
    for name in ["gateways.json", "gateways.secrets.json", "gateways.lock"] {
        assert_eq!(mode(&home.path().join(name)), 0o600, "{name}");
    }
    let held = kept.held(&one.address).await.unwrap();
    assert_eq!(shown(held).unwrap(), "Bearer canary-a");
    // WS12: another path, port or scheme is another gateway.
    for other in [
        "https://gw.example.com",
        "https://gw.example.com:8443/hermes",
        "http://gw.example.com/hermes",
    ] {
        let other = GatewayAddress::parse(other).unwrap();
        assert!(kept.held(&other).await.unwrap().is_none());
    }
    kept.forget(&one.address).await.unwrap();
    kept.forget(&one.address).await.unwrap();
    assert_eq!(kept.read().await.unwrap().gateways, [two]);
    let secrets = fs::read_to_string(home.path().join("gateways.secrets.json")).unwrap();
    assert!(!secrets.contains("canary"), "{secrets}");
}

#[tokio::test]
async fn a_name_is_one_gateways_and_can_be_typed() {
    let home = TestHome::new();
    let kept = gateways(&home, KeychainUse::Off);
    let one = remembered("gw.example.com", "https://gw.example.com");
    kept.remember(&one, None).await.unwrap();
    let taken = remembered("gw.example.com", "https://other.example.com");
    let refused = kept.remember(&taken, None).await.unwrap_err();
    assert!(matches!(refused, KeptError::NameTaken(_)));
    assert_eq!(refused.code(), Code::ConnectName);
    for name in ["", "-x", "a b", "a/b", "a:1", "\u{1b}[2J", &"x".repeat(65)] {
        let refused = kept.remember(&remembered(name, "https://h"), None).await;
        assert!(matches!(refused, Err(KeptError::Name(_))), "{name:?}");
    }
    // The same gateway under another name.
    kept.remember(&remembered("home", "https://gw.example.com/"), None)
        .await
        .unwrap();
    let found = kept.read().await.unwrap();
    assert_eq!(found.gateways.len(), 1);
    let name = |address: &str| found.name_for(&GatewayAddress::parse(address).unwrap());
    assert_eq!(name("https://gw.example.com"), "gw.example.com");
    assert_eq!(name("http://home"), "home-2");
    assert_eq!(name("http://[::1]:9119"), "1");
}

#[test]
fn cf3_writers_in_many_processes_lose_nothing_of_each_other() {
    let home = TestHome::new();
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let path = home.home();
            scope.spawn(move || {
                let clock: Arc<dyn Clock> = Arc::new(SystemClock);
                let ports = Ports {
                    clock,
                    ..Rig::new([]).ports
                };
                // A lock of its own, as another process has it.
                let kept = Gateways::of(&path, &ports, KeychainUse::Off);
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime.unwrap().block_on(async {
                    for number in 0..5 {
                        let name = format!("g{writer}-{number}");
                        let gateway = remembered(&name, &format!("https://{name}.example.com"));
                        let held = pair(&name, "r", 7);
                        kept.remember(&gateway, Some(&held)).await.unwrap();
                        if number % 2 == 1 {
                            kept.forget(&gateway.address).await.unwrap();
                        }
                    }
                });
            });
        }
    });
    let kept = gateways(&home, KeychainUse::Off);
    assert_eq!(kept.glance().len(), 8 * 3);
    assert_eq!(
        file(&home, "gateways.secrets.json")["secrets"]
            .as_object()
            .unwrap()
            .len(),
        8 * 3
    );
}

#[tokio::test]
async fn cf2_what_is_damaged_is_put_aside_and_told() {
    for bytes in [
        "{",
        "[]",
        "",
        "{}",
        r#"{"version":1,"gateways":{}}"#,
        r#"{"version":"1"}"#,
    ] {
        let home = TestHome::new();
        let path = home.path().join("gateways.json");
        put(&path, bytes).unwrap();
        let kept = gateways(&home, KeychainUse::Off);
        assert!(kept.glance().is_empty());
        assert_eq!(
            fs::read_to_string(&path).unwrap(),
            bytes,
            "a glance changes nothing"
        );
        let found = kept.read().await.unwrap();
        assert_eq!(found.set_aside.len(), 1, "{bytes}");
        assert_eq!(fs::read_to_string(&found.set_aside[0]).unwrap(), bytes);
        let name = found.set_aside[0].file_name().unwrap().to_str().unwrap();
        assert_eq!(name, "gateways.json.damaged-1795435200");
        kept.remember(&remembered("a", "https://a"), None)
            .await
            .unwrap();
        put(&path, bytes).unwrap();
        let again = kept.read().await.unwrap().set_aside;
        assert!(again[0].to_str().unwrap().ends_with("-2"), "{again:?}");
        assert!(found.set_aside[0].exists());
    }
}

#[tokio::test]
async fn cf2_what_a_newer_version_wrote_is_left_alone() {
    let home = TestHome::new();
    let path = home.path().join("gateways.json");
    let newer = r#"{"version":2,"gateways":[]}"#;
    put(&path, newer).unwrap();
    let kept = gateways(&home, KeychainUse::Off);
    let failed = kept.read().await.unwrap_err();
    assert_eq!(failed.code(), Code::ConnectKeptUnusable);
    assert!(
        kept.remember(&remembered("a", "https://a"), None)
            .await
            .is_err()
    );
    assert_eq!(fs::read_to_string(&path).unwrap(), newer);
}

#[tokio::test]
async fn what_is_not_known_here_stays_in_the_files() {
    let home = TestHome::new();
    let index = json!({
        "version": 1,
        "theme": "dark",
        "gateways": [
            {"name": "a", "address": "https://a.example.com", "mode": "sign_in", "color": "blue"},
            {"name": "b", "address": "https://b.example.com", "mode": "by_pigeon"},
            7,
        ],
    });
    let secrets = json!({
        "version": 1, "seal": "none",
        "secrets": {"https://c.example.com": {"kind": "passkey", "id": 1}},
    });
    put(home.path().join("gateways.json"), index.to_string()).unwrap();
    put(
        home.path().join("gateways.secrets.json"),
        secrets.to_string(),
    )
    .unwrap();
    let kept = gateways(&home, KeychainUse::Off);
    let found = kept.read().await.unwrap();
    assert_eq!(
        found.gateways.len(),
        1,
        "one that cannot be used is not offered"
    );
    let mut gateway = found.gateways[0].clone();
    gateway.user = Some("ada".to_owned());
    kept.remember(&gateway, Some(&pair("a", "r", 7)))
        .await
        .unwrap();
    let written = file(&home, "gateways.json");
    assert_eq!(written["theme"], "dark");
    assert_eq!(written["gateways"][0]["color"], "blue");
    assert_eq!(written["gateways"][0]["user"], "ada");
    assert_eq!(written["gateways"][1], index["gateways"][1]);
    assert_eq!(written["gateways"][2], 7);
    let written = file(&home, "gateways.secrets.json");
    assert_eq!(written["seal"], "none");
    assert_eq!(written["secrets"]["https://c.example.com"]["id"], 1);
}

#[tokio::test]
async fn a_secret_moves_to_the_keychain_and_leaves_no_copy_behind() {
    let home = TestHome::new();
    let keychain = Arc::new(FakeKeychain::default());
    let gateway = remembered("a", "https://a.example.com");
    let in_file = |name: &str| fs::read_to_string(home.path().join(name)).unwrap_or_default();
    keychain.lock();
    let kept = gateways(&home, auto(&keychain));
    kept.remember(&gateway, Some(&pair("canary-1", "r", 7)))
        .await
        .unwrap();
    assert!(
        in_file("gateways.secrets.json").contains("canary-1"),
        "it is locked"
    );

    keychain.open();
    kept.remember(&gateway, Some(&pair("canary-2", "r", 7)))
        .await
        .unwrap();
    assert!(!in_file("gateways.secrets.json").contains("canary"));
    assert!(!in_file("gateways.json").contains("canary"));
    assert_eq!(keychain.len(), 1);
    let held = kept.held(&gateway.address).await.unwrap();
    assert_eq!(shown(held).unwrap(), "Bearer canary-2");
    // Another home of the same person has a sign-in of its own.
    let other = TestHome::new();
    let elsewhere = gateways(&other, auto(&keychain));
    elsewhere
        .remember(&gateway, Some(&pair("canary-3", "r", 7)))
        .await
        .unwrap();
    assert_eq!(keychain.len(), 2);

    keychain.lock();
    let failed = kept.held(&gateway.address).await.unwrap_err();
    assert_eq!(failed.code(), Code::ConnectKeychain);
    assert!(
        kept.forget(&gateway.address).await.is_err(),
        "it would leave the secret behind"
    );
    assert_eq!(kept.glance().len(), 1);
    // Over SSH, where there is none, somebody signs in anew; or once and for all does without.
    let absent = gateways(&home, KeychainUse::Absent);
    let failed = absent.held(&gateway.address).await.unwrap_err();
    assert_eq!(failed.code(), Code::ConnectKeychain);
    let off = gateways(&home, KeychainUse::Off);
    assert!(off.held(&gateway.address).await.unwrap().is_none());
    let anew = pair("canary-4", "r", 7);
    absent.remember(&gateway, Some(&anew)).await.unwrap();
    assert!(in_file("gateways.secrets.json").contains("canary-4"));

    keychain.open();
    kept.forget(&gateway.address).await.unwrap();
    assert_eq!(keychain.len(), 1, "what was left there is gone too");
    assert!(!in_file("gateways.secrets.json").contains("canary"));
}

#[tokio::test]
async fn a_keychain_that_is_asked_for_is_used_or_nothing_is() {
    let home = TestHome::new();
    let keychain = Arc::new(FakeKeychain::default());
    keychain.lock();
    let clock = MovedClock::at(NOON);
    let kept = gateways(&home, KeychainUse::On(keychain.clone(), clock));
    let gateway = remembered("a", "https://a.example.com");
    let failed = kept
        .remember(&gateway, Some(&pair("a", "r", 7)))
        .await
        .unwrap_err();
    assert_eq!(failed.code(), Code::ConnectKeychain);
    assert!(!home.path().join("gateways.json").exists());
    assert!(!home.path().join("gateways.secrets.json").exists());
}

#[tokio::test]
async fn a_keychain_that_says_nothing_is_waited_for_five_seconds() {
    let home = TestHome::new();
    let keychain = Arc::new(FakeKeychain::default());
    keychain.mood.store(SILENT, Ordering::Relaxed);
    let clock = MovedClock::at(NOON);
    clock.set_automatic();
    let kept = gateways(&home, KeychainUse::Auto(keychain, clock.clone()));
    let gateway = remembered("a", "https://a.example.com");
    kept.remember(&gateway, Some(&pair("canary", "r", 7)))
        .await
        .unwrap();
    assert_eq!(
        clock
            .slept()
            .iter()
            .map(Duration::as_secs)
            .collect::<Vec<_>>(),
        [5]
    );
    assert_eq!(
        shown(kept.held(&gateway.address).await.unwrap()).unwrap(),
        "Bearer canary"
    );
}

#[test]
fn the_setting_decides_and_without_a_bus_nobody_is_asked() {
    let clock: Arc<dyn Clock> = MovedClock::at(NOON);
    let home = TestHome::new();
    let path = home.user_home();
    let runtime = path.to_str().unwrap();
    let of = |pairs: [(&str, &str); 3]| {
        let chosen = KeychainUse::of(&Environment::from(pairs), &clock);
        chosen
            .map(|chosen| format!("{chosen:?}"))
            .map_err(|error| error.to_string())
    };
    let bus = ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/7/bus");
    let none = ("DBUS_SESSION_BUS_ADDRESS", "");
    let directory = ("XDG_RUNTIME_DIR", runtime);
    let unset = ("HERMES_KEYCHAIN", "");
    assert_eq!(of([none, directory, unset]), Ok("Absent".to_owned()));
    assert_eq!(of([bus, directory, unset]), Ok("Auto".to_owned()));
    assert_eq!(
        of([bus, directory, ("HERMES_KEYCHAIN", "off")]),
        Ok("Off".to_owned())
    );
    assert_eq!(
        of([none, directory, ("HERMES_KEYCHAIN", "on")]),
        Ok("On".to_owned())
    );
    assert!(
        of([none, directory, ("HERMES_KEYCHAIN", "yes")])
            .unwrap_err()
            .contains("`yes`")
    );
    put(path.join("bus"), "").unwrap();
    assert_eq!(of([none, directory, unset]), Ok("Auto".to_owned()));
}
