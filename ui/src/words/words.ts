// Every text that the page shows, a file for each part of it. What depends on something is a function of it.

import { chat } from './chat';
import { connection } from './connection';
import { importing } from './import';
import { settings } from './settings';
import { sharing } from './share';
import { shell } from './shell';
import { work } from './work';

const english = { chat, connection, importing, settings, sharing, shell, work };

// It is used below at once, so it comes first.
const LETTERS: Record<string, string> = { a: 'å', e: 'é', i: 'ï', o: 'ø', u: 'ü', n: 'ñ', c: 'ç', s: 'š' };

export const words = import.meta.env.VITE_PSEUDO === 'yes' ? pseudo(english) : english;

/**
 * The same texts in letters that nobody writes and a third longer, which shows what is in no catalogue and
 * what breaks when words are longer.
 */
export function pseudo<T>(texts: T): T {
  return mapped(texts) as T;
}

function mapped(texts: unknown): unknown {
  if (typeof texts === 'string') return stretched(texts);
  if (typeof texts === 'function') {
    return (...given: unknown[]) => mapped((texts as (...given: unknown[]) => unknown)(...given));
  }
  if (typeof texts !== 'object' || texts === null) return texts;
  if (Array.isArray(texts)) return texts.map(mapped);
  return Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, mapped(text)]));
}

function stretched(text: string): string {
  const letters = text.replace(/[aeiouncs]/g, (letter) => LETTERS[letter] ?? letter);
  // A longer sentence has more words, and no word of fifty letters.
  const more = '~~~~~~~~~ '.repeat(text.length).slice(0, Math.ceil(text.length / 3));
  return `⟦${letters}${more}⟧`;
}
