use std::borrow::Cow;

use serde::Serialize;

/// A refusal that clients know, with its status and its body (facts 1.6 and 1.7).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal<'a> {
    /// Gated, under `/api/`, with no session cookie at all.
    NoCookie {
        /// The path of the sign-in page, with the prefix of the proxy.
        login_url: Cow<'a, str>,
    },
    /// Gated, under `/api/`, with a session cookie that opens nothing. All cookies are deleted.
    SessionExpired {
        /// The path of the sign-in page, with the prefix of the proxy.
        login_url: Cow<'a, str>,
    },
    /// Token mode without the right token.
    TokenRequired,
    /// The request may not do this: another site sent it, or its person has not the role.
    Forbidden,
    /// The `Host` header names none of the allowed hosts (facts 1.3).
    HostNotAllowed,
    /// No route has this path under `/api/`, and the person is signed in.
    NoSuchEndpoint {
        /// The path, as the router decoded it.
        path: Cow<'a, str>,
    },
    /// A session id that is unknown, or another person's: the two look the same (checklist RZ2).
    NoSuchSession,
    /// A conversation that is unknown, or another person's: the two look the same (checklist RZ2).
    NoSuchConversation,
    /// This gateway lets nobody share conversations.
    SharingOff,
    /// As many links are good as one person may have, or the conversation is too large for one.
    TooManyShares,
    /// The id of a link that is unknown, or another person's: the two look the same.
    NoSuchShare,
    /// As many conversations are open as one person may have.
    TooManyConversations,
    /// A sign-in of the host that is over for long, was given up, or never was.
    NoSuchAccountSignIn,
    /// The host cannot be signed in to a provider, or out.
    AccountRefused {
        /// The code of the error.
        code: &'static str,
        /// What is wrong.
        what: Cow<'a, str>,
    },
    /// The same, because a provider does not answer.
    AccountUnreachable {
        /// The code of the error.
        code: &'static str,
        /// What is wrong.
        what: Cow<'a, str>,
    },
    /// The host has no such credential of a provider.
    NoSuchCredential {
        /// The code of the error.
        code: &'static str,
        /// What is wrong.
        what: Cow<'a, str>,
    },
    /// Nobody of this identity waits for the owner, any more or yet.
    NoSuchStranger,
    /// A sign-in at a method that there is not.
    UnknownProvider {
        /// The name that was asked for.
        name: Cow<'a, str>,
    },
    /// A password for a method that there is not, or that takes none.
    UnknownPasswordProvider,
    /// The user name or the password is wrong; which of them is not told.
    InvalidCredentials,
    /// The password that a change asks for is not the current one. The session goes on.
    WrongPassword,
    /// More attempts than are allowed.
    TooManyAttempts,
    /// A sign-in could not begin or finish, since the identity provider did not answer.
    SignInUnreachable {
        /// The host that did not answer.
        host: Cow<'a, str>,
    },
    /// Sessions cannot be looked up just now; cookies are kept, and nobody is let in.
    StorageUnavailable,
    /// No sign-in method is configured.
    NoProviders,
    /// The gateway has no owner yet, and serves nothing but its claim.
    Unclaimed,
    /// An invitation that was accepted or replaced, is over, or never was.
    InvitationSpent,
    /// The name that somebody wants to sign in with is another user's.
    NameTaken,
    /// A callback of a browser that began no sign-in, or so long ago that it forgot.
    NoAttempt,
    /// A callback of a sign-in by a method that there is not any more.
    AttemptOutlived {
        /// The name of the method.
        name: Cow<'a, str>,
    },
    /// A callback of another sign-in.
    StateMismatch,
    /// The identity provider said no.
    SignInRefused {
        /// Its `error` (RFC 6749 section 4.1.2.1).
        error: Cow<'a, str>,
        /// Its `error_description`.
        description: Cow<'a, str>,
    },
    /// The identity provider did not take its own code back, or its answer did not hold.
    CodeInvalid {
        /// What did not hold.
        why: Cow<'a, str>,
    },
    /// What an app asked the browser to carry here is not what it may ask (RFC 6749 section 4.1.2.1).
    AppRequestInvalid {
        /// What is wrong with it.
        what: Cow<'a, str>,
    },
    /// A code or a verifier of an app that redeems nothing; which of them, and why, is not told.
    GrantInvalid,
    /// A device code that its person has not answered yet (RFC 8628 section 3.5).
    AuthorizationPending,
    /// The same, asked about too soon: the interval is longer from now on.
    SlowDown,
    /// A device code that its person has declined.
    AccessDenied,
    /// A device code that nobody has approved in time.
    ExpiredToken,
    /// A grant that the gateway does not take, or not just now (RFC 6749 section 5.2).
    GrantUnsupported {
        /// What it does take, or what would change it.
        what: Cow<'a, str>,
    },
    /// Passkeys need `https` with a domain, or `http://localhost`: a browser makes none elsewhere.
    PasskeysUnavailable,
    /// An attempt with a passkey that was begun elsewhere, has counted, or is over.
    CeremonyOver,
    /// What a passkey has signed does not hold, or nobody has it; which of them is not told.
    PasskeyRefused,
    /// The passkey that a browser has made does not hold.
    PasskeyInvalid,
    /// The passkey is somebody's already.
    PasskeyTaken,
    /// The id of a passkey that is unknown, or another person's: the two look the same.
    NoSuchPasskey,
    /// Without this passkey its person could not sign in any more.
    LastMethod,
    /// Ways to sign in change soon after a sign-in alone (checklist PK5). The session goes on.
    SignInTooOld,
    /// The body or the query is not what the route takes.
    Unprocessable {
        /// What is wrong with it.
        what: Cow<'a, str>,
    },
}

/// The JSON of a [`Refusal`].
///
/// `error`, `reason` and `login_url` are there where upstream has them, and nowhere else: clients
/// tell a session that ended from other refusals by `error` together with `login_url`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct RefusalBody<'a> {
    /// The word that clients of upstream branch on.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    /// What a person reads.
    detail: Cow<'a, str>,
    /// What exactly is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Where to sign in.
    #[serde(skip_serializing_if = "Option::is_none")]
    login_url: Option<&'a str>,
    /// What would change it: the setting to look at, or the command to type.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'a str>,
}

impl<'a> RefusalBody<'a> {
    /// What a person reads.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Adds what would change it.
    #[must_use]
    pub const fn with_hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }
}

impl Refusal<'_> {
    /// The status of the answer.
    pub const fn status(&self) -> u16 {
        match self {
            Self::HostNotAllowed
            | Self::NoAttempt
            | Self::AttemptOutlived { .. }
            | Self::StateMismatch
            | Self::SignInRefused { .. }
            | Self::CodeInvalid { .. }
            | Self::AppRequestInvalid { .. }
            | Self::GrantInvalid
            | Self::AuthorizationPending
            | Self::SlowDown
            | Self::AccessDenied
            | Self::ExpiredToken
            | Self::GrantUnsupported { .. }
            | Self::AccountRefused { .. }
            | Self::CeremonyOver => 400,
            Self::NoCookie { .. }
            | Self::SessionExpired { .. }
            | Self::TokenRequired
            | Self::InvalidCredentials
            | Self::PasskeyRefused => 401,
            Self::Forbidden | Self::SharingOff | Self::WrongPassword | Self::SignInTooOld => 403,
            Self::NoSuchEndpoint { .. }
            | Self::NoSuchSession
            | Self::NoSuchConversation
            | Self::NoSuchShare
            | Self::NoSuchAccountSignIn
            | Self::NoSuchCredential { .. }
            | Self::NoSuchStranger
            | Self::InvitationSpent
            | Self::PasskeysUnavailable
            | Self::NoSuchPasskey
            | Self::UnknownProvider { .. }
            | Self::UnknownPasswordProvider => 404,
            Self::NameTaken | Self::PasskeyTaken | Self::LastMethod | Self::TooManyShares => 409,
            Self::PasskeyInvalid | Self::Unprocessable { .. } => 422,
            Self::TooManyAttempts | Self::TooManyConversations => 429,
            Self::SignInUnreachable { .. }
            | Self::AccountUnreachable { .. }
            | Self::StorageUnavailable
            | Self::Unclaimed
            | Self::NoProviders => 503,
        }
    }

    /// The word by which logs and numbers know the refusal; nothing of what a stranger chose.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::NoCookie { .. } => "no_cookie",
            Self::SessionExpired { .. } => "session_expired",
            Self::TokenRequired => "token_required",
            Self::Forbidden => "forbidden",
            Self::HostNotAllowed => "host_not_allowed",
            Self::NoSuchEndpoint { .. } => "no_such_endpoint",
            Self::NoSuchSession => "no_such_session",
            Self::NoSuchConversation => "no_such_conversation",
            Self::SharingOff => "sharing_off",
            Self::TooManyShares => "too_many_shares",
            Self::NoSuchShare => "no_such_share",
            Self::TooManyConversations => "too_many_conversations",
            Self::NoSuchAccountSignIn => "no_such_account_sign_in",
            Self::AccountRefused { .. } => "account_refused",
            Self::AccountUnreachable { .. } => "account_unreachable",
            Self::NoSuchCredential { .. } => "no_such_credential",
            Self::NoSuchStranger => "no_such_stranger",
            Self::UnknownProvider { .. } => "unknown_provider",
            Self::UnknownPasswordProvider => "unknown_password_provider",
            Self::InvalidCredentials => "invalid_credentials",
            Self::WrongPassword => "wrong_password",
            Self::TooManyAttempts => "too_many_attempts",
            Self::SignInUnreachable { .. } => "sign_in_unreachable",
            Self::StorageUnavailable => "storage_unavailable",
            Self::NoProviders => "no_providers",
            Self::Unclaimed => "unclaimed",
            Self::InvitationSpent => "invitation_spent",
            Self::NameTaken => "name_taken",
            Self::NoAttempt => "no_attempt",
            Self::AttemptOutlived { .. } => "attempt_outlived",
            Self::StateMismatch => "state_mismatch",
            Self::SignInRefused { .. } => "sign_in_refused",
            Self::CodeInvalid { .. } => "code_invalid",
            Self::AppRequestInvalid { .. } => "app_request_invalid",
            Self::GrantInvalid => "grant_invalid",
            Self::AuthorizationPending => "authorization_pending",
            Self::SlowDown => "slow_down",
            Self::AccessDenied => "access_denied",
            Self::ExpiredToken => "expired_token",
            Self::GrantUnsupported { .. } => "grant_unsupported",
            Self::PasskeysUnavailable => "passkeys_unavailable",
            Self::CeremonyOver => "ceremony_over",
            Self::PasskeyRefused => "passkey_refused",
            Self::PasskeyInvalid => "passkey_invalid",
            Self::PasskeyTaken => "passkey_taken",
            Self::NoSuchPasskey => "no_such_passkey",
            Self::LastMethod => "last_method",
            Self::SignInTooOld => "sign_in_too_old",
            Self::Unprocessable { .. } => "unprocessable",
        }
    }

    /// The body of the answer.
    pub fn body(&self) -> RefusalBody<'_> {
        let plain = |detail| RefusalBody {
            error: None,
            detail,
            reason: None,
            login_url: None,
            hint: None,
        };
        let fixed = |detail| plain(Cow::Borrowed(detail));
        match self {
            Self::NoCookie { login_url } => RefusalBody {
                error: Some("unauthenticated"),
                reason: Some("no_cookie"),
                login_url: Some(login_url),
                ..fixed("Unauthorized")
            },
            Self::SessionExpired { login_url } => RefusalBody {
                error: Some("session_expired"),
                reason: Some("invalid_or_expired_session"),
                login_url: Some(login_url),
                ..fixed("Unauthorized")
            },
            Self::TokenRequired => fixed("Unauthorized"),
            Self::Forbidden => fixed("Forbidden"),
            Self::HostNotAllowed => fixed(
                "Invalid Host header. Dashboard requests must use the hostname the server was bound to.",
            ),
            Self::NoSuchEndpoint { path } => plain(format!("No such API endpoint: {path}").into()),
            Self::NoSuchSession => fixed("No such session"),
            Self::NoSuchConversation => fixed("Session not found"),
            Self::SharingOff => fixed("This gateway shares no conversations"),
            Self::TooManyShares => fixed(
                "There are 200 links already, or the conversation is too large: revoke some, or export it",
            ),
            Self::NoSuchShare => fixed("No such link"),
            Self::TooManyConversations => {
                fixed("Too many conversations are open: close some, or wait until they are idle")
            }
            Self::NoSuchAccountSignIn => fixed("Session not found or expired"),
            Self::AccountRefused { code, what }
            | Self::AccountUnreachable { code, what }
            | Self::NoSuchCredential { code, what } => RefusalBody {
                error: Some(code),
                ..plain(Cow::Borrowed(what))
            },
            Self::NoSuchStranger => fixed("They do not wait any more"),
            Self::UnknownProvider { name } => plain(format!("Unknown provider: '{name}'").into()),
            Self::UnknownPasswordProvider => fixed("Unknown provider"),
            Self::InvalidCredentials => fixed("Invalid credentials"),
            Self::WrongPassword => fixed("The current password is wrong"),
            Self::TooManyAttempts => fixed("Too many login attempts. Try again shortly."),
            Self::SignInUnreachable { host } => {
                plain(format!("Provider unreachable: {host}").into())
            }
            Self::StorageUnavailable => fixed("Sessions cannot be looked up just now"),
            Self::NoProviders => fixed("no auth providers registered"),
            Self::Unclaimed => fixed("This gateway has no owner yet"),
            Self::InvitationSpent => fixed("This link was used before, or is over"),
            Self::NameTaken => fixed("Another user has this name"),
            Self::NoAttempt => fixed("Missing PKCE state cookie"),
            Self::AttemptOutlived { name } => {
                plain(format!("Unknown provider in cookie: '{name}'").into())
            }
            Self::StateMismatch => fixed("OAuth state mismatch (CSRF check failed)"),
            Self::SignInRefused { error, description } => {
                plain(format!("OAuth error from provider: {error} ({description})").into())
            }
            Self::CodeInvalid { why } => plain(format!("Invalid code: {why}").into()),
            Self::AppRequestInvalid { what } => RefusalBody {
                error: Some("invalid_request"),
                ..plain(Cow::Borrowed(what))
            },
            Self::GrantInvalid => RefusalBody {
                error: Some("invalid_grant"),
                ..fixed("The code is not good: begin the sign-in again")
            },
            Self::AuthorizationPending => RefusalBody {
                error: Some("authorization_pending"),
                ..fixed("The code is not approved yet")
            },
            Self::SlowDown => RefusalBody {
                error: Some("slow_down"),
                ..fixed("Wait five seconds more between polls, from now on")
            },
            Self::AccessDenied => RefusalBody {
                error: Some("access_denied"),
                ..fixed("The code was declined")
            },
            Self::ExpiredToken => RefusalBody {
                error: Some("expired_token"),
                ..fixed("The code was not approved in time: ask for another one")
            },
            Self::GrantUnsupported { what } => RefusalBody {
                error: Some("unsupported_grant_type"),
                ..plain(Cow::Borrowed(what))
            },
            Self::PasskeysUnavailable => fixed("Passkeys do not work at this address"),
            Self::CeremonyOver => fixed(
                "This took more than five minutes, or was begun in another browser: try again",
            ),
            Self::PasskeyRefused => fixed("The passkey was not accepted"),
            Self::PasskeyInvalid => fixed("The browser has made a passkey that cannot be used"),
            Self::PasskeyTaken => fixed("This passkey is here already"),
            Self::NoSuchPasskey => fixed("No such passkey"),
            Self::LastMethod => fixed("This is your last way to sign in"),
            Self::SignInTooOld => fixed("This needs a sign-in of the last five minutes"),
            Self::Unprocessable { what } => plain(Cow::Borrowed(what)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Refusal;

    #[test]
    fn every_refusal_is_the_one_that_was_measured() {
        let login = || "/hermes/login".into();
        let name = || "self-hosted".into();
        let every = [
            Refusal::NoCookie { login_url: login() },
            Refusal::SessionExpired { login_url: login() },
            Refusal::TokenRequired,
            Refusal::Forbidden,
            Refusal::HostNotAllowed,
            Refusal::NoSuchEndpoint {
                path: "/api/x".into(),
            },
            Refusal::NoSuchSession,
            Refusal::NoSuchConversation,
            Refusal::SharingOff,
            Refusal::TooManyShares,
            Refusal::NoSuchShare,
            Refusal::TooManyConversations,
            Refusal::NoSuchAccountSignIn,
            Refusal::AccountRefused {
                code: "auth.no_sign_in",
                what: "GitHub has no sign-in".into(),
            },
            Refusal::NoSuchCredential {
                code: "auth.credential_unknown",
                what: "No credential matching \"a1b2c3\"".into(),
            },
            Refusal::AccountUnreachable {
                code: "provider.timeout",
                what: "Nous did not answer".into(),
            },
            Refusal::UnknownProvider { name: "zzz".into() },
            Refusal::UnknownPasswordProvider,
            Refusal::InvalidCredentials,
            Refusal::WrongPassword,
            Refusal::TooManyAttempts,
            Refusal::SignInUnreachable {
                host: "idp.example".into(),
            },
            Refusal::StorageUnavailable,
            Refusal::NoProviders,
            Refusal::Unclaimed,
            Refusal::InvitationSpent,
            Refusal::NameTaken,
            Refusal::NoAttempt,
            Refusal::AttemptOutlived { name: name() },
            Refusal::StateMismatch,
            Refusal::SignInRefused {
                error: "access_denied".into(),
                description: "nope".into(),
            },
            Refusal::CodeInvalid {
                why: "expired".into(),
            },
            Refusal::AppRequestInvalid {
                what: "`redirect_uri` is missing".into(),
            },
            Refusal::GrantInvalid,
            Refusal::AuthorizationPending,
            Refusal::SlowDown,
            Refusal::AccessDenied,
            Refusal::ExpiredToken,
            Refusal::GrantUnsupported {
                what: "Device approval is off".into(),
            },
            Refusal::PasskeysUnavailable,
            Refusal::CeremonyOver,
            Refusal::PasskeyRefused,
            Refusal::PasskeyInvalid,
            Refusal::PasskeyTaken,
            Refusal::NoSuchPasskey,
            Refusal::LastMethod,
            Refusal::SignInTooOld,
            Refusal::Unprocessable {
                what: "`username` is missing".into(),
            },
        ];
        let lines: Vec<_> = every
            .iter()
            .map(|refusal| {
                let body = serde_json::to_string(&refusal.body()).unwrap();
                format!("{} {body}", refusal.status())
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r#"
        401 {"error":"unauthenticated","detail":"Unauthorized","reason":"no_cookie","login_url":"/hermes/login"}
        401 {"error":"session_expired","detail":"Unauthorized","reason":"invalid_or_expired_session","login_url":"/hermes/login"}
        401 {"detail":"Unauthorized"}
        403 {"detail":"Forbidden"}
        400 {"detail":"Invalid Host header. Dashboard requests must use the hostname the server was bound to."}
        404 {"detail":"No such API endpoint: /api/x"}
        404 {"detail":"No such session"}
        404 {"detail":"Session not found"}
        403 {"detail":"This gateway shares no conversations"}
        409 {"detail":"There are 200 links already, or the conversation is too large: revoke some, or export it"}
        404 {"detail":"No such link"}
        429 {"detail":"Too many conversations are open: close some, or wait until they are idle"}
        404 {"detail":"Session not found or expired"}
        400 {"error":"auth.no_sign_in","detail":"GitHub has no sign-in"}
        404 {"error":"auth.credential_unknown","detail":"No credential matching \"a1b2c3\""}
        503 {"error":"provider.timeout","detail":"Nous did not answer"}
        404 {"detail":"Unknown provider: 'zzz'"}
        404 {"detail":"Unknown provider"}
        401 {"detail":"Invalid credentials"}
        403 {"detail":"The current password is wrong"}
        429 {"detail":"Too many login attempts. Try again shortly."}
        503 {"detail":"Provider unreachable: idp.example"}
        503 {"detail":"Sessions cannot be looked up just now"}
        503 {"detail":"no auth providers registered"}
        503 {"detail":"This gateway has no owner yet"}
        404 {"detail":"This link was used before, or is over"}
        409 {"detail":"Another user has this name"}
        400 {"detail":"Missing PKCE state cookie"}
        400 {"detail":"Unknown provider in cookie: 'self-hosted'"}
        400 {"detail":"OAuth state mismatch (CSRF check failed)"}
        400 {"detail":"OAuth error from provider: access_denied (nope)"}
        400 {"detail":"Invalid code: expired"}
        400 {"error":"invalid_request","detail":"`redirect_uri` is missing"}
        400 {"error":"invalid_grant","detail":"The code is not good: begin the sign-in again"}
        400 {"error":"authorization_pending","detail":"The code is not approved yet"}
        400 {"error":"slow_down","detail":"Wait five seconds more between polls, from now on"}
        400 {"error":"access_denied","detail":"The code was declined"}
        400 {"error":"expired_token","detail":"The code was not approved in time: ask for another one"}
        400 {"error":"unsupported_grant_type","detail":"Device approval is off"}
        404 {"detail":"Passkeys do not work at this address"}
        400 {"detail":"This took more than five minutes, or was begun in another browser: try again"}
        401 {"detail":"The passkey was not accepted"}
        422 {"detail":"The browser has made a passkey that cannot be used"}
        409 {"detail":"This passkey is here already"}
        404 {"detail":"No such passkey"}
        409 {"detail":"This is your last way to sign in"}
        403 {"detail":"This needs a sign-in of the last five minutes"}
        422 {"detail":"`username` is missing"}
        "#);
    }
}
