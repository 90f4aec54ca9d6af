// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

/**
 * `session.list`.
 */
export type ConversationListParams = { 
/**
 * How many at most; 200 unless said, and never more than 500.
 */
limit?: number, 
/**
 * Those that were put away, instead of the others. Ours.
 */
archived: boolean, };

/**
 * What `session.list` answers.
 */
export type ConversationList = { 
/**
 * The newest activity first.
 */
sessions: Array<ConversationRow>, };

/**
 * A conversation in a list.
 */
export type ConversationRow = { 
/**
 * The conversation.
 */
id: string, 
/**
 * What it is called; empty if nothing.
 */
title: string, 
/**
 * The beginning of what was asked first.
 */
preview: string, 
/**
 * When it began, in Unix seconds.
 */
started_at: number, 
/**
 * When something happened last, in Unix seconds. Ours.
 */
last_active: number, 
/**
 * How many messages there are.
 */
message_count: number, 
/**
 * The model that answered last; null if none has, or if that is not known. Ours.
 */
model: string | null, 
/**
 * Tokens that were sent. Ours.
 */
input_tokens: number, 
/**
 * Tokens of answers. Ours.
 */
output_tokens: number, 
/**
 * Which kind of client began it.
 */
source: string, 
/**
 * Whether a turn runs. Ours.
 */
running: boolean, 
/**
 * Whether its owner has put it first where lists do so. Ours.
 */
pinned: boolean, };

/**
 * `session.most_recent` takes nothing.
 */
export type ConversationMostRecentParams = Record<symbol, never>;

/**
 * What `session.most_recent` answers.
 */
export type ConversationMostRecent = { 
/**
 * The conversation; null if there is none.
 */
session_id?: string, 
/**
 * What it is called.
 */
title?: string, 
/**
 * When it began, in Unix seconds.
 */
started_at?: number, 
/**
 * Which kind of client began it.
 */
source?: string, };

/**
 * `session.active_list`.
 */
export type ConversationActiveListParams = { 
/**
 * The one that the client shows, which is marked.
 */
current_session_id?: string, 
/**
 * Whether this socket is told from then on, by `sessions.changed`, when the list of conversations is
 * another one. Ours.
 */
watch?: boolean, };

/**
 * What `session.active_list` answers.
 */
export type ConversationActiveList = { 
/**
 * The caller's conversations that are in memory.
 */
sessions: Array<ActiveConversation>, };

/**
 * A conversation in memory.
 */
export type ActiveConversation = { 
/**
 * The conversation.
 */
id: string, 
/**
 * The same: ours have one id.
 */
session_key: string, 
/**
 * Whether it is the one that the client shows.
 */
current: boolean, 
/**
 * What it is called; empty if nothing.
 */
title: string, 
/**
 * The beginning of what was asked first.
 */
preview: string, 
/**
 * The model that answers.
 */
model: string, 
/**
 * How many messages there are.
 */
message_count: number, 
/**
 * When it began, in Unix seconds.
 */
started_at: number, 
/**
 * When something happened last, in Unix seconds.
 */
last_active: number, 
/**
 * What it does.
 */
status: ConversationStatus, };

/**
 * What a conversation does.
 */
export type ConversationStatus = "idle" | "working";
