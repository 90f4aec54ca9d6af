use std::fmt;

use serde::{Deserialize, Serialize};

/// `GET /api/auth/providers` (facts 1.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProvidersAnswer {
    /// The sign-in methods, in the order in which the page shows them.
    pub providers: Vec<Provider>,
}

/// A sign-in method, which upstream calls a provider (facts 1.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Provider {
    /// What [`PasswordLogin::provider`] and the query of a sign-in name it by.
    pub name: String,
    /// What a person reads.
    pub display_name: String,
    /// Whether it takes a user name and a password, rather than sending the browser elsewhere.
    pub supports_password: bool,
}

/// The body of `POST /auth/password-login` (facts 1.6).
#[derive(Clone, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasswordLogin {
    /// The name of the sign-in method.
    pub provider: String,
    /// The account.
    pub username: String,
    /// The password: to be moved into a secret at once.
    pub password: String,
    /// Where to land; checked as every landing is (facts 1.9).
    #[serde(default)]
    #[cfg_attr(test, ts(optional = nullable))]
    pub next: Option<String>,
}

impl fmt::Debug for PasswordLogin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("PasswordLogin");
        shown
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// What `POST /auth/password-login` answers (facts 1.6).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasswordLoginAnswer {
    /// Always true: a refusal has another status.
    pub ok: bool,
    /// Where to go now.
    pub next: String,
}

impl PasswordLoginAnswer {
    /// The answer that sends the person to `next`.
    pub const fn landing(next: String) -> Self {
        Self { ok: true, next }
    }
}

/// What `POST /api/auth/link` answers, and the body of `POST /auth/open`, in token mode.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct OpenLink {
    /// The secret, which is the fragment of the link: to be moved into a secret at once.
    pub secret: String,
}

impl fmt::Debug for OpenLink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("OpenLink").finish_non_exhaustive()
    }
}

/// The body of `POST /api/auth/password`. The answer is [`SessionsEnded`](super::SessionsEnded).
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasswordChange {
    /// The password of before: to be moved into a secret at once, as the next one.
    pub current: String,
    /// The one that it becomes.
    pub new: String,
}

impl fmt::Debug for PasswordChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("PasswordChange");
        shown.finish_non_exhaustive()
    }
}

/// The body of `POST /api/auth/password/add`, of somebody who has signed in by a passkey alone.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PasswordAdd {
    /// The name to sign in by from then on.
    pub username: String,
    /// The password: to be moved into a secret at once.
    pub password: String,
}

impl fmt::Debug for PasswordAdd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("PasswordAdd");
        shown.field("username", &self.username);
        shown.finish_non_exhaustive()
    }
}

/// `GET /api/auth/me` (facts 1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MeAnswer<'a> {
    /// The user's id; `owner` for the owner.
    pub user_id: &'a str,
    /// Empty if the sign-in method told none, like the next two.
    pub email: &'a str,
    /// What a person reads.
    pub display_name: &'a str,
    /// The organization that the identity provider named.
    pub org_id: &'a str,
    /// The sign-in method of the session.
    pub provider: &'a str,
    /// When the access value ends, in Unix seconds.
    pub expires_at: u64,
}

/// `POST /api/auth/ws-ticket` (facts 1.6).
#[derive(Clone, Copy, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TicketAnswer<'a> {
    /// 43 characters of base64url, for one socket.
    pub ticket: &'a str,
    /// How long it lives.
    pub ttl_seconds: u32,
}

impl fmt::Debug for TicketAnswer<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("TicketAnswer");
        shown
            .field("ttl_seconds", &self.ttl_seconds)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        MeAnswer, OpenLink, PasswordChange, PasswordLogin, PasswordLoginAnswer, Provider,
        ProvidersAnswer, TicketAnswer,
    };

    #[test]
    fn the_answers_are_those_that_were_measured() {
        let providers = ProvidersAnswer {
            providers: vec![Provider {
                name: "basic".to_owned(),
                display_name: "Username & Password".to_owned(),
                supports_password: true,
            }],
        };
        insta::assert_snapshot!(serde_json::to_string(&providers).unwrap(), @r#"{"providers":[{"name":"basic","display_name":"Username & Password","supports_password":true}]}"#);
        let landing = PasswordLoginAnswer::landing("/sessions".to_owned());
        insta::assert_snapshot!(serde_json::to_string(&landing).unwrap(), @r#"{"ok":true,"next":"/sessions"}"#);
        let me = MeAnswer {
            user_id: "owner",
            email: "",
            display_name: "admin",
            org_id: "",
            provider: "basic",
            expires_at: 1_795_300_000,
        };
        insta::assert_snapshot!(serde_json::to_string(&me).unwrap(), @r#"{"user_id":"owner","email":"","display_name":"admin","org_id":"","provider":"basic","expires_at":1795300000}"#);
        let ticket = TicketAnswer {
            ticket: "T",
            ttl_seconds: 30,
        };
        insta::assert_snapshot!(serde_json::to_string(&ticket).unwrap(), @r#"{"ticket":"T","ttl_seconds":30}"#);
    }

    #[test]
    fn a_password_login_may_name_its_landing_and_shows_no_secret() {
        let body = r#"{"provider":"basic","username":"ann","password":"hunter2"}"#;
        let login: PasswordLogin = serde_json::from_str(body).unwrap();
        assert_eq!(login.next, None);
        let shown = format!("{login:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("ann"),
            "{shown}"
        );
        let ticket = TicketAnswer {
            ticket: "canary",
            ttl_seconds: 30,
        };
        assert!(!format!("{ticket:?}").contains("canary"));
        let link: OpenLink = serde_json::from_str(r#"{"secret":"canary"}"#).unwrap();
        assert!(!format!("{link:?}").contains("canary"));
        let change = r#"{"current":"canary","new":"canary"}"#;
        let change: PasswordChange = serde_json::from_str(change).unwrap();
        assert!(!format!("{change:?}").contains("canary"));
    }
}
