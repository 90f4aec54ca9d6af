// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { ConversationStatus } from "./lists";
import type { HistoryMessage } from "./turns";

/**
 * `session.create`. Nothing is kept before the first prompt.
 */
export type ConversationCreateParams = { 
/**
 * What it is called.
 */
title?: string, 
/**
 * The model that is to answer; none is whatever the settings say.
 */
model?: string, 
/**
 * Whose model it is; none is whatever the settings say.
 */
provider?: string, 
/**
 * How much the model is to think.
 */
reasoning_effort?: string, 
/**
 * Which kind of client asks, for lists.
 */
source?: string, };

/**
 * What `session.create` answers.
 */
export type ConversationCreated = { 
/**
 * The conversation. The socket sees its events from here on.
 */
session_id: string, 
/**
 * The same: ours have one id.
 */
stored_session_id: string, 
/**
 * 0.
 */
message_count: number, 
/**
 * None.
 */
messages: Array<HistoryMessage>, 
/**
 * How it is set.
 */
info: ConversationInfo, };

/**
 * The state of a conversation; each one replaces the one before.
 */
export type ConversationInfo = { 
/**
 * The conversation.
 */
stored_session_id: string, 
/**
 * The model that answers.
 */
model: string, 
/**
 * Whose model it is.
 */
provider: string, 
/**
 * How much it thinks; empty is as its provider has it.
 */
reasoning_effort: string, 
/**
 * What it is called; empty if nothing.
 */
title: string, 
/**
 * Whether a turn runs.
 */
running: boolean, 
/**
 * What it has used.
 */
usage: ConversationUsage, 
/**
 * Tools by their set, of which there are none yet.
 */
tools: Nothing, 
/**
 * Skills, of which there are none yet.
 */
skills: Nothing, 
/**
 * The folder that an agent works in; empty while none has tools.
 */
cwd: string, 
/**
 * The branch of that folder.
 */
branch: string, 
/**
 * The profile, of which there is one.
 */
profile_name: string, 
/**
 * Which version of its desktop upstream expects; ours promises the same.
 */
desktop_contract: number, 
/**
 * The version of the gateway.
 */
version: string, };

/**
 * An object without fields.
 */
export type Nothing = Record<symbol, never>;

/**
 * Tokens of a conversation.
 */
export type ConversationUsage = { 
/**
 * The model that answers.
 */
model: string, 
/**
 * Tokens that were sent.
 */
input: number, 
/**
 * Tokens of answers.
 */
output: number, 
/**
 * Of these, tokens of thoughts.
 */
reasoning: number, 
/**
 * The same as `input`.
 */
prompt: number, 
/**
 * The same as `output`.
 */
completion: number, 
/**
 * All of them.
 */
total: number, 
/**
 * How often a model was asked.
 */
calls: number, 
/**
 * How often the conversation was made shorter.
 */
compressions: number, 
/**
 * How many agents work for this one.
 */
active_subagents: number, 
/**
 * How many tokens the last call had before it.
 */
context_used: number, 
/**
 * How many the model can have before it. It is there once a call was made, and where the list says
 * in which the model was found.
 */
context_max?: number, 
/**
 * How much of that is used, in whole percent; 100 at most. It is there where `context_max` is.
 */
context_percent?: number, };

/**
 * `session.usage`.
 */
export type ConversationUsageParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * `session.resume`: by id, or by the whole title.
 */
export type ConversationResumeParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * `session.activate`.
 */
export type ConversationActivateParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * What `session.resume` and `session.activate` answer. The socket sees what happens after it.
 */
export type ConversationResumed = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * The same: ours have one id.
 */
resumed: string, 
/**
 * The same.
 */
session_key: string, 
/**
 * How many messages there are.
 */
message_count: number, 
/**
 * What was said before the turn that runs.
 */
messages: Array<HistoryMessage>, 
/**
 * How it is set.
 */
info: ConversationInfo, 
/**
 * Whether a turn runs.
 */
running: boolean, 
/**
 * What it does.
 */
status: ConversationStatus, 
/**
 * When it began, in Unix seconds.
 */
started_at: number, 
/**
 * The turn that runs.
 */
inflight: Inflight | null, 
/**
 * The prompt that waits.
 */
queued: QueuedPrompt | null, 
/**
 * The number of the last event that is in this answer; the next one that comes is the one after
 * it. Ours.
 */
seq: number, };

/**
 * A turn that runs.
 */
export type Inflight = { 
/**
 * What was asked.
 */
user: string, 
/**
 * What whoever asked calls it, as `message.start` tells. Ours.
 */
prompt_ids: Array<string>, 
/**
 * The pictures that came with it, as `prompt.submit` named them. Ours.
 */
images: Array<string>, 
/**
 * The answer so far.
 */
assistant: string, 
/**
 * The thoughts so far. Ours.
 */
reasoning: string, 
/**
 * True.
 */
streaming: boolean, 
/**
 * See [`super::HistoryMessage::version`]. Ours.
 */
version?: number, 
/**
 * See [`super::HistoryMessage::versions`]. Ours.
 */
versions?: number, };

/**
 * What waits for the end of a turn. It is asked as one.
 */
export type QueuedPrompt = { 
/**
 * The text.
 */
user: string, 
/**
 * The prompts that it was made of, in order. Ours.
 */
prompts: Array<WaitingPrompt>, };

/**
 * A prompt that waits.
 */
export type WaitingPrompt = { 
/**
 * What whoever asked calls it; null if nothing.
 */
prompt_id: string | null, 
/**
 * The text.
 */
text: string, 
/**
 * The pictures that go with it, as `prompt.submit` named them.
 */
images: Array<string>, };

/**
 * `session.title`: asks, or says.
 */
export type ConversationTitleParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * What it is to be called.
 */
title?: string, };

/**
 * What `session.title` answers.
 */
export type ConversationTitle = { 
/**
 * What it is called; empty if nothing.
 */
title: string, 
/**
 * The conversation.
 */
session_key: string, 
/**
 * False: a title counts at once.
 */
pending: boolean, };

/**
 * `session.close`.
 */
export type ConversationCloseParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * What `session.close` answers.
 */
export type ConversationClosed = { 
/**
 * Whether this socket saw it until now.
 */
closed: boolean, };

/**
 * `session.delete`.
 */
export type ConversationDeleteParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * What `session.delete` answers.
 */
export type ConversationDeleted = { 
/**
 * What is gone.
 */
deleted: string, };
