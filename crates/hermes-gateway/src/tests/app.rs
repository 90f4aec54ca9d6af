//! An app that signs in, and the browser of its person.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hermes_storage::TokenHash;
use http::header;
use serde_json::{Value, json};
use url::{Url, form_urlencoded};

use super::rig::{Answer, Rig, form, get, json as json_body, post};

/// Where the app listens.
pub(super) const REDIRECT: &str = "http://127.0.0.1:53123/callback";

/// What its challenge is made of.
pub(super) const VERIFIER: &str = "canary-verifier-0123456789abcdefghijklmnopqrst";

pub(super) fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(TokenHash::of(VERIFIER).as_bytes())
}

/// A query of these parameters.
pub(super) fn query(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// What a good app asks.
pub(super) fn ask() -> String {
    query(&[
        ("redirect_uri", REDIRECT),
        ("code_challenge", &challenge()),
        ("code_challenge_method", "S256"),
        ("state", "canary-state"),
        ("client_id", "Hermes Desktop"),
        ("device", "Ada's laptop"),
    ])
}

/// The tokens of a session.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    pub(super) access: String,
    pub(super) refresh: String,
}

impl Tokens {
    pub(super) fn of(answer: &Answer) -> Self {
        assert_eq!(answer.status, 200, "{}", answer.body);
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        Self {
            access: text("access_token"),
            refresh: text("refresh_token"),
        }
    }
}

impl Rig {
    /// The cookies of a browser that has signed in at the identity provider.
    pub(super) async fn signed_in_there(&self) -> String {
        let mut browser = self.program();
        browser.sign_in().await;
        browser.pairs()
    }

    /// What the callback answers once the provider, to which this page leads, has said who it is.
    pub(super) async fn comes_back(&self, cookies: &str, page: &Answer) -> Answer {
        let back = self.idp.approve(page.goes_to());
        self.comes_by(&back, cookies, page).await
    }

    /// What this address of the callback answers to a browser that has seen the page.
    pub(super) async fn comes_by(&self, back: &str, cookies: &str, page: &Answer) -> Answer {
        let request = get(back)
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, format!("{cookies}; {}", page.cookies()));
        self.ask(request, "").await
    }
}

impl Answer {
    /// Where the page goes by itself; nothing if it stays.
    pub(super) fn goes_to(&self) -> &str {
        self.header("refresh")
            .strip_prefix("0; url=")
            .unwrap_or_default()
    }

    /// What an app finds in the address that its listener is asked for.
    pub(super) fn answered(&self, name: &str) -> Option<String> {
        let url = Url::parse(self.goes_to()).ok()?;
        let pair = url.query_pairs().find(|(known, _)| known == name)?;
        Some(pair.1.into_owned())
    }
}

impl Rig {
    /// The page on which a browser with these cookies is asked.
    pub(super) async fn asked(&self, cookies: &str, query: &str) -> Answer {
        let request = get(&format!("/auth/native/authorize?{query}"))
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies);
        self.ask(request, "").await
    }

    /// What the page says after a click on it.
    pub(super) async fn clicked(&self, cookies: &str, query: &str, decision: &str) -> Answer {
        let page = self.asked(cookies, query).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let (_, rest) = page.body.split_once("name=\"session\" value=\"").unwrap();
        let session = rest.split('"').next().unwrap();
        self.answer(cookies, query, session, decision).await
    }

    /// Answers for the page of this session.
    pub(super) async fn answer(
        &self,
        cookies: &str,
        query: &str,
        session: &str,
        decision: &str,
    ) -> Answer {
        let body = self::query(&[("ask", query), ("session", session), ("decision", decision)]);
        let request = form("/auth/native/authorize")
            .header(header::ACCEPT, "text/html")
            .header(header::COOKIE, cookies);
        self.ask(request, &body).await
    }

    /// A code for a good app.
    pub(super) async fn code(&self, cookies: &str) -> String {
        let answer = self.clicked(cookies, &ask(), "allow").await;
        answer.answered("code").expect("a code")
    }

    /// Redeems with this body.
    pub(super) async fn redeem(&self, body: &Value) -> Answer {
        self.ask(json_body("/auth/native/token"), &body.to_string())
            .await
    }

    /// Redeems as the app that asked for it.
    pub(super) async fn redeem_code(&self, code: &str) -> Answer {
        self.redeem(&json!({ "code": code, "code_verifier": VERIFIER }))
            .await
    }

    /// An app that this person has let in.
    pub(super) async fn app(&self, cookies: &str) -> Tokens {
        let code = self.code(cookies).await;
        Tokens::of(&self.redeem_code(&code).await)
    }

    pub(super) async fn refresh(&self, token: &str) -> Answer {
        self.refresh_from("192.0.2.1", token).await
    }

    pub(super) async fn refresh_from(&self, peer: &str, token: &str) -> Answer {
        let body = json!({ "refresh_token": token }).to_string();
        self.ask_from(peer, json_body("/auth/native/refresh"), body)
            .await
    }

    /// The status of a request with this access token.
    pub(super) async fn opens(&self, access: &str) -> u16 {
        self.with_token(get("/api/auth/me"), access).await.status
    }

    pub(super) async fn with_token(&self, request: http::request::Builder, access: &str) -> Answer {
        let request = request.header(header::AUTHORIZATION, format!("Bearer {access}"));
        self.ask(request, "").await
    }

    /// A ticket for an app.
    pub(super) async fn ticket_of(&self, access: &str) -> String {
        let answer = self.with_token(post("/api/auth/ws-ticket"), access).await;
        answer.json()["ticket"].as_str().unwrap().to_owned()
    }
}
