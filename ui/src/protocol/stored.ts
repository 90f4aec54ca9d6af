// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

/**
 * The query of `GET /api/sessions` and `GET /api/profiles/sessions`.
 */
export type ConversationsQuery = { 
/**
 * How many are listed; 20 unless somebody says.
 */
limit?: number, 
/**
 * How many are left out at the beginning.
 */
offset?: number, 
/**
 * The fewest messages that one has.
 */
min_messages?: number, 
/**
 * Whether those that were put away are listed.
 */
archived?: ArchivedQuery, 
/**
 * What comes first.
 */
order?: OrderQuery, 
/**
 * The kind of client that began them, where only one is wanted.
 */
source?: string, 
/**
 * Kinds of client whose conversations are left out, with commas between them.
 */
exclude_sources?: string, };

/**
 * Whether conversations are listed that were put away.
 */
export type ArchivedQuery = "exclude" | "include" | "only";

/**
 * What comes first in a list.
 */
export type OrderQuery = "created" | "recent" | "pinned";

/**
 * `GET /api/sessions`: the asker's own conversations.
 */
export type ConversationsAnswer = { 
/**
 * Those of this part of the list.
 */
sessions: Array<StoredConversation>, 
/**
 * How many the whole list has.
 */
total: number, 
/**
 * How many were asked for.
 */
limit: number, 
/**
 * How many were left out at the beginning.
 */
offset: number, };

/**
 * A conversation in a list.
 */
export type StoredConversation = { 
/**
 * Names it.
 */
id: string, 
/**
 * The kind of client that began it.
 */
source: string, 
/**
 * The model that answered last; null if none has, or if that is not known.
 */
model: string | null, 
/**
 * The one that it was branched off.
 */
parent_session_id: string | null, 
/**
 * When it began, in Unix seconds.
 */
started_at: number, 
/**
 * Null: ours do not end.
 */
ended_at: number | null, 
/**
 * Null: ours do not end.
 */
end_reason: string | null, 
/**
 * How many messages it has.
 */
message_count: number, 
/**
 * How many tools were called.
 */
tool_call_count: number, 
/**
 * Tokens that were sent.
 */
input_tokens: number, 
/**
 * Tokens of answers.
 */
output_tokens: number, 
/**
 * Of those that were sent, tokens that the provider had in its cache.
 */
cache_read_tokens: number, 
/**
 * Tokens that the provider put into its cache, which we are not told.
 */
cache_write_tokens: number, 
/**
 * Of those of answers, tokens of thoughts.
 */
reasoning_tokens: number, 
/**
 * The folder that an agent works in; null while none has tools.
 */
cwd: string | null, 
/**
 * What it is called.
 */
title: string | null, 
/**
 * Whether it was put away.
 */
archived: boolean, 
/**
 * Whether its owner has put it first. Ours.
 */
pinned: boolean, 
/**
 * When something last happened, in Unix seconds.
 */
last_active: number, 
/**
 * How it begins, in a line.
 */
preview: string | null, 
/**
 * Whether a turn runs.
 */
is_active: boolean, 
/**
 * The profile, of which there is one.
 */
profile_name: string, 
/**
 * Null: prices are not known.
 */
estimated_cost_usd: number | null, };

/**
 * `GET /api/sessions/{id}`. The id may be the beginning of one, if it can be but one of the asker's.
 */
export type ConversationDetail = { 
/**
 * Null: what was chosen for it is told on the socket.
 */
model_config: string | null, 
/**
 * Null: there is none.
 */
system_prompt: string | null, 
/**
 * Names it.
 */
id: string, 
/**
 * The kind of client that began it.
 */
source: string, 
/**
 * The model that answered last; null if none has, or if that is not known.
 */
model: string | null, 
/**
 * The one that it was branched off.
 */
parent_session_id: string | null, 
/**
 * When it began, in Unix seconds.
 */
started_at: number, 
/**
 * Null: ours do not end.
 */
ended_at: number | null, 
/**
 * Null: ours do not end.
 */
end_reason: string | null, 
/**
 * How many messages it has.
 */
message_count: number, 
/**
 * How many tools were called.
 */
tool_call_count: number, 
/**
 * Tokens that were sent.
 */
input_tokens: number, 
/**
 * Tokens of answers.
 */
output_tokens: number, 
/**
 * Of those that were sent, tokens that the provider had in its cache.
 */
cache_read_tokens: number, 
/**
 * Tokens that the provider put into its cache, which we are not told.
 */
cache_write_tokens: number, 
/**
 * Of those of answers, tokens of thoughts.
 */
reasoning_tokens: number, 
/**
 * The folder that an agent works in; null while none has tools.
 */
cwd: string | null, 
/**
 * What it is called.
 */
title: string | null, 
/**
 * Whether it was put away.
 */
archived: boolean, 
/**
 * Whether its owner has put it first. Ours.
 */
pinned: boolean, 
/**
 * When something last happened, in Unix seconds.
 */
last_active: number, 
/**
 * How it begins, in a line.
 */
preview: string | null, 
/**
 * Whether a turn runs.
 */
is_active: boolean, 
/**
 * The profile, of which there is one.
 */
profile_name: string, 
/**
 * Null: prices are not known.
 */
estimated_cost_usd: number | null, };

/**
 * `GET /api/sessions/stats`.
 */
export type ConversationStats = { 
/**
 * How many conversations there are.
 */
total: number, 
/**
 * How many are not put away.
 */
active_store: number, 
/**
 * How many are.
 */
archived: number, 
/**
 * How many messages they have.
 */
messages: number, 
/**
 * How many were begun by each kind of client.
 */
by_source: { [key in string]: number }, };

/**
 * `GET /api/sessions/empty/count`.
 */
export type EmptyCount = { 
/**
 * How many conversations have no message, and are not put away.
 */
count: number, };

/**
 * The body of `PATCH /api/sessions/{id}`. Fields that upstream's clients send besides mean nothing.
 */
export type ConversationChange = { 
/**
 * What it is called from now on.
 */
title?: string, 
/**
 * Whether it is put away.
 */
archived?: boolean, 
/**
 * Whether it is put first. Ours.
 */
pinned?: boolean, };

/**
 * What changing a conversation answers.
 */
export type ConversationChanged = { 
/**
 * True.
 */
ok: boolean, 
/**
 * What it is called.
 */
title?: string, 
/**
 * Whether it is put away, if that was changed.
 */
archived?: boolean, 
/**
 * Whether it is put first, if that was changed. Ours.
 */
pinned?: boolean, };

/**
 * What was done, and nothing more to say of it.
 */
export type Done = { 
/**
 * True.
 */
ok: boolean, };
