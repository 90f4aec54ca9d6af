import { SvelteSet } from 'svelte/reactivity';

/** Which of the conversations that are shown somebody has selected, to do something with all of them. */
export class Selection {
  /** Whether somebody selects. */
  isOn = $state(false);
  readonly #ids = new SvelteSet<string>();
  /** Where a range begins. */
  #from: string | null = null;

  begin(): void {
    this.isOn = true;
  }

  end(): void {
    this.isOn = false;
    this.clear();
  }

  clear(): void {
    this.#ids.clear();
    this.#from = null;
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Selects one, or does not. */
  set(id: string, isSelected: boolean): void {
    if (isSelected) this.#ids.add(id);
    else this.#ids.delete(id);
    this.#from = id;
  }

  /** The same for all from the last one to this, as they are shown. */
  setUpTo(id: string, isSelected: boolean, shown: readonly string[]): void {
    const ends = [shown.indexOf(this.#from ?? id), shown.indexOf(id)];
    const between = ends.includes(-1) ? [id] : shown.slice(Math.min(...ends), Math.max(...ends) + 1);
    for (const one of between) this.set(one, isSelected);
    this.#from = id;
  }

  /** Selects all of these; if they are all selected, none. */
  all(shown: readonly string[]): void {
    const isAll = shown.every((id) => this.#ids.has(id));
    this.clear();
    if (!isAll) for (const id of shown) this.#ids.add(id);
  }
}
