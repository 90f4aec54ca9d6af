// What the page keeps in the storage of the browser, and how it is emptied when somebody signs out. Whoever keeps
// something does it through here, so that nothing is written back after that.

type Where = 'local' | 'session';

let closed = false;

function storage(where: Where): Storage {
  return where === 'local' ? localStorage : sessionStorage;
}

/** What was kept under this name, if it can be read. */
export function kept(where: Where, name: string): unknown {
  try {
    const text = storage(where).getItem(name);
    return text === null ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}

/** Keeps a value under this name: whether it is kept. Null is nothing. */
export function keep(where: Where, name: string, value: unknown): boolean {
  if (closed) return false;
  try {
    if (value === null) storage(where).removeItem(name);
    else storage(where).setItem(name, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Empties everything that this browser has kept, for good as far as this page goes. */
export async function forgetAll(): Promise<void> {
  closed = true;
  for (const where of ['local', 'session'] as const) {
    try {
      storage(where).clear();
    } catch {
      // There is no storage, and nothing in it.
    }
  }
  if ('caches' in globalThis) {
    const names = await caches.keys().catch(() => []);
    await Promise.all(names.map((name) => caches.delete(name).catch(() => false)));
  }
}

/** Whether everything was emptied. */
export function isForgotten(): boolean {
  return closed;
}

/** Keeps things again: for tests. */
export function keepAgain(): void {
  closed = false;
}
