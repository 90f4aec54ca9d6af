// Where a connection stands. These are the states of hermes-client, whose vectors say what each is called.

import type { Code } from '../codes';

/** Why there is no connection just now. */
export type Trouble =
  | { kind: 'network' }
  | { kind: 'not_the_gateway' }
  | { kind: 'status'; status: number }
  | { kind: 'closed'; code: number };

/** Where a connection stands. */
export type State =
  | { name: 'probing' }
  | { name: 'connecting' }
  | { name: 'live' }
  | { name: 'needs_sign_in' }
  | { name: 'needs_token' }
  /** It is tried again at this moment of `performance.now()`, or as soon as something has changed. */
  | { name: 'waiting'; until: number; trouble: Trouble }
  /** The gateway does not want it: it gives no ticket, or has closed the socket with this code. */
  | { name: 'refused'; closed: number | null }
  /** The gateway is from before what this page needs. It is looked at again now and then. */
  | { name: 'too_old' };

/** A state in words. */
export interface StateWords {
  code: Code | null;
  text: string;
}
