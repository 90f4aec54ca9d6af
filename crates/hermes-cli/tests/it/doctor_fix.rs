//! `hermes doctor --fix`: what is safe, and nothing else.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use hermes_machine::file;
use serde_json::Value;

use crate::rig::{Ended, Rig, finish};

const FIX: [&str; 3] = ["doctor", "--fix", "--json"];

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn open_to(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Everything in a directory: mode and content.
fn everything(directory: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut all = BTreeMap::from([(directory.to_owned(), (mode(directory), Vec::new()))]);
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(everything(&path));
        } else {
            all.insert(path.clone(), (mode(&path), fs::read(&path).unwrap()));
        }
    }
    all
}

fn report(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap()
}

/// What was changed: action, name, whether it worked.
fn changes(report: &Value) -> Vec<(String, String, bool)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let changes = report["changes"].as_array().unwrap().iter();
    changes
        .map(|change| {
            let path = PathBuf::from(text(&change["path"]));
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (text(&change["action"]), name, change["done"] == true)
        })
        .collect()
}

/// A home in which everything is wrong that can be put right.
async fn untidy() -> (Rig, String) {
    let rig = Rig::of("xai-oauth").await;
    let add = ["auth", "add", "openrouter", "--no-check", "--api-key-stdin"];
    assert_eq!(rig.run_with(&add, "sk-canary-0123").await.status, 0);
    let mut child = std::process::Command::new("true").spawn().unwrap();
    child.wait().unwrap();
    let left = format!("auth.json.tmp.{}.0a1b", child.id());
    rig.home.write_dot_env("A=1\n");
    file::create_private_dir(&rig.home.run().join("refresh")).unwrap();
    for path in [
        rig.home.path().join(&left),
        rig.home.run().join("last-sign-in.json"),
        rig.home.run().join("refresh/xai-oauth.0a0b0c.json"),
    ] {
        file::write_private(&path, b"{ cut off").unwrap();
    }
    open_to(&rig.home.auth_json(), 0o644);
    open_to(&rig.home.dot_env(), 0o640);
    open_to(&rig.home.run(), 0o755);
    open_to(rig.home.path(), 0o755);
    (rig, left)
}

#[tokio::test]
async fn a_dry_run_lists_what_the_fix_does_and_changes_nothing() {
    let (rig, left) = untidy().await;
    let before = everything(rig.home.path());
    let dry = rig.run(&[&FIX[..], &["--dry-run"]].concat()).await;
    let dry = report(&dry);
    assert_eq!(dry["dry_run"], true);
    assert_eq!(everything(rig.home.path()), before);

    let told = rig.run(&["doctor", "--fix", "--dry-run"]).await;
    assert!(
        told.stdout
            .starts_with("would  set mode ~/.hermes (mode 0755 becomes 0700)\n"),
        "{}",
        told.stdout
    );
    assert!(
        told.stderr.contains("Nothing was changed."),
        "{}",
        told.stderr
    );
    assert_eq!(everything(rig.home.path()), before);
    let hint = rig.run(&["doctor"]).await;
    assert!(
        hint.stderr.contains("6 can be fixed: hermes doctor --fix"),
        "{}",
        hint.stderr
    );

    let fixed = rig.run(&FIX).await;
    let fixed = report(&fixed);
    let done: Vec<_> = changes(&dry)
        .into_iter()
        .map(|(action, name, _)| (action, name, true))
        .collect();
    assert_eq!(changes(&fixed), done, "what was listed is what was done");
    let expected = [
        ("set_mode", ".hermes"),
        ("set_mode", ".env"),
        ("set_mode", "run"),
        ("set_mode", "auth.json"),
        ("remove", &left),
        ("remove", "xai-oauth.0a0b0c.json"),
        ("remove", "last-sign-in.json"),
    ];
    let expected = expected.map(|(action, name)| (action.to_owned(), name.to_owned(), true));
    assert_eq!(done, expected);

    // What is there after it is what was there, without the files that are gone, for one user.
    let mut after = before;
    after.retain(|path, _| {
        !path.ends_with(&left)
            && !path.starts_with(rig.home.run().join("refresh/xai-oauth.0a0b0c.json"))
            && !path.ends_with("last-sign-in.json")
    });
    for (path, (mode, _)) in &mut after {
        if !path.ends_with("auth.lock") {
            *mode &= 0o700;
        }
    }
    assert_eq!(everything(rig.home.path()), after);
    assert_eq!(fixed["summary"]["fixable"], 0, "{fixed}");
}

#[tokio::test]
async fn fixing_twice_is_harmless_and_a_missing_home_is_made() {
    let (rig, _) = untidy().await;
    let fixed = rig.run(&["doctor", "--fix"]).await;
    assert!(
        fixed.stdout.starts_with("done   set mode ~/.hermes"),
        "{}",
        fixed.stdout
    );
    let again = rig.run(&["doctor", "--fix"]).await;
    assert!(
        again.stderr.contains("There was nothing to fix"),
        "{}",
        again.stderr
    );
    let arguments = [&["-p", "new"], &FIX[..]].concat();
    let made = report(&rig.run(&arguments).await);
    assert_eq!(
        changes(&made),
        [("make_directory".to_owned(), "new".to_owned(), true)]
    );
    assert_eq!(mode(&rig.home.path().join("profiles/new")), 0o700);
}

#[tokio::test]
async fn sign_ins_that_nobody_finished_in_time_are_listed_and_ended() {
    let rig = Rig::of("xai-oauth").await;
    let begin = async |label: &str, timeout: &str| {
        let arguments = [
            "auth",
            "add",
            "xai-oauth",
            "--flow",
            "paste",
            "--no-wait",
            "--json",
        ];
        let more = ["--label", label, "--timeout", timeout];
        let begun = rig.run(&[&arguments[..], &more].concat()).await;
        let last = begun.stdout.lines().last().unwrap();
        let pending: Value = serde_json::from_str(last).unwrap();
        let id = pending["id"].as_str().unwrap();
        rig.home.run().join(format!("pending/{id}.json"))
    };
    let waiting = begin("waits", "600").await;
    let over = begin("over", "600").await;
    // As if its time had been none at all.
    let text = fs::read_to_string(&over).unwrap();
    let mut record: Value = serde_json::from_str(&text).unwrap();
    record["expires_at"] = record["since"].clone();
    file::write_private(&over, record.to_string().as_bytes()).unwrap();
    let name = over.file_name().unwrap().to_string_lossy().into_owned();

    let told = rig.run(&["doctor", "--summary"]).await;
    let finding = format!("! leftovers     ~/.hermes/run/pending/{name} is of a sign-in");
    assert!(told.stdout.contains(&finding), "{}", told.stdout);
    let dry = report(&rig.run(&[&FIX[..], &["--dry-run"]].concat()).await);
    let change = |done| [("remove".to_owned(), name.clone(), done)];
    assert_eq!(changes(&dry), change(false));
    assert!(over.exists());

    let fixed = report(&rig.run(&FIX).await);
    assert_eq!(changes(&fixed), change(true), "{fixed}");
    assert!(!over.exists() && waiting.exists());
    assert_eq!(fixed["summary"]["fixable"], 0, "{fixed}");
    let id = name.trim_end_matches(".json");
    let late = rig.run(&["auth", "finish", id]).await;
    assert!(
        late.stderr.contains("error[auth.pending_expired]"),
        "{}",
        late.stderr
    );
}

#[tokio::test]
async fn what_is_not_safe_is_left_with_its_one_command() {
    // A credential file that does not parse, and a table: a person decides.
    let (rig, left) = untidy().await;
    rig.home.write_auth_json("{ broken sk-canary");
    rig.home.write_providers_toml("[provider");
    let ended = rig.run(&FIX).await;
    assert_eq!(ended.status, 1);
    assert_eq!(
        rig.home.auth_json_text().as_deref(),
        Some("{ broken sk-canary")
    );
    assert!(
        rig.home.path().join(left).exists(),
        "it may be the better copy"
    );
    let broken = report(&ended)["findings"].as_array().unwrap().clone();
    for finding in broken
        .iter()
        .filter(|finding| finding["weight"] == "broken")
    {
        assert!(
            finding["next"].is_string() && finding["fixable"] == false,
            "{finding}"
        );
    }

    // A home that is shared on purpose, or is more than a home of ours.
    let (rig, _) = untidy().await;
    let shared = finish(rig.hermes(&FIX).env("HERMES_HOME_MODE", "0755")).await;
    let modes = |report: &Value| {
        changes(report)
            .iter()
            .filter(|one| one.0 == "set_mode")
            .count()
    };
    assert_eq!((modes(&report(&shared)), mode(rig.home.path())), (0, 0o755));
    let whole = finish(rig.hermes(&FIX).env("HOME", rig.home.path().join("ada"))).await;
    assert_eq!(modes(&report(&whole)), 4, "{}", whole.stdout);
    let (rig, _) = untidy().await;
    fs::create_dir(rig.home.path().join("ada")).unwrap();
    finish(rig.hermes(&FIX).env("HOME", rig.home.path().join("ada"))).await;
    assert_eq!(
        mode(rig.home.path()),
        0o755,
        "the person's own directory is in it"
    );
    assert_eq!(mode(&rig.home.auth_json()), 0o600);
}

#[tokio::test]
async fn the_summary_is_what_is_wrong_alone() {
    let (rig, _) = untidy().await;
    let full = report(&rig.run(&["doctor", "--json"]).await);
    let short = report(&rig.run(&["doctor", "--summary", "--json"]).await);
    // Services of other users and taken ports come and go with whatever else runs on the machine.
    let passing = |one: &Value| one["subject"] == "user" || one["subject"] == "ports";
    let wrong = |report: &Value, everybody: bool| -> Vec<Value> {
        let findings = report["findings"].as_array().unwrap().iter();
        findings
            .filter(|one| one["weight"] != "fine" && (everybody || !passing(one)))
            .cloned()
            .collect()
    };
    assert_eq!(wrong(&short, false), wrong(&full, false));
    let shown = short["findings"].as_array().unwrap();
    assert_eq!(shown, &wrong(&short, true), "nothing that is fine");
    for report in [&short, &full] {
        let warnings = wrong(report, true).len() as u64;
        assert_eq!(report["summary"]["broken"], 0);
        assert_eq!(report["summary"]["warnings"], warnings);
    }
    assert!(full.get("changes").is_none());
    let text = rig.run(&["doctor", "--summary"]).await;
    assert!(!text.stdout.contains('✓'), "{}", text.stdout);
    assert!(text.stdout.contains("! home"), "{}", text.stdout);
    let words = rig.run(&["doctor", "--summary", "--ascii"]).await;
    assert!(words.stdout.is_ascii(), "{}", words.stdout);
    assert!(words.stdout.contains("warning home"), "{}", words.stdout);
    let alone = rig.run(&["doctor", "--dry-run"]).await;
    assert_eq!(alone.status, 2);
}
