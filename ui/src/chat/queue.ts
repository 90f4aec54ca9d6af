import type { Conversation } from '../conversation/types';

/** What may become of a prompt that waits. */
export type Queue = Pick<Conversation, 'withdraw' | 'sendNow'> & {
  /** It was taken back, and the focus went with it. */
  left: () => void;
};
