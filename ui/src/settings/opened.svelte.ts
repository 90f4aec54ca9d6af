// What is open in a row of a list: a field for its name, or a question. One thing at a time, and the focus goes back
// to what has opened it.

import { Act } from './act.svelte';
import { keepFocus } from './focus';

export class Opened<What extends string> {
  /** What is open; nothing if nothing is. */
  what: What | null = $state(null);
  readonly act = new Act();
  /** Where the focus goes if what has opened it is gone. */
  heading: HTMLElement | undefined = $state();
  #opener: HTMLElement | undefined;

  /** Opens it, or closes it again. */
  toggle(what: What, { currentTarget }: { currentTarget: HTMLElement }): void {
    this.#opener = currentTarget;
    this.act.problem = null;
    this.what = this.what === what ? null : what;
  }

  close(): void {
    this.what = null;
    this.act.problem = null;
    void keepFocus(this.#opener, this.heading);
  }
}
