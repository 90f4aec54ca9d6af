// What the bar over every page says of the connection: nothing while it is there or about to be, and else one of
// five things.

import { CLOSES } from '../protocol/constants';
import { words } from '../words/words';
import type { State } from './state';
import { stateWords } from './words';

/** How long a break lasts before anybody is told of it, in milliseconds. Most are over by then. */
export const UNSAID = 1500;

/** What the bar says. */
export interface Bar {
  kind: 'offline' | 'reconnecting' | 'sign_in' | 'not_allowed' | 'restarting';
  text: string;
  /** What can be done about it from here: trying at once, or signing in. */
  action: { does: 'retry' | 'sign_in'; text: string } | null;
}

/**
 * What the bar says of this state, at this moment of `performance.now()`. `online` is what the browser knows of
 * the network, `restarting` whether the break began with the gateway's word that it starts again.
 */
export function barOf(state: State, online: boolean, restarting: boolean, now: number): Bar | null {
  const say = words.connection.bar;
  const retry = { does: 'retry', text: say.now } as const;
  switch (state.name) {
    case 'live':
      return null;
    case 'needs_sign_in':
      return { kind: 'sign_in', text: say.signIn, action: { does: 'sign_in', text: say.doSignIn } };
    case 'needs_token':
      return { kind: 'sign_in', text: say.token, action: retry };
    case 'refused':
      return { kind: 'not_allowed', text: say.notAllowed, action: retry };
    case 'too_old':
      return { kind: 'not_allowed', text: say.tooOld, action: { does: 'retry', text: say.again } };
    case 'probing':
    case 'connecting':
    case 'waiting': {
      if (!online) return { kind: 'offline', text: say.offline, action: null };
      const seconds = state.name === 'waiting' ? Math.max(0, Math.ceil((state.until - now) / 1000)) : 0;
      const when = seconds > 0 ? say.reconnecting(seconds) : say.connecting;
      if (restarting) return { kind: 'restarting', text: `${say.restarting} ${when}`, action: retry };
      // What the trouble is, an attempt finds out anew.
      const why = state.name === 'waiting' ? `${stateWords(state).text} ` : '';
      return { kind: 'reconnecting', text: `${why}${when}`, action: retry };
    }
  }
}

/** Whether this state is the gateway's word that it starts again. */
export function saysRestart(state: State): boolean {
  return (
    state.name === 'waiting' && state.trouble.kind === 'closed' && state.trouble.code === CLOSES.Restart.code
  );
}
