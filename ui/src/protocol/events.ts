// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { ConversationUsage, WaitingPrompt } from "./conversations";
import type { TurnStatus, TurnTokens } from "./turns";

/**
 * A turn began. Upstream tells nothing more; ours tells what was asked, for those who did not ask.
 */
export type MessageStart = { 
/**
 * What was asked.
 */
text: string, 
/**
 * What whoever asked calls it; several if prompts waited and were joined.
 */
prompt_ids: Array<string>, 
/**
 * The pictures that came with it, as `prompt.submit` named them.
 */
images: Array<string>, 
/**
 * Which version of its prompt it is, from 1, where there are several. Ours.
 */
version?: number, 
/**
 * How many versions there are. It is there where `version` is.
 */
versions?: number, };

/**
 * More of the thoughts before an answer.
 */
export type ReasoningDelta = { 
/**
 * The text, which follows the one before.
 */
text: string, };

/**
 * More of an answer.
 */
export type MessageDelta = { 
/**
 * The text, which follows the one before.
 */
text: string, };

/**
 * Something that is worth a line beside the conversation.
 */
export type StatusUpdate = { 
/**
 * What it is about.
 */
kind: StatusKind, 
/**
 * The line.
 */
text: string, };

/**
 * What a line is about.
 */
export type StatusKind = "lifecycle" | "sign_in" | "unsaved" | "saved";

/**
 * A turn is over.
 */
export type MessageComplete = { 
/**
 * The whole answer; of one that failed and had nothing, why.
 */
text: string, 
/**
 * What the conversation has used.
 */
usage: ConversationUsage, 
/**
 * How it ended.
 */
status: TurnStatus, 
/**
 * The thoughts before it.
 */
reasoning?: string, 
/**
 * That the answer is not all there is.
 */
warning?: string, 
/**
 * Why it failed. Ours.
 */
error?: TurnError, 
/**
 * What the turn took, if its model said. Ours.
 */
tokens?: TurnTokens, 
/**
 * The model that answered, if that is known. Ours.
 */
model?: string, };

/**
 * Why a turn failed.
 */
export type TurnError = { 
/**
 * The stable code, for which the guide has a section.
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do next.
 */
hint: string, 
/**
 * Whether the same prompt may work later without anybody doing anything.
 */
retryable: boolean, };

/**
 * A conversation is called something else.
 */
export type ConversationTitled = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * What it is called.
 */
title: string, };

/**
 * Turns were taken back. Ours.
 */
export type HistoryCut = { 
/**
 * The first prompt that is gone, counted from 0.
 */
from_user_ordinal: number, };

/**
 * Another version of a prompt is shown, with what was said after that one: whoever shows the conversation
 * reads it anew. Ours.
 */
export type HistoryShown = { 
/**
 * The first prompt that is another one, counted from 0.
 */
from_user_ordinal: number, };

/**
 * Prompts that waited were taken back: they are not asked, whoever sends them again. Ours.
 */
export type PromptsWithdrawn = { 
/**
 * What whoever asked calls them.
 */
prompt_ids: Array<string>, };

/**
 * Prompts that waited are not asked: they went with the turn that somebody has stopped, or could not be asked when
 * that was over. Whoever wrote them has them back. Ours.
 */
export type PromptsDropped = { 
/**
 * What whoever asked calls them.
 */
prompt_ids: Array<string>, 
/**
 * Why they are not asked, if it is not that their turn was stopped: a sentence.
 */
reason?: string, };

/**
 * What waits for the end of the turn has changed. It is told to everybody who looks, after what led to it,
 * and has no number: it is all that waits now, as `session.resume` answers it. Ours.
 */
export type PromptsWaiting = { 
/**
 * The prompts, in order; none if nothing waits any more.
 */
prompts: Array<WaitingPrompt>, };
