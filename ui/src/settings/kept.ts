// The sign-ins that are under way in this tab, so that a reload finds them again. The gateway tells how one
// stands to whoever knows its id, but not its code and its page any more. They are kept by the tab, which
// forgets them when it is closed; nothing of them opens anything without the session of the owner.

import { named } from '../transport/kept';

/** A sign-in of the gateway's host that waits for its person. */
export interface Begun {
  provider: string;
  /** Names the sign-in. */
  session: string;
  /** The page to open. */
  page: string;
  /** What to type there; none is for a paste. */
  code: string | null;
  /** How often to ask how it stands, in milliseconds. */
  interval: number;
  /** When it is over, by the clock of this machine, in milliseconds since 1970. */
  until: number;
}

const KEY = 'hermes.sign-ins';
const VERSION = 1;

/** More is not under way at once, and an address of a sign-in is long. */
const MOST = 16;
const LIMIT = 64 * 1024;

/** The sign-in to this provider that is under way here. */
export function kept(provider: string): Begun | null {
  return all().find((begun) => begun.provider === provider) ?? null;
}

/** Keeps a sign-in, in the place of another one to the same provider. */
export function keep(begun: Begun): void {
  write([begun, ...all().filter((other) => other.provider !== begun.provider)].slice(0, MOST));
}

/** Forgets the sign-in to this provider. */
export function forget(provider: string): void {
  write(all().filter((begun) => begun.provider !== provider));
}

/** Forgets all of them: for whoever signs out. */
export function forgetSignIns(): void {
  write([]);
}

function all(): Begun[] {
  try {
    const text = sessionStorage.getItem(named(KEY));
    if (text === null || text.length > LIMIT) return [];
    const value: unknown = JSON.parse(text);
    if (!isObject(value) || value.version !== VERSION || !Array.isArray(value.list)) return [];
    return value.list.filter(isBegun).slice(0, MOST);
  } catch {
    return [];
  }
}

function write(list: Begun[]): void {
  try {
    if (list.length === 0) sessionStorage.removeItem(named(KEY));
    else sessionStorage.setItem(named(KEY), JSON.stringify({ version: VERSION, list }));
  } catch {
    // A browser that keeps nothing loses it with a reload, and the sign-in can be begun again.
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function isBegun(value: unknown): value is Begun {
  if (!isObject(value)) return false;
  const texts = [value.provider, value.session, value.page];
  const numbers = [value.interval, value.until];
  return (
    texts.every((it) => typeof it === 'string') &&
    numbers.every((it) => typeof it === 'number' && Number.isFinite(it)) &&
    (value.code === null || typeof value.code === 'string')
  );
}
