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
 * What `POST /api/auth/link` answers, and the body of `POST /auth/open`, in token mode.
 */
export type OpenLink = { 
/**
 * The secret, which is the fragment of the link: to be moved into a secret at once.
 */
secret: string, };

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
