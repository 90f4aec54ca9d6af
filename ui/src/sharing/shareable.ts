// What of a conversation a link would show now.

import type { Exported } from '../conversation/export';

/** What can be shared. */
export interface Shareable {
  /** How many prompts were answered, well or not. */
  prompts: number;
  /** How the last of them begins, in a line. */
  last: string;
}

/** How much of the last prompt is shown, in characters. */
const SHOWN = 80;

/** What can be shared of it: all but a prompt that is being answered. */
export function shareable({ messages }: Exported): Shareable {
  const answered = messages.filter((_, at) => messages[at + 1]?.role === 'assistant' && messages[at]?.role === 'user');
  const letters = Array.from((answered.at(-1)?.content ?? '').replace(/\s+/g, ' ').trim());
  const last = letters.length > SHOWN ? `${letters.slice(0, SHOWN).join('')}…` : letters.join('');
  return { prompts: answered.length, last };
}
