// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

/**
 * `GET /api/providers/oauth`.
 */
export type AccountsAnswer = { 
/**
 * Every provider that can be signed in to.
 */
providers: Array<AccountProvider>, };

/**
 * A provider that can be signed in to.
 */
export type AccountProvider = { 
/**
 * Names it.
 */
id: string, 
/**
 * What people call it.
 */
name: string, 
/**
 * How a client signs the host in.
 */
flow: AccountFlow, 
/**
 * The command of the host that does the same.
 */
cli_command: string, 
/**
 * What the provider's terms say about use by other programs, to be read before. Ours.
 */
terms: string | null, 
/**
 * The page about it; empty if there is none.
 */
docs_url: string, 
/**
 * Whether a client can sign the host out.
 */
disconnectable: boolean, 
/**
 * Null: nothing is to be known beforehand.
 */
disconnect_hint: string | null, 
/**
 * The command of the host that does the same.
 */
disconnect_command: string, 
/**
 * Whether the host is signed in.
 */
status: AccountStatus, 
/**
 * All that the host has of it, in the order in which they are asked. Ours.
 */
credentials: Array<AccountCredential>, };

/**
 * How a client signs the host in.
 */
export type AccountFlow = "device_code" | "pkce" | "external";

/**
 * Whether the host is signed in to a provider.
 */
export type AccountStatus = { 
/**
 * Whether it is.
 */
logged_in: boolean, 
/**
 * From where the account is.
 */
source: string | null, 
/**
 * What people call it.
 */
source_label: string | null, 
/**
 * Null: not a part of a token either.
 */
token_preview: string | null, 
/**
 * When the token ends, as RFC 3339 has it.
 */
expires_at: string | null, 
/**
 * Whether it is renewed.
 */
has_refresh_token: boolean, };

/**
 * An account or a key that the host has of a provider, as `hermes auth list --json` calls what it is.
 * Nothing of its secret. Ours.
 */
export type AccountCredential = { 
/**
 * Names it among those of the provider. Empty if the file names it by nothing.
 */
id: string, 
/**
 * What people call it.
 */
label: string, 
/**
 * What it is.
 */
type: AccountKind, 
/**
 * From where it is, in the words of the file.
 */
source: string, 
/**
 * The same in words for people.
 */
source_label: string, 
/**
 * Whether it can be used.
 */
state: AccountState, 
/**
 * Why it cannot: the status of the provider's answer, or its word.
 */
reason: string | null, 
/**
 * What the provider said then.
 */
message: string | null, 
/**
 * Until when it is not asked, as RFC 3339 has it.
 */
retry_at: string | null, 
/**
 * Whether it is the one that answers next.
 */
current: boolean, 
/**
 * When its token ends, as RFC 3339 has it.
 */
expires_at: string | null, 
/**
 * Whether the token is renewed.
 */
renews: boolean, 
/**
 * Whether a client can remove it.
 */
disconnectable: boolean, 
/**
 * Why a client cannot.
 */
disconnect_hint: string | null, 
/**
 * The command of the host that removes it.
 */
disconnect_command: string, };

/**
 * What a credential is.
 */
export type AccountKind = "oauth" | "api_key";

/**
 * Whether a credential can be used.
 */
export type AccountState = "ready" | "cooling_down" | "dead" | "expired" | "missing";

/**
 * `POST /api/providers/oauth/{id}/start`.
 */
export type AccountStart = { "flow": "device_code", 
/**
 * Names the sign-in.
 */
session_id: string, 
/**
 * The code.
 */
user_code: string, 
/**
 * The page.
 */
verification_url: string, 
/**
 * How long the code is good for, in seconds.
 */
expires_in: number, 
/**
 * How often to poll, in seconds.
 */
poll_interval: number, } | { "flow": "pkce", 
/**
 * Names the sign-in.
 */
session_id: string, 
/**
 * The page.
 */
auth_url: string, 
/**
 * How long the sign-in waits, in seconds.
 */
expires_in: number, };

/**
 * The body of `POST /api/providers/oauth/{id}/submit`.
 */
export type AccountSubmit = { 
/**
 * Names the sign-in.
 */
session_id: string, 
/**
 * What the person has pasted: the address of the page on which they ended, or what it shows.
 */
code: string, };

/**
 * What a paste came to.
 */
export type AccountSubmitted = { 
/**
 * Whether the host is signed in.
 */
ok: boolean, 
/**
 * How the sign-in stands.
 */
status: AccountProgress, 
/**
 * Why it does not go on.
 */
message?: string, };

/**
 * How a sign-in stands.
 */
export type AccountProgress = "pending" | "approved" | "denied" | "expired" | "error";

/**
 * `GET /api/providers/oauth/{id}/poll/{session}`.
 */
export type AccountPoll = { 
/**
 * Names the sign-in.
 */
session_id: string, 
/**
 * How it stands.
 */
status: AccountProgress, 
/**
 * Why it does not go on.
 */
error_message: string | null, 
/**
 * When it ends at the latest, in Unix seconds.
 */
expires_at: number, };

/**
 * What signing the host out answers.
 */
export type AccountSignedOut = { 
/**
 * True: nothing of the account is left here.
 */
ok: boolean, 
/**
 * The provider.
 */
provider: string, 
/**
 * What the provider has not confirmed.
 */
message?: string, };

/**
 * What `POST /api/providers/oauth/{id}/{credential}/reset` answers. Ours.
 */
export type AccountReset = { 
/**
 * True: it is asked again.
 */
ok: boolean, 
/**
 * The provider.
 */
provider: string, 
/**
 * Whether it rested, or was marked dead.
 */
reset: boolean, };
