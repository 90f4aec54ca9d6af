// Which ways into a gateway are offered, and under which name: of what the application has found, never another one.

import type { AddressLook, SignInWay } from '../protocol/bridge-sign-in';

/** A way into a gateway. */
export interface Offer {
  way: SignInWay;
  /** By which of the gateway's methods; null leaves it to its page, or is the only one. */
  method: string | null;
  /** Who signs the person in; null where that is the gateway itself. */
  name: string | null;
}

export interface Offers {
  /** What most people want: a button or a form each. */
  best: readonly Offer[];
  /** What else there is, for whoever asks for it. */
  others: readonly Offer[];
}

export function offersOf({ mode, methods, ways }: Pick<AddressLook, 'mode' | 'methods' | 'ways'>): Offers {
  if (mode === 'token') return { best: [{ way: 'token', method: null, name: null }], others: [] };
  const [first, ...rest] = ways.filter((way) => way !== 'token');
  if (first === undefined) return { best: [], others: [] };
  const named = (way: SignInWay): Offer[] => (way === 'browser' || way === 'password' ? byMethod(way, methods) : [{ way, method: null, name: null }]);
  return { best: named(first), others: rest.flatMap(named) };
}

/** A way in by each method. What people know by heart needs no name. */
function byMethod(way: 'browser' | 'password', methods: AddressLook['methods']): Offer[] {
  const passwords = methods.filter((method) => method.supports_password);
  if (way === 'password') {
    const isOnly = passwords.length < 2;
    return (isOnly ? passwords.slice(0, 1) : passwords).map(({ name, display_name }) => ({ way, method: name, name: isOnly ? null : display_name }));
  }
  const providers = methods.filter((method) => !method.supports_password);
  const own: Offer[] = passwords.length > 0 || providers.length === 0 ? [{ way, method: null, name: null }] : [];
  return [...providers.map(({ name, display_name }) => ({ way, method: name, name: display_name })), ...own];
}
