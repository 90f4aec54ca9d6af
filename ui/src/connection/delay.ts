/** The longest wait before a gateway is tried again, in milliseconds. */
export const LONGEST_DELAY = 30_000;

/** The wait before the first retry, at most. */
const FIRST = 300;

/**
 * How long to wait before the next attempt, after so many that failed in a row: twice as long each time, and
 * `roll`, which is random from 0 to 1, takes up to half of it away. Pages that have lost their gateway at once
 * do not come back at once.
 */
export function delay(failed: number, roll: number): number {
  const doublings = Math.min(Math.max(failed - 1, 0), 16);
  const whole = Math.min(FIRST * 2 ** doublings, LONGEST_DELAY);
  return whole - (whole * roll) / 2;
}
