import { expect, test } from 'vitest';

import states from '../../../crates/hermes-client/vectors/states.json';
import type { State, Trouble } from './state';
import { stateWords } from './words';

/** The state that a row of the vectors describes. */
function stateOf(row: (typeof states)[number]): State {
  switch (row.state) {
    case 'waiting': {
      const troubles: Trouble[] = [];
      if (row.trouble === 'network' || row.trouble === 'not_the_gateway') troubles.push({ kind: row.trouble });
      if (row.status !== undefined) troubles.push({ kind: 'status', status: row.status });
      if (row.closed !== undefined) troubles.push({ kind: 'closed', code: row.closed });
      const [trouble] = troubles;
      if (!trouble) throw new Error('a trouble that is not known here');
      return { name: 'waiting', until: 0, trouble };
    }
    case 'refused':
      return { name: 'refused', closed: row.closed ?? null };
    case 'probing':
    case 'connecting':
    case 'live':
    case 'needs_sign_in':
    case 'needs_token':
    case 'too_old':
      return { name: row.state };
    default:
      throw new Error(`a state that is not known here: ${row.state}`);
  }
}

test.each(states)('the page says what every client says: $text', (row) => {
  expect(stateWords(stateOf(row))).toEqual({ code: row.code, text: row.text });
});
