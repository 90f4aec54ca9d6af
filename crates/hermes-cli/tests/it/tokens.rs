//! `auth token` and its neighbours, and that no secret leaves by another door.

use serde_json::Value;

use crate::rig::Rig;

#[tokio::test]
async fn lg1_a_token_is_fresh_and_the_only_secret_that_is_ever_printed() {
    let rig = Rig::of("xai-oauth").await;
    rig.sign_in("xai-oauth", &[]).await;
    let first = rig.run(&["auth", "token", "xai-oauth"]).await;
    assert_eq!(first.stderr, "");
    assert!(rig.provider.accepts_access(first.stdout.trim()));
    let json = rig.run(&["auth", "token", "xai-oauth", "--json"]).await;
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["access_token"].as_str(), Some(first.stdout.trim()));
    assert!(
        json["expires_at"].as_str().unwrap().ends_with('Z'),
        "{json}"
    );

    let secrets = rig.provider.all_secrets();
    assert!(secrets.len() > 4);
    for arguments in [
        &["auth", "list"][..],
        &["auth", "list", "--json"],
        &["auth", "status", "xai-oauth", "--json"],
        &["auth", "status", "xai-oauth", "--check", "--json"],
        &["auth", "refresh", "xai-oauth", "--json"],
        &["status", "--json"],
        &["doctor", "--json"],
        &["auth", "use", "xai-oauth", "1", "--json"],
        &["auth", "reset", "xai-oauth", "--json"],
        &["auth", "logout", "xai-oauth", "--json"],
    ] {
        let ended = rig.run(arguments).await;
        assert_eq!(
            ended.status, 0,
            "{arguments:?}: {}{}",
            ended.stdout, ended.stderr
        );
        let shown = format!("{}{}", ended.stdout, ended.stderr);
        let leaked = rig
            .provider
            .all_secrets()
            .into_iter()
            .find(|secret| shown.contains(secret));
        assert_eq!(leaked, None, "{arguments:?}");
    }
}

#[tokio::test]
async fn targets_are_found_by_number_id_and_label() {
    let rig = Rig::of("xai-oauth").await;
    for label in ["one", "two", "three"] {
        let key = format!("sk-0123456789-{label}");
        let added = rig
            .run(&[
                "auth",
                "add",
                "openrouter",
                "--no-check",
                "--api-key",
                &key,
                "--label",
                label,
            ])
            .await;
        assert_eq!(added.status, 0, "{}", added.stderr);
    }
    let missing = rig.run(&["auth", "remove", "openrouter", "9"]).await;
    assert_eq!(missing.status, 2);
    assert!(
        missing
            .stderr
            .contains("No credential #9. Provider: openrouter."),
        "{}",
        missing.stderr
    );
    let preferred = rig.run(&["auth", "use", "openrouter", "TWO"]).await;
    assert_eq!(preferred.status, 0, "{}", preferred.stderr);
    let token = rig.run(&["auth", "token", "openrouter"]).await;
    assert_eq!(token.stdout, "sk-0123456789-two\n");
    let removed = rig.run(&["auth", "remove", "openrouter", "two"]).await;
    assert_eq!(removed.stdout, "Removed openrouter credential #1 (two)\n");
    let reset = rig.run(&["auth", "reset", "openrouter"]).await;
    assert_eq!(reset.stdout, "Reset status on 0 openrouter credentials\n");
}

#[tokio::test]
async fn logout_without_a_name_takes_the_active_provider() {
    let rig = Rig::of("xai-oauth").await;
    let none = rig.run(&["logout"]).await;
    assert_eq!(
        (none.status, none.stdout.as_str()),
        (0, "No provider is currently logged in.\n")
    );
    rig.sign_in("xai-oauth", &[]).await;
    let gone = rig.run(&["logout"]).await;
    assert_eq!(
        gone.stdout,
        "Logged out of xAI Grok OAuth (SuperGrok / Premium+).\n"
    );
    assert!(gone.stderr.contains("cannot revoke"), "{}", gone.stderr);
    let again = rig.run(&["auth", "logout", "xai-oauth"]).await;
    assert_eq!(again.status, 0);
    assert!(
        again.stdout.starts_with("No auth state found for "),
        "{}",
        again.stdout
    );
}
