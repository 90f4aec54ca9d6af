// A conversation as this page exports it.

import type { ImportedMessage } from '../protocol/import';
import { words } from '../words/words';
import { field, isRecord, nothingLeft, titleOf, type Taken } from './import-shape';

/** The conversation; null if it is not one of ours. */
export function fromOurs(one: Record<string, unknown>): Taken | null {
  const said = field(one, 'messages');
  if (!Array.isArray(said)) return null;
  const left = nothingLeft();
  const messages: ImportedMessage[] = [];
  for (const message of said as unknown[]) {
    if (!isRecord(message)) return null;
    const role = field(message, 'role');
    const content = field(message, 'content');
    if ((role !== 'user' && role !== 'assistant') || typeof content !== 'string') return null;
    if (field(message, 'reasoning') !== undefined) left.thoughts += 1;
    const at = secondsOf(field(message, 'at'));
    const text = content.trim() === '' ? wordless(role) : content;
    // An answer that never came is none.
    if (text === null) continue;
    if (text !== content) left.pictures += 1;
    messages.push({ role, text, ...(at !== null && { at }) });
  }
  return { title: titleOf(one), messages, startedAt: null, left };
}

/** What stands for a message without words: who asks with nothing but a picture has asked all the same. */
export function wordless(role: 'user' | 'assistant'): string | null {
  return role === 'user' ? words.importing.picture : null;
}

function secondsOf(at: unknown): number | null {
  const milliseconds = typeof at === 'string' ? Date.parse(at) : NaN;
  return Number.isFinite(milliseconds) ? milliseconds / 1000 : null;
}
