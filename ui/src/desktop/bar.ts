// What the bar of the connection says in the desktop, where one gateway is one of several and signing in is done here.

import type { Bar } from '../connection/bar';
import type { State } from '../connection/state';
import { say } from '../words/desktop';

/** The bar, in the words of the desktop. */
export function barIn(name: string, address: string): (bar: Bar, state: State) => Bar {
  return (bar, state) => {
    switch (state.name) {
      case 'needs_sign_in':
        return { ...bar, text: say.bar.signIn(name), action: { does: 'sign_in', text: say.bar.doSignIn } };
      case 'needs_token':
        return { ...bar, text: say.bar.token(name), action: { does: 'sign_in', text: say.bar.doToken } };
      case 'refused':
        return { ...bar, text: say.bar.refused(name) };
      case 'too_old':
        return { ...bar, text: say.bar.tooOld(address) };
      default:
        return bar;
    }
  };
}
