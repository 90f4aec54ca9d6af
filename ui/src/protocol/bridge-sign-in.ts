// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { Provider } from "./sign-in";
import type { BridgeMode, SecretPlace } from "./bridge";

/**
 * Why a command was not done.
 */
export type BridgeRefusal = { 
/**
 * The stable code; null where a gateway has none for it.
 */
code: string | null, 
/**
 * What happened, in a sentence.
 */
message: string, 
/**
 * What to do next, if anybody knows.
 */
hint: string | null, 
/**
 * The number of the gateway's error; 0 where no gateway has said anything.
 */
status: number, 
/**
 * Whether the same may work later without anybody doing anything.
 */
retryable: boolean, };

/**
 * Which gateway a command is about.
 */
export type WhichGateway = { 
/**
 * As [`GatewayRow`] names it.
 */
gateway: string, };

/**
 * `rename`.
 */
export type GatewayRename = { 
/**
 * As [`GatewayRow`] names it.
 */
gateway: string, 
/**
 * What the person calls it from now on.
 */
name: string, };

/**
 * `about`.
 */
export type AboutApp = { 
/**
 * The version of the application.
 */
version: string, 
/**
 * Where gateways are remembered.
 */
home: string, 
/**
 * Where it writes what has happened.
 */
logs: string, 
/**
 * Where secrets are kept from now on.
 */
secrets: SecretPlace, 
/**
 * The file of secrets, where there is no keychain.
 */
secrets_file: string | null, };

/**
 * What `check_updates` has come to.
 */
export type UpdateCheck = { 
/**
 * The version of the application.
 */
current: string, 
/**
 * The one that is listed, if it is a newer one.
 */
found: NewerVersion | null, };

/**
 * A version that is newer than the application.
 */
export type NewerVersion = { 
/**
 * What it is called.
 */
version: string, 
/**
 * The page that says what is new in it: https.
 */
notes: string, };

/**
 * `look`: what a person has typed as an address. Nobody is shown a credential for it.
 */
export type AddressQuestion = { 
/**
 * As it was typed.
 */
text: string, };

/**
 * What is at an address.
 */
export type AddressLook = { 
/**
 * The address that was understood, whole.
 */
address: string, 
/**
 * Whether others could read what is sent there, so that the person has to agree to it first.
 */
is_readable: boolean, 
/**
 * How people get in.
 */
mode: BridgeMode, 
/**
 * The sign-in methods, in the order of the gateway's page.
 */
methods: Array<Provider>, 
/**
 * The ways to sign in from here, the best one first. None means that this application is too old for
 * the gateway, or that it has no method.
 */
ways: Array<SignInWay>, 
/**
 * Its version.
 */
version: string | null, 
/**
 * How old it is beside this application.
 */
age: GatewayAge, 
/**
 * What the person calls it, if it is saved.
 */
saved_as: string | null, 
/**
 * Whether something is kept that may open it.
 */
is_signed_in: boolean, };

/**
 * How old a gateway is.
 */
export type GatewayAge = "same" | "older" | "newer" | "upstream";

/**
 * A way to sign in.
 */
export type SignInWay = "browser" | "password" | "device" | "window" | "token";

/**
 * `sign_in`. It is done when the person has signed in, or it has come to nothing.
 */
export type SignInStarted = { 
/**
 * The address, as `look` understood it.
 */
address: string, 
/**
 * The way. It is never another one than the person has chosen.
 */
way: SignInWay, 
/**
 * Which of the gateway's methods; null leaves it to its page.
 */
method: string | null, 
/**
 * Whether the person has agreed that others can read what is sent there.
 */
agrees_to_plain: boolean, };

/**
 * `sign_in_by_password`.
 */
export type PasswordGiven = { 
/**
 * The address, as `look` understood it.
 */
address: string, 
/**
 * Which of the gateway's methods; null is its only one.
 */
method: string | null, 
/**
 * The user name.
 */
user: string, 
/**
 * The password.
 */
password: string, 
/**
 * Whether the person has agreed that others can read what is sent there.
 */
agrees_to_plain: boolean, };

/**
 * `give_token`.
 */
export type TokenGiven = { 
/**
 * The address, as `look` understood it.
 */
address: string, 
/**
 * The token.
 */
token: string, 
/**
 * Whether the person has agreed that others can read what is sent there.
 */
agrees_to_plain: boolean, };

/**
 * `paste_answer`.
 */
export type PastedAnswer = { 
/**
 * The address of the page that failed to load.
 */
text: string, };

/**
 * `open_link`.
 */
export type LinkAsked = { 
/**
 * The address of a page elsewhere.
 */
text: string, };

/**
 * `note_read`.
 */
export type NoteRead = { 
/**
 * As [`BridgeNote`] names it.
 */
id: number, };

/**
 * `save_file`: what a browser would download.
 */
export type FileToSave = { 
/**
 * What it is to be called; another one of that name stays as it is.
 */
name: string, 
/**
 * What is in it.
 */
text: string, };

/**
 * What `save_file` has made.
 */
export type FileSaved = { 
/**
 * Where it is.
 */
path: string, };

/**
 * What a sign-in has come to.
 */
export type SignInDone = { 
/**
 * The gateway, as the list names it. It is the one that is shown now.
 */
gateway: string, 
/**
 * Whose session it is.
 */
user: string | null, };

/**
 * The sign-in that is under way.
 */
export type SignInShown = { 
/**
 * The address of the gateway.
 */
address: string, 
/**
 * Its host, as people say it.
 */
host: string, 
/**
 * The way.
 */
way: SignInWay, 
/**
 * The page to open. It has no secret in it: whoever opens it signs in as themselves.
 */
url: string | null, 
/**
 * The code to type there, for `device`.
 */
code: string | null, 
/**
 * How many milliseconds are left from when this is told.
 */
left_ms: number, 
/**
 * What became of the browser.
 */
browser: BrowserFate | null, 
/**
 * What came that was not the answer, in a sentence; the wait goes on.
 */
stray: string | null, 
/**
 * Why what was pasted is not the answer; the wait goes on.
 */
paste_rejected: string | null, };

/**
 * What became of the browser.
 */
export type BrowserFate = { "kind": "opened" } | { "kind": "not_here", 
/**
 * Why.
 */
why: string, } | { "kind": "failed", 
/**
 * Why.
 */
why: string, };

/**
 * What `sign_out` has come to.
 */
export type SignedOut = "ended" | "token" | "nothing" | "unconfirmed";
