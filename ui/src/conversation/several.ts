// The same for several, a few at a time, and what came of it.

import { toRefusal } from '../transport/refusals';
import type { Refusal } from '../transport/transport';

/** How many are asked for at once. */
export const AT_ONCE = 4;

/** What came of it. */
export interface Outcome<T> {
  /** Those with which it was done. */
  done: T[];
  /** Those with which it was not, and those that were not tried any more. */
  not: T[];
  /** Why not with the first of them; none if somebody had it stop. */
  why: Refusal | null;
}

/** What whoever waits for it may want. */
export interface Going {
  /** Has it stop; what was asked already is done. */
  signal?: AbortSignal;
  /** Told after each with how many it was done. */
  told?: (done: number) => void;
  atOnce?: number;
}

/** Does something with each. Where nobody answers, or nobody is let in, the others are not tried. */
export async function each<T>(all: readonly T[], does: (one: T) => Promise<unknown>, going: Going = {}): Promise<Outcome<T>> {
  const { signal, told, atOnce = AT_ONCE } = going;
  const waiting = [...all];
  const done = new Set<T>();
  let why: Refusal | null = null;
  let isOver = false;
  const work = async () => {
    while (!isOver && !signal?.aborted) {
      const one = waiting.shift();
      if (one === undefined) return;
      try {
        await does(one);
        done.add(one);
        told?.(done.size);
      } catch (thrown) {
        const refusal = toRefusal(thrown);
        why ??= refusal;
        isOver ||= refusal.status === 0 || refusal.status === 401;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, work));
  return { done: [...done], not: all.filter((one) => !done.has(one)), why };
}
