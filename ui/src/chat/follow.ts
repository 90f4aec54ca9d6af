// Whether the end of a conversation is followed while it grows. Whoever reads elsewhere stays there.

/** So near to the end, what comes is followed. */
export const NEAR = 64;

/** Where a scrolled element stands. */
export interface Scrolled {
  top: number;
  height: number;
  view: number;
}

/** How far it is to the end. */
export const below = ({ top, height, view }: Scrolled): number => height - view - top;

/**
 * Whether the end is followed after a scroll. Whoever goes up is let go at once, also near the end: else each
 * word that comes would pull them down again. Who does not is not let go, however much has come meanwhile. What
 * has become shorter moves as well, and nobody went up then.
 */
export function follows(following: boolean, before: Scrolled, now: Scrolled): boolean {
  const wentUp = now.top < before.top - 1 && now.height >= before.height && now.view <= before.view;
  return !wentUp && (following || below(now) <= NEAR);
}

/** Where somebody reads: at the end, or at this turn, so far below the upper edge. */
export type Place = { following: true } | { following: false; key: string; offset: number };

/** As many conversations are remembered. */
const MOST = 200;

/** Where somebody was in each conversation, for as long as the page lives. */
export class Places {
  readonly #places = new Map<string, Place>();

  of(conversation: string): Place {
    return this.#places.get(conversation) ?? { following: true };
  }

  keep(conversation: string, place: Place) {
    this.#places.delete(conversation);
    this.#places.set(conversation, place);
    const [oldest] = this.#places.keys();
    if (this.#places.size > MOST && oldest !== undefined) this.#places.delete(oldest);
  }
}

export const places = new Places();
