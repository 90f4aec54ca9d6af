// The preferences as the page follows them: those of another tab too.

import { apply, DEFAULTS, KEY, read, stored, written, type Preferences } from './preferences';

class Kept {
  #chosen: Preferences = $state(stored());
  /** Whether the browser has kept what was chosen last; if not, it counts until the page is closed. */
  kept = $state(true);

  /** How somebody wants the page. */
  get chosen(): Readonly<Preferences> {
    return this.#chosen;
  }

  /** Whether a prompt is sent by Ctrl and Enter, and Enter begins a new line. */
  get ctrlEnterSends(): boolean {
    return this.#chosen.send === 'ctrl_enter';
  }

  /** Changes something, at once, and keeps it. */
  choose(changes: Partial<Preferences>): void {
    this.#chosen = { ...this.#chosen, ...changes };
    apply(this.#chosen);
    try {
      localStorage.setItem(KEY, written(this.#chosen));
      this.kept = true;
    } catch {
      this.kept = false;
    }
  }

  /** Makes the page look as chosen, now and when another tab chooses, until what is answered is called. */
  follow(): () => void {
    apply(this.#chosen);
    const told = ({ key, newValue }: StorageEvent) => {
      // Without a key everything was cleared.
      if (key !== KEY && key !== null) return;
      this.#chosen = key === null ? { ...DEFAULTS } : read(newValue);
      apply(this.#chosen);
    };
    addEventListener('storage', told);
    return () => {
      removeEventListener('storage', told);
    };
  }
}

/** The preferences of this browser. */
export const preferences = new Kept();
