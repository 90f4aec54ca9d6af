use std::fmt;

/// What an error means to the caller of a command, and its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did not work; asking again in the same way will not help.
    Failed,
    /// The command line or an answer to a prompt was wrong.
    Usage,
    /// A person said no, or nobody answered in time.
    Cancelled,
    /// A sign-in is needed, and will help.
    SignInNeeded,
    /// The other side could not be reached or was busy; trying later will help.
    Unreachable,
    /// Stopped by Ctrl-C.
    Interrupted,
}

impl Outcome {
    /// The exit status that `hermes help exit-codes` documents.
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Cancelled => 3,
            Self::SignInNeeded => 4,
            Self::Unreachable => 5,
            Self::Interrupted => 130,
        }
    }
}

macro_rules! codes {
    ($($variant:ident $name:literal $outcome:ident $summary:literal $next:literal;)*) => {
        /// A stable error code. `hermes guide errors` has a section for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code {
            $(#[doc = $summary] $variant,)*
        }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is written: `group.name`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The code that is written so.
            pub fn find(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// What the code stands for, in one sentence.
            pub const fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }

            /// What to do next; `<provider>` stands for the provider at hand.
            pub const fn next_step(self) -> &'static str {
                match self { $(Self::$variant => $next,)* }
            }

            /// The class of outcome.
            pub const fn outcome(self) -> Outcome {
                match self { $(Self::$variant => Outcome::$outcome,)* }
            }
        }
    };
}

codes! {
    // Signing in.
    UnknownProvider "auth.unknown_provider" Usage
        "No provider of that name is in the table." "hermes auth providers";
    NoSignIn "auth.no_sign_in" Usage
        "This provider has no sign-in that Hermes may or can run." "hermes auth providers";
    FlowUnsupported "auth.flow_unsupported" Usage
        "The provider does not offer the flow that was asked for." "hermes auth add <provider>";
    ClientIdMissing "auth.client_id_missing" Usage
        "The provider needs a client id of your own and none was given." "hermes auth add <provider> --client-id ID";
    RedirectInvalid "auth.redirect_invalid" Usage
        "The redirect URI is not an http loopback address with a port." "hermes guide oauth-over-ssh";
    Denied "auth.denied" Failed
        "The authorization server refused, or the person declined." "hermes auth add <provider>";
    NotEntitled "auth.not_entitled" Failed
        "The account's plan does not include this; signing in again does not help." "hermes auth add <provider> --type api-key";
    StateMismatch "auth.state_mismatch" Failed
        "The answer belongs to another sign-in attempt." "hermes auth add <provider>";
    IssuerMismatch "auth.issuer_mismatch" Failed
        "The answer came from another authorization server than the one that was asked." "hermes auth add <provider>";
    CodeMissing "auth.code_missing" Failed
        "The answer holds no authorization code." "hermes auth add <provider>";
    CallbackTimeout "auth.callback_timeout" Cancelled
        "Nobody finished the sign-in in the browser in time." "hermes guide oauth-over-ssh";
    DeviceTimeout "auth.device_timeout" Cancelled
        "The device code expired before it was approved." "hermes auth add <provider>";
    DeviceRefused "auth.device_refused" Failed
        "The authorization server does not give device codes to this client or account." "hermes auth providers";
    Cancelled "auth.cancelled" Cancelled
        "The sign-in was given up at a prompt." "hermes auth add <provider>";
    Superseded "auth.superseded" Cancelled
        "A newer sign-in for the same provider made this one void." "hermes auth status <provider>";
    Pending "auth.pending" SignInNeeded
        "The sign-in has begun, and nobody has approved it yet." "hermes auth finish";
    PendingUnknown "auth.pending_unknown" Usage
        "No sign-in of that id waits to be finished." "hermes auth add <provider> --no-wait";
    PendingAmbiguous "auth.pending_ambiguous" Usage
        "Several sign-ins wait to be finished, and none was named." "hermes auth finish ID";
    PendingExpired "auth.pending_expired" Cancelled
        "Nobody finished the sign-in in time." "hermes auth add <provider> --no-wait";
    PendingEnded "auth.pending_ended" Failed
        "The sign-in of that id was finished or given up before." "hermes auth status <provider>";
    PendingBusy "auth.pending_busy" Unreachable
        "Another process is finishing the same sign-in." "hermes auth status";
    PendingUnreadable "auth.pending_unreadable" Failed
        "What was kept of the sign-in is not what this program wrote, or its server changed." "hermes auth finish ID --cancel";
    PortBusy "auth.port_busy" Failed
        "The port that the redirect URI names is in use." "end the program that has the port, then: hermes auth add <provider>";
    ListenerFailed "auth.listener_failed" Failed
        "The loopback listener could not be opened." "hermes auth add <provider> --flow paste";
    PasteInvalid "auth.paste_invalid" Usage
        "The pasted text is not the answer of this sign-in." "hermes auth add <provider> --flow paste";
    ExchangeRejected "auth.exchange_rejected" Failed
        "The authorization server refused the authorization code." "hermes auth add <provider>";
    UnsafeUrl "auth.unsafe_url" Failed
        "A URL is not one that may be opened or asked." "hermes guide security";
    ApiKeyMissing "auth.api_key_missing" Usage
        "No API key was given." "hermes auth add <provider> --type api-key";
    BaseUrlMissing "auth.base_url_missing" Usage
        "The provider has no address of its own, and none was given." "hermes auth add <provider> --type api-key --base-url URL";
    ApiKeyInvalid "auth.api_key_invalid" Usage
        "The text given is not an API key." "hermes auth add <provider> --type api-key";
    ApiKeyRefused "auth.api_key_refused" Failed
        "The provider says that the API key is not good; it was not saved." "hermes auth add <provider> --type api-key";
    NotSignedIn "auth.not_signed_in" SignInNeeded
        "There is no usable credential for the provider." "hermes auth add <provider>";
    RefreshRejected "auth.refresh_rejected" SignInNeeded
        "The provider no longer accepts the refresh token." "hermes auth add <provider>";
    RefreshInterrupted "auth.refresh_interrupted" SignInNeeded
        "A refresh was cut off before its answer was saved, and the token is now spent." "hermes auth add <provider>";
    NoRefreshToken "auth.no_refresh_token" SignInNeeded
        "The credential has expired and holds no refresh token." "hermes auth add <provider>";
    NotRefreshable "auth.not_refreshable" Failed
        "The credential is an API key, or belongs to another program; there is nothing to refresh." "hermes auth list <provider>";
    CoolingDown "auth.cooling_down" Unreachable
        "Every credential of the provider is resting after a refusal." "hermes auth reset <provider>";
    CredentialUnknown "auth.credential_unknown" Usage
        "No credential of the provider matches." "hermes auth list <provider>";
    CredentialAmbiguous "auth.credential_ambiguous" Usage
        "Several credentials of the provider match." "hermes auth list <provider>";
    CredentialBorrowed "auth.credential_borrowed" Failed
        "The credential belongs to a variable or to another program, and is removed on the host alone." "hermes auth list <provider>";
    RevokeFailed "auth.revoke_failed" Failed
        "The credential is gone here, but the provider did not confirm that its tokens are dead." "hermes guide credentials";
    ImportMissing "auth.import_missing" SignInNeeded
        "The tool has no login on this machine." "hermes auth import";
    ImportUnreadable "auth.import_unreadable" Failed
        "The place where the tool keeps its login could not be read or understood." "hermes guide import";
    ImportUnusable "auth.import_unusable" Failed
        "The tool's login is not one that Hermes can use." "hermes guide import";

    // The provider's answers.
    ProviderUnreachable "provider.unreachable" Unreachable
        "No connection to the provider." "hermes doctor";
    ProviderTimeout "provider.timeout" Unreachable
        "The provider did not answer in time." "hermes doctor";
    ProviderRateLimited "provider.rate_limited" Unreachable
        "The provider asks to wait." "hermes auth status <provider>";
    ProviderServerError "provider.server_error" Unreachable
        "The provider failed; stored credentials are unchanged." "hermes auth status <provider> --check";
    ProviderBadAnswer "provider.bad_answer" Failed
        "The provider's answer is not what the protocol allows." "hermes doctor";
    DiscoveryFailed "provider.discovery_failed" Failed
        "The issuer's metadata could not be read." "hermes auth add <provider> --issuer URL --client-id ID";
    DiscoveryUntrusted "provider.discovery_untrusted" Failed
        "The issuer's metadata names another issuer, or endpoints that may not be trusted." "hermes guide security";
    TableInvalid "provider.table_invalid" Usage
        "The provider table in `providers.toml` does not parse." "hermes doctor";

    // A sign-in on another host, from here.
    ViaDestination "via.destination_invalid" Usage
        "The host to sign in on is not one that may be given to ssh." "hermes help auth add";
    ViaSshFailed "via.ssh_failed" Unreachable
        "The connection by ssh did not come about; ssh has said why." "hermes guide oauth-over-ssh";
    ViaHermesMissing "via.hermes_missing" Failed
        "There is no `hermes` on the host." "hermes guide oauth-over-ssh";
    ViaHermesForeign "via.hermes_foreign" Failed
        "The `hermes` on the host is another program, or of another age." "hermes guide oauth-over-ssh";
    ViaLost "via.connection_lost" Unreachable
        "The connection to the host ended before the sign-in did." "hermes auth add <provider> --via HOST";
    ViaFrameInvalid "via.frame_invalid" Failed
        "The other end does not speak the protocol of `--via`." "hermes guide oauth-over-ssh";
    ViaUntrusted "via.untrusted" Failed
        "The host asked for something that this machine does not do for it; nothing was opened." "hermes guide security";

    // The credential file.
    StoreUnreadable "store.unreadable" Failed
        "The credential file cannot be read; it was left as it is." "hermes doctor";
    StoreCorrupt "store.corrupt" Failed
        "The credential file is not valid; it was left as it is." "hermes doctor";
    StoreLocked "store.locked" Unreachable
        "Another process holds the lock of the credential file." "hermes doctor";
    StoreFull "store.full" Failed
        "The disk is full; the credential file is unchanged." "df -h";
    StoreReadOnly "store.read_only" Failed
        "The credential file or its directory cannot be written." "hermes doctor";
    StoreWrongUser "store.wrong_user" Failed
        "The home belongs to another user." "hermes doctor";
    HomeMissing "home.missing" Failed
        "There is no home directory to keep credentials in." "hermes help environment";

    // The gateway's database.
    StorageNewer "storage.newer" Failed
        "The gateway's database was written by a newer Hermes; it was left as it is." "hermes --version";
    StorageCorrupt "storage.corrupt" Failed
        "The gateway's database is damaged, or is not one of Hermes." "hermes guide storage.corrupt";
    StorageUnusable "storage.unusable" Failed
        "The gateway's database cannot be opened or read." "hermes guide storage.unusable";
    StorageReadOnly "storage.read_only" Failed
        "The gateway's database or its directory cannot be written." "hermes guide storage.read_only";
    StorageFull "storage.full" Failed
        "The disk of the gateway's database is full; what was to be written is undone." "df -h";
    StorageBusy "storage.busy" Unreachable
        "The gateway's database is in use by others for too long, or is being closed." "hermes guide storage.busy";
    StorageKeyUnusable "storage.key_unusable" Failed
        "The gateway's key cannot be read or made; it was left as it is." "hermes guide storage.key_unusable";
    UserUnknown "users.unknown" Usage
        "The gateway has no such user." "hermes users list";
    UserExists "users.exists" Usage
        "The gateway has such a user already." "hermes users list";
    LoginTaken "users.login_taken" Usage
        "Another user has the login name." "hermes users list";
    UserNameInvalid "users.name_invalid" Usage
        "The text is not a login name, or the user has none." "hermes help users add";
    PasswordRefused "users.password_refused" Usage
        "The new password is too short, too long, or one of those that are tried first." "hermes guide users";
    PasswordMismatch "users.password_mismatch" Usage
        "The two entries of the new password differ." "hermes users list";
    OwnerProtected "users.owner_protected" Usage
        "The owner is removed or disabled only where that is asked for." "hermes users list";
    IdentityTaken "users.identity_taken" Failed
        "The identity is another user's already." "hermes users list";
    PasskeyRefused "users.passkey_refused" Failed
        "The passkey is here already, or the user has as many as one may have." "hermes users list";
    IdentityInvalid "users.identity_invalid" Usage
        "The text names nobody at an identity provider." "hermes help users allow";
    UserDisabled "users.disabled" Usage
        "The user is shut out, and has to be let in first." "hermes users list";

    // The conversations of the gateway.
    ConversationExists "conversations.exists" Failed
        "The gateway has a conversation of this id already." "hermes guide conversations.exists";
    ConversationUnknown "conversations.unknown" Usage
        "The gateway has no such conversation." "hermes guide conversations.unknown";
    AttachmentsFull "conversations.attachments_full" Failed
        "The conversation holds as many attachments as one may." "hermes guide conversations.attachments_full";
    AgentFailed "conversations.agent_failed" Failed
        "The answer broke off, and nobody said why." "hermes doctor";

    // The settings of the gateway.
    ConfigUnreadable "config.unreadable" Failed
        "The file of settings could not be read." "ls -l $HERMES_HOME/config.toml";
    ConfigInvalid "config.invalid" Usage
        "A setting is unknown, or its value cannot be used." "hermes config check";
    GatewayCannotListen "gateway.cannot_listen" Failed
        "The gateway could not listen on its address." "hermes serve --port 0";
    GatewayTokenUnusable "gateway.token_unusable" Failed
        "The kept token of the gateway could not be used." "rm $HERMES_HOME/gateway.token";
    GatewayTlsUnusable "gateway.tls_unusable" Failed
        "The certificate of the gateway could not be used." "hermes config check";
    GatewayLinkRefused "gateway.link_refused" Failed
        "The gateway gave no link for a browser." "hermes serve";
    GatewayNoSignIn "gateway.no_sign_in" Usage
        "The gateway serves its own machine alone, where nobody signs in." "hermes users add NAME";
    GatewayNotReady "gateway.not_ready" Failed
        "No gateway answers there, or it cannot serve just now." "hermes serve";
    GatewayNotRunning "gateway.not_running" Failed
        "No gateway of this home runs." "hermes serve";
    ControlRefused "gateway.control_refused" Failed
        "The control socket of the gateway could not be used." "hermes guide gateway.control_refused";
    SessionUnknown "gateway.session_unknown" Usage
        "The gateway has no such session." "hermes sessions list";
    AuditUnwritable "gateway.audit_unwritable" Failed
        "The audit log could not be opened for writing." "ls -ld $HERMES_HOME/logs";
    ConfigExists "config.exists" Usage
        "There is a file of settings already, and it is not replaced." "hermes config init --print";
    ConfigUnwritable "config.unwritable" Failed
        "The file of settings could not be written." "hermes doctor";

    // A gateway, from its client.
    ConnectAddress "connect.address_invalid" Usage
        "The text is no address of a gateway." "hermes connect https://HOST";
    ConnectUnknown "connect.unknown" Usage
        "No gateway of that name is remembered, or none at all." "hermes connect --list";
    ConnectName "connect.name_invalid" Usage
        "The name cannot be given to the gateway." "hermes connect --list";
    ConnectNotEncrypted "connect.not_encrypted" Usage
        "The address is not encrypted, and nobody has agreed to that." "hermes guide connect.not_encrypted";
    ConnectUnreachable "connect.unreachable" Unreachable
        "No connection to the gateway, or no answer in time." "hermes doctor --url URL";
    ConnectNotAGateway "connect.not_a_gateway" Failed
        "Something answers there that is no gateway." "hermes doctor --url URL";
    ConnectBusy "connect.busy" Unreachable
        "The gateway is out of order, or takes no more requests for now." "hermes guide connect.busy";
    ConnectUnclaimed "connect.unclaimed" Failed
        "The gateway has no owner yet, and lets nobody in." "hermes owner invite";
    ConnectNoMethod "connect.no_method" Failed
        "The gateway has no way to sign in that works from here." "hermes guide connect.no_method";
    ConnectRefused "connect.refused" Failed
        "The person or the gateway said no to the sign-in." "hermes connect";
    ConnectNotAllowed "connect.not_allowed" Failed
        "The gateway does not want the connection, whoever is signed in." "hermes guide connect-trouble";
    ConnectGatewayTooOld "connect.gateway_too_old" Failed
        "The gateway is too old: it has no way in for this program." "hermes guide connect-trouble";
    ConnectPasswordWrong "connect.password_wrong" SignInNeeded
        "The gateway does not take the user name and the password." "hermes connect --flow password";
    ConnectTokenWrong "connect.token_wrong" SignInNeeded
        "The gateway does not take the token." "hermes connect --flow token";
    ConnectSignInNeeded "connect.sign_in_needed" SignInNeeded
        "The session at the gateway has ended, and nobody is there to sign in again." "hermes connect";
    ConnectTimedOut "connect.timed_out" Cancelled
        "Nobody finished the sign-in at the gateway in time." "hermes connect";
    ConnectKeptUnusable "connect.kept_unusable" Failed
        "What is remembered of gateways cannot be read or written." "ls -l $HERMES_HOME";
    ConnectKeychain "connect.keychain" Failed
        "The keychain that has the sign-in, or is to have it, cannot be used." "hermes guide connect.keychain";
    ConnectNotSignedOut "connect.not_signed_out" Failed
        "The gateway is forgotten here, and did not confirm that the session has ended." "hermes guide connect.not_signed_out";

    // The gateway as a service.
    ServiceNoSystemd "service.no_systemd" Failed
        "There is no systemd that answers." "hermes serve";
    ServiceNotOurs "service.not_ours" Failed
        "There is another unit of that name, and it was left alone." "hermes service status";
    ServiceFailed "service.failed" Failed
        "The service could not be installed or removed." "hermes service status";

    // Models.
    ModelUnauthorized "model.unauthorized" SignInNeeded
        "The provider does not accept the credential." "hermes auth add <provider>";
    ModelNotEntitled "model.not_entitled" Failed
        "The account is good, and its plan does not include the model." "hermes auth add <provider> --type api-key";
    ModelBilling "model.billing" Failed
        "The provider wants to be paid before it answers." "hermes auth status <provider>";
    ModelRateLimited "model.rate_limited" Unreachable
        "The provider takes no more requests for now." "hermes auth status <provider>";
    ModelContextTooLong "model.context_too_long" Failed
        "The conversation is longer than the model can have before it." "hermes guide model.context_too_long";
    ModelUnknown "model.unknown" Usage
        "The provider has no such model, or not for this account." "hermes model list <provider>";
    ModelInvalidRequest "model.invalid_request" Failed
        "The provider does not take the request." "hermes guide model.invalid_request";
    ModelContentRefused "model.content_refused" Failed
        "The model, or a filter of the provider, will not answer this." "hermes guide model.content_refused";
    ModelOverloaded "model.overloaded" Unreachable
        "The provider has too much to do, or is broken." "hermes guide model.overloaded";
    ModelUnreachable "model.unreachable" Unreachable
        "There is no connection to the provider, or no answer in time." "hermes doctor";
    ModelBrokenOff "model.broken_off" Unreachable
        "The answer ended before it was over." "hermes guide model.broken_off";
    ModelCut "model.cut" Failed
        "The model may not write more, and the answer is not whole." "hermes guide model.cut";
    ModelMalformed "model.malformed" Failed
        "The answer is not what the provider's API allows." "hermes guide model.malformed";
    ModelBaseUrl "model.base_url" Usage
        "The address of the model server cannot be used." "hermes guide model.base_url";
    ModelUnsupported "model.unsupported" Usage
        "The provider's API is none that Hermes speaks." "hermes auth providers";
    ModelNotChosen "model.not_chosen" Usage
        "No model was chosen." "hermes model";

    // A chat in a terminal.
    ChatKeysInvalid "chat.keys_invalid" Usage
        "The file that changes the keys of the chat cannot be used." "hermes guide connect";

    // The command itself.
    NoTerminal "cli.no_terminal" Usage
        "A question has to be asked and there is no terminal to ask it on." "hermes help environment";
    InputUnreadable "cli.input_unreadable" Usage
        "A file or the standard input could not be read." "hermes help auth add";
    PromptUnusable "cli.prompt_unusable" Usage
        "The prompt is empty, too long, or has a picture that is none." "hermes guide one-shot";
    GuideUnknown "cli.guide_unknown" Usage
        "The guide has no page of that name." "hermes guide";
    OutputFailed "cli.output_failed" Failed
        "The output could not be written." "hermes doctor";
    Interrupted "cli.interrupted" Interrupted
        "Stopped by Ctrl-C; nothing was changed." "hermes auth status";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn codes_are_distinct_and_well_formed() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            let (group, name) = code.as_str().split_once('.').expect("group.name");
            assert!(
                [
                    "auth",
                    "provider",
                    "via",
                    "store",
                    "storage",
                    "users",
                    "conversations",
                    "gateway",
                    "connect",
                    "home",
                    "config",
                    "service",
                    "model",
                    "chat",
                    "cli",
                ]
                .contains(&group),
                "{code}"
            );
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_'),
                "{code}"
            );
            assert!(
                code.summary().ends_with('.'),
                "{code}: the summary is a sentence"
            );
            assert!(!code.next_step().is_empty(), "{code}");
            assert_eq!(Code::find(code.as_str()), Some(*code));
        }
    }
}
