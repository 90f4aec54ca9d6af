import type { SessionRow } from '../protocol/account';

/** How long after a sign-in its person may change how they sign in, in seconds. */
const FRESH = 5 * 60;

/**
 * Whether this session is surely too old for that, by the clock of the gateway alone: it was used just now, and
 * that is told to the minute. One that may be young enough is not too old.
 */
export function tooOld(sessions: readonly SessionRow[]): boolean {
  const current = sessions.find((row) => row.current);
  return current !== undefined && current.last_seen_at - current.created_at > FRESH;
}
