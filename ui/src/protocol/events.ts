// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { ConversationUsage } from "./conversations";
import type { TurnStatus } from "./turns";

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
images: Array<string>, };

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
error?: TurnError, };

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
