use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use hermes_errors::{Code, Explain as _};
use hermes_testkit::{MovedClock, TestHome};

use super::*;

const NOON: &str = "2026-11-21T12:00:00Z";

fn store(home: &TestHome) -> (FileStore, Arc<MovedClock>) {
    let clock = MovedClock::at(NOON);
    (FileStore::new(home.home(), clock.clone()), clock)
}

async fn touch(store: &FileStore) -> Result<(), StoreError> {
    store
        .update(|file| {
            file.set_active_provider(Some("nous"));
            Ok(())
        })
        .await
}

#[tokio::test]
async fn cf1_everything_that_is_written_is_private() {
    let home = TestHome::new();
    let inside = Home::at(home.path().join("new"));
    let store = FileStore::new(inside.clone(), MovedClock::at(NOON));
    touch(&store).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!(mode(inside.path()), 0o700);
    assert_eq!(mode(&inside.auth_json()), 0o600);
    assert_eq!(mode(&inside.auth_lock()), 0o600);
    let names: Vec<_> = fs::read_dir(inside.path()).unwrap().collect();
    assert_eq!(names.len(), 2, "no temporary file stays: {names:?}");
}

#[tokio::test]
async fn cf1_a_planted_link_in_place_of_the_lock_is_refused() {
    let home = TestHome::new();
    let (store, _) = store(&home);
    std::os::unix::fs::symlink("/etc/passwd", home.auth_lock()).unwrap();
    let error = touch(&store).await.unwrap_err();
    assert_eq!(error.code(), Code::StoreReadOnly, "{error}");
    assert_eq!(home.auth_json_text(), None);
}

#[tokio::test]
async fn cf2_what_is_not_understood_is_never_replaced() {
    let newer = r#"{"version": 2, "providers": {}}"#;
    for (text, code) in [
        ("{\"version\": 1,", Code::StoreCorrupt),
        ("", Code::StoreCorrupt),
        ("{\"providers\": 3}", Code::StoreCorrupt),
        ("\u{feff}{}", Code::StoreCorrupt),
        (newer, Code::StoreUnreadable),
    ] {
        let home = TestHome::new();
        let (store, _) = store(&home);
        home.write_auth_json(text);
        let error = touch(&store).await.unwrap_err();
        assert_eq!(error.code(), code, "{text:?}");
        assert!(error.to_string().contains("left as it is"), "{error}");
        assert_eq!(home.auth_json_text().unwrap(), text);
        assert_eq!(
            store.read().is_ok(),
            text == newer,
            "newer files can be read"
        );
    }
}

#[tokio::test]
async fn cf2_what_is_no_file_or_too_large_is_never_replaced() {
    let home = TestHome::new();
    let (store, _) = store(&home);
    fs::create_dir(home.auth_json()).unwrap();
    assert_eq!(
        touch(&store).await.unwrap_err().code(),
        Code::StoreUnreadable
    );
    fs::remove_dir(home.auth_json()).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        home.auth_json(),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
        0,
    )
    .unwrap();
    let error = touch(&store).await.unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
    fs::remove_file(home.auth_json()).unwrap();
    let file = fs::File::create(home.auth_json()).unwrap();
    file.set_len(LIMIT + 1).unwrap();
    assert_eq!(touch(&store).await.unwrap_err().code(), Code::StoreCorrupt);
    assert_eq!(fs::metadata(home.auth_json()).unwrap().len(), LIMIT + 1);
}

#[test]
fn cf2_unreadable_is_not_empty() {
    const SOMEBODY: u32 = 4711;
    let home = TestHome::new();
    home.write_auth_json("{}");
    fs::set_permissions(home.auth_json(), fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let paths = [home.user_home(), home.path().to_owned(), home.auth_json()];
    for path in paths.iter().filter(|_| is_root) {
        std::os::unix::fs::chown(path, Some(SOMEBODY), None).unwrap();
    }
    let place = home.home();
    let outcome = std::thread::spawn(move || {
        // Root reads everything, and on Linux it is the thread that has the rights.
        if is_root {
            rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(SOMEBODY)).unwrap();
        }
        let store = FileStore::new(place, MovedClock::at(NOON));
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.build().unwrap().block_on(touch(&store))
    });
    let error = outcome.join().unwrap().unwrap_err();
    assert_eq!(error.code(), Code::StoreUnreadable, "{error}");
    fs::set_permissions(home.auth_json(), fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(home.auth_json_text().as_deref(), Some("{}"));
}

#[tokio::test]
async fn cf6_another_users_home_is_left_alone() {
    let home = TestHome::new();
    let me = rustix::process::geteuid().as_raw();
    let (store, _) = store(&home);
    let other = store.clone().as_user(me + 4711);
    home.write_auth_json("{}");
    let error = touch(&other).await.unwrap_err();
    assert_eq!(error.code(), Code::StoreWrongUser);
    let next = error.next_step().unwrap();
    assert!(
        next.starts_with("sudo -u ") && next.contains(" -i "),
        "{next}"
    );
    assert!(
        error.to_string().contains(&format!("#{}", me + 4711)),
        "{error}"
    );
    assert_eq!(home.auth_json_text().unwrap(), "{}");
    assert!(!home.auth_lock().exists(), "not even a lock is made");
    other.read().unwrap();

    // Root must not make a home in a place of somebody else's, nor anybody over a foreign file.
    let user_home = TestHome::new();
    fs::remove_dir(user_home.path()).unwrap();
    if me == 0 {
        std::os::unix::fs::chown(user_home.user_home(), Some(4711), None).unwrap();
        let root = FileStore::new(user_home.home(), MovedClock::at(NOON));
        assert_eq!(touch(&root).await.unwrap_err().code(), Code::StoreWrongUser);
        assert!(!user_home.path().exists());
        std::os::unix::fs::chown(home.auth_json(), Some(4711), None).unwrap();
        assert_eq!(
            touch(&store).await.unwrap_err().code(),
            Code::StoreWrongUser
        );
        assert_eq!(home.auth_json_text().unwrap(), "{}");
    }
}

#[tokio::test]
async fn cf3_readers_do_not_wait_and_writers_name_the_holder() {
    let home = TestHome::new();
    let (store, clock) = store(&home);
    touch(&store).await.unwrap();
    let held = store.begin().await.unwrap();
    assert_eq!(store.read().unwrap().active_provider(), Some("nous"));
    assert_eq!(clock.sleepers(), 0);

    clock.set_automatic();
    let error = touch(&store).await.unwrap_err();
    assert_eq!(error.code(), Code::StoreLocked);
    let StoreError::Locked { waited, holder, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*waited, 15);
    if let Some(holder) = holder {
        assert_eq!(holder.pid, std::process::id());
        assert!(error.to_string().contains(&holder.pid.to_string()));
    }
    drop(held);
    touch(&store).await.unwrap();
}

#[tokio::test]
async fn a_change_that_fails_is_not_saved() {
    let home = TestHome::new();
    let (store, _) = store(&home);
    touch(&store).await.unwrap();
    let before = home.auth_json_text();
    let result: Result<(), StoreError> = store
        .update(|file| {
            file.set_active_provider(None);
            Err(StoreError::Full { path: "x".into() })
        })
        .await;
    assert!(result.is_err());
    assert_eq!(home.auth_json_text(), before);
}

#[test]
fn causes_of_failed_writings_are_told_apart() {
    let code = |errno: rustix::io::Errno| unwritten(Path::new("/x"), errno.into()).code();
    assert_eq!(code(rustix::io::Errno::NOSPC), Code::StoreFull);
    assert_eq!(code(rustix::io::Errno::DQUOT), Code::StoreFull);
    assert_eq!(code(rustix::io::Errno::ROFS), Code::StoreReadOnly);
    assert_eq!(code(rustix::io::Errno::ACCESS), Code::StoreReadOnly);
}
