/** Those who are told of something as it comes. */
export class Listeners<T> {
  readonly #all = new Set<(what: T) => void>();

  /** Tells one more, until what is answered is called. The same function may listen twice, and ends each by itself. */
  add(told: (what: T) => void): () => void {
    const listen = (what: T) => {
      told(what);
    };
    this.#all.add(listen);
    return () => {
      this.#all.delete(listen);
    };
  }

  /** Tells everybody who listens by now. */
  tell(what: T): void {
    for (const told of [...this.#all]) told(what);
  }

  /** Nobody listens any more. */
  clear(): void {
    this.#all.clear();
  }
}
