// How the connection stands, in a word beside the gateway's name.

import type { State } from '../connection/state';
import { words } from '../words/words';

/** A word, and the colour of the dot before it. */
export interface Standing {
  word: string;
  tone: 'good' | 'wait' | 'bad' | '';
}

export function standingOf(state: State): Standing {
  const say = words.shell.connection;
  switch (state.name) {
    case 'live':
      return { word: say.live, tone: 'good' };
    case 'probing':
    case 'connecting':
      return { word: say.connecting, tone: '' };
    case 'waiting':
      return { word: say.away, tone: 'wait' };
    case 'needs_sign_in':
    case 'needs_token':
      return { word: say.signedOut, tone: 'bad' };
    case 'too_old':
      return { word: say.tooOld, tone: 'bad' };
    case 'refused':
      return { word: say.refused, tone: 'bad' };
  }
}
