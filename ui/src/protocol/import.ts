// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { Speaker } from "./turns";

/**
 * The body of `POST /api/sessions/import`.
 */
export type ConversationImport = { 
/**
 * What it is called, if it is called anything.
 */
title?: string, 
/**
 * When it began, in Unix seconds.
 */
started_at: number, 
/**
 * What was said, the first one first, which is a prompt.
 */
messages: Array<ImportedMessage>, };

/**
 * Something that was said elsewhere.
 */
export type ImportedMessage = { 
/**
 * Who said it.
 */
role: Speaker, 
/**
 * The text.
 */
text: string, 
/**
 * When, in Unix seconds; like the one before it where that is not known.
 */
at?: number, };

/**
 * What importing a conversation answers.
 */
export type ConversationImported = { 
/**
 * Names it here.
 */
id: string, 
/**
 * Whether the same was imported before, and is still there.
 */
known: boolean, };
