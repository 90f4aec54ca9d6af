// Written by `cargo xtask codegen` from crates/hermes-protocol. Do not edit.

import type { ConversationInfo, ConversationUsage } from "./conversations";
import type { HistoryMessage } from "./turns";

/**
 * `session.steer`: says more while a turn runs, without interrupting it.
 */
export type ConversationSteerParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * What is said.
 */
text: string, };

/**
 * What `session.steer` answers.
 */
export type ConversationSteered = { 
/**
 * What became of it.
 */
status: Steering, 
/**
 * What was said.
 */
text: string, };

/**
 * What became of what was said while a turn ran.
 */
export type Steering = "queued" | "rejected";

/**
 * `session.compress`: has the model summarise what was said, and is told the summary instead from now
 * on.
 */
export type ConversationCompressParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * What the summary is to keep above all.
 */
focus_topic?: string, };

/**
 * What `session.compress` answers.
 */
export type ConversationCompressed = { 
/**
 * Always this one: what was not compressed is an error.
 */
status: Compression, 
/**
 * How many messages the model is told no more.
 */
removed: number, 
/**
 * How many it was told before.
 */
before_messages: number, 
/**
 * How many it is told now, the summary included.
 */
after_messages: number, 
/**
 * How many tokens its context had.
 */
before_tokens: number, 
/**
 * About how many it has now.
 */
after_tokens: number, 
/**
 * What came of it, for people.
 */
summary: CompressionSummary, 
/**
 * What the conversation has used.
 */
usage: ConversationUsage, 
/**
 * How it is set.
 */
info: ConversationInfo, 
/**
 * What was said. People see all of it still, and with upstream the summary alone.
 */
messages: Array<HistoryMessage>, };

/**
 * What became of a conversation that was to be compressed.
 */
export type Compression = "compressed";

/**
 * What came of a compression, for people.
 */
export type CompressionSummary = { 
/**
 * One line.
 */
headline: string, 
/**
 * How many tokens there were, and are.
 */
token_line: string, 
/**
 * The summary. With upstream it is a remark.
 */
note: string, 
/**
 * False: where there is nothing to compress there is an error.
 */
noop: boolean, };

/**
 * `session.branch`: a new conversation that begins with what was said in another.
 */
export type ConversationBranchParams = { 
/**
 * The other.
 */
session_id: string, 
/**
 * What the new one is called.
 */
name?: string, 
/**
 * The prompt, counted from 0, before which it is branched off: so many turns come along. Without it
 * all do. Ours.
 */
before_user_ordinal?: number, };

/**
 * What `session.branch` answers. The socket sees the events of the new conversation from here on.
 */
export type ConversationBranched = { 
/**
 * The new conversation.
 */
session_id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * The one that it was branched off.
 */
parent: string, };

/**
 * `session.show_version`: shows another version of a prompt, and what was said after that one. It answers
 * with what is shown then, as `session.history` does. Ours.
 */
export type ConversationShowVersionParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * The prompt, counted from 0.
 */
user_ordinal: number, 
/**
 * Which of its versions, in the order of asking, from 1.
 */
version: number, 
/**
 * How many prompts there are, as far as the client has seen: if there are others by now, it is refused.
 */
of?: number, };

/**
 * `image.attach_bytes`: keeps a picture, which goes with the next prompt of this socket.
 */
export type ImageAttachParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * The file in base64, or as a `data:` URL.
 */
content_base64?: string, 
/**
 * The same, as some clients call it.
 */
data?: string, 
/**
 * What the client calls it, for people.
 */
filename?: string, };

/**
 * What `image.attach_bytes` answers.
 */
export type ImageAttached = { 
/**
 * True.
 */
attached: boolean, 
/**
 * The picture, as `image.detach` and `prompt.submit` name it. With upstream it is a path.
 */
path: string, 
/**
 * How many pictures go with the next prompt.
 */
count: number, 
/**
 * Text of the prompt that is left, which there is none of.
 */
remainder: string, 
/**
 * A line for people.
 */
text: string, 
/**
 * The size of the file.
 */
bytes: number, 
/**
 * What the client called it, or what it is.
 */
name: string, 
/**
 * How wide it is, in pixels.
 */
width: number, 
/**
 * How high it is, in pixels.
 */
height: number, 
/**
 * About how many tokens a model counts for it.
 */
token_estimate: number, };

/**
 * `image.detach`.
 */
export type ImageDetachParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * The picture, as `image.attach_bytes` has called it.
 */
path: string, };

/**
 * What `image.detach` answers.
 */
export type ImageDetached = { 
/**
 * Whether it would have gone with the next prompt.
 */
detached: boolean, 
/**
 * How many pictures still do.
 */
count: number, };

/**
 * `image.upload`: a part of a picture, which is sent over as many connections as it takes. Ours.
 */
export type ImageUploadParams = { 
/**
 * The conversation.
 */
session_id: string, 
/**
 * What the client calls the upload: 64 letters, digits and `-` at most. The same with each part.
 */
upload_id: string, 
/**
 * The size of the whole file.
 */
bytes: number, 
/**
 * Where in the file the part begins.
 */
offset: number, 
/**
 * The part in base64. Without any, it is asked how far the upload is.
 */
content_base64: string, 
/**
 * What the client calls the picture, for people.
 */
filename?: string, };

/**
 * What `image.upload` answers. Ours.
 */
export type ImageUpload = { 
/**
 * Where the next part begins: all before it is here. A part that begins elsewhere changes nothing.
 */
offset: number, 
/**
 * The picture, once all of it is here.
 */
image: UploadedImage | null, };

/**
 * A picture that was sent in parts. Ours.
 */
export type UploadedImage = { 
/**
 * The picture, as `prompt.submit` names it.
 */
path: string, 
/**
 * The size of the file.
 */
bytes: number, 
/**
 * What the client called it, or what it is.
 */
name: string, 
/**
 * How wide it is, in pixels.
 */
width: number, 
/**
 * How high it is, in pixels.
 */
height: number, 
/**
 * About how many tokens a model counts for it.
 */
token_estimate: number, };
