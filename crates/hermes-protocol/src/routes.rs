//! The paths and the names on them: queries, cookies, headers (facts 1.4, 1.6, 1.8, 1.11).

/// Who may ask a route (checklist RZ1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Anybody; the path is matched exactly (checklist RZ9).
    Public,
    /// Anybody who is signed in.
    SignedIn,
    /// The owner. Others who are signed in are refused by the route itself.
    Owner,
    /// Whoever brings a ticket, or in token mode the token. A cookie alone never does (WS4), and a
    /// refusal comes as a close code, after the upgrade.
    Ticket,
}

/// What a route touches (checklist RZ1 and RZ2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Object {
    /// Nothing that belongs to anybody.
    Nothing,
    /// What is the asker's own, whatever else there is.
    Own,
    /// The one that the path names, if it is the asker's own. What is not looks like what is not there.
    OneOwn,
    /// The settings of the gateway, as far as everybody may see them.
    Settings,
    /// Who is, or wants to be, a user.
    People,
    /// The accounts of the host at providers.
    Accounts,
}

/// How a route is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verb {
    /// Reads.
    Get,
    /// Changes, or makes something.
    Post,
    /// Changes a part.
    Patch,
    /// Ends something.
    Delete,
}

impl Verb {
    /// As HTTP writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A route of the gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Route {
    /// How it is asked.
    pub verb: Verb,
    /// Its path, without the prefix of a proxy; `{id}` stands for one segment.
    pub path: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What it touches.
    pub object: Object,
}

macro_rules! routes {
    ($($(#[$doc:meta])* $name:ident = $verb:ident $path:literal $access:ident $object:ident;)*) => {
        $(
            $(#[$doc])*
            pub const $name: Route = Route {
                verb: Verb::$verb,
                path: $path,
                access: Access::$access,
                object: Object::$object,
            };
        )*

        /// Every route, with the name of its constant.
        pub const ALL: &[(&str, Route)] = &[$((stringify!($name), $name),)*];
    };
}

routes! {
    /// The mode, the flows and the version (facts 1.5).
    STATUS = Get "/api/status" Public Nothing;
    /// The sign-in methods (facts 1.6).
    PROVIDERS = Get "/api/auth/providers" Public Nothing;
    /// The page of the sign-in methods (facts 1.6).
    LOGIN_PAGE = Get "/login" Public Nothing;
    /// Begins a sign-in at an identity provider (facts 1.6).
    LOGIN_START = Get "/auth/login" Public Nothing;
    /// Where an identity provider sends the browser back to (facts 1.6).
    CALLBACK = Get "/auth/callback" Public Nothing;
    /// Signs in by a password (facts 1.6).
    PASSWORD_LOGIN = Post "/auth/password-login" Public Nothing;
    /// Begins to sign in by a passkey.
    PASSKEY_LOGIN_START = Post "/auth/passkey/start" Public Nothing;
    /// Signs in by what the passkey has signed.
    PASSKEY_LOGIN = Post "/auth/passkey" Public Nothing;
    /// Lets the browser of a printed link in, in token mode (checklist WS11).
    OPEN = Post "/auth/open" Public Nothing;
    /// The page on which somebody accepts an invitation, the owner's claim above all.
    CLAIM_PAGE = Get "/claim" Public Nothing;
    /// Accepts an invitation by a name and a password.
    CLAIM = Post "/auth/claim" Public Nothing;
    /// Tells whose an invitation is, to whoever holds it.
    CLAIM_LOOK = Post "/auth/claim/invitation" Public Nothing;
    /// Begins to accept an invitation by a passkey.
    CLAIM_PASSKEY_START = Post "/auth/claim/passkey/start" Public Nothing;
    /// Accepts it by the passkey that the browser has made.
    CLAIM_PASSKEY = Post "/auth/claim/passkey" Public Nothing;
    /// Begins to accept an invitation at an identity provider.
    CLAIM_START = Post "/auth/claim/start" Public Nothing;
    /// Signs out (facts 1.6).
    LOGOUT = Post "/auth/logout" Public Nothing;
    /// Where an identity provider ends sessions (OpenID Connect Back-Channel Logout 1.0).
    BACK_CHANNEL_LOGOUT = Post "/auth/backchannel-logout" Public Nothing;
    /// Where an app sends the browser of its person (RFC 8252, facts 1.16).
    NATIVE_AUTHORIZE = Get "/auth/native/authorize" Public Nothing;
    /// What the person has answered there.
    NATIVE_DECIDE = Post "/auth/native/authorize" Public Nothing;
    /// Where an app redeems its code (facts 1.16).
    NATIVE_TOKEN = Post "/auth/native/token" Public Nothing;
    /// Where it gets new tokens (facts 1.16).
    NATIVE_REFRESH = Post "/auth/native/refresh" Public Nothing;
    /// What the gateway says of itself as an authorization server (RFC 8414 section 3).
    METADATA = Get "/.well-known/oauth-authorization-server" Public Nothing;
    /// Where programs that keep to the standards get their tokens, by every grant (RFC 6749 section 3.2).
    TOKEN = Post "/auth/token" Public Nothing;
    /// Where a machine without a browser asks for a code (RFC 8628 section 3.1).
    DEVICE_CODE = Post "/auth/device/code" Public Nothing;
    /// Where it asks whether the code is approved (RFC 8628 section 3.4).
    DEVICE_TOKEN = Post "/auth/device/token" Public Nothing;
    /// The page on which a person types the code.
    DEVICE_PAGE = Get "/device" Public Nothing;
    /// What they have typed there, and answered.
    DEVICE_DECIDE = Post "/device" Public Nothing;
    /// Who is signed in (facts 1.6).
    ME = Get "/api/auth/me" SignedIn Own;
    /// Changes the person's own password, and ends their other sessions.
    PASSWORD = Post "/api/auth/password" SignedIn Own;
    /// Gives a person who has a passkey and no password one, soon after a sign-in.
    PASSWORD_ADD = Post "/api/auth/password/add" SignedIn Own;
    /// The person's own passkeys.
    PASSKEYS = Get "/api/auth/passkeys" SignedIn Own;
    /// Begins to add one, soon after a sign-in.
    PASSKEY_START = Post "/api/auth/passkeys/start" SignedIn Own;
    /// Adds the one that the browser has made.
    PASSKEY_ADD = Post "/api/auth/passkeys" SignedIn Own;
    /// Names one of them.
    PASSKEY_RENAME = Patch "/api/auth/passkeys/{id}" SignedIn OneOwn;
    /// Removes one of them, soon after a sign-in, and ends what it has opened.
    PASSKEY_REMOVE = Delete "/api/auth/passkeys/{id}" SignedIn OneOwn;
    /// Whether this browser is told of what happens while it is closed.
    PUSH = Get "/api/auth/push" SignedIn Own;
    /// Has it told from now on (RFC 8030).
    PUSH_SUBSCRIBE = Post "/api/auth/push" SignedIn Own;
    /// Has it told no more.
    PUSH_UNSUBSCRIBE = Delete "/api/auth/push" SignedIn Own;
    /// Makes a ticket for a socket (facts 1.6).
    WS_TICKET = Post "/api/auth/ws-ticket" SignedIn Own;
    /// Makes a link that lets one more browser in, in token mode.
    LINK = Post "/api/auth/link" SignedIn Own;
    /// The person's own sessions.
    SESSIONS = Get "/api/auth/sessions" SignedIn Own;
    /// Names one of them.
    SESSION_RENAME = Patch "/api/auth/sessions/{id}" SignedIn OneOwn;
    /// Ends one of them, with its sockets.
    SESSION_END = Delete "/api/auth/sessions/{id}" SignedIn OneOwn;
    /// Ends all of them but the one that asks.
    SESSIONS_END_OTHERS = Post "/api/auth/sessions/end-others" SignedIn Own;
    /// Who signed in at a provider, is nobody here, and waits for the owner.
    STRANGERS = Get "/api/users/strangers" Owner People;
    /// Lets one of them in, as a member.
    STRANGER_ALLOW = Post "/api/users/strangers/allow" Owner People;
    /// Takes one of them off the list.
    STRANGER_DISMISS = Post "/api/users/strangers/dismiss" Owner People;
    /// The person's own conversations (facts 4.3).
    CONVERSATIONS = Get "/api/sessions" SignedIn Own;
    /// Where they hold what is looked for.
    CONVERSATION_SEARCH = Get "/api/sessions/search" SignedIn Own;
    /// What they come to.
    CONVERSATION_STATS = Get "/api/sessions/stats" SignedIn Own;
    /// How many of them are empty.
    CONVERSATIONS_EMPTY = Get "/api/sessions/empty/count" SignedIn Own;
    /// Makes one of what was said elsewhere. Ours.
    CONVERSATION_IMPORT = Post "/api/sessions/import" SignedIn Own;
    /// One of them.
    CONVERSATION = Get "/api/sessions/{id}" SignedIn OneOwn;
    /// What was said in it.
    CONVERSATION_MESSAGES = Get "/api/sessions/{id}/messages" SignedIn OneOwn;
    /// Calls it something else, puts it away or brings it back.
    CONVERSATION_CHANGE = Patch "/api/sessions/{id}" SignedIn OneOwn;
    /// Deletes it; by the whole id alone.
    CONVERSATION_DELETE = Delete "/api/sessions/{id}" SignedIn OneOwn;
    /// The person's own links to conversations. Ours, as what follows about them.
    SHARES = Get "/api/shares" SignedIn Own;
    /// Revokes all of them.
    SHARES_REVOKE = Delete "/api/shares" SignedIn Own;
    /// Revokes one of them.
    SHARE_REVOKE = Delete "/api/shares/{id}" SignedIn OneOwn;
    /// Makes a link to a conversation as it is now.
    SHARE_MAKE = Post "/api/sessions/{id}/shares" SignedIn OneOwn;
    /// The page under such a link.
    SHARE_PAGE = Get "/s/{id}" Public Nothing;
    /// The profiles, of which there is one (facts 4.3).
    PROFILES = Get "/api/profiles" SignedIn Settings;
    /// The profile that is served.
    PROFILE_ACTIVE = Get "/api/profiles/active" SignedIn Settings;
    /// The person's own conversations, by profile.
    PROFILE_CONVERSATIONS = Get "/api/profiles/sessions" SignedIn Own;
    /// Who answers unless a conversation has chosen (facts 4.3).
    MODEL_INFO = Get "/api/model/info" SignedIn Settings;
    /// The settings that every client may see (facts 4.2).
    CONFIG = Get "/api/config" SignedIn Settings;
    /// The providers that the host can be signed in to.
    ACCOUNTS = Get "/api/providers/oauth" Owner Accounts;
    /// Begins to sign the host in to one.
    ACCOUNT_START = Post "/api/providers/oauth/{id}/start" Owner Accounts;
    /// Brings what the person has pasted.
    ACCOUNT_SUBMIT = Post "/api/providers/oauth/{id}/submit" Owner Accounts;
    /// How that sign-in stands.
    ACCOUNT_POLL = Get "/api/providers/oauth/{id}/poll/{session}" Owner Accounts;
    /// Gives it up.
    ACCOUNT_CANCEL = Delete "/api/providers/oauth/sessions/{session}" Owner Accounts;
    /// Signs the host out.
    ACCOUNT_SIGN_OUT = Delete "/api/providers/oauth/{id}" Owner Accounts;
    /// Removes one of the host's credentials for it.
    ACCOUNT_REMOVE = Delete "/api/providers/oauth/{id}/{credential}" Owner Accounts;
    /// Asks with one of them again before its time.
    ACCOUNT_RESET = Post "/api/providers/oauth/{id}/{credential}/reset" Owner Accounts;
    /// The JSON-RPC socket (facts 2.1).
    SOCKET = Get "/api/ws" Ticket Own;
    /// Whether the process lives.
    HEALTH = Get "/healthz" Public Nothing;
    /// Whether it can serve.
    READY = Get "/readyz" Public Nothing;
}

/// Every path under this prefix is an API: refused with a body, never redirected (facts 1.7).
pub const API_PREFIX: &str = "/api/";

/// The path of the metrics, on a bind of its own.
pub const METRICS_PATH: &str = "/metrics";

/// Names in queries.
pub mod query {
    /// The ticket of a socket, in gated mode (facts 2.2).
    pub const TICKET: &str = "ticket";
    /// The token, in token mode (facts 2.2).
    pub const TOKEN: &str = "token";
    /// Where to land after a sign-in (facts 1.9).
    pub const NEXT: &str = "next";
    /// The sign-in method (facts 1.6).
    pub const PROVIDER: &str = "provider";
    /// The code that the page of device approval begins with (RFC 8628 section 3.3.1).
    pub const USER_CODE: &str = "user_code";
}

/// Names of cookies, without their prefix (facts 1.8).
pub mod cookie {
    /// The short-lived value of a session.
    pub const SESSION: &str = "hermes_session_at";
    /// The long-lived value of a session.
    pub const RENEWAL: &str = "hermes_session_rt";
    /// Upstream's routing hint. Deleted with the others, never set.
    pub const PROVIDER: &str = "hermes_session_provider";
    /// What a sign-in that is under way needs at its callback.
    pub const ATTEMPT: &str = "hermes_session_pkce";
    /// Whose browser works with a passkey just now.
    pub const CEREMONY: &str = "hermes_passkey";
    /// Keeps a refused automatic sign-in from starting again at once.
    pub const AUTO_ATTEMPT: &str = "hermes_sso_attempt";
    /// The prefixes, in the order in which a reader tries them; the last is none.
    pub const PREFIXES: [&str; 3] = ["__Host-", "__Secure-", ""];
}

/// Names of headers, in lower case.
pub mod header {
    /// The token, in token mode (facts 1.11).
    pub const SESSION_TOKEN: &str = "x-hermes-session-token";
    /// The path under which a proxy serves the gateway (facts 1.10).
    pub const FORWARDED_PREFIX: &str = "x-forwarded-prefix";
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{ALL, API_PREFIX, Access, Object};

    #[test]
    fn rz9_every_route_is_one_exact_path_and_declared_once() {
        let mut seen = HashSet::new();
        for (name, route) in ALL {
            assert!(seen.insert((route.verb, route.path)), "{name}");
            let plain = |c: char| c.is_ascii_lowercase() || "/-.{}".contains(c);
            assert!(route.path.chars().all(plain), "{name}");
            assert!(!route.path.contains(".."), "{name}");
            assert!(
                route.path.starts_with('/') && !route.path.ends_with('/'),
                "{name}"
            );
            if route.access == Access::Public {
                // Who opens a link shows by it that they may; the gate compares its whole shape.
                let is_link = *name == "SHARE_PAGE";
                assert_eq!(route.path.contains('{'), is_link, "{name}");
            } else {
                assert!(route.path.starts_with(API_PREFIX), "{name}");
            }
        }
    }

    #[test]
    fn rz1_who_may_ask_fits_what_is_touched() {
        for (name, route) in ALL {
            let names_one = route.path.contains('{');
            match route.object {
                Object::Nothing => assert_eq!(route.access, Access::Public, "{name}"),
                Object::People | Object::Accounts => {
                    assert_eq!(route.access, Access::Owner, "{name}");
                }
                Object::OneOwn => assert!(names_one, "{name}"),
                Object::Own | Object::Settings => assert!(!names_one, "{name}"),
            }
        }
    }
}
