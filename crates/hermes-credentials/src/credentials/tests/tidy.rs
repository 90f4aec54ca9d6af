use std::path::{Path, PathBuf};

use hermes_errors::{Code, Explain as _};
use hermes_machine::{FileLock, file};
use hermes_secret::Secret;

use super::rig::Rig;
use crate::{Left, intent::Intent};

/// The id of a process that has ended.
fn dead() -> u32 {
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    child.id()
}

fn put(path: &Path) -> PathBuf {
    file::write_private(path, b"{\"secret\":1}").unwrap();
    path.to_owned()
}

fn begun(rig: &Rig, entry: &str, token: &str) -> PathBuf {
    let intents = &rig.credentials.inner.intents;
    let now = rig.credentials.inner.now();
    let intent = Intent::new("xai-oauth", entry, &Secret::new(token), None, now);
    intents.begin(&intent, 0).unwrap();
    intents.directory().join(format!("xai-oauth.{entry}.json"))
}

#[tokio::test]
async fn what_is_of_no_use_goes_and_everything_else_stays() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let (saved, issued) = rig.sign_in("xai-oauth", Some("work")).await;
    let needed = begun(&rig, &saved.entry.id, &issued.refresh_token.unwrap());
    let spent = begun(&rig, "0a0b0c", "a token that no credential holds");
    assert_eq!(
        rig.credentials.leftovers().unwrap(),
        [],
        "both may be under way"
    );
    rig.a_day_later();

    let (gone, here) = (dead(), std::process::id());
    let home = rig.home.path();
    let run = rig.home.run();
    let mut unfinished = [
        put(&home.join(format!("auth.json.tmp.{gone}.0a1b"))),
        put(&home.join(format!("providers.toml.tmp.{gone}.0a1b"))),
        put(&home.join(format!(".env.tmp.{gone}.0a1b"))),
        put(&home.join(format!(".room.tmp.{gone}.0a1b"))),
        put(&run.join(format!("last-sign-in.json.tmp.{gone}.0a1b"))),
        put(&run.join(format!("refresh/xai-oauth.1.json.tmp.{gone}.0a1b"))),
    ];
    unfinished.sort();
    let kept = [
        needed,
        put(&home.join(format!("auth.json.tmp.{here}.0a1b"))),
        put(&home.join(format!("config.yaml.tmp.{gone}.0a1b"))),
        put(&home.join("auth.json.bak")),
        put(&run.join("last-sign-in.json")),
    ];
    let found = rig.credentials.leftovers().unwrap();
    let of = |left: Left| {
        let paths = found.iter().filter(move |one| one.left == left);
        paths.map(|one| one.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(Left::Unfinished), unfinished);
    assert_eq!(of(Left::Record), std::slice::from_ref(&spent));

    let before = rig.home.auth_json_text();
    let removed = rig.credentials.tidy().await.unwrap();
    assert_eq!(removed.len(), unfinished.len() + 1);
    assert!(
        removed.iter().all(|(_, problem)| problem.is_none()),
        "{removed:?}"
    );
    for path in unfinished.iter().chain([&spent]) {
        assert!(!path.exists(), "{}", path.display());
    }
    for path in &kept {
        assert!(path.exists(), "{}", path.display());
    }
    assert_eq!(rig.home.auth_json_text(), before);
    assert_eq!(rig.credentials.tidy().await.unwrap(), []);
}

#[tokio::test]
async fn nothing_goes_while_another_writes_or_the_file_is_broken() {
    let rig = Rig::new(&["xai-oauth"]).await;
    let left = put(&rig
        .home
        .path()
        .join(format!("auth.json.tmp.{}.0a1b", dead())));
    rig.clock.set_automatic();
    let path = rig.home.auth_lock();
    let patience = std::time::Duration::from_secs(1);
    let lock = FileLock::acquire(&path, patience, &*rig.clock)
        .await
        .unwrap();
    let error = rig.credentials.tidy().await.unwrap_err();
    assert_eq!(error.code(), Code::StoreLocked);
    drop(lock);
    rig.home.write_auth_json("{ broken");
    for error in [
        rig.credentials.tidy().await.unwrap_err(),
        rig.credentials.leftovers().unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::StoreCorrupt);
    }
    assert!(left.exists());
}
