use hermes_errors::{Code, Explain as _};
use serde_json::{Value, json};

use super::*;
use crate::testing::{
    Canned, CannedHttp, body, client, json as answer, provider, standard, status,
};

async fn ask(id: &str, canned: Canned) -> Result<Option<Account>, OAuthError> {
    let provider = if id == "acme" {
        standard()
    } else {
        provider(id)
    };
    let http = CannedHttp::new([canned]);
    let (client, _) = client(&provider, &http);
    let outcome = client.userinfo(&Secret::new("at")).await;
    for request in http.sent() {
        assert_eq!(request.headers, [("Authorization", "Bearer at".to_owned())]);
    }
    outcome
}

async fn label(id: &str, value: Value) -> Option<(String, Option<String>)> {
    let account = ask(id, answer(200, &value)).await.unwrap()?;
    Some((account.label, account.plan))
}

#[tokio::test]
async fn accounts_are_named_in_each_vendors_way() {
    let named = |name: &str, plan: Option<&str>| Some((name.to_owned(), plan.map(str::to_owned)));
    let cases = [
        (
            "acme",
            json!({"sub": "7", "email": "ada@a.test"}),
            named("ada@a.test", None),
        ),
        ("acme", json!({"sub": "7"}), named("7", None)),
        ("acme", json!({}), None),
        (
            "copilot",
            json!({"login": "ada", "email": null}),
            named("ada", None),
        ),
        (
            "spotify",
            json!({"id": "1", "display_name": "Ada", "product": "premium"}),
            named("Ada", Some("premium")),
        ),
        (
            "nous",
            json!({"user": {"email": "ada@a.test"}, "subscription": {"plan": "pro"}}),
            named("ada@a.test", Some("pro")),
        ),
        (
            "nous",
            json!({"organisation": {"name": "Ada's"}}),
            named("Ada's", None),
        ),
        (
            "acme",
            json!({"email": "a\u{1b}[2J\u{202e}da"}),
            named("a[2Jda", None),
        ),
    ];
    for (id, value, expected) in cases {
        assert_eq!(label(id, value.clone()).await, expected, "{id} {value}");
    }
}

#[tokio::test]
async fn no_endpoint_is_no_account() {
    let (client, _) = client(&provider("anthropic"), &CannedHttp::new([]));
    assert_eq!(client.userinfo(&Secret::new("at")).await.unwrap(), None);
}

#[tokio::test]
async fn a_refused_token_is_told_from_a_failure() {
    assert_eq!(
        ask("acme", status(401)).await.unwrap_err().code(),
        Code::NotSignedIn
    );
    assert_eq!(
        ask("acme", status(500)).await.unwrap_err().code(),
        Code::ProviderServerError
    );
    let html = body(200, "text/html", "<p>");
    assert_eq!(
        ask("acme", html).await.unwrap_err().code(),
        Code::ProviderBadAnswer
    );
}
