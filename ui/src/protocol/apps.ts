// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

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
