use std::sync::Arc;

use hermes_machine::Environment;
use hermes_oauth::TokenSet;
use hermes_providers::{Flow, Table};
use hermes_secret::Secret;
use hermes_testkit::{MovedClock, TestHome};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::rig::{NOON, open, web};
use crate::AuthFile;

#[derive(Clone, Debug)]
enum Step {
    SignIn { provider: usize, account: usize },
    AddKey { key: usize },
    Remove { provider: usize, number: usize },
    Prefer { provider: usize, number: usize },
    Reset { provider: usize },
    Logout { provider: usize },
}

const PROVIDERS: [&str; 4] = ["spotify", "anthropic", "minimax-oauth", "openrouter"];

fn any_step() -> impl Strategy<Value = Step> {
    let provider = 0..PROVIDERS.len();
    prop_oneof![
        3 => (0..3usize, 0..3usize).prop_map(|(provider, account)| Step::SignIn { provider, account }),
        2 => (0..3usize).prop_map(|key| Step::AddKey { key }),
        2 => (provider.clone(), 1..4usize).prop_map(|(provider, number)| Step::Remove { provider, number }),
        1 => (provider.clone(), 1..4usize).prop_map(|(provider, number)| Step::Prefer { provider, number }),
        1 => provider.clone().prop_map(|provider| Step::Reset { provider }),
        1 => provider.prop_map(|provider| Step::Logout { provider }),
    ]
}

fn foreign() -> Value {
    json!({"version": 1, "z_unknown": {"deep": [1, "\u{e9}"]}, "providers": {"theirs": {"x": 1}},
        "credential_pool": {"custom:mine": [{"id": "ffffff", "label": "c", "source": "manual", "access_token": "k", "new_field": [1]}]},
        "suppressed_sources": {"theirs": ["env:X"]}, "a_unknown": null})
}

fn survives(file: &Value) -> bool {
    let before = foreign();
    ["z_unknown", "a_unknown"]
        .iter()
        .all(|key| file[*key] == before[*key])
        && file["providers"]["theirs"] == before["providers"]["theirs"]
        && file["credential_pool"]["custom:mine"] == before["credential_pool"]["custom:mine"]
        && file["suppressed_sources"]["theirs"] == before["suppressed_sources"]["theirs"]
}

async fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let home = TestHome::new();
    home.write_auth_json(&foreign().to_string());
    let clock = MovedClock::at(NOON);
    let table = Table::load(None).unwrap();
    let credentials = open(&home, &Environment::default(), clock, web());
    for (number, step) in steps.into_iter().enumerate() {
        match step {
            Step::SignIn { provider, account } => {
                let mut tokens =
                    TokenSet::new(Secret::new(format!("at-{number}")), NOON.parse().unwrap());
                tokens.account = Some(format!("person-{account}"));
                let provider = table.get(PROVIDERS[provider]).unwrap();
                let flow = Flow::Loopback;
                let saved = credentials
                    .save_sign_in(provider, flow, "c", None, None, &tokens)
                    .await
                    .unwrap();
                let token = credentials.inner.found(&provider.id).unwrap();
                let found = token
                    .iter()
                    .find(|found| found.entry.id == saved.entry.id)
                    .unwrap();
                let token = format!("at-{number}");
                let kept = found.access.as_ref().unwrap().matches(&token);
                prop_assert!(kept);
            }
            Step::AddKey { key } => {
                let provider = table.get("openrouter").unwrap();
                let key = Secret::new(format!("sk-key-{key}"));
                credentials
                    .add_key(provider, key, None, None)
                    .await
                    .unwrap();
            }
            Step::Remove { provider, number } => {
                let id = PROVIDERS[provider];
                let before = credentials.status(id).unwrap().entries;
                let result = credentials.remove(id, &number.to_string()).await;
                let after = credentials.status(id).unwrap().entries;
                match before.get(number - 1) {
                    Some(entry) => {
                        prop_assert!(result.is_ok());
                        prop_assert!(after.iter().all(|other| other.id != entry.id));
                        prop_assert_eq!(after.len() + 1, before.len());
                    }
                    None => {
                        prop_assert!(result.is_err());
                        prop_assert_eq!(after, before);
                    }
                }
            }
            Step::Prefer { provider, number } => {
                let result = credentials
                    .prefer(PROVIDERS[provider], &number.to_string())
                    .await;
                if let Ok(entry) = result {
                    prop_assert_eq!(entry.index, 1);
                }
            }
            Step::Reset { provider } => {
                credentials.reset(PROVIDERS[provider]).await.unwrap();
            }
            Step::Logout { provider } => {
                credentials.logout(PROVIDERS[provider]).await.unwrap();
                prop_assert!(
                    credentials
                        .status(PROVIDERS[provider])
                        .unwrap()
                        .entries
                        .is_empty()
                );
            }
        }
        let text = home.auth_json_text().unwrap();
        prop_assert!(survives(&serde_json::from_str(&text).unwrap()), "{}", text);
        AuthFile::parse(text.as_bytes()).unwrap();
        for pool in credentials.list(None).unwrap() {
            let mut ids: Vec<_> = pool.entries.iter().map(|entry| &entry.id).collect();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), pool.entries.len());
            let current = pool.entries.iter().filter(|entry| entry.current).count();
            prop_assert!(current <= 1);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn cf3_any_sequence_keeps_what_is_not_ours(steps in prop::collection::vec(any_step(), 1..14)) {
        let runtime = Arc::new(tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap());
        runtime.block_on(run(steps))?;
    }
}
