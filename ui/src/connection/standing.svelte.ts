import type { Transport } from '../transport/transport';
import { UNSAID, barOf, saysRestart, type Bar } from './bar';
import type { State } from './state';

/** How the connection stands, for whoever shows it. */
export class Standing {
  /** Where it stands. */
  state: State = $state.raw({ name: 'probing' });
  /** What the bar says; none while there is nothing to say. */
  bar: Bar | null = $derived.by(() => {
    const needsSomebody = ['needs_sign_in', 'needs_token', 'refused', 'too_old'].includes(this.state.name);
    const tell = needsSomebody || !this.#online || this.#now - this.#brokenAt >= UNSAID;
    return tell ? barOf(this.state, this.#online, this.#restarting, this.#now) : null;
  });

  #online = $state(navigator.onLine);
  #now = $state(performance.now());
  #brokenAt = $state(performance.now());
  #restarting = $state(false);
  readonly #end: () => void;

  constructor(transport: Transport) {
    const unwatch = transport.watch((state) => {
      this.#take(state);
    });
    const network = () => {
      this.#online = navigator.onLine;
    };
    addEventListener('online', network);
    addEventListener('offline', network);
    const clock = setInterval(() => {
      // Nothing counts seconds while there is a connection.
      if (this.state.name !== 'live') this.#now = performance.now();
    }, 500);
    this.#end = () => {
      unwatch();
      removeEventListener('online', network);
      removeEventListener('offline', network);
      clearInterval(clock);
    };
  }

  /** Stops looking. */
  end(): void {
    this.#end();
  }

  #take(state: State): void {
    this.#now = performance.now();
    if (this.state.name === 'live' && state.name !== 'live') this.#brokenAt = this.#now;
    if (saysRestart(state)) this.#restarting = true;
    if (state.name === 'live') this.#restarting = false;
    this.state = state;
  }
}
