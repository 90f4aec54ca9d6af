// Where the page is: below which path its gateway is reached, and which place in it is shown. The gateway is the
// one that served the page, and nothing in an address or a message names another one.

/** Under what the place in the page is remembered over a sign-in. */
const KEY = 'hermes.place';

/** The most characters of a place. */
const LONGEST = 512;

/** Below which path the gateway is reached, as it has written into the page itself; empty is the root. */
export function prefixOf(root: HTMLElement): string {
  const prefix = root.dataset['prefix'] ?? '';
  return /^(\/[\w.~%-]+)*$/.test(prefix) && !prefix.split('/').includes('..') ? prefix : '';
}

/** The address of a path of the gateway. */
export function addressOf(prefix: string, path: string): string {
  const address = new URL(`${prefix}${path}`, location.origin);
  const isOurs = path.startsWith('/') && !path.startsWith('//') && address.origin === location.origin;
  if (!isOurs || !address.pathname.startsWith(`${prefix}/`)) throw new TypeError('a path of the gateway begins with /');
  return address.href;
}

/** The address of a socket. */
export function socketAddress(prefix: string, ticket: string): string {
  const address = new URL(addressOf(prefix, '/api/ws'));
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  address.searchParams.set('ticket', ticket);
  return address.href;
}

/** Remembers which place in the page is shown. What is no place of ours, such as a secret, is not kept. */
export function rememberPlace(): void {
  if (!isPlace(location.hash)) return;
  try {
    sessionStorage.setItem(KEY, location.hash);
  } catch {
    // Without storage the page begins where it begins.
  }
}

/** Shows the place that was remembered, once, unless another one was asked for. */
export function restorePlace(): void {
  try {
    const place = sessionStorage.getItem(KEY);
    sessionStorage.removeItem(KEY);
    const isFree = location.hash === '' || location.hash === '#/';
    if (place !== null && isPlace(place) && isFree) history.replaceState(null, '', place);
  } catch {
    // As above.
  }
}

function isPlace(hash: string): boolean {
  return hash.length <= LONGEST && /^#\/[\w/.~%?=&-]*$/.test(hash);
}
