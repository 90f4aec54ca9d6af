// What the gateway has told a browser whose page may be closed, as a notification. It comes from the gateway by
// way of a push service that cannot read it; what is not understood is told all the same, since a browser lets
// nobody push who shows nothing.

import { worker as say } from '../words/worker';

/** What a notification is made of. */
export interface Told {
  title: string;
  text: string;
  /** The conversation it is about, if that was said. */
  conversation: string | null;
}

/** The most characters of a title. */
const LONGEST = 256;

/** As the gateway names conversations. */
const ID = /^[\w-]{1,64}$/;

export function toldIn(text: string | null): Told {
  const { kind, conversation, title } = parsed(text);
  return {
    title: typeof title === 'string' && title !== '' ? title.slice(0, LONGEST) : say.name,
    text: kind === 'finished' ? say.finished : kind === 'failed' ? say.failed : say.other,
    conversation: typeof conversation === 'string' && ID.test(conversation) ? conversation : null,
  };
}

/** What names a notification, so that the next one about the same conversation takes its place. */
export const tagOf = (conversation: string | null) => (conversation === null ? 'hermes' : `hermes:${conversation}`);

function parsed(text: string | null): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
