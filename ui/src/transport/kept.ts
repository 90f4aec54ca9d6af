// What the page keeps in the storage of the browser, and how it is emptied when somebody signs out. Whoever keeps
// something does it through here, so that nothing is written back after that.

type Where = 'local' | 'session';

let closed = false;

/** What every name begins with. The page of a browser knows one gateway, the desktop keeps several apart. */
let room = '';

/** From here on everything is kept for this gateway alone, and for no other one. */
export function keepFor(gateway: string): void {
  room = roomOf(gateway);
  closed = false;
}

function roomOf(gateway: string): string {
  // What is encoded has no slash, so no room begins with the name of another one.
  return `hermes@${encodeURIComponent(gateway)}/`;
}

/** Under which name the browser keeps what is called so here. */
export function named(name: string): string {
  return room + name;
}

function storage(where: Where): Storage {
  return where === 'local' ? localStorage : sessionStorage;
}

/** What was kept under this name, if it can be read. */
export function kept(where: Where, name: string): unknown {
  try {
    const text = storage(where).getItem(named(name));
    return text === null ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}

/** Keeps a value under this name: whether it is kept. Null is nothing. */
export function keep(where: Where, name: string, value: unknown): boolean {
  if (closed) return false;
  try {
    if (value === null) storage(where).removeItem(named(name));
    else storage(where).setItem(named(name), JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Empties everything that is kept of the gateway, for good as far as its page goes. In a browser that is all there is. */
export async function forgetAll(): Promise<void> {
  closed = true;
  empty(room);
  if (room === '' && 'caches' in globalThis) {
    const names = await caches.keys().catch(() => []);
    await Promise.all(names.map((name) => caches.delete(name).catch(() => false)));
  }
}

/** Empties what is kept of this gateway. If its page is the one that is shown, that is for good. */
export function forgetOf(gateway: string): void {
  if (roomOf(gateway) === room) closed = true;
  empty(roomOf(gateway));
}

function empty(of: string): void {
  for (const where of ['local', 'session'] as const) {
    try {
      const from = storage(where);
      const names = Array.from({ length: from.length }, (_, at) => from.key(at) ?? '');
      for (const name of names) if (name.startsWith(of)) from.removeItem(name);
    } catch {
      // There is no storage, and nothing in it.
    }
  }
}

/** Whether everything was emptied. */
export function isForgotten(): boolean {
  return closed;
}

/** Keeps things again, and for no gateway: for tests. */
export function keepAgain(): void {
  closed = false;
  room = '';
}
