// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { TurnError } from "./events";

/**
 * `prompt.submit`.
 */
export type PromptSubmitParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * What is asked.
 */
text: string, 
/**
 * Pictures that go with it besides those that the socket has attached, as `image.attach_bytes` has
 * called them. Ours.
 */
images?: Array<string>, 
/**
 * What the client calls its prompt, so that it is asked once however often it is sent. Ours.
 */
prompt_id?: string, 
/**
 * What becomes of a turn that runs; without it, what the caller has set as `busy`. Ours.
 */
busy?: BusyMode, 
/**
 * The prompt, counted from 0, from which on everything is taken back before this is asked.
 */
truncate_before_user_ordinal?: number, 
/**
 * How many prompts there are, as far as the client has seen: if there are others by now, nothing is
 * taken back and nothing asked. Ours.
 */
truncate_of?: number, };

/**
 * What becomes of a turn that runs when something is asked.
 */
export type BusyMode = "interrupt" | "queue" | "steer";

/**
 * What `prompt.submit` answers.
 */
export type PromptSubmitted = { 
/**
 * What became of it.
 */
status: PromptStatus, };

/**
 * What became of a prompt.
 */
export type PromptStatus = "streaming" | "queued" | "known" | "withdrawn" | "dropped";

/**
 * `prompt.withdraw`. Ours.
 */
export type PromptWithdrawParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * What the client calls its prompt.
 */
prompt_id: string, };

/**
 * What `prompt.withdraw` answers.
 */
export type PromptWithdrawn = { 
/**
 * What became of the prompt.
 */
status: WithdrawnStatus, };

/**
 * What became of a prompt that is not wanted any more.
 */
export type WithdrawnStatus = "withdrawn" | "asked" | "unknown";

/**
 * `session.history`.
 */
export type ConversationHistoryParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * What `session.history` answers.
 */
export type ConversationHistory = { 
/**
 * How many messages there are.
 */
count: number, 
/**
 * The messages, the first one first.
 */
messages: Array<HistoryMessage>, };

/**
 * Something that was said.
 */
export type HistoryMessage = { 
/**
 * Who said it.
 */
role: Speaker, 
/**
 * The text.
 */
text: string, 
/**
 * The thoughts before it.
 */
reasoning?: string, 
/**
 * The pictures that went with it, as `prompt.submit` named them. Ours.
 */
images?: Array<string>, 
/**
 * How an answer ended, unless all of it is there. Ours.
 */
status?: TurnStatus, 
/**
 * Why it failed. Ours.
 */
error?: TurnError, 
/**
 * What its turn took, if its model said. Ours.
 */
tokens?: TurnTokens, 
/**
 * The model that answered, if that is known; of answers. Ours.
 */
model?: string, 
/**
 * Which version of its prompt it is, in the order of asking, from 1; of prompts that have several. Ours.
 */
version?: number, 
/**
 * How many versions there are. It is there where `version` is.
 */
versions?: number, };

/**
 * Who says something.
 */
export type Speaker = "user" | "assistant";

/**
 * How a turn ended.
 */
export type TurnStatus = "complete" | "interrupted" | "error";

/**
 * Tokens of one turn.
 */
export type TurnTokens = { 
/**
 * Tokens that were sent.
 */
input: number, 
/**
 * Tokens of the answer.
 */
output: number, 
/**
 * Of these, tokens of thoughts.
 */
reasoning: number, };

/**
 * `session.interrupt`.
 */
export type ConversationInterruptParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * What `session.interrupt` answers.
 */
export type ConversationInterrupted = { 
/**
 * Always this one, also if nothing ran.
 */
status: TurnStatus, };

/**
 * `session.undo`.
 */
export type ConversationUndoParams = { 
/**
 * The conversation.
 */
session_id: string, };

/**
 * What `session.undo` answers.
 */
export type ConversationUndone = { 
/**
 * How many messages are gone.
 */
removed: number, };

/**
 * `session.events.since`: what a client has missed (facts 3.1).
 */
export type EventsSinceParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * The number of the last event that the client has seen; 0 is none.
 */
last_seen: number, };

/**
 * What `session.events.since` answers.
 */
export type EventsSince = { 
/**
 * The `params` of the events, in order.
 */
events: unknown[], 
/**
 * The epoch of the numbers: with another one they mean other events, and the client resumes.
 */
epoch: string, 
/**
 * Whether there are more: the client asks again from the last one.
 */
truncated: boolean, };
