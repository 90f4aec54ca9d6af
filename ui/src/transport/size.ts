import { LIMITS } from '../protocol/constants';

/** What a call has beside its parameters, at most. */
const AROUND = 1024;

/** Whether a call with these parameters is larger than a frame may be. */
export function isTooLarge(params: unknown): boolean {
  const text = JSON.stringify(params);
  // A character has three bytes at most, so most calls need not be counted.
  const bytes = text.length * 3 < LIMITS.FRAME_BYTES ? text.length : new TextEncoder().encode(text).length;
  return bytes > LIMITS.FRAME_BYTES - AROUND;
}
