// Why something was not done, as a person reads it.

import { codes, type Code } from '../codes';
import { Refusal } from '../transport/transport';
import { words } from '../words/words';

/** What went wrong and what to do next. */
export interface Problem {
  text: string;
  /** The stable code, for which the guide has a section. */
  code: string | null;
  /** What to do next, in a sentence. */
  next: string | null;
  /** What to type on the gateway's host instead. */
  command: string | null;
}

/**
 * What is to be said of a failure. Nothing is where the page of today is over, or where the sign-in has ended:
 * that the bar of the connection says.
 */
export function problem(error: unknown): Problem | null {
  if (error instanceof DOMException && error.name === 'AbortError') return null;
  if (!(error instanceof Refusal)) return plain(words.settings.problems.ours, words.settings.problems.reload);
  if (isSignedOut(error)) return null;
  // What the table says next is for a command line: it is the last that helps here.
  const hint = error.hint ?? byStatus(error.status) ?? (isCode(error.code) ? codes[error.code].next : null);
  const command = hint !== null && /^hermes( |$)/.test(hint) ? hint : null;
  return {
    text: sentence(error.message),
    code: error.code,
    next: command === null && hint !== null ? sentence(hint) : null,
    command,
  };
}

/** Whether the sign-in has ended. Something in front of a gateway may answer alike, and is none. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Refusal && error.status === 401 && error.code !== 'connect.not_a_gateway';
}

/** Whether the gateway says that this is another person's, or not for this one; a proxy that says no has a code. */
export function isForbidden(error: unknown): boolean {
  return error instanceof Refusal && error.status === 403 && error.code === null;
}

/** Whether the gateway does not know it; a proxy that knows no gateway has a code, or a hint for it. */
export function isGone(error: unknown): boolean {
  return error instanceof Refusal && error.status === 404 && error.code === null && error.hint === null;
}

/** A problem that has no code. */
export function plain(text: string, next: string | null = null): Problem {
  return { text, code: null, next, command: null };
}

/** What a program says, as a person writes it. */
export function sentence(said: string): string {
  const text = said.trim();
  if (text === '') return '';
  // A name that begins with a small letter, such as xAI, is written so.
  const begun = /^\p{Ll}+(?!\p{L})/u.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return begun + (/[.!?…]$/.test(text) ? '' : '.');
}

/** A text in pieces, of which those between backticks are to be typed. */
export function pieces(text: string): { text: string; typed: boolean }[] {
  const parts = text.split('`');
  // A single one that is never closed is a character like any other.
  if (parts.length % 2 === 0) return [{ text, typed: false }];
  const all = parts.map((part, position) => ({ text: part, typed: position % 2 === 1 }));
  return all.filter((part) => part.text !== '');
}

function isCode(code: string | null): code is Code {
  return code !== null && Object.hasOwn(codes, code);
}

function byStatus(status: number): string | null {
  const { problems } = words.settings;
  if (status === 0) return problems.unreachable;
  if (status === 429) return problems.soon;
  return status >= 500 ? problems.later : null;
}
