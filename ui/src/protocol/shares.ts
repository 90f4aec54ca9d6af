// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

/**
 * The body of `POST /api/sessions/{id}/shares`.
 */
export type ShareMake = { 
/**
 * How many prompts are shared, the first ones, with their answers: as many as whoever shares has
 * seen, so that nothing is shared that came meanwhile.
 */
prompts: number, 
/**
 * After how many days the link ends; until it is revoked unless somebody says.
 */
days?: number, 
/**
 * Whether the name of whoever shares is shown; it is not unless they say so.
 */
with_name?: boolean, };

/**
 * What making a link answers.
 */
export type ShareMade = { 
/**
 * The link. It is told this once.
 */
url: string, 
/**
 * How it is listed.
 */
share: ShareRow, };

/**
 * `GET /api/shares`.
 */
export type SharesAnswer = { 
/**
 * Whether the gateway lets people share. Where it does not, none of the links opens.
 */
enabled: boolean, 
/**
 * The asker's own, the last one first. What opens them is not among what is told.
 */
shares: Array<ShareRow>, };

/**
 * A link in a list.
 */
export type ShareRow = { 
/**
 * Names it.
 */
id: string, 
/**
 * The conversation.
 */
session_id: string, 
/**
 * What that was called when it was shared.
 */
title: string, 
/**
 * When it was made, in Unix seconds.
 */
made_at: number, 
/**
 * When it ends, in Unix seconds; null until it is revoked.
 */
ends_at: number | null, 
/**
 * How often it was opened.
 */
opened: number, };

/**
 * What revoking all links answers.
 */
export type SharesRevoked = { 
/**
 * How many there were.
 */
revoked: number, };
