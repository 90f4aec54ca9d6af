//! Which paths need no credential, and how a refusal on the others must look.
//!
//! The comparison is made on the path as the router gets it: axum matches literal routes before
//! any percent decoding, so `/api/%73tatus` is no route of ours, and no public path either. There
//! is no prefix in the lists: a path is public because it is written here.

use std::collections::HashSet;

use crate::mode::Mode;

/// Public while people sign in, and when they have.
const SIGN_IN: [&str; 17] = [
    "/login",
    "/auth/login",
    "/auth/callback",
    "/auth/password-login",
    "/auth/passkey",
    "/auth/passkey/start",
    "/auth/logout",
    "/auth/backchannel-logout",
    "/auth/native/authorize",
    "/auth/native/token",
    "/auth/native/refresh",
    "/auth/token",
    "/.well-known/oauth-authorization-server",
    "/auth/device/code",
    "/auth/device/token",
    "/device",
    "/api/auth/providers",
];

/// Public in every mode, before there is an owner too.
const ALWAYS: [&str; 3] = ["/api/status", "/healthz", "/readyz"];

/// The page on which an invitation is accepted, the owner's claim above all, and what it asks.
const CLAIM: [&str; 6] = [
    "/claim",
    "/auth/claim",
    "/auth/claim/invitation",
    "/auth/claim/start",
    "/auth/claim/passkey",
    "/auth/claim/passkey/start",
];

/// Where an identity provider sends the browser of a claim back to.
const CLAIM_RETURN: &str = "/auth/callback";

/// Below this stand the values of links to conversations, one segment each.
const SHARED: &str = "/s/";

/// How many characters such a value has: 256 bits in base64url.
const SHARED_LENGTH: usize = 43;

/// What a path is to the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Answered without a credential.
    Public,
    /// Needs a credential; a refusal is JSON with status 401.
    Api,
    /// Needs a credential; a refusal leads to the sign-in page.
    Page,
}

/// The public paths of a gateway: the fixed ones and its embedded assets.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    assets: HashSet<String>,
}

impl Paths {
    /// With the exact paths of the files that pages are made of.
    pub fn with_assets(assets: impl IntoIterator<Item = String>) -> Self {
        Self {
            assets: assets.into_iter().collect(),
        }
    }

    /// What this path is in this mode. The path is the one that the router gets, without query.
    pub fn class(&self, mode: Mode, path: &str) -> Class {
        let kind = if path == "/api" || path.starts_with("/api/") {
            Class::Api
        } else {
            Class::Page
        };
        let by_mode = match mode {
            // A page holds no secret in token mode, so that only calls need the token.
            Mode::Token => kind == Class::Page,
            Mode::Gated => SIGN_IN.contains(&path) || CLAIM.contains(&path) || is_link(path),
            Mode::Unclaimed => CLAIM.contains(&path) || path == CLAIM_RETURN,
        };
        // No asset is below `/api`.
        let is_asset = || kind == Class::Page && self.assets.contains(path);
        if by_mode || ALWAYS.contains(&path) || is_asset() {
            Class::Public
        } else {
            kind
        }
    }
}

/// Whether the path is that of a link to a conversation, good or not. It is the one kind of public path
/// that cannot be written down, so its whole shape is compared.
fn is_link(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let value = path.strip_prefix(SHARED);
    value.is_some_and(|value| value.len() == SHARED_LENGTH && value.bytes().all(plain))
}

/// The path as logs have it: what opens something is not in them.
pub fn logged(path: &str) -> &str {
    if path.starts_with(SHARED) {
        SHARED
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Class::*, *};

    fn paths() -> Paths {
        Paths::with_assets(["/assets/login.css", "/favicon.ico"].map(str::to_owned))
    }

    #[test]
    fn facts_1_4_classes_by_mode() {
        // path, token mode, gated, unclaimed
        for (path, token, gated, unclaimed) in [
            ("/api/status", Public, Public, Public),
            ("/healthz", Public, Public, Public),
            ("/readyz", Public, Public, Public),
            ("/assets/login.css", Public, Public, Public),
            ("/favicon.ico", Public, Public, Public),
            ("/login", Public, Public, Page),
            ("/auth/login", Public, Public, Page),
            ("/auth/callback", Public, Public, Public),
            ("/auth/password-login", Public, Public, Page),
            ("/auth/logout", Public, Public, Page),
            ("/auth/native/authorize", Public, Public, Page),
            ("/auth/native/token", Public, Public, Page),
            ("/auth/native/refresh", Public, Public, Page),
            ("/auth/token", Public, Public, Page),
            (
                "/.well-known/oauth-authorization-server",
                Public,
                Public,
                Page,
            ),
            ("/.well-known/", Public, Page, Page),
            ("/auth/device/code", Public, Public, Page),
            ("/auth/device/token", Public, Public, Page),
            ("/device", Public, Public, Page),
            ("/device/", Public, Page, Page),
            ("/auth/device", Public, Page, Page),
            ("/auth/native", Public, Page, Page),
            ("/auth/native/token/", Public, Page, Page),
            ("/api/auth/providers", Api, Public, Api),
            ("/claim", Public, Public, Public),
            ("/auth/claim", Public, Public, Public),
            ("/auth/claim/invitation", Public, Public, Public),
            ("/auth/claim/start", Public, Public, Public),
            ("/auth/claim/passkey", Public, Public, Public),
            ("/auth/claim/passkey/start", Public, Public, Public),
            ("/auth/passkey", Public, Public, Page),
            ("/auth/passkey/start", Public, Public, Page),
            ("/auth/claim/", Public, Page, Page),
            ("/auth/claims", Public, Page, Page),
            ("/", Public, Page, Page),
            ("/chat", Public, Page, Page),
            ("/sessions/abc", Public, Page, Page),
            ("/api/auth/me", Api, Api, Api),
            ("/api/auth/ws-ticket", Api, Api, Api),
            ("/api/ws", Api, Api, Api),
            ("/api", Api, Api, Api),
            // Public at upstream, and not here.
            ("/api/config/defaults", Api, Api, Api),
            ("/api/config/schema", Api, Api, Api),
            ("/api/model/info", Api, Api, Api),
            ("/api/dashboard/themes", Api, Api, Api),
            ("/api/dashboard/plugins", Api, Api, Api),
            ("/api/cron/fire", Api, Api, Api),
            ("/api/mcp/oauth/callback/x", Api, Api, Api),
            ("/ds-assets/x.css", Public, Page, Page),
            ("/fonts/x.woff2", Public, Page, Page),
        ] {
            let all = [Mode::Token, Mode::Gated, Mode::Unclaimed];
            let found = all.map(|mode| paths().class(mode, path));
            assert_eq!(found, [token, gated, unclaimed], "{path}");
        }
    }

    #[test]
    fn rz9_no_spelling_makes_a_path_public() {
        for path in [
            "/api/status/",
            "/api/status/x",
            "/api/statusx",
            "/api//status",
            "//api/status",
            "/API/status",
            "/api/Status",
            "/api/%73tatus",
            "/%61pi/status",
            "/api/status%2f",
            "/api/status;x=1",
            "/api/status%00",
            "/api/status#x",
            "/api/./status",
            "/api/x/../status",
            "/login/../api/auth/me",
            "/login/",
            "/loginx",
            "/login%3f",
            "/auth/login/x",
            "/auth/callback.css",
            "/assets/login.css/x",
            "/assets/other.css",
            "/assets/../api/auth/me",
            "",
        ] {
            let class = paths().class(Mode::Gated, path);
            assert_ne!(class, Public, "{path}");
        }
    }

    #[test]
    fn rz9_links_alone_are_public_below_their_place() {
        let value = "abcDEF012-_".repeat(4)[..SHARED_LENGTH].to_owned();
        let link = format!("/s/{value}");
        for (mode, class) in [(Mode::Gated, Public), (Mode::Unclaimed, Page)] {
            assert_eq!(paths().class(mode, &link), class);
        }
        let short = &link[..link.len() - 1];
        for path in [
            short.to_owned(),
            format!("{link}x"),
            format!("{link}/"),
            format!("{short}/"),
            format!("{short}%"),
            format!("{short}."),
            format!("{short}é"),
            format!("/s//{}", &value[1..]),
            format!("/S/{value}"),
            format!("//s/{value}"),
            format!("/x/s/{value}"),
            format!("/api/s/{value}"),
            "/s/".to_owned(),
            "/s".to_owned(),
        ] {
            assert_ne!(paths().class(Mode::Gated, &path), Public, "{path}");
        }
        assert_eq!(logged(&link), "/s/");
        assert_eq!(logged("/sessions"), "/sessions");
    }

    proptest! {
        #[test]
        fn rz9_whatever_is_public_is_in_a_list(path in "(/(api|auth|login|status|%2e|\\.\\.|;|#|assets)?){1,5}") {
            let listed = ALWAYS.iter().chain(&SIGN_IN).chain(&CLAIM).any(|known| *known == path);
            prop_assert_eq!(paths().class(Mode::Gated, &path) == Public, listed);
        }
    }
}
