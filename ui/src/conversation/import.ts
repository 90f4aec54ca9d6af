// Conversations out of a file that somebody brings: what this page has exported, or ChatGPT. The file may be from
// anybody, so nothing of it is believed before it was looked at, and what is not known is said instead of guessed.

import { LIMITS } from '../protocol/constants';
import type { ConversationImport } from '../protocol/import';
import { words } from '../words/words';
import { fromChatGpt } from './import-chatgpt';
import { fromOurs } from './import-ours';
import { field, isRecord, nothingLeft, titleOf, type LeftOut, type Taken } from './import-shape';

/** The most bytes of a file. */
export const FILE_BYTES = 50_000_000;

/** The most conversations of a file. */
export const MOST = 5_000;

/** The most bytes of a message, as the gateway takes them. */
const MESSAGE_BYTES = 1024 * 1024;

/** Why a conversation of a file cannot be imported. */
export type Unfit = 'unknown' | 'empty' | 'tooMany' | 'tooLarge';

/** One that can be imported. */
export interface Importable {
  title: string;
  body: ConversationImport;
}

/** What is in a file. */
export interface Found {
  conversations: Importable[];
  messages: number;
  left: LeftOut;
  /** Those that cannot be imported. */
  unfit: { title: string; why: Unfit }[];
}

/** Why a file is none of these. */
export type NoFile = 'tooLarge' | 'notJson' | 'unknown' | 'tooMany';

export type Read = { found: Found; why?: never } | { found?: never; why: NoFile };

/** Reads the text of a file. */
export function read(text: string, now: Date): Read {
  if (text.length > FILE_BYTES) return { why: 'tooLarge' };
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return { why: 'notJson' };
  }
  const those = each(file);
  if (those === null) return { why: 'unknown' };
  if (those.length > MOST) return { why: 'tooMany' };
  const found: Found = { conversations: [], messages: 0, left: nothingLeft(), unfit: [] };
  for (const one of those) add(found, one, now);
  return { found };
}

function each(file: unknown): unknown[] | null {
  if (Array.isArray(file)) return file.some(isOne) ? (file as unknown[]) : null;
  if (!isRecord(file)) return null;
  const several = field(file, 'conversations');
  if (Array.isArray(several)) return several as unknown[];
  return isOne(file) ? [file] : null;
}

const isOne = (it: unknown) => isRecord(it) && (Object.hasOwn(it, 'mapping') || Object.hasOwn(it, 'messages'));

function add(found: Found, one: unknown, now: Date) {
  const taken = isRecord(one) ? (Object.hasOwn(one, 'mapping') ? fromChatGpt(one) : fromOurs(one)) : null;
  const title = taken?.title ?? (isRecord(one) ? titleOf(one) : '');
  const why = taken === null ? 'unknown' : unfit(taken);
  if (taken === null || why !== null) {
    found.unfit.push({ title, why: why ?? 'unknown' });
    return;
  }
  // Nothing that answers no prompt can be told to a model.
  const first = taken.messages.findIndex(({ role }) => role === 'user');
  const messages = taken.messages.slice(first).map((message) => ({ ...message, text: wellFormed(message.text) }));
  const startedAt = taken.startedAt ?? messages.find(({ at }) => at !== undefined)?.at ?? now.getTime() / 1000;
  const body = { ...(title !== '' && { title: wellFormed(title) }), started_at: startedAt, messages };
  if (exceeds(JSON.stringify(body), LIMITS.IMPORT_BYTES)) {
    found.unfit.push({ title, why: 'tooLarge' });
    return;
  }
  found.conversations.push({ title: title || words.importing.untitled, body });
  found.messages += messages.length;
  for (const kind of ['pictures', 'tools', 'thoughts', 'others'] as const) found.left[kind] += taken.left[kind];
  found.left.others += first;
}

function unfit({ messages }: Taken): Unfit | null {
  if (!messages.some(({ role }) => role === 'user')) return 'empty';
  if (messages.length > LIMITS.IMPORT_MESSAGES) return 'tooMany';
  return messages.some(({ text }) => exceeds(text, MESSAGE_BYTES)) ? 'tooLarge' : null;
}

function exceeds(text: string, most: number): boolean {
  // A character has three bytes at most.
  return text.length * 3 > most && new TextEncoder().encode(text).length > most;
}

/** Half characters are none, and no gateway reads them. */
const wellFormed = (text: string) => text.replace(/\p{Surrogate}/gu, '\uFFFD');
