//! Nobody approves what cannot be kept, and what cannot be kept is given back.

use hermes_errors::{Code, Explain as _};
use hermes_login::LoginError;
use hermes_oauth::{Registration, discover};
use hermes_providers::{Flow, Table};
use hermes_testkit::{FakeBrowser, FakeProvider};

use crate::rig::{Rig, Told};

/// A file of a format that is not known yet: it is read, but never written.
const NEWER: &str = r#"{"version": 2, "providers": {}}"#;

#[tokio::test]
async fn a_sign_in_that_could_not_be_saved_does_not_begin() {
    let rig = Rig::new("xai-oauth").await;
    rig.home.write_auth_json(NEWER);
    let error = rig.signs_in().await.unwrap_err();
    assert_eq!(error.code(), Code::StoreUnreadable);
    assert!(
        rig.actor.told().is_empty(),
        "nobody was asked to open anything"
    );
    assert!(rig.fake.requests().is_empty());
    assert_eq!(rig.home.auth_json_text().as_deref(), Some(NEWER));
}

/// Signs in, and makes the file unwritable while the browser is away.
async fn loses_the_file_meanwhile(rig: &Rig) -> LoginError {
    let browse = async {
        let url = rig.actor.url().await;
        rig.home.write_auth_json(NEWER);
        FakeBrowser.must_visit(&rig.fake.authorize(&url)).await
    };
    let (signed_in, page) = tokio::join!(rig.signs_in(), browse);
    assert!(!page.body.contains("You are signed in"), "{}", page.body);
    assert_eq!(rig.home.auth_json_text().as_deref(), Some(NEWER));
    assert!(
        rig.actor
            .told()
            .iter()
            .any(|told| matches!(told, Told::Url(_)))
    );
    signed_in.unwrap_err()
}

#[tokio::test]
async fn tokens_that_cannot_be_kept_are_given_back_where_that_is_possible() {
    let fake = FakeProvider::start().await;
    let registration = Registration {
        client_id: Some("ada-app".to_owned()),
        scope: Some("openid offline_access".to_owned()),
    };
    let table = Table::load(None).unwrap();
    let ports = Rig::new("xai-oauth").await.ports.clone();
    let provider = discover("work", &fake.issuer(), &registration, &ports)
        .await
        .unwrap();
    let rig = Rig::with(fake, table, provider).by(Flow::Loopback);
    let error = loses_the_file_meanwhile(&rig).await;
    assert_eq!(error.code(), Code::StoreUnreadable);
    assert!(
        error.to_string().ends_with("work's tokens were given back"),
        "{error}"
    );
    assert_eq!(rig.fake.ended_grants(), 1);
}

#[tokio::test]
async fn tokens_that_cannot_be_given_back_are_said_to_live() {
    let rig = Rig::new("xai-oauth").await.by(Flow::Loopback);
    let error = loses_the_file_meanwhile(&rig).await;
    let tail = "xAI's tokens are lost here and live there until they expire";
    assert!(error.to_string().ends_with(tail), "{error}");
    assert_eq!(rig.fake.ended_grants(), 0);
}
