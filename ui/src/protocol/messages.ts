// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { Speaker } from "./turns";

/**
 * The query of `GET /api/sessions/{id}/messages`.
 */
export type MessagesQuery = { 
/**
 * How many; all unless somebody says.
 */
limit?: number, 
/**
 * How many are left out at the beginning.
 */
offset?: number, };

/**
 * `GET /api/sessions/{id}/messages`: what was said, without the answer that is still coming.
 */
export type MessagesAnswer = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * The first one first.
 */
messages: Array<StoredMessage>, 
/**
 * Which of them these are.
 */
pagination: Pagination, };

/**
 * Which part of a list was answered.
 */
export type Pagination = { 
/**
 * How many were asked for; null is all.
 */
limit: number | null, 
/**
 * How many were left out at the beginning.
 */
offset: number, 
/**
 * How many there are here.
 */
returned: number, };

/**
 * Something that was said, as it is kept.
 */
export type StoredMessage = { 
/**
 * Names it in its conversation, and stays the same.
 */
id: number, 
/**
 * The conversation.
 */
session_id: string, 
/**
 * Who said it.
 */
role: Speaker, 
/**
 * The text.
 */
content: string, 
/**
 * Null: no tool is called yet.
 */
tool_call_id: string | null, 
/**
 * Null, as above.
 */
tool_calls: string | null, 
/**
 * Null, as above.
 */
tool_name: string | null, 
/**
 * When, in Unix seconds.
 */
timestamp: number, 
/**
 * How an answer ended, as the dialect of chat completions says it: `stop`, `length`. Null for
 * prompts, and where it was interrupted or failed.
 */
finish_reason: string | null, 
/**
 * The thoughts before an answer.
 */
reasoning: string | null, };

/**
 * The query of `GET /api/sessions/search`.
 */
export type SearchQuery = { 
/**
 * What is looked for: words.
 */
q: string, 
/**
 * How many conversations at most.
 */
limit?: number, };

/**
 * `GET /api/sessions/search`: the best place of each conversation, the best first.
 */
export type SearchAnswer = { 
/**
 * The places.
 */
results: Array<Found>, };

/**
 * Where something was found.
 */
export type Found = { 
/**
 * The words around it, and `>>>it<<<`.
 */
snippet: string, 
/**
 * Who said it.
 */
role: Speaker, 
/**
 * The kind of client that began the conversation.
 */
source: string, 
/**
 * Null: a search does not look into a conversation.
 */
model: string | null, 
/**
 * When the conversation began, in Unix seconds.
 */
session_started: number, 
/**
 * The conversation.
 */
session_id: string, 
/**
 * The same: each of ours is found by itself.
 */
lineage_root: string, };
