//! A sign-in in two turns, and two sign-ins of which one counts, as a script drives them.

use std::os::unix::fs::PermissionsExt as _;

use hermes_providers::{Flow, Table};
use serde_json::Value;

use crate::rig::{Ended, Rig, free_port, parse};

/// The events of a command that ended.
fn events(ended: &Ended) -> Vec<Value> {
    let lines = ended.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn event<'a>(events: &'a [Value], name: &str) -> &'a Value {
    let found = events.iter().find(|event| event["event"] == name);
    found.expect(name)
}

async fn begin(rig: &Rig, arguments: &[&str]) -> Vec<Value> {
    let all = [&["auth", "add"], arguments, &["--no-wait", "--json"]].concat();
    let ended = rig.run(&all).await;
    assert_eq!(ended.status, 0, "{}{}", ended.stdout, ended.stderr);
    let events = events(&ended);
    assert_eq!(events.last().unwrap()["event"], "pending");
    events
}

/// What was typed into the browser, or approved there.
fn answer(rig: &Rig, provider: &str, begun: &[Value]) -> String {
    let device = begun.iter().find(|event| event["event"] == "device_code");
    if let Some(device) = device {
        rig.provider
            .approve_device(device["user_code"].as_str().unwrap());
        return String::new();
    }
    let url = parse(&event(begun, "authorize_url")["url"]);
    let redirected = rig.provider.authorize(&url);
    match provider {
        "anthropic" => rig.provider.shown_code(&redirected),
        _ => redirected.to_string(),
    }
}

fn kept(rig: &Rig) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(rig.home.run().join("pending")).unwrap();
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect()
}

#[tokio::test]
async fn every_provider_signs_in_in_two_turns() {
    let table = Table::load(None).unwrap();
    for provider in table.iter().filter(|provider| provider.has_sign_in()) {
        let id = provider.id.as_str();
        for flow in [Flow::Device, Flow::Paste] {
            let by_hand = flow == Flow::Paste
                && (provider.flows.contains(&Flow::Paste)
                    || provider.flows.contains(&Flow::Loopback));
            if !by_hand && !provider.flows.contains(&flow) {
                continue;
            }
            let rig = Rig::of(id).await;
            let mut arguments = vec![id, "--flow", flow.as_str()];
            if id == "spotify" {
                arguments.extend(["--client-id", "my-own-app"]);
            }
            let begun = begin(&rig, &arguments).await;
            let pending = begun.last().unwrap();
            assert_eq!(pending["provider"], id);
            assert_eq!(pending["flow"], flow.as_str());
            let files = kept(&rig);
            assert_eq!(files.len(), 1, "{id} by {flow}");
            let mode = files[0].metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);

            let answer = answer(&rig, id, &begun);
            let finish: Vec<_> = pending["finish"].as_str().unwrap().split(' ').collect();
            let finish = [&finish[1..], &["--json"]].concat();
            let done = rig.run_with(&finish, &format!("{answer}\n")).await;
            assert_eq!(
                done.status, 0,
                "{id} by {flow}: {}{}",
                done.stdout, done.stderr
            );
            let told = events(&done);
            assert_eq!(told.last().unwrap()["event"], "signed_in");
            assert_eq!(told.last().unwrap()["provider"], id);
            let token = rig.run(&["auth", "token", id]).await;
            assert!(rig.provider.accepts_access(token.stdout.trim()), "{id}");
            assert_eq!(kept(&rig).len(), 0, "{id} by {flow}");
        }
    }
}

#[tokio::test]
async fn lg1_neither_turn_prints_a_secret() {
    let rig = Rig::of("nous").await;
    let first = rig.run(&["auth", "add", "nous", "--no-wait"]).await;
    assert_eq!((first.status, first.stdout.as_str()), (0, ""));
    let id = first
        .stderr
        .lines()
        .find_map(|line| line.strip_prefix("  hermes auth finish "))
        .unwrap();
    assert!(!first.stderr.contains("polling every"), "{}", first.stderr);
    let status = rig.run(&["auth", "status", "--json"]).await;
    let text: Value = serde_json::from_str(&status.stdout).unwrap();
    assert_eq!(text["pending"][0]["id"], id);
    let shown = rig.run(&["auth", "status"]).await;
    assert!(
        shown.stderr.contains(&format!("hermes auth finish {id}")),
        "{}",
        shown.stderr
    );
    let one = rig.run(&["auth", "status", "nous", "--json"]).await;
    let one: Value = serde_json::from_str(&one.stdout).unwrap();
    assert_eq!(one["pending"][0]["provider"], "nous");
    let not_yet = rig.run(&["auth", "finish", "--no-wait"]).await;
    assert_eq!(not_yet.status, 4);
    assert_eq!(
        not_yet.stderr.lines().collect::<Vec<_>>()[2..],
        [
            format!("error[auth.pending]: the sign-in `{id}` to nous is not approved yet"),
            format!("  next: hermes auth finish {id}"),
        ]
    );
    let doctor = rig.run(&["doctor"]).await;
    assert!(doctor.stdout.contains("auth.pending"), "{}", doctor.stdout);
    rig.provider
        .approve_device(&rig.provider.pending_user_codes()[0]);
    let done = rig.run(&["auth", "finish", id]).await;
    assert_eq!(done.status, 0, "{}", done.stderr);
    assert!(done.stderr.contains("Login successful!"), "{}", done.stderr);
    for secret in rig.provider.all_secrets() {
        for ended in [&first, &status, &shown, &not_yet, &done, &doctor] {
            let text = format!("{}{}", ended.stdout, ended.stderr);
            assert!(!text.contains(&secret), "{text}");
        }
    }
    let doctor = rig.run(&["doctor"]).await;
    assert!(
        doctor.stdout.contains("nous by device") && doctor.stdout.contains("completed"),
        "{}",
        doctor.stdout
    );
}

#[tokio::test]
async fn of_two_that_finish_at_once_one_wins_and_the_other_is_told() {
    let rig = Rig::of("xai-oauth").await;
    let begun = begin(&rig, &["xai-oauth", "--flow", "paste"]).await;
    let id = begun.last().unwrap()["id"].as_str().unwrap();
    let answer = answer(&rig, "xai-oauth", &begun);
    let mut first = rig.start(&["auth", "finish", id, "--json"]);
    first.until("waiting").await;
    let second = rig
        .run_with(&["auth", "finish", id, "--json"], &format!("{answer}\n"))
        .await;
    assert_eq!(second.status, 5, "{}", second.stdout);
    assert_eq!(events(&second)[0]["code"], "auth.pending_busy");
    first.type_line(&answer).await;
    first.until("signed_in").await;
    assert_eq!(first.wait().await, 0);
    let third = rig
        .run_with(&["auth", "finish", id, "--json"], &format!("{answer}\n"))
        .await;
    assert_eq!(third.status, 1);
    assert_eq!(events(&third)[0]["code"], "auth.pending_ended");
    assert_eq!(events(&third)[0]["hint"], "hermes auth status xai-oauth");
}

#[tokio::test]
async fn several_are_listed_and_one_can_be_given_up() {
    let rig = Rig::of("xai-oauth").await;
    let none = rig.run(&["auth", "finish"]).await;
    assert_eq!(none.status, 2);
    assert!(
        none.stderr.contains("auth.pending_unknown"),
        "{}",
        none.stderr
    );
    let one = begin(&rig, &["xai-oauth", "--flow", "paste"]).await;
    let two = begin(&rig, &["xai-oauth", "--flow", "paste", "--label", "work"]).await;
    let id = |events: &[Value]| events.last().unwrap()["id"].as_str().unwrap().to_owned();
    let (one, two) = (id(&one), id(&two));
    let several = rig.run(&["auth", "finish", "--json"]).await;
    assert_eq!(several.status, 2);
    let told = events(&several);
    assert_eq!(told[0]["id"], one.as_str());
    assert_eq!(told[1]["id"], two.as_str());
    assert_eq!(told[2]["code"], "auth.pending_ambiguous");

    let gone = rig.run(&["auth", "finish", &one, "--cancel"]).await;
    assert_eq!(gone.status, 0, "{}", gone.stderr);
    let ended = rig.run(&["auth", "finish", &one]).await;
    assert_eq!(ended.status, 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("was given up"), "{}", ended.stderr);
    let unknown = rig.run(&["auth", "finish", "ffffffff"]).await;
    assert_eq!(unknown.status, 2);
    let newer = begin(&rig, &["xai-oauth", "--flow", "paste", "--label", "work"]).await;
    assert_eq!(event(&newer, "voided")["id"], two.as_str());
    let void = rig.run(&["auth", "finish", &two]).await;
    assert_eq!(void.status, 3, "{}", void.stderr);
    assert!(void.stderr.contains("auth.superseded"), "{}", void.stderr);
}

#[tokio::test]
async fn a_newer_sign_in_ends_the_older_one_that_waits() {
    let rig = Rig::of("xai-oauth").await;
    let port = free_port().to_string();
    let flags = ["--flow", "loopback", "--port", port.as_str()];
    let add = ["auth", "add", "xai-oauth", "--json"];
    let mut older = rig.start(&[&add[..], &flags[..]].concat());
    older.until("waiting").await;
    // Another account of the same provider may be signed in to beside it.
    let mut other = rig.start(&[&add[..], &["--flow", "paste", "--label", "work"]].concat());
    other.until("waiting").await;

    let mut newer = rig.start(&[&add[..], &["--flow", "paste"]].concat());
    let void = newer.until("voided").await;
    assert!(void["process"].is_u64(), "{void}");
    let error = loop {
        let event = older.event().await;
        if event["event"] == "error" {
            break event;
        }
    };
    assert_eq!(error["code"], "auth.superseded");
    assert_eq!(error["hint"], "hermes auth status xai-oauth");
    assert_eq!(older.wait().await, 3);
    std::net::TcpListener::bind(("127.0.0.1", port.parse().unwrap())).expect("the port is free");

    let record = std::fs::read_to_string(rig.home.run().join("last-sign-in.json")).unwrap();
    assert!(!record.contains("superseded"), "{record}");

    for running in [&mut newer, &mut other] {
        // Only the two that count get this far.
        running.type_line("not the answer").await;
        running.until("paste_rejected").await;
    }
    for running in [newer, other] {
        assert_eq!(
            running.wait().await,
            1,
            "the input ended without the answer"
        );
    }
    assert_eq!(kept(&rig).len(), 0, "each has left its place");
}

#[tokio::test]
async fn what_waits_for_another_process_is_void_as_well() {
    let rig = Rig::of("xai-oauth").await;
    let begun = begin(&rig, &["xai-oauth", "--flow", "paste"]).await;
    let id = begun.last().unwrap()["id"].as_str().unwrap();
    let mut finishing = rig.start(&["auth", "finish", id, "--json"]);
    finishing.until("waiting").await;
    let newer = rig.run(&["auth", "add", "xai-oauth", "--no-wait"]).await;
    assert_eq!(newer.status, 0, "{}", newer.stderr);
    assert!(
        newer
            .stderr
            .contains(&format!("The sign-in that waited as `{id}` since 2")),
        "{}",
        newer.stderr
    );
    let error = loop {
        let event = finishing.event().await;
        if event["event"] == "error" {
            break event;
        }
    };
    assert_eq!(error["code"], "auth.superseded");
    assert_eq!(finishing.wait().await, 3);
}

#[tokio::test]
async fn a_kill_and_an_empty_input_leave_it_to_be_finished_later() {
    let rig = Rig::of("xai-oauth").await;
    let begun = begin(&rig, &["xai-oauth", "--flow", "paste"]).await;
    let answer = answer(&rig, "xai-oauth", &begun);
    let mut stopped = rig.start(&["auth", "finish", "--json"]);
    stopped.until("waiting").await;
    stopped.kill().await;
    let empty = rig.run(&["auth", "finish"]).await;
    assert_eq!(empty.status, 1);
    assert!(
        empty.stderr.contains("auth.code_missing"),
        "{}",
        empty.stderr
    );
    assert!(
        empty.stderr.contains("next: hermes auth finish "),
        "{}",
        empty.stderr
    );
    let done = rig
        .run_with(&["auth", "finish"], &format!("{answer}\n"))
        .await;
    assert_eq!(done.status, 0, "{}", done.stderr);
}

#[tokio::test]
async fn any_server_signs_in_in_two_turns_and_what_has_no_accounts_says_so() {
    let rig = Rig::of("xai-oauth").await;
    let issuer = rig.provider.issuer();
    let arguments = ["work", "--issuer", &issuer, "--client-id", "my-client"];
    let begun = begin(&rig, &arguments).await;
    answer(&rig, "work", &begun);
    let done = rig.run(&["auth", "finish", "--json"]).await;
    assert_eq!(done.status, 0, "{}", done.stdout);
    assert_eq!(events(&done).last().unwrap()["provider"], "work");

    let keys = rig.run(&["auth", "add", "openrouter", "--no-wait"]).await;
    assert_eq!(keys.status, 2, "{}", keys.stderr);
    assert!(keys.stderr.contains("auth.no_sign_in"), "{}", keys.stderr);
    let flow = [
        "auth",
        "add",
        "xai-oauth",
        "--no-wait",
        "--flow",
        "loopback",
    ];
    let flow = rig.run(&flow).await;
    assert_eq!(flow.status, 2);
    assert!(
        flow.stderr
            .contains("next: hermes auth add xai-oauth --no-wait --flow device"),
        "{}",
        flow.stderr
    );
}
