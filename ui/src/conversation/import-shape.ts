// What is common to the conversations of files, whoever wrote them.

import type { ImportedMessage } from '../protocol/import';

/** What is in a conversation and does not come along, each with how often. */
export interface LeftOut {
  pictures: number;
  /** Calls of tools, and what came of them. */
  tools: number;
  /** What a model thought before it answered. */
  thoughts: number;
  /** What else is no prompt and no answer. */
  others: number;
}

/** A conversation as it is read from a file. */
export interface Taken {
  title: string;
  messages: ImportedMessage[];
  /** When it began, in Unix seconds; none if the file does not say. */
  startedAt: number | null;
  left: LeftOut;
}

/** What nothing is left out of. */
export const nothingLeft = (): LeftOut => ({ pictures: 0, tools: 0, thoughts: 0, others: 0 });

/** Whether something is an object with fields. */
export function isRecord(it: unknown): it is Record<string, unknown> {
  return typeof it === 'object' && it !== null && !Array.isArray(it);
}

/** The field of an object, and nothing that every object has. */
export function field(of: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

/** Its title in one line; empty if it has none. */
export function titleOf(one: Record<string, unknown>): string {
  const title = field(one, 'title');
  return typeof title === 'string' ? Array.from(title.replace(/\s+/g, ' ').trim()).slice(0, 200).join('') : '';
}
