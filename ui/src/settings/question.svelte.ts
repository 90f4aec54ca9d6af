// Something that a page asks of the gateway as soon as it is shown. What was answered before stays until there
// is another answer, so nothing jumps; what failed for want of a connection is asked again with the next one.

import type { Transport } from '../transport/transport';
import { problem, type Problem } from './problem';

/** What changes by itself is asked again so often, in milliseconds, while somebody looks. */
const AGAIN = 60_000;

export class Question<T> {
  readonly #transport: Transport;
  readonly #path: string;
  readonly #again: boolean;
  #asking: AbortController | null = null;
  #settled = false;

  /** What the gateway answered last. */
  answer: T | null = $state.raw(null);
  /** Why there is no newer answer. */
  problem: Problem | null = $state.raw(null);
  /** What failed last, for whoever has other words for it. */
  error: unknown = $state.raw(null);
  /** When it answered, in milliseconds since 1970. */
  at = $state(0);

  /** @param more whether what is answered changes by itself. */
  constructor(transport: Transport, path: string, more?: { again: boolean }) {
    this.#transport = transport;
    this.#path = path;
    this.#again = more?.again ?? false;
  }

  /** Asks. Of two the newer counts. It never fails: what went wrong is in `problem`. */
  async ask(): Promise<void> {
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    this.#settled = false;
    try {
      const { signal } = asking;
      const answer = await this.#transport.ask<T>({ verb: 'GET', path: this.#path, signal });
      if (signal.aborted) return;
      this.answer = answer;
      this.at = Date.now();
      this.problem = null;
      this.error = null;
      this.#settled = true;
    } catch (error) {
      if (asking.signal.aborted) return;
      this.problem = problem(error);
      this.error = error;
    }
  }

  /** Asks now, and when a connection is there again, until what is answered is called. */
  follow(): () => void {
    let was: string | null = null;
    const stop = this.#transport.watch(({ name }) => {
      const back = name === 'live' && was !== null && was !== 'live';
      was = name;
      if (back && !this.#settled) void this.ask();
    });
    void this.ask();
    const look = () => {
      if (document.visibilityState !== 'hidden') void this.ask();
    };
    const timer = this.#again ? setInterval(look, AGAIN) : undefined;
    return () => {
      stop();
      clearInterval(timer);
      this.#asking?.abort();
    };
  }
}
