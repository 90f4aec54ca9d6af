// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

/**
 * A way in that the gateway offers.
 */
export type AuthFlow = "token" | "password" | "redirect" | "native_loopback" | "device_code";

/**
 * `GET /api/status`, the answer that anybody gets (facts 1.5).
 *
 * It tells the mode, the flows and the version. The other fields are there because clients of
 * upstream read them: about people, counts, profiles and paths they say what a gateway says that
 * has none (checklist RZ10). [`Status::new`] is the only way to make one, so none of them can hold
 * anything else.
 */
export type Status = { version: string, release_date: string, config_version: number, latest_config_version: number, can_update_hermes: boolean, gateway_running: boolean, gateway_state: string | null, gateway_platforms: Record<string, never>, gateway_exit_reason: string | null, gateway_updated_at: string | null, active_agents: number, gateway_busy: boolean, gateway_drainable: boolean, restart_drain_timeout: number, active_sessions: number, auth_required: boolean, auth_providers: Array<string>, nous_session_valid: string, profiles: Array<string>, gateway_mode: string, hermes_home: string, config_path: string, env_path: string, gateway_pid: number | null, gateway_health_url: string | null, auth_flows: Array<AuthFlow>, native_loopback_auth: boolean, };

/**
 * A sign-in method, which upstream calls a provider (facts 1.6).
 */
export type Provider = { 
/**
 * What [`PasswordLogin::provider`] and the query of a sign-in name it by.
 */
name: string, 
/**
 * What a person reads.
 */
display_name: string, 
/**
 * Whether it takes a user name and a password, rather than sending the browser elsewhere.
 */
supports_password: boolean, };

/**
 * `GET /api/auth/providers` (facts 1.6).
 */
export type ProvidersAnswer = { 
/**
 * The sign-in methods, in the order in which the page shows them.
 */
providers: Array<Provider>, };

/**
 * The body of `POST /auth/password-login` (facts 1.6).
 */
export type PasswordLogin = { 
/**
 * The name of the sign-in method.
 */
provider: string, 
/**
 * The account.
 */
username: string, 
/**
 * The password: to be moved into a secret at once.
 */
password: string, 
/**
 * Where to land; checked as every landing is (facts 1.9).
 */
next?: string | null, };

/**
 * What `POST /auth/password-login` answers (facts 1.6).
 */
export type PasswordLoginAnswer = { 
/**
 * Always true: a refusal has another status.
 */
ok: boolean, 
/**
 * Where to go now.
 */
next: string, };

/**
 * `GET /api/auth/me` (facts 1.6).
 */
export type MeAnswer = { 
/**
 * The user's id; `owner` for the owner.
 */
user_id: string, 
/**
 * Empty if the sign-in method told none, like the next two.
 */
email: string, 
/**
 * What a person reads.
 */
display_name: string, 
/**
 * The organization that the identity provider named.
 */
org_id: string, 
/**
 * The sign-in method of the session.
 */
provider: string, 
/**
 * When the access value ends, in Unix seconds.
 */
expires_at: number, };

/**
 * `POST /api/auth/ws-ticket` (facts 1.6).
 */
export type TicketAnswer = { 
/**
 * 43 characters of base64url, for one socket.
 */
ticket: string, 
/**
 * How long it lives.
 */
ttl_seconds: number, };

/**
 * What `POST /api/auth/link` answers, and the body of `POST /auth/open`, in token mode.
 */
export type OpenLink = { 
/**
 * The secret, which is the fragment of the link: to be moved into a secret at once.
 */
secret: string, };

/**
 * The body of `POST /api/auth/password`. The answer is [`SessionsEnded`](super::SessionsEnded).
 */
export type PasswordChange = { 
/**
 * The password of before: to be moved into a secret at once, as the next one.
 */
current: string, 
/**
 * The one that it becomes.
 */
new: string, };

/**
 * The body of `POST /auth/native/token` (facts 1.16), as JSON or as a form (RFC 6749 section
 * 4.1.3). What is not here is not looked at.
 */
export type NativeToken = { 
/**
 * The code: to be moved into a secret at once, as the next one.
 */
code: string, 
/**
 * What the challenge was made of (RFC 7636 section 4.5). Without it nothing is redeemed.
 */
code_verifier?: string | null, 
/**
 * As it was when the code was asked for; may be left out.
 */
redirect_uri?: string | null, 
/**
 * As it was when the code was asked for; may be left out.
 */
client_id?: string | null, 
/**
 * `authorization_code`; may be left out.
 */
grant_type?: string | null, };

/**
 * The body of `POST /auth/native/refresh` (facts 1.16), as JSON or as a form (RFC 6749 section 6).
 */
export type NativeRefresh = { 
/**
 * The token: to be moved into a secret at once.
 */
refresh_token: string, 
/**
 * `refresh_token`; may be left out.
 */
grant_type?: string | null, };

/**
 * What both answer (facts 1.16, RFC 6749 section 5.1).
 */
export type NativeAnswer = { 
/**
 * Opens requests, in `Authorization: Bearer`.
 */
access_token: string, 
/**
 * Gets the next pair, once.
 */
refresh_token: string, 
/**
 * Always `Bearer`.
 */
token_type: string, 
/**
 * In how many seconds the access token ends.
 */
expires_in: number, 
/**
 * When that is, in Unix seconds.
 */
expires_at: number, 
/**
 * The sign-in method.
 */
provider: string, 
/**
 * Whose session it is.
 */
user_id: string, };

/**
 * The body of `POST /auth/device/code` (RFC 8628 section 3.1), as JSON or as a form. What is not
 * here is not looked at.
 */
export type DeviceCode = { 
/**
 * What the program calls itself; may be left out.
 */
client_id?: string | null, 
/**
 * What it calls its machine, and the name of its session; may be left out.
 */
device?: string | null, };

/**
 * What it answers (RFC 8628 section 3.2).
 */
export type DeviceCodeAnswer = { 
/**
 * What the machine polls with, and nobody else sees.
 */
device_code: string, 
/**
 * What the person types, or compares.
 */
user_code: string, 
/**
 * The page on which they do.
 */
verification_uri: string, 
/**
 * The same with the code in it, for a QR code. It fills in, and approves nothing.
 */
verification_uri_complete: string, 
/**
 * In how many seconds both codes end.
 */
expires_in: number, 
/**
 * How many seconds to wait between polls.
 */
interval: number, };

/**
 * The body of `POST /auth/device/token` (RFC 8628 section 3.4), as JSON or as a form. The answer is
 * a [`NativeAnswer`](super::NativeAnswer).
 */
export type DeviceToken = { 
/**
 * [`GRANT_TYPE`](Self::GRANT_TYPE).
 */
grant_type: string, 
/**
 * The code: to be moved into a secret at once.
 */
device_code: string, 
/**
 * As it was when the code was asked for.
 */
client_id?: string | null, };

/**
 * What has signed in.
 */
export type SessionKind = "browser" | "app";

/**
 * A session, as its person sees it. The id opens nothing; the values of its cookies are not here.
 */
export type SessionRow = { 
/**
 * Names the session in the paths that change it.
 */
id: string, 
/**
 * What has signed in.
 */
kind: SessionKind, 
/**
 * What the person called it.
 */
name: string | null, 
/**
 * The sign-in method.
 */
provider: string, 
/**
 * The program that signed in, as it called itself; a hint for the person, not to be trusted.
 */
user_agent: string | null, 
/**
 * The address that it was last used from.
 */
address: string | null, 
/**
 * When it began, in Unix seconds, like the next two.
 */
created_at: number, 
/**
 * When it was last used, to the minute.
 */
last_seen_at: number, 
/**
 * When it ends at the latest.
 */
expires_at: number, 
/**
 * How many sockets it holds open.
 */
open_sockets: number, 
/**
 * Whether it is the one that asks.
 */
current: boolean, };

/**
 * `GET /api/auth/sessions`: the asker's own sessions, latest used first.
 */
export type SessionsAnswer = { 
/**
 * The sessions.
 */
sessions: Array<SessionRow>, };

/**
 * The body of `PATCH /api/auth/sessions/{id}`.
 */
export type SessionRename = { 
/**
 * The new name; empty takes it away.
 */
name: string, };

/**
 * What ending sessions answers, by `DELETE` of one and by `end-others` alike.
 */
export type SessionsEnded = { 
/**
 * How many ended.
 */
ended: number, };

/**
 * `GET /api/users/strangers`: who signed in at a provider, is nobody here, and waits for the owner.
 */
export type StrangersAnswer = { 
/**
 * The longest first.
 */
strangers: Array<StrangerRow>, };

/**
 * Somebody who waits.
 */
export type StrangerRow = { 
/**
 * Who they are at their provider, as one word: `ISSUER#SUBJECT`.
 */
identity: string, 
/**
 * What people call the provider.
 */
provider: string, 
/**
 * What they call themselves.
 */
name: string | null, 
/**
 * Their address, if the provider has verified it.
 */
email: string | null, 
/**
 * The network address from which they came.
 */
address: string, 
/**
 * When they came last, in seconds since 1970.
 */
asked_at: number, };

/**
 * The body of `POST /api/users/strangers/allow` and `/dismiss`.
 */
export type StrangerChoice = { 
/**
 * The `identity` of the row.
 */
identity: string, };

/**
 * The body of `POST /auth/claim/invitation`: whose the invitation is, before anything is typed.
 */
export type ClaimLook = { 
/**
 * The secret of the link: to be moved into a secret at once.
 */
secret: string, };

/**
 * What `POST /auth/claim/invitation` answers.
 */
export type ClaimLookAnswer = { 
/**
 * Whether it makes the owner.
 */
owner: boolean, 
/**
 * As the invited person is addressed, if somebody said so; empty otherwise.
 */
display_name: string, 
/**
 * The name to sign in with that is there already, or suggests itself; empty otherwise.
 */
username: string, 
/**
 * The identity providers by which it can be accepted.
 */
providers: Array<Provider>, 
/**
 * The fewest characters of a password.
 */
password_min_length: number, 
/**
 * When it ends, in Unix seconds.
 */
expires_at: number, };

/**
 * The body of `POST /auth/claim`: accepts an invitation by a name and a password.
 */
export type Claim = { 
/**
 * The secret of the link: to be moved into a secret at once.
 */
secret: string, 
/**
 * The name to sign in with from now on.
 */
username: string, 
/**
 * The password: to be moved into a secret at once.
 */
password: string, };

/**
 * The body of `POST /auth/claim/start`: accepts an invitation at an identity provider.
 */
export type ClaimStart = { 
/**
 * The secret of the link: to be moved into a secret at once.
 */
secret: string, 
/**
 * The name of the identity provider.
 */
provider: string, };

/**
 * The body of `POST /auth/claim/passkey`: accepts an invitation by a passkey that the browser has
 * made.
 */
export type ClaimPasskey = { 
/**
 * The secret of the link: to be moved into a secret at once.
 */
secret: string, 
/**
 * The `ceremony` of what was begun.
 */
ceremony: string, 
/**
 * What `toJSON` of the credential gives (WebAuthn Level 3 §5.1.8).
 */
credential: RegistrationResponseJSON, };

/**
 * Where a browser goes next, once it may.
 */
export type ClaimAnswer = { 
/**
 * A path of the gateway with the prefix of the proxy, or the address of an identity provider.
 */
next: string, };

/**
 * What a browser makes a passkey of: the answer where somebody begins to add one.
 */
export type PasskeyCreation = { 
/**
 * Names the attempt, which counts once and for five minutes.
 */
ceremony: string, 
/**
 * What `PublicKeyCredential.parseCreationOptionsFromJSON` takes (WebAuthn Level 3 §5.1.9).
 */
options: PublicKeyCredentialCreationOptionsJSON, };

/**
 * The body of `POST /api/auth/passkeys`: adds the passkey that the browser has made.
 */
export type PasskeyAdd = { 
/**
 * The `ceremony` of what was begun.
 */
ceremony: string, 
/**
 * What `toJSON` of the credential gives (WebAuthn Level 3 §5.1.8).
 */
credential: RegistrationResponseJSON, 
/**
 * What the person calls it; empty for no name.
 */
name: string, };

/**
 * What a browser signs by a passkey: the answer where somebody begins to sign in.
 */
export type PasskeyRequest = { 
/**
 * Names the attempt, which counts once and for five minutes.
 */
ceremony: string, 
/**
 * What `PublicKeyCredential.parseRequestOptionsFromJSON` takes (WebAuthn Level 3 §5.1.10).
 */
options: PublicKeyCredentialRequestOptionsJSON, };

/**
 * The body of `POST /auth/passkey`: signs in by what the browser has signed.
 */
export type PasskeyLogin = { 
/**
 * The `ceremony` of what was begun.
 */
ceremony: string, 
/**
 * What `toJSON` of the credential gives (WebAuthn Level 3 §5.1.8).
 */
credential: AuthenticationResponseJSON, 
/**
 * Where to land; checked as every landing is (facts 1.9).
 */
next?: string | null, };

/**
 * `GET /api/auth/passkeys`: the asker's own passkeys, the oldest first.
 */
export type PasskeysAnswer = { 
/**
 * The passkeys.
 */
passkeys: Array<PasskeyRow>, };

/**
 * A passkey, as its person sees it.
 */
export type PasskeyRow = { 
/**
 * Names the passkey in the paths that change it.
 */
id: string, 
/**
 * What the person called it.
 */
name: string | null, 
/**
 * When it was added, in Unix seconds.
 */
created_at: number, 
/**
 * When somebody last signed in by it.
 */
last_used_at: number | null, };

/**
 * The body of `PATCH /api/auth/passkeys/{id}`.
 */
export type PasskeyRename = { 
/**
 * The new name; empty takes it away.
 */
name: string, };

/**
 * The JSON of a [`Refusal`].
 *
 * `error`, `reason` and `login_url` are there where upstream has them, and nowhere else: clients
 * tell a session that ended from other refusals by `error` together with `login_url`.
 */
export type RefusalBody = { 
/**
 * The word that clients of upstream branch on.
 */
error?: string, 
/**
 * What a person reads.
 */
detail: string, 
/**
 * What exactly is missing.
 */
reason?: string, 
/**
 * Where to sign in.
 */
login_url?: string, 
/**
 * What would change it: the setting to look at, or the command to type.
 */
hint?: string, };

/**
 * The answer to a request that was done.
 */
export type ResultFrame<T> = { jsonrpc: "2.0", id: string | number | null, result: T, };

/**
 * The answer to a request that failed.
 */
export type ErrorFrame = { jsonrpc: "2.0", id: string | number | null, error: RpcError, };

/**
 * Why a request failed.
 */
export type RpcError = { 
/**
 * One of [`code`].
 */
code: number, 
/**
 * What a person reads.
 */
message: string, 
/**
 * What upstream does not send.
 */
data?: ErrorData, };

/**
 * What an error says beyond upstream's two fields.
 */
export type ErrorData = { 
/**
 * The stable code of the error, for which the guide has a section.
 */
code: string, };

/**
 * Something that the gateway tells without having been asked.
 */
export type EventFrame<P> = { jsonrpc: "2.0", method: "event", params: { type: string, session_id?: string, payload?: P, seq?: number, }, };

/**
 * What a person may do at the gateway. A later one may do all that an earlier one may.
 */
export type Role = "user" | "owner";

/**
 * The first event of every socket (facts 3.3). Upstream's payload describes a look, which its
 * clients do without; ours says who is connected.
 */
export type GatewayReady = { 
/**
 * The user whose session opened the socket.
 */
user_id: string, 
/**
 * What this user may call.
 */
role: Role, 
/**
 * The largest frame that the gateway takes, in bytes.
 */
max_frame_bytes: number, };

/**
 * `setup.status` takes nothing (facts 3.4).
 */
export type SetupStatusParams = Record<symbol, never>;

/**
 * What `setup.status` answers (facts 3.4).
 */
export type SetupStatusAnswer = { 
/**
 * Whether a model can be asked; if not, clients show how to get there.
 */
provider_configured: boolean, };

/**
 * A key that `config.get` knows.
 */
export type ConfigKey = "full" | "mtime";

/**
 * `config.get` (facts 3.4). Upstream's clients send a session too, which none of our keys needs.
 */
export type ConfigGetParams = { 
/**
 * One of [`ConfigKey`]; kept as text, since a key that there is not has an answer of its own.
 */
key: ConfigKey, };

/**
 * What `config.get` answers, by key (facts 3.4).
 */
export type ConfigGetAnswer = { 
/**
 * The settings.
 */
config: PublicConfig, } | { 
/**
 * Unix seconds; 0 without a file. Clients compare it with what they saw before.
 */
mtime: number, };

/**
 * The settings that every client may see, which are none yet.
 *
 * Upstream hands out its whole file here, keys of providers included (facts 6.1 (15)). A setting is
 * shown by becoming a field of this type, never by passing a map through (checklist RZ4).
 */
export type PublicConfig = Record<symbol, never>;

/** What each method takes and answers. */
export interface Methods {
  "setup.status": { params: SetupStatusParams; answer: SetupStatusAnswer };
  "config.get": { params: ConfigGetParams; answer: ConfigGetAnswer };
}

/** The payload of each event. */
export interface Events {
  "gateway.ready": GatewayReady;
}
