// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { Nothing } from "./conversations";

/**
 * `GET /api/profiles`.
 */
export type ProfilesAnswer = { 
/**
 * The profiles.
 */
profiles: Array<ProfileRow>, };

/**
 * A profile.
 */
export type ProfileRow = { 
/**
 * Its name.
 */
name: string, 
/**
 * Empty: where it is on the host is nobody's business here.
 */
path: string, 
/**
 * True.
 */
is_default: boolean, 
/**
 * The model that answers; null if none was chosen.
 */
model: string | null, 
/**
 * Whose model it is.
 */
provider: string | null, 
/**
 * False, like the other words about files that ours has not.
 */
has_env: boolean, 
/**
 * How many skills it has.
 */
skill_count: number, 
/**
 * Whether its gateway to messengers runs, which is another program.
 */
gateway_running: boolean, 
/**
 * What it is for.
 */
description: string, 
/**
 * Whether a model wrote that.
 */
description_auto: boolean, 
/**
 * Where it came from.
 */
distribution_name: string | null, 
/**
 * In which version.
 */
distribution_version: string | null, 
/**
 * From whom.
 */
distribution_source: string | null, 
/**
 * Whether it has a command of its own.
 */
has_alias: boolean, };

/**
 * `GET /api/profiles/active`.
 */
export type ActiveProfile = { 
/**
 * The profile that commands of the host use.
 */
active: string, 
/**
 * The profile that is served.
 */
current: string, };

/**
 * `GET /api/profiles/sessions`: the asker's own conversations, by profile.
 */
export type ProfileConversations = { 
/**
 * Those of this part of the list.
 */
sessions: Array<ProfileConversation>, 
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
offset: number, 
/**
 * How many each profile has.
 */
profile_totals: { [key in string]: number }, 
/**
 * The profiles that could not be read.
 */
errors: Array<Nothing>, };

/**
 * A conversation in a list, with its profile.
 */
export type ProfileConversation = { 
/**
 * The profile.
 */
profile: string, 
/**
 * True.
 */
is_default_profile: boolean, 
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
 * `GET /api/model/info`: who answers unless a conversation has chosen.
 */
export type ModelInfo = { 
/**
 * The model; empty if none was chosen.
 */
model: string, 
/**
 * Whose model it is.
 */
provider: string, 
/**
 * How much the model reads at once, as its provider says; 0 if it is not known, like the next two.
 */
auto_context_length: number, 
/**
 * The same, as the settings say.
 */
config_context_length: number, 
/**
 * The same, as it counts.
 */
effective_context_length: number, 
/**
 * What the model can do, where that is known.
 */
capabilities: Nothing, };
