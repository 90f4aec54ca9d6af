// A conversation as ChatGPT exports it: a tree of messages, of which one path was shown.

import type { ImportedMessage } from '../protocol/import';
import { field, isRecord, nothingLeft, titleOf, type LeftOut, type Taken } from './import-shape';
import { wordless } from './import-ours';

/** The conversation along the path that was shown last; null if the tree is none. */
export function fromChatGpt(one: Record<string, unknown>): Taken | null {
  const mapping = field(one, 'mapping');
  const last = field(one, 'current_node');
  if (!isRecord(mapping) || typeof last !== 'string') return null;
  const path = pathTo(mapping, last);
  if (path === null) return null;
  const left = nothingLeft();
  const messages: ImportedMessage[] = [];
  for (const message of path) {
    const taken = messageOf(message, left);
    if (taken === 'unknown') return null;
    if (taken !== null) messages.push(taken);
  }
  const created = field(one, 'create_time');
  return { title: titleOf(one), messages, startedAt: isTime(created) ? created : null, left };
}

/** The messages from the root to this node; null if there is no way, or no end of it. */
function pathTo(mapping: Record<string, unknown>, last: string): Record<string, unknown>[] | null {
  const path: Record<string, unknown>[] = [];
  const seen = new Set<string>();
  let at: unknown = last;
  while (at !== null && at !== undefined) {
    if (typeof at !== 'string' || seen.has(at)) return null;
    seen.add(at);
    const node = field(mapping, at);
    if (!isRecord(node)) return null;
    const message = field(node, 'message');
    if (isRecord(message)) path.push(message);
    at = field(node, 'parent');
  }
  return path.reverse();
}

/** What was said; null if it is left out, and counted then. */
function messageOf(message: Record<string, unknown>, left: LeftOut): ImportedMessage | null | 'unknown' {
  const author = field(message, 'author');
  const role = isRecord(author) ? field(author, 'role') : undefined;
  const content = field(message, 'content');
  if (typeof role !== 'string' || !isRecord(content)) return 'unknown';
  // What tells the model how to answer nobody has said.
  if (role === 'system' || isHidden(message)) return null;
  if (role === 'tool' || (role === 'assistant' && isForTool(message))) {
    left.tools += 1;
    return null;
  }
  if (role !== 'user' && role !== 'assistant') {
    left.others += 1;
    return null;
  }
  const kind = field(content, 'content_type');
  if (kind === 'thoughts' || kind === 'reasoning_recap') {
    left.thoughts += 1;
    return null;
  }
  const parts = field(content, 'parts');
  if ((kind !== 'text' && kind !== 'multimodal_text') || !Array.isArray(parts)) {
    left.others += 1;
    return null;
  }
  return said(role, parts, message, left);
}

function said(role: 'user' | 'assistant', parts: unknown[], message: Record<string, unknown>, left: LeftOut): ImportedMessage | null {
  const pictures = parts.filter(isPicture).length;
  left.pictures += pictures;
  left.others += parts.filter((part) => typeof part !== 'string' && !isPicture(part)).length;
  const written = parts.filter((part) => typeof part === 'string').join('\n\n');
  const text = written.trim() !== '' ? written : pictures > 0 ? wordless(role) : null;
  if (text === null) return null;
  const created = field(message, 'create_time');
  return { role, text, ...(isTime(created) && { at: created }) };
}

const isPicture = (part: unknown) => isRecord(part) && field(part, 'content_type') === 'image_asset_pointer';

const isTime = (at: unknown): at is number => typeof at === 'number' && Number.isFinite(at);

function isHidden(message: Record<string, unknown>): boolean {
  const metadata = field(message, 'metadata');
  return isRecord(metadata) && field(metadata, 'is_visually_hidden_from_conversation') === true;
}

/** Whether a model speaks to a tool, and not to the person. */
function isForTool(message: Record<string, unknown>): boolean {
  const recipient = field(message, 'recipient');
  return typeof recipient === 'string' && recipient !== 'all';
}
