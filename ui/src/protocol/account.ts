// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

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
 * The body of `POST /api/auth/password/add`, of somebody who has signed in by a passkey alone.
 */
export type PasswordAdd = { 
/**
 * The name to sign in by from then on.
 */
username: string, 
/**
 * The password: to be moved into a secret at once.
 */
password: string, };

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
 * The answer to `GET /api/auth/push`: whether this sign-in's browser is told of what happens while it is
 * closed, and what it needs to be.
 */
export type PushAnswer = { 
/**
 * What the browser binds its subscription to (RFC 8292 section 4): base64url, without padding.
 */
public_key: string, 
/**
 * Whether an address of it is known.
 */
told: boolean, };

/**
 * The body of `POST /api/auth/push`: what `toJSON` of a browser's subscription gives (Push API).
 */
export type PushSubscribe = { 
/**
 * The address at its push service. Whoever knows it can send there.
 */
endpoint: string, 
/**
 * For whom what is sent is made unreadable.
 */
keys: PushKeys, };

/**
 * The keys of a subscription, both as base64url.
 */
export type PushKeys = { 
/**
 * The public key: an uncompressed point of P-256.
 */
p256dh: string, 
/**
 * What both sides know beside it: 16 bytes.
 */
auth: string, };
