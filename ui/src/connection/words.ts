import { words } from '../words/words';
import type { State, StateWords, Trouble } from './state';

/** How a connection stands, for a person: in the words of every client. */
export function stateWords(state: State): StateWords {
  const say = words.connection.states;
  switch (state.name) {
    case 'probing':
    case 'connecting':
      return { code: null, text: say.connecting };
    case 'live':
      return { code: null, text: say.live };
    case 'needs_sign_in':
      return { code: 'connect.sign_in_needed', text: say.needsSignIn };
    case 'needs_token':
      return { code: 'connect.token_wrong', text: say.needsToken };
    case 'waiting':
      return troubleWords(state.trouble);
    case 'too_old':
      return { code: 'connect.gateway_too_old', text: say.tooOld };
    case 'refused':
      return {
        code: 'connect.not_allowed',
        text: state.closed === null ? say.noTicket : say.refused(state.closed),
      };
  }
}

function troubleWords(trouble: Trouble): StateWords {
  const say = words.connection.states;
  switch (trouble.kind) {
    case 'network':
      return { code: 'connect.unreachable', text: say.network };
    case 'not_the_gateway':
      return { code: 'connect.not_a_gateway', text: say.notTheGateway };
    case 'status':
      return { code: 'connect.busy', text: say.outOfOrder(trouble.status) };
    case 'closed':
      return { code: 'connect.busy', text: say.closed(trouble.code) };
  }
}
