// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { Provider } from "./sign-in";

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
