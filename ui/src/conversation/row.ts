import type { StoredConversation } from '../protocol/stored';

/** A conversation in the list. */
export interface Row {
  id: string;
  /** Empty if it is called nothing. */
  title: string;
  /** How it begins. */
  preview: string;
  model: string | null;
  messages: number;
  /** When something last happened, in Unix seconds. */
  lastActive: number;
  isRunning: boolean;
  /** Whether its agent waits for somebody, as far as the gateway says so. */
  isWaiting: boolean;
  /** Whether something has ended in it that nobody has looked at. */
  isNew: boolean;
  /** Whether it stands above the others, however old it is. */
  isPinned: boolean;
}

/** One in which something was asked just now. */
export function begun(id: string): Row {
  const nothing = { title: '', preview: '', model: null, messages: 0, lastActive: 0 };
  return { id, ...nothing, isRunning: true, isWaiting: false, isNew: false, isPinned: false };
}

/** One as the gateway lists it. */
export function rowOf(stored: StoredConversation): Row {
  return {
    id: stored.id,
    title: stored.title ?? '',
    preview: stored.preview ?? '',
    model: stored.model,
    messages: stored.message_count,
    lastActive: stored.last_active,
    isRunning: stored.is_active,
    isWaiting: false,
    isNew: false,
    isPinned: stored.pinned,
  };
}
