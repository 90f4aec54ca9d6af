//! Help, topics, completions, pages: what a newcomer reads.

use crate::rig::Rig;

#[tokio::test]
async fn help_reads_well() {
    let rig = Rig::of("xai-oauth").await;
    insta::assert_snapshot!("help", rig.run(&["--help"]).await.stdout);
    insta::assert_snapshot!("auth_help", rig.run(&["auth", "--help"]).await.stdout);
    insta::assert_snapshot!(
        "auth_add_help",
        rig.run(&["auth", "add", "--help"]).await.stdout
    );
    insta::assert_snapshot!("config_help", rig.run(&["config", "--help"]).await.stdout);
    let connect = rig.run(&["connect", "--help"]).await;
    insta::assert_snapshot!("connect_help", connect.stdout);
    insta::assert_snapshot!("model_help", rig.run(&["model", "--help"]).await.stdout);
    insta::assert_snapshot!("serve_help", rig.run(&["serve", "--help"]).await.stdout);
    insta::assert_snapshot!("serve_short_help", rig.run(&["serve", "-h"]).await.stdout);
    insta::assert_snapshot!("users_help", rig.run(&["users", "--help"]).await.stdout);
    insta::assert_snapshot!("exit_codes", rig.run(&["help", "exit-codes"]).await.stdout);
    insta::assert_snapshot!(
        "environment",
        rig.run(&["help", "environment"]).await.stdout
    );
    insta::assert_snapshot!("providers", rig.run(&["auth", "providers"]).await.stdout);
    let by_topic = rig.run(&["help", "auth", "token"]).await;
    assert!(
        by_topic.stdout.contains("Print a fresh access token"),
        "{}",
        by_topic.stdout
    );
}

#[tokio::test]
async fn auth_alone_lists_and_flags_may_stand_before_its_command() {
    let rig = Rig::of("xai-oauth").await;
    for arguments in [
        &["auth", "--json"][..],
        &["auth", "--json", "list"],
        &["auth", "-p", "work", "list", "--json"],
    ] {
        let ended = rig.run(arguments).await;
        assert_eq!(
            (ended.status, ended.stdout.as_str()),
            (0, "{\"providers\":[]}\n")
        );
    }
}

#[tokio::test]
async fn every_page_of_help_has_three_examples() {
    let rig = Rig::of("xai-oauth").await;
    let auth = [
        "add",
        "finish",
        "import",
        "list",
        "status",
        "token",
        "refresh",
        "use",
        "remove",
        "reset",
        "logout",
        "providers",
        "spotify",
    ];
    let others = [
        &["auth"][..],
        &["logout"],
        &["status"],
        &["doctor"],
        &["connect"],
        &["model"],
        &["model", "list"],
        &["model", "set"],
        &["guide"],
        &["completions"],
        &["man"],
        &["help"],
        &[],
    ];
    let auth = auth.map(|command| vec!["auth", command]);
    for mut page in others.into_iter().map(<[_]>::to_vec).chain(auth) {
        page.push("--help");
        let help = rig.run(&page).await.stdout;
        let (_, examples) = help.split_once("Examples:\n").expect(&help);
        let commands = examples.lines().take_while(|line| line.starts_with("  "));
        let count = commands.filter(|line| line.contains("hermes")).count();
        assert!(count >= 3, "{page:?}: {help}");
    }
}

#[tokio::test]
async fn usage_errors_have_status_2_and_a_suggestion() {
    let rig = Rig::of("xai-oauth").await;
    let typo = rig.run(&["auth", "ad"]).await;
    assert_eq!(typo.status, 2);
    assert!(typo.stderr.contains("add"), "{}", typo.stderr);
    let unknown = rig.run(&["auth", "add", "spotfy"]).await;
    assert_eq!(unknown.status, 2);
    assert_eq!(
        unknown.stderr,
        "error[auth.unknown_provider]: Unknown provider: spotfy (did you mean `spotify`?)\n  next: hermes auth add spotify\n"
    );
    let no_sign_in = rig.run(&["auth", "add", "google-gemini-cli"]).await;
    assert_eq!(no_sign_in.status, 2);
    assert!(
        no_sign_in
            .stderr
            .contains("hermes auth add gemini --type api-key")
    );
}

#[tokio::test]
async fn completions_and_man_pages_are_written() {
    let rig = Rig::of("xai-oauth").await;
    for shell in ["bash", "zsh", "fish"] {
        let script = rig.run(&["completions", shell]).await;
        assert!(script.stdout.contains("hermes"), "{shell}");
    }
    let directory = rig.home.home().path().join("man");
    let ended = rig.run(&["man", directory.to_str().unwrap()]).await;
    assert_eq!(ended.status, 0, "{}", ended.stderr);
    let page = std::fs::read_to_string(directory.join("hermes-auth-add.1")).unwrap();
    assert!(page.contains(".TH"), "{page}");
}

#[tokio::test]
async fn the_guide_is_readable_offline() {
    let rig = Rig::of("xai-oauth").await;
    let contents = rig.run(&["guide"]).await;
    assert!(
        contents.stdout.contains("guides/oauth-over-ssh"),
        "{}",
        contents.stdout
    );
    let page = rig.run(&["guide", "oauth-over-ssh"]).await;
    assert!(page.stdout.contains("ssh -N -L"), "{}", page.stdout);
    let code = rig.run(&["guide", "auth.denied"]).await;
    assert!(code.stdout.starts_with("## auth.denied"), "{}", code.stdout);
    let found = rig.run(&["guide", "--search", "jump"]).await;
    assert!(found.stdout.lines().count() > 2, "{}", found.stdout);
    let unknown = rig.run(&["guide", "nope"]).await;
    assert_eq!(
        (unknown.status, unknown.stderr.contains("cli.guide_unknown")),
        (2, true)
    );
}

#[tokio::test]
async fn doctor_works_signed_out_and_with_broken_files() {
    let rig = Rig::of("xai-oauth").await;
    let ended = rig.run(&["doctor", "--json"]).await;
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert!(report["findings"].as_array().unwrap().len() > 3, "{report}");

    rig.home.write_auth_json("{ broken");
    rig.home.write_providers_toml("[provider");
    let ended = rig.run(&["doctor"]).await;
    assert_eq!(ended.status, 1, "{}", ended.stdout);
    assert!(ended.stdout.contains("✗ credentials"), "{}", ended.stdout);
    assert!(ended.stdout.contains("✗ providers"), "{}", ended.stdout);
    assert_eq!(rig.home.auth_json_text().as_deref(), Some("{ broken"));
}

#[tokio::test]
async fn the_old_login_points_to_the_new_one() {
    let rig = Rig::of("xai-oauth").await;
    let ended = rig
        .run(&["login", "--provider", "nous", "--no-browser"])
        .await;
    assert_eq!(ended.status, 0);
    assert!(ended.stderr.contains("hermes auth add"), "{}", ended.stderr);
}
