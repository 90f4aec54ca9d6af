// Which turns of a conversation are in the page: the last ones, or some around where somebody reads. With all
// of a long one, each letter that is typed would wait for them.

/** The turns from one to before another, by where they stand; none after the last is left out if it is endless. */
export interface Span {
  from: number;
  to: number;
}

/** So many turns come at once, and so many steps stay. */
export const STEP = 30;
const MOST = 3 * STEP;

export function atEnd(count: number): Span {
  return { from: Math.max(0, count - STEP), to: Infinity };
}

export function around(at: number, count: number): Span {
  const to = at + STEP / 2;
  return { from: Math.max(0, at - STEP / 2), to: to >= count ? Infinity : to };
}

/** With those before it; those at its end go when there are too many. */
export function upwards({ from, to }: Span, count: number): Span {
  const first = Math.max(0, from - STEP);
  return { from: first, to: Math.min(to, count) - first > MOST ? first + MOST : to };
}

/** With those after it; those at its beginning go when there are too many. */
export function downwards({ from, to }: Span, count: number): Span {
  const end = Math.min(to + STEP, count);
  return { from: Math.max(from, end - MOST), to: end >= count ? Infinity : end };
}
