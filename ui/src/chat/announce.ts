// What is read aloud of a conversation: once that an answer comes, and once the whole of it.

import type { Turn } from '../conversation/types';
import { plain } from '../markdown/nodes';
import { readAll } from '../markdown/reader';
import { words } from '../words/words';

/** How a turn stood when somebody last looked. */
export interface Stand {
  key: string;
  status: Turn['status'];
}

/** Something to be said, at once if it is an error. */
export interface Announcement {
  text: string;
  urgent: boolean;
}

/** How the turn that is or was last answered stands. Those that wait behind it are not said. */
export function standing(turns: readonly Turn[]): Turn | undefined {
  return turns.findLast(({ status }) => !['waits', 'sent', 'queued'].includes(status));
}

/** What is to be said now; null if nothing, as of a conversation that was only opened. */
export function announcement(before: Stand | null, turn: Turn): Announcement | null {
  if (before?.key === turn.key && before.status === turn.status) return null;
  const spoken = (text: string) => ({ text, urgent: false });
  switch (turn.status) {
    case 'running':
      return spoken(words.chat.answering);
    case 'complete':
      return spoken(words.chat.done(plain(readAll(turn.answer))));
    case 'interrupted':
      return spoken(words.chat.wasStopped);
    case 'error':
      return { text: words.chat.failure(turn.error?.message ?? words.chat.failed, turn.error?.hint ?? ''), urgent: true };
    default:
      return null;
  }
}
