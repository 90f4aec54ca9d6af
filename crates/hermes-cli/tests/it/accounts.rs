//! Which account is used where there are several: the flag, a variable, the last one used.

use std::process::Stdio;

use serde_json::Value;

use crate::rig::{Ended, Rig, finish};

/// Three keys, of which `one` comes first.
async fn three() -> Rig {
    let rig = Rig::of("xai-oauth").await;
    for label in ["one", "two", "three"] {
        let key = format!("sk-0123456789-{label}");
        let arguments = ["auth", "add", "openrouter", "--label", label];
        let added = rig
            .run_with(&[&arguments[..], &["--api-key-stdin"]].concat(), &key)
            .await;
        assert_eq!(added.status, 0, "{}", added.stderr);
    }
    rig
}

async fn with(rig: &Rig, variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = rig.hermes(arguments);
    command.envs(variables.iter().copied()).stdin(Stdio::null());
    finish(&mut command).await
}

/// Variables, flags, the label that is used, and why.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str], &'a str, &'a str);

const WIDE: &str = "HERMES_ACCOUNT";
const NARROW: &str = "HERMES_ACCOUNT_OPENROUTER";

#[tokio::test]
async fn the_flag_comes_first_then_the_variables_then_the_last_used() {
    let rig = three().await;
    let rows: [Row<'_>; 7] = [
        (&[], &[], "one", "last_used"),
        (&[(WIDE, "two")], &[], "two", "variable"),
        (
            &[(WIDE, "two"), (NARROW, "three")],
            &[],
            "three",
            "variable",
        ),
        (&[(WIDE, "")], &[], "one", "last_used"),
        (&[(NARROW, "three")], &["--account", "two"], "two", "flag"),
        (&[], &["--account", "3"], "three", "flag"),
        (&[("HERMES_ACCOUNT_NOUS", "two")], &[], "one", "last_used"),
    ];
    for (variables, flags, label, why) in rows {
        let token = [&["auth", "token", "openrouter"], flags].concat();
        let token = with(&rig, variables, &token).await;
        assert_eq!(
            token.stdout,
            format!("sk-0123456789-{label}\n"),
            "{variables:?} {flags:?}: {}",
            token.stderr
        );
        let status = [&["auth", "status", "openrouter", "--json"], flags].concat();
        let status = with(&rig, variables, &status).await;
        assert_eq!(status.status, 0, "{}", status.stdout);
        let status: Value = serde_json::from_str(&status.stdout).unwrap();
        assert_eq!(status["credential"]["label"], label);
        assert_eq!(status["chosen_by"], why);
    }
    let positional = rig.run(&["auth", "token", "openrouter", "two"]).await;
    assert_eq!(positional.stdout, "sk-0123456789-two\n");
    let both = ["auth", "token", "openrouter", "two", "--account", "one"];
    assert_eq!(rig.run(&both).await.status, 2);

    let used = rig.run(&["auth", "use", "openrouter", "three"]).await;
    assert_eq!(used.status, 0, "{}", used.stderr);
    let token = rig.run(&["auth", "token", "openrouter"]).await;
    assert_eq!(token.stdout, "sk-0123456789-three\n");
}

#[tokio::test]
async fn status_and_list_say_which_one_is_used_and_why() {
    let rig = three().await;
    let last = rig.run(&["auth", "status", "openrouter"]).await;
    assert!(
        last.stdout
            .contains("  chosen_by: last used, of 3; change it: hermes auth use openrouter NAME\n"),
        "{}",
        last.stdout
    );
    let named = with(&rig, &[(NARROW, "two")], &["auth", "status"]).await;
    assert!(
        named.stdout.contains("  label: two\n")
            && named
                .stdout
                .contains("  chosen_by: HERMES_ACCOUNT_OPENROUTER\n"),
        "{}",
        named.stdout
    );
    let list = with(&rig, &[(NARROW, "two")], &["auth", "list"]).await;
    let arrows: Vec<_> = list
        .stdout
        .lines()
        .filter(|line| line.contains('←'))
        .collect();
    assert!(
        matches!(arrows[..], [line] if line.contains("#2")),
        "{}",
        list.stdout
    );
}

#[tokio::test]
async fn an_account_that_is_not_there_is_never_replaced_by_another_one() {
    let rig = three().await;
    for arguments in [
        &["auth", "token", "openrouter"][..],
        &["auth", "refresh", "openrouter"],
        &["auth", "status", "openrouter"],
        &["auth", "status", "openrouter", "--check"],
    ] {
        let by_variable = with(&rig, &[(WIDE, "thre")], arguments).await;
        assert_eq!(by_variable.status, 2, "{arguments:?}");
        assert_eq!(by_variable.stdout, "", "{arguments:?}");
        assert_eq!(
            by_variable.stderr,
            "error[auth.credential_unknown]: No credential matching \"thre\". Provider: openrouter. \
             Did you mean `three`? HERMES_ACCOUNT names it.\n  next: hermes auth list openrouter\n",
            "{arguments:?}"
        );
        let by_flag = rig.run(&[arguments, &["--account", "thre"]].concat()).await;
        assert_eq!(by_flag.status, 2, "{arguments:?}");
        assert!(!by_flag.stderr.contains("names it"), "{}", by_flag.stderr);
    }
    // What shows everybody says so, and fails nothing else.
    for arguments in [&["auth", "status"][..], &["status"]] {
        let everybody = with(&rig, &[(WIDE, "nobody")], arguments).await;
        assert!(
            everybody
                .stdout
                .contains("HERMES_ACCOUNT names \"nobody\", which is no account here"),
            "{arguments:?}: {}",
            everybody.stdout
        );
    }
    let nobody = with(&rig, &[(WIDE, "nobody")], &["auth", "token", "nous"]).await;
    assert_eq!(nobody.status, 4, "{}", nobody.stderr);
}
