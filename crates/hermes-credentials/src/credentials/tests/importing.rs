use hermes_errors::{Code, Explain as _};
use hermes_machine::file;
use hermes_testkit::Issued;
use serde_json::{Value, json};

use super::rig::Rig;
use crate::{Imported, Login, Share, State, Tool};

/// The tools whose refresh tokens work once, and the token endpoint.
const SHARED: [(Tool, &str); 3] = [
    (Tool::Codex, "/oauth/token"),
    (Tool::Claude, "/v1/oauth/token"),
    (Tool::Qwen, "/api/v1/oauth2/token"),
];

impl Rig {
    /// Signs the tool in, in its own way and place.
    fn sign_in_tool(&self, tool: Tool, name: &str) -> (Login, Issued) {
        let id = tool.provider();
        let issued = self.fake.issue(id, &self.client_id(id), "openid");
        let expires_in = i64::try_from(issued.expires_in.unwrap()).unwrap();
        let end = (self.clock_now().as_second() + expires_in) * 1000;
        let store: Value = match tool {
            Tool::Codex => json!({"tokens": {
                "access_token": issued.access_token,
                "refresh_token": issued.refresh_token,
                "id_token": issued.id_token,
            }}),
            Tool::Claude => json!({"claudeAiOauth": {
                "accessToken": issued.access_token,
                "refreshToken": issued.refresh_token,
                "expiresAt": end,
            }}),
            Tool::Qwen | Tool::Gh => json!({
                "access_token": issued.access_token,
                "refresh_token": issued.refresh_token,
                "expiry_date": end,
            }),
        };
        let path = self.home.user_home().join(name);
        file::write_private(&path, store.to_string().as_bytes()).unwrap();
        let environment = self.environment.clone();
        let login = Login::find(tool, Some(&path), &environment, &*self.clock);
        (
            futures_util::FutureExt::now_or_never(login)
                .unwrap()
                .unwrap(),
            issued,
        )
    }

    fn clock_now(&self) -> jiff::Timestamp {
        hermes_machine::Clock::now(&*self.clock)
    }

    async fn import(&self, login: &Login, share: Share) -> Imported {
        let provider = self.provider(login.tool.provider());
        self.credentials
            .import(&provider, login, share, None)
            .await
            .unwrap()
    }

    fn pool(&self, tool: Tool) -> Vec<Value> {
        let file = self.home.read_auth_json();
        file["credential_pool"][tool.provider()]
            .as_array()
            .unwrap()
            .clone()
    }
}

#[tokio::test]
async fn an_imported_login_refreshes_and_ends_the_tools_own_token() {
    for (tool, path) in SHARED {
        let id = tool.provider();
        let rig = Rig::new(&[id]).await;
        let (login, issued) = rig.sign_in_tool(tool, "store");
        let imported = rig.import(&login, Share::Everything).await;
        let entry = &imported.saved.entry;
        assert!(!imported.already && entry.renews, "{tool:?}");
        assert_eq!(entry.source, "manual:imported", "{tool:?}");
        assert_eq!(entry.expires_at, login.expires_at, "{tool:?}");
        assert_eq!(rig.token(id).await, issued.access_token, "{tool:?}");
        assert_eq!(
            rig.fake.requests().len(),
            0,
            "{tool:?}: importing asks nobody"
        );
        rig.a_day_later();
        let token = rig.token(id).await;
        assert!(rig.fake.accepts_access(&token), "{tool:?}");
        let requests = rig.fake.requests_to(path);
        assert_eq!(requests.len(), 1, "{tool:?}");
        // What the warning says: the tool's own refresh token is spent now.
        assert!(
            !rig.fake
                .accepts_refresh(issued.refresh_token.as_deref().unwrap())
        );
        let pool = rig.pool(tool);
        assert_eq!(pool[0]["client_id"], tool.client_id().unwrap(), "{tool:?}");
        assert_eq!(pool[0]["scope"], Value::Null, "{tool:?}");
        assert!(
            !pool[0].to_string().contains(&issued.access_token),
            "{tool:?}"
        );
    }
}

#[tokio::test]
async fn the_tools_own_registration_is_kept_beside_one_of_yours() {
    let rig = Rig::new(&["anthropic"]).await;
    let (login, _) = rig.sign_in_tool(Tool::Claude, "store");
    let mut mine = rig.provider("anthropic");
    mine.client_id = Some("my-own".to_owned());
    let saved = rig
        .credentials
        .import(&mine, &login, Share::Everything, Some("work"));
    assert_eq!(saved.await.unwrap().saved.entry.label, "work");
    let text = rig.fake.table_override("anthropic");
    rig.home
        .write_providers_toml(&format!("{text}client_id = \"my-own\"\n"));
    let refreshed = rig.another().refresh("anthropic", None).await;
    assert!(refreshed.is_ok(), "{refreshed:?}");
}

#[tokio::test]
async fn an_access_token_alone_shares_nothing_and_ends() {
    for (tool, _) in SHARED {
        let id = tool.provider();
        let rig = Rig::new(&[id]).await;
        let (login, issued) = rig.sign_in_tool(tool, "store");
        let imported = rig.import(&login, Share::AccessOnly).await;
        assert!(!imported.saved.entry.renews, "{tool:?}");
        let refresh = issued.refresh_token.unwrap();
        let text = rig.home.auth_json_text().unwrap();
        assert!(!text.contains(&refresh), "{tool:?}");
        assert_eq!(rig.token(id).await, issued.access_token);
        rig.a_day_later();
        let error = rig.credentials.access_token(id).await.unwrap_err();
        assert_eq!(error.code(), Code::NoRefreshToken, "{tool:?}: {error}");
        assert!(
            rig.fake.accepts_refresh(&refresh),
            "{tool:?}: the tool is still signed in"
        );
        assert_eq!(rig.fake.requests().len(), 0, "{tool:?}");
    }
}

#[tokio::test]
async fn importing_again_never_brings_a_spent_token_back() {
    for (tool, path) in SHARED {
        let id = tool.provider();
        let rig = Rig::new(&[id]).await;
        let (login, _) = rig.sign_in_tool(tool, "store");
        rig.import(&login, Share::Everything).await;
        assert!(
            rig.import(&login, Share::Everything).await.already,
            "{tool:?}: the same again"
        );
        assert!(
            rig.import(&login, Share::AccessOnly).await.already,
            "{tool:?}"
        );
        rig.credentials.refresh(id, None).await.unwrap();
        // The tool's store holds what is spent by now.
        assert!(
            rig.import(&login, Share::Everything).await.already,
            "{tool:?}"
        );
        assert!(
            rig.import(&login, Share::AccessOnly).await.already,
            "{tool:?}"
        );
        assert_eq!(rig.pool(tool).len(), 1, "{tool:?}");
        rig.credentials.refresh(id, Some("1")).await.unwrap();
        assert_eq!(rig.fake.requests_to(path).len(), 2, "{tool:?}");
        assert_eq!(rig.fake.ended_grants(), 0, "{tool:?}");
    }
}

#[tokio::test]
async fn a_later_login_of_the_same_account_takes_the_place_of_the_earlier() {
    let rig = Rig::new(&["openai-codex"]).await;
    let (first, _) = rig.sign_in_tool(Tool::Codex, "one");
    let id = rig.import(&first, Share::AccessOnly).await.saved.entry.id;
    let more = rig.import(&first, Share::Everything).await;
    assert!(
        more.saved.entry.renews && more.saved.replaced,
        "the refresh token is added"
    );
    rig.a_day_later();
    let (second, issued) = rig.sign_in_tool(Tool::Codex, "two");
    let imported = rig.import(&second, Share::Everything).await;
    assert!(imported.saved.replaced && !imported.already);
    assert_eq!(imported.saved.entry.id, id);
    assert_eq!(rig.pool(Tool::Codex).len(), 1);
    assert_eq!(rig.token("openai-codex").await, issued.access_token);
}

#[tokio::test]
async fn a_login_of_our_own_is_left_alone_while_it_works() {
    let rig = Rig::new(&["openai-codex"]).await;
    let issued = rig
        .fake
        .issue("openai-codex", &rig.client_id("openai-codex"), "openid");
    rig.save("openai-codex", &issued, Some("ada@example.org"), None)
        .await;
    let (login, _) = rig.sign_in_tool(Tool::Codex, "store");
    let before = rig.home.auth_json_text();
    let imported = rig.import(&login, Share::Everything).await;
    assert!(imported.already);
    assert_eq!(imported.saved.entry.source, "manual:device_code");
    assert_eq!(rig.home.auth_json_text(), before);

    rig.fake.end_grant(&issued.access_token);
    rig.credentials
        .refresh("openai-codex", None)
        .await
        .unwrap_err();
    let imported = rig.import(&login, Share::Everything).await;
    assert!(!imported.already);
    let entries = rig.credentials.list(Some("openai-codex")).unwrap();
    let ready = entries[0]
        .entries
        .iter()
        .filter(|entry| entry.state == State::Ready);
    assert_eq!(ready.count(), 1);
}

#[tokio::test]
async fn another_account_goes_beside_and_the_active_provider_stays() {
    let rig = Rig::new(&["openai-codex", "anthropic"]).await;
    let (one, _) = rig.sign_in_tool(Tool::Claude, "one");
    rig.import(&one, Share::Everything).await;
    assert_eq!(rig.home.read_auth_json()["active_provider"], "anthropic");
    let (two, _) = rig.sign_in_tool(Tool::Claude, "two");
    assert!(!rig.import(&two, Share::Everything).await.saved.replaced);
    assert_eq!(
        rig.pool(Tool::Claude).len(),
        2,
        "opaque tokens may be anybody's"
    );
    let (codex, _) = rig.sign_in_tool(Tool::Codex, "codex");
    rig.import(&codex, Share::Everything).await;
    assert_eq!(rig.home.read_auth_json()["active_provider"], "anthropic");
    let label = &rig.pool(Tool::Codex)[0]["label"];
    assert_eq!(label, "ada@example.org");
}

#[tokio::test]
async fn removing_the_copy_does_not_sign_the_tool_out() {
    let rig = Rig::new(&["openai-codex"]).await;
    let text = rig.fake.table_override("openai-codex");
    let revocation = format!(
        "endpoints = {{ revocation = \"{}\",",
        rig.fake.url("/revoke")
    );
    rig.home
        .write_providers_toml(&text.replace("endpoints = {", &revocation));
    let (login, issued) = rig.sign_in_tool(Tool::Codex, "store");
    rig.import(&login, Share::Everything).await;
    let removed = rig.another().remove("openai-codex", "1").await.unwrap();
    assert!(removed.revoked.is_empty());
    assert_eq!(rig.fake.requests().len(), 0);
    assert!(
        rig.fake
            .accepts_refresh(issued.refresh_token.as_deref().unwrap())
    );
}
